"""Spot's pushes as protobuf, written by hand: a field is its number, its kind and its value, and what is
empty is left out.

Field numbers: github.com/mexcdevelop/websocket-proto as of 2026-06-17, which added `tradeId` to deals and
`version` to the book ticker.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from titan.doubles.market_text import TextLevels

_VARINT: Final = 0
_BYTES: Final = 2
_WORD: Final = (1 << 64) - 1
Value = str | int | bytes | None

PRIVATE_ORDERS: Final = 304
PRIVATE_DEALS: Final = 306
PRIVATE_ACCOUNT: Final = 307
LIMIT_DEPTHS: Final = 303
KLINE: Final = 308
QUOTE_BATCH: Final = 311
AGGRE_DEPTHS: Final = 313
AGGRE_DEALS: Final = 314
AGGRE_QUOTE: Final = 315


def varint(value: int) -> bytes:
    """Seven bits a byte, the lowest first; negative ones as 64 bits."""
    value &= _WORD
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def field(number: int, value: Value) -> bytes:
    """One field: whole numbers and truths as varints, text and messages with their length."""
    if not value:
        return b""
    if isinstance(value, int):
        return varint(number << 3 | _VARINT) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | _BYTES) + varint(len(data)) + data


def message(*values: Value) -> bytes:
    """A message whose fields are numbered from 1; None leaves one out."""
    return b"".join(field(number, value) for number, value in enumerate(values, 1))


def repeated(number: int, messages: Iterable[bytes]) -> bytes:
    """Also empty messages count here."""
    head = varint(number << 3 | _BYTES)
    return b"".join(head + varint(len(one)) + one for one in messages)


def levels(number: int, side: TextLevels) -> bytes:
    return repeated(number, [message(price, size) for price, size in side])


def push(
    channel: str, body: int, data: bytes, symbol: str = "", *, sent_ms: int = 0, made_ms: int = 0
) -> bytes:
    """What every frame is: `data` is the message of the field `body`."""
    return (
        field(1, channel) + field(3, symbol) + field(5, made_ms) + field(6, sent_ms) + repeated(body, [data])
    )
