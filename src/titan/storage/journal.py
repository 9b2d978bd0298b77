"""The journal that outlives the process: entries are committed in groups by a thread of its own, and what has
to wait for them (an order that may only leave once it is written down) is told when they are safe.

While one group is being committed the next one gathers, so a busy moment costs as many commits as the disk
can do and no more. A store that fails (disk full, locked, gone) loses nothing: entries stay in memory, in
order, and are tried again; meanwhile `trouble` says why.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import threading
from collections import deque
from collections.abc import Callable
from typing import Final

import msgspec

from titan.model.errors import StorageError, TitanError
from titan.storage.store import Store, unusable
from titan.storage.writer import Waiting, Writer

Deliver = Callable[[Callable[[], None]], object]
"""Hands a call to the thread that waits for it, in the order of the calls: `loop.call_soon_threadsafe`."""

MOST: Final = 1_000
"""Entries of one commit."""
_FIRST_WAIT_S: Final = 0.02
_LONGEST_WAIT_S: Final = 2.0
_LINGER_S: Final = 0.005
"""How long entries that nobody waits for are gathered: a commit of their own would be in the way of the next
that somebody does wait for."""
_IDLE_S: Final = 0.5
_ENTRIES_A_CHECKPOINT: Final = 500


class StoredJournal:
    """Call it with an event; call `after` with what must wait until all entries so far are safe.

    `now` is ns UTC. `on_trouble` is told when the store begins to fail (why) and when it works again ("").
    Call from one thread, to which `deliver` leads. Raises StorageError when another process writes this
    journal.
    """

    def __init__(
        self, store: Store, *, now: Callable[[], int], deliver: Deliver,
        on_trouble: Callable[[str], None] | None = None,
    ) -> None:  # fmt: skip
        self._url, self._now, self._to_owner = store.url, now, deliver
        self._listeners = [on_trouble] if on_trouble else []
        self._writer = Writer(store)
        self._encode = msgspec.json.Encoder(decimal_format="string", order="deterministic").encode
        self._safe = self._last = self._writer.seq
        self._waiting: deque[Waiting] = deque()
        self._after: deque[tuple[int, Callable[[], None]]] = deque()
        self._changed = threading.Condition()
        self._closing = self._given_up = False
        self.trouble = ""
        """Why the store does not take entries at present; empty while it does."""
        self.before_commit: Callable[[], None] | None = None
        """Called on the thread that writes, before each commit: for what must be on disk no later than
        its entries. Must not raise, and not take long."""
        self._thread = threading.Thread(target=self._work, name="journal", daemon=True)
        self._thread.start()

    def __call__(self, event: msgspec.Struct) -> None:
        """Raises TypeError for what cannot be written as JSON; then nothing was taken."""
        body = self._encode(event).decode()
        with self._changed:
            self._last += 1
            self._waiting.append(Waiting(event, self._now(), body))
            if len(self._waiting) == 1:
                self._changed.notify()

    def after(self, done: Callable[[], None]) -> None:
        """`done` is delivered once every entry up to now is committed; never from within this call."""
        with self._changed:
            if self._safe < self._last:
                self._after.append((self._last, done))
                self._changed.notify()
            else:
                self._deliver(done)

    def watch(self, told: Callable[[str], None]) -> None:
        """`told` is delivered what `on_trouble` is."""
        self._listeners.append(told)

    @property
    def entries(self) -> int:
        """All of the journal, those that wait included."""
        return self._last

    @property
    def unsafe(self) -> int:
        """Entries that are not committed yet."""
        return self._last - self._safe

    @property
    def safe(self) -> int:
        """The number of the last entry that is."""
        return self._safe

    def close(self, timeout_s: float = 10.0) -> None:
        """Commit what waits. Raises StorageError when that was not possible in time: then it never is."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(timeout_s)
        with self._changed:
            self._given_up = True
            self._changed.notify()
        if not self._thread.is_alive():
            self._writer.close()  # else the claim is kept: that thread may still write
        if self.unsafe:
            why = self.trouble or "the store does not answer"
            raise StorageError(
                f"{self.unsafe} entries of the journal are not stored: {why}",
                remedy="when the store works again, start again: venues are asked for what it does not know",
            )

    def _work(self) -> None:
        """Supervised: whatever goes wrong here is trouble that the owner hears of, and is tried again."""
        wait, since = _FIRST_WAIT_S, 0
        while (group := self._gathered(since)) is not None:
            try:
                if group:
                    if self.before_commit is not None:
                        self.before_commit()
                    count = self._writer.commit(group)
                else:
                    self._writer.checkpoint()
                    count = since = 0
            except Exception as e:  # noqa: BLE001  the named supervision point of the thread that writes
                self._say(_words(self._url, e))
                self._pause(wait)
                wait = min(wait * 2, _LONGEST_WAIT_S)
            else:
                wait, since = _FIRST_WAIT_S, since + count
                self._say("")
                self._committed(count)

    def _gathered(self, since_checkpoint: int) -> list[Waiting] | None:
        """The next group; an empty one after a while in which nothing came; None when none will ever."""
        with self._changed:
            idle = _IDLE_S if since_checkpoint >= _ENTRIES_A_CHECKPOINT else None
            while not self._waiting and not self._closing:
                if not self._changed.wait(idle):
                    return []
            if not self._waiting or self._given_up:
                return None
            if not self._after and not self._closing and len(self._waiting) < MOST:
                self._changed.wait_for(self._is_pressed, _LINGER_S)
            return list(itertools.islice(self._waiting, MOST))

    def _is_pressed(self) -> bool:
        """Whether anybody waits for what is not stored yet."""
        return bool(self._after) or self._closing

    def _pause(self, seconds: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._given_up, seconds)

    def _committed(self, count: int) -> None:
        with self._changed:
            for _ in range(count):
                self._waiting.popleft()
            self._safe += count
            while self._after and self._after[0][0] <= self._safe:
                self._deliver(self._after.popleft()[1])

    def _say(self, trouble: str) -> None:
        if trouble != self.trouble:
            self.trouble = trouble
            for told in self._listeners:
                self._deliver(functools.partial(told, trouble))

    def _deliver(self, done: Callable[[], None]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop was closed: nobody waits any more
            self._to_owner(done)


def _words(url: str, error: Exception) -> str:
    """What is wrong, in one line."""
    if isinstance(error, TitanError):
        return error.message
    return unusable(url, error).message
