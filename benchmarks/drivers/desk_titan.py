"""`desk` on Titan: the parts of a live run around a strategy that answers every new price with an order."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.drivers.decode_titan import begun
from benchmarks.drivers.desk_server import quote
from titan.engine.arrivals import Arrivals
from titan.engine.cursor import Cursor
from titan.engine.engine import Engine
from titan.engine.journal import Journal
from titan.engine.situation import Present
from titan.engine.view import MarketView
from titan.execution.desk import Desk
from titan.execution.durable import DurableEntry
from titan.execution.gatekeeper import Gatekeeper
from titan.market.compiled import compiled
from titan.market.tape.local import LocalBlock
from titan.market.tape.rows import Kind, Rows, empty
from titan.market.tape.share import Queue
from titan.model.credentials import Credentials
from titan.model.instrument import Instrument
from titan.model.order import OrderType, Side, TimeInForce
from titan.model.signal import Intent, Purpose, Signal
from titan.portfolio.ledger import Ledger
from titan.risk.standing import Limits
from titan.runtime.clock import WallClock
from titan.runtime.trading.life import SWITCH_S
from titan.runtime.trading.rehearsal import Rehearsal
from titan.storage.journal import StoredJournal
from titan.storage.store import open_store
from titan.venues.addresses import Addresses
from titan.venues.batch import Batch
from titan.venues.feed import Feed
from titan.venues.gateway.gateway import open_gateway
from titan.venues.registry import lines
from titan.venues.stream import Channel, Market

PERP = "binance.perp.BTCUSDT"
_BBO = int(Kind.BBO)


@compiled
def moved(rows: Rows, last: NDArray[np.float64], start: int, stop: int) -> tuple[int, int]:
    """Stop behind the second row of a quote whose bid is another than the last one's."""
    for k in range(start, stop - 1):
        if rows.kind[k] == _BBO and rows.side[k] > 0 and rows.px[k] != last[0]:
            last[0] = rows.px[k]
            return k + 2, 1
    return stop, 0


class EveryPrice:
    name, timer_ns = "every", 0

    def __init__(self, perp: Instrument) -> None:
        self._perp, self._last, self._count = perp, np.zeros(1), 0

    def scan(self, rows: Rows, start: int, stop: int) -> tuple[int, int]:
        return moved(rows, self._last, start, stop)

    def signal(self, code: int, row: int, local_ns: int) -> Signal:
        return Signal(self.name, code, "PRICE", PERP, row, local_ns, {"px": float(self._last[0])})

    def decide(self, signal: Signal, now: Any) -> Sequence[Intent]:
        del now
        self._count += 1
        ticks = self._perp.nearest_ticks(signal.figures["px"])
        return [
            Intent(
                f"bench-every-{self._count}-entry", self.name, "owner", PERP, Side.BUY, 10, Purpose.ENTRY,
                ticks, OrderType.LIMIT, ticks, tif=TimeInForce.IOC,
            )
        ]  # fmt: skip

    tick = finished = liquidated = decide  # type: ignore[assignment]


class Deaf:
    """An observer that keeps nothing."""

    def __getattr__(self, name: str) -> Any:
        return lambda *_: None


def read_once() -> None:
    """Compile what reads a frame, or load it: else the first prices pass by meanwhile."""
    line, batch = begun(0)
    line.hear(quote(0, 0, True), time.time_ns(), 0)
    batch.take()


async def trade(
    port: int, folder: Path | None, beside: Callable[[MarketView], Awaitable[None]] | None = None
) -> None:
    """Until cancelled. The journal is a SQLite store in `folder`, or memory. `beside` runs meanwhile."""
    clock, loop = WallClock(), asyncio.get_running_loop()
    sys.setswitchinterval(SWITCH_S)
    at = Addresses("binance", f"http://127.0.0.1:{port}", f"ws://127.0.0.1:{port}")
    async with AsyncExitStack() as closing:
        keys = Credentials("binance", "bench", "k", "s")
        gateway = open_gateway("binance", now=clock.now, addresses=at, credentials=keys)
        closing.push_async_callback(gateway.close)
        known = {i.id: i for i in await gateway.instruments() if i.id == PERP}
        journal: Any = Journal()
        entry: Any = gateway.entry
        if folder is not None:
            store = open_store(f"sqlite:///{folder / 'titan.db'}")
            closing.callback(store.close)
            journal = StoredJournal(store, now=clock.now, deliver=loop.call_soon_threadsafe)
            closing.callback(journal.close)
        batch, cursor_rows, view_rows = Batch(), Queue[LocalBlock](), Queue[LocalBlock]()
        view = MarketView(list(known.values()), view_rows, assumed=(0.0001, 0.1), max_age_ns=10**10)
        ledger = Ledger(known, currency="USDT")
        ledger.deposit("binance.perp", "USDT", Decimal(10**6), clock.now())
        present = Present(clock.now, known, view, ledger)

        def mid(instrument: str) -> int | None:
            touch = present.touch(instrument)
            return None if touch is None else touch.mid_ticks

        gate = Gatekeeper(
            known, ledger, Limits(Decimal(10**6), orders_per_s=1000, burst=1000), marks=present.marks,
            mid_ticks=mid, now=clock.now,
        )  # fmt: skip
        made: list[Engine] = []
        if folder is not None:
            entry = DurableEntry(entry, journal, clock.now, lambda e: made[0].on_event(e), lambda _why: None)
        observer: Any = Deaf()
        desk = Desk(clock, entry, gate, journal)
        engine = Engine(
            clock, known, desk, ledger, present, observer, journal, observer, seed=1, mover=observer
        )
        made.append(engine)
        gateway.entry.subscribe(engine.on_event)
        strategy: Any = EveryPrice(known[PERP])
        strategy.scan(empty(0), 0, 0)
        view.prepare(empty(0))
        read_once()
        arrivals = Arrivals(clock.now, queues=(cursor_rows, view_rows), first=(), on_signal=engine.on_signal)
        arrivals.attach(Cursor(strategy, cursor_rows))
        engine.start([strategy])
        feed = Feed("binance", lines("binance", batch), at, batch, arrivals.on_rows, clock.now, Random(1))
        await closing.enter_async_context(feed)
        listed = gateway.find(PERP)
        assert listed is not None
        rehearsal = Rehearsal(known.values(), present.touch, gate, gateway.entry.rehearse, 0.003)
        rehearsal.start()
        closing.callback(rehearsal.close)
        if beside is not None:
            closing.callback(asyncio.ensure_future(beside(view)).cancel)
        feed.subscribe(Market(0, "BTCUSDT", known[PERP].kind, float(listed.contract)), (Channel.BBO,))
        await engine.done.wait()
