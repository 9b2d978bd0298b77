"""Controls over HTTP, on a journal at rest: what a running run makes of them is tests/e2e's."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from tests.api.auth.gateways import SECRET, World, bearer, sign_in
from tests.api.stage import settings_of
from titan.api.app import make_app
from titan.api.control.standby import Standby, Target
from titan.api.whole import whole_of
from titan.execution.panic import LATCH
from titan.model.recovery import Latched, PanicEnded, Rearmed
from titan.model.run import RunBegan
from titan.runtime.clock import WallClock
from titan.runtime.trading.asking import standing_in
from titan.runtime.trading.plan import read_plan
from titan.storage.journal import StoredJournal
from titan.storage.store import open_store

DEMO = Path(__file__).parents[3] / "config" / "demo"


class Supervised:
    """Counts what it was asked; the run itself is tests/e2e's."""

    def __init__(self) -> None:
        self.by: list[str] = []

    async def rearm(self, by: str) -> bool:
        self.by.append(by)
        return True


class Place:
    """A config, a run that has begun and rests, and a gateway with an operator signed in."""

    def __init__(self, folder: Path) -> None:
        self.config = folder / "config"
        shutil.copytree(DEMO, self.config)
        over: dict[str, object] = {"live.folder": str(folder / "run")}
        self.target = Target(self.config, "paper", over, read_plan(self.config, "paper", {}, over))
        self.plan = self.target.plan
        self.plan.folder.mkdir(parents=True)
        store = open_store(self.plan.store)
        journal = StoredJournal(store, now=lambda: 1, deliver=lambda call: call())
        journal(RunBegan("r", "paper", "sentinel", str(self.config), Decimal(1), 7, "0", False, 1))
        journal.close()
        store.close()
        self.world = World(folder)
        self.supervised = Supervised()
        self.app = self.gateway(self.supervised)
        self.world.user("anna", "read", "trade", "admin", totp=SECRET)

    def gateway(self, supervisor: Supervised | None) -> Any:
        parts = whole_of(self.world.authority, lambda: self.target, supervisor)
        return make_app(settings_of(self.plan.folder), parts)

    def halts(self) -> set[str]:
        return set(standing_in(self.plan).standing())


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture
async def anna(place: Place) -> AsyncIterator[httpx.AsyncClient]:
    place.world.app = place.app
    async with place.world.client() as client:
        access = (await sign_in(client, "anna", code=place.world.code())).json()["access"]
        client.headers.update(bearer(access))
        yield client


async def test_a_pause_is_in_the_journal_and_paused_once(place: Place, anna: httpx.AsyncClient) -> None:
    for _ in range(2):
        answer = await anna.post("/v1/controls/pause", json={"reason": "lunch"})
        assert answer.json()["state"] == "done"
    await anna.post("/v1/controls/pause", json={"strategy": "sentinel"})
    assert place.halts() == {"paused by operator", "paused by operator: sentinel"}
    for strategy in ("", "sentinel", "sentinel"):
        assert (await anna.post("/v1/controls/resume", json={"strategy": strategy})).status_code == 200
    assert place.halts() == set()


async def test_halts_are_imposed_and_lifted(place: Place, anna: httpx.AsyncClient) -> None:
    wish = {"name": "upgrade", "mode": "0.5", "venue": "binance", "reason": "they said so"}
    assert (await anna.post("/v1/controls/halts", json=wish)).json()["state"] == "done"
    assert place.halts() == {"upgrade"}
    assert (await anna.delete("/v1/controls/halts/upgrade", params={"reason": "over"})).status_code == 200
    assert place.halts() == set()
    assert (await anna.delete("/v1/controls/halts/upgrade")).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "a", "mode": "2"},
        {"name": "a", "mode": "close", "venue": "kraken"},
        {"name": " ", "mode": "close"},
    ],
)
async def test_what_cannot_be_imposed_is_refused_with_a_remedy(
    place: Place, anna: httpx.AsyncClient, wrong: dict[str, str]
) -> None:
    answer = await anna.post("/v1/controls/halts", json=wrong)
    assert answer.status_code == 422
    assert answer.json()["error"]["remedy"]
    assert place.halts() == set()


async def test_what_is_final_is_confirmed_by_its_word(place: Place, anna: httpx.AsyncClient) -> None:
    for path in ("panic", "rearm"):
        answer = await anna.post(f"/v1/controls/{path}", json={"confirm": "yes"})
        assert answer.status_code == 400
    assert (await anna.get("/v1/controls/panic")).json()["state"] == "none"
    assert place.supervised.by == []
    assert (await anna.post("/v1/controls/rearm", json={"confirm": "REARM"})).json()["state"] == "done"
    assert place.supervised.by == ["anna"]


async def test_a_gateway_that_was_not_there_tells_the_panic_whose_latch_stands(
    place: Place, anna: httpx.AsyncClient
) -> None:
    def write(*events: msgspec.Struct) -> None:
        store = open_store(place.plan.store)
        journal = StoredJournal(store, now=lambda: 9, deliver=lambda call: call())
        for event in events:
            journal(event)
        journal.close()
        store.close()

    async def told() -> dict[str, Any]:
        app = place.world.app = place.gateway(None)  # another one, that heard of nothing
        app.state.gateway.watcher.look()
        async with place.world.client() as client:
            answer = await client.get("/v1/controls/panic", headers=anna.headers)
        found: dict[str, Any] = answer.json()
        return found

    assert (await told())["state"] == "none"
    write(Latched(LATCH, "fire", "anna", 5_000_000))
    found = await told()
    assert (found["state"], found["lines"], found["began_ms"], found["ended_ms"]) == (
        "open", ["anna: fire"], 5.0, 0.0,
    )  # fmt: skip
    write(PanicEnded("p", ("binance",), {}, 7_000_000))
    found = await told()
    assert (found["state"], found["name"], found["flat"], found["ended_ms"]) == (
        "flat",
        "p",
        ["binance"],
        7.0,
    )
    write(Rearmed(LATCH, "anna", 8_000_000))
    assert (await told())["state"] == "none"
    write(Latched(LATCH, "again", "anna", 9_000_000))
    assert (await told())["state"] == "open"


async def test_nobody_re_arms_a_run_that_nobody_can_stop(place: Place) -> None:
    place.world.app = place.gateway(None)
    async with place.world.client() as client:
        access = (await sign_in(client, "anna", code=place.world.code())).json()["access"]
        answer = await client.post("/v1/controls/rearm", json={"confirm": "REARM"}, headers=bearer(access))
    assert answer.status_code == 409
    assert "--rearm" in answer.json()["error"]["remedy"]


async def test_every_control_is_in_the_audit_log(place: Place, anna: httpx.AsyncClient) -> None:
    await anna.post("/v1/controls/pause", json={"reason": "lunch"})
    await anna.post("/v1/controls/halts", json={"name": "a", "mode": "7"})
    rows = [row for row in place.world.authority.audit.rows(limit=10) if row.what in ("pause", "impose")]
    assert {(row.who, row.what, row.ok) for row in rows} == {
        ("anna", "pause", True),
        ("anna", "impose", False),
    }


async def test_settings_are_shown_proposed_and_applied(place: Place, anna: httpx.AsyncClient) -> None:
    config = (await anna.get("/v1/config")).json()
    one = next(row for row in config["settings"] if row["key"] == "sentinel.entry_z")
    assert one["applies"] == "hot"
    assert one["meaning"]
    wish = {"changes": {"sentinel.entry_z": one["value"] + 1}, "version": config["version"], "reason": "calm"}
    before = {file: file.read_text() for file in place.config.rglob("*.toml")}
    answer = (await anna.post("/v1/config/propose", json=wish)).json()
    assert answer["ok"]
    assert [(row["key"], row["after"]) for row in answer["diff"]] == [("sentinel.entry_z", one["value"] + 1)]
    assert {file: file.read_text() for file in place.config.rglob("*.toml")} == before
    answer = (await anna.post("/v1/config/apply", json=wish)).json()
    assert answer["applied"]
    after = {file: file.read_text() for file in place.config.rglob("*.toml")}
    lost = [line for file in before for line in before[file].splitlines() if line.startswith("#")
            and line not in after[file].splitlines()]  # fmt: skip
    assert lost == []
    assert read_plan(place.config, "paper", {}, {}).config.sentinel.entry_z == one["value"] + 1
    again = await anna.post("/v1/config/apply", json=wish)  # of files as they were
    assert again.status_code == 409
    assert again.json()["error"]["code"] == "version_conflict"


async def test_what_breaks_a_rule_changes_nothing(place: Place, anna: httpx.AsyncClient) -> None:
    before = {file: file.read_text() for file in place.config.rglob("*.toml")}
    for changes in ({"sentinel.entry_z": -1}, {"sentinel.entry": 2}, {"run.capital": "much"},
                    {"live.folder": "elsewhere"}, {"sentinel.entry_z": {"a": 1}}):  # fmt: skip
        answer = (await anna.post("/v1/config/apply", json={"changes": changes})).json()
        assert not answer["ok"]
        assert not answer["applied"]
        assert [row["key"] for row in answer["problems"]] == list(changes)
    assert {file: file.read_text() for file in place.config.rglob("*.toml")} == before


async def test_a_panic_stands_ready_acts_and_another_one_stands(place: Place) -> None:
    standby = Standby(lambda: place.target, lambda: WallClock().now() / 1e6)
    keeping = asyncio.create_task(standby.run())
    try:
        async with asyncio.timeout(120):
            while not standby.ready:
                await asyncio.sleep(0.02)
            assert (await standby.panic("fire", "anna")).state == "running"
            while standby.running:
                await asyncio.sleep(0.02)
            assert standby.shape.state == "flat"
            while not standby.ready:
                await asyncio.sleep(0.02)
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
    assert f"latch {LATCH}" in standing_in(place.plan).latches()
