"""A replica of a run, rebuilt from its journal: what is held, ordered, moved, imposed, and what went wrong.

Give it every entry in the order of the journal; it is the same whether they come at once or one by one, and
what it heard before it passes over, so a reader may begin again anywhere. Entries that it never heard are
counted (`missing`): a pruned journal has gaps, a stream must not. Its memory is bounded: of what has ended
only the last is kept. It asks nobody, reads no clock and decides nothing.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from decimal import Decimal
from typing import Final, TypeVar

import msgspec

from titan.model.bracket import BracketIntent
from titan.model.events import CAME_BACK, LEFT, AmendAsked, OrderReport, Refused, Submitted, Transfer
from titan.model.fill import Fill, FundingPayment
from titan.model.guard import DayOpened, DrawdownReached, MarginStep
from titan.model.instrument import Instrument
from titan.model.late import UndoIntent
from titan.model.limit import LimitIntent
from titan.model.listing import Listing
from titan.model.money import ZERO, shares
from titan.model.order import Order
from titan.model.outcome import SagaOutcome
from titan.model.pair import PairEnd, PairIntent, PairOutcome, TransferIntent
from titan.model.position import Position
from titan.model.recovery import Latched, PanicEnded, Rearmed, Reconciled
from titan.model.restraint import Imposed, Lifted
from titan.model.routing import Routed
from titan.model.run import RunBegan, RunStopped
from titan.model.settled import Settled
from titan.model.signal import Purpose, Signal
from titan.model.step import SagaStep
from titan.model.twap import TwapIntent
from titan.model.valuation import Valued
from titan.model.wake import SettingsChanged, Woke
from titan.views.alerts import ALERTING, Alert, alert_of
from titan.views.course import Course
from titan.views.latest import Filled, Latest
from titan.views.works import SagaWish, Sent, Works

__all__ = ["DAY_NS", "KEPT", "TYPES", "Moved", "Replica", "Sent"]

Key = TypeVar("Key")
Kept = TypeVar("Kept")
DAY_NS: Final = 86_400_000_000_000
KEPT: Final = 200
"""Of what has ended: holdings, orders, transfers, signals, alerts."""
_OWNERS: Final = 20_000
"""Orders whose owner is remembered, for late fills."""
_KEPT_FILLS: Final = 100_000
"""Fills and payments that are known to have been heard."""


class Moved(msgspec.Struct):
    """Money between two wallets: "asked" until it is "booked", "on its way" where it has left its venue, or
    as its saga said how else it ended.
    """

    id: str
    asset: str
    source: str
    target: str
    amount: Decimal
    reason: str
    asked_ns: int
    state: str = "asked"
    cost: Decimal = ZERO
    booked_ns: int = 0


class Replica:
    """`seq` is the last entry heard."""

    def __init__(self) -> None:
        self.seq = self.at_ns = self.missing = 0
        self._forget(None)

    def _forget(self, began: RunBegan | None) -> None:
        """What an earlier run of the same journal did is not of this one; what was imposed still stands."""
        self.run = began
        self.stopped: RunStopped | None = None
        self.resumed = 0
        self.rules: dict[str, Instrument] = {}
        self.holdings: dict[str, Course] = {}
        self.closed: deque[Course] = deque(maxlen=KEPT)
        self.positions: dict[str, Position] = {}
        self.working: dict[str, Sent] = {}
        self.ended: deque[Sent] = deque(maxlen=KEPT)
        self.transfers: dict[str, Moved] = {}
        self.wishes: dict[str, msgspec.Struct] = {}
        self.works = Works()
        self.latest = Latest()
        self.values: deque[Valued] = deque()
        self.alerts: deque[Alert] = deque(maxlen=KEPT)
        self.refusals: Counter[str] = Counter()
        self.reconciled: dict[str, Reconciled] = {}
        self.day: DayOpened | None = None
        self.rung: DrawdownReached | None = None
        self.steps: deque[MarginStep] = deque(maxlen=KEPT)
        self.fees: dict[str, Decimal] = {}
        self.funding: dict[str, Decimal] = {}
        self.fills = 0
        if began is None:
            self.imposed: dict[str, Imposed] = {}
            self.latches: dict[str, Latched] = {}
            self.panic: PanicEnded | None = None
        self._owners: dict[str, str] = {}
        self._heard: dict[tuple[str, str, str], None] = {}

    def __call__(self, seq: int, at_ns: int, event: msgspec.Struct) -> None:
        """The entry `seq`, written at `at_ns`; of types that it does not know it takes the number."""
        if seq <= self.seq:
            return
        self.missing += seq - self.seq - 1
        self.seq, self.at_ns = seq, at_ns
        take = _TAKERS.get(type(event))
        if take is not None:
            take(self, event)
        self.latest(seq, at_ns, event)
        told = alert_of(event, seq, at_ns)
        if told is not None:
            self.alerts.append(told)

    def position(self, instrument: str) -> Position:
        return self.positions.get(instrument) or Position(instrument)

    def since(self, at_ns: int) -> Valued | None:
        """The last valuation at or before `at_ns`, else the first there is; None for none at all."""
        found = None
        for one in self.values:
            if found is not None and one.local_ns > at_ns:
                break
            found = one
        return found

    def _began(self, event: RunBegan) -> None:
        if event.resumed and self.run is not None:
            self.resumed, self.stopped = self.resumed + 1, None
        else:
            self._forget(event)

    def _stopped(self, event: RunStopped) -> None:
        self.stopped = event

    def _listing(self, event: Listing) -> None:
        self.rules[event.instrument.id] = event.instrument

    def _pair(self, event: PairIntent) -> None:
        self.wishes[event.id] = event
        self.works.wished(event, self.seq, self.at_ns)
        course = self.holdings.get(event.position)
        if course is None:
            last = self.latest.signals[-1].signal if self.latest.signals else None
            raised = last is not None and last.subject == event.pair and last.strategy == event.strategy
            course = self.holdings[event.position] = Course(
                event.position, event.pair, event.type.value, event.spot, event.perp, self.at_ns,
                event.reason,
                signal=last if raised else None, legs={}, fees={},
            )  # fmt: skip
        course.wished(event)

    def _pair_ended(self, event: PairOutcome) -> None:
        self.works.finished(event, self.seq)
        self.latest.ended(event)
        if event.intent.position not in self.holdings:
            self._pair(event.intent)  # its wish was pruned
            self.works.working.pop(event.intent.id, None)
        self.wishes.pop(event.intent.id, None)
        course = self.holdings[event.intent.position]
        course.ended(event)
        if course.units == 0:
            self.closed.append(self.holdings.pop(course.id))

    def _wish(self, event: SagaWish) -> None:
        self.wishes[event.id] = event
        self.works.wished(event, self.seq, self.at_ns)
        if isinstance(event, TransferIntent):
            self.transfers[event.id] = Moved(
                event.id, event.asset, event.source, event.target, Decimal(event.amount), event.reason,
                self.at_ns,
            )  # fmt: skip
            self._bound(self.transfers, KEPT)

    def _wish_ended(self, event: SagaOutcome) -> None:
        self.wishes.pop(event.intent.id, None)
        self.works.finished(event, self.seq)
        moved = self.transfers.get(event.intent.id)
        if moved is not None and event.end is not PairEnd.DONE:
            moved.state = event.end.value

    def _settled(self, event: Settled) -> None:
        moved = self.transfers.get(event.intent_id)
        if moved is not None and moved.state != "booked":
            moved.state = f"settled: {event.fate}"

    def _transfer(self, event: Transfer) -> None:
        """The venue may have given it a name of its own: then it is the one that was asked for like this."""
        meant = (event.asset, event.source, event.target, event.amount)
        asked = (m for m in self.transfers.values() if m.id in self.wishes)
        same = (m.id for m in asked if (m.asset, m.source, m.target, m.amount) == meant)
        name = event.wish if event.wish in self.transfers else next(same, event.wish)
        moved = self.transfers.setdefault(name, Moved(name, *meant, "", event.local_ns))
        moved.state = "on its way" if event.id.endswith(LEFT) else "booked"
        moved.state = "came back" if event.id.endswith(CAME_BACK) else moved.state
        moved.cost, moved.booked_ns = moved.cost + event.cost, event.local_ns
        if moved.state == "booked":
            self.wishes.pop(name, None)
        self._bound(self.transfers, KEPT)

    def _submitted(self, event: Submitted) -> None:
        if event.client_id in self._owners:
            return
        self._owners[event.client_id] = event.intent.owner
        self._bound(self._owners, _OWNERS)
        order = Order(event.request, sent_ns=event.local_ns, updated_ns=event.local_ns)
        intent = event.intent
        sent = self.working[event.client_id] = Sent(order, intent.owner, intent.saga, intent.purpose.value)
        self.works.ordered(sent)
        course = self.holdings.get(intent.owner)
        if course is not None:
            course.orders += 1

    def _report(self, event: OrderReport) -> None:
        sent = self._sent(event.client_id)
        if sent is not None:
            sent.order.apply(event.event, event.local_ns, reason=event.reason)
            self._put_away(event.client_id)

    def _amend(self, event: AmendAsked) -> None:
        sent = self.working.get(event.client_id)
        if sent is not None:
            sent.order.amend(event.lots, event.limit_ticks)

    def _fill(self, event: Fill) -> None:
        if not self._first("fill", event.instrument, event.id):
            return
        sent = self._sent(event.client_id)
        if sent is not None:
            sent.order.apply_fill(event.ticks, event.lots, event.local_ns)
            self._put_away(event.client_id)
        self.fills += 1
        self._told(event, sent)
        self.fees[event.fee_asset] = self.fees.get(event.fee_asset, ZERO) + event.fee
        rules = self.rules.get(event.instrument)
        if rules is not None:
            before = self.position(event.instrument)
            self.positions[event.instrument] = before.filled(rules, event.side, event.ticks, event.lots)
        course = self._course_of(event)
        if course is not None:
            purpose, saga = (None, "") if sent is None else (Purpose(sent.purpose), sent.saga)
            course.filled(event, rules, purpose, saga)

    def _told(self, fill: Fill, sent: Sent | None) -> None:
        owner = sent.owner if sent is not None else self._owners.get(fill.client_id, "")
        saga, purpose = (sent.saga, sent.purpose) if sent is not None else ("", "")
        self.latest.filled(Filled(self.seq, self.at_ns, fill, owner, saga, purpose))

    def _course_of(self, fill: Fill) -> Course | None:
        """Whose it is: of the holding that ordered it; a forced close is of the largest on the other side."""
        owner = self._owners.get(fill.client_id)
        if owner is not None:
            return self.holdings.get(owner) or next((c for c in self.closed if c.id == owner), None)
        held = ((-fill.side * c.legs[fill.instrument].lots, c) for c in self.holdings.values()
                if fill.instrument in c.legs)  # fmt: skip
        lots, course = max(held, key=lambda pair: pair[0], default=(0, None))
        return course if lots > 0 else None

    def _funding(self, event: FundingPayment) -> None:
        if self._first("funding", event.instrument, event.id):
            self.funding[event.asset] = self.funding.get(event.asset, ZERO) + event.amount
            self._share(event)

    def _share(self, event: FundingPayment) -> None:
        """Among those who hold the perp, by size as the ledger does it: one that stands against the others
        takes the other sign.
        """
        name = event.instrument
        held = [c for c in self.holdings.values() if name in c.legs and c.legs[name].lots]
        held.sort(key=lambda course: course.id)
        parts = shares(event.amount, [course.legs[name].lots for course in held])
        for course, part in zip(held, parts, strict=False):
            course.funding, course.paid = course.funding + part, course.paid + 1

    def _refused(self, event: Refused) -> None:
        self.refusals[f"{event.gate}: {event.reason}"] += 1
        self.latest.refusal(self.seq, self.at_ns, event, self.works.of(event.intent_id))

    def _step(self, event: SagaStep) -> None:
        self.works.stepped(event)

    def _noted(self, event: msgspec.Struct) -> None:
        """It goes among the latest, as all do."""

    def _valued(self, event: Valued) -> None:
        self.values.append(event)
        while len(self.values) > 1 and self.values[1].local_ns <= event.local_ns - DAY_NS:
            self.values.popleft()

    def _opened(self, event: DayOpened) -> None:
        self.day, self.rung = event, None

    def _reached(self, event: DrawdownReached) -> None:
        self.rung = event

    def _margin(self, event: MarginStep) -> None:
        self.steps.append(event)

    def _imposed(self, event: Imposed) -> None:
        self.imposed[event.name] = event

    def _lifted(self, event: Lifted) -> None:
        self.imposed.pop(event.name, None)

    def _latched(self, event: Latched) -> None:
        self.latches.setdefault(event.name, event)

    def _rearmed(self, event: Rearmed) -> None:
        self.latches.pop(event.name, None)

    def _reconciled(self, event: Reconciled) -> None:
        self.reconciled[event.venue] = event

    def _calm(self, event: PanicEnded) -> None:
        """A panic closed what all holdings held; wishes for money on its way go on."""
        for course in self.holdings.values():
            course.closed_ns, course.closing, course.flight = event.local_ns, "panic", ""
            self.closed.append(course)
        self.holdings = {}
        self.wishes = {name: w for name, w in self.wishes.items() if isinstance(w, TransferIntent)}
        self.works.panicked(event.local_ns)
        self.panic = event

    def _sent(self, client_id: str) -> Sent | None:
        """Also of those that have ended: a venue may say more of one."""
        late = (one for one in self.ended if one.order.request.client_id == client_id)
        return self.working.get(client_id) or next(late, None)

    def _put_away(self, client_id: str) -> None:
        sent = self.working.get(client_id)
        if sent is not None and sent.order.state.is_final:
            self.ended.append(self.working.pop(client_id))

    def _first(self, *key: str) -> bool:
        kind, instrument, name = key
        if (kind, instrument, name) in self._heard:
            return False
        self._heard[kind, instrument, name] = None
        self._bound(self._heard, _KEPT_FILLS)
        return True

    @staticmethod
    def _bound(kept: dict[Key, Kept], room: int) -> None:
        while len(kept) > room:
            del kept[next(iter(kept))]


_TAKERS: Final[dict[type[msgspec.Struct], Callable[..., None]]] = {
    RunBegan: Replica._began, RunStopped: Replica._stopped, Listing: Replica._listing,
    PairIntent: Replica._pair, PairOutcome: Replica._pair_ended, SagaStep: Replica._step,
    **dict.fromkeys((Signal, Routed, Woke, SettingsChanged), Replica._noted),
    **dict.fromkeys((TransferIntent, TwapIntent, LimitIntent, BracketIntent, UndoIntent), Replica._wish),
    SagaOutcome: Replica._wish_ended, Transfer: Replica._transfer, Settled: Replica._settled,
    Submitted: Replica._submitted,
    OrderReport: Replica._report, AmendAsked: Replica._amend, Fill: Replica._fill,
    FundingPayment: Replica._funding, Refused: Replica._refused, Valued: Replica._valued,
    DayOpened: Replica._opened, DrawdownReached: Replica._reached, MarginStep: Replica._margin,
    Imposed: Replica._imposed, Lifted: Replica._lifted, Latched: Replica._latched,
    Rearmed: Replica._rearmed, Reconciled: Replica._reconciled, PanicEnded: Replica._calm,
}  # fmt: skip

TYPES: Final[tuple[type[msgspec.Struct], ...]] = tuple(dict.fromkeys([*_TAKERS, *ALERTING]))
"""The types of entries that a replica looks at; of all others it takes the number only."""
