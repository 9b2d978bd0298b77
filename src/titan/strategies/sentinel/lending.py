"""Coins that a vacuum sells are coins that other holdings have: how many are free, and what is owed back.

Only holdings with the same two legs lend to each other. Their shorts and a vacuum's long then meet in one
position at the venue, which stays short or flat, and spot is never sold that is not there.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from titan.model.money import ZERO
from titan.model.pair import PairType
from titan.model.signal import Purpose
from titan.strategies.sentinel.params import Pair

if TYPE_CHECKING:
    from titan.strategies.sentinel.holdings import Holding

RISE: Final = Decimal("1.05")
"""Quote is kept for buying back coins that have become dearer by so much."""


def of_legs(holdings: Iterable[Holding], pair: Pair) -> list[Holding]:
    """Those that hold these two legs."""
    return [h for h in holdings if (h.pair.spot.id, h.pair.perp.id) == (pair.spot.id, pair.perp.id)]


def lent(holdings: Iterable[Holding], pair: Pair) -> int:
    """Units that vacuums of these legs have sold, or are about to; until they are back, all of them."""
    return sum(_owes(h) for h in of_legs(holdings, pair) if h.type is PairType.VACUUM)


def spare(holdings: Iterable[Holding], pair: Pair) -> int:
    """Units that are held and neither lent nor about to be sold: what a vacuum may sell, or an exit take.
    Negative where more is lent than is left.
    """
    here = of_legs(holdings, pair)
    held = sum(_stays(h) for h in here if h.type is not PairType.VACUUM)
    return held - lent(here, pair)


def owed(holding: Holding) -> Decimal:
    """Quote that a vacuum needs to buy its coins back, with room for a rise; 0 for others."""
    if holding.type is not PairType.VACUUM:
        return ZERO
    return _owes(holding) * holding.unit * holding.price * RISE


def _owes(holding: Holding) -> int:
    opening = holding.flight and holding.purpose is Purpose.ENTRY
    return max(holding.units, holding.planned) if opening else holding.units


def _stays(holding: Holding) -> int:
    """Of a holding that is being closed what the closing leaves; one that is being built up counts when it
    is.
    """
    if holding.flight and holding.purpose is Purpose.EXIT:
        return max(holding.units - holding.planned, 0)
    return holding.units
