"""The process that reads recorded runs: begun when somebody asks, ended with its parent however that ends."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.views.scripts import folder
from titan.api.errors import NotFound, NotYet, TooMany, Unavailable
from titan.api.replay import hand as hands
from titan.api.replay.hand import Hand
from titan.api.replay.library import Library
from titan.api.replay.questions import Answer, Question, packed, refusal
from titan.model.errors import StorageError

LONG_S = 120.0
PARENT = """
import asyncio, signal, sys, time
from pathlib import Path
signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever is started in the background ignores it
from titan.api.errors import NotYet
from titan.api.replay.library import Library

async def main():
    library = Library(Path(sys.argv[1]), time.monotonic, patience_s=0.1)
    try:
        await library.moment("desk", None, None)
    except NotYet:
        pass
    print(library.pid, flush=True)
    await asyncio.sleep(3600)

asyncio.run(main())
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder(tmp_path / "runs" / "desk")
    return tmp_path / "runs"


@pytest.fixture
async def library(root: Path) -> AsyncIterator[Library]:
    made = Library(root, time.monotonic)
    yield made
    await made.close()


def runs(pid: int) -> bool:
    """Whether it is there and more than a name that its parent has not read yet."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(LONG_S):
        while not true():
            await asyncio.sleep(0.02)


async def answered(library: Library, name: str = "desk") -> bytes:
    async with asyncio.timeout(LONG_S):
        while True:
            try:
                return await library.moment(name, None, None)
            except NotYet:
                await asyncio.sleep(0.02)


async def test_it_begins_when_a_run_is_asked_for(library: Library) -> None:
    assert b'"desk"' in await library.listed()
    with pytest.raises(NotFound):
        await library.timeline("nobody")
    assert library.pid is None
    assert b'"name":"desk"' in await answered(library)
    assert library.pid is not None


async def test_it_ends_with_the_library(library: Library) -> None:
    await answered(library)
    pid = library.pid
    assert pid is not None
    assert runs(pid)
    await library.close()
    assert not runs(pid)
    assert library.pid is None


async def test_one_that_died_is_followed_by_another(library: Library) -> None:
    before = await answered(library)
    pid = library.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    await until(lambda: not runs(pid))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(library, "_patience_s", LONG_S)
        try:
            after = await library.moment("desk", None, None)
        except Unavailable:  # its end was not heard of yet when it was asked
            after = await answered(library)
    assert after == before
    assert library.pid != pid


async def test_it_goes_when_nobody_asks_any_more(root: Path) -> None:
    library = Library(root, time.monotonic, idle_s=0.2)
    await answered(library)
    await until(lambda: library.pid is None)
    assert await answered(library)
    await library.close()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
async def test_it_outlives_no_parent(root: Path, number: signal.Signals) -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(root)], stdout=subprocess.PIPE, text=True)
    try:
        assert parent.stdout is not None
        pid = int(await asyncio.to_thread(parent.stdout.readline))
        assert runs(pid)
        parent.send_signal(number)
        await asyncio.to_thread(parent.wait, LONG_S)
        await until(lambda: not runs(pid))
    finally:
        parent.kill()
        parent.communicate()


async def test_signals_are_its_parents(library: Library) -> None:
    """Ctrl-C goes to all of a terminal; the gateway ends in order, and its reader with it."""
    before = await answered(library)
    pid = library.pid
    assert pid is not None
    os.kill(pid, signal.SIGINT)
    os.kill(pid, signal.SIGTERM)
    assert await answered(library) == before
    assert library.pid == pid


async def test_what_is_asked_already_is_asked_once(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hands, "WAITING", 2)
    hand = await Hand.begin(root)
    one = Question("desk", moment=True, at_ms=1.0)
    first = hand.ask(one)
    assert hand.ask(one) is first
    hand.ask(Question("desk", moment=False))
    with pytest.raises(TooMany):
        hand.ask(Question("desk", moment=True, at_ms=2.0))
    await asyncio.wait_for(first, LONG_S)
    await hand.close()
    ended = await hand.ask(one)
    with pytest.raises(Unavailable):
        ended.result()


@pytest.mark.parametrize("error", [NotFound("a", remedy="b"), NotYet("a"), StorageError("a", remedy="b")])
def test_an_error_crosses_as_it_is(error: Exception) -> None:
    assert isinstance(error, (NotFound, NotYet, StorageError))
    with pytest.raises(type(error)) as caught:
        refusal(3, error).result()
    assert (caught.value.message, caught.value.remedy) == (error.message, error.remedy)


def test_an_answer_says_how_long_it_is() -> None:
    made = packed(Answer(7, b"x" * 70_000))
    assert int.from_bytes(made[:4]) == len(made) - 4
