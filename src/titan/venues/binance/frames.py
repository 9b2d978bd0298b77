"""The frames of Binance's public sockets, typed, with what cannot be true refused while decoding.

Each stream has two forms: bare, and in the envelope of a combined stream (`{"stream":...,"data":...}`), which
is decoded in one pass. Sources: developers.binance.com, "WebSocket Streams" (spot) and "USDS-Margined
Futures, WebSocket Market Streams", read in November 2026.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Generic, TypeVar

import msgspec
from msgspec import Meta

from titan.venues.bounds import LAST_MS, QTY_BELOW, Count, Ms, Px, PxIfAny, Qty

Above = Annotated[float, Meta(gt=0, lt=QTY_BELOW)]
When = Annotated[int, Meta(ge=0, lt=LAST_MS)]
"""A time, or 0 for none: one that does not exist yet when a settlement is meant."""
Level = tuple[Px, Qty]
T = TypeVar("T")


class Combined(msgspec.Struct, Generic[T]):
    """A frame of a combined stream."""

    data: T


class Trade(
    msgspec.Struct,
    rename={
        "event": "E", "ms": "T", "symbol": "s", "id": "t", "px": "p", "qty": "q", "sold": "m", "fill": "X",
    },
):  # fmt: skip
    """`sold`: the buyer was the maker, so the taker sold. A `fill` other than MARKET is no market trade, and
    may come without a price."""

    event: Ms
    ms: Ms
    symbol: str
    px: PxIfAny
    qty: Qty
    sold: bool
    id: Count = 0
    fill: str = "MARKET"


class AggTrade(
    msgspec.Struct,
    rename={"event": "E", "ms": "T", "symbol": "s", "id": "a", "px": "p", "qty": "q", "sold": "m"},
):
    """Trades of one order at one price. Streams of before 2020 sent no id."""

    event: Ms
    ms: Ms
    symbol: str
    px: Px
    qty: Above
    sold: bool
    id: Annotated[int, Meta(ge=-1, lt=1 << 62)] = -1


class Quote(
    msgspec.Struct,
    rename={
        "update": "u", "symbol": "s", "bid": "b", "bid_qty": "B", "ask": "a", "ask_qty": "A", "ms": "T",
        "event": "E",
    },
):  # fmt: skip
    """Best bid and ask. Spot sends no time."""

    update: Count
    symbol: str
    bid: PxIfAny
    bid_qty: Qty
    ask: PxIfAny
    ask_qty: Qty
    ms: Ms | None = None
    event: Ms | None = None


class Depth(
    msgspec.Struct,
    rename={
        "event": "E", "symbol": "s", "first": "U", "last": "u", "bids": "b", "asks": "a", "ms": "T",
        "previous": "pu",
    },
):  # fmt: skip
    """Absolute sizes of changed levels, 0 deletes. Spot sends neither `T` nor `pu`."""

    event: Ms
    symbol: str
    first: Count
    last: Count
    bids: list[Level]
    asks: list[Level]
    ms: Ms | None = None
    previous: Annotated[int, Meta(ge=-1, lt=1 << 62)] = -1


class Mark(
    msgspec.Struct,
    rename={"event": "E", "symbol": "s", "mark": "p", "index": "i", "rate": "r", "settles": "T"},
):
    """Mark and index price, and the forecast of the rate that settles at `settles` (ms). Some contracts have
    no index or no funding, and streams of 2019 sent neither."""

    event: Ms
    symbol: str
    mark: Px
    index: float | str = 0.0
    rate: float | str = ""
    settles: When = 0


class Order(
    msgspec.Struct,
    rename={"symbol": "s", "side": "S", "px": "ap", "limit": "p", "qty": "z", "asked": "q", "ms": "T"},
):
    """The order of a liquidation: `px` is its average price, `qty` what was filled."""

    symbol: str
    side: str
    asked: Above
    limit: Px
    ms: Ms
    px: PxIfAny = 0.0
    qty: Qty = 0.0


class Liquidation(msgspec.Struct, rename={"event": "E", "order": "o"}):
    event: Ms
    order: Order


class Candle(
    msgspec.Struct,
    rename={
        "begins": "t", "symbol": "s", "interval": "i", "open": "o", "high": "h", "low": "l", "close": "c",
        "volume": "v", "whole": "x",
    },
):  # fmt: skip
    begins: Ms
    symbol: str
    interval: str
    open: Px
    high: Px
    low: Px
    close: Px
    volume: Qty
    whole: bool


class Kline(msgspec.Struct, rename={"bar": "k"}):
    bar: Candle


class Snapshot(msgspec.Struct, rename={"last": "lastUpdateId", "event": "E", "ms": "T"}):
    """The answer of `GET depth`. Spot's has no times."""

    last: Count
    bids: list[Level]
    asks: list[Level]
    event: Ms | None = None
    ms: Ms | None = None


class Interest(msgspec.Struct, rename={"open": "openInterest"}):
    """The answer of `GET /fapi/v1/openInterest`, in base units."""

    open: Qty
    symbol: str
    time: Ms


class Said(msgspec.Struct, rename={"kind": "e", "symbol": "s"}):
    """Any frame by its outer fields."""

    stream: str = ""
    data: msgspec.Raw = msgspec.Raw(b"")
    kind: str = ""
    symbol: str = ""
    id: int | str | None = None
    result: msgspec.Raw = msgspec.Raw(b"")
    error: msgspec.Raw = msgspec.Raw(b"")
    code: int | None = None
    msg: str = ""
    u: int | None = None
    b: msgspec.Raw = msgspec.Raw(b"")
    last: int | None = msgspec.field(default=None, name="lastUpdateId")
    interest: msgspec.Raw = msgspec.field(default=msgspec.Raw(b""), name="openInterest")


STREAMS: Final[dict[str, type[msgspec.Struct]]] = {
    "trade": Trade,
    "aggTrade": AggTrade,
    "bookTicker": Quote,
    "depthUpdate": Depth,
    "markPriceUpdate": Mark,
    "forceOrder": Liquidation,
    "kline": Kline,
}
"""By the name in `e`."""
BARE: Final[dict[str, msgspec.json.Decoder[Any]]] = {
    kind: msgspec.json.Decoder(of, strict=False) for kind, of in STREAMS.items()
}
COMBINED: Final[dict[str, msgspec.json.Decoder[Any]]] = {
    kind: msgspec.json.Decoder(Combined[of], strict=False)  # type: ignore[valid-type]
    for kind, of in STREAMS.items()
}
SAID: Final = msgspec.json.Decoder(Said)
SNAPSHOT: Final = msgspec.json.Decoder(Snapshot, strict=False)
INTEREST: Final = msgspec.json.Decoder(Interest, strict=False)
