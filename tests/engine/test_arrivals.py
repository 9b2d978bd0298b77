"""Rows from sockets are read as rows of a tape: the same signals, in the order in which they were heard."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tests.engine.test_pump import Marker
from titan.engine.arrivals import Arrivals
from titan.engine.cursor import Cursor
from titan.market.tape.local import LocalBlock
from titan.market.tape.rows import END, Rows, empty
from titan.market.tape.share import Queue
from titan.model.signal import Signal


def rows(times: Sequence[int], marked: Sequence[int] = ()) -> Rows:
    block = empty(len(times))
    block.recv[:] = times
    block.flags[:] = END
    block.px[:] = [1.0 if t in marked else 0.0 for t in times]
    return block


class Hearing:
    """Arrivals with one cursor, a clock that is set by hand, and what was heard and raised, in order."""

    def __init__(self) -> None:
        self.now, self.told = 0, list[tuple[str, int]]()
        self.queue, self.other = Queue[LocalBlock](), Queue[LocalBlock]()
        self.arrivals = Arrivals(
            lambda: self.now, queues=(self.queue, self.other), first=(self._block,), on_signal=self._signal
        )
        self.arrivals.attach(Cursor(Marker(), self.queue))

    def _block(self, block: LocalBlock, now: int) -> None:
        self.told.append(("block", now))

    def _signal(self, cursor: Cursor, signal: Signal) -> None:
        self.told.append(("signal", signal.row))

    def hear(self, now: int, *block: Rows) -> None:
        self.now = now
        for one in block:
            self.arrivals.on_rows(one)


def test_every_signal_of_a_block_is_raised_after_all_have_heard_it() -> None:
    one = Hearing()
    one.hear(10, rows([1, 2, 3, 4], marked=[2, 4]))
    assert one.told == [("block", 10), ("signal", 1), ("signal", 3)]
    one.hear(20, rows([11, 12]), rows([13], marked=[13]))
    assert one.told[3:] == [("block", 20), ("block", 20), ("signal", 6)]
    assert one.arrivals.rows == 7


def test_nothing_is_raised_twice_and_nothing_of_no_rows() -> None:
    one = Hearing()
    one.hear(5, rows([]), rows([5], marked=[5]), rows([]), rows([6]))
    assert [told for told in one.told if told[0] == "signal"] == [("signal", 0)]


def test_local_times_run_forwards_and_never_beyond_now_whatever_the_clock_does() -> None:
    one = Hearing()
    one.hear(100, rows([90, 95, 93]))
    one.hear(50, rows([94, 40, 120]))
    one.hear(130, rows([131]))
    local = np.concatenate([block.local for block in one.other])
    assert local.tolist() == [90, 95, 95, 95, 95, 95, 130]


def test_a_queue_gives_again_after_it_was_empty() -> None:
    queue = Queue[int]()
    queue.put(1)
    assert list(queue) == [1]
    assert list(queue) == []
    queue.put(2)
    assert next(queue) == 2
