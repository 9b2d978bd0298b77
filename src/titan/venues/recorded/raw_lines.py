"""What one line of a raw capture is: a frame that was heard, an answer to a GET, or a note of the recorder.

Understood are
- `<epoch seconds>: <frame>`, `<wss url> <-> <epoch>`, `<https url> -> <epoch>: <body>`, as cryptofeed writes;
- `<stamp> <frame>` with a stamp in s, ms, us or ns (hftbacktest), or ISO 8601 (tardis.dev), and other words
  of a log before the frame;
- `<stamp>,"<frame>"` with its quotes doubled, as CSV;
- JSON objects that wrap a frame as `raw` or `message`, with a receive time and an exchange where they say it,
  and JSON arrays of a stamp and a frame;
- cryptofeed 3's objects, whose `t` says what they are: `recv`, `http`, `connect`, `send`, `header`;
- bare frames, and arrays of any of these objects.
"""

from __future__ import annotations

import base64
import binascii
import re
from datetime import UTC, datetime
from enum import Enum, auto
from itertools import islice
from typing import Final, NamedTuple

import msgspec


class What(Enum):
    FRAME = auto()
    ANSWER = auto()
    """`about` is the URL that was asked."""
    OPENED = auto()
    """A connection to the URL `about` begins with the lines below."""
    NOTE = auto()
    """Nothing that the venue said."""


_STAMPED: Final = re.compile(rb"\s*(\d{10}(?:\.\d*)?|\d{13}|\d{16}|\d{19})[:,;\s]+(?=[\[{\"])")
_TOLD: Final = re.compile(
    rb"((?:https?|wss?)://\S+) (<->|->|<-) (\d{10}(?:\.\d*)?)(?:: (.*))?\s*\Z", re.DOTALL
)
_TOLD_HEAD: Final = re.compile(rb"(?:https?|wss?)://\S|configuration: ")
_LOGGED: Final = re.compile(rb".{1,200}?(?=\"?(?:\{\s*[\"\\]|\[\s*[\d{]))", re.DOTALL)
"""Words before a frame."""
_FIELD: Final = re.compile(rb'(?:"([^"]*(?:""[^"]*)*)"|([^,;\t]*))(?:[,;\t]|\Z)')
_COLUMNS: Final = 50
_LONGEST_STAMP: Final = 40
_BRACKETED: Final = re.compile(rb"\[[^\]\[{,]{8,40}\]\s")
_TABLE_HEAD: Final = re.compile(rb"[\w\" ]+(?:[,;\t][\w\" ]+)+\Z")
_WHEN: Final = re.compile(
    rb"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d+))?(Z|[+-]\d\d:?\d\d)?"
    rb"|(?<![\d.])(\d{10,19}(?:\.\d+)?)(?![\d.])"
)
_UNITS: Final = {10: 1_000_000_000, 13: 1_000_000, 16: 1_000, 19: 1}
_FRAMES: Final = ("raw", "message", "frame", "payload")
_OR: Final = ("data", "msg", "body", "line", "content")
"""Names of a frame only where all beside it is a recorder's: venues use them too."""
_SURE: Final = tuple(b'"%s"' % name.encode() for name in _FRAMES)
_WRAPPED: Final = (*_SURE, *(b'"%s"' % name.encode() for name in _OR))
_OF_VENUES: Final = (b'{"stream":"', b'{"e":"', b'{"arg":{"', b'{"topic":"')
"""How frames of venues begin, and wrapped ones do not."""
_TIMES: Final = (
    "localTimestamp", "local_timestamp", "recv", "recv_ts", "recv_ns", "recv_time", "received_at", "received",
    "receive_ts", "receive_time", "receipt_timestamp", "ts_recv", "ts_ns", "ts_ms", "local_ts", "timestamp",
    "ts", "time",
)  # fmt: skip
_SHARED: Final = 3
"""The last of these are times of venues too."""
_WORDS: Final = ("exchange", "market", "market_type", "category", "url", "fn", "module", "venue")
_BESIDE: Final = frozenset((*_TIMES, *_WORDS, "source", "symbol", "conn", "connection", "id", "seq"))
_EVENTS: Final = {"recv": What.FRAME, "http": What.ANSWER, "connect": What.OPENED}
_BASE64: Final = re.compile(rb"[A-Za-z0-9+/]{16,}={0,2}\Z")
_Wrapper: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_List: Final = msgspec.json.Decoder(list[msgspec.Raw])
_BROKEN: Final = (msgspec.DecodeError, ValueError, RecursionError)


class Entry(NamedTuple):
    """`recv` is ns UTC, 0 where the recorder wrote none; `about` are words on where the frame comes from."""

    what: What
    recv: int
    body: bytes
    about: str = ""
    exchange: str = ""
    connection: str = ""
    """Where a file holds several, which one."""


def looks_raw(head: bytes) -> bool:
    """Whether a file's first bytes are a line of a capture, or nothing at all."""
    line = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not line or line[:1] in (b"{", b"[", b">", b"<") or _STAMPED.match(line) or _TOLD_HEAD.match(line):
        return True
    first = line.partition(b"\n")[0]
    logged = _LOGGED.match(first)
    return logged is not None and _WHEN.search(logged[0]) is not None


def entry(line: bytes) -> Entry:
    """What a line says. A line that is none of the forms is a frame like any other, for its line to judge."""
    if line[:1] == b"{" or (line[:1] == b"[" and line[-1:] != b"}" and not _BRACKETED.match(line)):
        return _json(line)
    if line[:1] == b'"':
        return _fields(line)
    stamp, _, frame = line.partition(b" ")
    unit = _UNITS.get(len(stamp), 0)
    if unit and frame[:1] == b"{" and stamp.isdigit():
        if frame.startswith(_OF_VENUES):
            return Entry(What.FRAME, int(stamp) * unit, frame)
        return _stamped(int(stamp) * unit, frame)
    stamped = _STAMPED.match(line)
    if stamped is not None:
        return _stamped(moment(stamped[1].decode()), line[stamped.end() :])
    told = _TOLD.match(line)
    if told is not None:
        return _told(told)
    if _TOLD_HEAD.match(line):
        return Entry(What.NOTE, 0, line)
    logged = _LOGGED.match(line)
    if logged is None:
        return Entry(What.FRAME, 0, line)
    frame = line[logged.end() :]
    if logged[0].endswith(b"'") and frame.endswith(b"'"):
        frame = frame[:-1]
    return _stamped(_when(logged[0]), frame)


def heads_table(line: bytes) -> bool:
    """Whether a file's first line names the columns of a table."""
    return _TABLE_HEAD.match(line) is not None


def parts_of(text: bytes) -> list[bytes]:
    """The parts of a JSON array whose parts are objects or arrays; none of anything else. Binance writes
    some of its frames as such an array, and reads them itself.
    """
    if text[:1] != b"[" or text.startswith(b'[{"e":') or text[1:].lstrip()[:1] not in (b"{", b"["):
        return []
    try:
        parts = [bytes(part) for part in _List.decode(text)]
    except _BROKEN:
        return []
    return parts if all(part[:1] in (b"{", b"[") for part in parts) else []


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
        day, _, clock = text.replace(" ", "T", 1).partition("T")
        plain = re.sub(r"(\.\d{6})\d+", r"\1", clock).replace("Z", "+00:00")
        at = datetime.fromisoformat(f"{day}T{plain}" if plain else day)
    except ValueError:
        return 0
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return int(at.timestamp()) * 1_000_000_000 + at.microsecond * 1_000


def _when(words: bytes) -> int:
    """The first time among the words before a frame."""
    found = _WHEN.search(words)
    if found is None:
        return 0
    day, clock, fraction, zone, epoch = (part.decode() if part else "" for part in found.groups())
    return moment(epoch or f"{day}T{clock}{'.' + fraction if fraction else ''}{zone}")


def _stamped(recv: int, frame: bytes) -> Entry:
    """A frame behind a stamp of its own, perhaps quoted."""
    if frame[:1] == b'"':
        frame = _unquoted(frame)
    inside = _json(frame)
    return Entry(inside.what, recv or inside.recv, inside.body, inside.about, inside.exchange)


def _fields(line: bytes) -> Entry:
    """A line of CSV that begins with a quote: the frame is the field that looks like one."""
    fields = [
        field[1].replace(b'""', b'"') if field[1] is not None else field[2]
        for field in islice(_FIELD.finditer(line), _COLUMNS)
    ]
    frame = next((field.strip() for field in fields if field.lstrip()[:1] in (b"{", b"[")), b"")
    if not frame:
        return Entry(What.FRAME, 0, line)
    stamps = (field.decode("utf-8", "replace") for field in fields if len(field) < _LONGEST_STAMP)
    return _stamped(next((at for stamp in stamps if (at := moment(stamp))), 0), frame)


def _unquoted(text: bytes) -> bytes:
    """Quoted as JSON or as CSV; what follows it on the line is not of the frame."""
    try:
        return msgspec.json.decode(text, type=str).encode()
    except _BROKEN:
        end = text.rfind(b'"')
        return text[1:end].replace(b'""', b'"') if end > 0 else text


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
    if line[:1] == b"[":
        return _pair(line)
    if line.startswith(_OF_VENUES):
        return Entry(What.FRAME, 0, line)
    if line.startswith((b'{"t":"', b'{"t": "')):
        return _event(line)
    names = _SURE if line.startswith(b'{"channel":') else _WRAPPED
    if not any(name in line for name in names):
        return Entry(What.FRAME, 0, line)
    try:
        fields = _Wrapper.decode(line)
    except _BROKEN:
        return Entry(What.FRAME, 0, line)
    name = next((name for name in _FRAMES if name in fields), "")
    known = any(word in fields for word in (*_WORDS, "source", *_TIMES[:-_SHARED]))
    if name and (known or len(fields) == 1):
        return _wrapped(fields, name)
    name = next((name for name in (*_FRAMES, *_OR) if name in fields), "")
    others = fields.keys() - {name}
    if name and others <= _BESIDE and any(t in others for t in _TIMES):
        return _wrapped(fields, name)
    return Entry(What.FRAME, 0, line)


def _event(line: bytes) -> Entry:
    """An object that says by `t` what happened."""
    try:
        fields = _Wrapper.decode(line)
    except _BROKEN:
        return Entry(What.FRAME, 0, line)
    what = _EVENTS.get(_text(fields["t"]), What.NOTE)
    if "conn" not in fields and what is not What.NOTE:
        return Entry(What.FRAME, 0, line)
    recv = moment(_text(fields["ts"])) if "ts" in fields else 0
    body = _text(fields["data"]).encode() if "data" in fields else b""
    if what is What.FRAME and body[:1] not in (b"{", b"["):
        body = _packed(body)
    about = next((_text(fields[word]) for word in ("url", "addr") if word in fields), "")
    return Entry(what, recv, body, about, "", _text(fields.get("conn", msgspec.Raw(b""))))


def _pair(line: bytes) -> Entry:
    """An array of a stamp and a frame; other arrays are frames themselves."""
    if line[1:11].strip(b' "')[:9].isdigit() and line.find(b"{") < 40:
        try:
            stamp, frame = _List.decode(line)
        except _BROKEN:
            return Entry(What.FRAME, 0, line)
        recv = moment(_text(stamp))
        if recv:
            return _stamped(recv, bytes(frame))
    return Entry(What.FRAME, 0, line)


def _wrapped(fields: dict[str, msgspec.Raw], name: str) -> Entry:
    body = bytes(fields[name])
    if body[:1] == b'"':
        text = _text(fields[name]).encode()
        body = _packed(text) if text[:1] not in (b"{", b"[") else text
    recv = next((at for t in _TIMES if t in fields and (at := moment(_text(fields[t])))), 0)
    about = " ".join(_text(fields[word]) for word in _WORDS if word in fields)
    exchange = next((_text(fields[word]) for word in ("exchange", "venue") if word in fields), "")
    return Entry(What.FRAME, recv, body, about, exchange)


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
        except _BROKEN:
            return ""
    return raw.decode("utf-8", "replace")
