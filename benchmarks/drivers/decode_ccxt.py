"""The `decode` suite at ccxt.pro: each frame to its client as the socket would hand it over, orjson
installed, every stream watched, nobody waiting.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import ccxt.pro

from benchmarks.drivers import decode, task

SYMBOL = "BTC/USDT:USDT"
STREAM = "wss://fstream.binance.com/public/stream"
CONTRACT = {
    "symbol": "BTCUSDT", "pair": "BTCUSDT", "contractType": "PERPETUAL", "deliveryDate": 4133404800000,
    "onboardDate": 1569398400000, "status": "TRADING", "baseAsset": "BTC", "quoteAsset": "USDT",
    "marginAsset": "USDT", "pricePrecision": 2, "quantityPrecision": 3, "baseAssetPrecision": 8,
    "quotePrecision": 8, "underlyingType": "COIN", "orderTypes": ["LIMIT"], "timeInForce": ["GTC"],
    "filters": [
        {"filterType": "PRICE_FILTER", "minPrice": "0.1", "maxPrice": "1000000", "tickSize": "0.10"},
        {"filterType": "LOT_SIZE", "stepSize": "0.001", "minQty": "0.001", "maxQty": "1000"},
    ],
}  # fmt: skip


def decoder(base: int, made: list[Any]) -> decode.Decoder:
    exchange: Any = ccxt.pro.binance({"options": {"defaultType": "future"}})
    made.append(exchange)
    exchange.set_markets([exchange.parse_market(CONTRACT)])
    client = exchange.client(STREAM)
    client.subscriptions["btcusdt@depth@0ms"] = {"limit": 1000, "params": {}}
    if base:
        exchange.orderbooks[SYMBOL] = exchange.order_book({}, 1000)
        empty = exchange.parse_order_book({"bids": [], "asks": []}, SYMBOL)
        exchange.orderbooks[SYMBOL].reset(empty | {"nonce": base})

    def hear(frames: Sequence[bytes]) -> None:
        for frame in frames:
            client.handle_text_or_binary_message(frame.decode())

    def price() -> float:
        if base:
            return float(exchange.orderbooks[SYMBOL]["bids"][0][0])
        return float(exchange.bidsasks[SYMBOL]["bid"])

    return decode.Decoder(hear, price)


def listener(base: int) -> Callable[[Sequence[bytes]], None]:
    """One client for all that is heard."""
    return decoder(base, []).hear


async def main(found: task.Task) -> None:
    frames = decode.load(found, found.variant)
    made: list[Any] = []
    decode.measure(found, frames, lambda: decoder(frames.base, made))
    for exchange in made:
        await exchange.close()


if __name__ == "__main__":
    asyncio.run(main(task.from_command_line()))
