"""A run in virtual time that journals as a live one does: quick, and the same whenever it is made."""

from __future__ import annotations

import functools
import operator
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from tests.runtime.carry import S, carry_market, in_time
from titan import __version__
from titan.market.tape.file import TapeMeta
from titan.market.tape.grow import GrowingTape
from titan.market.tape.heard import Digest
from titan.market.tape.read import TapeReader
from titan.market.tape.rows import Kind, Rows, concat, take
from titan.market.tape.write import TapeWriter
from titan.model.listing import Listing
from titan.model.recovery import Deposited
from titan.model.run import RunBegan
from titan.model.wake import RunSettings, Why, Woke
from titan.runtime.backtest import run_id
from titan.runtime.capital import par, starting
from titan.runtime.config import Config, load_config
from titan.runtime.coverage import Span, coverage_of
from titan.runtime.entries import TYPES
from titan.runtime.session import Params, RunEnded, RunStarted, Session
from titan.simulation.market.instruments import simulated_pairs

START = 1_785_542_400 * S
SETTINGS = {
    "sentinel.gap_seconds_min": 0,
    "sentinel.gap_seconds_max": 1,
    "sentinel.check_seconds": 50,
    "sentinel.funding_hurdle_apr": 0.01,
    "sentinel.sample_seconds": 1,
}


def market(after: float) -> Rows:
    """A core pair is opened for its funding, and then the price jumps to `after`."""
    return carry_market([100_000.0] * 600 + [after] * 100, START)


def beside(rows: Rows) -> Rows:
    """The same at a second venue, whose perp pays no funding."""
    copy = Rows(*(column.copy() for column in take(rows, rows.kind != Kind.FUNDING)))
    copy.inst[:] += 2
    return in_time(concat([rows, copy]))


class Virtual:
    """`entries` are the journal's, `tapes` the folder with the tape of the process."""

    def __init__(
        self, folder: Path, rows: Rows, venues: Sequence[str] = ("binance",), **more: object
    ) -> None:
        own = simulated_pairs(["BTC"])
        instruments = tuple(msgspec.structs.replace(i, venue=v) for v in venues for i in own)
        changes = {key.replace("__", "."): value for key, value in more.items()}
        with TapeWriter(folder / "venues", TapeMeta(instruments=instruments)) as tape:
            tape.append(rows)
        reader = TapeReader(folder / "venues")
        config = Config.model_validate(load_config(None, {}, SETTINGS | changes).canonical())
        self._feed_ns = round(config.simulation.latency.feed_ms * 1_000_000)
        self.rows = rows._replace(ts=rows.ts + self._feed_ns, recv=rows.ts)
        self.tapes = folder / "tape"
        heard = GrowingTape(self.tapes / "001", TapeMeta(instruments, heard=True))
        heard.append(self.rows)
        heard.close()
        self.run_id = run_id(reader, config)
        self._wakes: list[tuple[int, Woke]] = []
        self._session = Session(reader, config, self.run_id, coverage_of(reader), _open_ended, self._woken)
        self._session.prepare()
        self._session.run(lambda _done, _total: None)
        self.entries = [*self._opening(config), *self._told()]

    def _woken(self, strategy: str, why: Why, of: str, at_ns: int, wishes: int) -> None:
        self._wakes.append((len(self._session.journal.lines), self._mark(why, of, at_ns, wishes)))

    def _mark(self, why: Why, of: str, at_ns: int, wishes: int = 0) -> Woke:
        rows = int(np.searchsorted(self.rows.ts, at_ns, side="right"))
        digest = Digest()
        digest.add(take(self.rows, slice(0, rows)))
        return Woke("sentinel", why, of, at_ns, rows, digest.value, wishes)

    def _opening(self, config: Config) -> list[msgspec.Struct]:
        run, share = config.run, self._session.params.futures_share
        began = RunBegan(
            self.run_id, "paper", "sentinel", "c", run.capital, run.seed, __version__, False, START
        )
        return [
            began,
            RunSettings(self.run_id, config.canonical(), "tape/001", START, self._session.params.lanes),
            *(Listing(one, START) for one in self._session.instruments),
            *(
                Deposited(one.wallet, one.asset, one.amount, START, one.price)
                for one in starting(run.capital, self._session.strategy.pairs, share, run.quote, par)
            ),
            self._mark(Why.BEGIN, "", START),
        ]

    def _told(self) -> list[msgspec.Struct]:
        union: Any = functools.reduce(operator.or_, TYPES)
        decode = msgspec.json.Decoder(union).decode
        found: list[msgspec.Struct] = []
        for number, line in enumerate(self._session.journal.lines):
            found += [woke for at, woke in self._wakes if at == number]
            event = decode(line)
            if not isinstance(event, RunStarted | RunEnded):
                found.append(event)
        return found


def _open_ended(params: Params, span: Span) -> tuple[Params, Span]:
    return params, Span(span.start_ns, span.end_ns, dict.fromkeys(span.closing_ns))
