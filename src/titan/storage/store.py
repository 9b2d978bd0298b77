"""A store by its URL: `sqlite:///PATH`, or `postgresql://...` where one process is not enough any more."""

from __future__ import annotations

import importlib.resources
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError, SQLAlchemyError

from titan.model.errors import ConfigError, StorageError
from titan.storage import chain
from titan.storage.schema import entries

BUSY_MS: Final = 5_000
"""How long a write waits for another process' lock on an SQLite file."""
_LINES: Final = 10_000


class Store:
    """Open with `open_store`. Every method is one transaction; raises StorageError when it cannot be done."""

    def __init__(self, engine: Engine, url: str) -> None:
        self.engine, self.url = engine, url

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    def head(self) -> tuple[int, str]:
        """The last entry's number and link."""
        ask = sa.select(entries.c.seq, entries.c.link).order_by(entries.c.seq.desc()).limit(1)
        with self.reading() as read:
            found = read.execute(ask).first()
        return (0, chain.FIRST) if found is None else (int(found.seq), str(found.link))

    def links(self) -> Iterator[tuple[int, str, str]]:
        """Number, body and link of every entry, in order."""
        ask = sa.select(entries.c.seq, entries.c.body, entries.c.link).order_by(entries.c.seq)
        yield from ((int(r.seq), str(r.body), str(r.link)) for r in self.rows(ask))

    def rows(self, ask: sa.Select[Any]) -> Iterator[Any]:
        """Of a query, however many, a block at a time."""
        with self.reading() as read:
            yield from read.execution_options(yield_per=_LINES).execute(ask)

    def reading(self) -> Connection:
        """A connection to read with; close it, or use it as a context."""
        try:
            return self.engine.connect()
        except SQLAlchemyError as e:
            raise unusable(self.url, e) from e

    def close(self) -> None:
        self.engine.dispose()


def insert_new(connection: Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows whose key is not there yet."""
    if rows:
        kind = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
        connection.execute(kind(table).on_conflict_do_nothing(), list(rows))


def upsert(connection: Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows, or write them over what stands under their key."""
    if rows:
        kind = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
        put = kind(table)
        keys = [column.name for column in table.primary_key]
        new = {c.name: put.excluded[c.name] for c in table.columns if c.name not in keys}
        connection.execute(put.on_conflict_do_update(index_elements=keys, set_=new), list(rows))


def open_store(url: str) -> Store:
    """The store with its schema brought up to date. Raises ConfigError for a URL that is none of ours,
    StorageError when it cannot be reached or was written by a newer version."""
    engine = _engine(url)
    try:
        with engine.begin() as connection:
            _migrate(connection)
    except (SQLAlchemyError, OSError) as e:
        engine.dispose()
        raise unusable(url, e) from e
    return Store(engine, url)


def _engine(url: str) -> Engine:
    remedy = "as sqlite:///titan.db or postgresql://user:password@host/name"
    try:
        parsed = sa.make_url(url)
    except ArgumentError as e:
        raise ConfigError("the store's URL cannot be read", remedy=remedy) from e
    if parsed.drivername in ("postgresql", "postgres", "postgresql+psycopg"):
        return sa.create_engine(parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
    if parsed.drivername != "sqlite":
        raise ConfigError(f"there is no store of the kind {parsed.drivername}", remedy=remedy)
    if parsed.database:
        try:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        except OSError as e:
            raise StorageError(f"{parsed.database} cannot be made: {e.strerror}") from e
    try:
        engine = sa.create_engine(parsed, connect_args={"timeout": BUSY_MS / 1000})
    except NoSuchModuleError as e:
        raise ConfigError("this Python was built without SQLite", remedy=remedy) from e
    sa.event.listen(engine, "connect", _tuned)
    return engine


def _tuned(connection: Any, _record: object) -> None:
    """WAL, so that readers never wait; FULL, so that what is committed survives a loss of power."""
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "wal_autocheckpoint=1000"):
        connection.execute(f"PRAGMA {pragma}")


def _migrate(connection: Connection) -> None:
    config = Config()
    steps = importlib.resources.files("titan.storage") / "migrations"
    config.set_main_option("script_location", str(steps).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def unusable(url: str, error: Exception) -> StorageError:
    """What is wrong with a store, without its password."""
    shown = sa.make_url(url).render_as_string(hide_password=True)
    words = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
    remedy = "free some space and start again" if "full" in words else "is it there, and may it be written?"
    if isinstance(error, OperationalError) and "locked" in words:
        remedy = "another process holds it: stop that one, or use PostgreSQL"
    return StorageError(f"the store {shown} cannot be used: {words}", remedy=remedy)
