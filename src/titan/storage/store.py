"""A store by its URL: `sqlite:///PATH`, or `postgresql://...` where one process is not enough any more."""

from __future__ import annotations

import importlib.resources
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from titan.model.errors import ConfigError, StorageError
from titan.storage import chain
from titan.storage.schema import entries, metadata

BUSY_MS: Final = 2_000
"""How long a write waits for another process' lock on an SQLite file."""
_LINES: Final = 10_000
_ANSWER_S: Final = 5
"""How long a server may be silent before its connection counts as lost."""
_MAKING: Final = {"begin": "BEGIN IMMEDIATE"}


class Store:
    """Open with `open_store` or `look_into`. Raises StorageError when something cannot be done."""

    def __init__(self, engine: Engine, url: str) -> None:
        self.engine, self.url = engine, url

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @property
    def file(self) -> Path | None:
        """Of an SQLite store that is one."""
        name = self.engine.url.database
        return Path(name) if self.is_sqlite and name and name != ":memory:" else None

    def head(self) -> tuple[int, str]:
        """The last entry's number and link."""
        with self.reading() as read:
            return head_of(read)

    def rows(self, ask: sa.Select[Any]) -> Iterator[Any]:
        """Of a query, however many, a block at a time."""
        for block in self.blocks(ask):
            yield from block

    def blocks(self, ask: sa.Select[Any]) -> Iterator[Sequence[Any]]:
        """The same, as lists of rows."""
        with self.reading() as read:
            yield from read.execution_options(yield_per=_LINES).execute(ask).partitions()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection to read with."""
        with self._carefully(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction. For a journal that nobody is writing at the time: see `claim`."""
        with self._carefully(), self.engine.connect() as connection:
            made = connection.execution_options(**_MAKING)
            with made.begin():
                yield made

    def close(self) -> None:
        self.engine.dispose()

    @contextmanager
    def _carefully(self) -> Iterator[None]:
        try:
            yield
        except (SQLAlchemyError, OSError) as e:
            raise unusable(self.url, e) from e


def head_of(connection: Connection) -> tuple[int, str]:
    ask = sa.select(entries.c.seq, entries.c.link).order_by(entries.c.seq.desc()).limit(1)
    found = connection.execute(ask).first()
    return (0, chain.FIRST) if found is None else (int(found.seq), str(found.link))


def open_store(url: str) -> Store:
    """The store with its schema brought up to date. Raises ConfigError for a URL that is none of ours,
    StorageError when it cannot be reached or was written by a newer version."""
    store = Store(_engine(url), url)
    try:
        with store.writing() as connection:
            _check_free(connection, url)
            _migrate(connection, url)
    except StorageError:
        store.close()
        raise
    return store


def look_into(url: str) -> Store:
    """A store to read only, whose schema is as this version knows it. Raises as `open_store` does, and
    StorageError when there is none."""
    path = url.removeprefix("sqlite:///")
    remedy = "`titan run` makes one; name another with --store or TITAN_STORE"
    if path != url and not Path(path).exists():
        raise StorageError(f"there is no journal at {path} yet", remedy=remedy)
    store = Store(_engine(url), url)
    try:
        with store.reading() as read:
            made = sa.inspect(read).has_table("alembic_version")
            found = (
                read.execute(sa.text("select version_num from alembic_version")).scalar() if made else None
            )
    except StorageError:
        store.close()
        raise
    if found == _steps()[-1]:
        return store
    store.close()
    if found is None:
        raise StorageError(f"there is no journal in {shown(url)} yet", remedy=remedy)
    if found not in _steps():
        raise _too_new(url)
    return open_store(url)


def _engine(url: str) -> Engine:
    remedy = "as sqlite:///titan.db or postgresql://user:password@host/name"
    try:
        parsed = sa.make_url(url)
    except (ArgumentError, ValueError) as e:
        raise ConfigError("the store's URL cannot be read", remedy=remedy) from e
    if parsed.drivername in ("postgresql", "postgres", "postgresql+psycopg"):
        limits = {
            "connect_timeout": _ANSWER_S,
            "tcp_user_timeout": _ANSWER_S * 1000,
            "application_name": "titan",
        }
        server = parsed.set(drivername="postgresql+psycopg")
        return sa.create_engine(server, pool_pre_ping=True, connect_args=limits)
    if parsed.drivername != "sqlite":
        raise ConfigError(f"there is no store of the kind {parsed.drivername}", remedy=remedy)
    if parsed.host:
        raise ConfigError(f"the store's URL {url} has two slashes where three are meant", remedy=remedy)
    if parsed.database in (None, "", ":memory:"):
        raise ConfigError("a store in memory would be gone with its process", remedy=remedy)
    place = Path(str(parsed.database))
    if place.is_dir():
        raise StorageError(
            f"{place} is a folder", remedy=f"name a file in it: sqlite:///{place / 'titan.db'}"
        )
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
    except OSError as e:
        raise StorageError(
            f"{place} cannot be made: {e.strerror}", remedy="name a folder that may be written"
        ) from e
    try:
        engine = sa.create_engine(
            parsed, connect_args={"timeout": BUSY_MS / 1000, "check_same_thread": False}
        )
    except NoSuchModuleError as e:
        raise ConfigError("this Python was built without SQLite", remedy=remedy) from e
    sa.event.listen(engine, "connect", _tuned)
    sa.event.listen(engine, "begin", _begun)
    return engine


def _tuned(connection: Any, _record: object) -> None:
    """WAL, so that readers never wait; FULL, so that what is committed survives a loss of power. Python's own
    idea of where a transaction begins would leave a schema half made, so it is told where."""
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "wal_autocheckpoint=1000"):
        connection.execute(f"PRAGMA {pragma}")


def _begun(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))


def _scripts() -> Traversable:
    return importlib.resources.files("titan.storage") / "migrations"


def _steps() -> list[str]:
    """The revisions that this version knows, oldest first, without waking alembic for a look."""
    names = sorted(step.name for step in (_scripts() / "versions").iterdir() if step.name.startswith("v"))
    return [name[1:].partition("_")[0] for name in names]


def _check_free(connection: Connection, url: str) -> None:
    """Tables of somebody else are never touched."""
    names = set(sa.inspect(connection).get_table_names())
    if "alembic_version" not in names and names & set(metadata.tables):
        raise StorageError(
            f"{shown(url)} holds tables of something else", remedy="name a file or a database of its own"
        )


def _migrate(connection: Connection, url: str) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(_scripts()).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as e:
        raise _too_new(url) from e


def _too_new(url: str) -> StorageError:
    return StorageError(
        f"the store {shown(url)} was written by a newer version of Titan",
        remedy="run that version, or a later one",
    )


def shown(url: str) -> str:
    """The URL without its password."""
    return sa.make_url(url).render_as_string(hide_password=True)


def unusable(url: str, error: Exception) -> StorageError:
    """What is wrong with a store, without its password."""
    words = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
    remedy = "is it there, and may it be written?"
    if "readonly" in words or "read-only" in words:
        remedy = "it may not be written here: change the rights of its file and folder, or name another"
    elif "password" in words or "authentication" in words:
        remedy = "check the user and the password in its URL"
    elif "does not exist" in words and "database" in words:
        remedy = "make the database first: createdb NAME"
    elif "full" in words or "No space" in words:
        remedy = "free some space; what waits is written as soon as there is some"
    elif "locked" in words and isinstance(error, DBAPIError):
        remedy = "another process holds it: stop that one, or use PostgreSQL"
    elif "malformed" in words or "not a database" in words:
        remedy = "the file is damaged: keep it, and begin a new one or restore a copy"
    return StorageError(f"the store {shown(url)} cannot be used: {words}", remedy=remedy)
