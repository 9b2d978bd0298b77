"""Damages wire messages, by seed: bytes, JSON tokens and fields, protobuf fields.

A `Mutator` returns the damaged bytes and says in a word what it did. Whole messages (dropped, doubled, late,
on two connections) are the business of whoever plays them: `tests.properties.fuzz.episode`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random
from typing import Final, NamedTuple

_TOKEN: Final = re.compile(
    rb'"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|[\[\]{}]', re.DOTALL
)
_FIELD: Final = re.compile(rb'"(\w+)"\s*:\s*("(?:[^"\\]|\\.)*"|-?[\d.]+(?:[eE][+-]?\d+)?|true|false|null)')
_NUMBER: Final = re.compile(rb"-?\d+(?:\.\d+)?")
_LONG: Final = 3000
_MORE: Final = 400_000
"""A damaged message is no longer than so many bytes."""

NUMBERS: Final = (
    b"0",
    b"-0",
    b"-1",
    b"1",
    b"2",
    b"0.0",
    b"-0.5",
    b"1e400",
    b"-1e400",
    b"1e-400",
    b"1e308",
    b"5e-324",
    b"NaN",
    b"Infinity",
    b"-Infinity",
    b"inf",
    b"nan",
    b"1e15",
    b"999999999999999",
    b"1e18",
    b"4102444800000",
    b"4102444799999",
    b"1262304000000",
    b"1262303999999",
    b"9223372036854775807",
    b"9223372036854775808",
    b"-9223372036854775808",
    b"18446744073709551615",
    b"18446744073709551616",
    b"4611686018427387904",
    b"4611686018427387903",
    b"2147483648",
    b"1e",
    b".5",
    b"5.",
    b"00",
    b"01",
    b"+1",
    b"0x10",
    b"1_000",
    b"1,5",
    b"1" * 400,
    b"0." + b"0" * 400 + b"1",
    b"9" * 5000,
    b"1." + b"3" * 60,
    b"1e00001",
    b"1E5",
    b"--1",
    b"1e15.5",
    b"0.1e1",
    b"10e-1",
)
STRINGS: Final = (
    b"",
    b" ",
    b"\\u0000",
    b"\\ud800",
    b"\\udc00\\ud800",
    b"\xf0\x9f\x90\x8d",
    b"\xff\xfe",
    b"\xc0\x80",
    b"\xed\xa0\x80",
    b"\\u202e",
    b"\xe2\x80\x8b",
    b"\xd9\xa1\xd9\xa2",
    b"\xef\xbc\x91",
    b"\\n",
    b"\\",
    b"\\x",
    b"null",
    b"true",
    b"[]",
    b"{}",
    b"BTC",
    b"ETHUSDT",
    b"BTCUSDT",
    b"btcusdt",
    b"BTC-USDT-SWAP",
    b"../..",
    b"A" * 41,
    b"A" * 70_000,
    b"%s%n",
    b"'",
    b"BTC/USD",
    b"XBT/USD",
    b"\xef\xbb\xbf",
    b"snapshot",
    b"update",
    b"delta",
    b"Buy",
    b"sell",
    b"SELL",
    b"2026-02-30T00:00:00Z",
    b"0001-01-01T00:00:00Z",
    b"9999-12-31T23:59:59.999999-23:59",
    b"2026-11-21T00:00:00",
)
OTHERS: Final = (
    b"null",
    b"true",
    b"false",
    b"[]",
    b"{}",
    b"[[]]",
    b'""',
    b'"0"',
    b"0",
    b"[null]",
    b'[["1","1"]]',
    b'{"a":1}',
    b'[["1"]]',
    b"[[1,1,1,1,1]]",
    b"-1",
    b"1.5",
    b'"NaN"',
)


class Damaged(NamedTuple):
    """A message and what was done to it."""

    frame: bytes
    how: str


class Mutator:
    """`donors` are other messages of the same kind of socket: what is spliced and swapped in."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.donors: list[bytes] = [b"{}"]
        self._raw: Final[tuple[Callable[[bytes], bytes], ...]] = (
            self._flip, self._byte, self._insert, self._delete, self._truncate, self._double, self._splice,
            self._append, self._noise, self._window,
        )  # fmt: skip
        self._text: Final[tuple[Callable[[bytes], bytes], ...]] = (
            self._token_number, self._token_string, self._token_other, self._token_swap, self._token_drop,
            self._token_copy, self._token_nest, self._token_quote, self._nudge, self._nudge, self._digit,
            self._field_number, self._field_number, self._field_other, self._field_nudge, self._field_nudge,
            self._field_nudge, self._field_nudge, self._field_string, self._field_gone, self._field_twice,
            self._field_renamed, self._field_of_donor, self._field_of_donor, self._levels_many,
            self._levels_none, self._rearranged,
        )  # fmt: skip

    def mutate(self, frame: bytes) -> Damaged:
        """One to three mutations of one message, text or protobuf; more when they left it as it was."""
        made = self._once(frame)
        while made.frame == frame:
            made = self._once(frame)
        return made

    def _once(self, frame: bytes) -> Damaged:
        random = self.random
        text = frame[:1] in (b"{", b"[")
        names = []
        for _ in range(random.choice((1, 1, 1, 1, 2, 3))):
            if not text:
                of: Callable[[bytes], bytes] = random.choice((*self._raw, *[self._protobuf] * 20))
            else:
                of = random.choice(self._text) if random.random() < 0.8 else random.choice(self._raw)
            names.append(of.__name__.strip("_"))
            frame = of(frame)[:_MORE]
        return Damaged(frame, "+".join(names))

    # Bytes.

    def _flip(self, frame: bytes) -> bytes:
        made = bytearray(frame)
        for _ in range(self.random.choice((1, 1, 2, 8))):
            if made:
                made[self.random.randrange(len(made))] ^= 1 << self.random.randrange(8)
        return bytes(made)

    def _byte(self, frame: bytes) -> bytes:
        made = bytearray(frame)
        if made:
            made[self.random.randrange(len(made))] = self.random.choice(
                b'\x00\xff"\\{}[],:-.0189eE \n' + bytes((self.random.randrange(256),))
            )
        return bytes(made)

    def _insert(self, frame: bytes) -> bytes:
        at = self.random.randint(0, len(frame))
        return frame[:at] + self.random.randbytes(self.random.choice((1, 1, 2, 16))) + frame[at:]

    def _delete(self, frame: bytes) -> bytes:
        at = self.random.randint(0, len(frame))
        return frame[:at] + frame[at + self.random.choice((1, 1, 2, 3, 30)) :]

    def _truncate(self, frame: bytes) -> bytes:
        at = self.random.randint(0, len(frame))
        return frame[:at] if self.random.random() < 0.8 else frame[at:]

    def _double(self, frame: bytes) -> bytes:
        at = self.random.randint(0, len(frame))
        run = frame[at : at + self.random.choice((1, 4, 40, 400))]
        return frame[:at] + run * self.random.choice((2, 2, 3, 50)) + frame[at + len(run) :]

    def _splice(self, frame: bytes) -> bytes:
        other = self.random.choice(self.donors)
        return frame[: self.random.randint(0, len(frame))] + other[self.random.randint(0, len(other)) :]

    def _append(self, frame: bytes) -> bytes:
        tail: bytes = self.random.choice(
            (b" ", b"\n", b"\x00", b"}", b"]", b",", frame, self.random.choice(self.donors))
        )
        return frame + tail

    def _noise(self, frame: bytes) -> bytes:
        del frame
        return self.random.choice(
            (
                b"",
                b"{",
                b"[",
                b"[]",
                b"{}",
                b"null",
                b"0",
                b'""',
                b"\x00",
                self.random.randbytes(40),
                b"[" * 5000,
                b'{"a":' * 3000,
                b"[" * 900 + b"]" * 900,
                b'{"stream":"',
                b'{"topic":"',
                b'{"arg":{',
                b'{"channel":"book"',
                b"pong",
                b"\xef\xbb\xbf{}",
            )
        )

    def _window(self, frame: bytes) -> bytes:
        """A run of bytes moves elsewhere."""
        at, size = self.random.randint(0, len(frame)), self.random.choice((1, 5, 20, 80))
        run, rest = frame[at : at + size], frame[:at] + frame[at + size :]
        to = self.random.randint(0, len(rest))
        return rest[:to] + run + rest[to:]

    # Tokens of JSON.

    def _tokens(self, frame: bytes) -> list[tuple[int, int]]:
        """Where scalars stand; in a long message only some of those behind a random place."""
        at = 0 if len(frame) < _LONG else self.random.randrange(len(frame) - _LONG // 2)
        found = _TOKEN.finditer(frame, at, at + _LONG)
        return [m.span() for m in found if m[0] not in b"[]{}"]

    def _put(self, frame: bytes, new: bytes | Callable[[bytes], bytes]) -> bytes:
        """Another value for any token."""
        spots = self._tokens(frame)
        if not spots:
            return self._byte(frame)
        start, end = self.random.choice(spots)
        return frame[:start] + (new if isinstance(new, bytes) else new(frame[start:end])) + frame[end:]

    def _number(self, like: bytes) -> bytes:
        number = self.random.choice(NUMBERS)
        return b'"' + number + b'"' if like.startswith(b'"') else number

    def _token_number(self, frame: bytes) -> bytes:
        return self._put(frame, self._number)

    def _token_string(self, frame: bytes) -> bytes:
        return self._put(frame, b'"' + self.random.choice(STRINGS) + b'"')

    def _token_other(self, frame: bytes) -> bytes:
        return self._put(frame, self.random.choice(OTHERS))

    def _token_drop(self, frame: bytes) -> bytes:
        return self._put(frame, b"")

    def _token_copy(self, frame: bytes) -> bytes:
        return self._put(frame, lambda token: token + b"," + token)

    def _token_nest(self, frame: bytes) -> bytes:
        depth = self.random.choice((1, 2, 10, 900, 1100, 20_000))
        return self._put(frame, lambda token: b"[" * depth + token + b"]" * depth)

    def _token_quote(self, frame: bytes) -> bytes:
        return self._put(frame, lambda t: t[1:-1] if t.startswith(b'"') else b'"' + t + b'"')

    def _token_swap(self, frame: bytes) -> bytes:
        spots = self._tokens(frame)
        if len(spots) < 2:
            return self._flip(frame)
        (a, b), (c, d) = sorted(self.random.sample(spots, 2))
        return frame[:a] + frame[c:d] + frame[b:c] + frame[a:b] + frame[d:]

    def _change(self, token: bytes) -> bytes:
        """A number near the one that stands there."""
        found = _NUMBER.search(token)
        if found is None:
            return token
        whole, point, part = found[0].partition(b".")
        by = self.random.choice(
            (1, 1, 1, -1, -1, 2, -2, 5, -5, 20, -20, 1000, -1000, 10**6, 2 * 10**7, -(10**7))
        )
        if len(whole) > 1000:
            return token
        new = b"%d" % (int(whole) + by) + point + part
        return token[: found.start()] + new + token[found.end() :]

    def _nudge(self, frame: bytes) -> bytes:
        return self._put(frame, self._change)

    def _digit(self, frame: bytes) -> bytes:
        """One digit becomes another, and the message stays well formed."""
        at = self.random.randint(0, len(frame))
        found = _NUMBER.search(frame, at)
        if found is None:
            return self._flip(frame)
        at = self.random.randrange(found.start(), found.end())
        return frame[:at] + b"%d" % self.random.randrange(10) + frame[at + 1 :]

    # Fields of JSON: sequence numbers, times and names are few beside levels, so they are chosen by key.

    def _field(self, frame: bytes, new: Callable[[re.Match[bytes]], bytes]) -> bytes:
        at = 0 if len(frame) < _LONG else self.random.choice((0, len(frame) - _LONG))
        spots = list(_FIELD.finditer(frame, at, at + _LONG))
        if not spots:
            return self._flip(frame)
        found = self.random.choice(spots)
        return frame[: found.start()] + new(found) + frame[found.end() :]

    def _field_number(self, frame: bytes) -> bytes:
        return self._field(frame, lambda m: b'"%b":%b' % (m[1], self._number(m[2])))

    def _field_other(self, frame: bytes) -> bytes:
        return self._field(frame, lambda m: b'"%b":%b' % (m[1], self.random.choice(OTHERS)))

    def _field_nudge(self, frame: bytes) -> bytes:
        return self._field(frame, lambda m: b'"%b":%b' % (m[1], self._change(m[2])))

    def _field_string(self, frame: bytes) -> bytes:
        return self._field(frame, lambda m: b'"%b":"%b"' % (m[1], self.random.choice(STRINGS)))

    def _field_gone(self, frame: bytes) -> bytes:
        return (
            self._field(frame, lambda _m: b"").replace(b",,", b",").replace(b"{,", b"{").replace(b",}", b"}")
        )

    def _field_twice(self, frame: bytes) -> bytes:
        return self._field(frame, lambda m: m[0] + b',"%b":%b' % (m[1], self._change(m[2])))

    def _field_renamed(self, frame: bytes) -> bytes:
        names = [m[1] for m in _FIELD.finditer(frame, 0, _LONG)] or [b"a"]
        return self._field(frame, lambda m: b'"%b":%b' % (self.random.choice(names), m[2]))

    def _field_of_donor(self, frame: bytes) -> bytes:
        """The same field as another message has it: the sequence number, symbol or time of a neighbour."""
        theirs = {m[1]: m[2] for m in _FIELD.finditer(self.random.choice(self.donors), 0, _LONG)}
        return self._field(frame, lambda m: b'"%b":%b' % (m[1], theirs.get(m[1], m[2])))

    def _levels_none(self, frame: bytes) -> bytes:
        spots = [m.start() for m in re.finditer(rb":\[\[", frame)]
        if not spots:
            return self._flip(frame)
        at = self.random.choice(spots)
        end = frame.find(b"]]", at)
        return frame[: at + 2] + frame[end + 1 :] if end > 0 else frame

    def _levels_many(self, frame: bytes) -> bytes:
        found = re.search(rb"\[[^\[\]]*\]|\{[^{}\[\]]*\}", frame)
        if found is None:
            return self._flip(frame)
        many = b",".join([found[0]] * self.random.choice((2, 2, 3, 3, 40, 1000)))
        return frame[: found.start()] + many + frame[found.end() :]

    def _rearranged(self, frame: bytes) -> bytes:
        """White space between tokens, or the first field becomes the last."""
        if self.random.random() < 0.5:
            return frame.replace(b",", b" ,\n").replace(b":", b": ")
        first = _FIELD.match(frame, 1)
        if first is None or frame[first.end() : first.end() + 1] != b",":
            return frame
        return b"{" + frame[first.end() + 1 : -1] + b"," + first[0] + b"}"

    # Protobuf.

    def _protobuf(self, frame: bytes) -> bytes:
        """One field, at any depth, is changed, dropped, doubled, or taken from another message."""
        fields = parse(frame)
        if not fields:
            return self._byte(frame)
        at = self.random.randrange(len(fields))
        one = fields[at]
        what = self.random.random()
        inside = one.value if isinstance(one.value, bytes) else b""
        if inside and what < 0.6 and parse(inside) and not inside.isalnum():
            fields[at] = one._replace(value=self._protobuf(inside))
        elif what < 0.75:
            fields[at] = one._replace(value=self._scalar(one.value))
        elif what < 0.8:
            del fields[at]
        elif what < 0.86:
            fields.insert(self.random.randrange(len(fields)), one)
        elif what < 0.9:
            fields[at] = one._replace(
                number=self.random.choice((1, 2, 3, 5, 6, 301, 313, 314, 315, 0, 1 << 28))
            )
        elif what < 0.93:
            self.random.shuffle(fields)
        else:
            theirs = parse(self.random.choice(self.donors))
            fields[at] = self.random.choice(theirs) if theirs else one
        return unparse(fields)

    def _scalar(self, value: int | bytes) -> int | bytes:
        if isinstance(value, int):
            choices = (0, 1, 2, value + 1, value - 1, (1 << 63) - 1, 1 << 63, (1 << 64) - 1, value + 10**9)
            return self.random.choice(choices) & ((1 << 64) - 1)
        what = self.random.random()
        if what < 0.5 and _NUMBER.search(value) and len(value) < 100:
            return self._change(value)
        if what < 0.75:
            return self.random.choice(NUMBERS)
        return self.random.choice(STRINGS)


class Field(NamedTuple):
    """A field of protobuf: a varint as a number, anything of a length as bytes."""

    number: int
    value: int | bytes


def parse(frame: bytes) -> list[Field]:
    """The fields of a message; empty for what is none."""
    made, at = [], 0
    while at < len(frame):
        key, at = _varint(frame, at)
        if at < 0 or key & 7 not in (0, 2) or not key >> 3:
            return []
        value, at = _varint(frame, at)
        if at < 0:
            return []
        if key & 7 == 0:
            made.append(Field(key >> 3, value))
            continue
        if at + value > len(frame):
            return []
        made.append(Field(key >> 3, frame[at : at + value]))
        at += value
    return made


def unparse(fields: list[Field]) -> bytes:
    """The bytes of fields."""
    made = bytearray()
    for number, value in fields:
        if isinstance(value, int):
            made += _encoded(number << 3) + _encoded(value)
        else:
            made += _encoded(number << 3 | 2) + _encoded(len(value)) + value
    return bytes(made)


def _varint(frame: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(frame) and shift < 70:
        byte = frame[at]
        value |= (byte & 127) << shift
        at += 1
        if byte < 128:
            return value, at
        shift += 7
    return 0, -1


def _encoded(value: int) -> bytes:
    made = bytearray()
    while value > 127:
        made.append(value & 127 | 128)
        value >>= 7
    made.append(value)
    return bytes(made)
