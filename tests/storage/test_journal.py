"""The journal on both engines: safe before it says so, whole afterwards, one writer, nothing lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from queue import Queue

import pytest
import sqlalchemy as sa

from tests.storage.stores import ENGINES, url_of
from titan.model.errors import ConfigError, StorageError
from titan.model.events import OrderReport, Submitted
from titan.model.fill import Fill, Liquidity
from titan.model.order import OrderEvent, OrderType, Side
from titan.model.signal import Intent, Purpose
from titan.storage.journal import StoredJournal
from titan.storage.recall import verified
from titan.storage.schema import entries, fills, orders
from titan.storage.search import Wanted, search
from titan.storage.store import Store, open_store

BTC = "binance.spot.BTCUSDT"


@pytest.fixture(params=ENGINES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return url_of(request.param, tmp_path)


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
            self.due.get(timeout=20)()

    def close(self) -> None:
        self.journal.close()
        self.store.close()


def submitted(name: str, lots: int = 5) -> Submitted:
    intent = Intent(
        f"i-{name}", "s", "BTC:core:1", BTC, Side.BUY, lots, Purpose.ENTRY, 100, OrderType.LIMIT, 100
    )
    return Submitted(name, intent, 1)


def report(name: str, event: OrderEvent) -> OrderReport:
    return OrderReport(name, event, 2, 3, "because")


def fill(name: str, number: int, lots: int, fee: str = "0.000000000000000001") -> Fill:
    return Fill(f"f{number}", name, BTC, Side.BUY, 100, lots, Decimal(fee), "BNB", Liquidity.MAKER, 4, 5)


def rows(store: Store, table: sa.Table) -> list[sa.Row]:
    with store.reading() as read:
        return list(read.execute(sa.select(table)))


def test_entries_are_safe_linked_and_read_back(url: str) -> None:
    writing = Writing(url)
    for n in range(300):
        writing.journal(submitted(f"o{n}"))
    writing.safe()
    assert writing.journal.unsafe == 0
    assert verified(writing.store).entries == 300
    writing.close()
    again = Writing(url)
    again.journal(report("o7", OrderEvent.ACCEPT))
    again.safe()
    verdict = verified(again.store)
    assert (verdict.entries, verdict.broken) == (301, None)
    found = list(search(again.store, Wanted(client_id="o7")))
    assert [e.what for e in found] == ["submitted", "report"]
    again.close()


def test_orders_and_fills_stand_beside_the_journal(url: str) -> None:
    writing = Writing(url)
    for event in (
        submitted("a"), report("a", OrderEvent.ACCEPT), fill("a", 1, 2), fill("a", 2, 3, "-1.5"),
        submitted("b"), report("b", OrderEvent.TIMEOUT), fill("stranger", 3, 1),
    ):  # fmt: skip
        writing.journal(event)
    writing.safe()
    states = {o.client_id: (o.state, o.filled_lots, o.filled_value) for o in rows(writing.store, orders)}
    assert states == {"a": ("filled", 5, 500), "b": ("unknown", 0, 0)}
    assert {f.id: f.fee for f in rows(writing.store, fills)} == {
        "f1": Decimal("0.000000000000000001"), "f2": Decimal("-1.5"), "f3": Decimal("0.000000000000000001"),
    }  # fmt: skip
    writing.close()
    again = Writing(url)
    again.journal(report("b", OrderEvent.ACCEPT))
    again.safe()
    assert {o.client_id: o.state for o in rows(again.store, orders)} == {"a": "filled", "b": "open"}
    again.close()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("update entries set body = replace(body, '5', '6') where seq = 3", "was changed"),
        ("delete from entries where seq = 3", "1 are missing"),
        ("update entries set link = (select link from entries where seq = 2) where seq = 3", "was changed"),
    ],
)
def test_a_changed_journal_shows_it(url: str, change: str, said: str) -> None:
    writing = Writing(url)
    for n in range(6):
        writing.journal(submitted(f"o{n}"))
    writing.safe()
    with writing.store.engine.begin() as connection:
        connection.execute(sa.text(change))
    verdict = verified(writing.store)
    assert verdict.entries == 2
    assert verdict.broken is not None
    assert said in verdict.broken.why
    writing.close()


def test_only_one_process_writes(url: str) -> None:
    writing = Writing(url)
    with pytest.raises(StorageError, match="another process writes"):
        Writing(url)
    writing.close()
    Writing(url).close()


def test_what_waits_is_told_only_when_it_is_safe(url: str) -> None:
    writing = Writing(url)
    told: list[int] = []
    for n in range(20):
        writing.journal(submitted(f"o{n}"))
        writing.journal.after(lambda n=n: told.append(n_stored(writing.store) - n))
    writing.safe()
    assert len(told) == 20
    assert min(told) >= 1
    writing.close()


def n_stored(store: Store) -> int:
    with store.reading() as read:
        return int(read.execute(sa.select(sa.func.count()).select_from(entries)).scalar_one())


def test_a_locked_store_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("titan.storage.store.BUSY_MS", 50)
    writing = Writing(url_of("sqlite", tmp_path))
    writing.journal(submitted("a"))
    writing.safe()
    thief = sa.create_engine(writing.store.url).connect()
    thief.execute(sa.text("begin exclusive"))
    writing.journal(submitted("b"))
    writing.due.get(timeout=20)()
    assert "locked" in writing.troubles[0]
    assert writing.journal.unsafe == 1
    thief.rollback()
    thief.close()
    writing.safe()
    assert writing.troubles[-1] == ""
    assert verified(writing.store).entries == 2
    writing.close()


KILLED = """
    import sys, time
    from tests.storage.test_journal import Writing, submitted
    writing = Writing(sys.argv[1])
    for n in range(100_000):
        writing.journal(submitted(f"o{n}"))
        writing.safe()
        print(n, flush=True)
"""


def test_what_was_called_safe_survives_a_kill(url: str) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(KILLED), url], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    last = -1
    for line in child.stdout:
        last = int(line)
        if last == 150:
            os.kill(child.pid, signal.SIGKILL)
    child.wait()
    writing = Writing(url)
    verdict = verified(writing.store)
    assert verdict.broken is None
    assert verdict.entries > last
    writing.close()


@pytest.mark.parametrize(
    ("bad", "said"), [("mysql://x/y", "no store of the kind"), ("nonsense", "cannot be read")]
)
def test_a_url_that_is_none_of_ours(bad: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        open_store(bad)


def test_a_server_that_is_not_there_is_named_without_its_password() -> None:
    with pytest.raises(StorageError) as caught:
        open_store("postgresql://titan:sesame@127.0.0.1:1/titan")
    assert "127.0.0.1:1" in str(caught.value)
    assert "sesame" not in str(caught.value)
