"""Streams stay open only as long as their token is good; who only connects keeps nobody out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.api.auth.gateways import CHEAP, HERE, PASSWORD, bearer
from tests.api.stage import Viewer, served, settings_of
from titan.api.auth.authority import Authority
from titan.api.auth.routes import parts_of
from titan.api.settings import Settings
from titan.api.streams import WAITING, Auth
from titan.runtime.clock import WallClock


@asynccontextmanager
async def desk(folder: Path, **other: Any) -> AsyncIterator[tuple[Authority, Settings, httpx.AsyncClient]]:
    """A gateway on a real port with one user who may read, one who may not, and a client."""
    authority = Authority(folder / "state", WallClock().now, cost=CHEAP)
    hashed = authority.passwords.hash(PASSWORD, "anna")
    authority.users.add("anna", hashed, ["read", "trade"], 1)
    async with (
        served(settings_of(folder / "run", **other), parts_of(authority)) as gateway,
        httpx.AsyncClient(base_url=gateway.address) as client,
    ):
        yield authority, gateway, client


async def signed_in(client: httpx.AsyncClient) -> str:
    answer = await client.post("/v1/auth/login", json={"name": "anna", "password": PASSWORD})
    return str(answer.json()["access"])


def stream_of(gateway: Settings, **other: Any) -> connect:
    return connect(f"ws://127.0.0.1:{gateway.port}/v1/stream", max_size=None, **other)


async def closed(socket: ClientConnection) -> tuple[int | None, str | None]:
    async with asyncio.timeout(120):
        with suppress(ConnectionClosed):
            async for _ in socket:
                pass
        await socket.wait_closed()
    return socket.close_code, socket.close_reason


@pytest.mark.parametrize(
    "end",
    [
        lambda authority: authority.users.set_scopes("anna", ["read"]),
        lambda authority: authority.users.remove("anna"),
        lambda authority: authority.sessions.end_all("anna"),
        lambda authority: authority.keys.rotate(leaked=True),
    ],
    ids=["scopes cut", "removed", "sessions ended", "key leaked"],
)
async def test_a_stream_ends_with_what_it_was_opened_by(
    tmp_path: Path, end: Callable[[Authority], object]
) -> None:
    async with desk(tmp_path) as (authority, gateway, client), stream_of(gateway) as socket:
        viewer = Viewer(socket)
        assert (await viewer.signs_in(await signed_in(client)))["op"] == "ready"
        await viewer.says(op="subscribe", channels=["status"])
        await viewer.until(lambda: "status" in viewer.tables)
        end(authority)
        code, _ = await closed(socket)
        assert code == 4401


async def test_sign_out_ends_the_streams_of_that_session_only(tmp_path: Path) -> None:
    async with desk(tmp_path) as (_, gateway, client), stream_of(gateway) as one, stream_of(gateway) as two:
        first = await signed_in(client)
        second = await signed_in(client)  # the cookie is of this one now
        ones, twos = Viewer(one), Viewer(two)
        await ones.signs_in(first)
        await twos.signs_in(second)
        assert (await client.post("/v1/auth/logout", headers=HERE)).status_code == 204
        assert (await closed(two))[0] == 4401
        await ones.says(op="ping", n=7)
        assert (await ones.hears())["n"] == 7
        again = await signed_in(client)
        assert (await ones.signs_in(again))["op"] == "ready", "another token of the same user goes on"


async def test_users_who_cannot_be_read_end_no_stream_and_begin_none(tmp_path: Path) -> None:
    async with desk(tmp_path) as (_, gateway, client), stream_of(gateway) as socket:
        token = await signed_in(client)
        viewer = Viewer(socket)
        await viewer.signs_in(token)
        (tmp_path / "state" / "users.json").write_bytes(b"{")
        async with stream_of(gateway) as late:
            await Viewer(late).says(op="auth", token=token)
            assert (await closed(late))[0] == 1013
        assert (await client.get("/v1/auth/me", headers=bearer(token))).status_code == 503
        await viewer.says(op="ping", n=1)
        assert (await viewer.hears())["op"] == "pong"


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "x" * 10_000])
async def test_no_other_text_opens_one(tmp_path: Path, token: str) -> None:
    async with desk(tmp_path) as (_, gateway, _), stream_of(gateway) as socket:
        await Viewer(socket).says(op="auth", token=token)
        assert (await closed(socket))[0] == 4401


@pytest.mark.parametrize(
    ("headers", "right"),
    [
        ({"Origin": "http://127.0.0.1:{port}"}, True),
        ({}, True),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "http://127.0.0.1:1"}, False),
        ({"Origin": "null"}, False),
        ({"Host": "evil.example"}, False),
    ],
)
async def test_only_our_pages_may_connect(tmp_path: Path, headers: dict[str, str], right: bool) -> None:
    async with desk(tmp_path) as (_, gateway, _):
        given = {key: value.format(port=gateway.port) for key, value in headers.items()}
        if right:
            async with stream_of(gateway, additional_headers=given):
                return
        with pytest.raises(InvalidStatus) as caught:
            async with stream_of(gateway, additional_headers=given):
                pass
        assert caught.value.response.status_code == 403


async def test_who_only_connects_keeps_nobody_out(tmp_path: Path) -> None:
    async with desk(tmp_path, clients=2) as (_, gateway, client):
        token = await signed_in(client)
        idle = [await connect(f"ws://127.0.0.1:{gateway.port}/v1/stream") for _ in range(WAITING + 5)]
        async with stream_of(gateway) as one, stream_of(gateway) as two, stream_of(gateway) as three:
            assert (await Viewer(one).signs_in(token))["op"] == "ready"
            assert (await Viewer(two).signs_in(token))["op"] == "ready"
            await Viewer(three).says(op="auth", token=token)
            assert await closed(three) == (1013, "too many streams")
            assert (await closed(idle[0]))[0] == 1013, "the one that waited longest"
            await Viewer(one).says(op="ping", n=1)
        for socket in idle:
            await socket.close()


def test_its_token_does_not_show() -> None:
    assert "secret" not in repr(Auth("secret"))
