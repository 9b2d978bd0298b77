"""What a booking must be before the ledger looks at it: whole, and of a size that sums hold exactly."""

from __future__ import annotations

from decimal import Decimal

from titan.model.errors import LedgerError
from titan.model.events import Transfer
from titan.model.fill import Fill, Finality, FundingPayment
from titan.model.instrument import Instrument

Event = Fill | FundingPayment | Transfer

_LARGEST = 10**18
"""Ticks and lots above this are no market's."""


def check_amount(value: Decimal, what: str, *, positive: bool = False) -> None:
    """Finite and between 1e-30 and 1e30, for which every later sum of products fits the exact arithmetic."""
    if not isinstance(value, Decimal) or not value.is_finite() or (positive and value <= 0):
        raise LedgerError(f"{what} {value!r} is not {'a positive' if positive else 'an'} exact amount")
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < -30 or (value and value.adjusted() > 30):
        raise LedgerError(f"{what} {value!r} is beyond what the books hold exactly (1e-30 to 1e30)")


def check_fill(fill: Fill, rules: Instrument, reference_ticks: int) -> None:
    if fill.finality is Finality.REVERSED:
        raise LedgerError(
            f"fill {fill.id} on {rules.id} was reversed", remedy="book its reversal as a fill of its own"
        )
    if not all(0 < number < _LARGEST for number in (fill.ticks, fill.lots, reference_ticks)):
        raise LedgerError(
            f"fill {fill.id} on {rules.id}: {fill.lots} lots at {fill.ticks} ticks,"
            f" decided on at {reference_ticks}",
            remedy="all three must be positive",
        )
    check_amount(fill.fee, f"fee of fill {fill.id}")


def economics(event: Event) -> tuple[object, ...]:
    """What must agree when an event is told twice: a stream and a poll may differ in times and finality."""
    match event:
        case Fill():
            return (event.side, event.ticks, event.lots, event.fee, event.fee_asset)
        case FundingPayment():
            return (event.amount, event.asset)
        case Transfer():
            return (event.asset, event.source, event.target, event.amount, event.cost)
