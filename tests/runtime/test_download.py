"""Files are fetched whole and right, or not at all; a second run goes on from the first."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from titan.model.errors import StorageError
from titan.runtime.download import Downloader, Fetched

CONTENT = bytes(range(256)) * 4000
GOOD, CUT, WRONG, FLAKY, NONE = (f"data/{name}.zip" for name in ("good", "cut", "wrong", "flaky", "none"))


class Archive:
    """A host of files: one is cut short at first, one never matches, one answers 500 twice."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.flaky = 2

    async def answer(self, request: web.Request) -> web.StreamResponse:
        path = request.path.lstrip("/")
        self.asked.append((path, request.headers.get("Range", "")))
        if path.startswith(NONE):
            return web.Response(status=404)
        if path.endswith(".CHECKSUM"):
            return web.Response(text=f"{hashlib.sha256(CONTENT).hexdigest()}  {Path(path).name}\n")
        if path == WRONG:
            return web.Response(body=CONTENT[:-1] + b"?")
        if path == FLAKY and self.flaky:
            self.flaky -= 1
            return web.Response(status=500)
        begins = int(request.headers.get("Range", "bytes=0-")[6:-1])
        body, status = CONTENT[begins:], 206 if begins else 200
        if path == CUT and begins == 0:
            response = web.StreamResponse(headers={"Content-Length": str(len(body))})
            await response.prepare(request)
            await response.write(body[:300_000])
            assert request.transport is not None
            request.transport.close()
            return response
        return web.Response(body=body, status=status)


@pytest.fixture
async def host() -> AsyncIterator[tuple[Archive, str]]:
    archive = Archive()
    app = web.Application()
    app.router.add_get("/{path:.*}", archive.answer)
    async with TestServer(app) as server:
        yield archive, str(server.make_url("/"))


async def fetch(base: str, out: Path, *paths: str) -> list[Fetched]:
    return await Downloader(base, out, lambda *_: None, pause_s=0.001).run(paths)


async def test_each_file_comes_whole_or_says_why_not(host: tuple[Archive, str], tmp_path: Path) -> None:
    archive, base = host
    results = await fetch(base, tmp_path, GOOD, CUT, WRONG, FLAKY, NONE)
    assert [r.outcome for r in results] == ["new", "new", "failed", "new", "not published"]
    for path in (GOOD, CUT, FLAKY):
        assert (tmp_path / path).read_bytes() == CONTENT
    assert not (tmp_path / WRONG).exists()
    assert "checksum" in results[2].reason
    assert not list(tmp_path.rglob("*.part"))
    resumed = [begun for path, begun in archive.asked if path == CUT]
    assert resumed[0] == ""
    assert resumed[1].startswith("bytes=")
    assert 0 < int(resumed[1][6:-1]) <= 300_000


async def test_what_is_there_and_right_is_not_fetched_twice(
    host: tuple[Archive, str], tmp_path: Path
) -> None:
    archive, base = host
    await fetch(base, tmp_path, GOOD)
    archive.asked.clear()
    assert [r.outcome for r in await fetch(base, tmp_path, GOOD)] == ["there"]
    assert archive.asked == []
    (tmp_path / GOOD).write_bytes(b"damaged")
    assert [r.outcome for r in await fetch(base, tmp_path, GOOD)] == ["new"]
    assert (tmp_path / GOOD).read_bytes() == CONTENT


async def test_an_interrupted_run_is_gone_on_from(host: tuple[Archive, str], tmp_path: Path) -> None:
    archive, base = host
    part = tmp_path / f"{GOOD}.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(CONTENT[:1000])
    assert [r.outcome for r in await fetch(base, tmp_path, GOOD)] == ["new"]
    assert (GOOD, "bytes=1000-") in archive.asked
    part.write_bytes(CONTENT)  # whole, but killed before it got its name
    (tmp_path / GOOD).unlink()
    await fetch(base, tmp_path, GOOD)
    assert (tmp_path / GOOD).read_bytes() == CONTENT


async def test_a_full_disk_is_said_and_leaves_no_broken_file(
    host: tuple[Archive, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("titan.runtime.download._sha256", full)
    with pytest.raises(StorageError, match="No space left"):
        await fetch(host[1], tmp_path, GOOD)
    assert not (tmp_path / GOOD).exists()
