"""What must be true at every event and at the end, judged by the venue's truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from tests.crash.market import PERP, SPOT
from tests.crash.venue import Resting
from titan.execution.sagas.saga import leg_of
from titan.model.bracket import BracketIntent
from titan.model.events import Transfer
from titan.model.limit import LimitIntent
from titan.model.order import Side
from titan.model.outcome import SagaOutcome, traded_by
from titan.model.pair import PairEnd, PairIntent, PairOutcome, TransferIntent
from titan.model.step import SagaStep
from titan.model.twap import TwapIntent
from titan.portfolio.entries import TRANSIT
from titan.portfolio.pricing import wallet_of

if TYPE_CHECKING:
    from tests.crash.world import Process, World

NAKED_S = 90.0
"""Longer than a leg's deadline, a lost answer looked up to its end, and the repairs after it."""
PERP_WALLET = wallet_of(PERP)
UNIT = 100
"""Spot lots of one perp lot."""


@dataclass
class _Clock:
    """Of one wish: how long it has been wrong."""

    wrong: bool = False
    wrong_s: float = 0.0
    last_s: float = 0.0


class Laws:
    def __init__(self, world: World) -> None:
        self._world = world
        self.broken: Counter[str] = Counter()
        self.notes: list[str] = []
        self.operator = 0
        self.orders = 0
        self._clocks: dict[str, _Clock] = {}
        self.longest_s = 0.0
        self.active = False

    def break_(self, law: str, why: str) -> None:
        self.broken[law] += 1
        self.notes.append(f"{law}: {why}")
        self._world.say(f"!! {law}: {why}")

    # -- at every event

    def event(self) -> None:
        if not self.active:
            return
        for wish in self._world.asked:
            orders = self._world.venue.sagas.get(wish.id, [])
            wrong = False
            if isinstance(wish, PairIntent):
                wrong = self._pair(wish, orders)
            elif isinstance(wish, TwapIntent | LimitIntent):
                self._size(PERP.id, wish.side, wish.lots, orders)
            elif isinstance(wish, BracketIntent):
                wrong = self._bracket(wish, orders)
            self._clock(wish.id, wrong)

    def _clock(self, name: str, wrong: bool) -> None:
        """How long something has been wrong while process and venue were awake and saw prices."""
        world, now = self._world, self._world.loop.time()
        clock = self._clocks.setdefault(name, _Clock())
        if clock.wrong and world.up:
            asleep = sum(
                max(0.0, min(now, at + lasts) - max(clock.last_s, at))
                for at, lasts in (*world.scenario.downs, *world.scenario.blind)
            )
            clock.wrong_s += max(0.0, now - clock.last_s - asleep)
            self.longest_s = max(self.longest_s, clock.wrong_s)
            if clock.wrong_s > NAKED_S * (1 + len(world.kills)) and not self._excused():
                self.break_("naked", f"{name} for {clock.wrong_s:.1f} s")
                clock.wrong_s = -1e9
        clock.wrong, clock.last_s = wrong, now
        if not wrong:
            clock.wrong_s = 0.0

    def _excused(self) -> bool:
        entries = self._world.process.journal.entries
        return any(
            (isinstance(e, PairOutcome | SagaOutcome) and e.end is PairEnd.NEEDS_OPERATOR)
            or (isinstance(e, SagaStep) and e.step == "watched")
            for e in entries
        )

    def _pair(self, wish: PairIntent, orders: list[Resting]) -> bool:
        late = sum(o.late and o.filled for o in orders)
        for rules, side, unit in ((SPOT, Side.BUY, UNIT), (PERP, Side.SELL, 1)):
            meant = side if wish.buys_spot else side.other
            self._size(rules.id, meant, wish.units * unit, orders)
        coins = self._world.venue.lots[SPOT.id]
        if wish.reverse and coins < -late * UNIT:
            self.break_("short", f"{coins} spot lots, of coins that were there to be sold")
        naked = abs(_net(orders, SPOT.id) + _net(orders, PERP.id) * UNIT)
        most = min(wish.clip_units, wish.units) * UNIT + 2 * late * UNIT + UNIT
        if naked > most:
            self.break_("naked", f"{naked} spot lots with clips of {wish.clip_units * UNIT}")
        return naked >= UNIT

    def _size(self, instrument: str, side: Side, most: int, orders: list[Resting]) -> None:
        mine = [o for o in orders if o.intent.instrument == instrument]
        there = sum(o.filled + o.leaves for o in mine if o.intent.side is side)
        back = sum(o.filled for o in mine if o.intent.side is not side)
        late = sum(o.filled for o in mine if o.late)
        if there - back > most + late:
            self.break_("size", f"{there - back} of {most} lots of {instrument}")

    def _bracket(self, wish: BracketIntent, orders: list[Resting]) -> bool:
        entered = sum(o.filled for o in orders if leg_of(o.intent) == "entry")
        later = [o for o in orders if leg_of(o.intent) != "entry"]
        stands = entered + sum(o.filled * (1 if o.intent.side is wish.side else -1) for o in later)
        covering = sum(o.leaves for o in later if o.intent.side is not wish.side)
        late = sum(o.filled for o in orders if o.late)
        if stands < -late or covering > max(stands, 0) + late:
            self.break_("protection", f"{covering} lots of exits over {stands} open")
        return wish.venue_stops and covering != stands

    # -- at the end

    def end(self) -> None:
        world = self._world
        process, venue = world.process, world.venue
        self.event()
        self.orders = len(venue.orders)
        entries = process.journal.entries
        ends = [e for e in entries if isinstance(e, PairOutcome | SagaOutcome)]
        self.operator = sum(e.end is PairEnd.NEEDS_OPERATOR for e in ends)
        waiting = self._waiting(entries)
        if not world.quiet() and (set(process.engine._sagas) - waiting or process.desk.open_orders()):
            self.break_("not ended", f"{list(process.engine._sagas)} and {process.desk.open_orders()} orders")
        if process.engine.failure is not None and not process.journal.dead:
            self.break_("failure", repr(process.engine.failure))
        for name, times in venue.arrivals.items():
            if times > 1:
                self.break_("duplicate", f"{name} arrived {times} times")
        self.legs(process)
        self._fills()
        ends = [e for e in entries if isinstance(e, PairOutcome | SagaOutcome)]
        self.operator = sum(e.end is PairEnd.NEEDS_OPERATOR for e in ends)
        for e in ends:
            for instrument in traded_by(e) if e.end is PairEnd.NEEDS_OPERATOR else ():
                if not process.desk.halts.restraints.was_heard(f"needs operator {e.intent.id} {instrument}"):
                    self.break_("halt", f"{e.intent.id} needs an operator, and {instrument} goes on")
        names = Counter(e.intent.id for e in ends)
        for name, times in names.items():
            if times != 1:
                self.break_("outcome", f"{name} ended {times} times")
        known = {getattr(e, "id", "") for e in entries}
        moved = sum(isinstance(e, Transfer) for e in entries)  # the money was booked: that is its end
        for wish in world.asked:
            ended = wish.id in names or wish.id in waiting or (isinstance(wish, TransferIntent) and moved > 0)
            if not ended and (wish.id in known or world.venue.sagas.get(wish.id)):
                self.break_("not ended", f"{wish.id} has no outcome")
        if not self.operator:
            for e in ends:
                self._word(e)
        self._money(ends)

    def _waiting(self, entries: Sequence[object]) -> set[str]:
        """Sagas that have told the operator that the venue does not let them reduce, since another owner's
        residual, which he was told of too, stands against them there."""
        if not self.operator or not self._world.scenario.further:
            return set()
        return {
            e.intent_id for e in entries if isinstance(e, SagaStep) and "the operator should look" in e.note
        }

    def legs(self, process: Process) -> None:
        """Both legs of a clip leave within 100 ms of each other (SEN-4)."""
        if self._world.scenario.further or not isinstance(self._world.scenario.wish, PairIntent):
            return  # among several wishes others' orders leave in between
        written = {t.intent.id: t.order.sent_ns for t in process.desk.tickets}
        for (first, one), (second, other) in pairwise(process.wire.left):
            apart = (second - first) / 1e6
            if one.saga and written[one.id] == written[other.id] and apart > 100:
                self.break_("apart", f"{one.id} and {other.id} left {apart:.0f} ms apart")

    def _fills(self) -> None:
        process, venue = self._world.process, self._world.venue
        booked = {one.fill.id for one in process.ledger.fills()}
        for fill in venue.fills:
            if fill.id not in booked:
                self.break_("lost", f"fill {fill.id} of {fill.client_id}")
        for instrument, lots in venue.lots.items():
            held = process.ledger.position(instrument).lots
            if held != lots:
                self.break_("lost", f"{instrument}: the ledger has {held}, the venue {lots} lots")
        for order in venue.orders.values():
            ticket = process.desk.ticket(order.client_id)
            if ticket is None:
                self.break_("lost", f"order {order.client_id} is not known")
            elif ticket.order.filled_lots != order.filled:
                self.break_("lost", f"{order.client_id}: {ticket.order.filled_lots} of {order.filled} lots")

    def _word(self, outcome: PairOutcome | SagaOutcome) -> None:
        """The outcome says what is: of its owner, what is traded back after it included."""
        wish, scenario = outcome.intent, self._world.scenario
        owner = getattr(wish, "position", "") or getattr(wish, "owner", "")
        mine = [o for o in self._world.venue.orders.values() if o.intent.owner == owner]
        spot, perp = _net(mine, SPOT.id), _net(mine, PERP.id)
        held = scenario.holdings().get(owner, 0)
        if isinstance(outcome, PairOutcome):
            if abs(spot + perp * UNIT) >= UNIT:
                self.break_("word", f"{outcome.end} with {spot} and {perp} lots")
            sign = 1 if outcome.intent.buys_spot else -1
            if -perp != held + sign * outcome.units and not spot % UNIT:
                self.break_("word", f"{outcome.units} units, and {perp} lots with {held} before")
        elif isinstance(wish, BracketIntent):
            if perp:
                self.break_("word", f"a bracket ended with {perp} lots")
        elif isinstance(wish, TwapIntent | LimitIntent) and perp != -held + outcome.lots * wish.side:
            self.break_("word", f"{outcome.lots} lots, and {perp} with {-held} before")

    def _money(self, ends: list[PairOutcome | SagaOutcome]) -> None:
        world = self._world
        moves = world.venue.moves
        unsure = any(isinstance(e.intent, TransferIntent) and e.end is PairEnd.NEEDS_OPERATOR for e in ends)
        for way, times in moves.items():
            if times > 1:
                self.break_("duplicate", f"{way} moved {times} times")
        for name, times in world.venue.payouts_asked.items():
            if times > 1:
                self.break_("duplicate", f"{name} was withdrawn {times} times")
        for e in ends:
            w = e.intent
            if isinstance(w, TransferIntent) and w.crosses:
                one = world.venue.payouts.get(w.id)
                if e.end is not PairEnd.NEEDS_OPERATOR and (e.end is PairEnd.DONE) != bool(
                    one and one.arrived
                ):
                    self.break_("word", f"withdrawal {e.end}, and the venue has {one}")
                continue
            times = (
                moves.get(f"{w.asset} {w.amount} {w.source} {w.target}", 0)
                if isinstance(w, TransferIntent)
                else 0
            )
            if isinstance(e.intent, TransferIntent) and not unsure and (e.end is PairEnd.DONE) != bool(times):
                self.break_("word", f"transfer {e.end} and moved {times} times")
        if unsure:
            return
        if on_its_way := world.process.ledger.balance(TRANSIT, "USDT"):
            self.break_("lost", f"{on_its_way} USDT stand on their way for ever")
        for (wallet, asset), amount in world.venue.wallets.items():
            held = world.process.ledger.balance(wallet, asset)
            if wallet == PERP_WALLET:  # what was realised hangs on the order in which fills were heard
                held -= world.process.ledger.position(PERP.id).cost
                amount = amount - world.venue.positions[PERP.id].cost
            if held != amount:
                self.break_("lost", f"{wallet} {asset}: {held} in the books, {amount} at the venue")


def _net(orders: Sequence[Resting], instrument: str) -> int:
    """Lots that they have filled of one instrument, signed."""
    return sum(o.filled * o.intent.side for o in orders if o.intent.instrument == instrument)
