"""Work that breaks stops the run: it never vanishes in a task."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.execution.scripted import Still
from titan.engine.engine import Engine
from titan.engine.loop import VirtualLoop

UNUSED: Any = None


def test_a_broken_saga_ends_the_run_with_its_error() -> None:
    loop = VirtualLoop(0)
    loop.attach(Still())

    async def broken() -> None:
        await asyncio.sleep(1)
        raise ZeroDivisionError("a fault in a saga")

    async def play() -> None:
        engine = Engine(loop, {}, UNUSED, UNUSED, UNUSED, UNUSED, UNUSED, UNUSED, seed=1)
        engine.watch(broken())
        await engine.done.wait()
        await engine.finish()

    with pytest.raises(ZeroDivisionError, match="fault in a saga"):
        loop.run_until_complete(play())
    loop.drop()


def test_work_that_is_cancelled_is_no_failure() -> None:
    loop = VirtualLoop(0)
    loop.attach(Still())

    async def play() -> None:
        engine = Engine(loop, {}, UNUSED, UNUSED, UNUSED, UNUSED, UNUSED, UNUSED, seed=1)
        task = engine.watch(asyncio.sleep(100))
        await asyncio.sleep(1)
        task.cancel()
        await asyncio.sleep(1)
        await engine.finish()
        assert not engine.done.is_set()

    loop.run_until_complete(play())
    loop.drop()
