"""Two legs in two stablecoins: their rate is no basis, and without one there is no sample."""

from __future__ import annotations

import numpy as np
import pytest

from tests.strategies.sentinel.route_world import rules
from titan.market.quotes import new_quotes
from titan.model.instrument import InstrumentKind
from titan.strategies.sentinel.params import SentinelParams, find_pairs
from titan.strategies.sentinel.rates import common_basis, in_common
from titan.strategies.sentinel.state import new_pairs

SPOT, PERP = InstrumentKind.SPOT, InstrumentKind.PERP


def quoted(mids: tuple[float, float, float]) -> np.ndarray:
    quotes = new_quotes([0.01, 0.01, 0.0001], half_spread=0.0001, bar_share=0.1)
    for quote, mid in zip(quotes, mids, strict=True):
        if mid:
            quote["bid"], quote["ask"], quote["touch_ts"] = mid - 0.0001, mid + 0.0001, 1
    return quotes


def pair_of(base: str, quote: str) -> np.void:
    """BTC/USDT with a perp in USDC, and the spot instrument `base`/`quote` between the coins."""
    like = rules("a", SPOT)
    rate = type(like)("a", SPOT, base + quote, base, quote, like.tick, like.lot, like.fees)
    pairs = find_pairs([rules("a", SPOT), rules("a", PERP, "USDC"), rate])
    return new_pairs(pairs, {pairs[0].name: SentinelParams()})[0]


@pytest.mark.parametrize(("base", "quote", "rate"), [("USDC", "USDT", 0.99), ("USDT", "USDC", 1 / 0.99)])
def test_the_perp_counts_times_what_its_coin_is_worth(base: str, quote: str, rate: float) -> None:
    state, quotes = pair_of(base, quote), quoted((99.0, 100.0, rate))
    assert in_common(state, quotes, 1)
    assert state["common"] == pytest.approx(0.99)
    assert common_basis(state, quotes[0], quotes[1]) == pytest.approx(0.0, abs=1e-6)


def test_without_a_rate_there_is_no_common_price() -> None:
    state = pair_of("USDC", "USDT")
    assert not in_common(state, quoted((99.0, 100.0, 0.0)), 1)


def test_legs_of_one_quote_need_no_rate() -> None:
    pairs = find_pairs([rules("a", SPOT), rules("a", PERP)])
    state = new_pairs(pairs, {"BTC": SentinelParams()})[0]
    quotes = quoted((100.0, 101.0, 0.0))
    assert in_common(state, quotes, 1)
    assert common_basis(state, quotes[0], quotes[1]) == pytest.approx(100.0)
