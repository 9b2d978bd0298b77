"""Bybit's public messages. Numbers come as text; those that cannot be true are refused while decoding.

Source: bybit-exchange.github.io/docs/v5/websocket/public (trade, orderbook, ticker, kline, all-liquidation)
and /v5/ws/connect, read in November 2026.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType, field

from titan.venues.bounds import Count, Ms, Px, Qty, Rate, Size

Side = Literal["Buy", "Sell"]


class Said(Struct, gc=False):
    """Any message: enough to know what it is."""

    topic: str = ""
    op: str = ""
    type: str = ""
    req_id: str = ""
    success: bool | UnsetType = UNSET
    ret_msg: str = ""
    retMsg: str = ""  # noqa: N815
    event: str = ""
    params: msgspec.Raw | UnsetType = UNSET
    args: msgspec.Raw | UnsetType = UNSET
    result: msgspec.Raw | UnsetType = UNSET
    pong: msgspec.Raw | UnsetType = UNSET


class Trade(Struct, gc=False):
    ms: Ms = field(name="T")
    side: Side = field(name="S")
    qty: Size = field(name="v")
    px: Px = field(name="p")
    id: str = field(name="i")


class Trades(Struct, gc=False):
    ts: Ms
    data: list[Trade]


class Levels(Struct, gc=False):
    """`u` counts the states of this depth. `cts`, beside it, is the matching engine's time."""

    u: Count
    b: list[tuple[Px, Qty]]
    a: list[tuple[Px, Qty]]
    s: str = ""


class Depth(Struct, gc=False):
    type: Literal["snapshot", "delta"]
    ts: Ms
    data: Levels
    cts: Ms | None = None


class Ticker(Struct, gc=False):
    """A delta only has what changed. Dated contracts write "" for what they have not."""

    mark: Px | Literal[""] | None = field(name="markPrice", default=None)
    index: Px | Literal[""] | None = field(name="indexPrice", default=None)
    held: Qty | Literal[""] | None = field(name="openInterest", default=None)
    rate: Rate | Literal[""] | None = field(name="fundingRate", default=None)
    settles: Ms | Literal["", "0"] | None = field(name="nextFundingTime", default=None)


class Tickers(Struct, gc=False):
    ts: Ms
    data: Ticker
    cs: Count = 0


class Liquidation(Struct, gc=False):
    """`side` "Buy": a long was liquidated. The price is that of bankruptcy."""

    ms: Ms = field(name="T")
    side: Side = field(name="S")
    qty: Size = field(name="v")
    px: Px = field(name="p")


class Liquidations(Struct, gc=False):
    ts: Ms
    data: list[Liquidation]


class OldLiquidation(Liquidation):
    """The topic `liquidation.`, retired in 2025: one a second at most."""

    ms: Ms = field(name="updatedTime")
    side: Side = field(name="side")
    qty: Size = field(name="size")
    px: Px = field(name="price")


class OldLiquidations(Struct, gc=False):
    ts: Ms
    data: OldLiquidation


class Candle(Struct, gc=False):
    start: Ms
    open: Px
    high: Px
    low: Px
    close: Px
    volume: Qty
    confirm: bool


class Candles(Struct, gc=False):
    data: list[Candle]


SAID: Final = msgspec.json.Decoder(Said)
TRADES: Final = msgspec.json.Decoder(Trades, strict=False)
DEPTH: Final = msgspec.json.Decoder(Depth, strict=False)
TICKERS: Final = msgspec.json.Decoder(Tickers, strict=False)
LIQUIDATIONS: Final = msgspec.json.Decoder(Liquidations, strict=False)
OLD_LIQUIDATIONS: Final = msgspec.json.Decoder(OldLiquidations, strict=False)
CANDLES: Final = msgspec.json.Decoder(Candles, strict=False)
