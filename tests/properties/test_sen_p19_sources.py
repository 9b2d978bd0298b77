"""SEN-P19: funding and basis P&L never mix, in any order of events, and for each owner by itself."""

from __future__ import annotations

from decimal import Decimal as D

from hypothesis import given, settings

from tests.properties.ledger_worlds import Event, booked, marks, sequences
from titan.model.fill import FundingPayment
from titan.model.money import exact
from titan.portfolio.nav import pnl


def is_funding(event: Event) -> bool:
    return event[0] == "funding"


@settings(max_examples=100, deadline=None)
@given(sequences(25), marks)
def test_sen_p19_without_its_settlements_only_the_funding_differs(
    events: list[Event], at: dict[str, D]
) -> None:
    whole, dry = booked(events), booked([e for e in events if not is_funding(e)])
    with_funding, without = pnl(whole, at), pnl(dry, at)
    payments = [e[1][0] for e in events if isinstance(e[1][0], FundingPayment)]
    paid = sum((p.amount * p.quote_rate for p in payments), D(0))
    assert with_funding.funding == paid
    assert without.funding == 0
    for source in ("basis", "fees", "slippage", "transfers"):
        assert getattr(with_funding, source) == getattr(without, source), source


@settings(max_examples=100, deadline=None)
@given(sequences(25), marks, marks)
def test_sen_p19_prices_move_the_basis_alone(
    events: list[Event], at: dict[str, D], later: dict[str, D]
) -> None:
    ledger = booked(events)
    for owner in [None, *ledger.owners()]:
        before = pnl(ledger, at) if owner is None else pnl(ledger, at, owner=owner)
        after = pnl(ledger, later) if owner is None else pnl(ledger, later, owner=owner)
        for source in ("funding", "fees", "slippage", "transfers"):
            assert getattr(before, source) == getattr(after, source), source
        with exact():
            moved = after.basis - before.basis + after.stablecoin - before.stablecoin
            assert after.total - before.total == moved, "prices of coins and rates of stablecoins"


@settings(max_examples=60, deadline=None)
@given(sequences(20), marks)
def test_sen_p19_owners_funding_sums_to_the_whole(events: list[Event], at: dict[str, D]) -> None:
    ledger = booked(events)
    told = sum((pnl(ledger, at, owner=owner).funding for owner in ledger.owners()), D(0))
    assert told == pnl(ledger, at).funding
    for asset in ("USDT", "USDC"):
        amounts = (e[1][0].amount for e in events if is_funding(e) and e[1][0].asset == asset)  # type: ignore[attr-defined]
        assert ledger.balance("funding", asset) == -sum(amounts, D(0))
