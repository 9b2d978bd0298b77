"""How a venue's table of instrument rules is written down: one line an instrument, everything else shared."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from msgspec.structs import replace

from titan.model.instrument import HOUR_NS, FeeSchedule, Instrument, InstrumentKind


class Rule(NamedTuple):
    """One instrument's own numbers, as the venue writes them; margins are of its smallest position tier."""

    base: str
    tick: str
    lot: str
    min_qty: str
    min_notional: str
    max_leverage: int = 1
    maintenance: str = "0"
    liquidation_fee: str = "0"


def fees(maker_bps: str, taker_bps: str) -> FeeSchedule:
    """A schedule from basis points."""
    return FeeSchedule(Decimal(maker_bps) / 10_000, Decimal(taker_bps) / 10_000)


def spot(venue: str, rule: Rule, schedule: FeeSchedule, quote: str = "USDT") -> Instrument:
    """A spot pair, without leverage."""
    return Instrument(
        venue=venue,
        kind=InstrumentKind.SPOT,
        symbol=rule.base + quote,
        base=rule.base,
        quote=quote,
        tick=Decimal(rule.tick),
        lot=Decimal(rule.lot),
        fees=schedule,
        min_qty=Decimal(rule.min_qty),
        min_notional=Decimal(rule.min_notional),
    )


def perp(venue: str, rule: Rule, schedule: FeeSchedule, quote: str = "USDT", hours: int = 8) -> Instrument:
    """A linear perpetual, funded every `hours`; the initial margin is that of its highest leverage."""
    return replace(
        spot(venue, rule, schedule, quote),
        kind=InstrumentKind.PERP,
        funding_interval_ns=hours * HOUR_NS,
        max_leverage=rule.max_leverage,
        initial_margin=Decimal(1) / rule.max_leverage,
        maintenance_margin=Decimal(rule.maintenance),
        liquidation_fee=Decimal(rule.liquidation_fee),
    )
