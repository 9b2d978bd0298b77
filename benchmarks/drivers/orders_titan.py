"""`orders` on Titan: engine, gates, desk, ledger and journal, over a venue that fills what it is given."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import uvloop

from benchmarks.drivers import orders, task
from benchmarks.drivers.desk_titan import Deaf
from titan.engine.engine import Engine
from titan.engine.journal import Journal
from titan.execution.desk import Desk
from titan.execution.durable import DurableEntry
from titan.execution.gatekeeper import Gatekeeper
from titan.model.events import OrderReport, VenueEvent
from titan.model.fill import Fill, Liquidity
from titan.model.instrument import FeeSchedule, Instrument, InstrumentKind
from titan.model.order import OrderEvent, OrderType, Side, TimeInForce
from titan.model.signal import Intent, Purpose
from titan.portfolio.ledger import Ledger
from titan.ports import Approved
from titan.risk.gates import Refuse
from titan.risk.standing import Limits
from titan.runtime.clock import WallClock
from titan.runtime.trading.life import SWITCH_S
from titan.storage.journal import StoredJournal
from titan.storage.store import open_store

UNDER_WAY: Final = 50
"""Orders that have not been filled yet, at most: a store is given some to commit together."""
TICKS: Final = round(orders.PRICE / orders.TICK)
PERP: Final = Instrument(
    "binance", InstrumentKind.PERP, "BTCUSDT", "BTC", "USDT", Decimal(str(orders.TICK)),
    Decimal(str(orders.LOT)), FeeSchedule(Decimal(0), Decimal(str(orders.TAKER))), min_notional=Decimal(5),
)  # fmt: skip
FEE: Final = PERP.notional(TICKS, orders.LOTS) * PERP.fees.taker


class Filling:
    """A venue in this process: accepts and fills in the next turn of the loop."""

    def __init__(self, now: Callable[[], int]) -> None:
        self._now, self._count = now, 0
        self.hear: Callable[[VenueEvent], None] = lambda _event: None
        self.room = asyncio.Semaphore(UNDER_WAY)

    def submit(self, order: Approved) -> None:
        asyncio.get_running_loop().call_soon(self._fill, order)

    def cancel(self, client_id: str) -> None:
        raise AssertionError(client_id)

    def _fill(self, order: Approved) -> None:
        now, self._count = self._now(), self._count + 1
        self.hear(OrderReport(order.client_id, OrderEvent.ACCEPT, now, now))
        self.hear(
            Fill(
                str(self._count), order.client_id, PERP.id, order.intent.side, TICKS, order.intent.lots, FEE,
                "USDT", Liquidity.TAKER, now, now,
            )
        )  # fmt: skip
        self.room.release()


def wired(folder: Path | None, venue: Filling, ledger: Ledger, closing: ExitStack) -> Desk:
    """As a live run wires them; the journal is a SQLite store in `folder`, or memory."""
    sys.setswitchinterval(SWITCH_S)
    clock, observer, deliver = WallClock(), Deaf(), asyncio.get_running_loop().call_soon_threadsafe
    journal: Any = Journal()
    entry: Any = venue
    made: list[Engine] = []
    if folder is not None:
        store = open_store(f"sqlite:///{folder / 'titan.db'}")
        closing.callback(store.close)
        journal = StoredJournal(store, now=clock.now, deliver=deliver)
        closing.callback(journal.close)
        entry = DurableEntry(venue, journal, clock.now, lambda e: made[0].on_event(e), lambda _why: None)
    limits = Limits(
        Decimal(10**6), orders_per_s=10**6, burst=10**6, max_open_orders=1000, max_open_orders_here=1000
    )
    gate = Gatekeeper(
        ledger.instruments, ledger, limits, marks=lambda: {PERP.id: PERP.price(TICKS)},
        mid_ticks=lambda _id: TICKS, now=clock.now,
    )  # fmt: skip
    desk = Desk(clock, entry, gate, journal)
    present: Any = observer
    deaf: Any = observer
    made.append(
        Engine(clock, ledger.instruments, desk, ledger, present, deaf, journal, deaf, seed=1, mover=deaf)
    )
    venue.hear = made[0].on_event
    return desk


async def played(folder: Path | None) -> dict[str, float]:
    ledger = Ledger({PERP.id: PERP}, currency="USDT")
    ledger.deposit("binance.perp", "USDT", Decimal(orders.CAPITAL), 1)
    venue = Filling(WallClock().now)
    with ExitStack() as closing:
        desk = wired(folder, venue, ledger, closing)
        with task.Stopwatch() as run:
            for n in range(orders.ORDERS):
                await venue.room.acquire()
                intent = Intent(
                    f"bench-{n}", "bench", "bench", PERP.id, Side.SELL if n % 2 else Side.BUY, orders.LOTS,
                    Purpose.ENTRY, TICKS, OrderType.LIMIT, TICKS, tif=TimeInForce.IOC,
                )  # fmt: skip
                order = desk.approve(intent)
                assert not isinstance(order, Refuse), order
                desk.send(order)
            for _ in range(UNDER_WAY):
                await venue.room.acquire()
    paid = orders.CAPITAL - float(ledger.balance("binance.perp", "USDT"))
    return {
        "orders_per_s": orders.ORDERS / run.seconds, "orders": float(len(ledger.fills())), "fees": paid
    }  # fmt: skip


def main(found: task.Task) -> None:
    if found.variant == "memory":
        found.write(**uvloop.run(played(None)))
        return
    with tempfile.TemporaryDirectory(dir=found.result.absolute().parent) as folder:
        found.write(**uvloop.run(played(Path(folder))))


if __name__ == "__main__":
    main(task.from_command_line())
