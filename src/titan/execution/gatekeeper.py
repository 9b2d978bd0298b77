"""Tells the gates how things stand at this moment, and asks them. What is on its way counts as if it had
filled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal

from titan.execution.tickets import Ticket
from titan.model.instrument import Instrument
from titan.model.pair import PairType
from titan.model.signal import Intent
from titan.portfolio.ledger import Ledger
from titan.portfolio.nav import gross_exposure, nav
from titan.risk.capital import type_of
from titan.risk.gates import Approved, Refuse, approve
from titan.risk.standing import Limits, Standing

ZERO = Decimal(0)
Marks = Callable[[], Mapping[str, Decimal]]
MidTicks = Callable[[str], "int | None"]


class Gatekeeper:
    """`marks` values what is held, `mid_ticks` is the price now in ticks (None where there is none)."""

    def __init__(
        self,
        instruments: Mapping[str, Instrument],
        ledger: Ledger,
        limits: Limits,
        *,
        marks: Marks,
        mid_ticks: MidTicks,
    ) -> None:
        self._instruments, self._ledger, self._limits = instruments, ledger, limits
        self._marks, self._mid_ticks = marks, mid_ticks
        self._open: dict[str, Ticket] = {}
        self._seen: set[str] = set()

    def __call__(self, intent: Intent) -> Approved | Refuse:
        return approve(intent, self._standing(intent), self._limits, may_shrink=type_of(intent.owner) is None)

    def sent(self, ticket: Ticket) -> None:
        """The desk sent an order: it counts until it is final."""
        self._seen.add(ticket.intent.id)
        self._open[ticket.order.request.client_id] = ticket

    def _standing(self, intent: Intent) -> Standing:
        rules = self._instruments[intent.instrument]
        marks = self._marks()
        pending = self._pending()
        on_the_way = sum((self._notional(t, marks) for t in pending), ZERO)
        mid = self._mid_ticks(intent.instrument)
        return Standing(
            rules=rules,
            reference_ticks=mid,
            nav=nav(self._ledger, marks),
            gross=gross_exposure(self._ledger, marks) + on_the_way,
            open_orders=len(pending),
            reducible_lots=self._reducible(intent, pending),
            deployed=self._deployed(marks, pending),
            seen=self._seen,
            no_price="" if mid is not None else "the market view has no trustworthy price",
        )

    def _pending(self) -> list[Ticket]:
        for name in [n for n, t in self._open.items() if t.order.state.is_final]:
            del self._open[name]
        return list(self._open.values())

    def _notional(self, ticket: Ticket, marks: Mapping[str, Decimal]) -> Decimal:
        request = ticket.order.request
        rules = self._instruments[request.instrument]
        price = marks.get(rules.id, rules.price(request.limit_ticks))
        return rules.size(ticket.order.leaves_lots) * price

    def _reducible(self, intent: Intent, pending: Iterable[Ticket]) -> int:
        """The owner's signed lots, less what its reductions on their way will take."""
        rules = self._instruments[intent.instrument]
        held = self._ledger.sources(intent.owner).sizes.get(intent.instrument, ZERO)
        lots = int(held / rules.lot)
        for ticket in pending:
            request = ticket.order.request
            if ticket.intent.owner == intent.owner and request.instrument == intent.instrument:
                signed = request.side * ticket.order.leaves_lots
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
                    used[kind] = used.get(kind, ZERO) + abs(size) * marks[instrument] * rate
        for ticket in pending:
            kind = type_of(ticket.intent.owner)
            if kind is not None and not ticket.intent.reduce_only:
                rate = policy.rate(self._instruments[ticket.intent.instrument].kind)
                used[kind] = used.get(kind, ZERO) + self._notional(ticket, marks) * rate
        return used
