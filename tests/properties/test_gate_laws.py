"""Laws of the gates: a larger order is never treated more kindly, a refusal names its numbers, what makes the
portfolio safer is not held up by limits on growth, and what is not known counts as a breach.
"""

from __future__ import annotations

from decimal import Decimal as D

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from titan.model.instrument import FeeSchedule, Instrument, InstrumentKind
from titan.model.order import OrderType, Side, TimeInForce
from titan.model.pair import PairType
from titan.model.signal import Intent, Purpose
from titan.risk.checks import IN_ORDER, venue_rules
from titan.risk.decision import Allow, Decision, Refuse, Shrink
from titan.risk.gates import judge
from titan.risk.overrides import CLOSE, FREE, NO_TRADING, REDUCE_ONLY, scale
from titan.risk.standing import Limits, Opposing, SelfTrade, Standing

PERP = Instrument(
    "binance", InstrumentKind.PERP, "BTCUSDT", "BTC", "USDT", D("0.1"), D("0.001"),
    FeeSchedule(maker=D(0), taker=D(0)), min_qty=D("0.002"), min_notional=D(5),
)  # fmt: skip
ticks = st.integers(950, 1050)
money = st.decimals(0, 2000, places=2)
known = money | st.just(D("NaN"))
"""Or not known."""
maybe_ns = st.none() | st.integers(1, 10)
intents = st.builds(
    Intent,
    id=st.sampled_from(["i-1", "i-2"]), strategy=st.just("s"), owner=st.sampled_from(["BTC:core:1", "house"]),
    instrument=st.just(PERP.id), side=st.sampled_from(Side), lots=st.integers(1, 400),
    purpose=st.sampled_from(Purpose), reference_ticks=ticks, type=st.sampled_from(OrderType),
    limit_ticks=ticks, stop_ticks=ticks, tif=st.sampled_from(TimeInForce), reduce_only=st.booleans(),
    until_ns=st.integers(0, 10),
)  # fmt: skip
standings = st.builds(
    Standing,
    rules=st.just(PERP), reference_ticks=st.none() | ticks, nav=known,
    gross=known, open_orders=st.integers(0, 6), open_here=st.integers(0, 6),
    reducible_lots=st.integers(-400, 400), seen=st.sampled_from([frozenset(), frozenset({"i-1"})]),
    deployed=st.none() | st.dictionaries(st.sampled_from(PairType), known),
    override=st.sampled_from([FREE, scale("0.5"), scale("0.01"), REDUCE_ONLY, CLOSE, NO_TRADING]),
    now_ns=maybe_ns, lease_until_ns=maybe_ns, tokens=st.none() | st.integers(-2, 3),
    opposing=st.lists(st.builds(Opposing, st.just("t"), st.just(0) | ticks, st.booleans()), max_size=2),
)  # fmt: skip
limits = st.builds(
    Limits,
    max_order_notional=known, max_exit_notional=st.none() | money, collar_bps=st.decimals(0, 300, places=0),
    max_leverage=st.decimals(0, 3, places=1), max_open_orders=st.integers(0, 6),
    max_open_orders_here=st.integers(0, 6), blind_exits=st.booleans(), self_trade=st.sampled_from(SelfTrade),
    max_order_size=st.dictionaries(st.just("BTC"), st.decimals(0, 1, places=3)),
)  # fmt: skip


def passed(decision: Decision, lots: int) -> int:
    match decision:
        case Allow():
            return lots
        case Shrink():
            return decision.lots
        case _:
            return 0


@given(intents, standings, limits, st.integers(0, 400))
def test_no_gate_treats_a_larger_order_more_kindly(
    intent: Intent, standing: Standing, limit: Limits, more: int
) -> None:
    """Of a larger order the same gate lets through no larger part; below a venue's minimum is another
    matter.
    """
    larger = msgspec.structs.replace(intent, lots=intent.lots + more)
    for gate in IN_ORDER:
        small, large = gate(intent, standing, limit), gate(larger, standing, limit)
        if gate is venue_rules:
            continue
        if isinstance(small, Allow):
            continue
        assert not isinstance(large, Allow)
        if gate.__name__ != "override":
            assert passed(large, larger.lots) <= passed(small, intent.lots)


@given(intents, standings, limits)
def test_what_is_refused_or_made_smaller_is_told_with_its_numbers(
    intent: Intent, standing: Standing, limit: Limits
) -> None:
    for gate in IN_ORDER:
        decision = gate(intent, standing, limit)
        if isinstance(decision, Allow):
            continue
        assert decision.numbers
        assert all(isinstance(value, str) for value in decision.numbers.values())
        if isinstance(decision, Shrink):
            assert 0 < decision.lots < intent.lots


@given(intents, standings, limits)
def test_gates_never_make_an_order_larger_and_are_sure_of_what_they_let_pass(
    intent: Intent, standing: Standing, limit: Limits
) -> None:
    decision = judge(intent, standing, limit)
    lots = passed(decision, intent.lots)
    assert lots <= intent.lots
    if lots:
        again = msgspec.structs.replace(intent, lots=lots)
        free = msgspec.structs.replace(standing, override=FREE)
        assert judge(again, free, limit) == Allow()


@given(intents, standings, limits)
def test_limits_on_growth_never_stop_an_exit_or_a_hedge(
    intent: Intent, standing: Standing, limit: Limits
) -> None:
    if intent.purpose is Purpose.ENTRY:
        return
    grown = msgspec.structs.replace(
        standing, nav=D("NaN"), gross=D("NaN"), deployed=None, open_orders=99, open_here=99, tokens=-9,
        lease_until_ns=1, now_ns=standing.now_ns, override=FREE,
    )  # fmt: skip
    free = msgspec.structs.replace(standing, override=FREE)
    assert judge(intent, grown, limit) == judge(intent, free, limit)


UNKNOWN = {
    "reference_ticks": None, "nav": D("NaN"), "gross": D("NaN"), "deployed": None, "tokens": 0,
}  # fmt: skip


@given(intents, standings, limits, st.sampled_from(sorted(UNKNOWN)))
def test_no_entry_leaves_where_something_is_not_known(
    intent: Intent, standing: Standing, limit: Limits, what: str
) -> None:
    entry = msgspec.structs.replace(intent, purpose=Purpose.ENTRY)
    blind = msgspec.structs.replace(standing, **{what: UNKNOWN[what]})
    assert isinstance(judge(entry, blind, limit), Refuse)
