"""`book` on nautilus_trader: its Rust book behind Cython, one `OrderBookDeltas` a message.
 Variants `<book>` (the deltas are objects already) and `<book>-build` (floats to objects to book: what a
live feed pays).
"""

from __future__ import annotations

from nautilus_trader.model.book import OrderBook
from nautilus_trader.model.data import BookOrder, OrderBookDelta, OrderBookDeltas
from nautilus_trader.model.enums import BookAction, BookType, OrderSide, RecordFlag
from nautilus_trader.model.identifiers import InstrumentId
from nautilus_trader.model.objects import Price, Quantity

from benchmarks.drivers import books
from benchmarks.drivers.task import from_command_line

INSTRUMENT = InstrumentId.from_str("BTCUSDT.BINANCE")


def deltas(
    message: tuple[list[books.Level], list[books.Level]], sequence: int, px_digits: int, qty_digits: int
) -> OrderBookDeltas:
    """One message as nautilus' objects; the last delta is flagged."""
    out = []
    left = len(message[0]) + len(message[1])
    for side, levels in zip((OrderSide.BUY, OrderSide.SELL), message, strict=True):
        for price, qty in levels:
            left -= 1
            order = BookOrder(side, Price(price, px_digits), Quantity(qty, qty_digits), 0)
            action = BookAction.UPDATE if qty else BookAction.DELETE
            flags = RecordFlag.F_LAST if left == 0 else 0
            out.append(OrderBookDelta(INSTRUMENT, action, order, flags, sequence, sequence, sequence))
    return OrderBookDeltas(INSTRUMENT, out)


def best(book: OrderBook) -> float:
    bid, ask = book.best_bid_price(), book.best_ask_price()
    return 0.0 if bid is None or ask is None else bid.as_double() + ask.as_double()


def main() -> None:
    task = from_command_line()
    name, _, build = task.variant.partition("-")
    found = books.stream(task.inputs, name)
    digits = books.PRICE_DIGITS[name], books.QTY_DIGITS[name]
    messages = [m for m in found.as_lists() if m[0] or m[1]]

    def apply_built(book: OrderBook) -> float:
        check = 0.0
        for sequence, message in enumerate(messages, 1):
            book.apply_deltas(deltas(message, sequence, *digits))
            check += best(book)
        return check

    ready = [] if build else [deltas(m, i, *digits) for i, m in enumerate(messages, 1)]

    def apply_ready(book: OrderBook) -> float:
        check = 0.0
        for message in ready:
            book.apply_deltas(message)
            check += best(book)
        return check

    books.measure(
        task, found, lambda: OrderBook(INSTRUMENT, BookType.L2_MBP), apply_built if build else apply_ready
    )


if __name__ == "__main__":
    main()
