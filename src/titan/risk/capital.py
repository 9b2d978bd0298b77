"""How much of the capital each type of pair may tie up (SEN-3, SEN-P2)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Final

import msgspec

from titan.model.instrument import InstrumentKind
from titan.model.money import ZERO, exact
from titan.model.pair import PairType

_TYPES: Final[dict[str, PairType]] = {kind.value: kind for kind in PairType}


class CapitalPolicy(msgspec.Struct, frozen=True):
    """CORE and SATELLITE share what may be deployed; VACUUM has the reserve. Shares are fractions.

    An order ties up its notional times `spot_rate` or `perp_rate`: a coin is paid in full, a perp needs the
    collateral set aside for it: futures_share / (1 - futures_share) of its notional, 1 for an even split.
    """

    deploy_share: Decimal = Decimal("0.90")
    core_share: Decimal = Decimal("0.80")
    satellite_share: Decimal = Decimal("0.20")
    spot_rate: Decimal = Decimal(1)
    perp_rate: Decimal = Decimal(1)

    def __post_init__(self) -> None:
        shares = (self.deploy_share, self.core_share, self.satellite_share)
        if any(not 0 <= share <= 1 for share in shares) or self.core_share + self.satellite_share > 1:
            raise ValueError(f"shares {shares} are not fractions of a whole")
        if self.spot_rate < 0 or self.perp_rate < 0:
            raise ValueError(f"rates {self.spot_rate} and {self.perp_rate} must not be negative")

    def allowance(self, kind: PairType, capital: Decimal) -> Decimal:
        """What all holdings of this type may tie up together."""
        with exact():
            match kind:
                case PairType.CORE:
                    return capital * self.deploy_share * self.core_share
                case PairType.SATELLITE:
                    return capital * self.deploy_share * self.satellite_share
                case PairType.VACUUM:
                    return capital * (1 - self.deploy_share)

    def room(self, kind: PairType | None, capital: Decimal, deployed: Mapping[PairType, Decimal]) -> Decimal:
        """What may still be tied up: its type's rest, and never more than is left in all; at least 0."""
        with exact():
            left = capital - sum(deployed.values(), ZERO)
            if kind is not None:
                left = min(left, self.allowance(kind, capital) - deployed.get(kind, ZERO))
            return max(left, ZERO)

    def rate(self, kind: InstrumentKind) -> Decimal:
        return self.spot_rate if kind is InstrumentKind.SPOT else self.perp_rate


@lru_cache(maxsize=4096)
def type_of(owner: str) -> PairType | None:
    """The type in a holding's id (`BTC:core:3`); None for an owner that is no pair."""
    parts = owner.split(":")
    return _TYPES.get(parts[1]) if len(parts) == 3 else None
