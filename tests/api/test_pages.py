"""The console's files over HTTP."""

from __future__ import annotations

import gzip
from pathlib import Path

import httpx
import pytest

from tests.api.stage import served, settings_of
from titan.api.routes.pages import FOR_EVER

SCRIPT = b"console.log(1);" * 100


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A console as `make console` leaves one."""
    place = tmp_path / "console"
    (place / "assets").mkdir(parents=True)
    (place / "index.html").write_text("<!doctype html><title>Titan</title>")
    (place / "icon.svg").write_text("<svg/>")
    (place / ".built").touch()
    (place / "assets" / "index-abc123.js").write_bytes(SCRIPT)
    (place / "assets" / "index-abc123.js.gz").write_bytes(gzip.compress(SCRIPT))
    (place / "assets" / "index-abc123.js.br").write_bytes(b"as brotli")
    return place


async def test_the_page_is_asked_for_each_time_and_what_it_names_is_kept(built: Path, tmp_path: Path) -> None:
    async with (
        served(settings_of(tmp_path, console=built)) as s,
        httpx.AsyncClient(base_url=s.address) as web,
    ):
        page = await web.get("/")
        assert page.status_code == 200
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert page.headers["cache-control"] == "no-cache"
        assert "script-src 'self'" in page.headers["content-security-policy"]
        script = await web.get("/assets/index-abc123.js", headers={"accept-encoding": "gzip"})
        assert script.content == SCRIPT
        assert script.headers["content-encoding"] == "gzip"
        assert script.headers["cache-control"] == FOR_EVER
        assert script.headers["content-type"].startswith("text/javascript")
        assert (await web.get("/icon.svg")).headers["content-type"] == "image/svg+xml"


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("br;q=0, gzip", "gzip"),
        ("identity", None),
        ("", None),
        ("GZIP;q=0.5", "gzip"),
    ],
)
async def test_it_goes_as_the_client_takes_it(
    built: Path, tmp_path: Path, accepted: str, coding: str | None
) -> None:
    async with (
        served(settings_of(tmp_path, console=built)) as s,
        httpx.AsyncClient(base_url=s.address) as web,
    ):
        asked = web.build_request("GET", "/assets/index-abc123.js", headers={"accept-encoding": accepted})
        answer = await web.send(asked, stream=True)
        assert answer.headers.get("content-encoding") == coding
        assert answer.headers["vary"] == "Accept-Encoding"
        await answer.aclose()


@pytest.mark.parametrize(
    "path",
    [
        "/assets/no-such.js", "/assets/..%2findex.html", "/assets/%2e%2e", "/assets/.built", "/.built",
        "/assets/index-abc123.js.br", "/assets/%00.js", "/assets/", "/assets/..%5c..%5cindex.html",
        "/.vite/manifest.json",
    ],
)  # fmt: skip
async def test_nothing_else_is_handed_out(built: Path, tmp_path: Path, path: str) -> None:
    async with (
        served(settings_of(tmp_path, console=built)) as s,
        httpx.AsyncClient(base_url=s.address) as web,
    ):
        answer = await web.get(path)
        assert answer.status_code == 404
        assert b"brotli" not in answer.content


async def test_without_a_console_it_says_what_is_missing(tmp_path: Path) -> None:
    async with (
        served(settings_of(tmp_path, console=tmp_path / "none")) as s,
        httpx.AsyncClient(base_url=s.address) as web,
    ):
        answer = await web.get("/")
        assert answer.status_code == 404
        assert "make console" in answer.text
        assert "Node 20.19" in answer.text
