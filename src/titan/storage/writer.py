"""The one connection that writes a journal, and the claim to it.

A commit whose answer was lost may have been made or not: before anything else is written the end of the
journal is read again, and what already stands there is not written twice.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple, TextIO

import msgspec
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DataError, IntegrityError, ProgrammingError, SQLAlchemyError

from titan.model.errors import StorageError
from titan.storage import chain
from titan.storage.about import about, tag_of
from titan.storage.claim import claim_file, claim_session
from titan.storage.projection import Projection
from titan.storage.rowing import Row, insert, insert_new, plain
from titan.storage.schema import entries, marks
from titan.storage.store import Store, head_of, unusable

BEHIND: Final = "the tables are behind"
"""Of `marks`: since when, and why, the tables beside the journal do not say all that it does."""
_NOT_THE_STORE: Final = (DataError, IntegrityError, ProgrammingError, OverflowError, TypeError, ValueError)


class Waiting(NamedTuple):
    """An entry that is not stored yet. `body` is the event as JSON."""

    event: msgspec.Struct
    at_ns: int
    body: str


class Writer:
    """`seq` and `link` are of the last entry that is stored. Raises StorageError when another process writes
    the journal, or when it cannot be written."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._file: TextIO | None = claim_file(store.file) if store.file else None
        self._at = store.file
        self._inode = _inode(self._at)
        self._projection = Projection()
        self._connection: Connection | None = None
        try:
            self._connection = self._connect()
            self.seq, self.link = head_of(self._connection)
            self._connection.rollback()
        except (SQLAlchemyError, OSError) as e:
            self.close()
            raise unusable(store.url, e) from e
        except StorageError:
            self.close()
            raise

    def commit(self, group: Sequence[Waiting]) -> int:
        """Store the first entries of `group`, as many as are returned. Raises SQLAlchemyError, OSError or
        StorageError; what was stored then is found at the next call."""
        if self._at is not None and _inode(self._at) != self._inode:
            raise StorageError(f"{self._at} was taken away or replaced")
        if self._connection is None:
            self._connection = self._connect()
            stored = self._stored(self._connection, group)
            if stored:
                return stored
        try:
            self._write(self._connection, group)
        except (SQLAlchemyError, OSError):
            self._drop()
            raise
        return len(group)

    def checkpoint(self) -> None:
        """SQLite moves what was committed from its log into the file; done while nothing waits."""
        if self._connection is not None and self._store.is_sqlite:
            outside: Any = self._connection.connection.dbapi_connection
            outside.execute("PRAGMA wal_checkpoint(PASSIVE)").close()

    def close(self) -> None:
        self._drop()
        if self._file is not None:
            self._file.close()

    def _connect(self) -> Connection:
        connection = self._store.engine.connect().execution_options(begin="BEGIN IMMEDIATE")
        try:
            if not self._store.is_sqlite:
                claim_session(connection)
                connection.exec_driver_sql("SET synchronous_commit TO on")
                connection.commit()
        except (SQLAlchemyError, StorageError):
            connection.close()
            raise
        return connection

    def _drop(self) -> None:
        """Close it for good: a session of the pool would keep its claim."""
        connection, self._connection = self._connection, None
        self._projection.forget()
        if connection is not None:
            with contextlib.suppress(SQLAlchemyError):
                connection.invalidate()
            with contextlib.suppress(SQLAlchemyError):
                connection.close()

    def _stored(self, connection: Connection, group: Sequence[Waiting]) -> int:
        """How many of `group` a commit without an answer has stored after all."""
        seq, link = head_of(connection)
        connection.rollback()
        stored, expected = seq - self.seq, self.link
        for n in range(min(stored, len(group))):
            expected = chain.link(expected, self.seq + n + 1, group[n].at_ns, group[n].body)
        if not 0 <= stored <= len(group) or link != expected:
            self._drop()
            raise StorageError(
                f"another process wrote entries after {self.seq}", remedy="only one may: stop the other"
            )
        self.seq, self.link = seq, link
        return stored

    def _write(self, connection: Connection, group: Sequence[Waiting]) -> None:
        rows: list[Row] = []
        link = self.link
        for seq, (event, at_ns, body) in enumerate(group, self.seq + 1):
            link = chain.link(link, seq, at_ns, body)
            rows.append(entry_row(seq, at_ns, event, body, link))
        try:
            with connection.begin():
                insert(connection, entries, rows)
                self._projection.write(connection, [(event, at_ns) for event, at_ns, _ in group])
        except _NOT_THE_STORE as e:
            self._projection.forget()
            self._write_alone(connection, rows, e)
        self._projection.keep()
        self.seq, self.link = self.seq + len(rows), link

    def _write_alone(self, connection: Connection, rows: Sequence[Row], why: Exception) -> None:
        """Something that the tables beside the journal cannot take must not keep the journal itself
        waiting."""
        with connection.begin():
            insert(connection, entries, rows)
            mark = {"name": BEHIND, "value": plain(f"since entry {rows[0]['seq']}: {why}"[:500])}
            insert_new(connection, marks, [mark])


def entry_row(seq: int, at_ns: int, event: msgspec.Struct, body: str, link: str) -> Row:
    return {"seq": seq, "at_ns": at_ns, "what": tag_of(event), "body": body, "link": link} | about(
        event
    )._asdict()


def _inode(file: Path | None) -> int:
    try:
        return os.stat(file).st_ino if file else 0  # noqa: PTH116  a Path's own is slower
    except FileNotFoundError:
        return -1
