"""What must be true at every event and at the end, judged by the venue's truth."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

from tests.crash.market import PERP, SPOT
from tests.crash.venue import Resting
from titan.execution.sagas.saga import SagaStep, leg_of
from titan.model.bracket import BracketIntent
from titan.model.events import Transfer
from titan.model.limit import LimitIntent
from titan.model.order import Side
from titan.model.outcome import SagaOutcome, traded_by
from titan.model.pair import PairEnd, PairIntent, PairOutcome, TransferIntent
from titan.model.twap import TwapIntent
from titan.portfolio.pricing import wallet_of

if TYPE_CHECKING:
    from tests.crash.world import Process, World

NAKED_S = 90.0
"""Longer than a leg's deadline, a lost answer looked up to its end, and the repairs after it."""
PERP_WALLET = wallet_of(PERP)
UNIT = 100
"""Spot lots of one perp lot."""


class Laws:
    def __init__(self, world: World) -> None:
        self._world = world
        self.broken: Counter[str] = Counter()
        self.notes: list[str] = []
        self.operator = 0
        self.orders = 0
        self._wrong_s = 0.0
        self._wrong = False
        self._last_s = 0.0
        self.longest_s = 0.0
        self.active = False

    def break_(self, law: str, why: str) -> None:
        self.broken[law] += 1
        self.notes.append(f"{law}: {why}")
        self._world.say(f"!! {law}: {why}")

    # -- at every event

    def event(self) -> None:
        world = self._world
        if not self.active:
            return
        wish = world.scenario.wish
        orders = world.venue.sagas.get(wish.id, [])
        wrong = False
        if isinstance(wish, PairIntent):
            wrong = self._pair(wish, orders)
        elif isinstance(wish, TwapIntent | LimitIntent):
            self._size(PERP.id, wish.side, wish.lots, orders)
        elif isinstance(wish, BracketIntent):
            wrong = self._bracket(wish, orders)
        self._clock(wrong)

    def _clock(self, wrong: bool) -> None:
        """How long something has been wrong while process and venue were awake and saw prices."""
        world, now = self._world, self._world.loop.time()
        if self._wrong and world.up:
            asleep = sum(
                max(0.0, min(now, at + lasts) - max(self._last_s, at))
                for at, lasts in (*world.scenario.downs, *world.scenario.blind)
            )
            self._wrong_s += max(0.0, now - self._last_s - asleep)
            self.longest_s = max(self.longest_s, self._wrong_s)
            if self._wrong_s > NAKED_S * (1 + len(world.kills)) and not self._excused():
                self.break_("naked", f"for {self._wrong_s:.1f} s")
                self._wrong_s = -1e9
        self._wrong, self._last_s = wrong, now
        if not wrong:
            self._wrong_s = 0.0

    def _excused(self) -> bool:
        entries = self._world.process.journal.entries
        return any(
            (isinstance(e, PairOutcome | SagaOutcome) and e.end is PairEnd.NEEDS_OPERATOR)
            or (isinstance(e, SagaStep) and e.step == "watched")
            for e in entries
        )

    def _pair(self, wish: PairIntent, orders: list[Resting]) -> bool:
        opening = wish.purpose == "entry"
        late = sum(o.late and o.filled for o in orders)
        for rules, side, unit in ((SPOT, Side.BUY, UNIT), (PERP, Side.SELL, 1)):
            meant = side if opening else side.other
            self._size(rules.id, meant, wish.units * unit, orders)
        lots = self._world.venue.lots
        naked = abs(lots[SPOT.id] + lots[PERP.id] * UNIT)
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
        if not world.quiet():
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
        mine = [e for e in ends if e.intent.id == world.scenario.wish.id]
        if not mine:
            wish_known = any(getattr(e, "id", "") == world.scenario.wish.id for e in entries)
            moved = any(isinstance(e, Transfer) for e in entries)  # the money was booked: that is its end
            if (wish_known and not moved) or world.venue.sagas.get(world.scenario.wish.id):
                self.break_("not ended", "the wish has no outcome")
        elif not self.operator:
            self._word(mine[0])
        self._money(ends)

    def legs(self, process: Process) -> None:
        """Both legs of a clip leave within 100 ms of each other (SEN-4)."""
        if not isinstance(self._world.scenario.wish, PairIntent):
            return
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
        """The outcome says what is."""
        venue, held = self._world.venue, self._world.scenario.held
        lots = venue.lots
        if isinstance(outcome, PairOutcome):
            if abs(lots[SPOT.id] + lots[PERP.id] * UNIT) >= UNIT:
                self.break_("word", f"{outcome.end} with {lots}")
            sign = 1 if outcome.intent.purpose == "entry" else -1
            if -lots[PERP.id] != held + sign * outcome.units and not self._dust():
                self.break_("word", f"{outcome.units} units, and {lots} with {held} before")
        elif isinstance(outcome.intent, BracketIntent):
            if lots[PERP.id]:
                self.break_("word", f"a bracket ended with {lots[PERP.id]} lots")
        elif not isinstance(outcome.intent, TransferIntent) and lots[PERP.id] != -held + outcome.lots:
            self.break_("word", f"{outcome.lots} lots, and {lots[PERP.id]} with {-held} before")

    def _dust(self) -> bool:
        """A leg may be ahead by less than one lot of the coarser leg; matched units then say less."""
        return bool(self._world.venue.lots[SPOT.id] % UNIT)

    def _money(self, ends: list[PairOutcome | SagaOutcome]) -> None:
        world = self._world
        times = sum(world.venue.moves.values())
        unsure = any(isinstance(e.intent, TransferIntent) and e.end is PairEnd.NEEDS_OPERATOR for e in ends)
        if times > 1:
            self.break_("duplicate", f"money moved {times} times")
        for e in ends:
            if isinstance(e.intent, TransferIntent) and not unsure and (e.end is PairEnd.DONE) != bool(times):
                self.break_("word", f"transfer {e.end} and moved {times} times")
        if unsure:
            return
        for (wallet, asset), amount in world.venue.wallets.items():
            held = world.process.ledger.balance(wallet, asset)
            if wallet == PERP_WALLET:  # what was realised hangs on the order in which fills were heard
                held -= world.process.ledger.position(PERP.id).cost
                amount = amount - world.venue.positions[PERP.id].cost
            if held != amount:
                self.break_("lost", f"{wallet} {asset}: {held} in the books, {amount} at the venue")
