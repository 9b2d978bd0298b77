"""One pass over a tape for several readers: a block is read once and let go when the last reader has had it;
and the place that a tape has for its reader, filled as blocks come.

(`itertools.tee` does the same, but lets go of 57 items at a time: gigabytes, when an item is a block.)
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Queue(Generic[T]):
    """Blocks that wait for one reader. Unlike most iterators it goes on after it had nothing to give."""

    def __init__(self) -> None:
        self._waiting: deque[T] = deque()

    def put(self, block: T) -> None:
        self._waiting.append(block)

    def __iter__(self) -> Queue[T]:
        return self

    def __next__(self) -> T:
        if not self._waiting:
            raise StopIteration
        return self._waiting.popleft()


def shared(source: Iterator[T], readers: int) -> tuple[Iterator[T], ...]:
    """`readers` iterators over one source. What the slowest has not taken yet is held in memory."""
    waiting: tuple[deque[T], ...] = tuple(deque() for _ in range(readers))

    def reader(own: deque[T]) -> Iterator[T]:
        while True:
            if not own:
                try:
                    item = next(source)
                except StopIteration:
                    return
                for queue in waiting:
                    queue.append(item)
                del item
            yield own.popleft()

    return tuple(reader(own) for own in waiting)
