"""The pair saga: both legs of a pair, clip by clip, neutral within one clip at every moment (SEN-4).

    clip ──> settle ──> balance ──> pause ──> clip ...        until all units are matched
               │           │
               │           └─ legs differ ──> neutralise ──> pause, or abort after a failed leg
               └─ deadline ──> withdraw what rests

Its clips are the paired TWAP: sizes, gaps, the cap against arrival and the delta within one clip are the
intent's. Both legs leave in one call at one venue; at two venues each has its own way out, so the leg that
is expected to fill worse goes first. A leg that is rejected, or fills nothing by its deadline, aborts the
pair: what rests is cancelled, the residual is neutralised on whichever side is cheaper, and the outcome
says why and what that cost. One that is too small for either venue's minimum is traded away in two orders
that are not. Where neutralising fails too, the outcome is NEEDS_OPERATOR with the residual,
and nothing more is sent.

Coins that an exit should sell and the wallet, or the holding, has not, because a fee took them or a vacuum
could not buy its last ones back, are passed over where they are few: their short is closed with the others.

After a restart the legs are counted from the orders, what was in flight is withdrawn, and the excess is
neutralised. An entry then ends, aborted as "restarted": the decision behind it is stale, what is matched
stands. An exit goes on.

A pair in reverse (a vacuum, SEN-6) is the same with the sides swapped: its entry sells coins that others hold
and buys the perp, its exit brings both back. Where owners oppose each other at the venue an order that may
only reduce would be cut by what the others hold, so none of its legs says so.
"""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Final

from titan.execution.sagas.legs import Legs, least_lots, leg_sides, unit_size
from titan.execution.sagas.saga import (
    RESTARTED,
    Parts,
    Past,
    Prices,
    Saga,
    Touch,
    at_once,
    refused,
    shortfall,
    unfinished,
)
from titan.execution.tickets import Ticket
from titan.model.instrument import Instrument
from titan.model.money import ONE
from titan.model.order import OrderState, Side
from titan.model.pair import PairEnd, PairIntent, PairOutcome
from titan.model.signal import Intent, Purpose
from titan.model.step import SagaStep
from titan.portfolio.pricing import wallet_of
from titan.risk.gates import Refuse

__all__ = ["PairSaga", "Prices", "SagaStep", "Touch"]

MAX_REPAIRS: Final = 8
WIDEST: Final = 4
"""Each repair may trade through the touch by another cap, up to so many."""
FIRST_WAIT_S: Final = 0.25
LONGEST_WAIT_S: Final = 4.0
"""Between repairs that found nothing to trade with, doubled each time: a leg is not left to the operator
because a book was empty for a moment."""
FEW: Final = 50
"""An exit may find one in so many of its coins not there, or as many as are too small an order."""
PRICE_WAITS: Final = 30
"""How many leg deadlines a clip waits for a trustworthy price before the pair stops."""


class PairSaga(Saga):
    """One run of one `PairIntent`."""

    def __init__(self, intent: PairIntent, parts: Parts, past: Past | None = None) -> None:
        super().__init__(intent, parts, past, wait_ns=intent.leg_deadline_ns)
        spot, perp = parts.instruments(intent.spot), parts.instruments(intent.perp)
        self.intent = intent
        self.legs = Legs(spot, perp, unit_size(spot, perp))
        self._sides = leg_sides(intent.buys_spot)
        self._arrival = _arrival(past)
        self._clips = sum(s.step == "clip" for s in past.steps) if past else 0
        self._aborted = 0
        self._absent = int((past.figure("absent") if past else None) or 0)
        """Lots of spot that were to be sold and are not there."""

    async def run(self) -> PairOutcome:
        if self._past is not None:
            end = await self._restart()
            if end is not None:
                return end
        while self.legs.matched_units < self.intent.units:
            if self._halted:
                return self._outcome(PairEnd.DONE, self._halted)
            end = await self._clip()
            if end is not None:
                return end
            if self.legs.matched_units < self.intent.units:
                await self._rest()
                if not self.legs.balanced and not await self._neutralise():
                    return self._residual()
        return self._outcome(PairEnd.DONE, self.intent.reason)

    async def _rest(self) -> None:
        """The gap before the next clip; shorter when a fill came after its order's cancel."""
        intent = self.intent
        wary = any(t.order.state is OrderState.CANCELLED for t in self.tickets)
        await self._pause(intent.gap_min_ns, intent.gap_max_ns, self._lopsided if wary else None)
        self._recount()

    def _lopsided(self) -> bool:
        self._recount()
        return not self.legs.balanced

    async def _restart(self) -> PairOutcome | None:
        self._note(RESTARTED, f"{len(unfinished(self.tickets))} orders in flight")
        await self._withdraw(self.tickets)
        self._recount()
        if not self.legs.balanced and not await self._neutralise():
            return self._residual()
        whole = self.legs.matched_units >= self.intent.units
        if self.intent.purpose is Purpose.ENTRY and not whole:
            return self._outcome(PairEnd.ABORTED, RESTARTED)
        if self._clips and not whole:
            await self._rest()
        return None

    async def _clip(self) -> PairOutcome | None:
        """Send both legs of the next clip together, wait, and leave them balanced. An outcome ends the
        saga.
        """
        spot, perp = await self._touches()
        if spot is None or perp is None:
            return self._stop("no trustworthy price on both legs")
        first = self._arrival is None
        self._arrival = self._arrival or (spot, perp)
        slipped = self._slipped(spot, perp)
        if slipped > self.intent.arrival_cap_bps:
            return self._stop(f"slippage against arrival is {slipped:.1f} bps")
        units = self._units(spot, perp)
        approved = self._parts.desk.approve_together(self._wanted(units, spot, perp))
        if isinstance(approved, Refuse):
            return self._stop(refused(approved), refused=True)
        self._clips += 1
        self._note("clip", f"{units} units", **(_figures(spot, perp) if first else {}))
        tickets = self._send_together(approved)
        await self._end(tickets, self.intent.leg_deadline_ns)
        self._recount()
        return await self._balance(tickets)

    def _units(self, spot: Touch, perp: Touch) -> int:
        """The next clip: smaller where the rest after it would be too small for a venue to take. An exit that
        cannot be split so takes the rest with it.
        """
        left = self.intent.units - self.legs.matched_units
        units = min(self.intent.clip_units, left)
        least = self.legs.least_units(spot.mid_ticks, perp.mid_ticks)
        if not 0 < left - units < least:
            return units
        if left - least >= least:
            return left - least
        return left if self.intent.purpose is Purpose.EXIT else units

    async def _touches(self) -> tuple[Touch | None, Touch | None]:
        """Both legs' prices of one moment; a price that cannot be trusted is waited for, a little."""
        for _ in range(PRICE_WAITS):
            spot, perp = self._touch(self.intent.spot), self._touch(self.intent.perp)
            if spot is not None and perp is not None:
                return spot, perp
            await self._sleep()
        return self._touch(self.intent.spot), self._touch(self.intent.perp)

    def _wanted(self, units: int, spot: Touch, perp: Touch) -> list[Intent]:
        """The legs of a clip, with the dust of earlier ones made up for. At one venue they leave together,
        else the one that may fill worse leads.
        """
        legs = [(self.legs.spot, self._sides[0], spot), (self.legs.perp, self._sides[1], perp)]
        if self.legs.spot.venue != self.legs.perp.venue:
            legs.sort(key=lambda leg: self._promise(leg[0], leg[2]))
        target = self.legs.matched_units + units
        self._pass_over(target, spot)
        missing = [self.legs.missing(instrument, target) for instrument, _, _ in legs]
        if min(missing) > 0 or max(missing) <= 0:
            purpose, wanted = self.intent.purpose, list(zip(legs, missing, strict=True))
        else:  # dust of an earlier clip is all that lacks: one leg makes it up
            purpose = Purpose.HEDGE
            wanted = [one for one in zip(legs, missing, strict=True) if one[1] > 0]
        cap = self.intent.slippage_cap_bps
        return [self._order(leg, side, lots, touch, purpose, cap) for (leg, side, touch), lots in wanted]

    def _pass_over(self, target: int, touch: Touch) -> None:
        """Count coins that are not there as sold, if they are few."""
        rules, intent = self.legs.spot, self.intent
        if intent.purpose is not Purpose.EXIT or intent.buys_spot:
            return
        coins = self._parts.booked(wallet_of(rules), rules.base)
        own = self._parts.held(intent.position, rules.id)
        here = int((coins if own is None else min(coins, own)) / rules.lot)
        absent = self.legs.missing(rules, target) - here
        least = least_lots(rules, touch.mid_ticks) + self.legs.lots(rules, 1)
        if 0 < absent <= max(self.legs.lots(rules, intent.units) // FEW, least) - self._absent:
            self._absent += absent
            self._note("absent", f"{absent} lots of {rules.id} are not there", absent=str(self._absent))
            self._recount()

    def _promise(self, instrument: Instrument, touch: Touch) -> tuple[float, float]:
        """How well a leg can be expected to fill, worst first: its record in this pair, then its spread."""
        orders = [t.order for t in self.tickets if t.order.request.instrument == instrument.id]
        asked = sum(o.request.lots for o in orders)
        share = sum(o.filled_lots for o in orders) / asked if asked else 1.0
        return share, -(touch.ask - touch.bid) / touch.ask

    async def _balance(self, tickets: list[Ticket]) -> PairOutcome | None:
        failed = [t for t in tickets if t.order.filled_lots == 0]
        if not self.legs.balanced and not await self._neutralise():
            return self._residual()
        if failed:
            self._aborted += 1
            order = failed[0].order
            reason = f"{order.request.instrument} leg {order.state}" + (
                f" ({order.reason})" if order.reason else ""
            )
            return self._outcome(PairEnd.ABORTED, reason)
        return None

    async def _neutralise(self) -> bool:
        """Trade the excess away on the cheaper side; True once both legs match within one lot. After a repair
        that found nothing to trade with, the next one waits longer and longer: what is shown must come back.
        """
        fruitless = 0
        for repair in range(1, MAX_REPAIRS + 1):
            await self._touches()
            plans = self._repairs()
            if not plans:
                continue
            instrument, side, lots, touch = plans[(repair - 1) % len(plans)]
            cap = self.intent.slippage_cap_bps * min(repair, WIDEST)
            intent = self._order(instrument, side, lots, touch, Purpose.HEDGE, cap)
            answer = self._parts.desk.approve(intent)
            self._note("neutralise", f"{side.name.lower()} {lots} lots of {instrument.id}")
            if isinstance(answer, Refuse):
                await self._sleep()
                continue
            excess = self.legs.excess
            await self._end([self._send(answer)], self.intent.leg_deadline_ns)
            self._recount()
            if self.legs.balanced:
                return True
            if self.legs.excess == excess:
                await asyncio.sleep(min(FIRST_WAIT_S * 2**fruitless, LONGEST_WAIT_S))
                fruitless += 1
        return self.legs.balanced

    def _repairs(self) -> list[tuple[Instrument, Side, int, Touch]]:
        """Ways to trade the excess away, the cheapest first: complete the leg that lags, or unwind the one
        ahead. Where it is too small for either venue, more is bought than needed, or some first, and sold
        with the next repair: on the leg where least is too much. Beyond the size of the wish only what
        cannot be unwound is completed.
        """
        excess = self.legs.excess
        ahead, lag = (self.legs.spot, self.legs.perp) if excess > 0 else (self.legs.perp, self.legs.spot)
        side_of = {self.legs.spot.id: self._sides[0], self.legs.perp.id: self._sides[1]}
        found: list[tuple[Decimal, Instrument, Side, int, Touch]] = []
        beyond: list[tuple[Decimal, Instrument, Side, int, Touch]] = []
        over: list[tuple[Decimal, Instrument, Side, int, Touch]] = []
        most = self.intent.units * self.legs.unit + max(self.legs.spot.lot, self.legs.perp.lot)
        whole = max(self.legs.spot_base, self.legs.perp_base) < most
        for instrument, side in ((lag, side_of[lag.id]), (ahead, side_of[ahead.id].other)):
            lots = instrument.lots_within(abs(excess))
            touch = self._touch(instrument.id)
            if lots <= 0 or touch is None:
                continue
            least = least_lots(instrument, touch.mid_ticks)
            if lots >= least:
                half_spread = Decimal(touch.ask - touch.bid) / Decimal(touch.ask + touch.bid)
                plans = found if whole or instrument is ahead else over
                plans.append((half_spread + instrument.fees.taker, instrument, side, lots, touch))
            else:
                more = least + lots if side is Side.BUY else least
                beyond.append((instrument.size(least), instrument, Side.BUY, more, touch))
        return [plan[1:] for plan in sorted(found or beyond or over, key=lambda plan: plan[0])]

    def _slipped(self, spot: Touch, perp: Touch) -> float:
        """How much worse the pair's touch is than on arrival, in bps of the spot price."""
        assert self._arrival is not None
        first_spot, first_perp = self._arrival
        sign = 1 if self._sides[0] is Side.BUY else -1
        basis = (perp.bid - spot.ask) if sign > 0 else (perp.ask - spot.bid)
        first = (first_perp.bid - first_spot.ask) if sign > 0 else (first_perp.ask - first_spot.bid)
        return sign * (first - basis) / spot.ask * 10_000

    def _order(
        self, instrument: Instrument, side: Side, lots: int, touch: Touch, purpose: Purpose, cap_bps: float
    ) -> Intent:
        intent = self.intent
        name = self._name(intent.pair, instrument.kind)
        return at_once(
            name, intent.id, intent.strategy, intent.position, instrument, side, lots, purpose, touch,
            cap_bps, reduces=purpose is Purpose.EXIT and not intent.reverse,
        )  # fmt: skip

    def _recount(self) -> None:
        """The legs by their orders: a fill counts whenever it came."""
        lots = {self.legs.spot.id: 0, self.legs.perp.id: 0}
        for ticket in self.tickets:
            request = ticket.order.request
            meant = self._sides[0] if request.instrument == self.legs.spot.id else self._sides[1]
            lots[request.instrument] += ticket.order.filled_lots * (1 if request.side is meant else -1)
        self.legs.spot_lots = lots[self.legs.spot.id] + self._absent
        self.legs.perp_lots = lots[self.legs.perp.id]

    def _count(self) -> tuple[int, ...]:
        return self.legs.spot_lots, self.legs.perp_lots

    def _number(self) -> int:
        return self._clips

    def _stop(self, reason: str, *, refused: bool = False) -> PairOutcome:
        """End before sending: refused when nothing was done yet, aborted when part of the pair stands."""
        if refused and self._clips == 0:
            return self._outcome(PairEnd.REFUSED, reason)
        return self._outcome(PairEnd.ABORTED, reason)

    def _residual(self) -> PairOutcome:
        return self._outcome(PairEnd.NEEDS_OPERATOR, f"residual of {self.legs.excess} base units")

    def _outcome(self, end: PairEnd, reason: str) -> PairOutcome:
        legs, units = self.legs, self.legs.matched_units
        residual = (
            legs.spot_lots - self._absent - legs.lots(legs.spot, units),
            legs.perp_lots - legs.lots(legs.perp, units),
        )
        repairs = [t for t in self.tickets if t.intent.purpose is Purpose.HEDGE]
        cost = shortfall(repairs, self._parts.instruments)
        outcome = PairOutcome(
            self.intent, end, units, self._clips, self._aborted, reason, self._parts.now(), residual, cost,
            self._basis(),
        )  # fmt: skip
        self._parts.journal(outcome)
        return outcome

    def _basis(self) -> float | None:
        """Perp over spot of the average prices of what was filled in the direction that was meant, in bps; in
        common terms where the legs are quoted in two stablecoins, None where nothing says their rate.
        """
        average: list[Decimal] = []
        for rules, side in zip((self.legs.spot, self.legs.perp), self._sides, strict=True):
            orders = [t.order for t in self.tickets if t.order.request.instrument == rules.id]
            meant = [o for o in orders if o.request.side is side and o.filled_lots]
            lots = sum(o.filled_lots for o in meant)
            if not lots:
                return None
            rate = self._rate(rules)
            if rate is None:
                return None
            average.append(rules.tick * sum(o.filled_value for o in meant) / lots * rate)
        return round(float((average[1] / average[0] - 1) * 10_000), 4)

    def _rate(self, rules: Instrument) -> Decimal | None:
        if self.legs.spot.quote == self.legs.perp.quote:
            return ONE
        return self._parts.worth(f"{rules.venue}.{rules.kind}", rules.quote)


def _figures(spot: Touch, perp: Touch) -> dict[str, str]:
    return {"arrival": " ".join(repr(x) for x in (spot.bid, spot.ask, perp.bid, perp.ask))}


def _arrival(past: Past | None) -> tuple[Touch, Touch] | None:
    """The prices at the first clip; later mids are not needed of it."""
    said = past.figure("arrival") if past else None
    if said is None:
        return None
    a, b, c, d = (float(x) for x in said.split())
    return Touch(a, b, 0), Touch(c, d, 0)
