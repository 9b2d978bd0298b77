"""Keeps one child process going: started again when it dies, later each time, and not for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Final, TypeVar

from titan.model.errors import ConfigError, DataError, TitanError
from titan.runtime.supervising.child import Child

T = TypeVar("T")
Command = Callable[[], Sequence[str]]

FIRST_WAIT_S: Final = 1.0
LONGEST_WAIT_S: Final = 30.0
LIVES_S: Final = 60.0
"""One that lived so long begins anew with short waits."""
MOST: Final = 6
"""Deaths in a row after which it is left alone."""
STOPS_S: Final = 90.0
"""How long an orderly stop may take."""
FINAL: Final = (ConfigError.exit_code, DataError.exit_code)
"""What starting again does not mend."""


class State(StrEnum):
    STARTING = "starting"
    RUNNING = "running"
    WAITING = "waiting"
    """It died, and is started again in a moment."""
    HELD = "held"
    """Stopped for a moment by `between`."""
    STOPPED = "stopped"
    """By itself in order, by whoever stopped it, or for good."""
    FAILED = "failed"
    """It is not started again: `why` says why."""


class Keeper:
    """`run` is its life. `command` is asked at each start; `say` is told what an operator must know;
    `again` is awaited before a start that follows a death.
    """

    def __init__(
        self, name: str, command: Command, log: Path, say: Callable[[str], None], *,
        again: Callable[[], Awaitable[None]] | None = None,
        first_wait_s: float = FIRST_WAIT_S,
    ) -> None:  # fmt: skip
        self.name, self._command, self.log, self._say = name, command, log, say
        self._again, self._first_wait_s = again, first_wait_s
        self._turn = asyncio.Lock()
        self._wanted = asyncio.Event()
        self._wanted.set()
        self._ending = asyncio.Event()
        self.child: Child | None = None
        self._held: Child | None = None
        self.state = State.STARTING
        self.why = ""
        self.deaths = 0
        """Since it began, those it was started again after."""

    async def run(self) -> None:
        """Until `stop`, or until starting it again is of no use."""
        loop = asyncio.get_running_loop()
        row, wait_s = 0, self._first_wait_s
        while not self._ending.is_set():
            await self._wanted.wait()
            if self._ending.is_set():
                break
            began = loop.time()
            child = self.child = Child(self._command(), self.log)
            await child.start()
            self.state = State.RUNNING
            code = await child.ended()
            if self._ending.is_set() or self._held is child:
                continue
            if loop.time() - began > LIVES_S:
                row, wait_s = 0, self._first_wait_s
            row += 1
            if code == 0 or code in FINAL or row >= MOST:
                self._give_up(code, row)
                return
            self.deaths += 1
            self.state, self.why = State.WAITING, f"{self.name} {ending(code)}"
            self._say(f"{self.why}; it is started again in {wait_s:g} s")
            await asyncio.sleep(wait_s)
            wait_s = min(2 * wait_s, LONGEST_WAIT_S)
            if self._again is not None:
                await self._again()
        self.state = State.STOPPED

    def _give_up(self, code: int, row: int) -> None:
        if code == 0:
            self.state, self.why = State.STOPPED, f"{self.name} was stopped"
        else:
            self.state = State.FAILED
            times = f" {row} times in a row, and is not started again" if row >= MOST else ""
            self.why = f"{self.name} {ending(code)}{times}: {self.last_words}"
        self._say(self.why)

    @property
    def last_words(self) -> str:
        """What it said at its end: its error where it told one."""
        lines = [one for one in (self.child.lines() if self.child is not None else []) if one.strip()]
        found = next((n for n, one in enumerate(lines) if one.startswith("error: ")), None)
        told = lines[-1:] if found is None else lines[found:]
        return "\n".join(told).removeprefix("error: ") if told else f"{self.log} may say why"

    @property
    def alive(self) -> bool:
        return self.child is not None and self.child.pid > 0 and self.child.code is None

    async def between(self, work: Callable[[], Awaitable[T]]) -> T:
        """Stop the child in order, do `work`, and start it again, whatever comes of that. Raises what `work`
        raises."""
        async with self._turn:
            if self.state in (State.FAILED, State.STOPPED):
                raise TitanError(f"{self.name} is not running: {self.why}", remedy="start `titan up` again")
            self._wanted.clear()
            try:
                self._held = self.child
                if self.child is not None:
                    await self.child.stop(STOPS_S)
                self.state = State.HELD
                return await work()
            finally:
                self._wanted.set()

    async def stop(self, seconds: float = STOPS_S) -> None:
        """For good; `run` returns."""
        self._ending.set()
        self._wanted.set()
        if self.child is not None:
            await self.child.stop(seconds)

    def kill(self) -> None:
        """At once."""
        self._ending.set()
        self._wanted.set()
        if self.child is not None:
            self.child.kill()


def ending(code: int) -> str:
    """How it ended, in words."""
    return f"was killed (signal {-code})" if code < 0 else f"ended with code {code}"
