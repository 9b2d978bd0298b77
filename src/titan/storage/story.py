"""The story of an order, an intent or a saga: every entry that belongs to it, in the order of the journal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

import msgspec
import sqlalchemy as sa

from titan.storage.schema import entries
from titan.storage.search import COLUMNS, Entry, entry_of
from titan.storage.store import Store

_ASKED: Final = 500
_BREATH: Final = 10
"""Entries between a signal and the last wish that answers it, at most."""
_SOON_NS: Final = 50_000_000


class Story(NamedTuple):
    """`kind` says what the id is of: "order", "intent" or "saga". `sagas` are those that its orders are
    steps of, where it is not one itself."""

    id: str
    kind: str
    entries: list[Entry]
    sagas: tuple[str, ...]


def story_of(store: Store, name: str) -> Story | None:
    """None where nothing in the journal has this id. Raises StorageError."""
    c = entries.c
    kinds = (("saga", c.saga), ("order", c.client_id), ("intent", c.intent_id))
    kind, found = next(((k, f) for k, column in kinds if (f := _of(store, column == name))), ("", []))
    if not found:
        return None
    whole = {e.seq: e for e in found}
    whole |= {e.seq: e for e in _raised(store, found[0])}
    if kind == "saga":  # refusals name the order's intent only, and that begins with the saga's id
        refused = sa.and_(c.what == "refused", c.intent_id.startswith(f"{name}-", autoescape=True))
        whole |= {e.seq: e for e in _of(store, refused)}
    ids = sorted({e.client_id for e in whole.values() if e.client_id})
    for start in range(0, len(ids), _ASKED):
        whole |= {e.seq: e for e in _of(store, c.client_id.in_(ids[start : start + _ASKED]))}
    intents = sorted({e.intent_id for e in whole.values() if e.intent_id and kind == "order"})
    for start in range(0, len(intents), _ASKED):
        part = c.intent_id.in_(intents[start : start + _ASKED])
        whole |= {e.seq: e for e in _of(store, sa.and_(part, c.client_id.is_(None)))}
    told = [whole[seq] for seq in sorted(whole)]
    return Story(name, kind, told, _sagas(name, told))


def _raised(store: Store, wish: Entry) -> list[Entry]:
    """The signal that a wish answers: the engine writes it down immediately before, in the same breath."""
    c = entries.c
    early = sa.and_(c.what == "signal", c.seq < wish.seq, c.seq >= wish.seq - _BREATH)
    try:
        asked = msgspec.json.decode(wish.body, type=_Wish)
    except msgspec.DecodeError:
        return []
    for entry in reversed(_of(store, early)):
        signal = msgspec.json.decode(entry.body, type=_Signal)
        same = signal.strategy == asked.strategy and asked.pair in ("", signal.subject)
        if same and wish.at_ns - entry.at_ns < _SOON_NS:
            return [entry]
    return []


class _Wish(msgspec.Struct):
    strategy: str
    pair: str = ""


class _Signal(msgspec.Struct):
    strategy: str
    subject: str


def near(store: Store, name: str, limit: int = 5) -> list[str]:
    """Ids that begin like `name`: what may have been meant."""
    found: dict[str, None] = {}
    for column in (entries.c.saga, entries.c.client_id, entries.c.intent_id):
        ask = sa.select(column).where(column.startswith(name, autoescape=True)).distinct().limit(limit)
        found |= dict.fromkeys(str(row[0]) for row in store.rows(ask))
    return sorted(found)[:limit]


def _of(store: Store, condition: sa.ColumnElement[bool]) -> list[Entry]:
    return [entry_of(row) for row in store.rows(sa.select(*COLUMNS).where(condition).order_by(entries.c.seq))]


def _sagas(name: str, told: Iterable[Entry]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(e.saga for e in told if e.saga and e.saga != name))
