"""What the journal says, folded into what a restart needs. Pure: nothing is asked, sent or waited for.

A journal may be cut anywhere: its beginning may have been pruned, and its end is wherever the process died.
What belongs to an order that is not in it is kept as foreign; a wish without outcome is open; of what came
twice the first counts. What a restart does not need is counted by its type and passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Final, Protocol

import msgspec

from titan.execution.sagas.table import OUTCOMES, STEPS, WISHES
from titan.model.events import CAME_BACK, LEFT, AmendAsked, OrderReport, Refused, Submitted, Transfer
from titan.model.fill import Fill, FundingPayment
from titan.model.instrument import Instrument
from titan.model.listing import Listing
from titan.model.order import OrderEvent
from titan.model.outcome import Outcome
from titan.model.pair import HaltIntent, PairEnd, TransferIntent
from titan.model.recovery import (
    Baseline,
    Deposited,
    Latched,
    PanicEnded,
    PanicStep,
    Rearmed,
    Reconciled,
)
from titan.model.settled import Fate, Settled
from titan.model.signal import Intent
from titan.model.step import SagaStep

Booking = Fill | FundingPayment | Transfer | Deposited | PanicEnded
"""The end of a panic too: what was held then belongs to nobody's plan any more (`booking.book`)."""

_ENDS: Final = (OrderEvent.CANCEL, OrderEvent.EXPIRE, OrderEvent.REJECT)


class Wish(Protocol):
    @property
    def id(self) -> str: ...


class Step(Protocol):
    @property
    def intent_id(self) -> str: ...


class Remembered(msgspec.Struct):
    """An order as it was journalled, and all that was heard of it, in that order, each fill once."""

    submitted: Submitted
    heard: list[OrderReport | Fill | AmendAsked] = []

    @property
    def reports(self) -> list[OrderReport]:
        return [one for one in self.heard if isinstance(one, OrderReport)]

    @property
    def ended(self) -> bool:
        """Whether the venue said that it is over. Fills may still have been on their way."""
        return any(one.event in _ENDS for one in self.reports)

    @property
    def fills(self) -> list[Fill]:
        return [one for one in self.heard if isinstance(one, Fill)]


class Memory:
    """Call it with every entry in order, or use `fold`. Reading it changes nothing."""

    def __init__(self) -> None:
        self.orders: dict[str, Remembered] = {}
        """By client order id, in the order of sending."""
        self.sagas: dict[str, list[Remembered]] = {}
        """The orders of each saga, in the order of sending."""
        self.bookings: list[Booking] = []
        """What the ledger is made of, in order, each once."""
        self.wishes: dict[str, Wish] = {}
        """By id: those that have no outcome yet."""
        self.unsent: dict[str, Intent] = {}
        """By id: wishes for a single order that was neither sent nor refused."""
        self.steps: dict[str, list[Step | PanicStep]] = {}
        """By wish or panic: what was journalled of its course. Forgotten with the outcome."""
        self.stuck: dict[str, Outcome] = {}
        """By wish: those that ended with something that only an operator can set right."""
        self.settled: dict[str, Settled] = {}
        """By transfer: what an operator said became of it, last."""
        self.latches: dict[str, Latched] = {}
        """By name: those that nobody re-armed."""
        self.baselines: dict[tuple[str, str], Baseline] = {}
        """By (venue, subject): what is somebody else's."""
        self.instruments: dict[str, Instrument] = {}
        """By id: the rules that the run traded by, as written down last."""
        self.foreign: list[OrderReport | Fill] = []
        """Of orders that are not in the journal."""
        self.passed: dict[str, int] = {}
        """Entries that a restart does not need, by type."""
        self.known: dict[str, int] = {}
        """By venue: when the last pass began, of those written down, that found nothing in the way. What the
        venue did to the account before is in the books; what it did later need not be.
        """
        self.last_ns = 0
        """Our clock at the last entry that has one: the earlier process lived until then at least."""
        self.entries = 0
        self._fills: set[tuple[str, str]] = set()
        self._others: set[tuple[type, str]] = set()
        self._answered: set[str] = set()
        self._takers: dict[type, Callable[..., None]] = {
            Submitted: self._submitted, OrderReport: self._report, Fill: self._fill, AmendAsked: self._amend,
            FundingPayment: self._payment, Transfer: self._transfer, Deposited: self.bookings.append,
            PanicStep: self._panic, PanicEnded: self._calm, Latched: self._latched,
            Rearmed: self._rearmed, Baseline: self._baseline,
            Listing: self._listing, Reconciled: self._reconciled, Settled: self._settled,
            **dict.fromkeys(WISHES, self._wish), **dict.fromkeys(OUTCOMES, self._outcome),
            **dict.fromkeys(STEPS, self._step), HaltIntent: self._halt,
            Intent: self._single, Refused: self._refused,
        }  # fmt: skip

    def __call__(self, event: msgspec.Struct) -> None:
        self.entries += 1
        take = self._takers.get(type(event))
        if take is None:
            name = type(event).__name__
            self.passed[name] = self.passed.get(name, 0) + 1
        else:
            take(event)
        self.last_ns = max(self.last_ns, getattr(event, "local_ns", 0) or getattr(event, "at_ns", 0))

    def intent(self, client_id: str) -> Intent | None:
        """What an order was sent for; None for an order that is not in the journal."""
        order = self.orders.get(client_id)
        return order.submitted.intent if order is not None else None

    def orders_of(self, saga: str) -> Sequence[Remembered]:
        return self.sagas.get(saga, ())

    def panics(self) -> Sequence[str]:
        """Panics that did not end."""
        return [name for name, steps in self.steps.items() if steps and isinstance(steps[0], PanicStep)]

    def doubtful(self) -> Sequence[TransferIntent]:
        """Transfers that ended without anybody knowing where the money is, and that the books do not have."""
        booked = {one.id for one in self.bookings if isinstance(one, Transfer)}
        found = []
        for name, outcome in self.stuck.items():
            wish, said = outcome.intent, self.settled.get(name)
            known = name in booked or name + CAME_BACK in booked
            never = said is not None and said.fate is Fate.BACK and name + LEFT not in booked
            if isinstance(wish, TransferIntent) and not known and not never:
                found.append(wish)
        return found

    def _submitted(self, event: Submitted) -> None:
        if event.client_id in self.orders:
            return
        strays = [one for one in self.foreign if one.client_id == event.client_id]
        if strays:
            self.foreign = [one for one in self.foreign if one.client_id != event.client_id]
        order = self.orders[event.client_id] = Remembered(event)
        order.heard += [one for one in strays if isinstance(one, Fill)]
        self._answer(event.intent.id)
        if event.intent.saga:
            self.sagas.setdefault(event.intent.saga, []).append(order)

    def _report(self, event: OrderReport) -> None:
        order = self.orders.get(event.client_id)
        (self.foreign if order is None else order.heard).append(event)

    def _amend(self, event: AmendAsked) -> None:
        order = self.orders.get(event.client_id)
        if order is not None:
            order.heard.append(event)

    def _fill(self, event: Fill) -> None:
        key = (event.instrument, event.id)
        if key in self._fills:
            return
        self._fills.add(key)
        self.bookings.append(event)
        order = self.orders.get(event.client_id)
        (self.foreign if order is None else order.heard).append(event)

    def _payment(self, event: FundingPayment) -> None:
        self._once(event, f"{event.instrument} {event.id}")

    def _transfer(self, event: Transfer) -> None:
        self._once(event, event.id)
        meant = (event.asset, event.source, event.target, event.amount)
        for wish in self.wishes.values() if event.id not in self.wishes else ():
            if isinstance(wish, TransferIntent) and meant == (
                wish.asset, wish.source, wish.target, Decimal(wish.amount),
            ):  # fmt: skip
                self._end(wish.id)  # the venue gave it a name of its own
                return
        self._end(event.id)

    def _once(self, event: FundingPayment | Transfer, key: str) -> None:
        if (type(event), key) not in self._others:
            self._others.add((type(event), key))
            self.bookings.append(event)

    def _wish(self, event: Wish) -> None:
        self.wishes.setdefault(event.id, event)

    def _single(self, event: Intent) -> None:
        if event.id not in self._answered:
            self.unsent.setdefault(event.id, event)

    def _refused(self, event: Refused) -> None:
        self._answer(event.intent_id)

    def _answer(self, intent_id: str) -> None:
        self._answered.add(intent_id)
        self.unsent.pop(intent_id, None)

    def _reconciled(self, event: Reconciled) -> None:
        if event.opens:
            self.known[event.venue] = event.began_ns

    def _outcome(self, event: Outcome) -> None:
        if event.end is PairEnd.NEEDS_OPERATOR:
            self.stuck.setdefault(event.intent.id, event)
        self._end(event.intent.id)

    def _end(self, name: str) -> None:
        self.wishes.pop(name, None)
        self.steps.pop(name, None)

    def _step(self, event: Step) -> None:
        self.steps.setdefault(event.intent_id, []).append(event)

    def _halt(self, event: HaltIntent) -> None:
        """The saga's own note of it may be missing."""
        if event.intent_id in self.wishes:
            self._step(SagaStep(event.intent_id, "halt", 0, (), 0, event.reason, {"halted": event.reason}))

    def _panic(self, event: PanicStep) -> None:
        self.steps.setdefault(event.panic, []).append(event)

    def _calm(self, event: PanicEnded) -> None:
        """What it has closed no saga may go on with. Money on its way between wallets is still on its way."""
        self.steps.pop(event.panic, None)
        self.unsent.clear()
        for wish in [w for w in self.wishes.values() if not isinstance(w, TransferIntent)]:
            self._end(wish.id)
        self.bookings.append(event)

    def _latched(self, event: Latched) -> None:
        self.latches.setdefault(event.name, event)

    def _rearmed(self, event: Rearmed) -> None:
        self.latches.pop(event.name, None)

    def _settled(self, event: Settled) -> None:
        self.settled[event.intent_id] = event

    def _listing(self, event: Listing) -> None:
        self.instruments[event.instrument.id] = event.instrument

    def _baseline(self, event: Baseline) -> None:
        self.baselines[event.venue, event.subject] = event


def fold(entries: Iterable[msgspec.Struct]) -> Memory:
    """All entries of a journal, oldest first."""
    memory = Memory()
    for entry in entries:
        memory(entry)
    return memory
