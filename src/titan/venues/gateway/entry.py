"""Orders in, the venue's word out. `submit`, `cancel` and `amend` schedule and return at once.

A submission is sent once, whatever happens. When its answer is lost the order is reported as `timeout` and
looked up by our id, again and again, until the venue knows it; only when it is still unknown after the last
moment at which the venue could have accepted it, it is reported as rejected ("never reached the venue"). A
cancel waits until the submission has left, and is repeated until something certain is known. Whether a
refusal of our own id as a duplicate means that the order is there is looked up as well: after a crash it may
be.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final

from msgspec.structs import replace

from titan.model.errors import InstrumentError, OrderError, VenueBusy, VenueError, VenueRefused, VenueUnknown
from titan.model.events import VenueEvent
from titan.model.fill import Fill
from titan.model.instrument import InstrumentKind
from titan.model.order import OrderEvent, OrderType
from titan.model.signal import Intent
from titan.ports import Approved
from titan.venues.gateway.call import Caller
from titan.venues.gateway.errors import reason_of
from titan.venues.gateway.ids import IdFormat
from titan.venues.gateway.limiter import Priority
from titan.venues.gateway.lookup import Lookup, Raw
from titan.venues.gateway.okx import SpotMode
from titan.venues.gateway.orders import Arguments, arguments, is_apart
from titan.venues.gateway.profile import Profile
from titan.venues.gateway.reports import Reports, Sent
from titan.venues.gateway.rules import Listed

_FIRST_LOOK_S: Final = 0.25
_LONGEST_LOOK_S: Final = 5.0
_MARGIN_S: Final = 5.0
_CANCELS: Final = 6
_THERE: Final = ("duplicate", "already exist")
"""How venues refuse an id that they know."""
_LOOKS: Final = 8
"""How often a change that was acknowledged is looked at until its effect is seen."""


class Entry:
    """Implements OrderEntry and Executions of `titan.ports` for one key. Use on one event loop."""

    def __init__(
        self, profile: Profile, caller: Caller, ids: IdFormat, find: Callable[[str], Listed | None],
        reports: Reports,
    ) -> None:  # fmt: skip
        self._profile, self._caller, self._ids, self._find = profile, caller, ids, find
        self.reports = reports
        self._lookup = Lookup(profile, caller.client)
        self._tasks: set[asyncio.Task[None]] = set()
        self._spot_mode = SpotMode(caller.client) if profile.venue == "okx" else None
        self._leaving: dict[str, asyncio.Task[None]] = {}
        self._looking: set[str] = set()

    def subscribe(self, sink: Callable[[VenueEvent], None]) -> None:
        self.reports.subscribe(sink)

    def submit(self, order: Approved) -> None:
        """Raises InstrumentError or OrderError for what cannot be sent at all."""
        listed = self._find(order.intent.instrument)
        if listed is None:
            raise InstrumentError(f"{order.intent.instrument} is not traded at {self._profile.venue}")
        if order.client_id in self.reports.sent:
            raise OrderError(f"the client order id {order.client_id} was used before")
        ready = arguments(self._profile, listed, order.intent, self._ids.to_venue(order.client_id))
        sent = Sent(order.client_id, order.intent, listed, self._caller.now())
        self.reports.add(sent)
        self._leaving[order.client_id] = self._start(self._send(sent, ready))

    def rehearse(self, order: Approved) -> None:
        """All that `submit` does with an order but remember and send it; nothing is raised."""
        listed = self._find(order.intent.instrument)
        if listed is None:
            return
        ready = arguments(self._profile, listed, order.intent, self._ids.to_venue(order.client_id))
        self._caller.rehearse(lambda: self._caller.client.create_order(*ready))

    def recall(
        self, client_id: str, intent: Intent, sent_ns: int, *, known: Sequence[Fill] = (), left_ns: int = 0
    ) -> None:
        """An order that an earlier process journalled at `sent_ns`, and may have sent: implements Recalls.

        That process was alive until this one began, and an order may wait long in the journal or the rate
        limiter before it leaves; so "too late to be accepted" is counted from now, unless `left_ns` says
        more.
        """
        if client_id in self.reports.sent:
            return
        listed = self._find(intent.instrument)
        if listed is None:
            raise InstrumentError(f"{intent.instrument} is not traded at {self._profile.venue}")
        sent = Sent(client_id, intent, listed, sent_ns)
        self.reports.recall(sent, known)
        self.pursue(sent, left_ns)

    def cancel(self, client_id: str) -> None:
        """An order that is already done answers nothing more than its last report."""
        sent = self._mine(client_id)
        if not sent.done:
            sent.cancelling = True
            self._start(self._cancel(sent))

    def pursue(self, sent: Sent, left_ns: int = 0) -> None:
        """Look it up until what became of it is known; once at a time. `left_ns`: see `recall`."""
        if sent.client_id not in self._looking:
            self._looking.add(sent.client_id)
            self._start(self._pursue(sent, left_ns or self._caller.now()))

    async def look(self, sent: Sent, priority: Priority = Priority.ORDER) -> bool:
        """Ask the venue once and report what is new; False when it knows no such order. Raises VenueError."""
        raw = await self._caller.query(lambda: self._find_raw(sent), priority)
        if raw is None:
            return False
        self.reports.order(raw)
        if sent.owed:
            ids, sent_ms = sorted(sent.venue_ids), sent.sent_ns // 1_000_000
            new = self.reports.unknown(sent, raw)
            for trade in await self._caller.query(lambda: self._lookup.fills(sent.listed, ids, sent_ms, new)):
                self.reports.trade(trade)
        return True

    async def close(self) -> None:
        """Stop looking; what was sent stays as it is at the venue."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _mine(self, client_id: str) -> Sent:
        sent = self.reports.sent.get(client_id)
        if sent is None:
            raise OrderError(f"no order {client_id} was sent to this venue")
        return sent

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _send(self, sent: Sent, ready: Arguments) -> None:
        client = self._caller.client
        try:
            if self._spot_mode is not None and self._is_spot_stop(sent):
                mode, asked = self._spot_mode, ready
                ready = await self._caller.query(lambda: mode.fit(asked), Priority.ORDER)
            answer = await self._caller.change(lambda: client.create_order(*ready))
        except VenueUnknown as e:
            self._doubt(sent, e)
        except VenueRefused as e:
            if any(words in e.message.lower() for words in _THERE):
                self._doubt(sent, e)
            else:
                self.reports.tell(sent.client_id, OrderEvent.REJECT, reason_of(e))
        except VenueError as e:
            self.reports.tell(sent.client_id, OrderEvent.REJECT, reason_of(e))
        else:
            self._answered(sent, answer)
        finally:
            self._leaving.pop(sent.client_id, None)

    @staticmethod
    def _is_spot_stop(sent: Sent) -> bool:
        return sent.intent.type is OrderType.STOP and sent.listed.instrument.kind is InstrumentKind.SPOT

    def _answered(self, sent: Sent, answer: Raw) -> None:
        """The venue took it. Some say no more than its id; then streams and looks say the rest."""
        if answer.get("id"):
            self.reports.name(sent.client_id, str(answer["id"]))
        self.reports.order({**answer, "status": answer.get("status") or "open"})
        if sent.owed or sent.intent.type == 0:
            self.pursue(sent)

    def _doubt(self, sent: Sent, e: VenueError) -> None:
        self.reports.tell(sent.client_id, OrderEvent.TIMEOUT, reason_of(e))
        self.pursue(sent)

    async def _pursue(self, sent: Sent, left_ns: int) -> None:
        wait, looks = _FIRST_LOOK_S, 0
        try:
            while not sent.done:
                try:
                    known = await self.look(sent)
                except VenueError:
                    known = None  # no evidence either way
                if known and sent.cancelling and not sent.done:
                    looks += 1
                    if looks > 1:  # the cancel came before its order did
                        await self._ask_cancel(sent)
                elif known and sent.accepted and not sent.owed:
                    looks += 1
                    if looks >= (_LOOKS if sent.intent.type == 0 else 1):
                        return  # it rests; the streams and the polls go on from here
                if known is False and self._too_late(left_ns):
                    self.reports.tell(sent.client_id, OrderEvent.REJECT, "it never reached the venue")
                    return
                await asyncio.sleep(wait)
                wait = min(wait * 2, _LONGEST_LOOK_S)
        finally:
            self._looking.discard(sent.client_id)

    def _too_late(self, left_ns: int) -> bool:
        """A request that left by then could not be accepted any more."""
        return self._caller.now() - left_ns > (self._profile.valid_s + _MARGIN_S) * 1e9

    async def _cancel(self, sent: Sent) -> None:
        leaving = self._leaving.get(sent.client_id)
        if leaving is not None:
            await asyncio.wait([leaving])
        await self._ask_cancel(sent)
        self.pursue(sent)

    async def _ask_cancel(self, sent: Sent) -> None:
        """Until the venue has taken it, or says that there is nothing to cancel."""
        apart = is_apart(self._profile, sent.listed, sent.intent.type)
        written = self._ids.to_venue(sent.client_id)
        wait = _FIRST_LOOK_S
        for _ in range(_CANCELS):
            if sent.done:
                return
            venue_id = next(iter(sorted(sent.venue_ids)), "")
            try:
                answer = await self._caller.change(
                    lambda: self._lookup.cancel(sent.listed, written, venue_id, apart=apart),  # noqa: B023
                    Priority.CANCEL,
                )
                self.reports.order({**answer, "id": answer.get("id") or venue_id})
                return
            except VenueRefused:
                return  # it is gone, or not there yet: looking at it says which
            except (VenueBusy, VenueUnknown):
                await asyncio.sleep(wait)
                wait = min(wait * 2, _LONGEST_LOOK_S)
            except VenueError:
                return

    async def _find_raw(self, sent: Sent) -> Raw | None:
        written = self._ids.to_venue(sent.client_id)
        venue_id = next(iter(sorted(sent.venue_ids)), "")
        apart = is_apart(self._profile, sent.listed, sent.intent.type)
        found = await self._lookup.find(sent.listed, written, venue_id, apart=apart)
        if found is None and apart:  # triggered: it lives on as an order like others
            found = await self._lookup.find(sent.listed, written, venue_id)
        return found


class AmendingEntry(Entry):
    """Of a venue that changes orders in place: an `Amends` too."""

    def amend(self, client_id: str, *, lots: int, limit_ticks: int) -> None:
        """Raises OrderError for an order that is done, or of a kind that the venue does not amend. How it
        went is told as AMEND or AMEND_REFUSED; a lost answer as ACCEPT, and what stands when it is known."""
        sent = self._mine(client_id)
        kind = sent.listed.instrument.kind
        if kind not in self._profile.amends:
            raise OrderError(f"{self._profile.venue} does not amend {kind} orders")
        if sent.done or lots <= sent.filled or limit_ticks <= 0:
            raise OrderError(f"order {client_id} cannot be amended to {lots} lots at {limit_ticks} ticks")
        self._start(self._amend(sent, lots, limit_ticks))

    async def _amend(self, sent: Sent, lots: int, limit_ticks: int) -> None:
        leaving = self._leaving.get(sent.client_id)
        if leaving is not None:
            await asyncio.wait([leaving])
        if sent.done:
            return
        listed, written = sent.listed, self._ids.to_venue(sent.client_id)
        venue_id = next(iter(sorted(sent.venue_ids)), "")
        before = sent.intent
        sent.intent = replace(before, lots=lots, limit_ticks=limit_ticks)
        try:
            await self._caller.change(
                lambda: self._lookup.amend(
                    listed, written, venue_id, before.side, listed.amount(lots), listed.price(limit_ticks)
                )
            )
        except VenueUnknown as e:
            self.reports.tell(sent.client_id, OrderEvent.ACCEPT, f"amend in doubt: {reason_of(e)}")
            await self._what_stands(sent, before)
        except VenueError as e:
            sent.intent = before
            self.reports.tell(sent.client_id, OrderEvent.AMEND_REFUSED, reason_of(e))
            self.pursue(sent)
        else:
            self.reports.tell(sent.client_id, OrderEvent.AMEND)

    async def _what_stands(self, sent: Sent, before: Any) -> None:
        """After a lost answer: the size and price that the venue has now."""
        try:
            raw = await self._caller.query(lambda: self._find_raw(sent))
        except VenueError:
            raw = None
        if raw is None or raw.get("amount") is None:
            sent.intent = before
            return
        lots, ticks = sent.listed.lots(raw["amount"]), sent.listed.ticks(raw.get("price"))
        asked = sent.intent
        sent.intent = replace(before, lots=lots, limit_ticks=ticks or before.limit_ticks)
        known = OrderEvent.AMEND if sent.intent == asked else OrderEvent.AMEND_REFUSED
        self.reports.tell(sent.client_id, known, "as the venue has it")
        self.reports.order(raw)
        self.pursue(sent)
