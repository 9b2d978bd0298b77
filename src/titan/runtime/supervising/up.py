"""`titan up` without its gateway: the run of a config as a child, its doubles as another."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, TextIO

from titan.execution.panic import LATCH
from titan.model.errors import JournalHeld, StorageError, TitanError
from titan.ports import Clock
from titan.runtime.modes import mode_named
from titan.runtime.supervising.keeper import Keeper, State
from titan.runtime.trading import panicking
from titan.runtime.trading.knowing import knowing
from titan.runtime.trading.panicking import RUNNING
from titan.runtime.trading.plan import Plan, read_plan
from titan.storage.claim import claimed
from titan.storage.store import look_into

LOCK: Final = "up.lock"
RUN_LOG: Final = "run.log"
DOUBLES_LOG: Final = "doubles.log"
DOUBLES_S: Final = 600.0
"""How long doubles may take until they listen: the first time they make their market and compile."""
_LOOK_S: Final = 0.05
_PYTHON: Final = (sys.executable, "-m")

Say = Callable[[str], None]


class Up:
    """`start` it, `stop` it. `say` is told what an operator should know, a line each."""

    def __init__(
        self, place: Path, mode: str, env: Mapping[str, str], clock: Clock, say: Say, *, new: bool = False,
        real_money: bool = False,
    ) -> None:  # fmt: skip
        """Raises ConfigError for a config that cannot be run."""
        self.place, self.mode = place, mode
        self._env, self._clock, self._say = env, clock, say
        self.written = read_plan(place, mode, env, {})
        self.plan = self.written
        self._new, self._real_money = new, real_money
        self._has_doubles = any(venue.double for venue in self.written.venues)
        self.notes: list[str] = []
        folder = self.written.folder
        self.run = Keeper("the run", self._run_command, folder / RUN_LOG, self._note)
        self.doubles = Keeper(
            "the doubles", self._doubles_command, folder / DOUBLES_LOG, self._note, again=self._forget
        )
        self._tasks: list[asyncio.Task[None]] = []
        self._lock: TextIO | None = None

    @property
    def overrides(self) -> dict[str, object]:
        """What makes a plan of the config one over the doubles that run by themselves."""
        place = str((self.written.folder / RUNNING).resolve())
        found: dict[str, object] = {}
        for venue in self.written.venues:
            if venue.double:
                found |= {f"venues.{venue.venue}.double": "", f"venues.{venue.venue}.url_file": place}
        return found

    async def start(self) -> None:
        """Returns when the run is being started. Raises StorageError where another one is there already, and
        TitanError where the doubles cannot be started.
        """
        self._claim()
        if self._has_doubles:
            (self.written.folder / RUNNING).unlink(missing_ok=True)
            self._say("starting the doubles of its venues: a simulated market, nothing there is real money")
            self._tasks.append(asyncio.create_task(self.doubles.run()))
            await self._doubles_listen()
            self._new = self._new or mode_named(self.mode).keys  # fresh doubles know nothing of earlier runs
        self.plan = read_plan(self.place, self.mode, self._env, self.overrides)
        self._tasks.append(asyncio.create_task(self.run.run()))

    async def stop(self) -> None:
        """The run first, in order, then what it trades with."""
        await self.run.stop()
        await self.doubles.stop(10.0)
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._lock is not None:
            self._lock.close()

    def kill(self) -> None:
        self.run.kill()
        self.doubles.kill()

    async def rearm(self, by: str) -> bool:
        """Take the latch of a panic back: the run is stopped for it and started again. False where none
        stands, and nothing was done. Raises TitanError, also for a panic that has not ended.
        """
        plan = self.plan
        if not await asyncio.to_thread(_latched, plan):
            return False
        return await self.run.between(
            lambda: asyncio.to_thread(panicking.rearm, plan, self._clock, by=by)
        )  # fmt: skip

    @property
    def failed(self) -> str:
        """Why the run, or what it trades with, is not started again; empty while it is."""
        return next((one.why for one in (self.doubles, self.run) if one.state is State.FAILED), "")

    def _run_command(self) -> Sequence[str]:
        new, self._new = self._new, False
        words = [
            *_PYTHON, "titan.cli.app", "run", "--mode", self.mode, "--config", str(self.place), "--tied",
        ]  # fmt: skip
        words += ["--new"] if new else []
        words += ["--real-money"] if self._real_money else []
        for key, value in self.overrides.items():
            words += ["--set", f"{key}={value}"]
        return words

    def _doubles_command(self) -> Sequence[str]:
        return [*_PYTHON, "titan.runtime.supervising.doubles", str(self.place), self.mode]

    async def _doubles_listen(self) -> None:
        loop = asyncio.get_running_loop()
        ends, place = loop.time() + DOUBLES_S, self.written.folder / RUNNING
        while not place.exists():
            if self.doubles.state in (State.FAILED, State.STOPPED):
                raise TitanError(f"the doubles cannot be started: {self.doubles.last_words}")
            if loop.time() > ends:
                raise TitanError(f"the doubles do not listen after {DOUBLES_S:g} s")
            await asyncio.sleep(_LOOK_S)

    async def _forget(self) -> None:
        """The doubles died and are started again: their accounts are new, so a run that trades is too."""
        self._new = mode_named(self.mode).keys
        (self.written.folder / RUNNING).unlink(missing_ok=True)
        with contextlib.suppress(TitanError):
            self._tasks.append(asyncio.create_task(self.run.between(self._doubles_listen)))

    def _note(self, text: str) -> None:
        self.notes.append(text)
        self._say(text)

    def _claim(self) -> None:
        """Nobody else may bring this run up, or be running it."""
        folder = self.written.folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = (folder / LOCK).open("w")
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as e:
            raise JournalHeld(
                f"`titan up` is running for {folder} already", remedy="open its console, or stop it first"
            ) from e
        except OSError as e:
            raise StorageError(f"{folder} cannot be written: {e.strerror}") from e
        _check_free(self.written)


def _latched(plan: Plan) -> bool:
    with knowing(plan.store) as known:
        memory = known.read().memory
    if memory.panics():
        raise TitanError("a panic began and did not end", remedy="begin one: it goes on with that")
    return LATCH in memory.latches


def _check_free(plan: Plan) -> None:
    """Raises JournalHeld where a run writes this journal."""
    try:
        store = look_into(plan.store)
    except StorageError:
        return
    try:
        with claimed(store):
            pass
    except JournalHeld as e:
        raise JournalHeld(
            f"a run writes the journal in {plan.folder} already",
            remedy=f"`titan api --run {plan.folder}` shows it; or stop it, and come back",
        ) from e
    finally:
        store.close()
