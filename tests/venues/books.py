"""The book that rows make, as plainly as can be: what decoders are judged by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from titan.market.tape.rows import Kind, Rows

Book = dict[tuple[int, float], float]
"""(side, price) -> size"""


def play(book: Book, rows: Rows, inst: int = 0) -> Book:
    """Apply rows of one instrument to `book`, and return it."""
    for i, kind, side, px, qty in zip(
        rows.inst.tolist(),
        rows.kind.tolist(),
        rows.side.tolist(),
        rows.px.tolist(),
        rows.qty.tolist(),
        strict=True,
    ):
        if i != inst:
            continue
        if kind == Kind.CLEAR:
            book.clear()
        elif kind == Kind.LEVEL and qty:
            book[side, px] = qty
        elif kind == Kind.LEVEL:
            book.pop((side, px), None)
    return book


def book_of(rows: Rows, inst: int = 0) -> Book:
    """The book after all rows."""
    return play({}, rows, inst)


def set_levels(book: Book, side: int, levels: Iterable[Sequence[str | float]]) -> None:
    """A venue's levels (price and size first) upon a book."""
    for level in levels:
        px, qty = float(level[0]), float(level[1])
        if qty:
            book[side, px] = qty
        else:
            book.pop((side, px), None)
