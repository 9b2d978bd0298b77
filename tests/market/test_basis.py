"""The basis at the mids and as executable for a size."""

from __future__ import annotations

import pytest

from tests.market.market_state import deep, shallow
from titan.market import basis as b
from titan.market.grid import NO_PRICE

SPOT = deep([(99.9, 5.0), (99.8, 5.0)], [(100.1, 5.0), (100.3, 5.0)])
PERP = deep([(101.0, 4.0), (100.8, 4.0)], [(101.2, 4.0), (101.6, 4.0)])


def test_mid_basis_in_bps() -> None:
    assert b.mid_basis(SPOT[0], PERP[0]) == (b.OK, pytest.approx((101.1 - 100.0) / 100.0 * 1e4))
    assert b.mid_basis(deep([], [(1.0, 1.0)])[0], PERP[0]) == (b.NO_MID, 0.0)


def test_expand_sells_perp_at_bids_and_buys_spot_at_asks() -> None:
    got = b.executable_basis(*SPOT, *PERP, b.EXPAND, 600.0)  # 6 units at the spot's mid of 100
    perp, spot = (4 * 101.0 + 2 * 100.8) / 6, (5 * 100.1 + 100.3) / 6
    assert (got.code, got.qty) == (b.OK, pytest.approx(6.0))
    assert (got.perp_px, got.spot_px) == (pytest.approx(perp), pytest.approx(spot))
    assert got.bps == pytest.approx((perp - spot) / spot * 1e4)
    assert got.spot_impact == pytest.approx((spot - 100.0) / 100.0 * 1e4)
    assert got.perp_impact == pytest.approx((101.1 - perp) / 101.1 * 1e4)


def test_contract_buys_perp_at_asks_and_sells_spot_at_bids() -> None:
    got = b.executable_qty_basis(*SPOT, *PERP, b.CONTRACT, 1.0)
    assert (got.code, got.perp_px, got.spot_px) == (b.OK, pytest.approx(101.2), pytest.approx(99.9))
    assert got.spot_impact > 0.0
    assert got.perp_impact > 0.0


@pytest.mark.parametrize(
    ("qty", "code"), [(8.0, b.OK), (8.5, b.PERP_THIN), (10.5, b.PERP_THIN + b.SPOT_THIN)]
)
def test_a_book_too_thin_for_the_size_says_so(qty: float, code: int) -> None:
    assert b.executable_qty_basis(*SPOT, *PERP, b.EXPAND, qty).code == code


def test_without_a_mid_there_is_neither_size_nor_basis() -> None:
    got = b.executable_basis(*deep([(1.0, 1.0)], []), *PERP, b.EXPAND, 100.0)
    assert (got.code, got.bps, got.qty, got.spot_px) == (b.NO_MID, 0.0, 0.0, NO_PRICE)


def test_a_leg_known_by_its_touch_only_is_thin_beyond_its_displayed_size() -> None:
    perp = shallow((101.0, 2.0), (101.2, 2.0))
    assert b.executable_qty_basis(*SPOT, *perp, b.EXPAND, 2.0).code == b.OK
    assert b.executable_qty_basis(*SPOT, *perp, b.EXPAND, 2.1).code == b.PERP_THIN
