"""What Sentinel knew before a restart, folded from its own journalled words: signals, wishes and outcomes."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

import msgspec

from titan.model.events import CAME_BACK, LEFT, Transfer
from titan.model.guard import MarginStep, Tier
from titan.model.instrument import venue_of
from titan.model.outcome import SagaOutcome, doubted
from titan.model.pair import PairEnd, PairIntent, PairOutcome, PairType, Terms, TransferIntent
from titan.model.recovery import PanicEnded, Rearmed
from titan.model.restraint import Lifted
from titan.model.settled import Settled
from titan.model.signal import Intent, Purpose, Signal
from titan.strategies.sentinel.state import (
    CONTRACT,
    CORE_CLOSE,
    CORE_OPEN,
    EXPAND,
    VACUUM_CLOSE,
    VACUUM_OPEN,
)

TYPE_OF = {
    EXPAND: PairType.SATELLITE,
    CONTRACT: PairType.SATELLITE,
    CORE_OPEN: PairType.CORE,
    CORE_CLOSE: PairType.CORE,
    VACUUM_OPEN: PairType.VACUUM,
    VACUUM_CLOSE: PairType.VACUUM,
}
Key = tuple[str, PairType]
_Own = Signal | PairIntent | Intent | TransferIntent | MarginStep
_OWN = (Signal, PairIntent, Intent, TransferIntent, MarginStep)


class Held(msgspec.Struct):
    """A holding as its intents and outcomes tell it. `flight` is the intent without an outcome, if any."""

    id: str
    pair: str
    type: PairType
    units: int = 0
    flight: str = ""
    purpose: Purpose = Purpose.ENTRY
    planned: int = 0
    wanted: bool = True
    spot: str = ""
    perp: str = ""
    terms: Terms | None = None


class Purse(NamedTuple):
    """The perp wallet of a venue, as far as it settles in one asset, and the spot wallet beside it."""

    venue: str
    asset: str


Way = tuple[Purse, Purse]
"""Of a withdrawal: where its money comes from and where it goes."""


class Begun(msgspec.Struct):
    """A step of margin of which more follows, once the wishes that it `waits` for have ended."""

    tier: Tier
    waits: set[str]
    grow: Decimal


class Past(msgspec.Struct):
    """`stands`: pairs and types whose opening signal was not taken back; `failed`: when an intent last ended
    other than well (ns); `stuck`: pairs that need the operator, by the wish that left them so; `serial`: the
    highest number used in a name.
    """

    holdings: dict[str, Held] = {}
    stands: set[Key] = set()
    failed: dict[Key, int] = {}
    stuck: dict[str, str] = {}
    serial: int = 0
    begun: dict[Purse, Begun] = {}
    """Steps of margin of which more follows."""
    moving: dict[str, Purse] = {}
    """By transfer without an outcome."""
    doubtful: dict[str, Purse] = {}
    """The same of transfers of which nobody could tell whether they happened."""
    unmoved: dict[Purse, int] = {}
    """When a transfer last ended other than well, ns."""
    carrying: dict[str, Way] = {}
    """By withdrawal without an outcome."""
    lost: dict[str, Way] = {}
    """The same of withdrawals of which nobody could tell whether they left."""
    uncarried: dict[Way, int] = {}
    """When a withdrawal last ended other than well, ns."""

    def signal(self, signal: Signal) -> None:
        key = signal.subject, TYPE_OF[signal.code]
        if signal.code in (EXPAND, CORE_OPEN, VACUUM_OPEN):
            self.stands.add(key)
            return
        self.stands.discard(key)
        for holding in self.holdings.values():
            if (holding.pair, holding.type) == key:
                holding.wanted = False

    def intent(self, intent: PairIntent) -> None:
        self._count(intent.id)
        last = intent.position.rpartition(":")[2]
        self.serial = max(self.serial, int(last) if last.isdigit() else 0)
        held = self.holdings.setdefault(intent.position, Held(intent.position, intent.pair, intent.type))
        held.flight, held.purpose, held.planned = intent.id, intent.purpose, intent.units
        held.spot, held.perp = intent.spot, intent.perp
        held.terms = intent.terms

    def outcome(self, outcome: PairOutcome) -> None:
        intent = outcome.intent
        self.intent(intent)
        held = self.holdings[intent.position]
        held.units += outcome.units if intent.purpose is Purpose.ENTRY else -outcome.units
        held.flight = ""
        if intent.purpose is Purpose.ENTRY and held.terms is not None:
            held.terms = held.terms.entered(outcome.basis_bps)
        if outcome.end is PairEnd.NEEDS_OPERATOR:
            self.stuck[intent.id] = intent.pair
        if outcome.end is not PairEnd.DONE:
            self.failed[intent.pair, intent.type] = outcome.at_ns
        if held.units == 0:
            del self.holdings[held.id]
        self._ended(intent.id)

    def named(self, wish: Intent | TransferIntent) -> None:
        self._count(wish.id)
        if isinstance(wish, TransferIntent):
            source, target = (Purse(venue_of(w), wish.asset) for w in (wish.source, wish.target))
            if wish.crosses:
                self.carrying[wish.id] = source, target
            else:
                self.moving[wish.id] = source

    def moved(self, outcome: SagaOutcome) -> None:
        way = self.carrying.pop(outcome.intent.id, None)
        if way is not None and outcome.end is not PairEnd.DONE:
            self.uncarried[way] = outcome.at_ns
        if way is not None and outcome.end is PairEnd.NEEDS_OPERATOR:
            self.lost[outcome.intent.id] = way
        purse = self.moving.pop(outcome.intent.id, None)
        if purse is not None and outcome.end is not PairEnd.DONE:
            self.unmoved[purse] = outcome.at_ns
            self.begun.pop(purse, None)
        if purse is not None and outcome.end is PairEnd.NEEDS_OPERATOR:
            self.doubtful[outcome.intent.id] = purse
        self._ended(outcome.intent.id)

    def booked(self, transfer: Transfer) -> None:
        """A transfer in doubt that is in the books is in doubt no more."""
        self.doubtful.pop(transfer.id, None)
        if not transfer.id.endswith(LEFT):
            self.lost.pop(transfer.id.removesuffix(CAME_BACK), None)

    def lifted(self, name: str) -> None:
        """A halt that a wish in doubt left was lifted: somebody has looked."""
        wish = doubted(name)
        for kept in (self.lost, self.stuck):
            kept.pop(wish, None)

    def settled(self, said: Settled) -> None:
        """An operator has said what became of a transfer."""
        for kept in (self.lost, self.doubtful):
            kept.pop(said.intent_id, None)

    def panicked(self, event: PanicEnded | Rearmed) -> None:
        """A panic closed what holdings held, with orders of the house. What it broke off may be begun again
        at once when somebody takes its latch back.
        """
        if isinstance(event, Rearmed):
            self.failed.clear()
            return
        self.holdings.clear()
        self.begun.clear()

    def margin(self, step: MarginStep) -> None:
        """What it waits for was journalled before it, and cannot have ended yet."""
        purse = Purse(step.venue, step.asset)
        self.begun.pop(purse, None)
        if step.begins:
            self.begun[purse] = Begun(step.tier, set(step.wishes), step.grow)

    def _ended(self, wish: str) -> None:
        for begun in self.begun.values():
            begun.waits.discard(wish)

    def _count(self, name: str) -> None:
        """`<run>-<strategy>-<serial>-<leg>`"""
        parts = name.rsplit("-", 2)
        if len(parts) == 3 and parts[1].isdigit():
            self.serial = max(self.serial, int(parts[1]))


def past_of(strategy: str, events: Iterable[msgspec.Struct]) -> Past:
    """The journal's events in their order; those of others are passed over."""
    past = Past()
    for event in events:
        if isinstance(event, PairOutcome):
            if event.intent.strategy == strategy:
                past.outcome(event)
        elif isinstance(event, SagaOutcome):
            if isinstance(event.intent, TransferIntent) and event.intent.strategy == strategy:
                past.moved(event)
        elif isinstance(event, Transfer):
            past.booked(event)
        elif isinstance(event, Lifted):
            past.lifted(event.name)
        elif isinstance(event, Settled):
            past.settled(event)
        elif isinstance(event, PanicEnded | Rearmed):
            past.panicked(event)
        elif isinstance(event, _OWN) and event.strategy == strategy:
            _take(past, event)
    return past


def _take(past: Past, event: _Own) -> None:
    match event:
        case Signal():
            past.signal(event)
        case PairIntent():
            past.intent(event)
        case MarginStep():
            past.margin(event)
        case _:
            past.named(event)


def lost_units(held: Held, spot: Decimal, perp: Decimal, unit: Decimal) -> int:
    """Units that a holding no longer has, by the ledger: liquidated. `spot` and `perp` are signed; a vacuum's
    are the other way round.
    """
    if held.flight:
        return 0
    if held.type is PairType.VACUUM:
        spot, perp = -spot, -perp
    return max(held.units - int(min(spot, -perp) / unit), 0)
