"""One tradable thing at one venue, with the rules that orders there must keep.

Prices are integers of ticks and sizes integers of lots from here down to the ledger; the only way from a
float or a
Decimal to ticks and lots is through an `Instrument`, which rounds once and in the safe direction: never a
larger
size, never a worse price than meant.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from functools import cached_property

import msgspec

from titan.model.errors import InstrumentError
from titan.model.order import Side

HOUR_NS = 3_600_000_000_000


class InstrumentKind(StrEnum):
    SPOT = "spot"
    PERP = "perp"


class FeeSchedule(msgspec.Struct, frozen=True):
    """Fee rates as fractions of notional (0.001 = 10 bps); a negative maker rate is a rebate."""

    maker: Decimal
    taker: Decimal


class Instrument(msgspec.Struct, frozen=True, dict=True):
    """`id` is `venue.kind.SYMBOL`, as `binance.perp.BTCUSDT`. Decimals are exact; `multiplier` is base
    units per lot unit.
    """

    venue: str
    kind: InstrumentKind
    symbol: str
    base: str
    quote: str
    tick: Decimal
    lot: Decimal
    fees: FeeSchedule
    min_qty: Decimal = Decimal(0)
    min_notional: Decimal = Decimal(0)
    funding_interval_ns: int = 0
    """The usual time between two funding settlements of a perp; 0 for spot. The tape's own settlements win
    over it.
    """
    max_leverage: int = 1
    initial_margin: Decimal = Decimal(1)
    maintenance_margin: Decimal = Decimal(0)
    liquidation_fee: Decimal = Decimal(0)

    @cached_property
    def id(self) -> str:
        return f"{self.venue}.{self.kind}.{self.symbol}"

    @property
    def settle(self) -> str:
        """The asset that pays fees, funding and P&L: the quote asset for all linear instruments."""
        return self.quote

    def price(self, ticks: int) -> Decimal:
        return ticks * self.tick

    def size(self, lots: int) -> Decimal:
        return lots * self.lot

    def notional(self, ticks: int, lots: int) -> Decimal:
        """Exact notional in the quote asset; signed as `lots` is."""
        return (ticks * self.tick) * (lots * self.lot)

    def lots_within(self, size: Decimal | float) -> int:
        """The largest number of lots not above `size` (base units); raises for a negative or non-finite
        size.
        """
        value = _decimal(size, "size", self)
        return int((value / self.lot).to_integral_value(ROUND_FLOOR))

    def limit_ticks(self, price: Decimal | float, side: Side) -> int:
        """Price in ticks, rounded away from the market: a buyer never pays more than meant, a seller never
        gets less.
        """
        value = _decimal(price, "price", self)
        rounding = ROUND_FLOOR if side is Side.BUY else ROUND_CEILING
        return int((value / self.tick).to_integral_value(rounding))

    def nearest_ticks(self, price: Decimal | float) -> int:
        """Price of a market datum in ticks; data prices stand on the grid, so this only removes float
        noise.
        """
        return int((_decimal(price, "price", self) / self.tick).to_integral_value(ROUND_HALF_EVEN))

    def accepts(self, ticks: int, lots: int) -> str | None:
        """None when the venue would take this size at this price, else the rule it breaks."""
        if lots <= 0 or self.size(lots) < self.min_qty:
            return f"size {self.size(max(lots, 0))} is below the minimum {self.min_qty or self.lot}"
        if self.notional(ticks, lots) < self.min_notional:
            return f"notional {self.notional(ticks, lots)} is below the minimum {self.min_notional}"
        return None


def venue_of(name: str) -> str:
    """The venue in the name of an instrument or a wallet: binance of `binance.spot.BTCUSDT`."""
    return name.partition(".")[0]


def _decimal(value: Decimal | float, what: str, instrument: Instrument) -> Decimal:
    exact = value if isinstance(value, Decimal) else Decimal(repr(float(value)))
    if not exact.is_finite() or exact < 0:
        raise InstrumentError(f"{instrument.id}: {what} {value} is not a finite number of at least 0")
    return exact
