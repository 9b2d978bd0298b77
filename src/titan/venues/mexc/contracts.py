"""The messages of MEXC's futures socket and the REST answers that its line asks for, one typed Struct each.

Sizes are in contracts. Source: www.mexc.com/api-docs, "Futures, Public Channels" and "Market Endpoints",
November 2026, checked against captures of 2021 to 2026.
"""

from __future__ import annotations

from typing import Final

import msgspec


class Push(msgspec.Struct):
    """Around every message. Answers have `success` in REST and a channel `rs.*` on the socket."""

    channel: str = ""
    symbol: str = ""
    ts: int = 0
    data: msgspec.Raw = msgspec.Raw(b"")
    success: bool | None = None
    code: int | None = None
    symbol_display: str = ""
    """Only in klines of the old spot market."""


class Deal(msgspec.Struct, rename={"px": "p", "contracts": "v", "side": "T", "ms": "t", "id": "i"}):
    """`side` is the taker's, 1 buys and 2 sells. `id` is empty before 2025."""

    px: float
    contracts: float
    side: int
    ms: int
    id: str = ""


class Depth(msgspec.Struct):
    """Absolute sizes of changed levels. `cts` is when the matching engine made it."""

    version: int
    asks: list[tuple[float, float, float]] = []
    bids: list[tuple[float, float, float]] = []
    begin: int = 0
    end: int = 0
    cts: int | None = None
    timestamp: int = 0


class DepthAnswer(msgspec.Struct):
    data: Depth


class Ticker(msgspec.Struct, rename="camel"):
    fair_price: float
    index_price: float
    funding_rate: float
    hold_vol: float = 0.0
    timestamp: int = 0


class Price(msgspec.Struct):
    price: float


class Funding(msgspec.Struct, rename="camel"):
    """On the socket the rate is `rate`, in REST `fundingRate`. Times in ms."""

    rate: float = 0.0
    funding_rate: float | None = None
    next_settle_time: int = 0
    timestamp: int = 0


class FundingAnswer(msgspec.Struct):
    data: Funding


class Kline(
    msgspec.Struct,
    rename={"start_s": "t", "open": "o", "high": "h", "low": "l", "close": "c", "volume": "q"},
):
    interval: str
    start_s: int
    open: float
    high: float
    low: float
    close: float
    volume: float


PUSH: Final = msgspec.json.Decoder(Push, strict=False)
DEALS: Final = msgspec.json.Decoder(list[Deal] | Deal, strict=False)
DEPTH: Final = msgspec.json.Decoder(Depth, strict=False)
DEPTH_ANSWER: Final = msgspec.json.Decoder(DepthAnswer, strict=False)
TICKER: Final = msgspec.json.Decoder(Ticker, strict=False)
PRICE: Final = msgspec.json.Decoder(Price, strict=False)
FUNDING: Final = msgspec.json.Decoder(Funding, strict=False)
FUNDING_ANSWER: Final = msgspec.json.Decoder(FundingAnswer, strict=False)
KLINE: Final = msgspec.json.Decoder(Kline, strict=False)
