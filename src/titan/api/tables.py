"""Keyed tables: what every client of a stream shall know, and for each how much of it is new to him.

A channel has tables, a table rows by key, a row is JSON already. Whenever a row becomes another one it gets
the channel's next version; an equal row changes nothing. So all that a client has to remember is one
number: what is new to him are the rows with a higher version, and the keys that went since. A slow client
gets the last state of a row and not its history, and one that was cut off asks with the number he had: both
are the same question.

What went leaves a tombstone. Of these a bounded number is kept: a client from before the oldest gets the
whole again. `epoch` names one counting of versions; numbers of two epochs mean nothing to each other.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

TABLES: Final[dict[str, tuple[str, ...]]] = {
    "status": (
        "run", "venues", "doors", "halts", "alerts", "holdings", "ended", "positions", "margins",
        "transfers", "reductions", "strategies",
    ),
    "markets": ("quotes", "books", "pairs"),
    "opportunities": ("signals", "routes"),
    "orders": ("working", "done"),
    "fills": ("fills",),
    "sagas": ("working", "done"),
    "metrics": ("latency", "gateway"),
}  # fmt: skip
"""By channel, in the order of a snapshot."""
GRAVES: Final = 10_000
"""Tombstones of a channel."""

Key = tuple[str, str]
"""Table, key."""


class Part(NamedTuple):
    """What a client is to be told: everything where `since` is None, else what changed behind that version.
    `source_ns` is the moment at the run that it is of, 0 before there was one.
    """

    channel: str
    epoch: str
    since: int | None
    version: int
    source_ns: int
    rows: dict[str, dict[str, bytes]]
    gone: dict[str, list[str]]

    @property
    def empty(self) -> bool:
        return not self.rows and not self.gone


class Channel:
    """One writer, any number of readers in other threads."""

    def __init__(self, name: str, epoch: str, tables: Iterable[str], graves: int = GRAVES) -> None:
        self.name, self.tables = name, tuple(tables)
        self._most = graves
        self._lock = threading.Lock()
        self._cells: dict[Key, tuple[int, bytes | None]] = {}
        """By version, the newest last; None for what went."""
        self._known: dict[str, dict[str, bytes]] = {}
        self._begin(epoch)

    def _begin(self, epoch: str) -> None:
        self.epoch, self.version, self.source_ns = epoch, 0, 0
        self._cells.clear()
        self._known = {name: {} for name in self.tables}
        self._graves: dict[Key, int] = {}
        self._floor = 0

    def clear(self, epoch: str) -> None:
        """Versions begin anew: another run, of which nothing is known yet."""
        with self._lock:
            self._begin(epoch)

    def put(self, rows: Mapping[str, Mapping[str, bytes]], source_ns: int) -> bool:
        """These tables are now so, and those that are not named as they were. Whether anything changed. Their
        order is kept for rows that are new.
        """
        with self._lock:
            before = self.version
            for table, wanted in rows.items():
                known = self._known[table]
                for key, body in wanted.items():
                    if known.get(key) != body:
                        known[key] = body
                        self._set((table, key), body)
                if len(known) > len(wanted):
                    for key in [one for one in known if one not in wanted]:
                        del known[key]
                        self._bury((table, key))
            self.source_ns = max(self.source_ns, source_ns)
            return self.version != before

    def row(self, table: str, key: str) -> bytes | None:
        with self._lock:
            return self._known[table].get(key)

    def rows(self, table: str) -> dict[str, bytes]:
        with self._lock:
            return dict(self._known[table])

    def whole(self) -> Part:
        with self._lock:
            rows = {name: dict(self._known[name]) for name in self.tables}
            return Part(self.name, self.epoch, None, self.version, self.source_ns, rows, {})

    def since(self, epoch: str, version: int) -> Part:
        """What is new to a client who has that; everything where that cannot be said any more."""
        with self._lock:
            if epoch == self.epoch and self._floor <= version <= self.version:
                return self._changed(version)
        return self.whole()

    def _changed(self, since: int) -> Part:
        found: list[tuple[Key, bytes | None]] = []
        for cell, (version, body) in reversed(self._cells.items()):
            if version <= since:
                break
            found.append((cell, body))
        rows: dict[str, dict[str, bytes]] = {}
        gone: dict[str, list[str]] = {}
        for (table, key), body in reversed(found):
            if body is None:
                gone.setdefault(table, []).append(key)
            else:
                rows.setdefault(table, {})[key] = body
        return Part(self.name, self.epoch, since, self.version, self.source_ns, rows, gone)

    def _set(self, key: Key, body: bytes | None) -> None:
        self.version += 1
        self._cells.pop(key, None)  # to the end
        self._cells[key] = self.version, body
        if body is not None:
            self._graves.pop(key, None)

    def _bury(self, key: Key) -> None:
        self._set(key, None)
        self._graves[key] = self.version
        while len(self._graves) > self._most:
            oldest = next(iter(self._graves))
            self._floor = self._graves.pop(oldest)
            del self._cells[oldest]


class Tables:
    """All channels, of one epoch."""

    def __init__(self, epoch: str, graves: int = GRAVES) -> None:
        self.channels = {name: Channel(name, epoch, tables, graves) for name, tables in TABLES.items()}

    def __getitem__(self, channel: str) -> Channel:
        return self.channels[channel]

    def clear(self, epoch: str) -> None:
        for channel in self.channels.values():
            channel.clear(epoch)
