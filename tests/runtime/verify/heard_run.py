"""A run that hears its rows block by block, as a live one does, and whose settings a test changes between two
blocks. Its wishes end at once, with nothing done.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, cast

import msgspec
import numpy as np

from tests.runtime.carry import S, carry_market
from titan import __version__
from titan.engine.arrivals import Arrivals
from titan.execution.booking import book
from titan.market.tape.file import TapeMeta
from titan.market.tape.grow import GrowingTape
from titan.market.tape.heard import Digest
from titan.market.tape.local import LocalBlock
from titan.market.tape.rows import Rows, length, take
from titan.market.tape.share import Queue
from titan.model.errors import ConfigError
from titan.model.listing import Listing
from titan.model.pair import PairEnd, PairIntent, PairOutcome
from titan.model.recovery import Deposited
from titan.model.run import RunBegan
from titan.model.wake import RunSettings, SettingsChanged, Why, Woke
from titan.runtime.assembly import Assembly, Blocks
from titan.runtime.capital import par, starting
from titan.runtime.config import Config, load_config
from titan.runtime.trading.run import live_setting
from titan.runtime.trading.tuning import take_over
from titan.simulation.market.instruments import simulated_pairs

START = 1_785_542_400 * S
SETTINGS: dict[str, object] = {
    "sentinel.sample_seconds": 1, "sentinel.window": 60, "sentinel.min_warmup": 10, "sentinel.entry_z": 2.0,
    "sentinel.min_edge_bps": 0.0, "sentinel.funding_hurdle_apr": 10,
}  # fmt: skip


def stretching(seconds: int = 600) -> Rows:
    """A basis that lies near nothing, and for 4 s in every 40 is 80 bps."""
    basis = [(0.008 if n % 40 >= 36 else 0.0) + 0.0001 * math.sin(n) for n in range(seconds)]
    return carry_market([100_000.0] * seconds, START, basis)


class NoVenue:
    def submit(self, order: object) -> None: ...

    def cancel(self, client_id: str) -> None: ...

    def transfer(self, *_: object) -> str:
        return ""

    def rehearse(self, order: object) -> None: ...


class HeardRun:
    """`changes` by the second at which they are asked for. `entries` are the journal's, `tapes` the folder of
    its tape, `refused` what was not taken over.
    """

    def __init__(self, folder: Path, changes: Mapping[int, Mapping[str, object]]) -> None:
        self.entries: list[msgspec.Struct] = []
        self.refused: list[ConfigError] = []
        self.tapes, self.run_id, self._now = folder / "tape", "r", START
        self.instruments = tuple(simulated_pairs(["BTC"]))
        self.config = Config.model_validate(load_config(None, {}, SETTINGS).canonical())
        self.lanes = ()
        self._digest, self._heard = Digest(), list[Rows]()
        queues = Queue[LocalBlock](), Queue[LocalBlock]()
        self.parts = Assembly(
            self.setting(self.config), cast(Any, self), Blocks(*queues), cast(Any, NoVenue()), self.journal,
            woken=self._woke,
        )  # fmt: skip
        self.arrivals = Arrivals(
            self.now, queues=queues, first=(self._keep,), on_signal=self.parts.engine.on_signal
        )
        asyncio.run(self._play(stretching(), changes))
        tape = GrowingTape(self.tapes / "001", TapeMeta(self.instruments, heard=True))
        for rows in self._heard:
            tape.append(rows)
        tape.close()

    def now(self) -> int:
        return self._now

    def setting(self, config: Config) -> Any:
        return live_setting(config, self.run_id, self.instruments, self.lanes)

    def journal(self, event: msgspec.Struct) -> None:
        self.entries.append(event)

    def mark(self, why: Why) -> None:
        self._woke("sentinel", why, "", self._now, 0)

    def _woke(self, strategy: str, why: Why, of: str, at_ns: int, wishes: int) -> None:
        self.journal(Woke(strategy, why, of, at_ns, self.arrivals.rows, self._digest.value, wishes))

    def _keep(self, block: LocalBlock, _now_ns: int) -> None:
        rows = block.rows._replace(ts=block.rows.ts, recv=block.local)
        self._digest.add(rows)
        self._heard.append(rows)

    async def _play(self, rows: Rows, changes: Mapping[int, Mapping[str, object]]) -> None:
        self._open()
        parts, left = self.parts, dict(changes)
        self.mark(Why.BEGIN)
        parts.engine.strategies = [parts.strategy]
        self.arrivals.attach(parts.cursor)
        blocks = np.array_split(np.arange(length(rows)), length(rows) // 7)
        for part in blocks:
            block = take(rows, slice(int(part[0]), int(part[-1]) + 1))
            self._now = int(block.recv[-1])
            self.arrivals.on_rows(block)
            self._end_all()
            for second in [s for s in left if self._now >= START + s * S]:
                self._change(left.pop(second))
        self._now += S
        self.mark(Why.STOP)
        await parts.engine.finish()

    def _change(self, changes: Mapping[str, object]) -> None:
        asked = SettingsChanged(dict(changes), "ada", "a test", self._now)
        try:
            take_over(cast(Any, self), asked)
        except ConfigError as e:
            self.refused.append(e)

    def _end_all(self) -> None:
        """Every wish under way ends: as an execution's task would say it."""
        engine, strategy = self.parts.engine, self.parts.strategy
        for wish in engine.working():
            assert isinstance(wish, PairIntent)
            outcome = PairOutcome(wish, PairEnd.DONE, 0, 1, 0, "", self._now)
            del engine._sagas[wish.id]
            self.journal(outcome)
            said = partial(strategy.finished, outcome, self.parts.present)
            engine.decide(strategy, Why.FINISHED, wish.id, said)

    def _open(self) -> None:
        run, parts = self.config.run, self.parts
        self.journal(
            RunBegan(self.run_id, "paper", "sentinel", "c", run.capital, run.seed, __version__, False, START)
        )
        self.journal(RunSettings(self.run_id, self.config.canonical(), "tape/001", START))
        for one in self.instruments:
            self.journal(Listing(one, START))
        share = parts.params.futures_share
        for money in starting(run.capital, parts.strategy.pairs, share, run.quote, par):
            event = Deposited(money.wallet, money.asset, money.amount, START, money.price)
            self.journal(event)
            book(parts.ledger, event, lambda _id: None)
