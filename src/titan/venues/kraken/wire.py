"""The messages of Kraken's WebSocket v2. Numbers of the book stay as they were written.

Source: docs.kraken.com/api/docs/websocket-v2 (book, trade, ticker, ohlc, subscribe), read in November 2026.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from titan.venues.bounds import PX_BELOW, QTY_BELOW
from titan.venues.kraken.book import Written

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class Level(msgspec.Struct):
    price: msgspec.Raw
    qty: msgspec.Raw


class BookData(msgspec.Struct):
    symbol: str
    bids: list[Level] = []
    asks: list[Level] = []
    checksum: int | None = None
    timestamp: datetime | None = None


class BookMessage(msgspec.Struct):
    type: str
    data: list[BookData]


class Trade(msgspec.Struct):
    symbol: str
    side: str
    price: float
    qty: float
    trade_id: int
    timestamp: datetime


class TradeMessage(msgspec.Struct):
    type: str
    data: list[Trade]


class Ticker(msgspec.Struct):
    symbol: str
    bid: float
    bid_qty: float
    ask: float
    ask_qty: float
    timestamp: datetime | None = None


class TickerMessage(msgspec.Struct):
    type: str
    data: list[Ticker]


class Candle(msgspec.Struct):
    symbol: str
    open: float
    high: float
    low: float
    close: float
    volume: float
    interval_begin: datetime
    interval: int


class CandleMessage(msgspec.Struct):
    type: str
    data: list[Candle]


class Result(msgspec.Struct):
    channel: str = ""
    symbol: str = ""
    depth: int = 0


class Said(msgspec.Struct):
    """Any message by its outer fields."""

    channel: str = ""
    method: str = ""
    event: str = ""
    success: bool | None = None
    error: str | None = None
    symbol: str = ""
    req_id: int = 0
    result: msgspec.Raw = msgspec.Raw(b"")
    feed: str = ""
    product: str = msgspec.field(default="", name="product_id")
    """Only messages of Kraken Futures have these two."""


BOOK: Final = msgspec.json.Decoder(BookMessage)
TRADE: Final = msgspec.json.Decoder(TradeMessage)
TICKER: Final = msgspec.json.Decoder(TickerMessage)
CANDLE: Final = msgspec.json.Decoder(CandleMessage)
RESULT: Final = msgspec.json.Decoder(Result | None)
SAID: Final = msgspec.json.Decoder(Said, strict=False)


def ns(moment: datetime) -> int:
    """UTC, to the microsecond. Raises ValueError for a time without a zone, or outside of 2010 to 2099."""
    if moment.tzinfo is None or not 2010 <= moment.year < 2100:
        raise ValueError("a time that cannot be")
    return (moment - _EPOCH) // _MICROSECOND * 1000


def written(levels: list[Level]) -> list[Written]:
    """Levels with their text. Raises ValueError for what is no level."""
    made = []
    for level in levels:
        px, qty = bytes(level.price).decode(), bytes(level.qty).decode()
        made.append(of_text(px, qty))
    return made


def of_text(px: str, qty: str) -> Written:
    """One level. Raises ValueError for what is none."""
    price, size = float(px), float(qty)
    if not (0 < price < PX_BELOW and 0 <= size < QTY_BELOW):
        raise ValueError("a price or size that cannot be")
    return Written(price, size, px, qty)
