"""How much a pair may hold and where quote stands: never beyond its share, never more than there is."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import assume, given
from hypothesis import strategies as st

from titan.model.pair import PairType
from titan.strategies.sentinel.capital import capital_of, entry_notional, move_to_perp, share, utilisation
from titan.strategies.sentinel.params import SentinelParams

money = st.decimals(0, 10**7, places=2)
P = SentinelParams()


@given(
    st.sampled_from([PairType.CORE, PairType.SATELLITE]),
    st.decimals(1000, 10**7, places=2),
    st.integers(1, 6),
    money,
)
def test_sen_p2_entries_one_after_another_never_pass_their_share(
    kind: PairType, nav: Decimal, pairs: int, quote: Decimal
) -> None:
    used = Decimal(0)
    for _ in range(pairs + 2):
        notional = entry_notional(P, kind, nav=nav, used=used, pairs=pairs, spot_quote=quote)
        assert 0 <= notional <= quote
        used += capital_of(P, notional)
        quote -= notional
    assert used <= nav * P.deploy_share * share(P, kind)


@given(st.decimals(1000, 10**7, places=2), st.decimals(1, 10**5, places=2))
def test_a_pair_limit_caps_the_entry(nav: Decimal, limit: Decimal) -> None:
    capped = SentinelParams(pair_limit=limit)
    notional = entry_notional(capped, PairType.CORE, nav=nav, used=Decimal(0), pairs=1, spot_quote=nav)
    assert notional <= limit


@given(money, money, money)
def test_a_move_never_takes_more_than_the_source_can_give(
    spot: Decimal, equity: Decimal, notional: Decimal
) -> None:
    nav = spot + equity + 1
    move = move_to_perp(P, nav=nav, spot_quote=spot, perp_equity=equity, perp_notional=notional)
    if move > 0:
        assert move <= spot
    else:
        assert -move <= max(equity - notional / P.leverage_limit, Decimal(0))


@given(money, money, money)
def test_a_move_relieves_margin_that_is_too_tight(spot: Decimal, equity: Decimal, notional: Decimal) -> None:
    assume(utilisation(P, notional, equity) > P.margin_top_up)
    nav = spot + equity + 1
    move = move_to_perp(P, nav=nav, spot_quote=spot, perp_equity=equity, perp_notional=notional)
    assert move >= 0
    if 0 < move < spot - 1:
        after = utilisation(P, notional, equity + move)
        assert after <= P.margin_top_up + Decimal("0.001")


def test_gone_equity_is_full_utilisation() -> None:
    assert utilisation(P, Decimal(1), Decimal(0)) == 1
    assert utilisation(P, Decimal(0), Decimal(-5)) == 0
