"""A terminal on a run's folder, driven by hand: it looks when it is told to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from textual.pilot import Pilot

from tests.views.scripts import NOW, STATUS
from titan.tui.app import Terminal
from titan.tui.source import Source
from titan.views.status import Status, encoded

S = 10**9
SIZES = {"80x24": (80, 24), "160x50": (160, 50)}


class Clock:
    """Stands until it is told."""

    def __init__(self) -> None:
        self.now_ns = NOW + S // 2

    def __call__(self) -> int:
        return self.now_ns


@asynccontextmanager
async def opened(source: Source, size: tuple[int, int] = (160, 50)) -> AsyncIterator[Pilot[None]]:
    app = Terminal(source, hz=0)
    async with app.run_test(size=size) as pilot:
        await looked(pilot)
        yield pilot


async def looked(pilot: Pilot[None]) -> None:
    app = pilot.app
    assert isinstance(app, Terminal)
    await app.look()
    await settled(pilot)


async def settled(pilot: Pilot[None]) -> None:
    """Once nothing is loaded any more."""
    for _ in range(3):
        await pilot.pause()
        await pilot.app.workers.wait_for_complete()
    await pilot.pause()


async def pressed(pilot: Pilot[None], *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await settled(pilot)


def says(source: Source, status: Status = STATUS) -> None:
    (source.folder / "status.json").write_bytes(encoded(status))
