"""The tables beside a journal, made again from it: after a fault that kept them behind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

import msgspec
import sqlalchemy as sa

from titan.storage.claim import claimed
from titan.storage.projection import Projection
from titan.storage.recall import recalled
from titan.storage.schema import fills, instruments, marks, orders, sagas, transfers
from titan.storage.store import Store

_GROUP: Final = 1_000


def rebuild(store: Store, types: Sequence[type[msgspec.Struct]]) -> int:
    """How many entries were read. `types` as for `recall`; raises StorageError as it does, and while a
    process writes the journal: then the tables stay as they were."""
    with claimed(store), store.writing() as connection:
        for table in (orders, fills, transfers, sagas, instruments, marks):
            connection.execute(sa.delete(table))
        return _fill_in(connection, recalled(store, types))


def _fill_in(connection: sa.Connection, entries: Iterator[tuple[msgspec.Struct, int]]) -> int:
    projection, count = Projection(), 0
    while group := list(islice(entries, _GROUP)):
        projection.write(connection, group)
        projection.keep()
        count += len(group)
    return count
