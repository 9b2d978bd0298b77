"""The stored journal on a virtual clock: the same writer, chain and tables, without a thread of its own.

What was not committed is lost with the process; a group may have ended anywhere when it was killed.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from random import Random

import msgspec

from titan.storage.store import Store
from titan.storage.writer import Waiting, Writer


class VirtualJournal:
    """What `storage.journal.StoredJournal` is to a run. `told` hears every event, for whoever watches."""

    def __init__(
        self, store: Store, *, now: Callable[[], int], rng: Random, told: Callable[[msgspec.Struct], None]
    ) -> None:
        self._writer, self._now, self._rng, self._told = Writer(store), now, rng, told
        self._encode = msgspec.json.Encoder(decimal_format="string", order="deterministic").encode
        self._waiting: deque[Waiting] = deque()
        self._after: deque[tuple[int, Callable[[], None]]] = deque()
        self._due = False
        self.safe = self.entries = self._writer.seq
        self.trouble = ""

    def __call__(self, event: msgspec.Struct) -> None:
        self._waiting.append(Waiting(event, self._now(), self._encode(event).decode()))
        self.entries += 1
        self._told(event)
        self._soon()

    @property
    def unsafe(self) -> int:
        return self.entries - self.safe

    def after(self, done: Callable[[], None]) -> None:
        if self.unsafe:
            self._after.append((self.entries, done))
            self._soon()
        else:
            asyncio.get_running_loop().call_soon(done)

    def watch(self, told: Callable[[str], None]) -> None:
        """This store never fails: how one that does is dealt with is tested elsewhere."""

    def _soon(self) -> None:
        if not self._due:
            self._due = True
            slow = 0.2 if self._rng.random() < 0.005 else 0.0
            asyncio.get_running_loop().call_later(0.0005 + self._rng.random() * 0.003 + slow, self._commit)

    def _commit(self) -> None:
        self._due = False
        if self._waiting:
            self._store(len(self._waiting))
        while self._after and self._after[0][0] <= self.safe:
            asyncio.get_running_loop().call_soon(self._after.popleft()[1])

    def _store(self, count: int) -> None:
        group = [self._waiting.popleft() for _ in range(count)]
        self._writer.commit(group)
        self.safe += count

    def killed(self) -> int:
        """The process is gone: a part of what waited may have been committed. How many entries were lost."""
        if self._waiting:
            self._store(self._rng.randint(0, len(self._waiting)))
        self._writer.close()
        return len(self._waiting)

    def close(self) -> None:
        """All is committed."""
        if self._waiting:
            self._store(len(self._waiting))
        self._writer.close()
