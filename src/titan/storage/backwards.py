"""Looking into a journal from its end: the newest first, a page at a time, however long it is.

Entries are found by their numbers and, in few of them, by what they are about; not by what they are, nor by
time. So a search for something rare reads a lot. It goes back in stretches and stops when it has enough or
was told that it took long enough; then the page says where to go on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import sqlalchemy as sa

from titan.storage.schema import entries
from titan.storage.search import COLUMNS, Entry, Wanted, conditions, entry_of
from titan.storage.store import Store

FIRST: Final = 2_000
MOST: Final = 50_000
"""Entries of a stretch: short at first, because what is asked for is mostly near."""


class Page(NamedTuple):
    """`entries` newest first; `before` is what to ask next, 0 at the beginning of the journal."""

    entries: list[Entry]
    before: int


def backwards(
    store: Store, wanted: Wanted, limit: int, *, before: int = 0, about: str = "",
    enough: Callable[[], bool] = lambda: False,
) -> Page:  # fmt: skip
    """The last `limit` entries below number `before` (0: of all); `about` is the id of a saga, an intent or
    an order. A page may have fewer, even none, and go on. Of clocks that were set back, `wanted.until_ns`
    may miss what was written before they were. Raises StorageError.
    """
    if about:
        return _about(store, wanted, limit, before, about)
    low, high = _ends(store)
    top = min(high, before - 1) if before else high
    if wanted.until_ns:
        top = min(top, _last_before(store, wanted.until_ns, low, top))
    found: list[Entry] = []
    length = FIRST
    while top >= low:
        bottom = max(low, top - length + 1)
        c = entries.c.seq
        rows = _newest(store, [*conditions(wanted), c >= bottom, c <= top], limit - len(found))
        found += rows
        if len(found) == limit:
            return Page(found, found[-1].seq if found[-1].seq > low else 0)
        if wanted.since_ns and _at(store, bottom) < wanted.since_ns:
            return Page(found, 0)
        top, length = bottom - 1, min(length * 4, MOST)
        if enough() and top >= low:
            return Page(found, top + 1)
    return Page(found, 0)


def _about(store: Store, wanted: Wanted, limit: int, before: int, name: str) -> Page:
    """By the indexes: there are few of one id."""
    c = entries.c
    below = [c.seq < before] if before else []
    found: dict[int, Entry] = {}
    for column in (c.saga, c.intent_id, c.client_id):
        rows = _newest(store, [*conditions(wanted), column == name, *below], limit)
        found |= {row.seq: row for row in rows}
    shown = [found[seq] for seq in sorted(found, reverse=True)[:limit]]
    return Page(shown, shown[-1].seq if len(shown) == limit else 0)


def _newest(store: Store, where: list[sa.ColumnElement[bool]], limit: int) -> list[Entry]:
    ask = sa.select(*COLUMNS).where(*where).order_by(entries.c.seq.desc()).limit(limit)
    return [entry_of(row) for row in store.rows(ask)]


def _ends(store: Store) -> tuple[int, int]:
    """Of the numbers that there are; (1, 0) for none."""
    with store.reading() as read:
        lowest, highest = (  # each by itself, or the whole journal is read
            read.execute(sa.select(of(entries.c.seq))).scalar() for of in (sa.func.min, sa.func.max)
        )
    return (1, 0) if lowest is None or highest is None else (int(lowest), int(highest))


def _at(store: Store, seq: int) -> int:
    """When the first entry from `seq` on was written."""
    ask = sa.select(entries.c.at_ns).where(entries.c.seq >= seq).order_by(entries.c.seq).limit(1)
    with store.reading() as read:
        return int(read.execute(ask).scalar() or 0)


def _last_before(store: Store, at_ns: int, low: int, high: int) -> int:
    """The number of the last entry that was written before `at_ns`, as far as the clock only went forward."""
    while low <= high:
        middle = (low + high) // 2
        if _at(store, middle) < at_ns:
            low = middle + 1
        else:
            high = middle - 1
    return high
