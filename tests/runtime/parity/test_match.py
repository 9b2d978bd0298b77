"""What a run and its backtest did, side by side: each thing once, and each difference with its cause."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pytest

from tests.doubles.tapes import PERP, SPOT
from titan.model.events import Refused, Submitted
from titan.model.fill import Fill, Liquidity
from titan.model.order import Side
from titan.model.pair import PairEnd, PairIntent, PairOutcome, PairType
from titan.model.run import RunBegan
from titan.model.signal import Intent, Purpose, Signal
from titan.model.wake import Why, Woke
from titan.runtime.parity.cause import Cause
from titan.runtime.parity.match import Matched, matched, side_by_side, worth_by_cause
from titan.runtime.parity.story import Story

NS = 1_000_000_000
MS = 1_000_000
WARM = 60 * NS


def pair(name: str = "p1", units: int = 10, purpose: Purpose = Purpose.ENTRY) -> PairIntent:
    return PairIntent(
        name, "s", "BTC", "BTC:satellite:1", PairType.SATELLITE, purpose, SPOT.id, PERP.id, units, 5, "r", 0,
        0, 0, 1.0, 1.0,
    )  # fmt: skip


class Told:
    """A story, told entry by entry."""

    def __init__(self, *, live: bool = True) -> None:
        self.story = Story()
        self.story.know(SPOT)
        self.story.know(PERP)
        self.live = live
        if live:
            self.began(0)

    def began(self, at: float, decides: float | None = None) -> Told:
        if self.live:
            at_ns = round(at * NS)
            self.story.take(RunBegan("r", "paper", "s", "p", Decimal(1), 1, "v", False, at_ns))
            self._woke(Why.BEGIN, at if decides is None else decides, 0)
        return self

    def signal(self, at: float, z: float = 2.0, name: str = "EXPAND") -> Told:
        self.story.take(Signal("s", 1, name, "BTC", 1, round(at * NS), {"z": z}))
        return self

    def wish(self, at: float, wish: PairIntent, why: Why = Why.SIGNAL) -> Told:
        self._woke(why, at, 1)
        self.story.take(wish)
        return self

    def until(self, at: float) -> Told:
        self._woke(Why.STOP, at, 0)
        return self

    def order(
        self, at: float, wish: PairIntent, *, ticks: int = 3_000_000, reference: int = 3_000_000,
        lots: int = 100, client: str = "c1",
    ) -> Told:  # fmt: skip
        at_ns = round(at * NS)
        intent = Intent(
            f"{wish.id}-{client}", "s", "o", SPOT.id, Side.BUY, 100, Purpose.ENTRY, reference, saga=wish.id
        )
        self.story.take(Submitted(client, intent, at_ns))
        fee = Decimal("0.01")
        self.story.take(
            Fill(client, client, SPOT.id, Side.BUY, ticks, lots, fee, "USDT", Liquidity.TAKER, at_ns, at_ns)
        )
        return self

    def ended(self, wish: PairIntent, end: PairEnd, reason: str = "") -> Told:
        self.story.take(PairOutcome(wish, end, wish.units, 1, 0, reason, 0))
        return self

    def _woke(self, why: Why, at: float, wishes: int) -> None:
        self.story.take(Woke("s", why, "", round(at * NS), 0, "", wishes))


def beside(live: Told, tested: Told, shift_ns: int = 0) -> Matched:
    return matched(live.story, tested.story, shift_ns=shift_ns, warm_ns=WARM)


def causes(rows: Sequence[object]) -> list[Cause]:
    return [row.cause for row in rows]  # type: ignore[attr-defined]


def backtest() -> Told:
    return Told(live=False)


def test_pairs_are_the_same_first_and_then_the_nearest_each_once() -> None:
    live, other = [1, 10, 20, 50], [2, 10, 11, 90]
    rows = side_by_side(live, other, lambda _: 0, lambda n: n, 12, lambda n: n)
    assert [(row.live, row.tested) for row in rows] == [(1, 2), (10, 10), (20, 11), (50, None), (None, 90)]


def test_what_is_the_same_has_no_cause() -> None:
    wish = pair()
    one = Told().signal(5).wish(5, wish).order(5, wish).until(9)
    other = backtest().signal(5).wish(5, wish).order(5, wish)
    found = beside(one, other)
    assert {*causes(found.signals), *causes(found.decisions), *causes(found.orders)} == {Cause.EQUAL}


def test_a_backtests_clock_that_is_ahead_is_set_back() -> None:
    found = beside(Told().signal(5).until(9), backtest().signal(5.25), shift_ns=250 * MS)
    assert causes(found.signals) == [Cause.EQUAL]


@pytest.mark.parametrize(
    ("at", "cause"),
    [
        (1.0, Cause.LATER), (5.0, Cause.UNEXPLAINED), (15.0, Cause.DOWN), (21.0, Cause.DOWN),
        (30.0, Cause.RESTART), (99.0, Cause.DOWN),
    ],
)  # fmt: skip
def test_what_only_the_backtest_raised_is_judged_by_what_the_run_was_doing(at: float, cause: Cause) -> None:
    live = Told()
    live.story.processes.clear()
    live.began(0, decides=2).until(10).began(20, decides=22).until(40)
    assert causes(beside(live, backtest().signal(at)).signals) == [cause]


def test_other_figures_come_of_the_order_of_rows_or_of_a_restart() -> None:
    live = Told().signal(5, z=2.0).until(10).began(20).signal(25, z=2.0).until(40)
    found = beside(live, backtest().signal(5, z=2.1).signal(25, z=2.2))
    assert causes(found.signals) == [Cause.ORDER, Cause.RESTART]
    assert "z 2 and 2.1" in found.signals[0].note


def test_a_decision_has_the_cause_of_its_signal() -> None:
    live = Told().until(10).began(20).signal(25).wish(25, pair()).until(40)
    found = beside(live, backtest().signal(50, name="CONTRACT"))
    assert causes(found.decisions) == [Cause.RESTART]


def test_a_decision_of_the_timer_and_what_follows_from_it() -> None:
    first, second = pair("p1"), pair("p2", purpose=Purpose.EXIT)
    live = Told().wish(5, first, Why.TICK).wish(6, second, Why.FINISHED).until(9)
    assert causes(beside(live, backtest()).decisions) == [Cause.TIMER, Cause.FOLLOWS]


def test_nothing_is_called_explained_without_a_reason() -> None:
    live = Told().wish(5, pair(), Why.FINISHED).until(9)
    assert causes(beside(live, backtest()).decisions) == [Cause.UNEXPLAINED]


def test_a_gate_that_refused_on_one_side_only() -> None:
    wish = pair()
    live = Told().signal(5).wish(5, wish).until(9)
    live.story.take(Refused(f"{wish.id}-BTC-1-spot", "collar", "too far", {}, 5))
    found = beside(live, backtest().signal(5).wish(5, wish))
    assert [(row.cause, row.note) for row in found.decisions] == [(Cause.GATE, "collar: too far")]


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({}, Cause.EQUAL),
        ({"reference": 3_000_100, "ticks": 3_000_100}, Cause.LATENCY),
        ({"ticks": 3_000_100}, Cause.BOOK),
        ({"lots": 60}, Cause.BOOK),
    ],
)
def test_a_fill_differs_by_the_moment_or_by_the_book(change: dict[str, int], cause: Cause) -> None:
    wish = pair()
    live = Told().signal(5).wish(5, wish).order(5, wish).until(9)
    found = beside(live, backtest().signal(5).wish(5, wish).order(5, wish, **change))
    assert causes(found.orders) == [cause]


def test_a_fill_at_another_price_of_an_order_sent_later_is_latency() -> None:
    wish = pair()
    live = Told().signal(5).wish(5, wish).order(5, wish).until(9)
    found = beside(live, backtest().signal(5).wish(5, wish).order(5.01, wish, ticks=3_000_100))
    assert [(row.cause, row.note) for row in found.orders] == [
        (Cause.LATENCY, "the backtest sent it 10.0 ms later")
    ]


def test_a_clip_that_one_side_did_not_come_to() -> None:
    wish = pair()
    live = Told().signal(5).wish(5, wish).order(5, wish).order(6, wish, client="c2")
    live.ended(wish, PairEnd.DONE).until(9)
    other = backtest().signal(5).wish(5, wish).order(5, wish)
    assert causes(beside(live, other.ended(wish, PairEnd.DONE)).orders) == [Cause.EQUAL, Cause.LATENCY]
    assert causes(beside(live, other.ended(wish, PairEnd.ABORTED)).orders) == [Cause.EQUAL, Cause.BOOK]


def test_another_size_after_orders_parted_follows_from_them() -> None:
    entry, mine, theirs = pair(), pair("p2", 8, Purpose.EXIT), pair("p2", 6, Purpose.EXIT)
    live = Told().signal(5).wish(5, entry).order(5, entry).wish(7, mine, Why.FINISHED).until(9)
    other = backtest().signal(5).wish(5, entry).order(5.5, entry).wish(7, theirs, Why.FINISHED)
    assert causes(beside(live, other).decisions) == [Cause.EQUAL, Cause.FOLLOWS]


def test_the_worth_of_all_causes_is_that_of_all_orders() -> None:
    wish, alone = pair(), pair("p9", purpose=Purpose.EXIT)
    live = Told().signal(5).wish(5, wish).order(5, wish).wish(8, alone, Why.TICK).order(8, alone, client="c9")
    other = backtest().signal(5).wish(5, wish).order(5, wish, ticks=3_000_100)
    found = beside(live.until(9), other)
    mark, rate = Decimal(31_000), Decimal("0.5")
    worth = worth_by_cause(found.orders, {SPOT.id: mark}, {"USDT": rate})
    assert set(worth) == {Cause.BOOK, Cause.TIMER}
    assert worth[Cause.BOOK] == Decimal("0.0005")  # 0.001 BTC bought 1.00 cheaper
    mine = sum(o.worth(mark, rate) for o in live.story.orders.values())
    theirs = sum(o.worth(mark, rate) for o in other.story.orders.values())
    assert sum(worth.values()) == mine - theirs
