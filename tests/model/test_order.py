"""The life of an order: the table is whole, final states stay final, no fill is lost or counted twice."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import REPO
from titan.model.errors import OrderError
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
)  # fmt: skip
from tools.order_life import page


def order(lots: int = 10) -> Order:
    request = OrderRequest(
        "t1", "i1", "sentinel", "x.spot.AB", Side.BUY, OrderType.LIMIT, lots, 100, tif=TimeInForce.IOC
    )
    return Order(request, sent_ns=0)


def test_every_state_has_a_row_and_every_target_is_a_state() -> None:
    assert set(TRANSITIONS) == set(OrderState)
    for row in TRANSITIONS.values():
        assert set(row) <= set(OrderEvent)
        assert set(row.values()) <= set(OrderState)


def test_every_state_can_be_reached_from_pending() -> None:
    seen, work = set(), [OrderState.PENDING]
    while work:
        state = work.pop()
        if state not in seen:
            seen.add(state)
            work += TRANSITIONS[state].values()
    assert seen == set(OrderState)


def test_a_final_order_never_opens_again() -> None:
    for state in FINAL:
        assert set(TRANSITIONS[state].values()) <= FINAL


def test_a_timeout_never_means_failure() -> None:
    for state, row in TRANSITIONS.items():
        after = row[OrderEvent.TIMEOUT]
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


def test_what_the_table_does_not_allow_raises_and_changes_nothing() -> None:
    one = order()
    one.apply(OrderEvent.REJECT, 1)
    with pytest.raises(OrderError, match="t1"):
        one.apply_fill(100, 1, 2)
    with pytest.raises(OrderError):
        one.apply(OrderEvent.ACCEPT, 2)
    assert one.state is OrderState.REJECTED


@given(st.lists(st.integers(1, 6), max_size=12), st.integers(1, 20))
def test_filled_lots_and_value_are_exact_and_never_exceed_the_order(lots: list[int], size: int) -> None:
    one = order(size)
    filled = 0
    for n, part in enumerate(lots):
        if filled + part > size:
            with pytest.raises(OrderError):
                one.apply_fill(100 + n, part, n)
            break
        filled += part
        one.apply_fill(100 + n, part, n)
    assert one.filled_lots == filled
    assert one.state is (OrderState.FILLED if filled == size else one.state)
    assert one.leaves_lots == size - filled or one.state.is_final


def test_the_page_is_drawn_from_the_table() -> None:
    assert (REPO / "docs" / "order-life.md").read_text() == page()
