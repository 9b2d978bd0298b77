"""Whoever decides sees one instant of the world: the clock stands, and all rows up to it are there."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from tests.doubles.tapes import SPOT
from titan.engine.situation import Present
from titan.engine.view import MarketView
from titan.market.freshness import NoPrice
from titan.market.tape.local import LocalBlock
from titan.market.tape.rows import END, Kind, empty
from titan.market.tape.share import Queue
from titan.model.fill import Fill, Liquidity
from titan.model.order import Side
from titan.portfolio.ledger import Ledger
from titan.risk.overrides import CLOSE, NO_TRADING, Scope
from titan.risk.restraints import Restraints, imposed


class World:
    """A clock that goes on by 1 whenever it is read, and quotes that come when they are told."""

    def __init__(self) -> None:
        self.now = 1_000
        self.blocks = Queue[LocalBlock]()
        self.view = MarketView([SPOT], self.blocks, assumed=(0.0001, 0.1), max_age_ns=10**12)
        rules = {SPOT.id: SPOT}
        self.present = Present(self.clock, rules, self.view, Ledger(rules))

    def clock(self) -> int:
        self.now += 1
        return self.now

    def quote(self, at_ns: int, bid: float) -> None:
        rows = empty(2)
        rows.ts[:] = rows.recv[:] = at_ns
        rows.kind[:] = Kind.BBO
        rows.side[:], rows.px[:], rows.qty[:] = (1, -1), (bid, bid + 1), 1.0
        rows.flags[1] = END
        self.blocks.put(LocalBlock(rows, rows.recv, np.arange(2, dtype=np.int64)))

    def bid(self) -> float:
        price: Any = self.present.price(SPOT.id)
        assert not isinstance(price, NoPrice)
        return float(price.bid)


def test_the_clock_stands_while_somebody_decides_and_goes_on_then() -> None:
    world = World()
    with world.present.instant() as at:
        assert {world.present.now_ns for _ in range(3)} == {at}
    assert world.present.now_ns > at
    with pytest.raises(ValueError, match="broke"), world.present.instant():
        raise ValueError("it broke")
    assert world.present.now_ns != world.present.now_ns


def test_a_row_of_the_very_moment_that_was_looked_at_before_is_seen() -> None:
    world = World()
    world.quote(900, 100.0)
    with world.present.instant() as at:
        assert world.bid() == 100.0
    world.quote(at, 200.0)
    world.now = at - 1
    with world.present.instant() as again:
        assert again == at
        assert world.bid() == 200.0


def test_a_clock_that_was_set_back_does_not_take_back_what_was_seen() -> None:
    world = World()
    world.quote(1_000, 100.0)
    world.bid()
    seen = world.view.now_ns
    world.now = 10
    with world.present.instant() as at:
        assert at == seen
        assert world.bid() == 100.0


def test_marks_are_those_of_the_instant() -> None:
    world = World()
    world.quote(900, 100.0)
    with world.present.instant() as at:
        first = world.present.marks()[SPOT.id]
    world.quote(at, 300.0)
    world.now = at - 1
    with world.present.instant():
        assert world.present.marks()[SPOT.id] > first


def test_a_price_that_stood_grows_old_though_no_row_comes() -> None:
    world = World()
    world.quote(900, 100.0)
    assert world.bid() == 100.0
    world.now += 10**12
    assert isinstance(world.present.price(SPOT.id), NoPrice)
    assert world.present.touch(SPOT.id) is None


def test_a_position_that_nothing_was_heard_of_is_worth_what_it_cost() -> None:
    world = World()
    ledger = world.present._ledger
    ledger.deposit("binance.spot", "USDT", Decimal(500), 1)
    assert (world.present.nav(), world.present.guessed, world.present.cost(SPOT.id)) == (500, False, None)
    for n, ticks in enumerate((10_000, 20_000)):
        fill = Fill(
            f"f{n}", "c", SPOT.id, Side.BUY, ticks, int(1 / SPOT.lot), Decimal(0), "USDT", Liquidity.TAKER,
            2, 2,
        )  # fmt: skip
        ledger.book_fill(fill, reference_ticks=ticks)
        assert (world.present.nav(), world.present.guessed) == (500, True)
    assert world.present.cost(SPOT.id) == SPOT.price(15_000)
    world.quote(900, 200.0)
    assert world.present.nav() == 500 - SPOT.price(30_000) + 2 * Decimal("200.5")
    assert not world.present.guessed


def test_nav_follows_the_books_and_the_market() -> None:
    world = World()
    ledger = world.present._ledger
    ledger.deposit("binance.spot", "USDT", Decimal(50), 1)
    world.quote(900, 100.0)
    assert world.present.nav() == 50
    ledger.deposit("binance.spot", "BTC", Decimal(2), 1, price=Decimal(90))
    assert world.present.nav() == 50 + 2 * Decimal("100.5")
    world.quote(2_000, 200.0)
    world.now = 1_998
    assert world.present.nav() == 50 + 2 * Decimal("100.5")
    assert world.present.nav() == 50 + 2 * Decimal("200.5")


@pytest.mark.parametrize(
    ("scope", "closes"),
    [
        (Scope(), True), (Scope(base="BTC"), True), (Scope(owner="BTC:core:1"), True),
        (Scope(instrument=SPOT.id), True), (Scope(base="ETH"), False), (Scope(owner="BTC:core:2"), False),
    ],
)  # fmt: skip
def test_a_holding_is_closed_where_a_scope_that_is_to_be_closed_covers_it(scope: Scope, closes: bool) -> None:
    world = World()
    restraints = Restraints()
    world.present = Present(world.clock, {SPOT.id: SPOT}, world.view, Ledger({SPOT.id: SPOT}), restraints)
    assert not world.present.must_close("sentinel", "BTC:core:1", SPOT.id)
    restraints.hear(imposed("x", scope, CLOSE, reason="", by="", local_ns=1))
    assert world.present.must_close("sentinel", "BTC:core:1", SPOT.id) is closes
    restraints.hear(imposed("y", Scope(), NO_TRADING, reason="", by="", local_ns=1))
    assert not world.present.must_close("sentinel", "BTC:core:1", SPOT.id)
