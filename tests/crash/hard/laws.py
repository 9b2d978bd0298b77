"""What must be true of a journal when its story has ended, judged by what the double knows."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

import msgspec

from tests.crash.hard.venue import Venue
from titan.execution.booking import rebuild
from titan.execution.memory import Memory
from titan.model.bracket import BracketIntent
from titan.model.errors import LedgerError
from titan.model.late import UndoIntent
from titan.model.order import Side
from titan.model.outcome import SagaOutcome
from titan.model.pair import PairEnd, PairIntent, PairOutcome, TransferIntent
from titan.model.recovery import Reconciled
from titan.model.signal import Purpose
from titan.portfolio.ledger import Ledger
from titan.runtime.entries import TYPES
from titan.runtime.trading.left import left_by
from titan.storage.recall import recall, verified
from titan.storage.store import open_store
from titan.venues.gateway.ids import format_of

NAKED_S = 60.0
"""Longer than a leg's deadline (0.5 s), an order in doubt that is looked up until it cannot arrive any more
(15 s), and a repair that goes the same way. Within the life of one process, from being wired on: the next one
has to ask the venue anew."""
UNIT = Decimal("0.001")
Up = list[tuple[int, int]]
"""(from, until) ns in which a process was up."""


@dataclass
class Verdict:
    broken: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    orders: int = 0
    fills: int = 0
    wishes: int = 0
    operator: int = 0
    longest_s: float = 0.0

    def break_(self, law: str, why: str) -> None:
        self.broken[law] += 1
        self.notes.append(f"{law}: {why}")


class Judge:
    def __init__(self, venue: Venue, up: Up, naked_s: float) -> None:
        self.verdict = Verdict()
        self._venue, self._up, self._naked_s = venue, up, naked_s
        self._name = venue.world.venue
        self._events: list[msgspec.Struct] = []
        self._memory = Memory()
        self._ends: list[PairOutcome | SagaOutcome] = []

    def judge(self) -> Verdict:
        store = open_store(f"sqlite:///{self._venue.place / 'run' / 'titan.db'}")
        try:
            chain = verified(store)
            if chain.broken is not None:
                self.verdict.break_("chain", f"{chain.broken}")
                return self.verdict
            left = left_by(recall(store, TYPES))
        finally:
            store.close()
        self._events, self._memory = left.events, left.memory
        self._ends = [e for e in self._events if isinstance(e, PairOutcome | SagaOutcome)]
        self._orders()
        self._books()
        self._outcomes()
        self._naked()
        self._gate()
        return self.verdict

    def _orders(self) -> None:
        """No id arrived twice, and each order at the venue is ours, with its fills, each of them once."""
        break_, venue = self.verdict.break_, self._venue
        for name, times in venue.arrivals.items():
            if times > 1:
                break_("duplicate", f"{name} arrived {times} times")
        written = format_of(self._name).to_venue
        ours = {written(name): order for name, order in self._memory.orders.items()}
        seen: set[str] = set()
        for order in venue.world.desk.orders.values():
            self.verdict.orders += 1
            if order.client_id in seen:
                break_("duplicate", f"{order.client_id} stands twice at the venue")
            seen.add(order.client_id)
            mine = ours.get(order.client_id)
            there = {str(fill.id): fill.lots for fill in order.fills}
            here = Counter[str]()
            for fill in mine.fills if mine is not None else ():
                here[fill.id.rpartition("-")[2]] += fill.lots
            self.verdict.fills += len(there)
            if mine is None:
                break_("lost", f"{order.client_id} is not in the journal")
            elif there != dict(here):
                break_("lost", f"{order.client_id}: fills {dict(here)} in the journal, {there} at the venue")
            if order.is_open:
                break_("open", f"{order.client_id} still rests")
        for name, mine in ours.items():
            if name not in seen and mine.fills:
                break_("lost", f"{name} has fills in the journal and is not at the venue")
        for one in venue.world.conditionals.open():
            break_("open", f"the stop {one.client_id} still waits")

    def _books(self) -> None:
        """The ledger that the journal makes is the account."""
        break_, world, memory = self.verdict.break_, self._venue.world, self._memory
        self._ledger = ledger = Ledger(memory.instruments)
        try:
            rebuild(ledger, memory.bookings, memory.intent)
        except LedgerError as e:
            break_("ledger", f"it cannot be made again: {e.message}")
            return
        for position in world.account.positions():
            rules = position.market.instrument
            if rules.kind == "perp" and ledger.position(rules.id).lots != position.lots:
                break_("ledger", f"{rules.id}: {ledger.position(rules.id).lots} lots, there {position.lots}")
        coins = {m.instrument.base for m in world.markets}
        for wallet in ("spot", "perp"):
            for asset, balance in world.account.balances(wallet).items():
                held, there = ledger.balance(f"{self._name}.{wallet}", asset), balance.total
                if wallet == "perp":  # what was realised hangs on the order in which fills were heard
                    held, there = held - self._cost(ledger), there - self._cost_there()
                if asset in coins:
                    base = memory.baselines.get((self._name, f"{self._name}.{wallet} {asset}"))
                    held += base.amount if base is not None else 0
                if held != there:
                    break_("ledger", f"{wallet} {asset}: {held} in the books, there {there}")

    def _cost(self, ledger: Ledger) -> Decimal:
        return sum((p.cost for p in ledger.positions() if p.instrument == self._perp()), Decimal(0))

    def _cost_there(self) -> Decimal:
        world = self._venue.world
        held = [world.account.books.positions[m.index] for m in world.markets if m.is_perp]
        return sum((p.cost if p.lots >= 0 else -p.cost for p in held), Decimal(0))

    def _outcomes(self) -> None:
        """Every wish ended once, and its word is what is. Money moved once for each transfer done."""
        break_ = self.verdict.break_
        self.verdict.operator = sum(e.end is PairEnd.NEEDS_OPERATOR for e in self._ends)
        self.verdict.wishes = len(self._ends)
        for name, times in Counter(e.intent.id for e in self._ends).items():
            if times != 1:
                break_("outcome", f"{name} ended {times} times")
        for name in self._memory.wishes:
            if getattr(self._memory.wishes[name], "what", "") != "intent":
                break_("not ended", f"{name} has no outcome")
        moved = Counter((m.source, m.target, m.amount) for m in self._venue.world.account.history("transfer"))
        for e in self._ends:
            if isinstance(e.intent, TransferIntent) and e.end is PairEnd.DONE:
                w = e.intent
                moved[w.source.partition(".")[2], w.target.partition(".")[2], Decimal(w.amount)] -= 1
        unsure = sum(
            isinstance(e.intent, TransferIntent) and e.end is PairEnd.NEEDS_OPERATOR for e in self._ends
        )
        odd = {way: n for way, n in moved.items() if n}
        if sum(map(abs, odd.values())) > unsure:
            break_("transfer", f"moved beside what was done: {odd}")
        stands = self._meant()
        for owner, (meant, sure) in stands.items():
            held = int(self._ledger.holding(owner, self._perp()) / UNIT)
            if sure and held != meant:
                break_("word", f"{owner} should stand at {meant} lots, and has {held}")

    def _meant(self) -> dict[str, tuple[int, bool]]:
        """Perp lots by owner, as the outcomes say; False where an operator was called."""
        found: dict[str, tuple[int, bool]] = {}
        for e in self._ends:
            wish, lots = e.intent, 0
            if isinstance(e, PairOutcome):
                owner = e.intent.position
                lots = -e.units if e.intent.purpose is Purpose.ENTRY else e.units
            elif isinstance(wish, BracketIntent | UndoIntent):  # the one ends flat, the other where it began
                owner = wish.owner
            elif hasattr(wish, "owner") and hasattr(wish, "side"):
                owner, lots = wish.owner, e.lots * int(wish.side) if isinstance(e, SagaOutcome) else 0
            else:
                continue
            before, sure = found.get(owner, (0, True))
            found[owner] = before + lots, sure and e.end is not PairEnd.NEEDS_OPERATOR
        return found

    def _perp(self) -> str:
        return next(m.instrument.id for m in self._venue.world.markets if m.is_perp)

    def _naked(self) -> None:
        """For how long one leg of a pair stood alone while a process was up."""
        written = format_of(self._name).to_venue
        owner_of = {written(n): o.submitted.intent.owner for n, o in self._memory.orders.items()}
        pairs = {w.position for w in self._events if isinstance(w, PairIntent)}
        excused = {
            e.intent.position for e in self._ends
            if isinstance(e, PairOutcome) and e.end is PairEnd.NEEDS_OPERATOR
        }  # fmt: skip
        fills: dict[str, list[tuple[int, Decimal]]] = defaultdict(list)
        for order in self._venue.world.desk.orders.values():
            owner = owner_of.get(order.client_id, "")
            if owner in pairs:
                sign = 1 if order.side is Side.BUY else -1
                fills[owner] += [(f.time_ns, sign * order.instrument.size(f.lots)) for f in order.fills]
        for owner, events in fills.items():
            seconds, still = self._longest(sorted(events))
            if owner in excused:
                continue
            self.verdict.longest_s = max(self.verdict.longest_s, seconds)
            if seconds > self._naked_s or still:
                self.verdict.break_("naked", f"{owner} for {seconds:.1f} s{', and still' if still else ''}")

    def _longest(self, events: list[tuple[int, Decimal]]) -> tuple[float, bool]:
        net, since, longest = Decimal(0), 0, 0.0
        for at, size in events:
            was = abs(net) >= UNIT
            net += size
            if was and abs(net) < UNIT:
                longest = max(longest, self._awake(since, at))
            elif not was and abs(net) >= UNIT:
                since = at
        if abs(net) >= UNIT:
            return max(longest, self._awake(since, self._up[-1][1])), True
        return longest, False

    def _awake(self, since: int, until: int) -> float:
        return max((max(0, min(until, b) - max(since, a)) for a, b in self._up), default=0) / 1e9

    def _gate(self) -> None:
        """At the end the venue's word fits the books, and entries may leave again."""
        last = next((e for e in reversed(self._events) if isinstance(e, Reconciled)), None)
        if last is None or not last.opens:
            self.verdict.break_("closed", f"the last reconciliation: {last}")


def judge(venue: Venue, up: Up, naked_s: float = NAKED_S) -> Verdict:
    """`venue` as it stands after the last life ended; the run's folder is still there."""
    return Judge(venue, up, naked_s).judge()
