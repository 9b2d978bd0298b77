"""The tape that a run heard, backtested: with its settings, its money, and the latencies measured in it."""

from __future__ import annotations

import functools
import operator
import statistics
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec
import numpy as np

from titan.market.tape.file import TapeMeta
from titan.market.tape.heard import HeardTape, in_venue_order
from titan.market.tape.read import TapeReader
from titan.market.tape.rows import END, Kind, Rows, empty, length
from titan.market.tape.write import TapeWriter
from titan.model.instrument import Instrument
from titan.model.pair import Lane
from titan.model.wake import Why, Woke
from titan.runtime.config import Config
from titan.runtime.coverage import Span, coverage_of
from titan.runtime.entries import TYPES
from titan.runtime.parity.story import Story
from titan.runtime.session import Params, Session
from titan.runtime.simulated import clock_shift_ns
from titan.runtime.trading.run import GUARD_NS, MAX_AGE_NS, NS, SAMPLE_S
from titan.runtime.trading.stages import Way
from titan.simulation.models import Latency

MS: Final = 1e6
_USUAL_MS: Final = 20.0
"""Each way, where the run sent no order."""


class Latencies(NamedTuple):
    """Medians of a run, ms. `leaving` is from the gates to the wire: the journal's commit."""

    orders: int
    leaving: float
    there_and_back: float

    @property
    def order_ms(self) -> float:
        return self.leaving + self.there_and_back / 2

    @property
    def response_ms(self) -> float:
        return self.there_and_back / 2

    def model(self, tape: TapeReader) -> Latency:
        """Rows arrive when the run heard them, orders take the medians."""
        return Latency(
            kind="recorded", order_ns=round(self.order_ms * MS), response_ns=round(self.response_ms * MS),
            feed_ns=0, order_scale=0.0, response_scale=0.0, shift_ns=clock_shift_ns(tape),
        )  # fmt: skip


def measured(ways: Sequence[Way]) -> Latencies:
    """Of orders that a venue answered."""
    whole = [way for way in ways if way.gated_ns and way.committed_ns and way.acked_ns >= way.committed_ns]
    if not whole:
        return Latencies(0, 0.0, 2 * _USUAL_MS)
    leaving = statistics.median(way.committed_ns - way.gated_ns for way in whole)
    answer = statistics.median(way.acked_ns - way.committed_ns for way in whole)
    return Latencies(len(whole), leaving / MS, answer / MS)


def settings(recorded: dict[str, object], capital: str) -> Config:
    """The run's own, but for what `titan run` takes from elsewhere."""
    plain: Any = msgspec.json.decode(msgspec.json.encode(recorded))
    plain["run"]["capital"] = capital
    sentinel, simulation = plain["sentinel"], plain["simulation"]
    sentinel["sample_seconds"] = sentinel["sample_seconds"] or SAMPLE_S
    sentinel["max_age_s"] = sentinel["max_age_s"] or MAX_AGE_NS / NS
    plain["limits"]["guard_seconds"] = plain["limits"]["guard_seconds"] or GUARD_NS / NS
    simulation["fees"] = {}  # the instruments' own, as in the run
    return Config.model_validate(plain)


def write_tape(out: Path, heard: Sequence[HeardTape]) -> TapeReader:
    """What all processes of a run heard, as one ordinary tape; between two of them every book is lost."""
    instruments = heard[0].instruments
    last = 0
    with TapeWriter(out, TapeMeta(instruments, notes=("heard by a run",))) as writer:
        for number, tape in enumerate(heard):
            rows = in_venue_order(tape.whole())
            if length(rows) == 0:
                continue
            rows = rows._replace(ts=np.maximum(rows.ts, last))
            if number and last:
                writer.append(_hole(instruments, int(rows.ts[0]), int(rows.recv[0]), last))
            writer.append(rows)
            last = int(rows.ts[-1])
    return TapeReader(out)


def _hole(instruments: Sequence[Instrument], ts: int, recv: int, last: int) -> Rows:
    """Of every instrument: rows are missing, and its book is nothing any more."""
    made = empty(2 * len(instruments))
    made.ts[:], made.recv[:] = ts, recv
    made.inst[:] = np.repeat(np.arange(len(instruments)), 2)
    made.kind[0::2], made.kind[1::2] = Kind.GAP, Kind.CLEAR
    made.qty[0::2] = max(ts - last, 0) / NS
    made.flags[1::2] = END
    return made


class Played(NamedTuple):
    """`shift_ns` is by how much its clock is ahead of the run's: no row may arrive before it happened."""

    session: Session
    story: Story
    shift_ns: int


def backtested(
    tape: TapeReader, config: Config, run_id: str, latencies: Latencies,
    progress: Callable[[str, int, int], None], lanes: tuple[Lane, ...] = (),
) -> Played:  # fmt: skip
    """Play the whole tape; pairs are not closed at its end, and money goes
    between venues where the run had ways: as the run did."""
    wakes: list[tuple[int, Woke]] = []

    def woken(strategy: str, why: Why, of: str, at_ns: int, wishes: int) -> None:
        wakes.append((len(session.journal.lines), Woke(strategy, why, of, at_ns, 0, "", wishes)))

    def to_the_end(params: Params, span: Span) -> tuple[Params, Span]:
        params = {name: msgspec.structs.replace(p, lanes=lanes) for name, p in params.items()}
        return params, Span(tape.start, tape.end, dict.fromkeys(span.closing_ns))

    session = Session(tape, config, run_id, coverage_of(tape), to_the_end, woken, latencies.model(tape))
    session.prepare()
    session.run(lambda done, total: progress("backtesting the tape", done, total))
    story = Story()
    for instrument in session.instruments:
        story.know(instrument)
    union: Any = functools.reduce(operator.or_, TYPES)
    decode = msgspec.json.Decoder(union).decode
    at = 0
    for number, line in enumerate(session.journal.lines):
        while at < len(wakes) and wakes[at][0] == number:
            story.take(wakes[at][1])
            at += 1
        story.take(decode(line))
    return Played(session, story, session.models.latency.shift_ns)
