"""The WebSocket, with a real server and a real client."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal as D
from pathlib import Path

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from tests.api.stage import BEARER, Viewer, says, served, settings_of, viewing
from tests.views.scripts import HELD


async def test_a_snapshot_then_what_changed(tmp_path: Path) -> None:
    async with served(settings_of(tmp_path / "run")) as gateway, viewing(gateway, "status") as viewer:
        await viewer.until(lambda: HELD in viewer.tables["status"]["holdings"])
        run = viewer.tables["status"]["run"]["run"]
        assert run["nav"] == "100012.3456"
        says(tmp_path / "run", nav=D("100013.5"))
        await viewer.until(lambda: viewer.tables["status"]["run"]["run"]["nav"] == "100013.5")
        last = viewer.heard[-1]
        assert last["op"] == "delta"
        assert set(last["set"]) <= {"run", "alerts"}


async def test_without_a_token_there_is_nothing(tmp_path: Path) -> None:
    async with (
        served(settings_of(tmp_path / "run")) as gateway,
        connect(f"ws://127.0.0.1:{gateway.port}/v1/stream") as socket,
    ):
        viewer = Viewer(socket)
        await viewer.says(op="subscribe", channels=["status"])
        with suppress(ConnectionClosed):
            await viewer.hears()
        assert socket.close_code == 4401


async def test_rest_has_the_same_document(tmp_path: Path) -> None:
    async with (
        served(settings_of(tmp_path / "run")) as gateway,
        viewing(gateway, "markets") as viewer,
        httpx.AsyncClient(base_url=gateway.address, headers=BEARER) as client,
    ):
        told = (await client.get("/v1/streams/markets")).json()
        assert told["tables"]["pairs"] == viewer.tables["markets"]["pairs"]
        assert (await client.get("/health/live")).json()["live"] is True
        assert (await client.get("/v1/status")).json()["run_id"] == "1a866ab720"
        found = await client.get("/v1/streams/none")
        assert found.status_code == 404
        assert found.json()["error"]["code"] == "not_found"
