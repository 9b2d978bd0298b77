"""The order manager beside a model that is simple enough to be seen right.

The model keeps, for each order, what was said and no table: how it first ended, what has filled, whether
the venue was ever heard of it. Reports come in any order, doubled, never, or as nonsense; orders are
cancelled and changed in between, time passes, and the process dies and begins again from its journal. Desk
and model must agree after every step, and the desk may never raise.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from tests.execution.scripted import INSTRUMENTS, PERP, SPOT, START, Gate
from titan.execution.desk import Desk, amendment
from titan.execution.halts import Halts
from titan.execution.memory import fold
from titan.model.events import OrderReport, Submitted
from titan.model.fill import Fill, Liquidity
from titan.model.order import OrderEvent, OrderState, OrderType, Side, TimeInForce
from titan.model.signal import Intent, Purpose
from titan.ports import Approved as ApprovedPort
from titan.risk.gates import Approved
from titan.risk.overrides import FREE, Scope

S = 1_000_000_000
ENDS = {
    OrderEvent.CANCEL: OrderState.CANCELLED,
    OrderEvent.EXPIRE: OrderState.EXPIRED,
    OrderEvent.REJECT: OrderState.REJECTED,
}
KNOWN = set(OrderEvent) - set(ENDS) - {OrderEvent.TIMEOUT}
RESTS = {OrderEvent.ACCEPT, OrderEvent.AMEND, OrderEvent.FILL, OrderEvent.PARTIAL_FILL}
ALIVE = {OrderEvent.ACCEPT, OrderEvent.AMEND, OrderEvent.AMEND_REFUSED}


@dataclass
class Model:
    """One order. `mad` is set by whatever a venue cannot say."""

    size: int
    largest: int
    filled: int = 0
    ended: OrderState | None = None
    known: bool = False
    doubted: bool = False
    change: int | None = None
    asked_ns: int = 0
    heard_ns: int = 0
    """Of the last word that counted: a fill always does, a report when it moved the order."""
    mad: bool = False

    @property
    def needed(self) -> int:
        return max(self.size, self.change or 0)

    @property
    def state(self) -> OrderState:
        if self.filled >= (self.size if self.ended else self.needed):
            return OrderState.FILLED
        if self.ended is not None:
            both = self.ended is OrderState.REJECTED and self.filled
            return OrderState.CANCELLED if both else self.ended
        if self.filled:
            return OrderState.PARTIAL
        if self.known:
            return OrderState.OPEN
        return OrderState.UNKNOWN if self.doubted else OrderState.PENDING

    @property
    def reserved(self) -> int:
        return 0 if self.state.is_final else self.needed - self.filled

    def report(self, event: OrderEvent) -> None:
        state = self.state
        if (state is OrderState.REJECTED and event in RESTS) or (
            event is OrderEvent.REJECT and state in (OrderState.PARTIAL, OrderState.FILLED)
        ):
            self.mad = True
        if not state.is_final:
            self.ended = ENDS.get(event)
            self.known |= event in KNOWN
            self.doubted |= event is OrderEvent.TIMEOUT
        if event in ALIVE:
            self.asked_ns = 0
        if event is OrderEvent.AMEND and self.change is not None:
            self.size = self.change
        if self.state.is_final or event in (OrderEvent.AMEND, OrderEvent.AMEND_REFUSED):
            self.change = None

    def fill(self, lots: int) -> None:
        self.mad |= self.state is OrderState.REJECTED
        self.filled += lots
        self.mad |= self.filled > self.largest


@dataclass
class Venue:
    """Takes orders and says nothing: what is said is drawn."""

    submitted: list[str] = field(default_factory=list)
    cancels: list[str] = field(default_factory=list)

    def submit(self, order: ApprovedPort) -> None:
        self.submitted.append(order.client_id)

    def cancel(self, client_id: str) -> None:
        self.cancels.append(client_id)

    def amend(self, client_id: str, *, lots: int, limit_ticks: int) -> None:
        del client_id, lots, limit_ticks


class OrderManager(RuleBasedStateMachine):
    orders = Bundle("orders")
    told = Bundle("told")

    def __init__(self) -> None:
        super().__init__()
        self.now_ns, self.count = START, 0
        self.journal: list[msgspec.Struct] = []
        self.venue = Venue()
        self.models: dict[str, Model] = {}
        self.foreign: set[str] = set()
        self.lifted: set[str] = set()
        self.begin()

    def now(self) -> int:
        return self.now_ns

    def begin(self) -> None:
        """A process: nothing but the journal is known to it."""
        halts = Halts(self.journal.append, self.now)
        before = list(self.journal)
        for entry in before:
            halts.hear(entry)
        self.desk = Desk(
            self, self.venue, Gate(self.now), self.journal.append, halts=halts, amender=lambda one: self.venue
        )
        memory = fold(before)
        for one in memory.orders.values():
            self.desk.recall(one.submitted, one.heard)
        for stray in memory.foreign:
            self.desk.apply(stray)
        assert self.journal == before

    def hear(self, event: OrderReport | Fill) -> bool:
        self.journal.append(event)
        return self.desk.apply(event)

    @initialize(target=orders, perp=st.booleans())
    def send_first(self, perp: bool) -> str:
        return self.send(6, Side.BUY, perp, 0)

    @rule(
        target=orders, lots=st.integers(1, 9), side=st.sampled_from(Side), perp=st.booleans(),
        good_s=st.integers(0, 30),
    )  # fmt: skip
    def send(self, lots: int, side: Side, perp: bool, good_s: int) -> str:
        self.count += 1
        ticks = 500_000 if perp else 5_000_000
        intent = Intent(
            f"i{self.count}", "s", "BTC:core:1", (PERP if perp else SPOT).id, side, lots, Purpose.ENTRY,
            ticks, type=OrderType.LIMIT, limit_ticks=ticks, tif=TimeInForce.GTC,
            until_ns=self.now_ns + good_s * S if good_s else 0,
        )  # fmt: skip
        order = self.desk.approve(intent)
        assert isinstance(order, Approved)
        ticket = self.desk.send(order)
        assert isinstance(self.journal[-1], Submitted)
        assert self.desk.send(order) is ticket
        self.models[order.client_id] = Model(lots, lots)
        return order.client_id

    @rule(target=told, name=orders, event=st.sampled_from(OrderEvent))
    def report(self, name: str, event: OrderEvent) -> OrderReport:
        said = OrderReport(name, event, self.now_ns, self.now_ns)
        assert self.hear(said)
        self.after_report(said)
        return said

    @rule(target=orders, lots=st.integers(1, 9), perp=st.booleans())
    def send_and_hear_nothing(self, lots: int, perp: bool) -> str:
        """What follows meets an order that is UNKNOWN."""
        name = self.send(lots, Side.SELL, perp, 0)
        self.report(name, OrderEvent.TIMEOUT)
        return name

    @rule(target=told, name=orders)
    def fill_what_is_left(self, name: str) -> Fill:
        model = self.models[name]
        return self.fill(name, max(model.needed - model.filled, 1))

    def after_report(self, said: OrderReport) -> None:
        model = self.models[said.client_id]
        was_mad, model.mad = model.mad, False
        before = model.state
        model.report(said.event)
        if model.state is not before:
            model.heard_ns = self.now_ns
        self.judge(said.client_id, was_mad)

    @rule(target=told, name=orders, lots=st.integers(1, 5))
    def fill(self, name: str, lots: int) -> Fill:
        said = self.fill_of(name, lots)
        assert self.hear(said)
        model = self.models[name]
        was_mad, model.mad = model.mad, False
        model.fill(lots)
        model.heard_ns = self.now_ns
        self.judge(name, was_mad)
        return said

    def fill_of(self, name: str, lots: int) -> Fill:
        self.count += 1
        ticket = self.desk.ticket(name)
        assert ticket is not None
        request = ticket.order.request
        return Fill(
            f"f{self.count}", name, request.instrument, request.side, 500, lots, Decimal(0), "USDT",
            Liquidity.MAKER, self.now_ns, self.now_ns,
        )  # fmt: skip

    def judge(self, name: str, was_mad: bool) -> None:
        """A new contradiction halts again what an operator had lifted."""
        model = self.models[name]
        if model.mad:
            self.lifted.discard(name)
        model.mad |= was_mad

    @rule(said=told)
    def say_it_again(self, said: OrderReport | Fill) -> None:
        if isinstance(said, Fill):
            assert not self.hear(said)
        else:
            self.hear(msgspec.structs.replace(said, local_ns=self.now_ns))
            self.after_report(said)

    @rule(name=orders, how=st.sampled_from(["side", "instrument", "lots", "ticks"]))
    def say_nonsense(self, name: str, how: str) -> None:
        fill = self.fill_of(name, 2)
        other = SPOT.id if fill.instrument == PERP.id else PERP.id
        changes = {"side": fill.side.other, "instrument": other, "lots": 0, "ticks": 0}
        said = msgspec.structs.replace(fill, **{how: changes[how]})
        assert self.hear(said)
        if how in ("side", "instrument"):
            self.foreign.add(said.id)
        self.models[name].mad = True
        self.lifted.discard(name)

    @rule(lots=st.integers(1, 5))
    def fill_of_somebody(self, lots: int) -> None:
        self.count += 1
        said = Fill(
            f"f{self.count}", f"liquidation-{self.count}", PERP.id, Side.SELL, 500, lots, Decimal(0), "USDT",
            Liquidity.TAKER, self.now_ns, self.now_ns,
        )  # fmt: skip
        assert not self.hear(said)
        assert not self.hear(said)
        self.foreign.add(said.id)

    @rule(name=orders)
    def cancel(self, name: str) -> None:
        model, ticket = self.models[name], self.desk.ticket(name)
        assert ticket is not None
        recent = model.asked_ns and self.now_ns - model.asked_ns < 10 * S
        before = len(self.venue.cancels)
        asked = self.desk.cancel(ticket)
        assert asked is (not model.state.is_final and not recent)
        assert len(self.venue.cancels) - before == asked
        if asked:
            model.asked_ns = self.now_ns

    @rule(name=orders, lots=st.integers(1, 9))
    def change(self, name: str, lots: int) -> None:
        model, ticket = self.models[name], self.desk.ticket(name)
        assert ticket is not None
        order = self.desk.approve(
            msgspec.structs.replace(amendment(ticket, lots=lots, limit_ticks=499_999), until_ns=0)
        )
        if not isinstance(order, Approved):
            return  # beyond the collar
        asked = self.desk.amend(ticket, order)
        assert asked is (not model.state.is_final and not model.asked_ns and model.change is None)
        if asked:
            model.change = model.filled + lots
            model.largest = max(model.largest, model.change)

    @rule(seconds=st.integers(1, 12))
    def time_passes(self, seconds: int) -> None:
        since = self.now_ns
        self.now_ns += seconds * S
        before = len(self.venue.cancels)
        self.desk.sweep()
        for ticket in self.desk.tickets:
            name = ticket.order.request.client_id
            asked_ns = self.models[name].asked_ns
            if since < ticket.intent.until_ns <= self.now_ns and not ticket.order.state.is_final:
                assert name in self.venue.cancels[before:] or self.now_ns - asked_ns < 10 * S
        for name in self.venue.cancels[before:]:
            ticket, model = self.desk.ticket(name), self.models[name]
            assert ticket is not None
            assert 0 < ticket.intent.until_ns <= self.now_ns
            assert not model.state.is_final
            assert not model.asked_ns or self.now_ns - model.asked_ns >= 10 * S
            model.asked_ns = self.now_ns

    @rule(name=orders)
    def an_operator_lifts(self, name: str) -> None:
        mad = self.models[name].mad and name not in self.lifted
        assert self.desk.halts.lift(f"contradiction {name}", by="operator") is mad
        if mad:
            self.lifted.add(name)

    @rule()
    def die_and_begin_again(self) -> None:
        sent = list(self.venue.submitted)
        asked = list(self.venue.cancels)
        self.begin()
        assert self.venue.submitted == sent
        assert self.venue.cancels == asked
        for model in self.models.values():
            model.asked_ns = 0

    @invariant()
    def all_is_as_the_model_says(self) -> None:
        for name, model in self.models.items():
            ticket = self.desk.ticket(name)
            assert ticket is not None
            order = ticket.order
            assert (order.state, order.filled_lots) == (model.state, model.filled)
            assert order.leaves_lots == model.reserved
            assert order.surplus_lots == max(model.filled - model.largest, 0)
            assert order.filled_value == 500 * model.filled
            assert order.updated_ns >= model.heard_ns
        assert self.desk.open_orders() == sum(not m.state.is_final for m in self.models.values())
        assert {f.id for f in self.desk.foreign} == self.foreign

    @invariant()
    def every_order_was_sent_once(self) -> None:
        assert self.venue.submitted == list(self.models)

    @invariant()
    def entries_are_halted_where_something_could_not_be(self) -> None:
        for instrument in INSTRUMENTS.values():
            mad = {
                f"contradiction {name}"
                for name, model in self.models.items()
                if model.mad and name not in self.lifted and self._of(name) == instrument.id
            }
            scope = Scope("s", "binance", "BTC", instrument.id, "BTC:core:1")
            override, names = self.desk.halts.restraints.covering(scope)
            assert set(names) == mad
            assert (override == FREE) is (not mad)

    def _of(self, name: str) -> str:
        ticket = self.desk.ticket(name)
        assert ticket is not None
        return ticket.order.request.instrument


TestOrderManager = OrderManager.TestCase
TestOrderManager.settings = settings(max_examples=300, stateful_step_count=50, deadline=None)
