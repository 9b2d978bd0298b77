"""Orders that wait for a price outside the engine: what sets them off, and what they become."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.doubles.tapes import MS, PERP, START_NS, climbing
from titan.doubles.conditional import APART
from titan.doubles.orders import AccountEvent, Conditional, ConditionalUpdate, Leg, OrderUpdate, Stage, Ticket
from titan.doubles.refusal import Refusal, Refused
from titan.doubles.world import World
from titan.model.order import OrderState, OrderType, Side

STEP_NS = 400 * MS
"""Of the tape: 30 up each."""


class Scene:
    """A world of one perpetual that climbs when time is moved; `told` is everything of the account."""

    def __init__(self) -> None:
        self.now = START_NS
        self.world = World("binance", climbing(kinds=(PERP,)), now=lambda: self.now, once=True)  # type: ignore[arg-type]
        self.told: list[str] = []
        self.world.listen_account(self.heard)

    def heard(self, event: AccountEvent) -> None:
        """Both kinds of record live on: what they say now is kept."""
        if isinstance(event, ConditionalUpdate):
            self.told.append(event.conditional.stage.value)
        elif isinstance(event, OrderUpdate):
            self.told.append(event.change)

    def climb(self, steps: int = 1) -> None:
        for _ in range(steps):
            self.now += STEP_NS
            self.world.step()

    def place(self, *legs: Leg, side: Side = Side.BUY, whole: bool = False, **more: Any) -> Conditional:
        named = {"client_id": more.pop("client_id", ""), "shrinks": more.pop("shrinks", False)}
        more = {"qty": None if whole else Decimal("0.01")} | more
        ticket = Ticket(inst=0, side=side, type=OrderType.MARKET, **more)
        return self.world.conditionals.place(ticket, legs, whole=whole, **named)

    def position(self) -> Decimal:
        return next(p.size for p in self.world.account.positions())


@pytest.fixture
def scene() -> Scene:
    return Scene()


def leg(price: float, *, rising: bool = True, **more: Any) -> Leg:
    return Leg(Decimal(str(price)), rising, **more)


def test_it_waits_without_an_order_or_margin_and_becomes_one_of_another_id(scene: Scene) -> None:
    free = scene.world.account.balances("perp")["USDT"].free
    one = scene.place(leg(30_085))
    scene.climb(2)
    assert (one.stage, one.order, scene.world.desk.orders) == (Stage.WAITING, None, {})
    assert scene.world.account.balances("perp")["USDT"].free == free
    scene.climb()
    assert one.stage is Stage.DONE
    assert one.order is not None
    assert (one.order.state, one.order.type, one.order.side) == (
        OrderState.FILLED, OrderType.MARKET, Side.BUY,
    )  # fmt: skip
    assert one.id > APART > one.order.id
    assert one.reached_ns == scene.now
    assert scene.position() == Decimal("0.01")


def test_the_order_is_told_before_the_stage_that_it_brought(scene: Scene) -> None:
    scene.place(leg(30_020))
    scene.climb()
    assert scene.told == ["waiting", "reached", "new", "fill", "placed", "done"]


def test_a_leg_with_a_limit_rests_and_is_done_when_its_order_is(scene: Scene) -> None:
    one = scene.place(leg(30_020, limit=Decimal(29_000)))
    scene.climb()
    assert one.stage is Stage.PLACED
    assert one.order is not None
    assert (one.order.state, one.order.price) == (OrderState.OPEN, 29_000)
    scene.world.desk.cancel(one.order)
    assert one.stage is Stage.DONE


def test_the_first_leg_that_is_reached_is_the_only_one(scene: Scene) -> None:
    one = scene.place(leg(30_050, name="up"), leg(29_000, rising=False, name="down"), side=Side.SELL)
    scene.climb(2)
    assert (one.stage, one.hit and one.hit.name) == (Stage.DONE, "up")
    assert len(scene.world.desk.orders) == 1


def test_the_mark_sets_off_what_waits_for_the_mark(scene: Scene) -> None:
    """The last price is one above the mark."""
    by_last, by_mark = scene.place(leg(30_030.5)), scene.place(leg(30_030.5, of="mark"))
    scene.climb()
    assert (by_last.stage, by_mark.stage) == (Stage.DONE, Stage.WAITING)
    scene.climb()
    assert by_mark.stage is Stage.DONE


def test_a_trailing_leg_follows_from_its_activation(scene: Scene) -> None:
    """A buyer's waits for the price to fall, and then for it to rise from its lowest."""
    at_once = scene.place(leg(0, trail=Decimal("0.002")))
    never = scene.place(leg(29_000, trail=Decimal("0.001")))
    falling = scene.place(leg(0, rising=False, trail=Decimal("0.001")), side=Side.SELL)
    scene.climb()
    assert at_once.stage is Stage.WAITING
    scene.climb(3)
    assert (at_once.stage, never.stage, falling.stage) == (Stage.DONE, Stage.WAITING, Stage.WAITING)
    assert falling.best == scene.world.markets[0].price(scene.world.markets[0].last_ticks)


def test_the_whole_position_is_closed_as_it_is_then(scene: Scene) -> None:
    scene.world.desk.place(
        Ticket(inst=0, side=Side.BUY, type=OrderType.MARKET, qty=Decimal("0.03"))
    )  # fmt: skip
    one = scene.place(leg(30_020), side=Side.SELL, whole=True)
    scene.world.desk.place(
        Ticket(inst=0, side=Side.BUY, type=OrderType.MARKET, qty=Decimal("0.02"))
    )  # fmt: skip
    scene.climb()
    assert one.order is not None
    assert (one.stage, one.order.qty, scene.position()) == (Stage.DONE, Decimal("0.05"), 0)


@pytest.mark.parametrize(
    ("limit", "asked", "reason"),
    [
        (None, {"whole": True}, Refusal.REDUCE_ONLY),
        (None, {"qty": Decimal("0.01"), "reduce_only": True}, Refusal.REDUCE_ONLY),
        (Decimal(29_000), {"qty": Decimal(2000)}, Refusal.NO_MARGIN),
    ],
)
def test_what_cannot_be_placed_is_refused_when_its_price_comes(
    scene: Scene, limit: Decimal | None, asked: dict[str, Any], reason: Refusal
) -> None:
    one = scene.place(leg(30_020, limit=limit), **asked)
    scene.climb()
    assert (one.stage, one.reason, one.order) == (Stage.REFUSED, reason, None)
    assert [w for w in scene.told if w != "reject"] == ["waiting", "reached", "refused"]


@pytest.mark.parametrize("limit", [None, Decimal(29_000)])
def test_what_shrinks_is_made_as_large_as_the_money_pays(scene: Scene, limit: Decimal | None) -> None:
    scene.world.account.set_leverage(0, 1)
    one = scene.place(leg(30_020, limit=limit), qty=Decimal(15), shrinks=True)
    scene.climb()
    assert one.order is not None
    worth = one.order.qty * 30_030
    assert (one.ticket.qty, one.reason) == (15, Refusal.NONE)
    assert Decimal(95_000) < worth < Decimal(100_000)


def test_what_shrinks_to_nothing_is_refused(scene: Scene) -> None:
    free = scene.world.account.balances("perp")["USDT"].free
    scene.world.account.transfer("USDT", free, "perp", "fund")
    one = scene.place(leg(30_020), shrinks=True)
    scene.climb()
    assert (one.stage, one.reason, one.order) == (Stage.REFUSED, Refusal.NO_MARGIN, None)


def test_an_amended_one_waits_for_what_it_was_given(scene: Scene) -> None:
    one = scene.place(leg(30_020))
    ticket = Ticket(inst=0, side=Side.BUY, type=OrderType.MARKET, qty=Decimal("0.02"))
    with pytest.raises(Refused) as caught:
        scene.world.conditionals.amend(one, ticket, [leg(30_020.05)])
    assert caught.value.reason is Refusal.TICK_SIZE
    scene.world.conditionals.amend(one, ticket, [leg(30_050)])
    scene.climb()
    assert one.stage is Stage.WAITING
    scene.climb()
    assert (one.stage, scene.position()) == (Stage.DONE, Decimal("0.02"))
    with pytest.raises(Refused) as caught:
        scene.world.conditionals.amend(one, ticket, [leg(40_000)])
    assert caught.value.reason is Refusal.ALREADY_DONE
    assert scene.told[:2] == ["waiting", "waiting"]


def test_a_cancelled_one_is_never_placed_and_cannot_be_cancelled_again(scene: Scene) -> None:
    one = scene.place(leg(30_020), client_id="mine")
    assert scene.world.conditionals.find(None, "mine") is one
    scene.world.conditionals.cancel(one)
    scene.climb(2)
    assert (one.stage, scene.world.desk.orders) == (Stage.CANCELLED, {})
    assert scene.world.conditionals.open() == []
    with pytest.raises(Refused):
        scene.world.conditionals.cancel(one)


@pytest.mark.parametrize(
    ("price", "more", "reason"),
    [
        (30_020.05, {}, Refusal.TICK_SIZE),
        (30_020, {"qty": Decimal("0.0105")}, Refusal.LOT_SIZE),
        (30_020, {"qty": Decimal(0)}, Refusal.MIN_QTY),
        (30_020, {"client_id": "twice"}, Refusal.DUPLICATE_CLIENT_ID),
    ],
)
def test_what_could_be_no_order_does_not_wait(
    scene: Scene, price: float, more: dict[str, Any], reason: Refusal
) -> None:
    scene.place(leg(40_000), client_id="twice")
    with pytest.raises(Refused) as caught:
        scene.place(leg(price), **more)
    assert caught.value.reason is reason
    assert len(scene.world.conditionals.open()) == 1
