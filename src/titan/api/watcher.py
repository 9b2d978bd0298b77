"""Looks at a run all the time, in a thread of its own, and keeps the tables as the run is.

The run does not know of it. A look that finds nothing new costs next to nothing; a journal of any length is
taken in parts, and what is told of the journal is shown once all of it was read.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from titan.api.rows import markets, status, trading
from titan.api.tables import Tables
from titan.api.wire import bodies
from titan.runtime.watching.follower import Follower
from titan.views.board import Board, board
from titan.views.replica import Replica

_LOG: Final = logging.getLogger(__name__)
_SHOWN: Final = 100
_AGAIN_S: Final = 1.0
"""After a fault."""
Bodies = dict[str, dict[str, bytes]]


def new_epoch() -> str:
    return secrets.token_hex(6)


class Watcher:
    """Start it with `start`; `look` may be called by hand instead (tests). `looked` is told after every look,
    in the watcher's thread.
    """

    def __init__(
        self, follower: Follower, now: Callable[[], int], *, pace_s: float = 0.05, supervised: bool = False,
        looked: Callable[[], None] = lambda: None,
    ) -> None:  # fmt: skip
        self.follower, self.now, self.looked = follower, now, looked
        self.tables = Tables(new_epoch())
        self.fault = ""
        """What kept the last look from its end: a fault of the gateway, not of the run."""
        self.caught_up = False
        """Whether the journal was read to its end since it began."""
        self.board: Board = board(None, Replica(), now())
        self._pace_s, self._supervised = pace_s, supervised
        self._replica = follower.replica
        self._run_id = ""
        self._seen: tuple[object, ...] = ()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="watcher", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        self.follower.close()

    def look(self) -> None:
        """Once. Raises nothing that a run's files can be the reason of."""
        self.follower.read()
        self._same_run()
        self.caught_up = self.caught_up or not self.follower.behind
        now_ns = self.now()
        f = self.follower
        seen = (id(f.status), f.replica.seq, f.trouble, self.caught_up, now_ns // 1_000_000_000)
        if seen == self._seen:
            return
        self._seen = seen
        self.board = board(f.status, f.replica, now_ns, trouble=f.trouble)
        at_ns = f.status.at_ns if f.status is not None else 0
        for channel, rows in self._rows(self.board, f.replica).items():
            self.tables[channel].put(rows, at_ns)

    def _same_run(self) -> None:
        """Another run's rows are no continuation of these."""
        run_id = self.follower.status.run_id if self.follower.status is not None else ""
        other = bool(run_id and self._run_id and run_id != self._run_id)
        if other or self.follower.replica is not self._replica:
            self.tables.clear(new_epoch())
            self.caught_up = False
        self._run_id = run_id or self._run_id
        self._replica = self.follower.replica

    def _rows(self, b: Board, replica: Replica) -> dict[str, Bodies]:
        s = b.status
        told: dict[str, Bodies] = {
            "status": {
                "run": _rows(status.run(b, replica, supervised=self._supervised)),
                "venues": _rows(status.venues(b, replica)),
                "doors": _rows(status.doors(b)),
                "positions": _rows(status.positions(b)),
                "margins": _rows(status.margins(b)),
                "alerts": _rows(status.alerts(b)),
            },
            "markets": {
                "quotes": _rows(markets.quotes(b, replica.rules)),
                "pairs": _rows(markets.pairs(b)),
            },
            "metrics": {"latency": _rows(trading.stages(s.latency if s is not None else {}))},
        }
        if self.caught_up:
            told["status"] |= {
                "halts": _rows(status.halts(replica)),
                "holdings": _rows(status.holdings(b.holdings)),
                "ended": _rows(status.holdings(b.ended)),
                "transfers": _rows(status.transfers(b.transfers)),
                "reductions": _rows(status.reductions(b.reductions)),
                "strategies": _rows(status.strategies(b, replica)),
            }
            told["orders"] = {
                "working": _rows(trading.orders(replica.working.values(), replica.rules)),
                "done": _rows(trading.orders(replica.ended, replica.rules)),
            }
        return told

    def _run(self) -> None:
        while not self._stop.is_set():
            wait_s, before = self._pace_s, self.follower.replica.seq
            try:
                self.look()
                self.fault = ""
                if self.follower.behind and self.follower.replica.seq != before:
                    wait_s = 0.0
            except Exception as e:  # noqa: BLE001  a named supervision point: told, and tried again
                self.fault, wait_s = f"{type(e).__name__}: {e}", _AGAIN_S
                _LOG.exception("the watcher could not look")
            self.looked()
            self._stop.wait(wait_s)


def _rows(rows: Iterable[tuple[str, msgspec.Struct]]) -> dict[str, bytes]:
    return bodies(rows)
