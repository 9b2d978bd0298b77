"""`book` on Titan's compiled book. Variants `<book>` (Python calls once a message) and `<book>-batch` (the
loop is compiled).
"""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from benchmarks.drivers import books
from benchmarks.drivers.task import from_command_line
from titan.market.book import BOOK, best_ask, best_bid, new_books, set_level
from titan.market.compiled import compiled

Books = NDArray[np.void]


@compiled
def apply_message(held: Books, levels: NDArray[np.void], begin: int, end: int) -> float:
    """Apply one message and return the sum of the best prices; 0 until both sides are known."""
    book = held[0]
    for i in range(begin, end):
        level = levels[i]
        set_level(book, level["side"], level["px"], level["qty"])
    bid, ask = best_bid(book), best_ask(book)
    return bid + ask if bid > 0.0 and ask > 0.0 else 0.0


@compiled
def apply_all(held: Books, levels: NDArray[np.void], offsets: NDArray[np.int64]) -> float:
    """The whole stream: the sum over its messages."""
    check = 0.0
    for m in range(len(offsets) - 1):
        check += apply_message(held, levels, offsets[m], offsets[m + 1])
    return check


def main() -> None:
    task = from_command_line()
    name, _, batch = task.variant.partition("-")
    found = books.stream(task.inputs, name)
    levels, edges = found.levels, found.offsets.tolist()
    pairs = list(itertools.pairwise(edges))

    def a_message_a_call(held: Books) -> float:
        check = 0.0
        for begin, end in pairs:
            check += apply_message(held, levels, begin, end)
        return check

    def in_one_call(held: Books) -> float:
        return apply_all(held, levels, found.offsets)

    books.measure(
        task,
        found,
        lambda: new_books([books.TICKS[name]]),
        in_one_call if batch else a_message_a_call,
        record_mb=BOOK.itemsize / 1e6,
    )


if __name__ == "__main__":
    main()
