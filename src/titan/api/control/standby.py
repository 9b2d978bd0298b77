"""The gateway's hand on the panic that stands ready: it is started, told, listened to, and replaced."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import msgspec

from titan.api.control.ready import OVERRIDES, Order, Said
from titan.api.errors import Conflict
from titan.api.shapes.control import PanicShape
from titan.model.recovery import PanicEnded
from titan.runtime.trading.plan import Plan

_LOG: Final = logging.getLogger(__name__)
_LINES: Final = 200
_LIVES_S: Final = 10.0
_WAITS_S: Final = (0.2, 1.0, 2.0, 5.0)
"""Before one is started again, by how many died young in a row."""
_SOON: Final = 50
"""So often a run that begins is looked for; then less often."""
NONE: Final = PanicShape("none", "", (), (), {}, 0.0, 0.0, False)


class Target(msgspec.Struct, frozen=True):
    """What a panic is about: a config folder, the mode of its run, and settings above the files."""

    place: Path
    mode: str
    overrides: Mapping[str, object]
    plan: Plan


def known(target: Target | None) -> Target:
    """Raises Conflict while nobody knows which run is meant."""
    if target is None:
        raise Conflict("no run is known yet", remedy="wait until it has started")
    return target


def with_end(shape: PanicShape, ended: PanicEnded, ended_ms: float) -> PanicShape:
    """Of a panic that came to this end."""
    return msgspec.structs.replace(
        shape, state="open" if ended.open else "flat", name=ended.panic, flat=ended.flat,
        open=dict(ended.open), ended_ms=ended_ms,
    )  # fmt: skip


class Standby:
    """`run` keeps one standing ready; `panic` lets it act. `target` is asked at each start, None while nobody
    knows what to act on. `now_ms` is ms UTC.
    """

    def __init__(self, target: Callable[[], Target | None], now_ms: Callable[[], float]) -> None:
        self._target, self._now_ms = target, now_ms
        self.shown = NONE
        self._process: Process | None = None
        self._ready = False
        self._free = asyncio.Event()
        self._order: Order | None = None
        self._ended = asyncio.Event()

    @property
    def ready(self) -> bool:
        return self._ready

    @property
    def running(self) -> bool:
        return self.shown.state == "running"

    @property
    def shape(self) -> PanicShape:
        return msgspec.structs.replace(self.shown, ready=self._ready)

    async def run(self) -> None:
        """Until cancelled."""
        loop, young, unknown = asyncio.get_running_loop(), 0, 0
        while True:
            target = await asyncio.to_thread(self._target)
            if target is None:
                unknown += 1
                await asyncio.sleep(_WAITS_S[unknown > _SOON])
                continue
            began = loop.time()
            try:
                await self._one(target)
            except OSError as e:
                _LOG.error("no panic stands ready: %s", e)
            self._ready = False
            young = 0 if loop.time() - began > _LIVES_S else young + 1
            await asyncio.sleep(_WAITS_S[min(young, len(_WAITS_S) - 1)])

    async def panic(self, reason: str, by: str) -> PanicShape:
        """Begin it. While one runs it is that one."""
        if not self.running:
            self.shown = PanicShape("running", "", (), (), {}, self._now_ms(), 0.0, False)
            self._order = Order(reason, by)
            await self._tell()
        return self.shape

    async def _tell(self) -> None:
        """The order to whoever stands there; the next one gets it where nobody does."""
        process, order = self._process, self._order
        if process is None or process.stdin is None or order is None:
            return
        with contextlib.suppress(ConnectionError):
            process.stdin.write(msgspec.json.encode(order) + b"\n")
            await process.stdin.drain()

    async def _one(self, target: Target) -> None:
        words = sys.executable, "-m", "titan.api.control.ready", str(target.place), target.mode
        env = {**os.environ, OVERRIDES: msgspec.json.encode(dict(target.overrides)).decode()}
        process = await asyncio.create_subprocess_exec(
            *words, stdin=PIPE, stdout=PIPE, env=env, start_new_session=True
        )
        self._process = process
        try:
            await self._tell()
            assert process.stdout is not None
            async for line in process.stdout:
                self._hear(line)
            await process.wait()
        finally:
            self._process = None
            if process.stdin is not None:
                process.stdin.close()  # it ends by that; one that acts goes on to its end
        if self.running:
            self._add(f"it died (code {process.returncode}) before its end: another one goes on with it")

    def _hear(self, line: bytes) -> None:
        try:
            said = msgspec.json.decode(line, type=Said)
        except msgspec.DecodeError:
            return
        if said.ready is not None:
            self._ready = said.ready
            if said.text and self._target() is not None:
                _LOG.warning("no panic stands ready: %s", said.text)
        elif said.ended is not None:
            self._order = None
            self.shown = with_end(self.shown, said.ended, self._now_ms())
        elif said.error:
            self._order = None
            if self.running:
                self._add(said.error)
                self.shown = msgspec.structs.replace(self.shown, state="open", ended_ms=self._now_ms())
            elif self._target() is not None:
                _LOG.warning("no panic stands ready: %s", said.error)
        elif said.text:
            self._add(said.text)

    def _add(self, text: str) -> None:
        self.shown = msgspec.structs.replace(self.shown, lines=(*self.shown.lines[-_LINES:], text))
