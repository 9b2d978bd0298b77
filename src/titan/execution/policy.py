"""What is declared about things at a venue that this run did not make, and what cannot be known to the last
unit.

The narrowest declaration counts: that of the instrument (or asset), of the venue, of all. Where nothing is
declared it is HOLD: entries at the venue stay closed until somebody decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum

import msgspec

from titan.model.money import ZERO


class Foreign(StrEnum):
    """What to do with an order, a position or money that is not ours."""

    ADOPT = "adopt"
    """Into our books, as the house's."""
    IGNORE = "ignore"
    """Somebody else's: left alone, and left out of the comparison from now on."""
    CLOSE = "close"
    """Orders are cancelled; positions are adopted and closed with reduce-only market orders."""
    HOLD = "hold"
    """Left alone; entries at the venue stay closed."""


class Policies(msgspec.Struct, frozen=True):
    """By instrument id, asset, venue, or "" for all."""

    orders: Mapping[str, Foreign] = {}
    """Orders that this run did not send."""
    positions: Mapping[str, Foreign] = {}
    """Positions of perps and foreign fills. Spot coins count as balances. Who ignores positions has to ignore
    balances of their wallet too: the profit and fees of both are paid from it.
    """
    balances: Mapping[str, Foreign] = {}
    """Money that came or went without us, by asset; CLOSE means HOLD there."""
    tolerances: Mapping[str, Decimal] = {}
    """By asset, or "" for all: differences of balances up to this are rounding of the venue's, or fees that
    were paid in other assets.
    """

    def tolerance(self, asset: str) -> Decimal:
        return self.tolerances.get(asset, self.tolerances.get("", ZERO))


def declared(policy: Mapping[str, Foreign], venue: str, subject: str) -> Foreign:
    """`subject` is an instrument or an asset."""
    return policy.get(subject) or policy.get(venue) or policy.get("") or Foreign.HOLD
