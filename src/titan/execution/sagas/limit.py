"""The limit saga: rest, replace at most once when the market drifts away, and convert where that is allowed
(AUT-6).

    rest ──> filled
      │ drift, or a post-only reject ──> cancel ──> rest at the touch (once)
      └ patience over ──> cancel ──> take what is left from the market, if wished and the guards still pass

A replacement leaves only when the venue has said what became of the order before it, so both never live
together. It and the conversion keep to the cap against the price that was decided on. After a restart an
entry is withdrawn and ends, aborted as "restarted"; an exit goes on with the order that rests, its patience
counted from its first order.
"""

from __future__ import annotations

from titan.execution.replacing import in_place
from titan.execution.sagas.saga import BPS, RESTARTED, Parts, Past, Touch, leg_of, refused, unfinished
from titan.execution.sagas.single import SingleSaga
from titan.execution.tickets import Ticket
from titan.model.limit import LimitIntent
from titan.model.order import OrderState, OrderType, Side, TimeInForce
from titan.model.outcome import SagaOutcome
from titan.model.pair import PairEnd
from titan.model.signal import Intent, Purpose
from titan.risk.gates import Refuse

MOST_RESTS = 2
"""The order and its one replacement."""


class LimitSaga(SingleSaga):
    def __init__(self, wish: LimitIntent, parts: Parts, past: Past | None = None) -> None:
        super().__init__(wish, parts, past, wait_ns=wish.answer_ns)
        self.wish = wish
        self._until = (self.tickets[0].order.sent_ns if self.tickets else parts.now()) + wish.patience_ns
        self._refusal = ""

    async def run(self) -> SagaOutcome:
        if self._past is not None:
            self._note(RESTARTED, f"{len(unfinished(self.tickets))} orders in flight")
            if self.wish.purpose is Purpose.ENTRY or len(unfinished(self.tickets)) > 1:
                await self._withdraw(self.tickets)
            if self.wish.purpose is Purpose.ENTRY and self.left > 0:
                return await self._outcome(PairEnd.ABORTED, RESTARTED)
        why = await self._work()
        await self._withdraw(self.tickets)  # one that rested through a restart longer than its patience
        if self.left > 0 and self.wish.convert and not self._halted:
            why = await self._convert(why)
        if self.left <= 0:
            return await self._outcome(PairEnd.DONE, self.wish.reason)
        nothing = bool(self._refusal) and not self.tickets
        return await self._outcome(PairEnd.REFUSED if nothing else PairEnd.ABORTED, why)

    async def _work(self) -> str:
        """Rest until nothing is left, or until no order may rest any more; says why."""
        live = unfinished(self.tickets)
        ticks, why = self.wish.limit_ticks, "not filled"
        while self.left > 0 and not self._halted and self._parts.now() < self._until:
            if not live:
                if self._rests >= MOST_RESTS:
                    return why
                if self._rests:
                    touch = await self._price(self.wish.instrument)
                    if touch is None:
                        return "no trustworthy price"
                    ticks = self._at_touch(touch)
                answer = self._parts.desk.approve(self._rest(ticks))
                if isinstance(answer, Refuse):
                    self._refusal = refused(answer)
                    return self._refusal
                self._note("rest", f"{self.left} lots at {ticks}")
                live = [self._send(answer)]
            why = await self._watch(live[0])
            live = unfinished(self.tickets)
        return self._halted or ("patience is over" if self.left > 0 else "")

    async def _watch(self, ticket: Ticket) -> str:
        """Until the order ends, or has to; it has ended when this returns."""
        while not await self._parts.desk.settle([ticket], self.wish.look_ns):
            why = self._halted
            if not why and self._parts.now() >= self._until:
                why = "patience is over"
            if not why and self._rests < MOST_RESTS and self._drifted(ticket):
                why = "the market drifted away"
                if await self._moved(ticket):
                    continue
            if why:
                self._note("withdraw", why)
                await self._withdraw([ticket])
                return why
        order = ticket.order
        return "" if order.state is OrderState.FILLED else f"order {order.state} {order.reason}".strip()

    @property
    def _rests(self) -> int:
        """How often an order was put to rest, or one that rests was moved."""
        rests = [t for t in self.tickets if leg_of(t.intent) == "rest"]
        return len(rests) + sum(t.order.request.limit_ticks != t.intent.limit_ticks for t in rests)

    async def _moved(self, ticket: Ticket) -> bool:
        """To our side of the market in place, where the venue can: it stays live all the time."""
        touch = self._touch(self.wish.instrument)
        if touch is None or not self._parts.desk.amends(self.wish.instrument):
            return False
        ticks = self._at_touch(touch)
        self._note("move", f"{self.left} lots to {ticks}")
        wait_ns = self.wish.answer_ns
        return await in_place(self._parts.desk, ticket, left=self.left, limit_ticks=ticks, timeout_ns=wait_ns)

    def _drifted(self, ticket: Ticket) -> bool:
        touch = self._touch(self.wish.instrument)
        if touch is None:
            return False
        limit = float(self.rules.price(ticket.order.request.limit_ticks))
        best = touch.bid if self.wish.side is Side.BUY else touch.ask
        return (best - limit) / limit * self.wish.side * BPS > self.wish.drift_bps

    def _at_touch(self, touch: Touch) -> int:
        """On our own side of the market, within the cap."""
        side = self.wish.side
        ticks = self.rules.limit_ticks(touch.bid if side is Side.BUY else touch.ask, side)
        return min(ticks, self._worst()) if side is Side.BUY else max(ticks, self._worst())

    def _worst(self) -> int:
        reference = float(self.rules.price(self.wish.reference_ticks))
        return self.rules.limit_ticks(
            reference * (1 + self.wish.side * self.wish.cap_bps / BPS), self.wish.side
        )

    async def _convert(self, why: str) -> str:
        touch = await self._price(self.wish.instrument)
        if touch is None:
            return f"{why}; no conversion without a price"
        price = touch.ask if self.wish.side is Side.BUY else touch.bid
        best = self.rules.limit_ticks(price, self.wish.side)
        if (best - self._worst()) * self.wish.side > 0:
            return f"{why}; the market is beyond the cap"
        if any(leg_of(t.intent) == "convert" for t in self.tickets):
            return why
        answer = self._parts.desk.approve(self._intent("convert", self._worst(), TimeInForce.IOC))
        if isinstance(answer, Refuse):
            return f"{why}; no conversion: {refused(answer)}"
        self._note("convert", f"{self.left} lots")
        await self._end([self._send(answer)], self.wish.answer_ns)
        return f"{why}; converted in part"

    def _rest(self, ticks: int) -> Intent:
        return self._intent("rest", ticks, TimeInForce.POST_ONLY if self.wish.post_only else TimeInForce.GTC)

    def _intent(self, leg: str, ticks: int, tif: TimeInForce) -> Intent:
        wish = self.wish
        touch = self._touch(wish.instrument)
        return Intent(
            id=self._name(wish.instrument, leg),
            strategy=wish.strategy,
            owner=wish.owner,
            instrument=wish.instrument,
            side=wish.side,
            lots=self.left,
            purpose=wish.purpose,
            reference_ticks=touch.mid_ticks if touch else wish.reference_ticks,
            type=OrderType.LIMIT,
            limit_ticks=ticks,
            tif=tif,
            reduce_only=wish.purpose is Purpose.EXIT and self.rules.kind == "perp",
            saga=wish.id,
        )
