"""Panic (BRN-6): entries stop everywhere, everything that rests is cancelled, everything held is closed with
reduce-only market orders, and each venue proves by its own word, twice, that it is flat. What a venue tells
of and nobody here trades (dated futures, options) is cancelled where that can be and keeps the venue from
being flat; what no port asks for (`VenuePorts.unseen`) is paged at the beginning and named at the end.

It needs nothing but the ports of the venues: it runs beside a desk, or as a process of its own with its own
keys. Its beginning is journalled before anything else, so a crash in its middle is followed by `panic`
again, with the memory of the journal, under the same name. What was latched stays latched until somebody
re-arms by hand.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Final

import msgspec

from titan.execution.memory import Memory, Remembered
from titan.execution.panic_orders import ENDS, Reducing
from titan.execution.panic_venue import PanicAt, PanicTimes
from titan.execution.venue_ports import VenuePorts
from titan.model.errors import TitanError
from titan.model.events import OrderReport, Submitted, VenueEvent
from titan.model.fill import Fill
from titan.model.instrument import venue_of
from titan.model.pair import TransferIntent
from titan.model.recovery import Latched, PanicEnded, PanicStep

LATCH: Final = "panic"
ATTEMPTS: Final = 3
"""How often a venue whose panic broke by our own fault is begun again."""


def _nothing(why: str) -> None:
    del why


def _none(venue: str) -> Sequence[str]:
    del venue
    return ()


@dataclass(frozen=True)
class PanicHands:
    """What a panic is given besides the venues. All but `journal` and `page` have a meaning only beside a
    desk.
    """

    journal: Callable[[msgspec.Struct], None]
    page: Callable[[str], None]
    halt: Callable[[str], None] = _nothing
    """Stop the desk with the reason, exits and hedges included: from now on the panic alone sends, and a saga
    that neutralised a leg would sell it twice. Called once, as soon as the beginning is journalled.
    """
    sent: Callable[[Submitted], None] | None = None
    """An order of the panic about to leave: into the journal and the desk. The journal alone where None."""
    unsettled: Callable[[str], Sequence[str]] = field(default=_none)
    """Of a venue: client ids of the desk's orders that have no end yet."""


class Panic:
    """One panic over all venues. `owned` are base units by spot instrument that are ours to sell (infinite
    where all that is there is); `prices` of those instruments, where known, tell dust from what can be
    sold. `memory` is that of the journal where an earlier process traded, or began this very panic.

    Hand every event of the venues to `heard`; with `alone` it subscribes by itself and journals them.
    """

    def __init__(
        self, name: str, venues: Sequence[VenuePorts], hands: PanicHands, *, now: Callable[[], int],
        reason: str, by: str, owned: Mapping[str, Decimal], prices: Mapping[str, Decimal] | None = None,
        memory: Memory | None = None, times: PanicTimes | None = None, alone: bool = False,
    ) -> None:  # fmt: skip
        self.name, self.reason, self._by = name, reason, by
        self._hands, self._now, self._alone = hands, now, alone
        self._memory = memory or Memory()
        self._sides = {v.venue: v for v in venues}
        self._open: dict[str, tuple[str, int]] = {}
        self._earlier: dict[str, list[Remembered]] = {v.venue: [] for v in venues}
        self._reducing = {v.venue: self._orders(v) for v in venues}
        self._at = {
            v.venue: PanicAt(
                v, self._reducing[v.venue], _at_venue(owned, v.venue), prices or {},
                partial(self._unsettled, v.venue), step=partial(self._step, v.venue), page=hands.page,
                now=now, times=times or PanicTimes(), answered=partial(self._recall, v.venue),
            )
            for v in venues
        }  # fmt: skip

    def heard(self, event: VenueEvent) -> None:
        """A venue's word."""
        if self._alone:
            self._hands.journal(event)
        if not any(at.heard(event) for at in self._at.values()) and isinstance(event, Fill):
            for at in self._at.values():
                at.gained(event)
        if isinstance(event, OrderReport | Fill) and event.client_id in self._open:
            venue, lots = self._open[event.client_id]
            lots -= event.lots if isinstance(event, Fill) else lots if event.event in ENDS else 0
            self._open[event.client_id] = (venue, lots)
            if lots <= 0:
                del self._open[event.client_id]

    def trouble(self) -> dict[str, str]:
        """By venue: why it is not known to be flat at this moment."""
        return {venue: at.trouble for venue, at in self._at.items() if at.trouble}

    def unseen(self) -> dict[str, str]:
        """By venue: what the account may hold there that no proof of this panic covers."""
        return {name: ", ".join(side.unseen) for name, side in self._sides.items() if side.unseen}

    async def run(self) -> PanicEnded:
        """To the end: every venue flat and proven, or its bound passed. Resumes what the memory knows.
        Beside a desk, `booking.book` the answer in its ledger: holdings end with it.
        """
        self._begin()
        if self._alone:
            for side in self._sides.values():
                side.entry.subscribe(self.heard)
        self._take_up()
        await asyncio.gather(*(self._to_the_end(venue) for venue in self._at))
        open_ = self.trouble()
        flat = tuple(v for v in self._at if v not in open_)
        dust = tuple(text for at in self._at.values() for text in at.dust)
        ended = PanicEnded(self.name, flat, open_, self._now(), dust, self.unseen())
        self._hands.journal(ended)
        return ended

    async def _to_the_end(self, venue: str) -> None:
        """A fault of our own at one venue is paged and begun again; it never ends the panic at another."""
        at = self._at[venue]
        for _ in range(ATTEMPTS):
            task = asyncio.get_running_loop().create_task(at.run())
            try:
                await asyncio.wait([task])
            finally:
                task.cancel()
            error = task.exception() if not task.cancelled() else None
            if error is None:
                return
            at.trouble = f"it broke: {error!r}"
            self._hands.page(f"panic: {venue}: {at.trouble}")

    def _begin(self) -> None:
        begun = bool(self._memory.steps.get(self.name))
        self._step("", "resumed" if begun else "began", self.reason)
        if LATCH not in self._memory.latches:
            self._hands.journal(Latched(LATCH, self.reason, self._by, self._now()))
        self._hands.halt(self.reason)
        if not begun:
            self._hands.page(f"panic: {self.reason} (by {self._by}); latched until re-armed by hand")
            for venue, what in self.unseen().items():
                self._hands.page(f"panic: {venue}: not looked at, and not closed: {what}")
        for wish in self._memory.wishes.values():
            if isinstance(wish, TransferIntent):
                self._hands.page(f"panic: the end of transfer {wish.id} is not known")

    def _take_up(self) -> None:
        """Orders of an earlier process: those of this panic, and all of its run where nobody else does.
        Each is handed to its venue's entry as soon as the venue has answered, for then its rules are known.
        """
        for client_id, order in self._memory.orders.items():
            intent = order.submitted.intent
            left = intent.lots - sum(f.lots for f in order.fills)
            venue = venue_of(intent.instrument)
            mine = intent.saga == self.name
            if order.ended or left <= 0 or venue not in self._sides or not (mine or self._alone):
                continue
            if mine:
                self._reducing[venue].follow(client_id, intent.instrument, left)
            else:
                self._open[client_id] = (venue, left)
            self._earlier[venue].append(order)

    def _recall(self, venue: str) -> None:
        while self._earlier[venue]:
            order = self._earlier[venue].pop()
            sent = order.submitted
            try:
                self._sides[venue].entry.recall(sent.client_id, sent.intent, sent.local_ns, known=order.fills)
            except TitanError as e:
                self._hands.page(f"panic: {sent.client_id} cannot be looked up: {e.message}")

    def _orders(self, side: VenuePorts) -> Reducing:
        earlier = [o.submitted.intent.instrument for o in self._memory.orders_of(self.name)]
        attempt = sum(venue_of(i) == side.venue for i in earlier)
        sent = self._hands.sent or self._hands.journal
        return Reducing(self.name, side.entry, sent, self._now, attempt)

    def _unsettled(self, venue: str) -> Sequence[str]:
        return [*self._hands.unsettled(venue), *(c for c, (v, _) in self._open.items() if v == venue)]

    def _step(self, venue: str, step: str, note: str) -> None:
        self._hands.journal(PanicStep(self.name, venue, step, self._now(), note))


def _at_venue(owned: Mapping[str, Decimal], venue: str) -> dict[str, Decimal]:
    return {name: size for name, size in owned.items() if venue_of(name) == venue}


async def panic_alone(
    venues: Sequence[VenuePorts], *, name: str, reason: str, by: str, now: Callable[[], int],
    journal: Callable[[msgspec.Struct], None], page: Callable[[str], None], owned: Mapping[str, Decimal],
    prices: Mapping[str, Decimal] | None = None, memory: Memory | None = None,
    times: PanicTimes | None = None,
) -> PanicEnded:  # fmt: skip
    """A whole panic by itself, with keys of its own: no desk is needed. One that the memory knows as
    unfinished goes on under its own name; else it is called `name`, which no other panic of this account
    may have had.
    """
    going_on = unfinished(memory) if memory is not None else ""
    work = Panic(
        going_on or name, venues, PanicHands(journal, page), now=now, reason=reason, by=by, owned=owned,
        prices=prices, memory=memory, times=times, alone=True,
    )  # fmt: skip
    return await work.run()


def unfinished(memory: Memory) -> str:
    """The name of a panic that began and did not end, "" for none: on restart it goes on before anything
    else.
    """
    return next(iter(memory.panics()), "")
