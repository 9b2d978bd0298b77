"""The bracket saga: an entry, and protection of exactly the open size until nothing is open (AUT-7).

    enter ──> protect ──> a target is reached ──> close its share, the stop moves to break-even plus fees
                 │                                       └──> from then on it trails the best price
                 └──> stop, time, halt ──> close what is left

The stop rests at the venue where it holds stops, for exactly the open size; targets are watched here and
taken from the market, because two resting reductions of one position could together close more than there
is. While the stop is being replaced, and where the venue has or takes no stops, it is watched here too, and
the steps say so. A stop that the market has clearly passed without a fill is withdrawn and the position
closed from here.

A target whose share is too small for the venue goes with the next one, and a rest that would be too small
goes with the target before it. A target that the gates refuse is tried again half a minute later; until then
the stop covers all again.

A bracket ends flat: where closing fails the operator is told and it tries again. After a restart an entry
in flight is withdrawn, and what was entered is protected: the open size is counted from the orders, the
stop's level is the best that was ever written down.
"""

from __future__ import annotations

import asyncio
import math
from typing import Final

from titan.execution.desk import NS
from titan.execution.sagas.legs import least_lots
from titan.execution.sagas.saga import (
    DOUBT_NS,
    RESTARTED,
    Parts,
    Past,
    Touch,
    at_once,
    leg_of,
    refused,
    shortfall,
    unfinished,
)
from titan.execution.sagas.undo import TakingSaga
from titan.execution.tickets import Ticket
from titan.model.bracket import BracketIntent
from titan.model.instrument import InstrumentKind
from titan.model.order import OrderState, OrderType, Side, TimeInForce
from titan.model.outcome import SagaOutcome
from titan.model.pair import PairEnd
from titan.model.signal import Intent, Purpose
from titan.risk.decision import Reason
from titan.risk.gates import Refuse

STEP_ATR: Final = 0.1
"""A trailing stop is replaced once that is worth so much."""
PASSED_ATR: Final = 0.25
"""How far beyond a resting stop the market is when it should have filled."""
GONE: Final = "the position is not held any more"
MOST_STOPS: Final = 3
"""Refused or rejected so often in a row, the stop is ours alone, and tried again each half minute."""


class BracketSaga(TakingSaga):
    def __init__(self, wish: BracketIntent, parts: Parts, past: Past | None = None) -> None:
        super().__init__(wish, parts, past, wait_ns=wish.answer_ns)
        self.wish = wish
        self.rules = parts.instruments(wish.instrument)
        said = past.figure("stop") if past else None
        self._level = int(said) if said else None
        self._best: float | None = None
        self._refused_stops = 0, 0
        """How many in a row by a gate, and when it was last."""
        self._alone = False
        self._target_again_ns = 0
        self._gone = ""

    async def run(self) -> SagaOutcome:
        if self._past is not None:
            self._note(RESTARTED, f"{len(unfinished(self.tickets))} orders in flight")
            await self._withdraw([t for t in self.tickets if leg_of(t.intent) != "stop"])
            if not self.entered:
                return self._outcome(PairEnd.ABORTED, RESTARTED)
        elif not self.wish.held:
            end, why = await self._enter()
            if end is not None:
                return self._outcome(end, why)
        why = await self._protect()
        await self._withdraw(self.tickets)
        while self.open and not self._gone:  # a fill came after its cancel
            why = await self._protect()
            await self._withdraw(self.tickets)
        if self._gone:
            return self._outcome(PairEnd.ABORTED, self._gone)
        return self._outcome(PairEnd.DONE, why)

    # -- how it stands, by the orders

    @property
    def entered(self) -> int:
        filled = sum(t.order.filled_lots for t in self.tickets if leg_of(t.intent) == "entry")
        return self.wish.lots if self.wish.held else filled

    @property
    def open(self) -> int:
        """Lots that still stand, in the direction of the entry; negative when too much was closed."""
        side = self.wish.side
        later = [t for t in self.tickets if leg_of(t.intent) != "entry"]
        return self.entered + sum(t.order.filled_lots * (1 if t.intent.side is side else -1) for t in later)

    @property
    def stop(self) -> Ticket | None:
        """The stop that rests at the venue."""
        live = [t for t in unfinished(self.tickets) if leg_of(t.intent) == "stop"]
        return live[-1] if live else None

    @property
    def protected(self) -> bool | None:
        """None where the stop is ours alone, and would die with us."""
        stop = self.stop
        if stop is None or stop.asked_ns or stop.order.state not in (OrderState.OPEN, OrderState.PARTIAL):
            return None if self._gone or not self._venue_stops else False
        return unfinished(self.tickets) == [stop] and stop.order.leaves_lots == self.open

    @property
    def closed(self) -> int:
        """Lots that targets have closed."""
        return sum(t.order.filled_lots for t in self.tickets if leg_of(t.intent) == "target")

    @property
    def stage(self) -> int:
        """How many targets are done; one whose share of a small position is no whole lot is passed over."""
        closed = self.closed
        return sum(closed >= self._share(n) for n in range(1, len(self.wish.targets) + 1))

    @property
    def trails(self) -> bool:
        """A target was done: the stop stands at break-even or better."""
        closed = self.closed
        return any(0 < self._share(n) <= closed for n in range(1, len(self.wish.targets) + 1))

    def _share(self, targets: int) -> int:
        """Lots that the first so many targets close together; the last takes the rest."""
        least, closed, whole = self._least, 0, 0.0
        for target in self.wish.targets[:targets]:
            whole += target.share
            lots = min(math.floor(self.entered * whole + 1e-9), self.entered)
            closed = lots if lots - closed >= least else closed
            closed = closed if self.entered - closed >= least else self.entered
        return self.entered if targets >= len(self.wish.targets) else closed

    @property
    def _least(self) -> int:
        """The smallest lots that the venue takes at any price at which this may be closed."""
        wish, rules = self.wish, self.rules
        away = max(wish.stop_atr, *(t.atr for t in wish.targets)) if wish.targets else wish.stop_atr
        return least_lots(rules, max(math.floor(self._entry_ticks - away * wish.atr_ticks), 1))

    @property
    def _entry_ticks(self) -> float:
        if self.wish.held:
            return float(self.wish.entry_ticks)
        entries = [t.order for t in self.tickets if leg_of(t.intent) == "entry"]
        lots = sum(o.filled_lots for o in entries)
        return sum(o.filled_value for o in entries) / lots if lots else 0.0

    # -- the course

    async def _enter(self) -> tuple[PairEnd | None, str]:
        wish = self.wish
        touch = await self._price(wish.instrument)
        if touch is None or self._halted:
            return PairEnd.REFUSED, self._halted or "no trustworthy price"
        answer = self._parts.desk.approve(
            at_once(
                self._name(wish.instrument, "entry"), wish.id, wish.strategy, wish.owner, self.rules,
                wish.side, wish.lots, Purpose.ENTRY, touch, wish.entry_cap_bps, reduces=False,
            )
        )  # fmt: skip
        if isinstance(answer, Refuse):
            return PairEnd.REFUSED, refused(answer)
        self._note("enter", f"{wish.lots} lots")
        ticket = self._send(answer)
        await self._end([ticket], wish.answer_ns)
        if not self.entered:
            return PairEnd.ABORTED, f"entry {ticket.order.state} {ticket.order.reason}".strip()
        return None, ""

    async def _protect(self) -> str:
        """Until nothing is open; says how it ended."""
        why = "closed"
        while self.open != 0 and not self._gone:
            if self.open < 0:
                await self._take(
                    self.wish.instrument, self.wish.owner, self.wish.side, lambda: -self.open, "back",
                    self.wish.exit_cap_bps,
                )  # fmt: skip
                continue
            touch = self._touch(self.wish.instrument)
            reason = self._reason(touch)
            if reason:
                why = reason
                await self._close(reason)
                continue
            if touch is not None and self._reached(touch):
                why = f"target {self.stage + 1}"
                await self._target(touch)
                continue
            await self._cover()
            live = unfinished(self.tickets)
            if not live:
                await asyncio.sleep(self.wish.look_ns / NS)
            elif await self._parts.desk.settle(live, self.wish.look_ns):
                why = f"{leg_of(live[-1].intent)} {live[-1].order.state}"
        return why

    def _reason(self, touch: Touch | None) -> str:
        """Why all of it is to be closed now, if it is."""
        if self._halted:
            return self._halted
        if self.wish.deadline_ns and self._parts.now() >= self.wish.deadline_ns:
            return "the deadline passed"
        stop = self.stop
        if stop is not None and stop.order.filled_lots:
            return ""  # it is at work
        if touch is None:
            return ""
        level = self._raise(touch)
        beyond = (level - self._exit_ticks(touch)) * self.wish.side
        room = PASSED_ATR * self.wish.atr_ticks if stop is not None else 0
        return "stop" if beyond >= room else ""

    def _exit_ticks(self, touch: Touch) -> float:
        price = touch.bid if self.wish.side is Side.BUY else touch.ask
        return price / float(self.rules.tick)

    def _raise(self, touch: Touch) -> int:
        """The stop's level now; it only ever moves in our favour."""
        side, wish, entry = self.wish.side, self.wish, self._entry_ticks
        levels = [entry - side * wish.stop_atr * wish.atr_ticks]
        if self._level is not None:
            levels.append(self._level)
        if self.trails:
            levels.append(entry * (1 + side * 2 * float(self.rules.fees.taker)))
            now = self._exit_ticks(touch)
            self._best = now if self._best is None else max(self._best * side, now * side) * side
            levels.append(self._best - side * wish.trail_atr * wish.atr_ticks)
        best = max(level * side for level in levels) * side
        return math.ceil(best) if side is Side.BUY else math.floor(best)

    def _reached(self, touch: Touch) -> bool:
        stage, wish = self.stage, self.wish
        if stage >= len(wish.targets) or self._parts.now() < self._target_again_ns:
            return False
        level = self._entry_ticks + wish.side * wish.targets[stage].atr * wish.atr_ticks
        return (self._exit_ticks(touch) - level) * wish.side >= 0

    async def _cover(self) -> None:
        """Make the protection equal the open size, at today's level."""
        touch = self._touch(self.wish.instrument)
        if touch is None:
            return
        level, stop = self._raise(touch), self.stop
        if stop is not None and stop.order.filled_lots:
            return
        old = self._level
        moved = old is None or abs(level - old) >= STEP_ATR * self.wish.atr_ticks
        if stop is not None and stop.order.leaves_lots == self.open and not moved:
            return
        if moved:
            self._level = level
            self._note("stop", f"at {level} for {self.open} lots", stop=str(level))
        if not self._venue_stops:
            if moved or not self._alone:
                self._note("watched", "the stop is ours alone: the venue holds none")
            if self.wish.venue_stops and not self._alone:
                self._tell(f"no stop of {self.wish.instrument} stands at the venue: watched from here only")
            self._alone = True
            return
        if stop is not None and not await self._parts.desk.withdraw([stop], self._wait_ns):
            return  # it may stand or not: it is watched here, and its cancel asked for again
        if self.open > 0:
            self._place_stop(self.open)

    @property
    def _venue_stops(self) -> bool:
        """Whether a stop may go to the venue: for half a minute it may not once the venue, or a gate, has
        refused so many in a row.
        """
        refused, last_ns = self._refused_stops
        for ticket in reversed([t for t in self.tickets if leg_of(t.intent) == "stop"]):
            if ticket.order.state is OrderState.REJECTED:
                refused, last_ns = refused + 1, max(last_ns, ticket.order.updated_ns)
            elif ticket.order.state is not OrderState.PENDING:
                break
        again = self._parts.now() >= last_ns + DOUBT_NS
        return self.wish.venue_stops and (refused < MOST_STOPS or again)

    def _place_stop(self, lots: int) -> None:
        answer = self._parts.desk.approve(self._stop_intent(lots))
        if isinstance(answer, Refuse):
            self._refused_stops = self._refused_stops[0] + 1, self._parts.now()
            self._note("no stop", refused(answer))
        else:
            self._refused_stops = 0, 0
            self._send(answer)

    async def _target(self, touch: Touch) -> None:
        """Close the share of the target that was reached; the stop is replaced for the rest with it."""
        stage = self.stage
        if self.stop is not None:
            await self._withdraw(self.tickets)
        lots = min(self._share(stage + 1) - self.closed, self.open)
        if self.open <= 0 or lots <= 0:
            return  # the stop, or a target that had been in flight, was quicker
        self._note("target", f"{stage + 1}: close {lots} of {self.open} lots")
        wish = self.wish
        answer = self._parts.desk.approve(
            at_once(
                self._name(wish.instrument, "target"), wish.id, wish.strategy, wish.owner, self.rules,
                wish.side.other, lots, Purpose.EXIT, touch, wish.exit_cap_bps, reduces=True,
            )
        )  # fmt: skip
        if isinstance(answer, Refuse):
            self._note("target", refused(answer))
            if answer.reason is Reason.NOT_A_REDUCTION:
                self._gone = GONE
                return
            self._target_again_ns = self._parts.now() + DOUBT_NS
            await self._cover()
            return
        rest = self.open - lots
        ticket = self._send(answer)
        if rest > 0 and self._venue_stops and self._level is not None:
            self._place_stop(rest)
        await self._end([ticket], wish.answer_ns)

    async def _close(self, reason: str) -> None:
        self._note("close", reason)
        await self._withdraw(self.tickets)
        wish = self.wish
        why = await self._take(
            wish.instrument, wish.owner, wish.side.other, lambda: self.open, "close", wish.exit_cap_bps,
            Purpose.EXIT, reduces=True,
        )  # fmt: skip
        if why and self.open > 0:
            if why == f"reduction: {Reason.NOT_A_REDUCTION}":
                self._gone = GONE
                return
            self._tell(f"{self.open} lots cannot be closed: {why}; the operator should look")
            await asyncio.sleep(DOUBT_NS / NS)

    def _stop_intent(self, lots: int) -> Intent:
        wish = self.wish
        assert self._level is not None
        return Intent(
            id=self._name(wish.instrument, "stop"),
            strategy=wish.strategy,
            owner=wish.owner,
            instrument=wish.instrument,
            side=wish.side.other,
            lots=lots,
            purpose=Purpose.EXIT,
            reference_ticks=self._level,
            type=OrderType.STOP,
            stop_ticks=self._level,
            tif=TimeInForce.GTC,
            reduce_only=self.rules.kind is InstrumentKind.PERP,
            saga=wish.id,
        )

    def _count(self) -> tuple[int, ...]:
        return self.entered, self.open

    def _outcome(self, end: PairEnd, reason: str) -> SagaOutcome:
        value = -sum(t.order.filled_value * int(t.intent.side) for t in self.tickets)
        back = [t for t in self.tickets if leg_of(t.intent) == "back"]
        outcome = SagaOutcome(
            self.wish, end, 0, value, reason, self._parts.now(), self.open,
            shortfall(back, self._parts.instruments),
        )  # fmt: skip
        self._parts.journal(outcome)
        return outcome
