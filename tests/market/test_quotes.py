"""What each kind of row does to the quote and the book of its instrument."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from tests.market.depth_oracle import OracleBook, book_messages
from titan.market import book as l2
from titan.market import quotes as q
from titan.market.compiled import compiled
from titan.market.grid import NO_PRICE
from titan.market.tape.rows import END, Kind, Rows, empty


def rows_of(*entries: tuple[int, int, int, int, float, float]) -> Rows:
    """A block from (inst, kind, side, flags, px, qty); row k happens at 1000 + k."""
    rows = empty(len(entries))
    for k, (inst, kind, side, flags, px, qty) in enumerate(entries):
        rows.ts[k] = rows.recv[k] = 1000 + k
        rows.inst[k], rows.kind[k], rows.side[k], rows.flags[k] = inst, kind, side, flags
        rows.px[k], rows.qty[k] = px, qty
    return rows


class View:
    """Two instruments' quotes and books."""

    def __init__(self, half_spread: float = 0.0, bar_share: float = 0.1) -> None:
        self.quotes = q.new_quotes([0.1, 0.01], half_spread=half_spread, bar_share=bar_share)
        self.books = l2.new_books([0.1, 0.01])

    def feed(self, *entries: tuple[int, int, int, int, float, float]) -> list[bool]:
        rows = rows_of(*entries)
        return [q.update(self.quotes, self.books, rows, k) for k in range(len(entries))]

    def touch(self, i: int = 0) -> tuple[float, float, float, float]:
        quote = self.quotes[i]
        return float(quote["bid"]), float(quote["bid_qty"]), float(quote["ask"]), float(quote["ask_qty"])


EMPTY = (NO_PRICE, 0.0, NO_PRICE, 0.0)
BOOK = (
    (0, Kind.LEVEL, 1, 0, 100.0, 2.0),
    (0, Kind.LEVEL, 1, 0, 99.9, 5.0),
    (0, Kind.LEVEL, -1, 0, 100.1, 3.0),
    (0, Kind.LEVEL, -1, END, 100.3, 4.0),
)


def test_bbo_rows_set_the_touch_of_their_instrument_only() -> None:
    view = View()
    ends = view.feed((1, Kind.BBO, 1, 0, 50.01, 7.0), (1, Kind.BBO, -1, END, 50.02, 8.0))
    assert ends == [False, True]
    assert view.touch(1) == (50.01, 7.0, 50.02, 8.0)
    assert view.touch(0) == EMPTY
    assert (view.quotes[1]["ts"], view.quotes[1]["touch_ts"]) == (1001, 1001)


def test_level_rows_show_in_the_quote_at_the_messages_end() -> None:
    view = View()
    view.feed(*BOOK[:3])
    assert view.touch() == EMPTY
    view.feed(BOOK[3])
    assert view.touch() == (100.0, 2.0, 100.1, 3.0)
    view.feed((0, Kind.LEVEL, 1, END, 100.0, 0.0))
    assert view.touch() == (99.9, 5.0, 100.1, 3.0)


def test_a_bbo_message_fuses_into_a_deep_book() -> None:
    view = View()
    view.feed(*BOOK)
    view.feed((0, Kind.BBO, 1, 0, 100.1, 1.0), (0, Kind.BBO, -1, END, 100.2, 6.0))
    assert view.touch() == (100.1, 1.0, 100.2, 6.0)
    book = view.books[0]
    assert l2.next_level(book, 1, 100.1) == 100.0
    assert l2.next_level(book, -1, 100.2) == 100.3
    assert l2.level_qty(book, -1, 100.1) == 0.0


def test_trades_and_reference_prices_go_to_their_fields() -> None:
    view = View()
    view.feed(
        (0, Kind.TRADE, 1, END, 100.0, 0.5),
        (0, Kind.MARK, 0, END, 100.5, 0.0),
        (0, Kind.INDEX, 0, END, 100.6, 0.0),
        (0, Kind.FUNDING, 0, END, 1e-4, 1.7e12),
        (0, Kind.OPEN_INTEREST, 0, END, 0.0, 1234.0),
        (0, Kind.LIQUIDATION, 1, END, 90.0, 3.0),
    )
    quote = view.quotes[0]
    names = ("last", "last_qty", "mark", "index", "funding_rate", "funding_ms", "interest")
    assert [float(quote[n]) for n in names] == [100.0, 0.5, 100.5, 100.6, 1e-4, 1.7e12, 1234.0]
    assert view.touch() == EMPTY
    assert quote["touch_ts"] == 0
    assert quote["ts"] == 1005


@pytest.mark.parametrize(
    ("half_spread", "px", "bid", "ask"),
    [
        (0.0, 28155.1, 28155.1, 28155.1),
        (1e-4, 28155.1, 28152.2, 28158.0),  # 2.81551 away, then outward to the grid of 0.1
        (0.5, 0.1, 0.1, 0.2),
    ],
)
def test_a_bar_part_assumes_a_touch_rounded_outward(
    half_spread: float, px: float, bid: float, ask: float
) -> None:
    view = View(half_spread=half_spread, bar_share=0.25)
    view.feed((0, Kind.BAR_HIGH, 0, 0, px, 8.0))
    assert view.touch() == (bid, 2.0, ask, 2.0)
    assert view.quotes[0]["bars"] == 1
    assert view.quotes[0]["last"] == px


def test_a_bar_does_not_overrule_a_book() -> None:
    view = View()
    view.feed(*BOOK, (0, Kind.BAR_CLOSE, 0, END, 90.0, 8.0))
    assert view.touch() == (100.0, 2.0, 100.1, 3.0)


@pytest.mark.parametrize(("kind", "gaps"), [(Kind.CLEAR, 0), (Kind.GAP, 1)])
def test_clear_and_gap_empty_touch_and_book(kind: Kind, gaps: int) -> None:
    view = View()
    view.feed(*BOOK, (0, kind, 0, END, 0.0, 0.0))
    assert view.touch() == EMPTY
    assert l2.best_bid(view.books[0]) == NO_PRICE
    assert view.quotes[0]["gaps"] == gaps
    view.feed(*BOOK)
    assert view.touch() == (100.0, 2.0, 100.1, 3.0)


def test_what_our_own_order_took_is_gone_until_the_next_update() -> None:
    view = View()
    view.feed(*BOOK)
    assert q.take(view.quotes[0], view.books[0], -1, 100.1, 3.0) == 3.0
    assert view.touch() == (100.0, 2.0, 100.3, 4.0)
    view.feed((0, Kind.LEVEL, -1, END, 100.1, 3.0))
    assert view.touch() == (100.0, 2.0, 100.1, 3.0)
    view.feed((1, Kind.BBO, 1, 0, 50.0, 7.0), (1, Kind.BBO, -1, END, 50.02, 8.0))
    assert q.take(view.quotes[1], view.books[1], 1, 50.0, 9.0) == 7.0
    assert q.take(view.quotes[1], view.books[1], -1, 50.03, 9.0) == 0.0
    assert view.touch(1) == (50.0, 0.0, 50.02, 8.0)


@pytest.mark.parametrize(("px", "qty"), [(float("nan"), 1.0), (0.0, 0.0), (50.0, 0.0), (float("inf"), 1.0)])
def test_a_bbo_row_of_nothing_empties_its_side(px: float, qty: float) -> None:
    view = View()
    view.feed((0, Kind.BBO, 1, 0, 50.0, 7.0), (0, Kind.BBO, -1, END, 50.2, 8.0))
    view.feed((0, Kind.BBO, 1, 0, px, qty), (0, Kind.BBO, -1, END, 50.2, 9.0))
    assert view.touch() == (NO_PRICE, 0.0, 50.2, 9.0)


@pytest.mark.parametrize("kind", [Kind.TRADE, Kind.BAR_CLOSE, Kind.LEVEL])
def test_rows_without_a_price_change_none(kind: Kind) -> None:
    view = View()
    view.feed((0, Kind.TRADE, 1, END, 100.0, 0.5), (0, kind, 1, END, float("nan"), 1.0))
    assert view.quotes[0]["last"] == 100.0
    assert view.touch() == EMPTY


@pytest.mark.data
@pytest.mark.parametrize(("capture", "tick"), [("usdm", 0.1), ("spot", 0.01)])
def test_recorded_depth_and_touch_streams_fuse_as_in_the_oracle(
    data: Path, capture: str, tick: float
) -> None:
    quote, book = q.new_quotes([tick], half_spread=0, bar_share=0)[0], l2.new_books([tick])[0]
    oracle = OracleBook(tick)
    path = data / "l2" / "hftbacktest" / capture / "btcusdt_20230405.dat.gz"
    deep = False
    for ts, (is_depth, changes) in enumerate(islice(book_messages(path), 12_000)):
        deep |= is_depth
        for k, (side, px, qty) in enumerate(changes, 1):
            kind = Kind.LEVEL if is_depth else Kind.BBO
            q.apply(quote, book, ts, kind, side, END if k == len(changes) else 0, px, qty)
            if deep:
                oracle.set_level(side, px, qty) if is_depth else oracle.set_touch(side, px, qty)
        touch = [
            (float(quote["bid"]), float(quote["bid_qty"])),
            (float(quote["ask"]), float(quote["ask_qty"])),
        ]
        if not is_depth:
            assert touch == [(px, qty) for _, px, qty in changes]
        elif changes:
            assert touch == [(oracle.top(side, 1) or [(NO_PRICE, 0.0)])[0] for side in (1, -1)]


@compiled
def scan(quotes: q.Quotes, books: q.Quotes, rows: Rows) -> tuple[int, float]:
    ends = 0
    total = 0.0
    for k in range(len(rows.ts)):
        if q.update(quotes, books, rows, k):
            ends += 1
            total += quotes[rows.inst[k]]["bid"]
    return ends, total


def test_update_inlined_into_a_compiled_loop_does_the_same() -> None:
    entries = [
        *BOOK,
        (1, Kind.BBO, 1, 0, 50.0, 7.0),
        (1, Kind.BBO, -1, END, 50.02, 8.0),
        (0, Kind.GAP, 0, END, 0, 0),
    ]
    called, looped = View(), View()
    called.feed(*entries)
    assert scan(looped.quotes, looped.books, rows_of(*entries)) == (3, 150.0)
    assert np.array_equal(called.quotes, looped.quotes)
    assert called.books.tobytes() == looped.books.tobytes()
