"""Reads JSON where it lies in memory: what compiled readers of hot streams are made of.

A reader gets the address of a frame, believes only the plainest form of what it expects (no spaces, no
escapes, no exponents, numbers that a double holds exactly), and says "not mine" to everything else, which
then goes through the typed decoder. So it never decides what a strange frame means, and it never reads
behind the end: every step is taken on a byte that it knows, and CPython ends a `bytes` with a zero.

Functions give a position, or a value and a position; the position is 0 for "not mine".
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from typing import Any, Final, TypeVar, cast

import numpy as np
from numba import types
from numba.extending import intrinsic

from titan.market.compiled import compiled

F = TypeVar("F", bound=Callable[..., object])

CONTENT: Final = bytes.__basicsize__ - 1
"""Where the content of a `bytes` begins, from its `id`."""
SIZE: Final = 16
"""Where its length stands."""
_QUOTE, _COMMA, _COLON, _MINUS, _POINT, _ZERO, _NINE = (ord(c) for c in '",:-.09')
_OPEN, _CLOSE, _BACKSLASH = ord("["), ord("]"), ord("\\")
_EXACT: Final = 1 << 53
_DIGITS: Final = 18
_POWERS: Final = np.array([10.0**k for k in range(19)])


def usable() -> bool:
    """Whether addresses mean here what this module takes them for, and kernels are compiled."""
    probe = b"0123456789abcdef" * 4
    try:
        same = ctypes.string_at(id(probe) + CONTENT, len(probe) + 1) == probe + b"\0"
        same &= ctypes.c_ssize_t.from_address(id(probe) + SIZE).value == len(probe)
    except (OSError, ValueError):
        return False
    return same and os.environ.get("NUMBA_DISABLE_JIT", "0") in ("", "0")


def direct(kernel: F, integers: int) -> F:
    """The machine code of a kernel that takes so many integers, without the choice among signatures that
    would cost as much as the work."""
    dispatcher: Any = kernel
    dispatcher.compile((types.int64,) * integers)
    return cast(F, dispatcher.overloads[(types.int64,) * integers].entry_point)


def _byte(_: Any, address: Any) -> Any:
    """The byte at an address."""
    del address

    def generate(context: Any, builder: Any, _: Any, args: Any) -> Any:
        kind = context.get_value_type(types.uint8).as_pointer()
        loaded = builder.load(builder.inttoptr(args[0], kind))
        return builder.zext(loaded, context.get_value_type(types.int64))

    return types.int64(types.int64), generate


def _word(_: Any, address: Any) -> Any:
    """The 64-bit integer at an address."""
    del address

    def generate(context: Any, builder: Any, _: Any, args: Any) -> Any:
        kind = context.get_value_type(types.int64).as_pointer()
        return builder.load(builder.inttoptr(args[0], kind))

    return types.int64(types.int64), generate


def _put_word(_: Any, address: Any, value: Any) -> Any:
    """Store a 64-bit integer."""
    del address, value

    def generate(context: Any, builder: Any, _: Any, args: Any) -> Any:
        kind = context.get_value_type(types.int64).as_pointer()
        builder.store(args[1], builder.inttoptr(args[0], kind))
        return context.get_dummy_value()

    return types.void(types.int64, types.int64), generate


def _put_number(_: Any, address: Any, value: Any) -> Any:
    """Store a double."""
    del address, value

    def generate(context: Any, builder: Any, _: Any, args: Any) -> Any:
        kind = context.get_value_type(types.float64).as_pointer()
        builder.store(args[1], builder.inttoptr(args[0], kind))
        return context.get_dummy_value()

    return types.void(types.int64, types.float64), generate


byte = cast("Callable[[int], int]", intrinsic(_byte))
word = cast("Callable[[int], int]", intrinsic(_word))
put_word = cast("Callable[[int, int], None]", intrinsic(_put_word))
put_number = cast("Callable[[int, float], None]", intrinsic(_put_number))


@compiled
def same(at: int, other: int, size: int) -> bool:
    """Whether so many bytes are equal."""
    for i in range(size):  # noqa: SIM110  a kernel
        if byte(at + i) != byte(other + i):
            return False
    return True


@compiled
def whole(at: int) -> tuple[int, int]:
    """An integer that is not negative."""
    first, value, digits = byte(at), 0, 0
    c = first
    while _ZERO <= c <= _NINE and digits <= _DIGITS:
        value = value * 10 + (c - _ZERO)
        digits += 1
        at += 1
        c = byte(at)
    if digits == 0 or digits > _DIGITS or (first == _ZERO and digits > 1):
        return 0, 0
    return value, at


@compiled
def decimal(at: int) -> tuple[float, int]:
    """A decimal number in quotes that is not negative; the nearest double, as any correct parser gives."""
    if byte(at) != _QUOTE:
        return 0.0, 0
    at += 1
    first, value, digits, places = byte(at), 0, 0, 0
    c = first
    while _ZERO <= c <= _NINE and digits < _DIGITS:
        value = value * 10 + (c - _ZERO)
        digits += 1
        at += 1
        c = byte(at)
    if digits == 0 or (first == _ZERO and digits > 1):
        return 0.0, 0
    if c == _POINT:
        at += 1
        c = byte(at)
        while _ZERO <= c <= _NINE and digits < _DIGITS:
            value = value * 10 + (c - _ZERO)
            digits += 1
            places += 1
            at += 1
            c = byte(at)
        if places == 0:
            return 0.0, 0
    if c != _QUOTE or value > _EXACT:
        return 0.0, 0
    return value / _POWERS[places], at + 1


@compiled
def key(at: int) -> tuple[int, int]:
    """A key and its colon: one or two letters as a number (the second times 256), a longer one as 1."""
    if byte(at) != _QUOTE:
        return 0, 0
    at += 1
    name, size = 0, 0
    c = byte(at)
    while c != _QUOTE:
        if c < 32 or c > 126 or c == _BACKSLASH:
            return 0, 0
        name = c if size == 0 else name + c * 256 if size == 1 else 1
        size += 1
        at += 1
        c = byte(at)
    if size == 0 or byte(at + 1) != _COLON:
        return 0, 0
    return name, at + 2


@compiled
def passed(at: int) -> int:
    """Behind a value that does not matter: a plain string, an integer, true, false or null."""
    c = byte(at)
    if c == _QUOTE:
        at += 1
        c = byte(at)
        while c != _QUOTE:
            if c < 32 or c > 126 or c == _BACKSLASH:
                return 0
            at += 1
            c = byte(at)
        return at + 1
    if c == 116 and byte(at + 1) == 114 and byte(at + 2) == 117 and byte(at + 3) == 101:
        return at + 4
    if c == 110 and byte(at + 1) == 117 and byte(at + 2) == 108 and byte(at + 3) == 108:
        return at + 4
    if c == 102 and byte(at + 1) == 97 and byte(at + 2) == 108 and byte(at + 3) == 115:
        return at + 5 if byte(at + 4) == 101 else 0
    return whole(at)[1]


@compiled
def levels(at: int, out: int, room: int, most: float, largest: float) -> tuple[int, int]:
    """`[["price","size"],...]` written to `out` as doubles, at most `room` of them: how many numbers, and the
    position. Prices lie between 0 and `most`, sizes are below `largest`."""
    if byte(at) != _OPEN:
        return 0, 0
    at += 1
    if byte(at) == _CLOSE:
        return 0, at + 1
    written = 0
    while written + 2 <= room and byte(at) == _OPEN:
        px, at = decimal(at + 1)
        if at == 0 or byte(at) != _COMMA:
            return 0, 0
        qty, at = decimal(at + 1)
        if at == 0 or byte(at) != _CLOSE or px <= 0.0 or px >= most or qty >= largest:
            return 0, 0
        put_number(out + 8 * written, px)
        put_number(out + 8 * written + 8, qty)
        written += 2
        c = byte(at + 1)
        at += 2
        if c == _CLOSE:
            return written, at
        if c != _COMMA:
            return 0, 0
    return 0, 0
