"""Heard tapes of books and trades, a run's folder around them, and books folded by hand."""

from __future__ import annotations

import random
from collections.abc import Sequence
from decimal import Decimal as D
from pathlib import Path

import msgspec
import numpy as np

from tests.views.scripts import NOW, PERP, SPOT
from titan.market.tape.file import TapeMeta
from titan.market.tape.grow import GrowingTape
from titan.market.tape.rows import END, Kind, Rows, concat, empty, length, take
from titan.model.listing import Listing
from titan.model.run import RunBegan, RunStopped
from titan.model.valuation import Valued
from titan.model.wake import RunSettings
from titan.runtime.config import Config
from titan.storage.journal import StoredJournal
from titan.storage.store import open_store

BEGAN = NOW
MS = 10**6
INSTRUMENTS = (SPOT, PERP)
MIDS = (60_000.0, 60_060.0)
Levels = dict[float, float]


def message(at_ns: int, inst: int, rows: Sequence[tuple[Kind, int, float, float]]) -> Rows:
    """One message of a heard tape: `ts` is ours, the venue's time 3 ms before."""
    made = empty(len(rows))
    made.ts[:], made.recv[:], made.inst[:] = at_ns, at_ns - 3 * MS, inst
    for n, (kind, side, px, qty) in enumerate(rows):
        made.kind[n], made.side[n], made.px[n], made.qty[n] = kind, side, px, qty
    made.flags[-1] = END
    return made


def market(seed: int, messages: int, step_ms: int = 100) -> Rows:
    """Snapshots, level changes and deletions of two books in turn; now and then a book is lost."""
    chance, found = random.Random(seed), list[Rows]()
    for n in range(messages):
        inst = n % 2
        mid, tick = MIDS[inst], float(INSTRUMENTS[inst].tick)
        rows: list[tuple[Kind, int, float, float]] = []
        if n < 2 or chance.random() < 0.02:
            rows.append((Kind.CLEAR if n < 2 else Kind.GAP, 0, 0.0, 0.0))
            rows += [
                (Kind.LEVEL, s, round(mid - s * k * tick, 2), 1.0 + k) for s in (1, -1) for k in range(1, 15)
            ]
        for _ in range(chance.randrange(1, 4)):
            side, k = chance.choice((1, -1)), chance.randrange(1, 40)
            qty = 0.0 if chance.random() < 0.4 else round(chance.uniform(0.1, 5.0), 3)
            rows.append((Kind.LEVEL, side, round(mid - side * k * tick, 2), qty))
        found.append(message(BEGAN + n * step_ms * MS, inst, rows))
    return concat(found)


def by_hand(rows: Rows, until_ns: int) -> list[tuple[Levels, Levels]]:
    """Bids and asks of each instrument in plain dicts, after all rows that were heard by then."""
    books: list[tuple[Levels, Levels]] = [({}, {}) for _ in INSTRUMENTS]
    for k in range(length(rows)):
        if rows.ts[k] > until_ns:
            break
        bids, asks = books[rows.inst[k]]
        kind, px = Kind(int(rows.kind[k])), float(rows.px[k])
        if kind in (Kind.CLEAR, Kind.GAP):
            bids.clear()
            asks.clear()
        elif kind is Kind.LEVEL:
            side = bids if rows.side[k] > 0 else asks
            if rows.qty[k] > 0:
                side[px] = float(rows.qty[k])
            else:
                side.pop(px, None)
    return books


def top(book: tuple[Levels, Levels]) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    bids, asks = book
    return sorted(bids.items(), reverse=True)[:10], sorted(asks.items())[:10]


def write_tape(place: Path, rows: Rows, *, finish: bool = False) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    tape = GrowingTape(place, TapeMeta(INSTRUMENTS, heard=True))
    for at in range(0, length(rows), 64):
        tape.append(take(rows, slice(at, at + 64)))
    tape.finish() if finish else tape.close()


def events(tape: str, span_ns: int) -> list[msgspec.Struct]:
    """The journal of a run that was valued each second and then stopped."""
    config = Config().canonical()
    worth = {"funding": D(0), "basis": D(0), "fees": D(0)}
    return [
        RunBegan("run1", "paper", "sentinel", "config/demo", D(100_000), 7, "0.1.0", False, BEGAN),
        RunSettings("run1", config, tape, BEGAN),
        *(Listing(one, BEGAN) for one in INSTRUMENTS),
        *(
            Valued(D(100_000) + n, D(n), D(0), worth, BEGAN + n * 1000 * MS)
            for n in range(span_ns // (1000 * MS))
        ),
        RunStopped("run1", "asked to", D(100_000), 0, {}, BEGAN + span_ns),
    ]


def write_run(place: Path, rows: Rows, *, tape: str = "001", stop: bool = True, finish: bool = False) -> Path:
    """A live run's folder with this market as its tape."""
    place.mkdir(parents=True, exist_ok=True)
    span_ns = int(rows.ts[-1]) - BEGAN
    told = events(tape, span_ns)
    write_journal(place, told if stop else told[:-1])
    if tape:
        write_tape(place / "tape" / tape, rows, finish=finish)
    return place


def write_journal(place: Path, told: Sequence[msgspec.Struct]) -> None:
    store = open_store(f"sqlite:///{place / 'titan.db'}")
    times = iter([int(getattr(one, "local_ns", BEGAN)) for one in told])
    journal = StoredJournal(store, now=lambda: next(times), deliver=lambda act: act())
    for one in told:
        journal(one)
    journal.close()
    store.close()


def span_ms(rows: Rows) -> tuple[float, float]:
    return float(np.min(rows.ts)) / MS, float(np.max(rows.ts)) / MS
