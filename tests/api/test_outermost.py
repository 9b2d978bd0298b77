"""Around all routes: an answer that takes too long, a body that is too large, and the count of both."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any

import httpx
import pytest
from litestar import Litestar, get
from litestar.params import PathParameter
from litestar.response import Stream

from tests.api.fuzzing import parts_in
from tests.api.stage import BEARER
from titan.api.app import make_app
from titan.api.outermost import Outermost

Told = tuple[str, str, int]


@get("/slow/{name:str}")
async def slow(name: Annotated[str, PathParameter(description="Any.")]) -> str:
    await asyncio.Event().wait()
    return name


@get("/half")
async def half() -> Stream:
    async def parts() -> AsyncIterator[bytes]:
        yield b"a part"
        await asyncio.Event().wait()

    return Stream(parts())


@get("/quick")
async def quick() -> str:
    return "here"


class Around:
    """These routes with that limit, asked as an ASGI server asks."""

    def __init__(self, timeout_s: float) -> None:
        self.told: list[Told] = []
        self._inner = Litestar([slow, half, quick], openapi_config=None)
        self.app = Outermost(self._inner, lambda: 0.0, self._counted, timeout_s)

    def _counted(self, method: str, path: str, status: int, seconds: float) -> None:
        self.told.append((method, path, status))

    async def ask(self, path: str) -> list[Any]:
        sent: list[Any] = []
        scope: Any = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET",
            "scheme": "http", "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "",
            "headers": [], "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 2),
        }  # fmt: skip

        questions = iter([{"type": "http.request", "body": b"", "more_body": False}])

        async def receive() -> Any:
            for one in questions:
                return one
            return await asyncio.Event().wait()

        async def send(message: Any) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        return sent


async def test_what_takes_too_long_is_answered() -> None:
    around = Around(0.05)
    start, body = await around.ask("/slow/one")
    assert start["status"] == 503
    headers = dict(start["headers"])
    assert headers[b"retry-after"] == b"1"
    assert int(headers[b"content-length"]) == len(body["body"])
    assert json.loads(body["body"])["error"]["code"] == "timeout"
    assert around.told == [("GET", "/slow/{name}", 503)]


async def test_what_has_begun_to_be_answered_is_broken_off() -> None:
    around = Around(0.5)
    with pytest.raises(TimeoutError):
        await around.ask("/half")
    assert [status for _, _, status in around.told] == [200]


async def test_what_is_in_time_is_left_alone_and_counted() -> None:
    around = Around(60.0)
    start, *_ = await around.ask("/quick")
    assert start["status"] == 200
    await around.ask("/nothing/of/this/name")
    assert around.told == [("GET", "/quick", 200), ("GET", "", 404)], "no path that a stranger made up"


async def test_a_body_has_its_limit(tmp_path: Path) -> None:
    settings, parts = parts_in(tmp_path)
    way = httpx.ASGITransport(make_app(settings, parts))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=way, base_url="http://127.0.0.1", headers=BEARER) as client:
        for size, status in ((999_000, 200), (1_000_001, 413)):
            wish = {"changes": {"no.such": "x" * size}}
            answer = await client.post("/v1/config/propose", json=wish)
            assert answer.status_code == status, answer.text[:200]
        assert answer.json()["error"]["code"] == "too_large"

        async def endless() -> AsyncIterator[bytes]:
            for _ in range(40):
                yield b" " * 50_000

        kind = {"Content-Type": "application/json"}
        answer = await client.post("/v1/config/propose", content=endless(), headers=kind)
        assert answer.status_code == 413, "a body that does not say how long it is"
