"""The stream cut off, slow, begun again, and with many who look."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, suppress
from decimal import Decimal as D
from pathlib import Path
from typing import Any

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from tests.api.stage import READER, Doorman, Viewer, says, served, settings_of, viewing
from titan.api.auth.scopes import Scope, Who
from titan.api.gateway import Parts
from titan.api.streams import Client, Hub
from titan.api.tables import Tables


async def ended(viewer: Viewer) -> int | None:
    """With which code it was closed, once it is."""
    with suppress(ConnectionClosed):
        while True:
            await viewer.hears()
    return viewer.socket.close_code


async def test_a_cut_stream_is_resumed_with_what_changed_meanwhile(tmp_path: Path) -> None:
    async with served(settings_of(tmp_path / "run")) as gateway:
        async with viewing(gateway, "status") as viewer:
            before = dict(viewer.had), dict(viewer.tables)
        says(tmp_path / "run", nav=D("7.5"))
        async with viewing(gateway) as viewer:
            viewer.had, viewer.tables = before
            epoch, version = viewer.had["status"]
            resume = {"status": {"epoch": epoch, "version": version}}
            await viewer.says(op="subscribe", channels=["status"], resume=resume)
            await viewer.until(lambda: viewer.tables["status"]["run"]["run"]["nav"] == "7.5")
            assert {m["op"] for m in viewer.heard} == {"ready", "delta"}


async def test_a_gateway_that_was_started_anew_gives_the_whole(tmp_path: Path) -> None:
    settings = settings_of(tmp_path / "run")
    async with served(settings) as gateway, viewing(gateway, "status") as viewer:
        epoch, version = viewer.had["status"]
    async with served(settings) as gateway, viewing(gateway) as viewer:
        resume = {"status": {"epoch": epoch, "version": version}}
        await viewer.says(op="subscribe", channels=["status"], resume=resume)
        await viewer.until(lambda: "status" in viewer.tables)
        assert viewer.had["status"][0] != epoch
        assert viewer.heard[-1]["op"] == "snapshot"


async def test_what_is_not_understood_is_answered_and_in_the_end_closed(tmp_path: Path) -> None:
    async with served(settings_of(tmp_path / "run")) as gateway, viewing(gateway) as viewer:
        await viewer.says(op="ping", n=7)
        assert (await viewer.hears())["n"] == 7
        await viewer.says(op="subscribe", channels=["none"])
        assert (await viewer.hears())["code"] == "no_such_channel"
        with suppress(ConnectionClosed):
            for _ in range(50):
                await viewer.socket.send("{")
                assert (await viewer.hears())["code"] == "bad_message"
        assert viewer.socket.close_code == 1008


async def test_who_may_not_read_or_whose_token_ran_out_is_closed(tmp_path: Path) -> None:
    trader = Who("trader", frozenset({Scope.TRADE}), 4e12)
    spent = Who("reader", READER.scopes, 0.0)
    parts = Parts(Doorman(trader=trader, spent=spent))
    async with served(settings_of(tmp_path / "run"), parts) as gateway:
        for token, code in (("trader", 4403), ("forged", 4401), ("spent", 4401)):
            async with connect(f"ws://127.0.0.1:{gateway.port}/v1/stream") as socket:
                viewer = Viewer(socket)
                await viewer.says(op="auth", token=token)
                assert await ended(viewer) == code, token


async def test_a_gateway_that_stops_says_so(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        async with served(settings_of(tmp_path / "run")) as gateway:
            viewer = await stack.enter_async_context(viewing(gateway, "status"))
        assert await ended(viewer) == 1001


class Slow:
    """A socket whose frames go when they are let."""

    def __init__(self) -> None:
        self.gate, self.sent = asyncio.Event(), []

    async def send_text(self, text: str) -> None:
        self.sent.append(text)
        await self.gate.wait()


async def test_a_slow_client_gets_the_last_state_and_nothing_is_queued() -> None:
    tables = Tables("e")
    hub = Hub(tables, Doorman(), lambda: 1, lambda: 0.0)
    socket: Any = Slow()
    client = Client(hub, socket)
    client.who, client.had = READER, {"fills": ("e", 0)}
    writing = asyncio.ensure_future(client._write())
    for n in range(200):
        tables["fills"].put({"fills": {"a": str(n).encode()}}, n)
        hub.wake()
        await asyncio.sleep(0)
    assert len(socket.sent) == 1, "one frame is on its way, the rest waits in the tables"
    socket.gate.set()
    for _ in range(20):
        await asyncio.sleep(0)
    assert len(socket.sent) == 2
    assert '"a":199' in socket.sent[-1]
    assert hub.conflated > 100
    writing.cancel()


async def test_a_hundred_who_look_all_have_the_tables(tmp_path: Path) -> None:
    place = tmp_path / "run"
    async with AsyncExitStack() as stack:
        gateway = await stack.enter_async_context(served(settings_of(place)))
        viewers = [await stack.enter_async_context(viewing(gateway, "status", "markets")) for _ in range(100)]
        for n in range(5):
            says(place, nav=D(n))
            await asyncio.gather(*(v.until(lambda v=v, n=n: _nav(v) == str(n)) for v in viewers))
        assert all(v.tables == viewers[0].tables for v in viewers)


def _nav(viewer: Viewer) -> str:
    return str(viewer.tables["status"]["run"]["run"]["nav"])
