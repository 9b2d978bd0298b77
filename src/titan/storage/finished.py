"""The journal of a finished backtest, JSON lines in its folder, as a store that is asked like any other.

It is made in memory and gone with its process: `search`, `following` and `story_of` work, and the rules of
instruments are known. The tables of orders, fills and transfers stay empty.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.pool import StaticPool

from titan.model.errors import StorageError
from titan.model.events import Refused, Submitted, Transfer
from titan.model.listing import Listing
from titan.model.pair import HaltIntent
from titan.model.signal import Intent
from titan.storage.about import about
from titan.storage.rowing import Row, harmless, insert, listing_row, upsert
from titan.storage.schema import entries, instruments, metadata
from titan.storage.search import Entry
from titan.storage.store import Store

LINES: Final = "journal.jsonl"
AGAIN: Final = "run the backtest again: it writes a whole folder, or none"
_GROUP: Final = 10_000


class _Named(msgspec.Struct):
    id: str = ""


class _Head(msgspec.Struct):
    """When an entry was, and what it is."""

    what: str
    local_ns: int = 0
    at_ns: int = 0


class _Line(msgspec.Struct):
    """What every entry may say of when it was and what it is about; see `about`."""

    what: str
    local_ns: int = 0
    at_ns: int = 0
    client_id: str | None = None
    intent: _Named | None = None
    intent_id: str | None = None
    saga: str | None = None
    panic: str | None = None


class _Wish(_Line, kw_only=True):
    id: str
    strategy: str


_HEAD: Final = msgspec.json.Decoder(_Head)
_GENERAL: Final = (msgspec.json.Decoder(_Wish), msgspec.json.Decoder(_Line))
_OWN: Final = {
    str(one.__struct_config__.tag): msgspec.json.Decoder(one)
    for one in (Submitted, Intent, Refused, Transfer, HaltIntent, Listing)
}
"""Those that are about something in a way of their own, and the rules of instruments."""


def finished(folder: Path) -> Store:
    """Raises StorageError, naming the line, where there is no such journal or it is not whole."""
    file = folder / LINES
    engine = sa.create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    store = Store(engine, str(file))
    try:
        with engine.begin() as connection, file.open("rb") as lines:
            metadata.create_all(connection, [entries, instruments])
            rest = _rows(file, lines)
            while group := list(islice(rest, _GROUP)):
                insert(connection, entries, [row for row, _ in group])
                upsert(connection, instruments, [listing_row(one) for _, one in group if one is not None])
    except OSError as e:
        store.close()
        raise StorageError(f"{file} cannot be read: {e.strerror or e}", remedy=AGAIN) from e
    except StorageError:
        store.close()
        raise
    return store


def _rows(file: Path, lines: Iterator[bytes]) -> Iterator[tuple[Row, Listing | None]]:
    at_ns = 0
    for seq, text in enumerate(lines, 1):
        line, event = _read(file, seq, text)
        at_ns = line.local_ns or line.at_ns or at_ns
        row: dict[str, Any] = {"seq": seq, "at_ns": at_ns, "what": line.what, "link": ""}
        row |= {"body": text.decode().rstrip("\n")} | about(event)._asdict()
        yield harmless(row), event if isinstance(event, Listing) else None


def head_of_line(file: Path, seq: int, text: bytes, before_ns: int) -> tuple[str, int]:
    """What the entry is and when it was written: `before_ns`, when the one in front of it was, where it does
    not say. Raises StorageError.
    """
    try:
        line = _HEAD.decode(text)
    except msgspec.DecodeError as e:
        raise _broken(file, seq, e) from e
    return line.what, line.local_ns or line.at_ns or before_ns


def entry_of_line(file: Path, seq: int, text: bytes, at_ns: int) -> Entry:
    """Raises StorageError."""
    line, event = _read(file, seq, text)
    saga, intent_id, client_id = about(event)
    body = text.decode().rstrip("\n")
    return Entry(seq, at_ns, line.what, saga or "", intent_id or "", client_id or "", body, "")


def _read(file: Path, seq: int, text: bytes) -> tuple[_Line, msgspec.Struct]:
    """What is common to all entries, and the event as `about` wants it."""
    try:
        line = _GENERAL[1].decode(text)
        own = _OWN.get(line.what)
        if own is not None:
            return line, own.decode(text)
    except msgspec.DecodeError as e:
        raise _broken(file, seq, e) from e
    try:
        return line, _GENERAL[0].decode(text)
    except msgspec.ValidationError:
        return line, line


def _broken(file: Path, seq: int, error: Exception) -> StorageError:
    return StorageError(f"{file}, line {seq} is broken: {error}", remedy=AGAIN)
