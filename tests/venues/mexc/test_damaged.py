"""Damaged messages of MEXC: nothing of it stays."""

from __future__ import annotations

import pytest

from tests.venues.mexc.played import RECV
from tests.venues.mexc.test_perp import MS, answer, depth, line, push
from titan.market.tape.rows import Kind


@pytest.mark.parametrize("level", [[9.2e18, 1, 1], [10.0, 1e23, 1]])
def test_a_price_or_size_that_cannot_be_is_refused(level: list[float]) -> None:
    said = line()
    said.hear(depth(1, 1, [], []))
    said.answer(said.line.events.popleft(), answer(1, [[10.0, 1, 1]], []))
    said.hear(depth(2, 2, [level], []))
    assert said.line.tally.malformed == 1
    assert said.books.of(0) == ({10.0: 0.0001}, {})


def test_a_trade_so_small_that_its_size_vanishes_is_refused() -> None:
    said = line()
    rows = said.hear(push("push.deal", [{"p": 10.5, "v": 5e-324, "T": 1, "t": MS, "i": "7"}]))
    assert said.line.tally.malformed == 1
    assert len(rows.ts) == 0


def test_a_touch_of_the_future_silences_none_for_long() -> None:
    said = line()
    touch = {"bids": [[10.0, 1, 1]], "asks": [[11.0, 1, 1]]}
    said.hear(push("push.depth.full", touch | {"version": 1 << 60}))
    for version in range(1, 1003):
        said.hear(push("push.depth.full", touch | {"version": version}))
    assert said.rows[Kind.BBO] == 2 + 2
    said.hear(push("push.depth.full", touch | {"version": 1 << 60}))
    assert said.line.tally.malformed == 1, "it is not believed twice"


def test_a_mark_of_the_future_silences_none() -> None:
    said = line()
    for ms in (MS, MS + 10**12, MS + 1000):
        said.hear(push("push.fair.price", {"symbol": "BTC_USDT", "price": 10.5}, ts=ms), RECV)
    assert said.rows[Kind.MARK] == 3
