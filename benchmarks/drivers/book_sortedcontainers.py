"""`book` on sortedcontainers: two SortedDict, the usual choice of a book in plain Python."""

from __future__ import annotations

from sortedcontainers import SortedDict

from benchmarks.drivers import books
from benchmarks.drivers.task import from_command_line

Book = tuple[SortedDict, SortedDict]


def main() -> None:
    task = from_command_line()
    found = books.stream(task.inputs, task.variant)
    messages = found.as_lists()

    def apply(book: Book) -> float:
        bids, asks = book
        check = 0.0
        for new_bids, new_asks in messages:
            for levels, changed in ((bids, new_bids), (asks, new_asks)):
                for price, qty in changed:
                    if qty:
                        levels[price] = qty
                    else:
                        levels.pop(price, None)
            if bids and asks:
                check += bids.peekitem(-1)[0] + asks.peekitem(0)[0]
        return check

    books.measure(task, found, lambda: (SortedDict(), SortedDict()), apply)


if __name__ == "__main__":
    main()
