"""All replays of a gateway: the few runs that were asked for last stay open, and one thread reads them all.

Whatever is asked goes through that thread in turn; while nothing is, it reads ahead in the run that was asked
for last, a part at a time, so that any moment of it is near.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Final

from titan.api.errors import NotYet, TooMany
from titan.api.replay.places import Places
from titan.api.wire import encoded

if TYPE_CHECKING:
    from titan.api.replay.recording import Recording

OPEN: Final = 2
"""Runs that are kept open."""
PATIENCE_S: Final = 2.0
"""Below the gateway's own limit of an answer."""
WAITING: Final = 32
"""Questions that may wait for the thread."""


class Library:
    """Of all runs under one root. Answers are JSON already, made in the thread. Raises NotFound for what is
    no run there, NotYet while it is being read, StorageError where it cannot be, TooMany where too many ask.
    """

    def __init__(self, root: Path, elapsed: Callable[[], float], *, patience_s: float = PATIENCE_S) -> None:
        """`elapsed` is seconds on a clock that never jumps; an answer takes about `patience_s` at most."""
        self._places, self._elapsed, self._patience_s = Places(root), elapsed, patience_s
        self._open: OrderedDict[str, Recording] = OrderedDict()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="replay")
        self._waiting, self._ahead, self._closing = 0, False, False

    async def listed(self) -> bytes:
        return await self._asked(lambda: encoded(self._places.shapes()))

    async def timeline(self, name: str) -> bytes:
        return await self._asked(lambda: encoded(self._recording(name).timeline()))

    async def moment(self, name: str, at_ms: float | None, seq: int | None) -> bytes:
        return await self._asked(lambda: encoded(self._recording(name).moment(at_ms, seq)))

    async def close(self) -> None:
        """Once nobody asks any more."""
        self._closing = True
        await asyncio.get_running_loop().run_in_executor(self._thread, self._close)
        self._thread.shutdown()

    async def _asked(self, answer: Callable[[], bytes]) -> bytes:
        if self._waiting >= WAITING:
            raise TooMany("too many moments are asked for at once", retry_after_s=1.0)
        self._waiting += 1
        asked = asyncio.get_running_loop().run_in_executor(self._thread, self._answered, answer)
        asked.add_done_callback(self._done)
        await asyncio.wait([asked], timeout=self._patience_s)
        if not asked.done():  # kernels are loaded, or others are first: it goes on, and is near the next time
            raise NotYet("the run is being opened", remedy="ask again in a moment")
        return asked.result()

    def _done(self, asked: asyncio.Future[bytes]) -> None:
        self._waiting -= 1
        if not asked.cancelled():
            asked.exception()  # who asked is told, or did not wait for it

    def _answered(self, answer: Callable[[], bytes]) -> bytes:
        try:
            return answer()
        finally:
            if self._open and not self._ahead and not self._closing:
                self._ahead = True
                self._thread.submit(self._read_ahead)

    def _read_ahead(self) -> None:
        """A part; then what was asked meanwhile goes first."""
        newest = next(reversed(self._open.values()), None)
        self._ahead = newest is not None and not self._closing and newest.ahead()
        if self._ahead:
            self._thread.submit(self._read_ahead)

    def _recording(self, name: str) -> Recording:
        from titan.api.replay.recording import Recording  # the kernels are loaded once somebody asks

        folder = self._places.folder(name)
        found = self._open.pop(name, None)
        if found is not None and found.changed():
            found.close()
            found = None
        if found is None:
            found = Recording(folder, self._elapsed, self._patience_s * 2 / 3)
        self._open[name] = found
        while len(self._open) > OPEN:
            self._open.popitem(last=False)[1].close()
        return found

    def _close(self) -> None:
        while self._open:
            self._open.popitem()[1].close()
