"""`desk` on nautilus_trader: its live node and its own Binance USD-M adapter, data and execution, around a
strategy that answers every new bid with a limit order.

The node's settings are those it comes with (throttle, reconciliation at start, checks of orders in flight),
but for the addresses and its log, which is off.
"""

from __future__ import annotations

import asyncio

import uvloop
from nautilus_trader.adapters.binance import (
    BINANCE,
    BinanceAccountType,
    BinanceDataClientConfig,
    BinanceExecClientConfig,
    BinanceLiveDataClientFactory,
    BinanceLiveExecClientFactory,
)
from nautilus_trader.config import InstrumentProviderConfig, LoggingConfig, TradingNodeConfig
from nautilus_trader.live.node import TradingNode
from nautilus_trader.model.data import QuoteTick
from nautilus_trader.model.enums import OrderSide, TimeInForce
from nautilus_trader.model.identifiers import InstrumentId, TraderId
from nautilus_trader.model.objects import Price, Quantity
from nautilus_trader.trading.strategy import Strategy

from benchmarks.drivers import desk, task

PERP = InstrumentId.from_str("BTCUSDT-PERP.BINANCE")


class EveryPrice(Strategy):
    def __init__(self) -> None:
        super().__init__()
        self._last: Price | None = None
        self._size = Quantity.from_str("0.010")

    def on_start(self) -> None:
        self.subscribe_quote_ticks(PERP)

    def on_quote_tick(self, tick: QuoteTick) -> None:
        bid = tick.bid_price
        if bid != self._last:
            self._last = bid
            self.submit_order(
                self.order_factory.limit(PERP, OrderSide.BUY, self._size, bid, time_in_force=TimeInForce.IOC)
            )


async def trade(port: int) -> None:
    """Until cancelled."""
    only = InstrumentProviderConfig(load_ids=frozenset({PERP}))
    ours = {
        "api_key": "k", "api_secret": "s", "account_type": BinanceAccountType.USDT_FUTURES,
        "base_url_http": f"http://127.0.0.1:{port}", "base_url_ws": f"ws://127.0.0.1:{port}",
        "instrument_provider": only,
    }  # fmt: skip
    node = TradingNode(
        TradingNodeConfig(
            trader_id=TraderId("BENCH-001"),
            logging=LoggingConfig(log_level="OFF"),
            data_clients={BINANCE: BinanceDataClientConfig(**ours)},
            exec_clients={BINANCE: BinanceExecClientConfig(**ours)},
            timeout_disconnection=1.0,
            timeout_post_stop=0.1,
        ),
        loop=asyncio.get_running_loop(),
    )
    node.add_data_client_factory(BINANCE, BinanceLiveDataClientFactory)
    node.add_exec_client_factory(BINANCE, BinanceLiveExecClientFactory)
    node.build()
    node.trader.add_strategy(EveryPrice())
    try:
        await node.run_async()
    finally:
        await node.stop_async()


def main(found: task.Task) -> None:
    found.write(**uvloop.run(desk.measured(int(found.variant), trade, desk.STEPS)))


if __name__ == "__main__":
    main(task.from_command_line())
