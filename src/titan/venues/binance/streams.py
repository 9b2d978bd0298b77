"""The messages of Binance's public streams, one typed Struct each.

Fields keep the venue's one-letter names in their `rename`; numbers that Binance sends as text are read as
float64. Sources: developers.binance.com, "WebSocket Streams for Binance" (spot) and "USDS-Margined Futures,
Websocket Market Streams", checked against the captures of 2023 and 2024.

| message | USD-M | spot |
| --- | --- | --- |
| trade | `T` trade time, `X` what kind of fill | `T` trade time |
| bookTicker | `T` transaction and `E` event time | no time at all |
| depthUpdate | `T`, `pu` is the last `u` | `E` only, `U` is the last `u` plus one |
| markPriceUpdate | `E`; `T` is the next settlement | does not exist |
"""

from __future__ import annotations

from typing import Final

import msgspec

Level = tuple[float, float]


class Envelope(msgspec.Struct):
    """A combined stream's frame."""

    stream: str
    data: msgspec.Raw


class Trade(
    msgspec.Struct,
    rename={"event_ms": "E", "ms": "T", "symbol": "s", "px": "p", "qty": "q", "sold": "m", "fill": "X"},
):
    """`sold`: the buyer was the maker, so the taker sold. A `fill` other than MARKET is no market trade."""

    event_ms: int
    ms: int
    symbol: str
    px: float
    qty: float
    sold: bool
    fill: str = "MARKET"


class BookTicker(
    msgspec.Struct,
    rename={
        "update": "u",
        "symbol": "s",
        "bid": "b",
        "bid_qty": "B",
        "ask": "a",
        "ask_qty": "A",
        "ms": "T",
        "event_ms": "E",
    },
):
    """Best bid and ask. `ms` is 0 on spot, which sends no time."""

    update: int
    symbol: str
    bid: float
    bid_qty: float
    ask: float
    ask_qty: float
    ms: int = 0
    event_ms: int = 0


class Depth(
    msgspec.Struct,
    rename={
        "event_ms": "E",
        "symbol": "s",
        "first": "U",
        "last": "u",
        "bids": "b",
        "asks": "a",
        "ms": "T",
        "previous": "pu",
    },
):
    """Absolute sizes of changed levels, 0 deletes. `previous` is -1 and `ms` 0 on spot."""

    event_ms: int
    symbol: str
    first: int
    last: int
    bids: list[Level]
    asks: list[Level]
    ms: int = 0
    previous: int = -1


class MarkPrice(
    msgspec.Struct,
    rename={"event_ms": "E", "symbol": "s", "mark": "p", "index": "i", "rate": "r", "settles_ms": "T"},
):
    """Mark, index and the forecast of the rate that settles at `settles_ms`."""

    event_ms: int
    symbol: str
    mark: float
    index: float
    rate: float
    settles_ms: int


class Snapshot(msgspec.Struct, rename={"last": "lastUpdateId", "event_ms": "E", "ms": "T"}):
    """The REST answer of `GET depth`. It names no symbol; spot's has no times either."""

    last: int
    bids: list[Level]
    asks: list[Level]
    event_ms: int = 0
    ms: int = 0


ENVELOPE: Final = msgspec.json.Decoder(Envelope)
TRADE: Final = msgspec.json.Decoder(Trade, strict=False)
BOOK_TICKER: Final = msgspec.json.Decoder(BookTicker, strict=False)
DEPTH: Final = msgspec.json.Decoder(Depth, strict=False)
MARK_PRICE: Final = msgspec.json.Decoder(MarkPrice, strict=False)
SNAPSHOT: Final = msgspec.json.Decoder(Snapshot, strict=False)
