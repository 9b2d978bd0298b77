"""`orders` on nautilus_trader: an order at each quote of its backtest engine, all filled as they arrive."""

from __future__ import annotations

from nautilus_trader.config import RiskEngineConfig, StrategyConfig
from nautilus_trader.model.currencies import USDT
from nautilus_trader.model.data import QuoteTick
from nautilus_trader.model.enums import AccountType, OmsType, OrderSide, TimeInForce
from nautilus_trader.model.identifiers import InstrumentId
from nautilus_trader.model.objects import Money, Price, Quantity
from nautilus_trader.trading.strategy import Strategy

from benchmarks.drivers import nautilus, orders
from benchmarks.drivers.task import Stopwatch, from_command_line


class EveryQuote(Strategy):
    def __init__(self, instrument: InstrumentId) -> None:
        super().__init__(StrategyConfig(strategy_id="EVERY-001"))
        self.traded, self.count = instrument, 0
        self.size = Quantity(orders.LOTS * orders.LOT, 3)
        self.at = Price(orders.PRICE, 1)

    def on_start(self) -> None:
        self.subscribe_quote_ticks(self.traded)

    def on_quote_tick(self, tick: QuoteTick) -> None:
        del tick
        side = OrderSide.SELL if self.count % 2 else OrderSide.BUY
        self.count += 1
        self.submit_order(
            self.order_factory.limit(self.traded, side, self.size, self.at, time_in_force=TimeInForce.IOC)
        )


def main() -> None:
    task = from_command_line()
    instrument = nautilus.perp(0.0, orders.TAKER)
    price, size = Price(orders.PRICE, 1), Quantity(1000, 3)
    ticks = [
        QuoteTick(instrument.id, price, price, size, size, n * 1_000_000, n * 1_000_000)
        for n in range(1, orders.ORDERS + 1)
    ]
    engine = nautilus.engine(risk=RiskEngineConfig(max_order_submit_rate="10000000/00:00:01"))
    engine.add_venue(
        venue=nautilus.PERP_VENUE, oms_type=OmsType.NETTING, account_type=AccountType.MARGIN,
        base_currency=USDT, starting_balances=[Money(orders.CAPITAL, USDT)],
    )  # fmt: skip
    engine.add_instrument(instrument)
    engine.add_data(ticks)
    engine.add_strategy(EveryQuote(instrument.id))
    with Stopwatch() as run:
        engine.run()
    done = engine.cache.orders_closed()
    paid = sum(sum(c.as_double() for c in order.commissions()) for order in done)
    filled = sum(1 for order in done if order.filled_qty.as_double() > 0)
    task.write(orders_per_s=orders.ORDERS / run.seconds, orders=float(filled), fees=paid)


if __name__ == "__main__":
    main()
