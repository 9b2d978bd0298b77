"""Looking into a journal: entries by what, intent, order and time; and getting all of them out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import sqlalchemy as sa

from titan.storage.schema import entries
from titan.storage.store import Store


class Entry(NamedTuple):
    """One line of the journal. `body` is the event as JSON."""

    seq: int
    at_ns: int
    what: str
    intent_id: str
    client_id: str
    body: str
    link: str


class Wanted(NamedTuple):
    """Empty or 0 means any. Times are ns UTC, `until_ns` not included; `text` stands anywhere in the body."""

    what: str = ""
    intent_id: str = ""
    client_id: str = ""
    text: str = ""
    since_ns: int = 0
    until_ns: int = 0
    limit: int = 0


EVERYTHING: Final = Wanted()


def search(store: Store, wanted: Wanted = EVERYTHING) -> Iterator[Entry]:
    """In the order of the journal. Raises StorageError."""
    c = entries.c
    ask = sa.select(c.seq, c.at_ns, c.what, c.intent_id, c.client_id, c.body, c.link).order_by(c.seq)
    for column, value in (
        (c.what, wanted.what), (c.intent_id, wanted.intent_id), (c.client_id, wanted.client_id),
    ):  # fmt: skip
        if value:
            ask = ask.where(column == value)
    if wanted.text:
        ask = ask.where(c.body.contains(wanted.text, autoescape=True))
    if wanted.since_ns:
        ask = ask.where(c.at_ns >= wanted.since_ns)
    if wanted.until_ns:
        ask = ask.where(c.at_ns < wanted.until_ns)
    if wanted.limit:
        ask = ask.limit(wanted.limit)
    for row in store.rows(ask):
        yield Entry(
            row.seq, row.at_ns, row.what, row.intent_id or "", row.client_id or "", row.body, row.link
        )
