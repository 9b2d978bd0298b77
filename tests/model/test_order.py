"""The life of an order: the table is whole, final states stay final, no fill is lost or counted twice."""

from __future__ import annotations

import copy
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import REPO
from titan.model.order import (
    FINAL,
    TRANSITIONS,
    Order,
    OrderEvent,
    OrderRequest,
    OrderState,
    OrderType,
    Side,
    TimeInForce,
    Verdict,
)  # fmt: skip
from tools.order_life import page


def order(lots: int = 10) -> Order:
    request = OrderRequest(
        "t1", "i1", "sentinel", "x.spot.AB", Side.BUY, OrderType.LIMIT, lots, 100, tif=TimeInForce.IOC
    )
    return Order(request, sent_ns=0)


def test_every_state_has_a_cell_for_every_event() -> None:
    assert set(TRANSITIONS) == set(OrderState)
    for state, row in TRANSITIONS.items():
        assert set(row) == set(OrderEvent)
        for cell in row.values():
            assert cell.verdict is not Verdict.IGNORED or cell.after is state


def test_every_state_can_be_reached_from_pending() -> None:
    seen, work = set(), [OrderState.PENDING]
    while work:
        state = work.pop()
        if state not in seen:
            seen.add(state)
            work += [cell.after for cell in TRANSITIONS[state].values()]
    assert seen == set(OrderState)


def test_every_cell_can_be_met() -> None:
    """By what can happen to an order: reports, fills of any size, changes. All but one: a fill that leaves a
    whole order a part.
    """
    met: set[tuple[OrderState, OrderEvent]] = set()

    def move(self: Order, event: OrderEvent, at_ns: int) -> Verdict:
        met.add((self.state, event))
        return really(self, event, at_ns)

    really = Order._move
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Order, "_move", move)
        seen, work = set[str](), [order(3)]
        while work:
            one = work.pop()
            if one.filled_lots > 5 or repr(one) in seen:
                continue
            seen.add(repr(one))
            for what in (*OrderEvent, 1, 3, "amend"):
                after = copy.copy(one)
                if isinstance(what, OrderEvent):
                    after.apply(what, 1)
                elif isinstance(what, int):
                    after.apply_fill(100, what, 1)
                elif not after.state.is_final:
                    after.amend(after.filled_lots + 2, 100)
                work.append(after)
    every = {(state, event) for state, row in TRANSITIONS.items() for event in row}
    assert every - met == {(OrderState.FILLED, OrderEvent.PARTIAL_FILL)}


def test_a_final_order_never_opens_again() -> None:
    for state in FINAL:
        assert {cell.after for cell in TRANSITIONS[state].values()} <= FINAL


def test_every_live_order_can_end_in_every_way_that_a_venue_may_tell() -> None:
    for state in set(OrderState) - FINAL:
        row = TRANSITIONS[state]
        assert row[OrderEvent.FILL] == (OrderState.FILLED, Verdict.MOVE)
        assert row[OrderEvent.CANCEL] == (OrderState.CANCELLED, Verdict.MOVE)
        assert row[OrderEvent.EXPIRE] == (OrderState.EXPIRED, Verdict.MOVE)
        assert row[OrderEvent.REJECT].after in FINAL


def test_a_fill_is_never_ignored() -> None:
    for row in TRANSITIONS.values():
        for event in (OrderEvent.PARTIAL_FILL, OrderEvent.FILL):
            assert row[event].verdict is not Verdict.IGNORED


def test_a_timeout_never_means_failure() -> None:
    for state, row in TRANSITIONS.items():
        after = row[OrderEvent.TIMEOUT].after
        assert after is state or (state is OrderState.PENDING and after is OrderState.UNKNOWN)


def test_an_unknown_order_keeps_its_exposure() -> None:
    one = order()
    one.apply(OrderEvent.TIMEOUT, 1)
    assert one.state is OrderState.UNKNOWN
    assert one.leaves_lots == 10


def test_a_fill_after_the_cancel_still_counts() -> None:
    one = order()
    one.apply(OrderEvent.CANCEL, 1)
    one.apply_fill(100, 4, 2)
    assert one.state is OrderState.CANCELLED
    assert one.filled_lots == 4
    one.apply_fill(100, 6, 3)
    assert one.state is OrderState.FILLED


def test_never_reached_the_venue_is_the_evidence_that_frees_an_unknown_order() -> None:
    one = order()
    one.apply(OrderEvent.TIMEOUT, 1)
    assert one.apply(OrderEvent.REJECT, 2, reason="it never reached the venue") is Verdict.MOVE
    assert (one.state, one.leaves_lots, one.reason) == (OrderState.REJECTED, 0, "it never reached the venue")


def test_post_only_is_rejected_before_or_after_it_was_acknowledged() -> None:
    for first in ((), (OrderEvent.ACCEPT,)):
        one = order()
        for event in first:
            one.apply(event, 1)
        assert one.apply(OrderEvent.REJECT, 2, reason="would take") is Verdict.MOVE
        assert one.state is OrderState.REJECTED


def test_a_fill_of_a_rejected_order_is_a_position_and_a_contradiction() -> None:
    one = order()
    one.apply(OrderEvent.REJECT, 1)
    assert one.apply_fill(100, 4, 2) is Verdict.CONTRADICTION
    assert (one.state, one.filled_lots) == (OrderState.CANCELLED, 4)
    assert one.apply_fill(100, 6, 3) is Verdict.MOVE
    assert one.state is OrderState.FILLED


def test_a_fill_beyond_the_size_is_counted_and_a_contradiction() -> None:
    one = order()
    assert one.apply_fill(100, 10, 1) is Verdict.MOVE
    assert one.apply_fill(101, 3, 2) is Verdict.CONTRADICTION
    assert (one.filled_lots, one.surplus_lots, one.leaves_lots) == (13, 3, 0)
    assert one.filled_value == 1000 + 303


@pytest.mark.parametrize(("ticks", "lots"), [(100, 0), (100, -3), (0, 3), (-5, 3)])
def test_what_is_no_fill_changes_nothing(ticks: int, lots: int) -> None:
    one = order()
    assert one.apply_fill(ticks, lots, 1) is Verdict.CONTRADICTION
    assert one == order()


def test_a_report_of_fills_without_lots_only_proves_that_the_order_is_known() -> None:
    one = order()
    assert one.apply(OrderEvent.FILL, 1) is Verdict.MOVE
    assert (one.state, one.filled_lots, one.leaves_lots) == (OrderState.OPEN, 0, 10)


def test_while_a_change_is_unanswered_the_larger_size_stays_reserved() -> None:
    for asked, reserved in ((14, 14), (6, 10)):
        one = order()
        one.apply(OrderEvent.ACCEPT, 1)
        one.amend(asked, 105)
        assert one.leaves_lots == reserved
        assert one.request.lots == 10
        one.apply(OrderEvent.AMEND, 2)
        assert (one.request.lots, one.request.limit_ticks, one.leaves_lots) == (asked, 105, asked)


def test_a_refused_change_leaves_the_order_as_it_was() -> None:
    one = order()
    one.apply(OrderEvent.ACCEPT, 1)
    one.amend(14, 105)
    one.apply(OrderEvent.AMEND_REFUSED, 2)
    assert (one.request.lots, one.request.limit_ticks, one.leaves_lots, one.amending) == (10, 100, 10, None)


def test_fills_that_race_with_a_change() -> None:
    larger = order()
    larger.amend(14, 105)
    larger.apply_fill(100, 10, 1)
    assert larger.state is OrderState.PARTIAL
    larger.apply(OrderEvent.AMEND_REFUSED, 2)
    assert larger.state is OrderState.FILLED
    smaller = order()
    smaller.amend(5, 105)
    assert smaller.apply_fill(100, 7, 1) is Verdict.MOVE
    smaller.apply(OrderEvent.AMEND, 2)
    assert smaller.state is OrderState.FILLED
    assert smaller.apply_fill(100, 3, 3) is Verdict.MOVE
    assert smaller.apply_fill(100, 1, 4) is Verdict.CONTRADICTION


@given(st.lists(st.integers(1, 6), max_size=12), st.integers(1, 20))
def test_filled_lots_and_value_are_exact_whatever_fills(lots: list[int], size: int) -> None:
    one = order(size)
    filled = 0
    for n, part in enumerate(lots):
        filled += part
        assert (one.apply_fill(100 + n, part, n) is Verdict.CONTRADICTION) is (filled > size)
    assert one.filled_lots == filled
    assert one.filled_value == sum((100 + n) * part for n, part in enumerate(lots))
    assert (one.state is OrderState.FILLED) is (filled >= size)
    assert one.leaves_lots == max(size - filled, 0)


events = st.sampled_from(list(OrderEvent)) | st.integers(1, 6)


@given(st.lists(events, max_size=20), st.integers(1, 12))
def test_no_report_raises_and_an_end_stays_an_end(told: list[OrderEvent | int], size: int) -> None:
    one = order(size)
    ended = False
    for n, event in enumerate(told):
        if isinstance(event, OrderEvent):
            one.apply(event, n)
        else:
            one.apply_fill(100, event, n)
        assert one.state.is_final or not ended
        ended = one.state.is_final
        assert 0 <= one.leaves_lots <= size
    assert one.filled_lots == sum(e for e in told if not isinstance(e, OrderEvent))


@given(st.lists(st.integers(1, 6), max_size=6), st.randoms(use_true_random=False))
def test_fills_and_the_cancel_in_any_order_end_alike(fills: list[int], chance: Random) -> None:
    told: list[OrderEvent | int] = [OrderEvent.ACCEPT, *fills, OrderEvent.CANCEL]
    size = sum(fills) + 1
    ends = []
    for _ in range(2):
        one = order(size)
        for event in told:
            if isinstance(event, OrderEvent):
                one.apply(event, 1)
            else:
                one.apply_fill(100, event, 1)
        ends.append(one)
        chance.shuffle(told)
    assert ends[0] == ends[1]


def test_the_page_is_drawn_from_the_table() -> None:
    assert (REPO / "docs" / "order-life.md").read_text() == page()
