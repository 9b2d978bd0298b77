"""ccxt's markets as instruments. Sizes are in base units: what a venue counts in contracts (OKX, MEXC) is
contracts times the contract's size, and a lot is the smallest of them.

Margins and funding intervals that a market list does not say come from our tables (`venues.catalogue`), else
the usual ones are assumed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NamedTuple

from ccxt.base.decimal_to_precision import DECIMAL_PLACES, TICK_SIZE

from titan.model.instrument import HOUR_NS, FeeSchedule, Instrument, InstrumentKind
from titan.venues.catalogue import known

_ONE: Final = Decimal(1)


class Listed(NamedTuple):
    """An instrument, ccxt's name for it, and base units for one unit of size on the wire."""

    instrument: Instrument
    symbol: str
    contract: Decimal

    def amount(self, lots: int) -> str:
        """Lots as the venue counts sizes, without an exponent."""
        return f"{(self.instrument.size(lots) / self.contract).normalize():f}"

    def price(self, ticks: int) -> str:
        return f"{self.instrument.price(ticks):f}"

    def lots(self, amount: object) -> int:
        """The venue's size in whole lots; raises ValueError where it is not whole."""
        lots = decimal(amount) * self.contract / self.instrument.lot
        if lots != lots.to_integral_value():
            raise ValueError(f"{self.instrument.id}: a size of {amount} is not a whole number of lots")
        return int(lots)

    def lots_begun(self, amount: object) -> int:
        """The same for what others have ordered, where a last lot that is not whole counts as one: a size in
        quote, or of before the rules changed."""
        return math.ceil(decimal(amount) * self.contract / self.instrument.lot)

    def ticks(self, price: object) -> int:
        return self.instrument.nearest_ticks(decimal(price)) if price is not None else 0


def decimal(value: object, default: Decimal = Decimal(0)) -> Decimal:
    """ccxt's number, which is text; `default` for none or for what is no number."""
    if value is None or value == "":
        return default
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return default
    return found if found.is_finite() else default


def listed(venue: str, market: Mapping[str, Any], mode: int) -> Listed | None:
    """None for what Titan does not trade: dated, inverse, options, margin-only, closed, or without a grid."""
    kind = _kind(market)
    if kind is None or market.get("active") is False:
        return None
    contract = decimal(market.get("contractSize"), _ONE) if kind is InstrumentKind.PERP else _ONE
    tick = _step(market["precision"].get("price"), mode)
    step = _step(market["precision"].get("amount"), mode)
    if tick <= 0 or step <= 0 or contract <= 0:
        return None
    limits = market.get("limits") or {}
    base, quote = str(market["base"]).upper(), str(market["quote"]).upper()
    table = known(venue, kind, base + quote)
    perp = kind is InstrumentKind.PERP
    leverage = int(decimal(_of(limits, "leverage", "max"), Decimal(table.max_leverage if table else 1))) or 1
    instrument = Instrument(
        venue=venue,
        kind=kind,
        symbol=base + quote,
        base=base,
        quote=quote,
        tick=tick,
        lot=step * contract,
        fees=_fees(market, table),
        min_qty=decimal(_of(limits, "amount", "min")) * contract,
        min_notional=decimal(_of(limits, "cost", "min")),
        funding_interval_ns=(table.funding_interval_ns if table else 8 * HOUR_NS) if perp else 0,
        max_leverage=leverage if perp else 1,
        initial_margin=_ONE / leverage if perp else _ONE,
        maintenance_margin=table.maintenance_margin if table else Decimal(0),
        liquidation_fee=table.liquidation_fee if table else Decimal(0),
    )
    return Listed(instrument, str(market["symbol"]), contract)


def _kind(market: Mapping[str, Any]) -> InstrumentKind | None:
    if market.get("spot"):
        return InstrumentKind.SPOT
    if market.get("swap") and market.get("linear") and market.get("settle") == market.get("quote"):
        return InstrumentKind.PERP
    return None


def _step(precision: object, mode: int) -> Decimal:
    """The smallest step; 0 where a venue counts significant digits, for then there is no grid."""
    value = decimal(precision)
    if mode == TICK_SIZE:
        return value
    return _ONE.scaleb(-int(value)) if mode == DECIMAL_PLACES and precision is not None else Decimal(0)


def _of(limits: Mapping[str, Any], what: str, end: str) -> object:
    return (limits.get(what) or {}).get(end)


def _fees(market: Mapping[str, Any], table: Instrument | None) -> FeeSchedule:
    """ccxt's base tier; our table's where ccxt says none. What the account pays is `fee_tier`'s to say."""
    if market.get("maker") is None and table is not None:
        return table.fees
    return FeeSchedule(decimal(market.get("maker")), decimal(market.get("taker")))
