"""How much a pair may hold and where quote stands: never beyond its share, never more than there is."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from titan.model.pair import PairType
from titan.strategies.sentinel.capital import capital_of, entry_notional, share, utilisation
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


def test_gone_equity_is_full_utilisation() -> None:
    assert utilisation(P, Decimal(1), Decimal(0)) == 1
    assert utilisation(P, Decimal(0), Decimal(-5)) == 0
