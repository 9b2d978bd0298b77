"""Looking into a journal: entries by what, intent, order and time; and getting all of them out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from titan.storage.schema import entries
from titan.storage.store import Store


class Entry(NamedTuple):
    """One line of the journal. `body` is the event as JSON."""

    seq: int
    at_ns: int
    what: str
    saga: str
    intent_id: str
    client_id: str
    body: str
    link: str


class Wanted(NamedTuple):
    """Empty or 0 means any. Times are ns UTC, `until_ns` not included; `text` stands anywhere in the body;
    entries are those behind number `after`, up to `through`. `what` may be several, with commas."""

    what: str = ""
    saga: str = ""
    intent_id: str = ""
    client_id: str = ""
    text: str = ""
    since_ns: int = 0
    until_ns: int = 0
    limit: int = 0
    through: int = 0
    after: int = 0


EVERYTHING: Final = Wanted()


def search(store: Store, wanted: Wanted = EVERYTHING) -> Iterator[Entry]:
    """In the order of the journal. Raises StorageError."""
    ask = sa.select(*COLUMNS).where(*conditions(wanted)).order_by(entries.c.seq)
    if wanted.limit:
        ask = ask.limit(wanted.limit)
    for row in store.rows(ask):
        yield entry_of(row)


def conditions(wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    c = entries.c
    found: list[sa.ColumnElement[bool]] = []
    if wanted.what:
        found.append(c.what.in_(wanted.what.split(",")))
    for column, value in (
        (c.saga, wanted.saga), (c.intent_id, wanted.intent_id), (c.client_id, wanted.client_id),
    ):  # fmt: skip
        if value:
            found.append(column == value)
    if wanted.text:
        found.append(c.body.contains(wanted.text, autoescape=True))
    if wanted.since_ns:
        found.append(c.at_ns >= wanted.since_ns)
    if wanted.until_ns:
        found.append(c.at_ns < wanted.until_ns)
    if wanted.through:
        found.append(c.seq <= wanted.through)
    if wanted.after:
        found.append(c.seq > wanted.after)
    return found


def following(store: Store, seq: int, limit: int) -> list[Entry]:
    """The first `limit` entries behind `seq`: for whoever reads a journal while it is written. Raises
    StorageError.
    """
    ask = sa.select(*COLUMNS).where(entries.c.seq > seq).order_by(entries.c.seq).limit(limit)
    return [entry_of(row) for row in store.rows(ask)]


COLUMNS: Final = (
    entries.c.seq, entries.c.at_ns, entries.c.what, entries.c.saga, entries.c.intent_id, entries.c.client_id,
    entries.c.body, entries.c.link,
)  # fmt: skip


def entry_of(row: Sequence[Any]) -> Entry:
    """Of a row of `COLUMNS`."""
    seq, at_ns, what, saga, intent_id, client_id, body, link = row
    return Entry(seq, at_ns, what, saga or "", intent_id or "", client_id or "", body, link)
