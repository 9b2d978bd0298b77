"""The pair saga: both legs of a pair, clip by clip, neutral within one clip at every moment.

    clip ──> settle ──> balance ──> pause ──> clip ...        until all units are matched
               │           │
               │           └─ legs differ ──> neutralise ──> pause, or abort after a failed leg
               └─ deadline ──> withdraw what rests

A leg that is rejected, or fills nothing by its deadline, aborts the pair: what rests is cancelled, the
residual is
neutralised on whichever side is cheaper, and the outcome says why. Where neutralising fails too, the
outcome is
NEEDS_OPERATOR with the residual, and nothing more is sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from decimal import Decimal
from random import Random
from typing import Final, Protocol

import msgspec

from titan.execution.desk import NS, Desk, Journal
from titan.execution.sagas.legs import Legs, leg_sides, unit_size
from titan.execution.tickets import Ticket
from titan.model.instrument import Instrument, InstrumentKind
from titan.model.order import OrderType, Side, TimeInForce
from titan.model.pair import PairEnd, PairIntent, PairOutcome
from titan.model.signal import Intent, Purpose, intent_id
from titan.risk.gates import Approved, Refuse

MAX_REPAIRS: Final = 4
PRICE_WAITS: Final = 30
"""How many leg deadlines a clip waits for a trustworthy price before the pair stops."""
BPS: Final = Decimal(10_000)


class Touch(msgspec.Struct, frozen=True):
    """Best prices as we see them now, in quote units, and their mid in ticks of the instrument."""

    bid: float
    ask: float
    mid_ticks: int


class Prices(Protocol):
    def touch(self, instrument: str) -> Touch | None:
        """None when no price can be trusted now."""
        ...


class SagaStep(msgspec.Struct, frozen=True, tag="saga", tag_field="what"):
    """A step of a saga as journalled: enough to resume at it or to flatten."""

    intent_id: str
    step: str
    clip: int
    spot_lots: int
    perp_lots: int
    local_ns: int
    note: str = ""


class PairSaga:
    """One run of one `PairIntent`. `rng` draws the gaps; seeded in simulation."""

    def __init__(
        self,
        intent: PairIntent,
        instruments: Callable[[str], Instrument],
        desk: Desk,
        prices: Prices,
        journal: Journal,
        rng: Random,
        now: Callable[[], int],
    ) -> None:
        spot, perp = instruments(intent.spot), instruments(intent.perp)
        self.intent, self._desk, self._prices, self._journal = intent, desk, prices, journal
        self._rng, self._now = rng, now
        self.legs = Legs(spot, perp, unit_size(spot, perp))
        self._sides = leg_sides(intent.purpose is Purpose.ENTRY)
        self._arrival: tuple[Touch, Touch] | None = None
        self._clips = self._aborted = self._attempt = 0
        self._halted = ""

    def halt(self, reason: str) -> None:
        """End after the clip in flight; what is matched by then stays."""
        self._halted = reason

    async def run(self) -> PairOutcome:
        while self.legs.matched_units < self.intent.units:
            if self._halted:
                return self._outcome(PairEnd.DONE, self._halted)
            end = await self._clip()
            if end is not None:
                return end
            if self.legs.matched_units < self.intent.units:
                await self._pause()
        return self._outcome(PairEnd.DONE, self.intent.reason)

    async def _clip(self) -> PairOutcome | None:
        """Send both legs of the next clip together, wait, and leave them balanced. An outcome ends the
        saga.
        """
        spot, perp = await self._touches()
        if spot is None or perp is None:
            return self._stop("no trustworthy price on both legs")
        self._arrival = self._arrival or (spot, perp)
        slipped = self._slipped(spot, perp)
        if slipped > self.intent.arrival_cap_bps:
            return self._stop(f"slippage against arrival is {slipped:.1f} bps")
        units = min(self.intent.clip_units, self.intent.units - self.legs.matched_units)
        wanted = [
            self._leg(self.legs.spot, self._sides[0], units, spot),
            self._leg(self.legs.perp, self._sides[1], units, perp),
        ]
        approved: list[Approved] = []
        for intent in wanted:
            answer = self._desk.approve(intent)
            if isinstance(answer, Refuse):
                return self._stop(f"{answer.gate}: {answer.reason}", refused=True)
            approved.append(answer)
        self._note("clip", f"{units} units")
        self._clips += 1
        tickets = [self._desk.send(order) for order in approved]
        if not await self._desk.settle(tickets, self.intent.leg_deadline_ns):
            self._note("withdraw")
            if not await self._desk.withdraw(tickets, self.intent.leg_deadline_ns):
                return self._outcome(PairEnd.NEEDS_OPERATOR, "an order's outcome is unknown")
        self._count(tickets)
        return await self._balance(tickets)

    async def _touches(self) -> tuple[Touch | None, Touch | None]:
        """Both legs' prices; a price that cannot be trusted is waited for, a little."""
        for _ in range(PRICE_WAITS):
            spot, perp = self._prices.touch(self.intent.spot), self._prices.touch(self.intent.perp)
            if spot is not None and perp is not None:
                return spot, perp
            await asyncio.sleep(self.intent.leg_deadline_ns / NS)
        return self._prices.touch(self.intent.spot), self._prices.touch(self.intent.perp)

    async def _balance(self, tickets: list[Ticket]) -> PairOutcome | None:
        failed = [t for t in tickets if t.order.filled_lots == 0]
        if not self.legs.balanced and not await self._neutralise():
            return self._outcome(PairEnd.NEEDS_OPERATOR, f"residual of {self.legs.excess} base units")
        if failed:
            self._aborted += 1
            order = failed[0].order
            reason = f"{order.request.instrument} leg {order.state}" + (
                f" ({order.reason})" if order.reason else ""
            )
            return self._outcome(PairEnd.ABORTED, reason)
        return None

    async def _neutralise(self) -> bool:
        """Trade the excess away on the cheaper side; True once both legs match within one lot."""
        for repair in range(1, MAX_REPAIRS + 1):
            plans = self._repairs()
            if not plans:
                await asyncio.sleep(self.intent.leg_deadline_ns / NS)
                continue
            instrument, side, lots, touch = plans[(repair - 1) % len(plans)]
            cap = self.intent.slippage_cap_bps * repair
            answer = self._desk.approve(self._order(instrument, side, lots, touch, Purpose.HEDGE, cap))
            self._note("neutralise", f"{side.name.lower()} {lots} lots of {instrument.id}")
            if isinstance(answer, Refuse):
                continue
            ticket = self._desk.send(answer)
            if not await self._desk.settle([ticket], self.intent.leg_deadline_ns):
                await self._desk.withdraw([ticket], self.intent.leg_deadline_ns)
            self._count([ticket])
            if self.legs.balanced:
                return True
        return False

    def _repairs(self) -> list[tuple[Instrument, Side, int, Touch]]:
        """Ways to trade the excess away, the cheapest first: complete the leg that lags, or unwind the one
        ahead.
        """
        excess = self.legs.excess
        ahead, lag = (self.legs.spot, self.legs.perp) if excess > 0 else (self.legs.perp, self.legs.spot)
        side_of = {self.legs.spot.id: self._sides[0], self.legs.perp.id: self._sides[1]}
        found: list[tuple[Decimal, Instrument, Side, int, Touch]] = []
        for instrument, side in ((lag, side_of[lag.id]), (ahead, side_of[ahead.id].other)):
            lots = instrument.lots_within(abs(excess))
            touch = self._prices.touch(instrument.id)
            if lots > 0 and touch is not None:
                half_spread = Decimal(touch.ask - touch.bid) / Decimal(touch.ask + touch.bid)
                found.append((half_spread + instrument.fees.taker, instrument, side, lots, touch))
        found.sort(key=lambda plan: plan[0])
        return [plan[1:] for plan in found]

    async def _pause(self) -> None:
        gap = self._rng.randint(self.intent.gap_min_ns, max(self.intent.gap_min_ns, self.intent.gap_max_ns))
        self._note("pause", f"{gap / NS:.1f} s")
        await asyncio.sleep(gap / NS)

    def _slipped(self, spot: Touch, perp: Touch) -> float:
        """How much worse the pair's touch is than on arrival, in bps of the spot price."""
        assert self._arrival is not None
        first_spot, first_perp = self._arrival
        sign = 1 if self._sides[0] is Side.BUY else -1
        basis = (perp.bid - spot.ask) if sign > 0 else (perp.ask - spot.bid)
        first = (first_perp.bid - first_spot.ask) if sign > 0 else (first_perp.ask - first_spot.bid)
        return sign * (first - basis) / spot.ask * 10_000

    def _leg(self, instrument: Instrument, side: Side, units: int, touch: Touch) -> Intent:
        """The leg's lots up to the next target; dust that an earlier clip left over is made up for here."""
        lots = self.legs.missing(instrument, self.legs.matched_units + units)
        return self._order(instrument, side, lots, touch, self.intent.purpose, self.intent.slippage_cap_bps)

    def _order(
        self, instrument: Instrument, side: Side, lots: int, touch: Touch, purpose: Purpose, cap_bps: float
    ) -> Intent:
        self._attempt += 1
        worst = touch.ask * (1 + cap_bps / 1e4) if side is Side.BUY else touch.bid * (1 - cap_bps / 1e4)
        return Intent(
            id=intent_id(self.intent.id, self.intent.pair, self._attempt, instrument.kind),
            strategy=self.intent.strategy,
            owner=self.intent.position,
            instrument=instrument.id,
            side=side,
            lots=lots,
            purpose=purpose,
            reference_ticks=touch.mid_ticks,
            type=OrderType.LIMIT,
            limit_ticks=instrument.limit_ticks(worst, side),
            tif=TimeInForce.IOC,
            reduce_only=purpose is Purpose.EXIT and instrument.kind is InstrumentKind.PERP,
            saga=self.intent.id,
        )

    def _count(self, tickets: list[Ticket]) -> None:
        for ticket in tickets:
            request = ticket.order.request
            meant = self._sides[0] if request.instrument == self.legs.spot.id else self._sides[1]
            sign = 1 if request.side is meant else -1
            self.legs.add(request.instrument, sign * ticket.order.filled_lots)

    def _stop(self, reason: str, *, refused: bool = False) -> PairOutcome:
        """End before sending: refused when nothing was done yet, aborted when part of the pair stands."""
        if refused and self._clips == 0:
            return self._outcome(PairEnd.REFUSED, reason)
        return self._outcome(PairEnd.ABORTED, reason)

    def _note(self, step: str, note: str = "") -> None:
        legs = self.legs
        self._journal(
            SagaStep(self.intent.id, step, self._clips, legs.spot_lots, legs.perp_lots, self._now(), note)
        )

    def _outcome(self, end: PairEnd, reason: str) -> PairOutcome:
        legs, units = self.legs, self.legs.matched_units
        residual = (
            legs.spot_lots - legs.lots(legs.spot, units),
            legs.perp_lots - legs.lots(legs.perp, units),
        )
        outcome = PairOutcome(
            self.intent, end, units, self._clips, self._aborted, reason, self._now(), residual
        )
        self._journal(outcome)
        return outcome
