"""`backtest` on Titan: the engine, the gates, the ledger, the journal and the simulated venue, wired as a
run is.

The strategy is the suite's own, so this wires the parts that `runtime/session.py` wires for Sentinel.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from typing import Any

import numpy as np

from benchmarks.drivers import basis, basis_step, repeated
from benchmarks.drivers.prepare_titan import instrument
from benchmarks.drivers.task import Stopwatch, Task, from_command_line
from titan.engine.cursor import Cursor
from titan.engine.engine import Engine
from titan.engine.journal import Journal
from titan.engine.loop import VirtualLoop
from titan.engine.pump import Pump
from titan.engine.situation import Present
from titan.engine.view import MarketView
from titan.execution.desk import Desk
from titan.execution.gatekeeper import Gatekeeper
from titan.market.book import new_books
from titan.market.freshness import NoPrice
from titan.market.quotes import new_quotes
from titan.market.tape.read import TapeReader
from titan.market.tape.rows import Rows
from titan.model.fill import Fill
from titan.model.instrument import Instrument, InstrumentKind
from titan.model.order import OrderType, Side
from titan.model.pair import PairOutcome
from titan.model.signal import Intent, Purpose, Signal, intent_id
from titan.portfolio.ledger import Ledger
from titan.portfolio.nav import nav, pnl
from titan.portfolio.performance import performance
from titan.risk.standing import Limits
from titan.runtime.observe import Observer
from titan.simulation.exchange import Exchange
from titan.simulation.feed import LocalBlocks
from titan.simulation.models import Latency, Models
from titan.simulation.venue import SimVenue
from titan.strategies.protocol import Situation, Wish

NS = 1_000_000_000
CURRENCY = "USDT"
ASSUMED = (0.0001, 0.1)
"""Half spread and displayed share where only bars are known: never used here."""
SEED = 1


class Basis:
    """Both legs by market order when the z-score says so."""

    name = "basis"
    timer_ns = 0

    def __init__(self, instruments: Sequence[Instrument], first_ts: int) -> None:
        ticks = [float(i.tick) for i in instruments]
        self._quotes = new_quotes(ticks, half_spread=ASSUMED[0], bar_share=ASSUMED[1])
        self._books = new_books(ticks)
        self._legs = list(instruments)
        self.state = basis_step.new_state(first_ts)
        self.counts = {basis_step.ENTER: 0, basis_step.EXIT: 0}

    def scan(self, rows: Rows, start: int, stop: int) -> tuple[int, int]:
        return basis_step.scan(self.state, self._quotes, self._books, rows, start, stop)

    def signal(self, code: int, row: int, local_ns: int) -> Signal:
        one = self.state[0]
        figures = {"z": float(one["z"]), "basis": float(one["basis"]), "edge": 0.0}
        name = "EXPAND" if code == basis_step.ENTER else "CONTRACT"
        return Signal(self.name, code, name, "BTC", row, local_ns, figures)

    def decide(self, signal: Signal, now: Situation) -> Sequence[Wish]:
        self.counts[signal.code] += 1
        entering = signal.code == basis_step.ENTER
        sides = (Side.BUY, Side.SELL) if entering else (Side.SELL, Side.BUY)
        return [
            self._leg(signal, now, leg, side, entering) for leg, side in zip(self._legs, sides, strict=True)
        ]

    def _leg(self, signal: Signal, now: Situation, leg: Instrument, side: Side, entering: bool) -> Intent:
        price = now.price(leg.id)
        mid = 0.0 if isinstance(price, NoPrice) else (price.bid + price.ask) / 2
        return Intent(
            id=intent_id(self.name, "BTC", signal.row, leg.kind),
            strategy=self.name,
            owner=self.name,
            instrument=leg.id,
            side=side,
            lots=leg.lots_within(basis.QTY),
            purpose=Purpose.ENTRY if entering else Purpose.EXIT,
            reference_ticks=leg.nearest_ticks(mid),
            type=OrderType.MARKET,
        )

    def tick(self, now: Situation) -> Sequence[Wish]:  # noqa: ARG002 - the protocol's
        return []

    def liquidated(self, fill: Fill, owner: str, now: Situation) -> Sequence[Wish]:  # noqa: ARG002
        return []

    def finished(self, outcome: PairOutcome, now: Situation) -> Sequence[Wish]:  # noqa: ARG002
        return []


class Run:
    """The parts of one backtest, wired."""

    def __init__(self, tape: TapeReader, blocks: list[Rows]) -> None:
        kinds = (InstrumentKind.SPOT, InstrumentKind.PERP)
        self.instruments = [instrument(kind, basis.MAKER_FEE, basis.TAKER_FEE) for kind in kinds]
        by_id = {i.id: i for i in self.instruments}
        latency = Latency(order_ns=basis.LATENCY_NS, response_ns=basis.LATENCY_NS, feed_ns=0)
        self.models = Models(latency=latency, queue="power", queue_power=2)
        self.tape = tape
        local = itertools.tee(iter(LocalBlocks(blocks, latency, len(by_id), SEED)), 2)
        self.loop = VirtualLoop(tape.start)
        self.exchange = Exchange(self.instruments, iter(blocks), self.models, seed=SEED)
        self.venue = SimVenue(self.exchange, self.loop)
        self.strategy = Basis(self.instruments, tape.start)
        self.view = MarketView(self.instruments, local[0], assumed=ASSUMED, max_age_ns=10 * NS)
        self.ledger = Ledger(by_id, currency=CURRENCY)
        self.journal = Journal()
        self.present = Present(self.loop.now, by_id, self.view, self.ledger)
        self.observer = Observer(by_id, self.ledger, self.present)
        limits = Limits(max_order_notional=Decimal(10_000))
        gate = Gatekeeper(by_id, self.ledger, limits, marks=self.present.marks, mid_ticks=self._mid_ticks)
        self.desk = Desk(self.loop, self.venue, gate, self.journal)
        self.engine = Engine(
            self.loop, by_id, self.desk, self.ledger, self.present, self.venue, self.journal, self.observer,
            seed=SEED,
        )  # fmt: skip
        self.cursor = Cursor(self.strategy, local[1])
        self.venue.subscribe(self.engine.on_event)

    def play(self) -> None:
        """To the end of the tape."""
        for wallet in ("binance.spot", "binance.perp"):
            amount = Decimal(str(basis.CAPITAL)) / 2
            self.venue.deposit(wallet, CURRENCY, amount)
            self.ledger.deposit(wallet, CURRENCY, amount, self.tape.start)
        pump = Pump(
            self.loop,
            self.exchange,
            [self.cursor],
            end_ns=self.tape.end + NS,
            deliver=self.venue.deliver,
            on_signal=self.engine.on_signal,
            on_quiet=self.view.advance_to,
            on_end=self.engine.done.set,
        )
        self.loop.attach(pump)
        try:
            self.loop.run_until_complete(self._until_done())
        finally:
            self.loop.close()

    async def _until_done(self) -> None:
        self.engine.start([self.strategy])
        sampler = asyncio.create_task(self._sample())
        await self.engine.done.wait()
        sampler.cancel()
        await self.engine.finish()
        self.observer.sample(self.models.leverage, self.tape.end)

    async def _sample(self) -> None:
        while True:
            self.observer.sample(self.models.leverage, self.loop.now())
            await asyncio.sleep(1.0)

    def _mid_ticks(self, name: str) -> int | None:
        touch = self.present.touch(name)
        return None if touch is None else touch.mid_ticks


def whole(task: Task, parts: repeated.Parts) -> dict[str, Any]:
    """One backtest, from the tape to performance figures."""
    parts["load"], parts["run"], parts["metrics"] = Stopwatch(), Stopwatch(), Stopwatch()
    with parts["load"]:
        tape = TapeReader(task.inputs / "tape-legs")
        run = Run(tape, list(tape.blocks()))
    with parts["run"]:
        run.play()
    with parts["metrics"]:
        points = run.observer.equity
        times = np.array([p.ts for p in points], np.int64)
        performance(times, np.array([float(p.nav) for p in points]), [])
        marks = run.present.marks()
        profit = pnl(run.ledger, marks)
        earned = nav(run.ledger, marks) - run.ledger.deposits
    return {
        "rows": tape.rows,
        "samples": int(run.strategy.state[0]["samples"]),
        "entries": run.strategy.counts[basis_step.ENTER],
        "exits": run.strategy.counts[basis_step.EXIT],
        "fills": len(run.observer.fills),
        "fees": -float(profit.fees),
        "pnl": float(earned),
        "points": len(points),
        "run_hash": run.journal.digest,
    }


def main() -> None:
    task = from_command_line()
    repeated.measure(task, partial(whole, task))


if __name__ == "__main__":
    main()
