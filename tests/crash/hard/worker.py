"""One life of the process that is killed: `titan run --mode live` as it is, with a scripted strategy."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import msgspec

from tests.crash.hard.script import Script
from titan.engine.cursor import Cursor
from titan.runtime.modes import mode_named
from titan.runtime.trading.life import trade
from titan.runtime.trading.plan import read_plan
from titan.runtime.trading.run import Run
from titan.storage.journal import StoredJournal
from titan.storage.projection import Projection
from titan.storage.writer import Writer

CALM_S = 0.4
"""How long nothing may be under way before a run counts as ended."""
STUCK_S = 180.0
"""How long a closed gate is waited for when all else is at rest: the laws then say that it is closed."""

When = Literal["", "handed", "committing", "committed"]


class Life(msgspec.Struct):
    """`wishes` 0: go on with what there is, and stop when it has ended. `dies`: at which entry of this life,
    and `when`: handed to the store, within the transaction, or committed and nobody told yet."""

    place: str
    seed: str
    serial: int = 0
    wishes: int = 0
    dies: int = 0
    when: When = ""


Say = Callable[[str], object]


def live(life: Life, say: Say) -> None:
    """Returns when the run has ended in peace; raises what it raises."""
    place = Path(life.place)
    if life.dies:
        _arm(life, say)
    mode = mode_named("live")
    plan = read_plan(place, "live", {}, {})

    def made(run: Run) -> None:
        parts: Any = run.parts
        say("wired")
        beat = _Beat(run, life, say)
        parts.strategy = Script(run, life.seed, life.serial, life.wishes, beat)
        parts.cursor = Cursor(parts.strategy, parts.cursor._blocks)

    with asyncio.Runner(loop_factory=mode.loop) as runner:
        runner.run(
            trade(plan, mode.clock(), seconds=0, env={}, tell=_told, show=lambda _status: None, made=made)
        )


class _Beat:
    """Says when the run has begun to trade, and stops it when nothing is under way any more."""

    def __init__(self, run: Run, life: Life, say: Say) -> None:
        self._run, self._life, self._say = run, life, say
        self._calm = run.clock.elapsed()
        self._ready = False

    def __call__(self) -> None:
        run, now = self._run, self._run.clock.elapsed()
        if not self._ready:
            self._ready, self._calm = True, now
            self._say("ready")
        busy = run.parts.engine.executions or run.parts.desk.open_orders()
        if self._life.wishes or busy:
            self._calm = now
        wait = STUCK_S if run.doors.closed() else CALM_S
        if now - self._calm > wait and run.state == "trading":
            run.state = "stopping"
            if run.doors.closed():
                self._say(f"closed {run.doors.closed()}")
            os.kill(os.getpid(), signal.SIGTERM)


def _arm(life: Life, say: Say) -> None:
    """The process dies by its own hand at an entry of its journal. It is a process of its own: what is
    changed here is changed for nobody else."""
    left = life.dies

    def die(event: msgspec.Struct) -> None:
        say(f"dies {getattr(event, 'step', '') or type(event).__name__}")
        os.kill(os.getpid(), signal.SIGKILL)

    hand, write, project = StoredJournal.__call__, Writer._write, Projection.write
    if life.when == "handed":

        def handed(self: StoredJournal, event: msgspec.Struct) -> None:
            nonlocal left
            hand(self, event)
            left -= 1
            if not left:
                die(event)

        StoredJournal.__call__ = handed  # type: ignore[method-assign]
    elif life.when == "committing":

        def committing(self: Projection, connection: Any, events: Any) -> None:
            nonlocal left
            project(self, connection, events)
            left -= len(events)
            if left <= 0:
                die(events[-1][0])

        Projection.write = committing  # type: ignore[method-assign]
    else:

        def committed(self: Writer, connection: Any, group: Any) -> None:
            nonlocal left
            write(self, connection, group)
            left -= len(group)
            if left <= 0:
                die(group[-1].event)

        Writer._write = committed  # type: ignore[method-assign]


def _told(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def body(life: Life, say: Say) -> int:
    """What a forked process does until its end; its exit code."""
    place = os.open(f"{life.place}/said.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(place, 2)
    try:
        live(life, say)
    except BaseException:  # noqa: BLE001 - whatever ends it, the parent has to know
        traceback.print_exc()
        say("broke")
        return 1
    return 0
