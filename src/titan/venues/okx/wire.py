"""OKX's public messages. Numbers come as text; those that cannot be true are refused while decoding.

Source: www.okx.com/docs-v5, the channel pages of "Market Data" and "Public Data", read in November 2026.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType, field

from titan.venues.bounds import Count, Ms, Px, Qty, Rate, Size

Side = Literal["buy", "sell"]
Empty = Literal[""]


class Arg(Struct, gc=False):
    channel: str = ""
    inst: str = field(name="instId", default="")
    kind: str = field(name="instType", default="")


class Said(Struct, gc=False):
    """Any message: enough to know what it is."""

    arg: Arg | None = None
    event: str = ""
    id: str = ""
    code: str = ""
    msg: str = ""
    op: str = ""
    table: str = ""
    inst: str = field(name="instId", default="")
    data: msgspec.Raw | UnsetType = UNSET


class Trade(Struct, gc=False):
    """`sz` in contracts on swaps. `trades` joins a taker's fills at one price; its id is the last's."""

    id: str = field(name="tradeId")
    px: Px
    sz: Size
    side: Side
    ts: Ms


class Trades(Struct, gc=False):
    data: list[Trade]


class Level(Struct, gc=False, array_like=True):
    """Price and size; the number of orders and a field without use follow."""

    px: Px
    qty: Qty


class Book(Struct, gc=False):
    asks: list[Level]
    bids: list[Level]
    ts: Ms
    checksum: int = 0
    seq: Count | None = field(name="seqId", default=None)
    prev: Annotated[int, Meta(ge=-1, lt=1 << 62)] | None = field(name="prevSeqId", default=None)


class Books(Struct, gc=False):
    data: list[Book]
    action: Literal["snapshot", "update", ""] = ""


class Written(Struct, gc=False, array_like=True):
    """A level as it was written."""

    px: str
    qty: str


class WrittenBook(Struct, gc=False):
    asks: list[Written]
    bids: list[Written]


class WrittenBooks(Struct, gc=False):
    data: list[WrittenBook]


class Ticker(Struct, gc=False):
    ts: Ms
    bid: Px | Empty = field(name="bidPx", default="")
    bid_qty: Qty | Empty = field(name="bidSz", default="")
    ask: Px | Empty = field(name="askPx", default="")
    ask_qty: Qty | Empty = field(name="askSz", default="")


class Tickers(Struct, gc=False):
    data: list[Ticker]


class Mark(Struct, gc=False):
    px: Px = field(name="markPx")
    ts: Ms


class Marks(Struct, gc=False):
    data: list[Mark]


class Index(Struct, gc=False):
    px: Px = field(name="idxPx")
    ts: Ms


class Indices(Struct, gc=False):
    data: list[Index]


class Funding(Struct, gc=False):
    """The rate that settles at `fundingTime`. Before 2023 there was no `ts`, and before a listing no rate."""

    settles: Ms = field(name="fundingTime")
    rate: Rate | Empty = field(name="fundingRate", default="")
    ts: Ms | None = None


class Fundings(Struct, gc=False):
    data: list[Funding]


class Interest(Struct, gc=False):
    """Open interest in contracts and in coins."""

    contracts: Qty = field(name="oi")
    ts: Ms
    coins: Qty | Empty = field(name="oiCcy", default="")


class Interests(Struct, gc=False):
    data: list[Interest]


class Liquidated(Struct, gc=False):
    """`side` is that of the order that closed the position, `posSide` that of the position."""

    px: Px = field(name="bkPx")
    sz: Size
    side: Side
    ts: Ms
    position: str = field(name="posSide", default="")


class LiquidatedOf(Struct, gc=False):
    inst: str = field(name="instId")
    details: list[Liquidated]


class Liquidations(Struct, gc=False):
    data: list[LiquidatedOf]


class Candle(Struct, gc=False, array_like=True):
    """`confirm` "1": the bar is whole. Before 2022 it was not said."""

    start: Ms
    open: Px
    high: Px
    low: Px
    close: Px
    volume: Qty
    coins: Qty = 0.0
    quote: Qty = 0.0
    confirm: str = ""


class Candles(Struct, gc=False):
    data: list[Candle]


class BookAnswer(Struct, gc=False):
    """GET /api/v5/market/books."""

    data: list[Book]
    code: str = "0"


ARG: Final = msgspec.json.Decoder(Arg, strict=False)
SAID: Final = msgspec.json.Decoder(Said, strict=False)
TRADES: Final = msgspec.json.Decoder(Trades, strict=False)
BOOKS: Final = msgspec.json.Decoder(Books, strict=False)
WRITTEN: Final = msgspec.json.Decoder(WrittenBooks)
TICKERS: Final = msgspec.json.Decoder(Tickers, strict=False)
MARKS: Final = msgspec.json.Decoder(Marks, strict=False)
INDICES: Final = msgspec.json.Decoder(Indices, strict=False)
FUNDINGS: Final = msgspec.json.Decoder(Fundings, strict=False)
INTERESTS: Final = msgspec.json.Decoder(Interests, strict=False)
LIQUIDATIONS: Final = msgspec.json.Decoder(Liquidations, strict=False)
CANDLES: Final = msgspec.json.Decoder(Candles, strict=False)
ANSWER: Final = msgspec.json.Decoder(BookAnswer, strict=False)
