"""The journal that outlives the process: entries are committed in groups by a thread of its own, and what has
to wait for them (an order that may only leave once it is written down) is told when they are safe.

While one group is being committed the next one gathers, so a busy moment costs as many commits as the disk
can do and no more. A store that fails (disk full, locked, gone) loses nothing: entries stay in memory, in
order, and are tried again; meanwhile `trouble` says why.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from titan.model.errors import StorageError
from titan.storage import chain
from titan.storage.claim import claim
from titan.storage.projection import Projection, Row, order_of
from titan.storage.schema import entries, fills, orders
from titan.storage.store import Store, insert_new, unusable, upsert

Deliver = Callable[[Callable[[], None]], None]
"""Hands a call to the thread that waits for it: `loop.call_soon_threadsafe`."""

MOST: Final = 2_000
"""Entries of one commit."""
_FIRST_WAIT_S: Final = 0.02
_LONGEST_WAIT_S: Final = 2.0


class StoredJournal:
    """Call it with an event; call `after` with what must wait until all entries so far are safe.

    `now` is ns UTC. `on_trouble` is told when the store begins to fail (why) and when it works again ("").
    """

    def __init__(
        self, store: Store, *, now: Callable[[], int], deliver: Deliver, on_trouble: Callable[[str], None]
    ) -> None:  # fmt: skip
        self._store, self._now, self._deliver, self._on_trouble = store, now, deliver, on_trouble
        self._claim = claim(store)
        self._encode = msgspec.json.Encoder(decimal_format="string", order="deterministic").encode
        self._safe, self._link = store.head()
        self._last = self._safe
        with store.reading() as read:
            self._projection = Projection(order_of(row) for row in read.execute(sa.select(orders)))
        self._waiting: deque[tuple[msgspec.Struct, int]] = deque()
        self._after: deque[tuple[int, Callable[[], None]]] = deque()
        self._changed = threading.Condition()
        self._closing = False
        self.trouble = ""
        """Why the store does not take entries at present; empty while it does."""
        self._thread = threading.Thread(target=self._write, name="journal", daemon=True)
        self._thread.start()

    def __call__(self, event: msgspec.Struct) -> None:
        with self._changed:
            self._last += 1
            self._waiting.append((event, self._now()))
            self._changed.notify()

    def after(self, done: Callable[[], None]) -> None:
        """`done` is delivered once every entry up to now is committed."""
        with self._changed:
            if self._safe < self._last:
                self._after.append((self._last, done))
                return
        self._deliver(done)

    @property
    def entries(self) -> int:
        """All of the journal, those that wait included."""
        return self._last

    @property
    def unsafe(self) -> int:
        """Entries that are not committed yet."""
        return self._last - self._safe

    def close(self, timeout_s: float = 10.0) -> None:
        """Commit what waits. Raises StorageError when that was not possible in time."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(timeout_s)
        self._claim.close()
        if self.unsafe:
            raise StorageError(f"{self.unsafe} entries of the journal are not stored: {self.trouble}")

    def _write(self) -> None:
        wait = _FIRST_WAIT_S
        while True:
            with self._changed:
                while not self._waiting and not self._closing:
                    self._changed.wait()
                if not self._waiting:
                    return
                group = [self._waiting[i] for i in range(min(len(self._waiting), MOST))]
            try:
                self._commit(group)
            except (SQLAlchemyError, OSError) as e:
                self._say(str(unusable(self._store.url, e).message))
                time.sleep(wait)
                wait = min(wait * 2, _LONGEST_WAIT_S)
                continue
            wait = _FIRST_WAIT_S
            self._committed(len(group))
            self._say("")

    def _commit(self, group: Sequence[tuple[msgspec.Struct, int]]) -> None:
        rows, link = [], self._link
        for seq, (event, at_ns) in enumerate(group, self._safe + 1):
            body = self._encode(event).decode()
            link = chain.link(link, seq, body)
            rows.append(entry_row(seq, at_ns, event, body, link))
        with self._store.engine.begin() as connection:
            connection.execute(sa.insert(entries), rows)
            changes = self._projection.apply(event for event, _ in group)
            upsert(connection, orders, changes.order_rows())
            insert_new(connection, fills, changes.fills)
        self._projection.keep(changes)
        self._link = link

    def _committed(self, count: int) -> None:
        due = []
        with self._changed:
            for _ in range(count):
                self._waiting.popleft()
            self._safe += count
            while self._after and self._after[0][0] <= self._safe:
                due.append(self._after.popleft()[1])
        for done in due:
            self._deliver(done)

    def _say(self, trouble: str) -> None:
        if trouble != self.trouble:
            self.trouble = trouble
            self._deliver(lambda: self._on_trouble(trouble))


def entry_row(seq: int, at_ns: int, event: msgspec.Struct, body: str, link: str) -> Row:
    request: Any = getattr(event, "request", event)
    return {
        "seq": seq, "at_ns": at_ns, "what": str(event.__struct_config__.tag or type(event).__name__),
        "intent_id": getattr(request, "intent_id", None), "client_id": getattr(request, "client_id", None),
        "body": body, "link": link,
    }  # fmt: skip
