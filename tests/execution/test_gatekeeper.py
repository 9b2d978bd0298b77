"""How things stand, as the gatekeeper tells the gates: from a real ledger and real tickets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal as D
from types import SimpleNamespace

import pytest
from msgspec.structs import replace

from tests.execution.scripted import INSTRUMENTS, PERP, SPOT
from titan.execution.desk import Desk
from titan.execution.gatekeeper import Gatekeeper
from titan.execution.tickets import Ticket
from titan.model.events import Refused, Submitted
from titan.model.fill import Fill, Liquidity
from titan.model.order import Order, OrderEvent, OrderType, Side, TimeInForce
from titan.model.signal import Intent, Purpose
from titan.portfolio.ledger import Ledger
from titan.risk.decision import Reason
from titan.risk.gates import Approved, Refuse
from titan.risk.overrides import CLOSE, NO_TRADING, REDUCE_ONLY, Override, Scope, scale
from titan.risk.restraints import Restraints, imposed
from titan.risk.standing import Limits

S = 1_000_000_000
OWNER = "momentum"
ENTRY = Intent("e1", "s", OWNER, PERP.id, Side.BUY, 10, Purpose.ENTRY, 500_000)
EXIT = Intent(
    "x1", "s", OWNER, PERP.id, Side.SELL, 10, Purpose.EXIT, 500_000, type=OrderType.LIMIT,
    limit_ticks=499_900, reduce_only=True,
)  # fmt: skip


@dataclass
class Stage:
    limits: Limits = field(default_factory=lambda: Limits(D(10_000), max_leverage=D(1)))
    lease: Callable[[Intent], int | None] | None = None

    def __post_init__(self) -> None:
        self.now_ns = 1_700_000_000 * S
        self.ledger = Ledger(INSTRUMENTS, currency="USDT")
        self.ledger.deposit("binance.perp", "USDT", D(10_000), self.now_ns)
        self.marks = {SPOT.id: D(50_000), PERP.id: D(50_000)}
        self.mids: dict[str, int | None] = {SPOT.id: 5_000_000, PERP.id: 500_000}
        self.restraints = Restraints()
        self.gate = Gatekeeper(
            INSTRUMENTS, self.ledger, self.limits, marks=lambda: dict(self.marks), mid_ticks=self.mids.get,
            now=lambda: self.now_ns, restraints=self.restraints, lease=self.lease,
        )  # fmt: skip
        self.count = 0

    def sent(self, intent: Intent) -> Ticket:
        self.count += 1
        submitted = Submitted(f"t{self.count}", intent, self.now_ns)
        ticket = Ticket(Order(submitted.request, self.now_ns), intent)
        self.gate.sent(ticket)
        return ticket

    def held(self, lots: int) -> None:
        self.ledger.book_fill(
            Fill("f1", "t0", PERP.id, Side.BUY, 500_000, lots, D(0), "USDT", Liquidity.TAKER, 1, 1),
            reference_ticks=500_000,
            owner=OWNER,
        )

    def refused(self, intent: Intent) -> Reason:
        answer = self.gate(intent)
        assert isinstance(answer, Refuse), answer
        assert answer.numbers
        return answer.reason

    def passed(self, intent: Intent) -> int:
        answer = self.gate(intent)
        assert isinstance(answer, Approved), answer
        return answer.intent.lots


def test_all_is_well() -> None:
    assert Stage().passed(ENTRY) == 10


def test_an_instrument_that_nobody_knows() -> None:
    assert Stage().refused(replace(ENTRY, instrument="okx.perp.X")) is Reason.UNKNOWN_INSTRUMENT


def test_what_was_sent_is_a_duplicate_though_it_ended() -> None:
    stage = Stage()
    stage.sent(ENTRY).order.apply(OrderEvent.REJECT, 1)
    assert stage.refused(ENTRY) is Reason.DUPLICATE


def test_what_is_on_its_way_is_reserved_until_there_is_evidence() -> None:
    """Leverage 1 on 10,000: 200 lots of 50 each are all of it."""
    stage = Stage()
    ticket = stage.sent(replace(ENTRY, id="e0", lots=150))
    assert stage.passed(replace(ENTRY, lots=200)) == 50
    ticket.order.apply(OrderEvent.TIMEOUT, 1)
    assert stage.passed(replace(ENTRY, lots=200)) == 50
    ticket.order.apply(OrderEvent.REJECT, 2, reason="it never reached the venue")
    assert stage.passed(replace(ENTRY, lots=200)) == 200


def test_an_order_on_its_way_without_a_mark_counts_at_the_price_it_was_decided_on() -> None:
    stage = Stage()
    del stage.marks[PERP.id]
    stage.sent(replace(ENTRY, id="e0", lots=150))
    assert stage.passed(replace(ENTRY, lots=200)) == 50


def test_what_takes_the_place_of_an_order_is_not_counted_beside_it() -> None:
    stage = Stage()
    ticket = stage.sent(replace(ENTRY, id="e0", lots=150))
    new = replace(ENTRY, id="e0~1", lots=200, replaces=ticket.order.request.client_id)
    assert stage.passed(new) == 200
    stage.held(40)
    resting = stage.sent(replace(EXIT, lots=40, tif=TimeInForce.GTC))
    assert stage.refused(replace(EXIT, id="x2", lots=40)) is Reason.NOT_A_REDUCTION
    moved = replace(EXIT, id="x2", lots=40, replaces=resting.order.request.client_id)
    assert stage.passed(moved) == 40


def test_a_reduce_only_stop_that_waits_does_not_stand_in_the_way_of_an_exit() -> None:
    stage = Stage()
    stage.held(40)
    stage.sent(replace(EXIT, id="stop", lots=40, type=OrderType.STOP, stop_ticks=490_000))
    assert stage.passed(replace(EXIT, lots=40)) == 40


def test_without_a_mark_of_what_is_held_no_entry_leaves_and_exits_do() -> None:
    stage = Stage()
    stage.held(40)
    del stage.marks[PERP.id]
    assert stage.refused(ENTRY) is Reason.NO_NAV
    assert stage.passed(EXIT) == 10


@pytest.mark.parametrize(
    ("scope", "covered"),
    [
        (Scope(), True), (Scope(strategy="s"), True), (Scope(venue="binance"), True),
        (Scope(base="BTC"), True),
        (Scope(instrument=PERP.id), True), (Scope(owner=OWNER), True), (Scope("s", "binance", "BTC"), True),
        (Scope(strategy="t"), False), (Scope(venue="okx"), False), (Scope(base="ETH"), False),
        (Scope(instrument=SPOT.id), False), (Scope(owner="BTC:core:1"), False), (Scope("s", "okx"), False),
    ],
)  # fmt: skip
def test_an_override_holds_for_its_scope(scope: Scope, covered: bool) -> None:
    stage = Stage()
    stage.restraints.hear(imposed("n", scope, REDUCE_ONLY, reason="r", by="b", local_ns=1))
    if covered:
        answer = stage.gate(ENTRY)
        assert isinstance(answer, Refuse)
        assert answer.numbers["by"] == "n"
    else:
        assert stage.passed(ENTRY) == 10


@pytest.mark.parametrize(("override", "exits"), [(REDUCE_ONLY, True), (CLOSE, True), (NO_TRADING, False)])
def test_exits_go_unless_nothing_may_trade(override: Override, exits: bool) -> None:
    stage = Stage()
    stage.held(40)
    stage.restraints.hear(imposed("n", Scope(base="BTC"), override, reason="r", by="b", local_ns=1))
    assert isinstance(stage.gate(EXIT), Approved) is exits
    assert isinstance(stage.gate(ENTRY), Refuse)


def test_scales_of_several_scopes_multiply() -> None:
    stage = Stage()
    for name, scope in (("a", Scope()), ("b", Scope(base="BTC"))):
        stage.restraints.hear(imposed(name, scope, scale("0.5"), reason="r", by="b", local_ns=1))
    assert stage.passed(replace(ENTRY, lots=100)) == 25


def test_orders_leave_a_venue_at_its_rate() -> None:
    stage = Stage(Limits(D(10_000), max_leverage=D(9), orders_per_s=2, burst=3))
    stage.held(40)
    for n in range(3):
        stage.sent(replace(ENTRY, id=f"e{n}", lots=1))
    assert stage.refused(replace(ENTRY, id="e9")) is Reason.TOO_FAST
    assert stage.passed(EXIT) == 10
    stage.now_ns += S // 2
    assert stage.passed(replace(ENTRY, id="e9")) == 10


def test_open_orders_are_counted_in_all_and_by_instrument() -> None:
    stage = Stage(Limits(D(10_000), max_leverage=D(9), max_open_orders=3, max_open_orders_here=2))
    tickets = [stage.sent(replace(ENTRY, id=f"e{n}", lots=1)) for n in range(2)]
    assert stage.refused(replace(ENTRY, id="e9")) is Reason.TOO_MANY_HERE
    spot = replace(ENTRY, id="e9", instrument=SPOT.id, reference_ticks=5_000_000)
    assert stage.passed(spot) == 10
    stage.sent(replace(spot, id="e8"))
    assert stage.refused(spot) is Reason.TOO_MANY_ORDERS
    tickets[0].order.apply(OrderEvent.CANCEL, 1)
    assert stage.passed(spot) == 10


def test_nothing_opens_on_a_lapsed_lease() -> None:
    stage = Stage(lease=lambda intent: 1_700_000_000 * S if intent.strategy == "s" else None)
    stage.held(40)
    assert stage.refused(ENTRY) is Reason.LEASE_LAPSED
    assert stage.passed(EXIT) == 10
    assert stage.passed(replace(ENTRY, strategy="t")) == 10


def test_an_order_does_not_meet_our_own_even_while_that_is_being_changed() -> None:
    stage = Stage()
    stage.held(40)
    resting = stage.sent(replace(EXIT, limit_ticks=500_500, tif=TimeInForce.GTC, reduce_only=False))
    buy = replace(ENTRY, type=OrderType.LIMIT, limit_ticks=500_200)
    assert stage.passed(buy) == 10
    resting.order.amend(10, 500_100)
    assert stage.refused(buy) is Reason.SELF_TRADE
    resting.order.apply(OrderEvent.AMEND_REFUSED, 1)
    assert stage.passed(buy) == 10


def leg(spot: bool, units: int) -> Intent:
    """One leg of a pair of `units` thousandths of a coin."""
    if spot:
        return replace(ENTRY, id="spot", instrument=SPOT.id, reference_ticks=5_000_000, lots=units * 100)
    return replace(ENTRY, id="perp", side=Side.SELL, lots=units)


def test_two_that_leave_together_keep_to_a_limit_together() -> None:
    """Leverage 1 on 10,000: two legs of 5,000 are all of it, two of 6,000 are more, though each would fit."""
    for units, lots in ((100, 100), (120, 80)):
        stage = Stage()
        first = stage.gate(leg(True, units))
        assert isinstance(first, Approved)
        alone, together = stage.gate(leg(False, units)), stage.gate(leg(False, units), [first])
        assert isinstance(alone, Approved)
        assert isinstance(together, Approved)
        assert (alone.intent.lots, together.intent.lots) == (units, lots)


def test_what_leaves_together_counts_as_orders_as_messages_and_as_itself() -> None:
    limits = Limits(D(10_000), max_leverage=D(9))
    for tight, reason in (
        (replace(limits, max_open_orders=1), Reason.TOO_MANY_ORDERS),
        (replace(limits, burst=1), Reason.TOO_FAST),
        (limits, Reason.DUPLICATE),
    ):
        stage = Stage(tight)
        first = stage.gate(leg(True, 1))
        assert isinstance(first, Approved)
        second = leg(True, 1) if reason is Reason.DUPLICATE else leg(False, 1)
        answer = stage.gate(second, [first])
        assert isinstance(answer, Refuse)
        assert answer.reason is reason
        stage.passed(second)


def test_an_order_on_its_way_counts_at_its_limit_where_that_is_worse() -> None:
    """150 lots at 50,500 are 7,575 of 10,000: 48 lots of 50 are left, not 50."""
    stage = Stage()
    resting = stage.sent(replace(ENTRY, id="e0", lots=150, type=OrderType.LIMIT, limit_ticks=505_000))
    assert stage.passed(replace(ENTRY, lots=200)) == 48
    resting.order.amend(150, 510_000)
    assert stage.passed(replace(ENTRY, lots=200)) == 47


def test_what_can_only_reduce_reserves_no_room() -> None:
    """A position of 100 lots (5,000) with its stop and its target leaves the other half."""
    stage = Stage()
    stage.held(100)
    stage.sent(replace(EXIT, id="stop", lots=100, type=OrderType.STOP, stop_ticks=490_000))
    stage.sent(replace(EXIT, id="target", lots=50, tif=TimeInForce.GTC, limit_ticks=505_000))
    assert stage.passed(replace(ENTRY, side=Side.SELL, lots=200)) == 100


def test_changes_of_orders_are_messages_too() -> None:
    stage = Stage(Limits(D(10_000), max_leverage=D(9), orders_per_s=1, burst=2))
    resting = stage.sent(replace(ENTRY, id="e0", lots=1, type=OrderType.LIMIT, limit_ticks=499_000))
    assert stage.passed(ENTRY) == 10
    stage.gate.changed(resting)
    assert stage.refused(ENTRY) is Reason.TOO_FAST


def test_the_desk_asks_for_legs_as_they_leave_and_one_refusal_stops_all() -> None:
    stage = Stage(Limits(D(10_000), max_leverage=D(1), max_open_orders=2))
    lines: list[object] = []
    clock = SimpleNamespace(now=lambda: stage.now_ns)
    desk = Desk(clock, SimpleNamespace(submit=lines.append), stage.gate, lines.append)  # type: ignore[arg-type]
    legs = desk.approve_together([leg(True, 120), leg(False, 120)])
    assert isinstance(legs, list)
    assert [one.intent.lots for one in legs] == [12_000, 80]
    stage.sent(replace(ENTRY, id="e0", lots=1))
    refused = desk.approve_together([leg(True, 1), leg(False, 1)])
    assert isinstance(refused, Refuse)
    assert refused.reason is Reason.TOO_MANY_ORDERS
    (line,) = lines
    assert isinstance(line, Refused)
    assert line.intent_id == "perp"


def test_an_intent_is_sent_once_whether_before_or_beside() -> None:
    stage = Stage()
    stage.sent(replace(ENTRY, id="e0"))
    beside = stage.gate(ENTRY)
    assert isinstance(beside, Approved)
    for name in ("e0", ENTRY.id):
        answer = stage.gate(replace(ENTRY, id=name), [beside])
        assert isinstance(answer, Refuse)
        assert answer.reason is Reason.DUPLICATE
    assert isinstance(stage.gate(replace(ENTRY, id="e2"), [beside]), Approved)


def test_other_limits_hold_from_the_next_order_on_and_what_was_sent_still_counts() -> None:
    stage = Stage(Limits(D(10_000), max_leverage=D(1), orders_per_s=1, burst=3))
    for n in range(2):
        stage.sent(replace(ENTRY, id=f"e{n}", lots=1))
    assert stage.passed(replace(ENTRY, id="e7", lots=100)) == 100
    stage.gate.limits = replace(stage.limits, max_order_notional=D(100), burst=2)
    assert stage.refused(replace(ENTRY, id="e7", lots=100)) is Reason.TOO_FAST
    stage.gate.limits = replace(stage.limits, max_order_notional=D(100), burst=4)
    assert stage.passed(replace(ENTRY, id="e7", lots=100)) == 2
