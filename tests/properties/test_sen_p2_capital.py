"""SEN-P2: CORE + SATELLITE + VACUUM never exceed the capital, and each keeps to its share."""

from __future__ import annotations

from decimal import Decimal as D

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from titan.model.instrument import FeeSchedule, Instrument, InstrumentKind
from titan.model.order import Side
from titan.model.pair import PairType
from titan.model.signal import Intent, Purpose
from titan.risk.capital import CapitalPolicy
from titan.risk.gates import Approved, approve
from titan.risk.standing import Limits, Standing

RULES = {
    kind: Instrument(
        "v", kind, "BTCUSDT", "BTC", "USDT", D("0.1"), D("0.0001"), FeeSchedule(maker=D(0), taker=D(0))
    )
    for kind in InstrumentKind
}
shares = st.integers(0, 100).map(lambda n: D(n) / 100)


@st.composite
def policies(draw: st.DrawFn) -> CapitalPolicy:
    core = draw(shares)
    satellite = min(draw(shares), 1 - core)
    rates = st.decimals("0", "3", places=2, allow_nan=False)
    return CapitalPolicy(draw(shares), core, satellite, D(1), draw(rates))


orders = st.tuples(
    st.sampled_from(list(PairType)),
    st.sampled_from(list(InstrumentKind)),
    st.sampled_from([Purpose.ENTRY, Purpose.ENTRY, Purpose.ENTRY, Purpose.EXIT, Purpose.HEDGE]),
    st.integers(1, 3_000_000),
    st.integers(1, 2_000_000),
)


@settings(max_examples=200, deadline=None)
@given(policies(), st.decimals("0.01", "1000000", places=2, allow_nan=False), st.lists(orders, max_size=20))
def test_sen_p2_every_type_keeps_to_its_share(
    policy: CapitalPolicy, capital: D, wishes: list[tuple[PairType, InstrumentKind, Purpose, int, int]]
) -> None:
    limits = Limits(max_order_notional=D(10) ** 15, max_leverage=D(10) ** 9, capital=policy)
    deployed = dict.fromkeys(PairType, D(0))
    for n, (kind, leg, purpose, lots, ticks) in enumerate(wishes):
        rules = RULES[leg]
        intent = Intent(str(n), "s", f"BTC:{kind}:1", rules.id, Side.BUY, lots, purpose, ticks)
        standing = Standing(rules, ticks, capital, D(0), reducible_lots=-lots, deployed=dict(deployed))
        order = approve(intent, standing, limits)
        if purpose is not Purpose.ENTRY:
            assert isinstance(order, Approved), "exits and hedges always may"
            assert order.intent == intent
            continue
        if isinstance(order, Approved):
            deployed[kind] += rules.notional(ticks, order.intent.lots) * policy.rate(leg)
        for each, used in deployed.items():
            assert used <= policy.allowance(each, capital)
        assert sum(deployed.values()) <= capital
        if not isinstance(order, Approved) or order.shrinks:
            # nothing was kept back without need: one more lot would have passed a limit
            more = deployed[kind] + rules.notional(ticks, 1) * policy.rate(leg)
            others = sum(deployed.values()) - deployed[kind]
            assert more > policy.allowance(kind, capital) or more + others > capital


@given(policies(), st.decimals("0", "1000000", places=2, allow_nan=False))
def test_sen_p2_the_shares_fit_into_the_capital(policy: CapitalPolicy, capital: D) -> None:
    whole = sum(policy.allowance(kind, capital) for kind in PairType)
    assert whole <= capital
    assert policy.allowance(PairType.VACUUM, capital) == capital - capital * policy.deploy_share
    split = msgspec.structs.replace(policy, core_share=D("0.8"), satellite_share=D("0.2"))
    assert sum(split.allowance(kind, capital) for kind in PairType) == capital
