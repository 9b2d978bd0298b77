"""The exact books beside the exchange's float shadow, and the cost of a position that never loses a cent."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.simulation import story
from tests.simulation.scenes import PERP, SPOT, D
from titan.simulation import records as r
from titan.simulation.accounts import Accounts
from titan.simulation.margin import LAST_OF_WALLET
from titan.simulation.models import Models

RULES = (SPOT, PERP)


def book_report(accounts: Accounts, report: tuple[int | float, ...]) -> None:
    _, inst, kind, reason, side, maker, ticks, lots, _, _, rate, mark = report
    if kind == r.FILL:
        fees = RULES[inst].fees
        accounts.book_fill(inst, side, ticks, lots, fees.maker if maker else fees.taker)
    elif kind == r.LIQUIDATED:
        accounts.book_liquidation(inst, side, ticks, lots, reason == LAST_OF_WALLET)
    elif kind == r.FUNDING_PAID:
        accounts.book_funding(inst, lots, rate, mark)


@pytest.mark.parametrize(
    ("kind", "margin"), [("recorded", "isolated"), ("lognormal", "cross"), ("constant", "none")]
)
@pytest.mark.parametrize("capital", [120, 3])
def test_exact_books_and_shadow_agree_and_spot_never_overdraws(kind, margin, capital):
    models = story.models(kind)
    assert models.margin == margin
    venue = story.begin(kind, [story.tape()])
    accounts = Accounts(RULES, models)
    venue.deposit("sim.perp", "USDT", capital - 120.0)
    for wallet, asset, amount in (
        ("sim.spot", "USDT", 500),
        ("sim.spot", "BTC", 2),
        ("sim.perp", "USDT", capital),
    ):
        accounts.add(wallet, asset, D(amount))
    told = story.play(venue, 100, story.LAST)
    for report in told + venue.reports(r.FAR).tolist():
        book_report(accounts, report)
        if margin != "none":
            assert accounts.balances()["sim.spot", "USDT"] >= Decimal("-1e-9")
            assert accounts.balances()["sim.spot", "BTC"] >= 0
    for (wallet, asset), exact in accounts.balances().items():
        index = venue._wallets[wallet, asset]
        assert venue.state.wallets[index]["balance"] == pytest.approx(float(exact), abs=1e-7)
    assert accounts.positions[1].lots == venue.state.insts[1]["position"]
    assert float(accounts.positions[1].margin) == pytest.approx(venue.state.insts[1]["margin"], abs=1e-7)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from([1, -1]), st.integers(1, 2_000), st.integers(1, 10**6), st.booleans()),
        max_size=40,
    )
)
def test_realised_gains_and_held_cost_sum_to_what_was_paid(fills):
    accounts = Accounts(RULES, Models(margin="isolated"))
    paid = fees = D(0)
    for side, lots, ticks, maker in fills:
        fees += accounts.book_fill(1, side, ticks, lots, PERP.fees.maker if maker else PERP.fees.taker)
        paid += side * PERP.notional(ticks, lots)
        position = accounts.positions[1]
        signed = position.cost if position.lots > 0 else -position.cost
        assert accounts.balances()["sim.perp", "USDT"] == signed - paid - fees
        assert position.cost >= 0
        assert position.margin >= 0
        assert (position.lots == 0) == (position.cost == 0) == (position.margin == 0)
