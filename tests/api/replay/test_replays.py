"""Replays over HTTP: the run as it stood, from its own files, and nothing from beyond them."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from tests.api.replay.journals import told
from tests.api.replay.tapes import (
    BEGAN,
    INSTRUMENTS,
    MS,
    by_hand,
    events,
    market,
    span_ms,
    top,
    write_journal,
    write_run,
    write_tape,
)
from tests.api.stage import BEARER, served, settings_of
from tests.views.scripts import NOW, folder, script
from titan.api.replay.live import LiveSource
from titan.api.replay.past import Past
from titan.market.tape.rows import Rows, length, take
from titan.runtime.watching.follower import Follower
from titan.storage.schema import entries
from titan.storage.store import open_store

MESSAGES = 400
MOST = 300_000
"""Bytes of a moment."""


@pytest.fixture(scope="module")
def rows() -> Rows:
    return market(9, MESSAGES)


@pytest.fixture
async def root(tmp_path: Path) -> Path:
    folder(tmp_path / "runs" / "desk")
    return tmp_path / "runs"


@pytest.fixture
async def asked(root: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with served(settings_of(root / "desk")) as settings:
        address = f"http://127.0.0.1:{settings.port}"
        async with httpx.AsyncClient(base_url=address, headers=BEARER, timeout=300) as client:
            yield client


async def moment(asked: httpx.AsyncClient, name: str, **at: float) -> dict[str, Any]:
    """Asked again while it is being read, as a client does."""
    while True:
        answer = await asked.get(f"/v1/replays/{name}/at", params=at)
        if answer.status_code == 503:
            assert answer.json()["error"]["code"] == "not_yet"
            await asyncio.sleep(0.02)
            continue
        assert answer.status_code == 200, answer.text
        assert len(answer.content) < MOST
        found: dict[str, Any] = answer.json()
        if found["whole"]:
            return found
        assert found["market"].startswith("the tape is being read")


async def settled(asked: httpx.AsyncClient, path: str) -> httpx.Response:
    """The answer, once there is one."""
    while True:
        answer = await asked.get(path)
        if "not_yet" not in answer.text:
            return answer
        await asyncio.sleep(0.02)


def ladder(found: dict[str, Any], instrument: str) -> tuple[list[Any], list[Any]]:
    row = found["tables"]["markets/books"][instrument]
    return [tuple(level) for level in row["bids"]], [tuple(level) for level in row["asks"]]


async def test_books_over_http_are_the_tapes(root: Path, asked: httpx.AsyncClient, rows: Rows) -> None:
    write_run(root / "old", rows)
    first, last = span_ms(rows)
    chance = random.Random(3)
    for at_ms in [first, last, *(chance.uniform(first, last) for _ in range(20))]:
        found = await moment(asked, "old", at_ms=at_ms)
        books = by_hand(rows, round(at_ms * MS))
        for instrument, book in zip(INSTRUMENTS, books, strict=True):
            assert ladder(found, instrument.id) == top(book)
        assert found["market"] == ""


async def test_nav_is_that_of_the_last_valuation(root: Path, asked: httpx.AsyncClient, rows: Rows) -> None:
    write_run(root / "old", rows)
    found = await moment(asked, "old", at_ms=BEGAN / MS + 7_500)
    run = found["tables"]["status/run"]["run"]
    assert found["valued_ms"] == BEGAN / MS + 7_000
    assert (run["nav"], run["delta"], run["mode"], run["quote"]) == ("100007", "7", "paper", "USDT")
    assert run["freshness"] == "live"
    end = (await moment(asked, "old"))["tables"]["status/run"]["run"]
    assert (end["state"], end["freshness"]) == ("stopped", "ended")


async def test_the_end_is_what_a_follower_of_the_live_run_has(root: Path, asked: httpx.AsyncClient) -> None:
    follower = Follower(root / "desk", f"sqlite:///{root / 'desk' / 'titan.db'}", lambda: NOW)
    while follower.behind:
        follower.read()
    source = LiveSource(root / "desk")
    while source.lines.grow():
        pass
    replica = Past(source.lines, step=7).at(len(source.lines.index))
    assert told(replica) == told(follower.replica)
    source.close()
    follower.close()
    found = await moment(asked, "desk")
    assert found["seq"] == len(script())
    live = (await asked.get("/v1/streams/orders")).json()["tables"]["done"]
    assert found["tables"]["orders/done"] == live


async def test_first_last_and_before_the_first(root: Path, asked: httpx.AsyncClient, rows: Rows) -> None:
    write_run(root / "old", rows)
    before = await moment(asked, "old", at_ms=BEGAN / MS - 1)
    assert (before["seq"], before["entries"], before["tables"]["status/run"]) == (0, [], {})
    assert before["market"] == "the run had not begun"
    assert (await moment(asked, "old", seq=0))["seq"] == 0
    one = await moment(asked, "old", seq=1)
    assert [entry["seq"] for entry in one["entries"]] == [1]
    timeline = (await settled(asked, "/v1/replays/old/timeline")).json()
    last = await moment(asked, "old", at_ms=timeline["ended_ms"])
    assert last == await moment(asked, "old", seq=10**9)
    assert last == await moment(asked, "old", at_ms=9e12)
    assert timeline["began_ms"] == BEGAN / MS
    assert [mark["kind"] for mark in timeline["marks"]] == ["stop"]
    assert [point[1] for point in timeline["nav"]][:2] == ["100000", "100001"]


async def test_both_kinds_of_a_moment_at_once_are_refused(asked: httpx.AsyncClient) -> None:
    for params in ({"at_ms": 1, "seq": 1}, {"at_ms": -1}, {"seq": -1}, {"at_ms": "soon"}, {"at_ms": 1e300}):
        answer = await asked.get("/v1/replays/desk/at", params=params)
        assert answer.status_code == 400, params
        assert answer.json()["error"]["message"]


async def test_a_pruned_journal(root: Path, asked: httpx.AsyncClient) -> None:
    place = folder(root / "pruned")
    store = open_store(f"sqlite:///{place / 'titan.db'}")
    with store.writing() as connection:
        connection.execute(sa.delete(entries).where(entries.c.seq.between(8, 12)))
    store.close()
    run = (await moment(asked, "pruned"))["tables"]["status/run"]["run"]
    assert (run["missing"], run["seq"]) == (5, len(script()))
    assert (await moment(asked, "pruned", seq=10))["seq"] == 7


async def test_a_run_that_is_still_written(root: Path, asked: httpx.AsyncClient, rows: Rows) -> None:
    half = length(rows) // 2
    place = write_run(root / "going", take(rows, slice(0, half)), stop=False)
    before = await moment(asked, "going")
    assert before["tables"]["status/run"]["run"]["state"] == "trading"
    write_tape(place / "tape" / "001", take(rows, slice(half, None)))
    span_ns = int(rows.ts[-1]) - BEGAN
    more = [
        one for one in events("001", span_ns) if getattr(one, "local_ns", 0) > round(before["at_ms"] * MS)
    ]
    write_journal(place, more)
    after = await moment(asked, "going")
    assert after["seq"] == before["seq"] + len(more)
    for instrument, book in zip(INSTRUMENTS, by_hand(rows, round(after["at_ms"] * MS)), strict=True):
        assert ladder(after, instrument.id) == top(book)


@pytest.mark.parametrize(("tape", "why"), [("", "kept no tape"), ("gone", "no tape at")])
async def test_without_a_tape_it_says_so(
    root: Path, asked: httpx.AsyncClient, rows: Rows, tape: str, why: str
) -> None:
    place = root / "bare"
    place.mkdir()
    write_journal(place, events(tape, int(rows.ts[-1]) - BEGAN))
    found = await moment(asked, "bare", at_ms=BEGAN / MS + 3_000)
    assert why in found["market"]
    assert found["tables"]["markets/books"] == {} == found["tables"]["markets/pairs"]
    assert found["tables"]["status/run"]["run"]["nav"] == "100003"


GARBAGE = (
    "nope",
    "..",
    "%2e%2e",
    "..%2fdesk",
    "desk%00",
    "%2fetc",
    ".hidden",
    "link",
    "a.tmp-1",
    "empty",
    "x" * 300,
)


@pytest.mark.parametrize("name", GARBAGE)
async def test_what_is_no_run_here_is_not_found(root: Path, asked: httpx.AsyncClient, name: str) -> None:
    outside = folder(root.parent / "outside")
    (root / "link").symlink_to(outside, target_is_directory=True)
    folder(root / ".hidden")
    folder(root / "a.tmp-1")
    (root / "empty").mkdir()
    (root / "file").mkdir()
    (root / "file" / "titan.db").symlink_to(outside / "titan.db")
    for what in ("timeline", "at"):
        answer = await settled(asked, f"/v1/replays/{name}/{what}")
        assert answer.status_code in (400, 404), answer.text
        assert "outside" not in answer.text
    assert [one["name"] for one in (await settled(asked, "/v1/replays")).json()] == ["desk"]


async def test_the_list(root: Path, asked: httpx.AsyncClient, rows: Rows) -> None:
    write_run(root / "old", rows)
    (root / "torn").mkdir()
    (root / "torn" / "titan.db").write_bytes(b"no database at all")
    found = {one["name"]: one for one in (await settled(asked, "/v1/replays")).json()}
    assert set(found) == {"desk", "old"}
    assert found["old"]["has_tape"]
    assert not found["desk"]["has_tape"]
    assert found["desk"]["entries"] == len(script())
    assert (await settled(asked, "/v1/replays")).json() == list(found.values())


async def test_a_journal_that_cannot_be_read_is_said(root: Path, asked: httpx.AsyncClient) -> None:
    (root / "torn").mkdir()
    (root / "torn" / "titan.db").write_bytes(b"no database at all")
    answer = await settled(asked, "/v1/replays/torn/at")
    assert answer.status_code == 503
    assert "Traceback" not in answer.text


async def test_nobody_replays_without_a_token(asked: httpx.AsyncClient) -> None:
    for path in ("", "/desk/timeline", "/desk/at"):
        assert (await asked.get(f"/v1/replays{path}", headers={"Authorization": ""})).status_code == 401
