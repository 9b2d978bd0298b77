"""The `decode` suite at cryptofeed: each frame to the feed's message handler, one callback a channel that
does nothing. It knows aggregated trades only, so it is given the rest of the mix.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from cryptofeed.defines import BINANCE_FUTURES, FUNDING, L2_BOOK, TICKER
from cryptofeed.exchanges import BinanceFutures
from cryptofeed.symbols import Symbols
from cryptofeed.types import OrderBook

from benchmarks.drivers import decode, task

SYMBOL = "BTC-USDT-PERP"


def decoder(base: int) -> decode.Decoder:
    last: list[Any] = []

    async def ignored(message: Any, received: float) -> None:
        del received
        last[:] = [message]

    Symbols.set(BINANCE_FUTURES, {SYMBOL: decode.SYMBOL}, {"instrument_type": {SYMBOL: "perpetual"}})
    channels = [L2_BOOK] if base else [TICKER, FUNDING]
    feed: Any = BinanceFutures(
        symbols=[SYMBOL], channels=channels, callbacks=dict.fromkeys(channels, ignored)
    )
    if base:
        feed._reset()
        feed._l2_book[SYMBOL] = OrderBook(feed.id, SYMBOL, max_depth=0, bids={}, asks={})
        feed.last_update_id[SYMBOL] = base

    async def run(frames: Sequence[bytes]) -> None:
        for frame in frames:
            await feed.message_handler(frame, None, 1.0)

    def price() -> float:
        return float(feed._l2_book[SYMBOL].book.bids.index(0)[0]) if base else 0.0

    return decode.Decoder(lambda frames: asyncio.run(run(frames)), price)


def main(found: task.Task) -> None:
    frames = decode.load(found, found.variant)
    known = [frame for frame in frames.frames if b"@trade" not in frame[:40]]
    decode.measure(found, frames._replace(frames=known), lambda: decoder(frames.base))


if __name__ == "__main__":
    main(task.from_command_line())
