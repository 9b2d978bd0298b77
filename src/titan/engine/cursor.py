"""A strategy's place on the tape: it scans ahead of everything else, and says when it next has something
to say.

Signals are functions of market data and parameters alone (decision 0004), so nothing that happens later on
the venue
side can make a scanned signal wrong. A cursor never scans further than one block beyond the present.
"""

from __future__ import annotations

from collections.abc import Iterator

from titan.engine.loop import FOREVER
from titan.market.tape.local import LocalBlock
from titan.model.signal import Signal
from titan.strategies.protocol import Strategy


class Cursor:
    def __init__(self, strategy: Strategy, blocks: Iterator[LocalBlock]) -> None:
        self.strategy = strategy
        self._blocks = blocks
        self._block: LocalBlock | None = None
        self._next = self._size = 0
        self._code = 0
        self._at = -1
        self.rows = 0
        """Rows stepped so far."""

    def peek(self, now_ns: int) -> int:
        """Local time of the next signal; or, with none in sight, the time up to which it is known to be
        quiet.
        """
        while self._code == 0 and self._at <= now_ns:
            if self._next >= self._size and not self._load():
                self._at = FOREVER
                break
            assert self._block is not None
            start = self._next
            self._next, self._code = self.strategy.scan(self._block.rows, start, self._size)
            self.rows += self._next - start
            self._at = int(self._block.local[self._next - 1])
        return self._at

    def more(self) -> None:
        """Blocks have come where there were none: look again."""
        if self._code == 0 and self._at == FOREVER:
            self._at = -1

    def take(self, now_ns: int) -> Signal | None:
        """The signal that is due by now, once."""
        if self._code == 0 or self._at > now_ns or self._block is None:
            return None
        signal = self.strategy.signal(self._code, int(self._block.row[self._next - 1]), self._at)
        self._code = 0
        return signal

    def _load(self) -> bool:
        for block in self._blocks:
            if len(block.local):
                self._block, self._next, self._size = block, 0, len(block.local)
                return True
        return False
