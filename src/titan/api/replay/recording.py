"""A recorded run, opened: its timeline, and any of its moments as the tables that a live run has."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

import msgspec

from titan.api.errors import NotYet
from titan.api.replay.live import LiveSource
from titan.api.replay.market import NOTHING, Seen
from titan.api.replay.past import Past
from titan.api.replay.played import PlayedSource
from titan.api.replay.scene import Scene, Source
from titan.api.replay.standing import Counts, Worth, status_at
from titan.api.replay.timeline import marks, thinned
from titan.api.rows.entries import shape
from titan.api.rows.picture import picture
from titan.api.shapes.history import EntryShape, ReplayMoment, ReplayTimeline
from titan.api.wire import MS, bodies, encoded, ms
from titan.model.errors import StorageError, TapeError
from titan.runtime.verify.run import is_live_run
from titan.views.board import board
from titan.views.frame import Frame
from titan.views.replica import Replica
from titan.views.status import Status

ENTRIES: Final = 50
PART_S: Final = 0.05
"""How long one part of what is read ahead takes at most, about."""
ROOM: Final[dict[str, int]] = {
    "sagas/done": 40_000, "opportunities/signals": 35_000, "opportunities/routes": 15_000,
    "orders/done": 30_000, "fills/fills": 30_000, "status/ended": 25_000, "status/alerts": 15_000,
    "status/transfers": 10_000, "status/reductions": 5_000,
}  # fmt: skip
"""Bytes of tables of what has ended, the newest first: a moment is asked for many times a second."""
_NEWEST_FIRST: Final = frozenset({"status/ended", "status/alerts", "status/transfers", "status/reductions"})
_ENTRIES_ROOM: Final = 40_000
_LONG: Final = 4_000
"""An entry's body of more bytes (settings) is not sent along."""


class Recording:
    """Of one folder, for one thread. Raises StorageError, and NotYet where its patience was not enough."""

    def __init__(self, folder: Path, elapsed: Callable[[], float], patience_s: float = 2.0) -> None:
        """`elapsed` is seconds on a clock that never jumps."""
        self.name = folder.name
        self._elapsed, self._patience_s = elapsed, patience_s
        self._source: Source = LiveSource(folder) if is_live_run(folder) else PlayedSource(folder)
        self._past = Past(self._source.lines)
        self._timeline: tuple[int, ReplayTimeline] | None = None
        self._scene: Scene | None = None

    def close(self) -> None:
        self._source.close()

    def changed(self) -> bool:
        """Whether another run lies in its folder now."""
        return self._source.lines.changed()

    def timeline(self) -> ReplayTimeline:
        self._index()
        source, length = self._source, len(self._source.lines.index)
        if self._timeline is None or self._timeline[0] != length:
            told = ReplayTimeline(
                self.name, ms(source.began_ns), ms(source.ended_ns), source.quote, thinned(source.navs()),
                tuple(marks(source, source.rules)),
            )  # fmt: skip
            self._timeline = length, told
        return self._timeline[1]

    def moment(self, at_ms: float | None = None, seq: int | None = None) -> ReplayMoment:
        """By our clock or by the entry; the end where neither is named."""
        self._index()
        at_ns, place = self._where(at_ms, seq)
        deadline = self._elapsed() + self._patience_s
        replica = self._replica(place, lambda: self._elapsed() > deadline)
        entries = self._source.lines.read(max(place - ENTRIES, 0), place)
        told = fitting(shape(one, self._source.rules) for one in reversed(entries))
        if not place:
            tables = _tables(None, replica, None, at_ns)
            return ReplayMoment(self.name, ms(at_ns), 0, tables, told, "the run had not begun")
        self._scene = self._source.scene(place)
        seen, why, whole = self._seen(self._scene, at_ns, lambda: self._elapsed() > deadline)
        worth = self._source.worth(replica, at_ns)
        status = self._status(at_ns, place, replica, self._scene, seen, worth)
        frame = seen.frame(at_ns, status) if seen.names else None
        tables = _tables(status, replica, frame, at_ns)
        valued_ms = ms(worth.at_ns) if worth is not None else 0.0
        return ReplayMoment(self.name, ms(at_ns), replica.seq, tables, told, why, whole, valued_ms)

    def ahead(self) -> bool:
        """Read a part of what was not read yet; whether there was any. What is wrong is told who asks."""
        began = self._elapsed()
        while self._elapsed() - began < PART_S:
            try:
                if not self._past.ahead() and not self._step():
                    return False
            except (StorageError, TapeError):
                return False
        return True

    def _step(self) -> bool:
        market = self._scene.market if self._scene is not None else None
        return market is not None and market.ahead()

    def _index(self) -> None:
        while self._source.lines.grow():
            pass

    def _where(self, at_ms: float | None, seq: int | None) -> tuple[int, int]:
        """The moment, ns, and how many entries there were by then."""
        index = self._source.lines.index
        if seq is not None:
            place = index.by_seq(seq)
            return index.times[place - 1] if place else 0, place
        at_ns = self._source.ended_ns if at_ms is None else min(round(at_ms * MS), self._source.ended_ns)
        return at_ns, index.by_time(at_ns)

    def _replica(self, place: int, enough: Callable[[], bool]) -> Replica:
        if not self._past.reach(place, enough):
            share = self._past.folded / len(self._source.lines.index)
            raise NotYet(f"the journal is being read: {share:.0%}", remedy="ask again in a moment")
        return self._past.at(place)

    def _seen(self, scene: Scene, at_ns: int, enough: Callable[[], bool]) -> tuple[Seen, str, bool]:
        """The market, or why it is not there, and whether that is all there will be."""
        market = scene.market
        if market is None:
            return NOTHING, scene.why, True
        try:
            if not market.at(at_ns, enough):
                return NOTHING, f"the tape is being read: {market.share:.0%}", False
        except TapeError as e:
            self._source.forget(market)
            return NOTHING, e.message, True
        return market.seen(at_ns), "", True

    def _status(
        self, at_ns: int, place: int, replica: Replica, scene: Scene, seen: Seen, worth: Worth | None
    ) -> Status:
        index, first = self._source.lines.index, self._source.first
        first = first if place > first else 0
        counts = Counts(
            place, scene.market.rows if scene.market is not None else 0,
            index.count("signal", first, place), index.count("submitted", first, place),
        )  # fmt: skip
        facts = self._source.facts(replica)
        return status_at(at_ns, replica, facts, worth, seen, counts, scene.limits, scene.params)


def _tables(
    status: Status | None, replica: Replica, frame: Frame | None, at_ns: int
) -> dict[str, dict[str, Any]]:
    """Rows as JSON already, by "channel/table"."""
    found = {}
    for channel, tables in picture(board(status, replica, at_ns), replica, frame).items():
        for table, rows in tables.items():
            name = f"{channel}/{table}"
            found[name] = {key: msgspec.Raw(body) for key, body in _newest(name, bodies(rows))}
    return found


def _newest(table: str, rows: dict[str, bytes]) -> Iterable[tuple[str, bytes]]:
    """What there is room for, in the order of the table."""
    if table not in ROOM:
        return rows.items()
    found, room = list[tuple[str, bytes]](), ROOM[table]
    listed = list(rows.items())
    for one in listed if table in _NEWEST_FIRST else reversed(listed):
        room -= len(one[1])
        if room < 0 and found:
            break
        found.append(one)
    return found if table in _NEWEST_FIRST else found[::-1]


def fitting(entries: Iterable[EntryShape]) -> tuple[EntryShape, ...]:
    """What there is room for, the newest first; of one with a very long body only its words."""
    found, room = list[EntryShape](), _ENTRIES_ROOM
    for entry in entries:
        one, size = entry, len(encoded(entry))
        if size > _LONG:
            one = msgspec.structs.replace(one, body={"what": one.what})
            size = len(encoded(one))
        room -= size
        if room < 0:
            break
        found.append(one)
    return tuple(found)
