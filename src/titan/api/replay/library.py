"""All replays of a gateway: which runs there are, and one process that reads those that are asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final

from titan.api.errors import NotYet, Unavailable
from titan.api.replay.hand import Hand
from titan.api.replay.places import Places
from titan.api.replay.questions import Question
from titan.api.wire import encoded

PATIENCE_S: Final = 2.0
"""Below the gateway's own limit of an answer."""
IDLE_S: Final = 300.0
"""How long the process is kept while nobody asks anything: it holds some hundred megabytes."""


class Library:
    """Of all runs under one root. Answers are JSON already, and no work of the gateway's loop. Raises
    NotFound for what is no run there, NotYet while it is being read, StorageError where it cannot be, TooMany
    where too many ask, Unavailable where the process died of it.
    """

    def __init__(
        self, root: Path, elapsed: Callable[[], float], *, patience_s: float = PATIENCE_S,
        idle_s: float = IDLE_S,
    ) -> None:  # fmt: skip
        """`elapsed` is seconds on a clock that never jumps; an answer takes `patience_s` at most."""
        self._root, self._elapsed = root, elapsed
        self._patience_s, self._idle_s = patience_s, idle_s
        self._places, self._looking = Places(root), asyncio.Lock()
        self._hand: Hand | None = None
        self._changing = asyncio.Lock()
        self._tending: asyncio.Task[None] | None = None
        self._asked_at = 0.0

    @property
    def pid(self) -> int | None:
        """Of the process, while there is one."""
        return self._hand.pid if self._hand is not None else None

    async def listed(self) -> bytes:
        return await self._looked(lambda: encoded(self._places.shapes()))

    async def timeline(self, name: str) -> bytes:
        return await self._asked(Question(name, moment=False))

    async def moment(self, name: str, at_ms: float | None, seq: int | None) -> bytes:
        return await self._asked(Question(name, moment=True, at_ms=at_ms, seq=seq))

    async def close(self) -> None:
        """Once nobody asks any more."""
        if self._tending is not None:
            self._tending.cancel()
            await asyncio.gather(self._tending, return_exceptions=True)
        await self._end()

    async def _looked(self, look: Callable[[], bytes]) -> bytes:
        """In a thread: folders are read, and one looks at a time."""
        async with self._looking:
            return await asyncio.to_thread(look)

    async def _asked(self, question: Question) -> bytes:
        await asyncio.to_thread(self._places.folder, question.name)  # for what is no run none is started
        self._asked_at = self._elapsed()
        hand = await self._begun()
        answer = hand.ask(question)
        await asyncio.wait([answer], timeout=self._patience_s)
        if not answer.done():  # it is still worked at: what was done by then need not be done again
            text = "the run is being opened" if hand.ready else "the reader of recorded runs is starting"
            raise NotYet(text, remedy="ask again in a moment")
        return answer.result().result()

    async def _begun(self) -> Hand:
        """Raises Unavailable where no process can be had."""
        async with self._changing:
            if self._hand is not None and not self._hand.alive:
                await self._hand.close()
                self._hand = None
            if self._hand is None:
                try:
                    self._hand = await Hand.begin(self._root)
                except OSError as e:
                    raise Unavailable(f"recorded runs cannot be read: {e.strerror}") from e
                if self._tending is None or self._tending.done():
                    self._tending = asyncio.ensure_future(self._tend())
            return self._hand

    async def _tend(self) -> None:
        """End it when it is not asked for long."""
        while (left := self._asked_at + self._idle_s - self._elapsed()) > 0 or self._waited_for():
            await asyncio.sleep(max(left, 1.0))
        await self._end()

    def _waited_for(self) -> bool:
        return self._hand is not None and self._hand.waiting > 0

    async def _end(self) -> None:
        async with self._changing:
            hand, self._hand = self._hand, None
            if hand is not None:
                await hand.close()
