"""docs/api.md: its client is run as it stands there, and what it lists is what there is."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from decimal import Decimal
from pathlib import Path

from tests.api.auth.gateways import CHEAP, PASSWORD
from tests.api.stage import says, served, settings_of
from titan.api.auth.authority import Authority
from titan.api.auth.routes import parts_of
from titan.api.openapi import FAILURES
from titan.api.settings import Settings
from titan.api.tables import TABLES
from titan.runtime.clock import WallClock

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text()


def client_in(folder: Path) -> Path:
    (code,) = re.findall(r"^```python\n(.*?)^```$", PAGE, flags=re.DOTALL | re.MULTILINE)
    file = folder / "client.py"
    file.write_text(code)
    return file


@asynccontextmanager
async def running(file: Path, *words: str) -> AsyncIterator[asyncio.subprocess.Process]:
    pipe = asyncio.subprocess.PIPE
    made = await asyncio.create_subprocess_exec(sys.executable, str(file), *words, stdout=pipe, stderr=pipe)
    try:
        yield made
    finally:
        if made.returncode is None:
            made.kill()
        await made.communicate()


async def line(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    return (await asyncio.wait_for(process.stdout.readline(), 120)).decode().strip()


async def test_the_client_of_the_page_tells_nav_through_a_restart_of_the_gateway(tmp_path: Path) -> None:
    made: Settings = settings_of(tmp_path / "run")
    says(made.folder, nav=Decimal("100"))
    authority = Authority(tmp_path / "state", WallClock().now, cost=CHEAP)
    authority.users.add("me", authority.passwords.hash(PASSWORD, "me"), ("read",), 1)
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(AsyncExitStack())
        found = await first.enter_async_context(served(made, parts_of(authority)))
        client = await stack.enter_async_context(running(client_in(tmp_path), found.address, "me", PASSWORD))
        assert await line(client) == "100"
        says(made.folder, nav=Decimal("101"))
        assert await line(client) == "101"
        await first.aclose()
        says(made.folder, nav=Decimal("102"))
        await stack.enter_async_context(served(found, parts_of(authority)))
        assert await line(client) == "102"


async def test_the_client_of_the_page_ends_where_the_password_is_wrong(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "state", WallClock().now, cost=CHEAP)
    async with (
        served(settings_of(tmp_path / "run"), parts_of(authority)) as found,
        running(client_in(tmp_path), found.address, "me", PASSWORD) as client,
    ):
        assert await asyncio.wait_for(client.wait(), 120) == 1


def test_the_page_lists_the_channels_and_the_failures_that_there_are() -> None:
    rows = dict(re.findall(r"^\| (\w+) \| (.*?) \|$", PAGE, flags=re.MULTILINE))
    assert {name: tuple(rows.get(name, "").split(", ")) for name in TABLES} == TABLES
    assert {int(name) for name in rows if name.isdigit()} == set(FAILURES)
