"""Which page may make a browser call: a table of origins and names."""

from __future__ import annotations

from pathlib import Path

import pytest
from litestar.exceptions import WebSocketDisconnect
from litestar.testing import TestClient

from tests.api.auth.gateways import HERE, PASSWORD, World, refused, sign_in
from titan.api.auth.origin import Origins
from titan.api.errors import Forbidden
from titan.model.errors import ConfigError

NAMED = ("desk.example", "https://strict.example", "https://other.example:8443")


def answer(host: str, origin: str | None, *, changes: bool = True, site: str = "") -> str:
    headers = {"host": host}
    if origin is not None:
        headers["origin"] = origin
    if site:
        headers["sec-fetch-site"] = site
    try:
        Origins(NAMED).check(headers, changes=changes)
    except Forbidden as e:
        return e.code
    return "ours"


@pytest.mark.parametrize(
    ("host", "origin", "said"),
    [
        # no page at all: a program
        ("127.0.0.1:8787", None, "ours"),
        ("localhost:8787", None, "ours"),
        ("[::1]:8787", None, "ours"),
        ("192.168.1.7:8787", None, "ours"),
        ("desk.example", None, "ours"),
        # our own pages
        ("127.0.0.1:8787", "http://127.0.0.1:8787", "ours"),
        ("localhost:9000", "http://localhost:9000", "ours"),  # an SSH tunnel
        ("[::1]:8787", "http://[::1]:8787", "ours"),
        ("127.0.0.1", "http://127.0.0.1", "ours"),
        ("127.0.0.1", "http://127.0.0.1:80", "ours"),
        ("127.0.0.1", "https://127.0.0.1", "ours"),
        ("LOCALHOST:8787", "http://localhost:8787", "ours"),
        ("desk.example", "https://desk.example", "ours"),
        ("desk.example:8787", "http://desk.example:8787", "ours"),
        ("strict.example", "https://strict.example", "ours"),
        ("127.0.0.1:8787", "https://strict.example", "ours"),  # a proxy that changes Host
        ("other.example:8443", "https://other.example:8443", "ours"),
        # other pages of the same machine, and of anybody
        ("127.0.0.1:8787", "http://127.0.0.1:3000", "origin"),
        ("127.0.0.1:8787", "http://localhost:8787", "origin"),
        ("127.0.0.1:8787", "https://127.0.0.1", "origin"),
        ("127.0.0.1:8787", "https://evil.example", "origin"),
        ("127.0.0.1:8787", "null", "origin"),
        ("127.0.0.1:8787", "", "origin"),
        ("127.0.0.1:8787", "file://", "origin"),
        ("127.0.0.1:8787", "http://127.0.0.1:8787.evil.example", "origin"),
        ("127.0.0.1:8787", "http://evil.example#127.0.0.1:8787", "origin"),
        ("127.0.0.1:8787", "http://127.0.0.1:8787@evil.example", "origin"),
        ("127.0.0.1:8787", "http://evil.example/127.0.0.1:8787", "origin"),
        ("127.0.0.1:8787", "http://127.0.0.1:notaport", "origin"),
        ("strict.example", "http://strict.example", "origin"),
        ("strict.example:443", "http://strict.example:443", "origin"),
        ("other.example:8443", "https://other.example", "origin"),
        ("desk.example", "https://sub.desk.example", "origin"),
        # a stranger's name that leads here
        ("evil.example:8787", "http://evil.example:8787", "host"),
        ("evil.example", None, "host"),
        ("localhost.evil.example", None, "host"),
        ("127.0.0.1.evil.example", None, "host"),
        ("sub.desk.example", None, "host"),
        ("127.0.0.1:x", None, "host"),
        ("127.0.0.1/x", None, "host"),
        ("user@127.0.0.1", None, "host"),
        ("", None, "host"),
        ("127.1", None, "host"),
        ("0x7f000001", None, "host"),
    ],
)
def test_the_table(host: str, origin: str | None, said: str) -> None:
    assert answer(host, origin) == said
    assert answer(host, origin, changes=False) == ("ours" if said == "origin" else said)


def test_a_browser_that_sends_no_origin_still_says_whose_page_it_is() -> None:
    assert answer("127.0.0.1", None, site="cross-site") == "origin"
    assert answer("127.0.0.1", None, site="same-site") == "origin"
    assert answer("127.0.0.1", None, site="same-origin") == "ours"
    assert answer("127.0.0.1", None, site="none") == "ours"
    assert answer("127.0.0.1", None, site="cross-site", changes=False) == "ours"


@pytest.mark.parametrize(
    "name", ["", "https://desk.example/x", "desk.example/x", "ftp://desk.example", "a b@c"]
)
def test_what_is_no_name_is_said_at_the_start(name: str) -> None:
    with pytest.raises(ConfigError, match="is no"):
        Origins([name])


async def test_the_gateway_asks_it_of_every_route(tmp_path: Path) -> None:
    world = World(tmp_path, hosts=("desk.example",))
    world.user("anna", "read")
    evil = {"Origin": "https://evil.example"}
    body = {"name": "anna", "password": PASSWORD}
    async with world.client() as client:
        for path in ("/v1/auth/login", "/v1/auth/setup", "/v1/auth/refresh", "/v1/auth/logout"):
            answer = await client.post(path, headers={**HERE, **evil}, json=body)
            assert refused(answer) == (403, "origin"), path
        anna = await sign_in(client, "anna")
        assert anna.status_code == 200
        stolen = await client.post("/v1/auth/refresh", headers={**HERE, **evil})
        assert refused(stolen) == (403, "origin")
        assert "access-control-allow-origin" not in stolen.headers
        open_to_all = await client.get("/v1/auth/state", headers=evil)
        assert open_to_all.status_code == 200
        assert "access-control-allow-origin" not in open_to_all.headers
        asked = await client.options("/v1/auth/login", headers=evil)
        assert "access-control-allow-origin" not in asked.headers
    async with world.client("http://evil.example:8787") as client:
        for path in ("/v1/auth/state", "/health/live"):
            assert refused(await client.get(path)) == (403, "host")
    async with world.client("https://desk.example") as client:
        assert (await client.get("/v1/auth/state")).status_code == 200


def test_a_strange_page_opens_no_stream(tmp_path: Path) -> None:
    world = World(tmp_path)
    with TestClient(world.app, base_url="http://127.0.0.1:8787") as client:
        with client.websocket_connect("/v1/stream", headers={"Origin": "http://127.0.0.1:8787"}):
            pass
        with (
            pytest.raises(WebSocketDisconnect),
            client.websocket_connect("/v1/stream", headers={"Origin": "https://evil.example"}),
        ):
            pass
