"""One pass over a tape for several readers: a block is read once and let go when the last reader has had it.

(`itertools.tee` does the same, but lets go of 57 items at a time: gigabytes, when an item is a block.)
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import TypeVar

T = TypeVar("T")


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
