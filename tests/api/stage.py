"""A gateway over a run's folder that tests write themselves, on a real port."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
from websockets.asyncio.client import ClientConnection, connect

from tests.views.scripts import NOW, STATUS, folder
from titan.api.auth.scopes import Scope, Who
from titan.api.errors import Unauthorised
from titan.api.gateway import Parts
from titan.api.serve import serve
from titan.api.settings import Settings
from titan.views.status import Status, encoded

S = 10**9
TOKEN = "good"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
READER = Who("reader", frozenset({Scope.READ}), 4e12)


class Doorman:
    """Stands in for who vouches for tokens: knows these."""

    def __init__(self, **known: Who) -> None:
        self.known = {TOKEN: READER, **known}

    def check(self, token: str) -> Who:
        if token not in self.known:
            raise Unauthorised("nobody has this token")
        return self.known[token]


class Clock:
    """Stands until it is told."""

    def __init__(self, now_ns: int = NOW + S // 2) -> None:
        self.now_ns = now_ns

    def __call__(self) -> int:
        return self.now_ns


def says(place: Path, status: Status = STATUS, **other: Any) -> Status:
    """The run writes its document."""
    told = msgspec.structs.replace(status, **other)
    (place / "status.json").write_bytes(encoded(told))
    return told


def settings_of(place: Path, **other: Any) -> Settings:
    if not (place / "titan.db").exists():
        folder(place)
    return Settings(place, f"sqlite:///{place / 'titan.db'}", port=0, **other)


@asynccontextmanager
async def served(settings: Settings, parts: Parts | None = None, **other: Any) -> AsyncIterator[Settings]:
    """The settings with the port that it got."""
    ready: asyncio.Future[Settings] = asyncio.get_running_loop().create_future()
    stop = asyncio.Event()
    parts = parts or Parts(Doorman())
    running = asyncio.ensure_future(serve(settings, ready=ready.set_result, parts=parts, stop=stop, **other))
    await asyncio.wait([ready, running], return_when=asyncio.FIRST_COMPLETED)
    if running.done():
        running.result()
    try:
        yield ready.result()
    finally:
        stop.set()
        await running


class Viewer:
    """A client that applies what it gets, as docs/api.md tells to."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.tables: dict[str, dict[str, dict[str, Any]]] = {}
        self.had: dict[str, tuple[str, int]] = {}
        self.heard: list[dict[str, Any]] = []

    async def says(self, **message: Any) -> None:
        await self.socket.send(json.dumps(message))

    async def hears(self, wait_s: float = 60.0) -> dict[str, Any]:
        message = json.loads(await asyncio.wait_for(self.socket.recv(), wait_s))
        self.heard.append(message)
        self.take(message)
        return message

    async def until(self, true: Callable[[], bool], wait_s: float = 60.0) -> None:
        async with asyncio.timeout(wait_s):
            while not true():
                await self.hears()

    async def signs_in(self, token: str = TOKEN) -> dict[str, Any]:
        await self.says(op="auth", token=token)
        return await self.hears()

    def take(self, m: dict[str, Any]) -> None:
        if m["op"] == "snapshot":
            self.tables[m["channel"]] = m["tables"]
        elif m["op"] == "delta":
            assert self.had[m["channel"]] == (m["epoch"], m["from"]), "a delta that continues something else"
            tables = self.tables[m["channel"]]
            for table, rows in m["set"].items():
                tables[table].update(rows)
            for table, keys in m["del"].items():
                for key in keys:
                    tables[table].pop(key, None)
        else:
            return
        self.had[m["channel"]] = m["epoch"], m["version"]


@asynccontextmanager
async def viewing(settings: Settings, *channels: str, **other: Any) -> AsyncIterator[Viewer]:
    """Signed in, and subscribed where `channels` are named."""
    async with connect(f"ws://127.0.0.1:{settings.port}/v1/stream", max_size=None, **other) as socket:
        viewer = Viewer(socket)
        await viewer.signs_in()
        if channels:
            await viewer.says(op="subscribe", channels=channels)
            await viewer.until(lambda: set(viewer.tables) >= set(channels))
        yield viewer
