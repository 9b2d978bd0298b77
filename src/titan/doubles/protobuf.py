"""Protobuf messages written by hand, without generated classes: a field is a number, a kind and a value.

protobuf.dev, "Encoding". What is empty is left out, as proto3 does.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

_VARINT: Final = 0
_BYTES: Final = 2
_WORD: Final = (1 << 64) - 1
Value = str | int | bytes | None


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
    return repeated(number, [value.encode() if isinstance(value, str) else value])


def message(*values: Value) -> bytes:
    """A message whose fields are numbered from 1; None leaves one out."""
    return b"".join(field(number, value) for number, value in enumerate(values, 1))


def repeated(number: int, messages: Iterable[bytes]) -> bytes:
    """A field that stands several times; empty messages count too."""
    head = varint(number << 3 | _BYTES)
    return b"".join(head + varint(len(one)) + one for one in messages)
