"""One process writes a journal. The claim ends with the process, however it ends."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TextIO

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from titan.model.errors import JournalHeld, StorageError
from titan.storage.store import Store

_NUMBER: Final = 0x7174616E
"""Of PostgreSQL's advisory lock: the claim is on the database, and is the session's."""


def held() -> JournalHeld:
    return JournalHeld(
        "another process writes this journal",
        remedy="`titan run` is running already; each needs a store of its own",
    )


def claim_file(store: Path) -> TextIO:
    """The right to write the store in this file, until what is returned is closed. Raises StorageError when
    another process has it."""
    try:
        file = store.with_name(f"{store.name}.lock").open("w")
    except OSError as e:
        raise StorageError(f"{store}.lock cannot be made: {e.strerror}") from e
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as e:
        file.close()
        raise held() from e
    return file


def claim_session(connection: Connection) -> None:
    """The right to write a PostgreSQL store, for as long as this session lasts. Raises as `claim_file`
    does."""
    got = connection.execute(sa.text("select pg_try_advisory_lock(:n)"), {"n": _NUMBER}).scalar()
    connection.commit()
    if not got:
        raise held()


@contextmanager
def claimed(store: Store) -> Iterator[None]:
    """The right to write for as long as the context lasts."""
    if store.file:
        with claim_file(store.file):
            yield
    elif store.is_sqlite:
        yield
    else:
        with store.reading() as session:
            claim_session(session)
            try:
                yield
            finally:
                session.invalidate()  # or the pool would keep it, and the claim
