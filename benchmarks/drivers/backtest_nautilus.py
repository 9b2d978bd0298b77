"""`backtest` on nautilus_trader: two venues with L2 books, a strategy in Python on a timer, its own
statistics.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from nautilus_trader.backtest.engine import BacktestEngine
from nautilus_trader.backtest.models import FillModel, LatencyModel
from nautilus_trader.common.events import TimeEvent
from nautilus_trader.config import StrategyConfig
from nautilus_trader.model.currencies import BTC, USDT
from nautilus_trader.model.data import OrderBookDeltas
from nautilus_trader.model.enums import AccountType, BookType, OmsType, OrderSide
from nautilus_trader.model.instruments import Instrument
from nautilus_trader.model.objects import Money
from nautilus_trader.persistence.catalog import ParquetDataCatalog
from nautilus_trader.trading.strategy import Strategy

from benchmarks.drivers import basis, nautilus, repeated
from benchmarks.drivers.task import Stopwatch, Task, from_command_line


class Basis(Strategy):
    """z-score of the basis on a timer; both legs by market order."""

    def __init__(self, spot: Instrument, perp: Instrument, first_ns: int) -> None:
        super().__init__(StrategyConfig(strategy_id="BASIS-001"))
        self.spot, self.perp, self.first_ns = spot, perp, first_ns
        self.ring = np.zeros(basis.WINDOW)
        self.samples = self.entries = self.exits = 0
        self.holds = False

    def on_start(self) -> None:
        for leg in (self.spot, self.perp):
            self.subscribe_order_book_deltas(leg.id, book_type=BookType.L2_MBP)
            self.subscribe_trade_ticks(leg.id)
        self.clock.set_timer_ns(
            "grid", basis.STEP_NS, self.first_ns - basis.STEP_NS, 0, self.on_grid, allow_past=True
        )

    def mid(self, leg: Instrument) -> float | None:
        book = self.cache.order_book(leg.id)
        bid, ask = book.best_bid_price(), book.best_ask_price()
        return None if bid is None or ask is None else (bid.as_double() + ask.as_double()) * 0.5

    def on_grid(self, _: TimeEvent) -> None:
        spot, perp = self.mid(self.spot), self.mid(self.perp)
        if spot is None or perp is None:
            return
        value = (perp - spot) / spot
        self.ring[self.samples % basis.WINDOW] = value
        self.samples += 1
        if self.samples < basis.WINDOW:
            return
        deviation = self.ring.std() * basis.SAMPLE_FACTOR
        if deviation == 0.0:
            return
        z = (value - self.ring.mean()) / deviation
        if not self.holds and z >= basis.ENTER_Z:
            self.both(OrderSide.BUY, OrderSide.SELL)
            self.entries += 1
            self.holds = True
        elif self.holds and z <= basis.EXIT_Z:
            self.both(OrderSide.SELL, OrderSide.BUY)
            self.exits += 1
            self.holds = False

    def both(self, spot_side: OrderSide, perp_side: OrderSide) -> None:
        for leg, side in ((self.spot, spot_side), (self.perp, perp_side)):
            self.submit_order(self.order_factory.market(leg.id, side, leg.make_qty(basis.QTY)))


def build(spot: Instrument, perp: Instrument) -> BacktestEngine:
    """Two venues with the same latency: a cash account for the spot, a margin account for the perp."""
    engine = nautilus.engine()
    shared = {"oms_type": OmsType.NETTING, "book_type": BookType.L2_MBP, "fill_model": FillModel()}
    # A stock of the base lets the spot account sell what it bought; nautilus keeps the two apart.
    for venue, kind, base, money in (
        (nautilus.SPOT_VENUE, AccountType.CASH, None, [Money(basis.CAPITAL / 2, USDT), Money(1, BTC)]),
        (nautilus.PERP_VENUE, AccountType.MARGIN, USDT, [Money(basis.CAPITAL / 2, USDT)]),
    ):
        latency = LatencyModel(basis.LATENCY_NS)
        engine.add_venue(
            venue=venue,
            account_type=kind,
            base_currency=base,
            starting_balances=money,
            latency_model=latency,
            **shared,
        )
    engine.add_instrument(spot)
    engine.add_instrument(perp)
    return engine


def whole(task: Task, parts: repeated.Parts) -> dict[str, Any]:
    """One backtest, from the catalogue to statistics."""
    parts["load"], parts["run"], parts["metrics"] = Stopwatch(), Stopwatch(), Stopwatch()
    spot, perp = (make(basis.MAKER_FEE, basis.TAKER_FEE) for make in (nautilus.spot, nautilus.perp))
    rows = 0
    with parts["load"]:
        catalog = ParquetDataCatalog(str(task.inputs / "nautilus-legs"))
        engine = build(spot, perp)
        starts = []
        for leg in (spot, perp):
            deltas = catalog.order_book_deltas([str(leg.id)])
            trades = catalog.trade_ticks([str(leg.id)])
            rows += len(deltas) + len(trades)
            engine.add_data(OrderBookDeltas.batch(deltas), sort=False)
            engine.add_data(trades, sort=leg is perp)
            starts += [deltas[0].ts_init, trades[0].ts_init]
        strategy = Basis(spot, perp, basis.first_sample(min(starts)))
        engine.add_strategy(strategy)
    with parts["run"]:
        engine.run()
    with parts["metrics"]:
        engine.get_result()
        analyzer = engine.portfolio.analyzer
        analyzer.get_performance_stats_returns()
        analyzer.get_performance_stats_pnls(USDT)
    orders = engine.cache.orders()
    facts = {
        "rows": rows,
        "samples": strategy.samples,
        "entries": strategy.entries,
        "exits": strategy.exits,
        "fills": sum(len(order.trade_ids) for order in orders),
        "fees": sum(sum(c.as_double() for c in order.commissions()) for order in orders),
        "pnl": profit(engine, strategy),
    }
    engine.dispose()
    return facts


def profit(engine: BacktestEngine, strategy: Basis) -> float:
    """What all fills and fees add up to, with what is still held valued at the last mids."""
    total = 0.0
    for leg in (strategy.spot, strategy.perp):
        held = 0.0
        for order in engine.cache.orders(instrument_id=leg.id):
            side = 1.0 if order.side == OrderSide.BUY else -1.0
            held += side * order.filled_qty.as_double()
            total -= side * order.filled_qty.as_double() * order.avg_px if order.filled_qty else 0.0
            total -= sum(c.as_double() for c in order.commissions())
        total += held * (strategy.mid(leg) or 0.0)
    return total


def main() -> None:
    task = from_command_line()
    pd.set_option("mode.copy_on_write", True)
    repeated.measure(task, partial(whole, task))


if __name__ == "__main__":
    main()
