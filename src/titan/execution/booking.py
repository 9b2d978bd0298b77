"""How what venues say is booked: for whom, and at which decided price; in a run and after a restart alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal

from msgspec.structs import replace

from titan.execution.memory import Booking
from titan.model.errors import LedgerError
from titan.model.events import Transfer
from titan.model.fill import Fill, FundingPayment
from titan.model.instrument import Instrument
from titan.model.money import ZERO
from titan.model.recovery import PanicEnded
from titan.model.signal import Intent
from titan.portfolio.ledger import HOUSE, Ledger
from titan.portfolio.pricing import wallet_of

IntentOf = Callable[[str], "Intent | None"]
FeePrice = Callable[[str, int], "Decimal | None"]
"""(asset, ns) -> what one unit of a fee's asset was worth; None where nobody knows."""


def no_price(asset: str, at_ns: int) -> Decimal | None:
    del asset, at_ns
    return None


def book(ledger: Ledger, event: Booking, intent_of: IntentOf, fee_price: FeePrice = no_price) -> bool:
    """One event; False when it was booked before. Raises LedgerError for what makes no sense.

    A panic that ended closed what all holdings held, with orders of the house: what they are left with goes
    to the house as well, at the last price of each instrument, so that long and short meet and nobody
    believes to hold anything.
    """
    if isinstance(event, PanicEnded):
        return hand_over(ledger)
    if isinstance(event, Fill):
        return book_fill(ledger, event, intent_of(event.client_id), fee_price)
    if isinstance(event, FundingPayment):
        return ledger.book_funding(event)
    if isinstance(event, Transfer):
        return ledger.book_transfer(event)
    ledger.deposit(event.wallet, event.asset, event.amount, event.local_ns, price=event.price)
    return True


def hand_over(ledger: Ledger) -> bool:
    """All holdings to the house; False where there were none. What has no price stays where it is."""
    marks = {
        b.fill.instrument: ledger.instruments[b.fill.instrument].price(b.fill.ticks) for b in ledger.fills()
    }
    owners = [owner for owner in ledger.holders() if owner != HOUSE]
    for owner in owners:
        try:
            ledger.hand_over(owner, marks)
        except LedgerError:
            continue
    return bool(owners)


def book_fill(ledger: Ledger, fill: Fill, intent: Intent | None, fee_price: FeePrice = no_price) -> bool:
    """For the holding that ordered it, else for the one whose position it closed.

    A fee in an asset that has no price is left out of the books rather than the fill: the position is real,
    and the wallet of that asset then differs by what was paid.
    """
    if ledger.has("fill", fill.id, fill.instrument):
        return False
    owner = holder_of(ledger, fill) if intent is None else intent.owner
    ticks = fill.ticks if intent is None else intent.reference_ticks
    rules = ledger.instruments.get(fill.instrument)
    if rules is None:
        raise LedgerError(f"no instrument {fill.instrument} in this ledger", remedy="add it to the run")
    price = None
    if fill.fee_asset not in (rules.base, rules.quote):
        price = fee_price(fill.fee_asset, fill.venue_ns)
        if price is None or not has_price(ledger, fill.fee_asset, rules):
            fill, price = replace(fill, fee=ZERO, fee_asset=rules.quote), None
    purpose, saga = (None, "") if intent is None else (intent.purpose, intent.saga)
    return ledger.book_fill(
        fill, reference_ticks=ticks, owner=owner, fee_price=price, purpose=purpose, saga=saga
    )


def has_price(ledger: Ledger, asset: str, rules: Instrument) -> bool:
    """Whether the ledger can value an asset in the wallet of this instrument."""
    try:
        ledger.priced_by(wallet_of(rules), asset)
    except LedgerError:
        return False
    return True


def holder_of(ledger: Ledger, fill: Fill) -> str:
    """Whose position a fill that nobody ordered has closed: the largest on the other side, else nobody's."""
    best, largest = "", ZERO
    for owner in ledger.holders():
        size = -fill.side * ledger.holding(owner, fill.instrument)
        if size > largest:
            best, largest = owner, size
    return best


def rebuild(
    ledger: Ledger, bookings: Iterable[Booking], intent_of: IntentOf, fee_price: FeePrice = no_price
) -> int:
    """Book what a journal holds, in order, into a new ledger; how many bookings that were."""
    return sum(book(ledger, event, intent_of, fee_price) for event in bookings)
