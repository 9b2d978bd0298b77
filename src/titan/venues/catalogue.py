"""Finds the rules of an instrument, and makes them up from recorded prices where no table has them.

What was made up is said: `Fitted.notes` are sentences for the tape's notes, so a report never passes a guess
off as a rule.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final, NamedTuple

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from titan.model.instrument import FeeSchedule, Instrument, InstrumentKind
from titan.venues.binance import instruments as binance
from titan.venues.bybit import instruments as bybit
from titan.venues.okx import instruments as okx
from titan.venues.rules import Rule, fees, perp, spot

KNOWN: Final[dict[str, Instrument]] = {
    i.id: i for i in (*binance.INSTRUMENTS, *bybit.INSTRUMENTS, *okx.INSTRUMENTS)
}
_VENUE_FEES: Final[dict[tuple[str, str], FeeSchedule]] = {(i.venue, i.kind): i.fees for i in KNOWN.values()}
_MOST_DECIMALS: Final = 10
_QUOTES: Final = ("USDT", "USDC", "FDUSD", "BUSD", "USD", "BTC", "ETH")


class Fitted(NamedTuple):
    """An instrument whose tick holds the recorded prices, and what had to be assumed for that."""

    instrument: Instrument
    notes: tuple[str, ...]


def known(venue: str, kind: InstrumentKind, symbol: str) -> Instrument | None:
    """The instrument of the tables, or None."""
    return KNOWN.get(f"{venue}.{kind}.{symbol}")


def fit(
    venue: str,
    kind: InstrumentKind,
    base: str,
    quote: str,
    prices: NDArray[np.float64],
    sizes: NDArray[np.float64],
) -> Fitted:
    """The rules of `base`/`quote`, so that the recorded `prices` stand on its tick.

    A recording may be older than the table, from when the venue had a finer tick: then the finer one is
    taken. `sizes` (base units) only matter for instruments that no table has; they may be empty.
    """
    instrument = known(venue, kind, base + quote)
    decimals = _decimals(prices)
    if instrument is None:
        return _made_up(venue, kind, base, quote, decimals, _decimals(sizes))
    tick = Decimal(1).scaleb(-decimals)
    if len(prices) == 0 or instrument.tick <= tick or on_grid(prices, float(instrument.tick)):
        return Fitted(instrument, ())
    note = (
        f"{instrument.id}: recorded prices are finer than the venue's tick {instrument.tick}; {tick} is used"
    )
    return Fitted(replace(instrument, tick=tick), (note,))


def on_grid(values: NDArray[np.float64], step: float) -> bool:
    """Whether all values are whole multiples of `step`, but for the noise of float64."""
    scaled = values / step
    return bool((np.abs(scaled - np.rint(scaled)) <= 1e-6 + 1e-11 * np.abs(scaled)).all())


def split_symbol(symbol: str) -> tuple[str, str]:
    """`BTCUSDT` as base and quote; the quote is empty when no known quote asset ends the symbol."""
    for quote in _QUOTES:
        if symbol.endswith(quote) and len(symbol) > len(quote):
            return symbol[: -len(quote)], quote
    return symbol, ""


def _made_up(
    venue: str, kind: InstrumentKind, base: str, quote: str, price_decimals: int, size_decimals: int
) -> Fitted:
    perpetual = kind is InstrumentKind.PERP
    schedule = _VENUE_FEES.get((venue, kind), fees("2", "5") if perpetual else fees("10", "10"))
    tick, lot = Decimal(1).scaleb(-price_decimals), Decimal(1).scaleb(-size_decimals)
    if perpetual:
        instrument = perp(venue, Rule(base, str(tick), str(lot), "0", "0", 20, "0.025"), schedule, quote)
    else:
        instrument = spot(venue, Rule(base, str(tick), str(lot), "0", "0"), schedule, quote)
    note = (
        f"{instrument.id} is in no table: tick {tick:f} and lot {lot:f} are inferred from the data, "
        f"fees {float(schedule.maker):.2%} maker and {float(schedule.taker):.2%} taker are assumed"
    )
    return Fitted(instrument, (note,))


def _decimals(values: NDArray[np.float64]) -> int:
    """The fewest decimals that write every value; 8 without values, or where no number of decimals fits."""
    finite = values[np.isfinite(values)]
    if len(finite) == 0:
        return 8
    for decimals in range(_MOST_DECIMALS + 1):
        if on_grid(finite, 10.0**-decimals):
            return decimals
    return 8
