"""The messages of MEXC's spot streams: protobuf, declared here by the venue's published field numbers.

The classes are made from the table below when this module is imported; nothing is generated, and they live in
a descriptor pool of their own, so another library that knows the same messages does not clash. The classes of
JSON beside them have the same attributes, because recorders write these messages as JSON.

Source: github.com/mexcdevelop/websocket-proto as of 2026-06-17, which added `trade_id` to deals and `version`
to the book ticker. Prices and sizes are text, times ms UTC, but a kline's window is in s.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol, cast

import msgspec
from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass

__all__ = [
    "CLASSES",
    "JSON",
    "Deal",
    "Deals",
    "DecodeError",
    "Depth",
    "Kline",
    "Level",
    "Push",
    "Quote",
    "read",
]

_LEVEL: Final = "price:1 quantity:2"
_TABLE: Final[dict[str, str]] = {
    "Level": _LEVEL,
    "Deal": "price:1 quantity:2 trade_type:3:int32 time:4:int64 trade_id:5",
    "Deals": "deals:1:*Deal event_type:2",
    "Depth": "asks:1:*Level bids:2:*Level event_type:3 from_version:4 to_version:5",
    "Quote": "bid_price:1 bid_quantity:2 ask_price:3 ask_quantity:4 version:5",
    "Kline": "interval:1 window_start:2:int64 opening_price:3 closing_price:4 highest_price:5 lowest_price:6"
    " volume:7 amount:8 window_end:9:int64",
    "Other": "",
    "Push": "channel:1 symbol:3 symbol_id:4 create_time:5:int64 send_time:6:int64",
}
"""Fields as `name:number[:type]`; the type is text where it is not said, `*` repeats."""

BODIES: Final[dict[str, tuple[int, str]]] = {
    "public_deals": (301, "Deals"),
    "public_increase_depths": (302, "Other"),
    "public_limit_depths": (303, "Other"),
    "private_orders": (304, "Other"),
    "public_book_ticker": (305, "Quote"),
    "private_deals": (306, "Other"),
    "private_account": (307, "Other"),
    "public_spot_kline": (308, "Kline"),
    "public_mini_ticker": (309, "Other"),
    "public_mini_tickers": (310, "Other"),
    "public_book_ticker_batch": (311, "Other"),
    "public_increase_depths_batch": (312, "Other"),
    "public_aggre_depths": (313, "Depth"),
    "public_aggre_deals": (314, "Deals"),
    "public_aggre_book_ticker": (315, "Quote"),
}
"""What a push may carry: field number and message. Bodies that Titan has no use for are not looked into."""

_TYPES: Final = {
    "": FieldDescriptorProto.TYPE_STRING,
    "int32": FieldDescriptorProto.TYPE_INT32,
    "int64": FieldDescriptorProto.TYPE_INT64,
}


class Level(Protocol):
    price: str
    quantity: str


class Deal(Protocol):
    """`trade_type` is the taker's side, 1 buys and 2 sells. `trade_id` is empty before June 2026."""

    price: str
    quantity: str
    trade_type: int
    time: int
    trade_id: str


class Deals(Protocol):
    deals: Sequence[Deal]


class Depth(Protocol):
    """Absolute sizes; the update holds every change from `from_version` to `to_version`."""

    asks: Sequence[Level]
    bids: Sequence[Level]
    from_version: str
    to_version: str


class Quote(Protocol):
    bid_price: str
    bid_quantity: str
    ask_price: str
    ask_quantity: str
    version: str


class Kline(Protocol):
    interval: str
    window_start: int
    opening_price: str
    closing_price: str
    highest_price: str
    lowest_price: str
    volume: str
    window_end: int


class Push(Protocol):
    """Around every message. The body's own attribute is named by `WhichOneof("body")`."""

    channel: str
    symbol: str
    send_time: int
    create_time: int

    def WhichOneof(self, oneof_group: str) -> str | None: ...  # noqa: N802


def _make() -> dict[str, type[Message]]:
    file = FileDescriptorProto(name="titan/mexc.proto", package="titan.mexc", syntax="proto3")
    for name, fields in _TABLE.items():
        message = file.message_type.add(name=name)
        for field in fields.split():
            label, number, kind = (*field.split(":"), "")[:3]
            message.field.append(_field(label, int(number), kind))
    push = file.message_type[-1]
    push.oneof_decl.add(name="body")
    for label, (at, of) in BODIES.items():
        body = _field(label, at, of)
        body.oneof_index = 0
        push.field.append(body)
    pool = DescriptorPool()
    pool.AddSerializedFile(file.SerializeToString())
    return {name: GetMessageClass(pool.FindMessageTypeByName(f"titan.mexc.{name}")) for name in _TABLE}


def _field(name: str, number: int, kind: str) -> FieldDescriptorProto:
    field = FieldDescriptorProto(name=name, number=number, label=FieldDescriptorProto.LABEL_OPTIONAL)
    if kind.startswith("*"):
        field.label = FieldDescriptorProto.LABEL_REPEATED
    if kind in _TYPES:
        field.type = _TYPES[kind]
    else:
        field.type = FieldDescriptorProto.TYPE_MESSAGE
        field.type_name = f".titan.mexc.{kind.removeprefix('*')}"
    return field


CLASSES: Final = _make()
"""By name: `Push` and what it carries."""
_push: Final = CLASSES["Push"].FromString


def read(frame: bytes) -> Push:
    """One binary frame. Raises DecodeError for what is no such message."""
    return cast(Push, _push(frame))


class LevelJson(msgspec.Struct, rename="camel"):
    price: str
    quantity: str


class DealJson(msgspec.Struct, rename="camel"):
    price: str
    quantity: str
    trade_type: int
    time: int
    trade_id: str = ""


class DealsJson(msgspec.Struct, rename="camel"):
    deals: list[DealJson] = []


class DepthJson(msgspec.Struct, rename="camel"):
    from_version: str
    to_version: str
    asks: list[LevelJson] = []
    bids: list[LevelJson] = []


class QuoteJson(msgspec.Struct, rename="camel"):
    bid_price: str = ""
    bid_quantity: str = ""
    ask_price: str = ""
    ask_quantity: str = ""
    version: str = ""


class KlineJson(msgspec.Struct, rename="camel"):
    interval: str
    window_start: int
    opening_price: str
    closing_price: str
    highest_price: str
    lowest_price: str
    volume: str
    window_end: int


class SnapshotJson(msgspec.Struct, rename={"version": "lastUpdateId"}):
    """The REST answer of `GET depth`, and what recorders put into the stream."""

    version: int
    bids: list[tuple[float, float]]
    asks: list[tuple[float, float]]
    timestamp: int = 0


class PushJson(msgspec.Struct, rename="camel"):
    """A push as recorders write it, or an answer: `id`, `code` and `msg`."""

    channel: str = ""
    symbol: str = ""
    send_time: int = 0
    create_time: int = 0
    id: int = 0
    code: int = 0
    msg: str | None = None
    success: bool | None = None
    public_deals: DealsJson | None = None
    public_aggre_deals: DealsJson | None = None
    public_aggre_depths: DepthJson | None = None
    public_aggre_book_ticker: QuoteJson | None = None
    public_book_ticker: QuoteJson | None = None
    public_spot_kline: KlineJson | None = None
    public_aggre_depths_snapshot: SnapshotJson | None = None
    last_update_id: int | None = None
    c: str = ""
    """The channel of a JSON stream as it was before August 2025."""

    def WhichOneof(self, oneof_group: str) -> str | None:  # noqa: N802
        """The name of the body, as protobuf's messages say it."""
        del oneof_group
        return next((name for name in _JSON_BODIES if getattr(self, name) is not None), None)


_JSON_BODIES: Final = (
    "public_aggre_depths", "public_aggre_deals", "public_aggre_book_ticker", "public_deals",
    "public_book_ticker", "public_spot_kline", "public_aggre_depths_snapshot",
)  # fmt: skip
JSON: Final = msgspec.json.Decoder(PushJson, strict=False)
SNAPSHOT: Final = msgspec.json.Decoder(SnapshotJson, strict=False)
