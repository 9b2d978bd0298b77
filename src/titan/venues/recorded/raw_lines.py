"""What one line of a raw capture is: a frame that was heard, an answer to a GET, or a note of the recorder.

Understood are
- `<epoch seconds>: <frame>`, `<wss url> <-> <epoch>`, `<https url> -> <epoch>: <body>`, as cryptofeed writes;
- `<stamp> <frame>` with a stamp in s, ms, us or ns;
- JSON objects that wrap a frame as `raw` or `message`, with a receive time and an exchange where they say it;
- bare frames.
"""

from __future__ import annotations

import base64
import binascii
import re
from datetime import UTC, datetime
from enum import Enum, auto
from typing import Final, NamedTuple

import msgspec

_STAMPED: Final = re.compile(rb"\s*(\d{10}(?:\.\d*)?|\d{13}|\d{16}|\d{19})[:,;\s]+(?=[\[{\"])")
_TOLD: Final = re.compile(
    rb"((?:https?|wss?)://\S+) (<->|->|<-) (\d{10}(?:\.\d*)?)(?:: (.*))?\s*\Z", re.DOTALL
)
_UNITS: Final = {10: 1_000_000_000, 13: 1_000_000, 16: 1_000, 19: 1}
_FRAMES: Final = ("raw", "message", "frame", "payload")
_WRAPPED: Final = tuple(b'"%s":' % name.encode() for name in _FRAMES)
_TIMES: Final = (
    "localTimestamp", "local_timestamp", "recv", "recv_ts", "recv_ns", "received_at", "received",
    "receive_ts", "receive_time", "ts_recv", "local_ts", "timestamp", "ts", "time",
)  # fmt: skip
_WORDS: Final = ("exchange", "market", "market_type", "category", "url", "fn", "module")
_BASE64: Final = re.compile(rb"[A-Za-z0-9+/]{16,}={0,2}\Z")
_Wrapper: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])


class What(Enum):
    FRAME = auto()
    ANSWER = auto()
    """`about` is the URL that was asked."""
    OPENED = auto()
    """A connection to the URL `about` begins with the lines below."""
    NOTE = auto()
    """Nothing that the venue said."""


class Entry(NamedTuple):
    """`recv` is ns UTC, 0 where the recorder wrote none; `about` are words on where the frame comes from."""

    what: What
    recv: int
    body: bytes
    about: str = ""
    exchange: str = ""


def looks_raw(head: bytes) -> bool:
    """Whether a file's first bytes are a line of a capture, or nothing at all."""
    line = head.lstrip()
    return not line or line[:1] in (b"{", b"[", b">") or bool(_STAMPED.match(line) or _TOLD_HEAD.match(line))


_TOLD_HEAD: Final = re.compile(rb"(?:https?|wss?)://\S|configuration: ")


def entry(line: bytes) -> Entry:
    """What a line says. A line that is none of the forms is a frame like any other, for its line to judge."""
    if line[:1] in (b"{", b"["):
        return _json(line)
    stamped = _STAMPED.match(line)
    if stamped is not None:
        inside = _json(line[stamped.end() :])
        return inside._replace(recv=moment(stamped[1].decode()) or inside.recv)
    told = _TOLD.match(line)
    if told is not None:
        return _told(told)
    if _TOLD_HEAD.match(line):
        return Entry(What.NOTE, 0, line)
    return Entry(What.FRAME, 0, line)


def moment(text: str) -> int:
    """A time as ns UTC: seconds with a fraction, ms, us, ns by their digits, or ISO 8601; 0 for none."""
    text = text.strip().strip('"')
    whole, _, fraction = text.partition(".")
    if whole.isascii() and whole.isdigit():
        unit = _UNITS.get(len(whole), 0)
        part = fraction[:18]
        return int(whole) * unit + (int(part or 0) * unit // 10 ** len(part) if part.isdigit() else 0)
    try:
        # Seven digits of a fraction and more are not ISO for every reader.
        day, _, clock = text.partition("T")
        plain = re.sub(r"(\.\d{6})\d+", r"\1", clock).replace("Z", "+00:00")
        at = datetime.fromisoformat(f"{day}T{plain}" if plain else day)
    except ValueError:
        return 0
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return int(at.timestamp()) * 1_000_000_000 + at.microsecond * 1_000


def _told(told: re.Match[bytes]) -> Entry:
    url, way = told[1].decode("utf-8", "replace"), told[2]
    recv, body = moment(told[3].decode()), told[4] or b""
    if way == b"<->":
        return Entry(What.OPENED, recv, b"", url)
    if way == b"->":
        what = What.ANSWER if url.startswith("http") else What.FRAME
        return Entry(what, recv, body, url)
    return Entry(What.NOTE, recv, body, url)


def _json(line: bytes) -> Entry:
    if line[:1] == b"{" and any(name in line for name in _WRAPPED):
        try:
            fields = _Wrapper.decode(line)
        except (msgspec.DecodeError, ValueError, RecursionError):
            return Entry(What.FRAME, 0, line)
        name = next((name for name in _FRAMES if name in fields), "")
        known = any(word in fields for word in (*_WORDS, "source", *_TIMES[:-3]))
        if name and (known or len(fields) == 1):
            return _wrapped(fields, name)
    return Entry(What.FRAME, 0, line)


def _wrapped(fields: dict[str, msgspec.Raw], name: str) -> Entry:
    body = bytes(fields[name])
    if body[:1] == b'"':
        text = _text(fields[name]).encode()
        body = _packed(text) if text[:1] not in (b"{", b"[") else text
    recv = next((at for t in _TIMES if t in fields and (at := moment(_text(fields[t])))), 0)
    about = " ".join(_text(fields[word]) for word in _WORDS if word in fields)
    return Entry(What.FRAME, recv, body, about, _text(fields["exchange"]) if "exchange" in fields else "")


def _packed(text: bytes) -> bytes:
    """Binary frames are written as base64."""
    if _BASE64.match(text):
        try:
            return base64.b64decode(text, validate=True)
        except binascii.Error:
            return text
    return text


def _text(value: msgspec.Raw) -> str:
    raw = bytes(value)
    if raw[:1] == b'"':
        try:
            return msgspec.json.decode(raw, type=str)
        except (msgspec.DecodeError, ValueError):
            return ""
    return raw.decode("utf-8", "replace")
