"""The template as the parent sees it: a life is asked for, and what its process says is read."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from tests.crash.hard.template import Order
from tests.crash.hard.worker import Life

ROOT = Path(__file__).parents[3]
WARM_S = 300.0


class Worker:
    """One process. `words` is what it says, `dead` its exit code; a negative one is the signal that ended
    it."""

    def __init__(self) -> None:
        self.pid = 0
        self.words: list[str] = []
        self.dead: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._said: dict[str, asyncio.Event] = {}

    def said(self, word: str) -> asyncio.Event:
        """Set once it has said so; also when it has died."""
        event = self._said.setdefault(word, asyncio.Event())
        if self.dead.done() or word in self.words:
            event.set()
        return event

    def hear(self, text: str) -> None:
        word, _, rest = text.partition(" ")
        if word == "born":
            self.pid = int(rest)
        if word == "dead":
            self.dead.set_result(int(rest))
        self.words.append(text)
        for name, event in self._said.items():
            if name == text or word == "dead":
                event.set()

    def kill(self) -> None:
        """Also one that dies by itself at this moment: its number is its own until it is reaped."""
        if not self.dead.done():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)


class Forks:
    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._numbers = itertools.count(1)
        self._workers: dict[int, Worker] = {}
        self._warm = asyncio.Event()
        self._reading = asyncio.create_task(self._read())

    async def start(self, life: Life) -> Worker:
        """Its process, born. Raises RuntimeError when the template is gone."""
        number, worker = next(self._numbers), Worker()
        self._workers[number] = worker
        assert self._process.stdin is not None
        self._process.stdin.write(msgspec.json.encode(Order(number, life)) + b"\n")
        await worker.said("born").wait()
        return worker

    async def warm(self) -> None:
        await asyncio.wait_for(self._warm.wait(), WARM_S)
        if self._reading.done():
            raise RuntimeError("the template could not be made")

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            number, _, word = line.decode().strip().partition(" ")
            if number == "0":
                self._warm.set()
                continue
            worker = self._workers[int(number)]
            worker.hear(word)
            if word.startswith("born"):
                worker.said("born").set()
            if worker.dead.done():
                del self._workers[int(number)]
        self._warm.set()
        for worker in self._workers.values():
            worker.hear("dead 255")

    async def close(self) -> None:
        assert self._process.stdin is not None
        for worker in self._workers.values():
            worker.kill()
        self._process.stdin.close()
        await self._reading
        await self._process.wait()


@asynccontextmanager
async def forks(first: Life) -> AsyncIterator[Forks]:
    """The template, warm: it has lived `first` itself."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.crash.hard.template", msgspec.json.encode(first).decode(),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, cwd=ROOT,
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
    )  # fmt: skip
    made = Forks(process)
    try:
        await made.warm()
        yield made
    finally:
        await made.close()
