"""Tells the gates how things stand at this moment, and asks them. What is on its way counts as if it had
filled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from decimal import Decimal
from typing import NamedTuple

from titan.execution.crossing import opposing
from titan.execution.tickets import Ticket
from titan.model.errors import LedgerError
from titan.model.events import Submitted
from titan.model.instrument import Instrument, InstrumentKind, venue_of
from titan.model.money import exact
from titan.model.order import Order, OrderType
from titan.model.pair import PairType
from titan.model.signal import Intent
from titan.portfolio.ledger import Ledger
from titan.portfolio.nav import gross_exposure, nav
from titan.portfolio.pricing import wallet_of
from titan.risk.capital import type_of
from titan.risk.decision import Reason, refuse
from titan.risk.gates import Approved, Refuse, approve
from titan.risk.overrides import FREE, Mode, Scope
from titan.risk.rate import Bucket
from titan.risk.restraints import Restraints
from titan.risk.standing import Limits, Standing

ZERO, UNKNOWN = Decimal(0), Decimal("NaN")
Marks = Callable[[], Mapping[str, Decimal]]
MidTicks = Callable[[str], "int | None"]
Lease = Callable[[Intent], "int | None"]


class Worth(NamedTuple):
    """What is held and on its way; NaN and None where a price for it is missing."""

    nav: Decimal
    gross: Decimal
    deployed: Mapping[PairType, Decimal] | None


class Held(NamedTuple):
    """What the books are worth at some marks, which are those very ones, and at some version of them."""

    marks: Mapping[str, Decimal]
    version: int
    nav: Decimal
    gross: Decimal


class Gatekeeper:
    """`marks` values what is held, and nobody changes what it gave. `mid_ticks` is the price now in ticks
    (None where there is none). `restraints` are those that the desk's `Halts` writes; `lease` says until
    when an intent's strategy may open anything (None: no Brain). Without `now` nobody counts orders a second,
    and what depends on the time is refused.
    """

    def __init__(
        self,
        instruments: Mapping[str, Instrument],
        ledger: Ledger,
        limits: Limits,
        *,
        marks: Marks,
        mid_ticks: MidTicks,
        now: Callable[[], int] | None = None,
        restraints: Restraints | None = None,
        lease: Lease | None = None,
    ) -> None:
        self._instruments, self._ledger, self._limits = instruments, ledger, limits
        self._marks, self._mid_ticks, self._now, self._lease = marks, mid_ticks, now, lease
        self._restraints = Restraints() if restraints is None else restraints
        self._open: dict[str, Ticket] = {}
        self._seen: set[str] = set()
        self._buckets: dict[str, Bucket] = {}
        self._known: Held | None = None

    def __call__(self, intent: Intent, beside: Sequence[Approved] = ()) -> Approved | Refuse:
        """`beside` leaves together with the intent, and counts as if it were on its way."""
        rules = self._instruments.get(intent.instrument)
        if rules is None:
            return refuse("venue rules", Reason.UNKNOWN_INSTRUMENT, instrument=intent.instrument)
        standing = self._standing(intent, rules, beside)
        return approve(intent, standing, self._limits, may_shrink=type_of(intent.owner) is None)

    @property
    def limits(self) -> Limits:
        """What orders are held to. Others may be set: they hold from the next order on."""
        return self._limits

    @limits.setter
    def limits(self, limits: Limits) -> None:
        self._limits = limits
        for bucket in self._buckets.values():
            bucket.resize(limits.orders_per_s, limits.burst)

    def sent(self, ticket: Ticket) -> None:
        """The desk sent an order, or took up one of an earlier process: it counts until it is final, and its
        intent is never sent again.
        """
        self._seen.add(ticket.intent.id)
        self._open[ticket.order.request.client_id] = ticket
        if self._now is not None:
            self._bucket(venue_of(ticket.intent.instrument)).take(ticket.order.sent_ns)

    def changed(self, ticket: Ticket) -> None:
        """The desk changed a resting order: one message more."""
        if self._now is not None:
            self._bucket(venue_of(ticket.intent.instrument)).take(self._now())

    def _standing(self, intent: Intent, rules: Instrument, beside: Sequence[Approved]) -> Standing:
        pending = self._pending(intent.replaces) + [_leaving(order) for order in beside]
        here = [t for t in pending if t.order.request.instrument == rules.id]
        worth = self._worth(pending)
        mid = self._mid_ticks(intent.instrument)
        now = self._now() if self._now is not None else None
        scope = Scope(intent.strategy, rules.venue, rules.base, rules.id, intent.owner)
        override, names = self._restraints.covering(scope)
        if override.mode is Mode.SCALE and type_of(intent.owner) is not None:
            override = FREE  # a pair was scaled as a whole when it was decided: a clip of it cannot be
        return Standing(
            rules=rules,
            reference_ticks=mid,
            nav=worth.nav,
            gross=worth.gross,
            open_orders=len(pending),
            open_here=len(here),
            position=self._position(rules, here, intent),
            rate=self._rate(rules),
            reducible_lots=self._reducible(intent, here),
            deployed=worth.deployed,
            seen=self._sent_before(intent, beside),
            override=override,
            no_price="" if mid is not None else "the market view has no trustworthy price",
            imposed=names,
            now_ns=now,
            lease_until_ns=self._lease(intent) if self._lease is not None else None,
            tokens=self._tokens(rules.venue, now, beside) if now is not None else None,
            opposing=opposing(intent, here) if here else (),
        )

    def _sent_before(self, intent: Intent, beside: Sequence[Approved]) -> Set[str]:
        """Where the intent may be found if it was sent; all that was ever sent is never copied."""
        leaving = {order.intent.id for order in beside}
        return leaving if intent.id in leaving else self._seen

    def _tokens(self, venue: str, now: int, beside: Sequence[Approved]) -> int:
        here = f"{venue}."
        return self._bucket(venue).left(now) - sum(o.intent.instrument.startswith(here) for o in beside)

    def _bucket(self, venue: str) -> Bucket:
        bucket = self._buckets.get(venue)
        if bucket is None:
            bucket = self._buckets[venue] = Bucket(self._limits.orders_per_s, self._limits.burst)
        return bucket

    def _pending(self, replaced: str) -> list[Ticket]:
        for name in [n for n, t in self._open.items() if t.order.state.is_final]:
            del self._open[name]
        return [t for n, t in self._open.items() if n != replaced]

    def _worth(self, pending: Iterable[Ticket]) -> Worth:
        marks = self._marks()
        try:
            on_the_way = sum((self._notional(t, marks) for t in pending if not t.intent.reduce_only), ZERO)
            held = self._held(marks)
            return Worth(held.nav, held.gross + on_the_way, self._deployed(marks, pending))
        except LedgerError:
            return Worth(UNKNOWN, UNKNOWN, None)

    def _rate(self, rules: Instrument) -> Decimal | None:
        try:
            return self._ledger.rate(rules.quote, self._marks())
        except LedgerError:
            return None

    def _held(self, marks: Mapping[str, Decimal]) -> Held:
        """Added up once for all orders of a moment: while neither marks nor books are others."""
        known, version = self._known, self._ledger.version
        if known is None or known.marks is not marks or known.version != version:
            with exact():
                worth, gross = nav(self._ledger, marks), gross_exposure(self._ledger, marks)
            known = self._known = Held(marks, version, worth, gross)
        return known

    def _notional(self, ticket: Ticket, marks: Mapping[str, Decimal]) -> Decimal:
        request = ticket.order.request
        rules = self._instruments.get(request.instrument)
        if rules is None:
            raise LedgerError(f"an order of {request.instrument} is on its way, of which nothing is known")
        ticks, mark = max(request.limit_ticks, request.stop_ticks), marks.get(rules.id)
        change = ticket.order.amending
        if change is not None:
            ticks = max(ticks, change.limit_ticks)
        if mark is None:
            ticks = max(ticks, ticket.intent.reference_ticks)
        price = max(mark or ZERO, rules.price(ticks))
        return rules.size(ticket.order.leaves_lots) * price * self._ledger.rate(rules.quote, marks)

    def _position(self, rules: Instrument, here: Iterable[Ticket], intent: Intent) -> int:
        """Signed lots of an instrument over all owners, with what is on its way in the intent's direction."""
        if rules.kind is InstrumentKind.PERP:
            lots = self._ledger.position(rules.id).lots
        else:
            lots = int(self._ledger.balance(wallet_of(rules), rules.base) / rules.lot)
        signed = (t.order.request.side * t.order.leaves_lots for t in here)
        return lots + sum(s for s in signed if s * intent.side > 0)

    def _reducible(self, intent: Intent, here: Iterable[Ticket]) -> int:
        """The owner's signed lots, less what its reductions on their way will take. A reduce-only stop that
        waits for its price takes nothing: when it is triggered the venue cuts it to what is there.
        """
        rules = self._instruments[intent.instrument]
        held = self._ledger.holding(intent.owner, intent.instrument)
        lots = int(held / rules.lot)
        for ticket in here:
            waits = ticket.intent.reduce_only and ticket.intent.type is OrderType.STOP
            if ticket.intent.owner == intent.owner and not waits:
                signed = ticket.order.request.side * ticket.order.leaves_lots
                lots += signed if signed * lots < 0 else 0
        return lots

    def _deployed(self, marks: Mapping[str, Decimal], pending: Iterable[Ticket]) -> dict[PairType, Decimal]:
        """Capital tied up by each type: holdings at today's prices, and entries on their way."""
        used: dict[PairType, Decimal] = {}
        policy = self._limits.capital
        for owner in self._ledger.holders():
            kind = type_of(owner)
            if kind is None:
                continue
            for instrument, size in self._ledger.sources(owner).sizes.items():
                if size:
                    rate = policy.rate(self._instruments[instrument].kind)
                    used[kind] = (
                        used.get(kind, ZERO) + abs(size) * self._ledger.worth(instrument, marks) * rate
                    )
        for ticket in pending:
            kind = type_of(ticket.intent.owner)
            if kind is not None and not ticket.intent.reduce_only:
                rate = policy.rate(self._instruments[ticket.intent.instrument].kind)
                used[kind] = used.get(kind, ZERO) + self._notional(ticket, marks) * rate
        return used


def _leaving(order: Approved) -> Ticket:
    """What `order` will be in a moment."""
    return Ticket(Order(Submitted(order.client_id, order.intent, 0).request, sent_ns=0), order.intent)
