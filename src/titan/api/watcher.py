"""Looks at a run all the time, in a thread of its own, and keeps the tables as the run is.

The run does not know of it. Prices and the run's pulse come from its frame, 20 times a second, or from its
status document where there is no frame; everything that happened from its journal. A look that finds nothing
new costs next to nothing; a journal of any length is taken in parts, and what only it can tell is shown once
all of it was read.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Final, NamedTuple

import msgspec

from titan.api.history import History, Trades
from titan.api.rows.picture import Deeds, Rows, folded, opportunities, said, seen
from titan.api.series import Series
from titan.api.tables import Tables
from titan.api.told import Told
from titan.api.wire import bodies
from titan.model.pair import PairOutcome
from titan.model.recovery import PanicEnded
from titan.model.valuation import Valued
from titan.runtime.watching.follower import Follower
from titan.runtime.watching.frame import FrameReader
from titan.storage.search import Entry
from titan.storage.store import Store, look_into
from titan.views.board import Board, board
from titan.views.frame import Frame
from titan.views.replica import Replica
from titan.views.status import Status

_LOG: Final = logging.getLogger(__name__)
_AGAIN_S: Final = 1.0
"""After a fault."""


def new_epoch() -> str:
    return secrets.token_hex(6)


class Seen(NamedTuple):
    """What a look is made of: where all are as they were, so is the picture. `second` is that of the clock,
    because things grow old.
    """

    status: int
    seq: int
    frame: int
    trouble: str
    caught_up: bool
    second: int


class Watcher:
    """Start it with `start`; `look` may be called by hand instead (tests). `looked` is told after every look,
    in the watcher's thread.
    """

    def __init__(
        self, folder: Path, url: str, now: Callable[[], int], *, since_ns: int = 0, pace_s: float = 0.05,
        supervised: bool = False, looked: Callable[[], None] = lambda: None,
        opens: Callable[[str], Store] = look_into, elapsed: Callable[[], float] = perf_counter,
    ) -> None:  # fmt: skip
        """`folder` is the run's, `url` its journal's; `now` is ns UTC, the run's own clock. What was said
        before `since_ns` is of no run that is looked for.
        """
        self.now, self.looked = now, looked
        self.told, self.history, self.trades = Told(), History(), Trades()
        self.follower = follower = Follower(folder, url, now, since_ns, heard=self._hear, opens=opens)
        self.tables = Tables(new_epoch())
        self.series = Series()
        self.fault = ""
        """What kept the last look from its end: a fault of the gateway, not of the run."""
        self.caught_up = False
        """Whether the journal was read to its end since it began."""
        self.took_s = 0.0
        """What the last look took."""
        self.board: Board = board(None, Replica(), now())
        self.frame: Frame | None = None
        self._frames = FrameReader(folder, now)
        self._deeds = Deeds()
        self._pace_s, self._supervised, self._elapsed = pace_s, supervised, elapsed
        self._replica = follower.replica
        self._run_id = ""
        self._seen: Seen | None = None
        self._reading = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @contextmanager
    def replica(self) -> Iterator[Replica]:
        """As it stands while nobody looks: be quick. For other threads."""
        with self._reading:
            yield self.follower.replica

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="watcher", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        self._frames.close()
        self.follower.close()

    def look(self) -> None:
        """Once. Raises nothing that a run's files can be the reason of."""
        with self._reading:
            self._look()

    def _look(self) -> None:
        f = self.follower
        f.read()
        status, self.frame = self._freshest(f.status)
        self._same_run(status)
        self.caught_up = self.caught_up or not f.behind
        now_ns = self.now()
        number = self.frame.sequence if self.frame is not None else 0
        pulse = status.at_ns if status is not None else 0
        found = Seen(pulse, f.replica.seq, number, f.unread, self.caught_up, now_ns // 1_000_000_000)
        before, self._seen = self._seen, found
        lost = before is not None and bool(before.frame) and not number
        if before is None or lost or found._replace(frame=before.frame) != before:
            self._show(status, found, before, now_ns)
        if self.frame is not None and (before is None or number != before.frame):
            self._put("markets", seen(self.board, f.replica, self.frame), self.frame.at_ns)

    def _hear(self, entry: Entry, event: msgspec.Struct) -> None:
        """An entry that the replica has just taken."""
        if self.told(entry, event):
            self.history.clear()
            self.trades.clear()
        if isinstance(event, Valued):
            self.history.hear(event)
        elif isinstance(event, PairOutcome | PanicEnded):
            self.trades.hear(self.follower.replica.closed)

    def _freshest(self, status: Status | None) -> tuple[Status | None, Frame | None]:
        """The frame's pulse, where it tells of a later moment than the document; a run that has stopped says
        so in its document only.
        """
        frame = self._frames.read()
        if frame is None or frame.pulse.run_id != frame.run_id:
            return status, None
        if status is None or status.at_ns < frame.pulse.at_ns:
            return frame.pulse, frame
        return status, frame if status.run_id == frame.run_id else None

    def _same_run(self, status: Status | None) -> None:
        """Another run's rows are no continuation of these."""
        run_id = status.run_id if status is not None else ""
        other = bool(run_id and self._run_id and run_id != self._run_id)
        if other or self.follower.replica is not self._replica:
            self.tables.clear(new_epoch())
            self.series.clear()
            self.caught_up, self._seen, self._deeds = False, None, Deeds()
        self._run_id = run_id or self._run_id
        self._replica = self.follower.replica

    def _show(self, status: Status | None, found: Seen, before: Seen | None, now_ns: int) -> None:
        f, replica = self.follower, self.follower.replica
        self.board = b = board(status, replica, now_ns, trouble=f.unread)
        self.series.hear(b, self.told.sample_ns)
        for channel, tables in said(b, replica, supervised=self._supervised).items():
            self._put(channel, tables, found.status)
        if self.frame is None:
            self._put("markets", seen(b, replica, None), found.status)
        if not self.caught_up:
            return
        self._put("status", folded(b, replica), found.status)
        self._put("opportunities", opportunities(b, replica), found.status)
        anew = before is None or before.seq != found.seq or not before.caught_up
        for channel, rows in (self._deeds(replica) if anew else {}).items():
            self.tables[channel].put(rows, found.status)
        if not anew:
            for channel in ("orders", "fills", "sagas"):
                self.tables[channel].put({}, found.status)

    def _put(self, channel: str, tables: Mapping[str, Rows], source_ns: int) -> None:
        self.tables[channel].put({name: bodies(rows) for name, rows in tables.items()}, source_ns)

    def _run(self) -> None:
        while not self._stop.is_set():
            before, began = self.follower.replica.seq, self._elapsed()
            wait_s = self._pace_s if self.attempt() else _AGAIN_S
            self.took_s = self._elapsed() - began
            if self.follower.behind and self.follower.replica.seq != before:
                wait_s = 0.0
            self.looked()
            self._stop.wait(max(wait_s - self.took_s, 0.0))

    def attempt(self) -> bool:
        """As `look`, and a fault is told in `fault` instead of raised. Whether there was none."""
        try:
            self.look()
        except Exception as e:  # noqa: BLE001  a named supervision point: told, and tried again
            self.fault, self._seen = f"{type(e).__name__}: {e}", None
            _LOG.exception("the watcher could not look")
        else:
            self.fault = ""
        return not self.fault
