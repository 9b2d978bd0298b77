"""One process writes a journal. The claim ends with the process, however it ends."""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import Final, Protocol

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from titan.model.errors import StorageError
from titan.storage.store import Store, unusable

_NUMBER: Final = 0x7174616E
"""Of PostgreSQL's advisory lock: the claim is on the database."""


class Claim(Protocol):
    def close(self) -> None: ...


class _Nothing:
    def close(self) -> None:
        pass


def claim(store: Store) -> Claim:
    """The right to write. Raises StorageError when another process has it."""
    held = StorageError(
        "another process writes this journal",
        remedy="`titan run` is running already; each needs a store of its own",
    )
    if not store.is_sqlite:
        connection = store.reading()
        try:
            got = connection.execute(sa.text("select pg_try_advisory_lock(:n)"), {"n": _NUMBER}).scalar()
            connection.commit()
        except SQLAlchemyError as e:
            connection.close()
            raise unusable(store.url, e) from e
        if not got:
            connection.close()
            raise held
        return connection
    name = store.engine.url.database
    if not name or name == ":memory:":
        return _Nothing()
    file = Path(f"{name}.lock").open("w")  # noqa: SIM115  held until the claim is closed
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as e:
        file.close()
        raise held from e
    return file
