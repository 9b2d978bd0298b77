"""The run's frame (`views.frame`): made in the run's own loop, written over the last one in place.

A reader that meets a frame in the middle sees an odd sequence or a checksum that does not fit, and so does
one who comes after a crash. The file's blocks are claimed when it is made, so a disk that fills up later
takes nothing from it; one that is full already costs the frames and nothing else.
"""

from __future__ import annotations

import asyncio
import contextlib
import mmap
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

from titan.market.ladder import LADDER, SHOWN
from titan.runtime.trading.saying import PARTS, Said
from titan.views.frame import BODY, HEAD, MAGIC, NAME, checksum
from titan.views.status import Status

if TYPE_CHECKING:
    from titan.runtime.trading.run import Run

ROOM: Final = 1 << 18
"""Bytes of the file at first."""
PULSE: Final = 2
"""Every so many frames the run says anew how it is; markets are in each."""
AGAIN: Final = 200
"""After so many frames that could not be written the file is tried again."""


class FrameFile:
    """The file. `write` never raises: a frame that cannot be written is not there."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._map: mmap.mmap | None = None
        self._wait = 0
        self.sequence = 0

    def write(self, body: bytes) -> None:
        room = len(self._map) if self._map is not None else 0
        if len(body) > room - BODY and not self._open(max(ROOM, 2 * (len(body) + BODY))):
            return
        assert self._map is not None
        self.sequence += 2
        file, writing = self._map, self.sequence - 1
        HEAD.pack_into(file, 0, MAGIC, writing, 0, 0, 0)
        file[BODY : BODY + len(body)] = body
        HEAD.pack_into(file, 0, MAGIC, self.sequence, len(body), checksum(body, self.sequence), 0)

    def close(self) -> None:
        """The last frame stays, marked as that of a run that has ended."""
        if self._map is None:
            return
        magic, sequence, length, check, _ = HEAD.unpack_from(self._map, 0)
        HEAD.pack_into(self._map, 0, magic, sequence, length, check, 1)
        self._map.close()
        self._map = None

    def _open(self, room: int) -> bool:
        """Another file in the place of the last; whoever reads that one finds that it has ended."""
        self.close()
        if self._wait > 0:
            self._wait -= 1
            return False
        fresh = self._place.with_name(f"{self._place.name}.new")
        try:
            with fresh.open("w+b") as file:
                _claim(file.fileno(), room)
                self._map = mmap.mmap(file.fileno(), room)
            fresh.replace(self._place)
        except OSError:
            self._wait = AGAIN
            self.close()
            with contextlib.suppress(OSError):
                fresh.unlink(missing_ok=True)
            return False
        return True


def _claim(file: int, room: int) -> None:
    """Have the blocks written, not promised: what is mapped must not fail. Raises OSError."""
    left = memoryview(bytes(room))
    while left:
        left = left[os.write(file, left) :]


class Framing:
    """Frames of one run. `every_s` is how often one is written."""

    def __init__(self, run: Run, every_s: float) -> None:
        self._run, self._every_s = run, every_s
        self._file = FrameFile(run.plan.folder / NAME)
        names = tuple(i.id for i in run.instruments)
        self._shown, self._ladders = np.zeros(len(names), SHOWN), np.zeros(len(names), LADDER)
        self._pack = msgspec.msgpack.Encoder()
        self._names = msgspec.Raw(self._pack.encode(names))
        self._pulse = msgspec.Raw(b"")
        self._count = 0

    async def again(self) -> None:
        """The next one, with a new pulse if that is due. Rows that came meanwhile go first."""
        if self._count % PULSE == 0:
            await self._feel()
        self._write()

    async def _feel(self) -> None:
        """How the run is. Its moment is that of the first part."""
        run, said = self._run, Said()
        for part in PARTS:
            with run.parts.present.instant() as now:
                said |= part(run, now)
            await asyncio.sleep(0)
        self._pulse = msgspec.Raw(self._pack.encode(Status(**said)))
        self._hours()
        await asyncio.sleep(0)

    def _write(self) -> None:
        run, now = self._run, self._run.clock.now()
        self._count += 1
        run.parts.view.show(self._shown, self._ladders, now)
        frame = (
            now, run.run_id, self._count, self._every_s, self._names, self._shown.tobytes(),
            self._ladders.tobytes(), self._pulse,
        )  # fmt: skip
        self._file.write(self._pack.encode(frame))

    def close(self) -> None:
        self._file.close()

    def _hours(self) -> None:
        strategy = self._run.parts.strategy
        for pair, state in zip(strategy.pairs, strategy.states, strict=True):
            self._shown[pair.perp_index]["hours"] = float(state["interval_ms"]) / 3_600_000


async def framing(run: Run, every_s: float) -> None:
    """Until it is cancelled. It returns at once where no frames are wanted."""
    if not every_s:
        return
    frames, loop = Framing(run, every_s), asyncio.get_running_loop()
    due = loop.time()
    with contextlib.closing(frames):
        while True:
            await frames.again()
            due = max(due + every_s, loop.time())
            await asyncio.sleep(due - loop.time())
