"""`titan parity`: a run, its replay, and the backtest of its tape, as one document."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from titan import __version__
from titan.execution.booking import rebuild
from titan.execution.memory import Memory
from titan.market.tape.heard import HeardTape
from titan.model.errors import DataError, ReplayError
from titan.model.listing import Listing
from titan.model.recovery import Deposited
from titan.model.run import RunBegan
from titan.model.signal import Signal
from titan.model.wake import RunSettings, SettingsChanged
from titan.portfolio.ledger import Ledger
from titan.portfolio.nav import PnL, pnl
from titan.runtime.parity.backtest import Latencies, Played, backtested, measured, settings, write_tape
from titan.runtime.parity.cause import MEANING, Cause
from titan.runtime.parity.match import Both, Matched, matched, worth_by_cause
from titan.runtime.parity.story import Decision, Order, Story
from titan.runtime.trading.stages import Way
from titan.runtime.verify.run import STORE, TAPES, Numbered, is_live_run, last_run, replay_live
from titan.storage.store import look_into

NS: Final = 1_000_000_000
SOURCES: Final = PnL.__struct_fields__
Json = dict[str, Any]
Progress = Callable[[str, int, int], None]


class Journalled(NamedTuple):
    """A run as its journal tells it."""

    began: RunBegan
    settings: RunSettings
    story: Story
    memory: Memory
    ways: list[Way]
    tapes: list[str]
    changed: list[SettingsChanged]


def parity(folder: Path, *, store: str, progress: Progress) -> Json:
    """The document of the page. Raises ReplayError where the run kept no tape, and DataError where there is
    none.
    """
    if not store and not is_live_run(folder):
        raise DataError(
            f"{folder} is no run on paper or live",
            remedy="`titan run` makes one, as runs/demo-live; of a backtest, `titan replay --verify`",
        )
    verdict = replay_live(folder, tape=None, store=store, progress=progress)
    opened = look_into(store or f"sqlite:///{folder / STORE}")
    try:
        run = _read(last_run(opened))
    finally:
        opened.close()
    heard = [HeardTape(folder / TAPES / Path(name).name) for name in run.tapes]
    same = [tape for tape in heard if tape.instruments == heard[-1].instruments]
    latencies = measured(run.ways)
    capital = sum((d.amount * (d.price or 1) for d in _deposits(run)), Decimal(0))
    config = settings(run.settings.config, str(capital))
    with tempfile.TemporaryDirectory(prefix="titan-parity-") as scratch:
        progress("putting the tape in venue order", 0, 0)
        tape = write_tape(Path(scratch) / "tape", same)
        played = backtested(tape, config, run.began.run_id, latencies, progress, run.settings.lanes)
    window = config.sentinel.window * float(config.sentinel.sample_seconds or 1)
    found = matched(run.story, played.story, shift_ns=played.shift_ns, warm_ns=round(window * NS))
    return {
        "schema": 1,
        "titan": __version__,
        "run": _head(run, folder, capital, tape.start, tape.end, tape.rows),
        "replay": verdict.as_dict(),
        "conditions": _conditions(run, latencies, played, len(heard) - len(same)),
        **_compared(run, played, found),
    }


def _read(entries: Iterable[Numbered]) -> Journalled:
    story, memory, ways, tapes = Story(), Memory(), list[Way](), list[str]()
    changes: list[SettingsChanged] = []
    began: RunBegan | None = None
    decides: RunSettings | None = None
    for _, event in entries:
        memory(event)
        match event:
            case RunBegan() if began is None:
                began = event
            case RunSettings():
                decides = event
                tapes += [event.tape] if event.tape else []
            case Way():
                ways.append(event)
            case SettingsChanged():
                changes.append(event)
            case Listing():
                story.know(event.instrument)
            case _:
                pass
        story.take(event)
    if began is None or decides is None or not tapes:
        raise ReplayError("this run kept no tape", remedy="runs keep their tape unless live.record is false")
    return Journalled(began, decides, story, memory, ways, tapes, changes)


def _deposits(run: Journalled) -> list[Deposited]:
    """Of money: what some instrument is quoted or settled in."""
    money = {i.quote for i in run.memory.instruments.values()} | {
        i.settle for i in run.memory.instruments.values()
    }
    return [e for e in run.memory.bookings if isinstance(e, Deposited) and e.asset in money]


def _head(run: Journalled, folder: Path, capital: Decimal, start: int, end: int, rows: int) -> Json:
    return {
        "id": run.began.run_id,
        "mode": run.began.mode,
        "folder": folder.name,
        "strategy": run.began.strategy,
        "quote": run.settings.config["run"]["quote"],  # type: ignore[index]
        "capital": str(capital),
        "start_ns": start,
        "end_ns": end,
        "rows": rows,
        "starts": len(run.story.processes),
    }


def _conditions(run: Journalled, latencies: Latencies, played: Played, left_out: int) -> Json:
    notes = []
    if left_out:
        notes.append(f"{left_out} earlier tapes have other rules of the instruments, and are left out")
    changed = sorted({key for event in run.changed for key in event.changes})
    if changed:
        notes.append(f"settings changed while it ran ({', '.join(changed)}): the backtest has the first ones")
    others = {e.asset for e in run.memory.bookings if isinstance(e, Deposited)}
    others -= {e.asset for e in _deposits(run)}
    if others:
        notes.append(f"the run also had {', '.join(sorted(others))}; the backtest begins with money only")
    if played.shift_ns:
        shift = played.shift_ns / 1e6
        notes.append(f"the venues' clocks were ahead by up to {shift:.3f} ms, which the backtest adds")
    return {
        "orders_measured": latencies.orders,
        "leaving_ms": latencies.leaving,
        "there_and_back_ms": latencies.there_and_back,
        "order_ms": latencies.order_ms,
        "response_ms": latencies.response_ms,
        "notes": notes,
    }


def _compared(run: Journalled, played: Played, found: Matched) -> Json:
    marks = dict(played.session.present.marks())
    rules = {i.id: i for i in run.memory.instruments.values()}
    ledger = Ledger(rules, currency=run.settings.config["run"]["quote"])  # type: ignore[index]
    rebuild(ledger, run.memory.bookings, run.memory.intent)
    live, tested = pnl(ledger, marks), pnl(played.session.ledger, marks)
    present, quotes = played.session.present, {row.one.rules.quote for row in found.orders}
    rates = {quote: present.rate(quote) or Decimal(1) for quote in quotes}
    by_cause = worth_by_cause(found.orders, marks, rates)
    by_cause[Cause.FUNDING] = live.funding - tested.funding
    by_cause[Cause.TRANSFERS] = live.transfers - tested.transfers
    if live.stablecoin != tested.stablecoin:
        by_cause[Cause.STABLECOIN] = live.stablecoin - tested.stablecoin
    rest = live.total - tested.total - sum(by_cause.values(), Decimal(0))
    by_cause[Cause.UNEXPLAINED] = by_cause.get(Cause.UNEXPLAINED, Decimal(0)) + rest
    return {
        "marks": {name: str(value) for name, value in sorted(marks.items())},
        "pnl": _pnl(live, tested),
        "causes": _causes(found, by_cause),
        "counts": {
            "signals": _count(found.signals),
            "decisions": _count(found.decisions),
            "orders": _count(found.orders),
        },
        "signals": [_signal(row) for row in found.signals],
        "decisions": [_decision(row) for row in found.decisions],
        "orders": [_order(row) for row in found.orders],
        "slippage": {
            "live_bps": _mean_slippage([row.live for row in found.orders]),
            "tested_bps": _mean_slippage([row.tested for row in found.orders]),
        },
    }


def _pnl(live: PnL, tested: PnL) -> list[Json]:
    rows = [(name, getattr(live, name), getattr(tested, name)) for name in SOURCES]
    rows.append(("total", live.total, tested.total))
    return [
        {"source": name, "live": str(a), "tested": str(b), "difference": str(a - b)} for name, a, b in rows
    ]


def _causes(found: Matched, worth: Mapping[Cause, Decimal]) -> list[Json]:
    """Every cause that anything has; `pnl` is its part of the difference in profit."""
    rows = []
    for cause in Cause:
        counts = {
            "signals": sum(row.cause is cause for row in found.signals),
            "decisions": sum(row.cause is cause for row in found.decisions),
            "orders": sum(row.cause is cause for row in found.orders),
        }
        amount = worth.get(cause, Decimal(0))
        if any(counts.values()) or amount or cause is Cause.UNEXPLAINED:
            rows.append({"cause": str(cause), "meaning": MEANING[cause], **counts, "pnl": str(amount)})
    return rows


def _count(rows: Sequence[Both[Any]]) -> Json:
    return {
        "equal": sum(row.cause is Cause.EQUAL for row in rows),
        "differ": sum(
            row.cause is not Cause.EQUAL and row.live is not None and row.tested is not None for row in rows
        ),
        "live_only": sum(row.tested is None for row in rows),
        "tested_only": sum(row.live is None for row in rows),
        "unexplained": sum(row.cause is Cause.UNEXPLAINED for row in rows),
    }


def _signal(row: Both[Signal]) -> Json:
    one = row.one
    return {
        "at_ns": one.local_ns,
        "name": one.name,
        "subject": one.subject,
        "live": None if row.live is None else row.live.figures,
        "tested": None if row.tested is None else row.tested.figures,
        "cause": str(row.cause),
        "note": row.note,
    }


def _decision(row: Both[Decision]) -> Json:
    return {
        "at_ns": row.one.at_ns,
        "live": _wish(row.live),
        "tested": _wish(row.tested),
        "cause": str(row.cause),
        "note": row.note,
    }


def _wish(one: Decision | None) -> Json | None:
    if one is None:
        return None
    return {"id": one.id, "at_ns": one.at_ns, "why": str(one.why), "text": one.text}


def _order(row: Both[Order]) -> Json:
    one = row.one
    return {
        "at_ns": one.sent_ns,
        "instrument": one.rules.id,
        "side": "buy" if one.side > 0 else "sell",
        "live": _filled(row.live),
        "tested": _filled(row.tested),
        "cause": str(row.cause),
        "note": row.note,
    }


def _filled(one: Order | None) -> Json | None:
    if one is None:
        return None
    price, slippage = one.price, one.slippage_bps
    return {
        "id": one.id,
        "sent_ns": one.sent_ns,
        "size": str(one.rules.size(one.lots)),
        "price": None if price is None else f"{price:f}",
        "reference": None if one.reference is None else str(one.reference),
        "slippage_bps": None if slippage is None else float(slippage),
        "fee": str(one.fee),
        "fee_asset": one.fills[0].fee_asset if one.fills else one.rules.quote,
    }


def _mean_slippage(orders: Sequence[Order | None]) -> float | None:
    """Weighted by what was traded, bps."""
    paid = traded = Decimal(0)
    for one in orders:
        slippage = one.slippage_bps if one is not None else None
        if one is not None and slippage is not None and one.price is not None:
            value = one.rules.size(one.lots) * one.price
            paid, traded = paid + slippage * value, traded + value
    return float(paid / traded) if traded else None


def encode(document: Json) -> bytes:
    return msgspec.json.format(msgspec.json.encode(document))
