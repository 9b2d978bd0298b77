"""Two sets of books, written apart: after any events of a venue they agree to the last digit."""

from __future__ import annotations

from decimal import Decimal as D

from hypothesis import given, settings
from hypothesis import strategies as st

from titan.model.events import Transfer
from titan.model.fill import Fill, FundingPayment, Liquidity
from titan.model.instrument import FeeSchedule, Instrument, InstrumentKind
from titan.model.order import Side
from titan.portfolio.ledger import Ledger
from titan.simulation.accounts import Accounts
from titan.simulation.models import Models

_FEES = FeeSchedule(maker=D("-0.00005"), taker=D("0.00045"))
RULES = [
    Instrument("v", kind, f"{base}{quote}", base, quote, D(tick), D(lot), _FEES)
    for base, quote, tick, lot in (
        ("BTC", "USDT", "0.1", "0.00001"),
        ("PEPE", "USDT", "0.0000001", "1"),
        ("BTC", "USDC", "0.1", "0.00001"),
    )
    for kind in InstrumentKind
]
RULES.append(Instrument("v", InstrumentKind.SPOT, "USDCUSDT", "USDC", "USDT", D("0.0001"), D("0.01"), _FEES))
PERPS = [n for n, rules in enumerate(RULES) if rules.kind is InstrumentKind.PERP]

fills = st.tuples(
    st.just("fill"),
    st.integers(0, len(RULES) - 1),
    st.sampled_from(list(Side)),
    st.integers(1, 1_200_000),
    st.integers(1, 7) | st.integers(1, 100_000),
    st.sampled_from([_FEES.maker, _FEES.taker]),
)
payments = st.tuples(
    st.just("funding"), st.sampled_from(PERPS), st.floats(-0.01, 0.01), st.floats(0.01, 120_000.0)
)
transfers = st.tuples(
    st.just("transfer"), st.booleans(), st.decimals("0.01", "5000", places=2, allow_nan=False)
)


@settings(max_examples=150, deadline=None)
@given(st.lists(fills | fills | payments | transfers, max_size=40))
def test_the_ledger_agrees_with_the_venues_accounts(events: list[tuple[object, ...]]) -> None:
    venue = Accounts(RULES, Models(margin="none"))
    ledger = Ledger({rules.id: rules for rules in RULES}, currency="USDT")
    for wallet in ("v.spot", "v.perp"):
        for asset, price in (("USDT", None), ("USDC", D("0.999"))):
            venue.add(wallet, asset, D(10_000))
            ledger.deposit(wallet, asset, D(10_000), 0, price=price)
    for n, event in enumerate(events):
        match event:
            case "fill", int(inst), Side() as side, int(ticks), int(lots), D() as rate:
                fee = venue.book_fill(inst, side, ticks, lots, rate)
                fill = Fill(
                    str(n), "c", RULES[inst].id, side, ticks, lots, fee, RULES[inst].quote, Liquidity.TAKER,
                    n, n, quote_rate=D(1) if RULES[inst].quote == "USDT" else D("1.001"),
                )  # fmt: skip
                ledger.book_fill(fill, reference_ticks=ticks)
            case "funding", int(inst), float(rate), float(mark):
                lots = venue.positions[inst].lots
                amount = venue.book_funding(inst, lots, rate, mark)
                ledger.book_funding(
                    FundingPayment(str(n), RULES[inst].id, D(0), lots, D(1), amount, RULES[inst].settle, n, n)
                )
            case "transfer", bool(forth), D() as amount:
                source, target = ("v.spot", "v.perp") if forth else ("v.perp", "v.spot")
                venue.transfer("USDT", amount, source, target)
                ledger.book_transfer(Transfer(str(n), "USDT", source, target, amount, D(0), n))
            case _:
                raise AssertionError(event)
        for (wallet, asset), amount in venue.balances().items():
            assert ledger.balance(wallet, asset) == amount
        for position, rules in zip(venue.positions, RULES):
            assert ledger.position(rules.id).lots == position.lots
            if rules.kind is InstrumentKind.PERP:
                assert abs(ledger.position(rules.id).cost) == position.cost
