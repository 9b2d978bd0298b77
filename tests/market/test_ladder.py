"""What whoever looks on is shown of quotes and books."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.market.market_state import Level, deep, shallow
from titan.market.freshness import Reason
from titan.market.ladder import DEPTH, LADDER, SHOWN, show
from titan.views import frame

BIDS = [(100.0 - n / 10, 1.0 + n) for n in range(12)]
ASKS = [(100.1 + n / 10, 2.0 + n) for n in range(3)]


def shown(quote: np.void, book: np.void, now_ns: int = 2) -> tuple[np.void, np.void]:
    lines, ladders = np.zeros(1, SHOWN), np.zeros(1, LADDER)
    quotes, books = np.array([quote], quote.dtype), np.array([book], book.dtype)
    show(quotes, books, np.array([7], np.int64), now_ns, 1000, lines, ladders)
    return lines[0], ladders[0]


def side(ladder: np.void, s: int) -> list[Level]:
    return [(float(px), float(size)) for px, size in ladder["levels"][s][: ladder["counts"][s]]]


def close_to(levels: Sequence[Level]) -> list[Level]:
    return [pytest.approx(level) for level in levels]  # type: ignore[misc]


def test_a_ladder_is_the_top_of_the_book_from_the_touch_outwards() -> None:
    line, ladder = shown(*deep(BIDS, ASKS))
    assert side(ladder, 0) == close_to(BIDS[:DEPTH])
    assert side(ladder, 1) == close_to(ASKS)
    assert (line["bid"], line["ask"], line["mid"]) == pytest.approx((100.0, 100.1, 100.05))
    assert (line["why"], line["heard_ns"], line["settles_ns"]) == (0, 7, 0)


def test_a_ladder_goes_on_into_the_far_levels() -> None:
    bids = [(100_000.0, 1.0), (99_999.0, 2.0), (50_000.0, 3.0), (10.0, 4.0), (20.0, 5.0)]
    quote, book = deep(bids, [])
    assert book["far"][0] == 3
    _, ladder = shown(quote, book)
    assert side(ladder, 0) == close_to(sorted(bids, reverse=True))
    assert side(ladder, 1) == []


@given(st.dictionaries(st.integers(1, 200_000), st.integers(1, 9), max_size=30))
def test_a_ladder_is_the_best_levels_of_any_book(levels: dict[int, int]) -> None:
    _, ladder = shown(*deep([], [(ticks / 10, float(size)) for ticks, size in levels.items()]))
    best = sorted(levels.items())[:DEPTH]
    assert side(ladder, 1) == close_to([(ticks / 10, float(size)) for ticks, size in best])


def test_without_a_book_the_ladder_is_the_touch() -> None:
    _, ladder = shown(*shallow((100.0, 2.0), (100.1, 3.0)))
    assert (side(ladder, 0), side(ladder, 1)) == ([(100.0, 2.0)], [(100.1, 3.0)])
    line, ladder = shown(*shallow((100.0, 2.0), (100.1, 0.0)))
    assert (side(ladder, 1), line["why"], line["mid"]) == ([], Reason.ONE_SIDED, 0.0)


def test_an_old_touch_is_shown_and_is_no_price() -> None:
    line, ladder = shown(*shallow((100.0, 2.0), (100.1, 3.0)), now_ns=5000)
    assert (line["bid"], line["mid"], line["why"]) == (100.0, 0.0, Reason.STALE)
    assert side(ladder, 0) == [(100.0, 2.0)]


def test_the_frame_takes_these_records_as_they_are() -> None:
    assert (SHOWN.itemsize, LADDER.itemsize) == (frame.QUOTE.size, frame.LADDER.size)
    assert frame.DEPTH == DEPTH
    assert ("", *(reason.name.lower().replace("_", " ") for reason in Reason)) == frame.WHY
    assert frame.QuoteLine.__struct_fields__ == ("instrument", *(SHOWN.names or ()))
    one = np.zeros(1, SHOWN)
    one[0] = tuple(range(13))
    assert frame.QUOTE.unpack(one.tobytes()) == tuple(range(13))
