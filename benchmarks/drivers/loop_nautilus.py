"""`loop` on nautilus_trader 1.221: Cython core, strategy in Python, its own indicators."""

from __future__ import annotations

from nautilus_trader.backtest.models import FillModel, LatencyModel
from nautilus_trader.config import StrategyConfig
from nautilus_trader.indicators import ExponentialMovingAverage
from nautilus_trader.model.currencies import USDT
from nautilus_trader.model.data import QuoteTick
from nautilus_trader.model.enums import AccountType, OmsType, OrderSide
from nautilus_trader.model.identifiers import InstrumentId
from nautilus_trader.model.objects import Money, Price, Quantity
from nautilus_trader.persistence.catalog import ParquetDataCatalog
from nautilus_trader.trading.strategy import Strategy

from benchmarks.drivers import flip, nautilus
from benchmarks.drivers.task import Stopwatch, from_command_line

CAPITAL = 1_000_000


class Flips(Strategy):
    """EMA crossover, always in the market."""

    def __init__(self, instrument: InstrumentId) -> None:
        super().__init__(StrategyConfig(strategy_id="FLIP-001"))
        self.traded = instrument
        self.seen = self.held = self.orders = 0
        self.fast = ExponentialMovingAverage(flip.FAST)
        self.slow = ExponentialMovingAverage(flip.SLOW)
        self.sizes = {1: Quantity(flip.QTY, 3), 2: Quantity(2 * flip.QTY, 3)}

    def on_start(self) -> None:
        self.subscribe_quote_ticks(self.traded)

    def on_quote_tick(self, tick: QuoteTick) -> None:
        self.seen += 1
        mid = (tick.bid_price.as_double() + tick.ask_price.as_double()) * 0.5
        self.fast.update_raw(mid)
        self.slow.update_raw(mid)
        if self.seen <= flip.SLOW:
            return
        ahead = self.fast.value - self.slow.value
        wanted = 1 if ahead > flip.BAND else -1 if ahead < -flip.BAND else self.held
        if wanted != self.held:
            side = OrderSide.BUY if wanted > 0 else OrderSide.SELL
            self.submit_order(
                self.order_factory.market(self.traded, side, self.sizes[abs(wanted - self.held)])
            )
            self.held = wanted
            self.orders += 1


def main() -> None:
    task = from_command_line()
    setting = flip.SETTINGS[task.variant]
    with Stopwatch() as setup:
        instrument = nautilus.perp(setting.maker_fee, setting.taker_fee)
        ticks = ParquetDataCatalog(str(task.inputs / "nautilus-quotes")).quote_ticks([str(instrument.id)])
        engine = nautilus.engine()
        engine.add_venue(
            venue=nautilus.PERP_VENUE,
            oms_type=OmsType.NETTING,
            account_type=AccountType.MARGIN,
            base_currency=USDT,
            starting_balances=[Money(CAPITAL, USDT)],
            fill_model=FillModel(),
            latency_model=LatencyModel(setting.latency_ns) if setting.latency_ns else None,
        )
        engine.add_instrument(instrument)
        engine.add_data(ticks)
        strategy = Flips(instrument.id)
        engine.add_strategy(strategy)
    with Stopwatch() as run:
        engine.run()
    last_mid = Price(flip.last_mid(task.inputs), 2)
    earned = engine.cache.account_for_venue(nautilus.PERP_VENUE).balance_total(USDT).as_double() - CAPITAL
    held = sum(p.unrealized_pnl(last_mid).as_double() for p in engine.cache.positions_open())
    fees = sum(sum(c.as_double() for c in order.commissions()) for order in engine.cache.orders())
    task.write(
        events=strategy.seen,
        events_per_s=strategy.seen / run.seconds,
        setup_s=setup.seconds,
        first_s=run.seconds,
        run_s=run.seconds,
        orders=strategy.orders,
        pnl=earned + held,
        fees=fees,
    )


if __name__ == "__main__":
    main()
