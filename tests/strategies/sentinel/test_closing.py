"""How holdings end: in clips of today's size, once at a time, and without a coin that no short covers."""

from __future__ import annotations

from decimal import Decimal as D

from tests.doubles.tapes import PERP
from tests.strategies.sentinel.margin_world import CORE, MID, UNIT, World
from titan.model.fill import Fill, Liquidity
from titan.model.order import Side
from titan.model.pair import HaltIntent, PairEnd, PairOutcome, PairType
from titan.model.signal import Intent, Purpose


def liquidated(world: World, lots: int) -> list[object]:
    world.liquidated += lots
    fill = Fill(
        f"f{world.liquidated}", "c", PERP.id, Side.BUY, PERP.nearest_ticks(MID), lots, D(0), "USDT",
        Liquidity.TAKER, world.now_ns, world.now_ns,
    )  # fmt: skip
    return world.take(world.sentinel.liquidated(fill, CORE, world.now))


def sold(wishes: list[object]) -> D:
    return sum((w.lots * D("0.00001") for w in wishes if isinstance(w, Intent)), D(0))


def test_what_has_become_dearer_is_closed_in_clips_of_todays_price() -> None:
    world = World()
    world.mid = 2 * MID
    (close,) = world.take(world.sentinel.flatten("enough", world.now))
    assert close.clip_units == 8
    assert close.clip_units * UNIT * world.mid <= 500


def test_what_need_not_be_closed_is_left() -> None:
    world = World()
    world.closing = False
    assert world.take(world.sentinel.flatten("not here", world.now)) == []
    assert world.sentinel.holdings[CORE].wanted


def test_an_exit_that_got_nowhere_waits_until_it_is_asked_for_again() -> None:
    world = World()
    (close,) = world.take(world.sentinel.flatten("enough", world.now))
    assert world.end(close, PairEnd.REFUSED) == [], "else it would be refused for ever"
    (again,) = world.take(world.sentinel.flatten("enough", world.now))
    outcome = PairOutcome(again, PairEnd.ABORTED, 400, 3, 1, "a leg failed", world.now_ns)
    world.units = 600
    (rest,) = world.take(world.sentinel.finished(outcome, world.now))
    assert rest.units == 600, "one that got somewhere goes on at once"


def test_a_liquidation_in_pieces_smaller_than_a_unit_sells_what_they_add_up_to() -> None:
    world = World()
    core = world.sentinel.holdings[CORE]
    core.unit, core.units = 10 * PERP.lot, 100
    pieces = [liquidated(world, 4) for _ in range(10)]
    assert sum((sold(piece) for piece in pieces), D(0)) == 40 * PERP.lot
    assert core.units == 96


def test_coins_of_an_entry_that_was_liquidated_are_sold_when_it_ends() -> None:
    world = World()
    world.sentinel.holdings.clear()
    world.sentinel.book.wanted.clear()
    (entry,) = world.sentinel.pairing.open("BTC", PairType.CORE, world.now, "again")
    core = world.sentinel.holdings[entry.position]
    core.bare = 50 * UNIT
    (sale,) = world.sentinel.finished(PairOutcome(entry, PairEnd.DONE, 80, 4, 0, "halted", 1), world.now)
    assert isinstance(sale, Intent)
    assert sold([sale]) == 50 * UNIT
    assert core.units == 30


def test_without_a_price_coins_are_sold_later_unless_a_hedge_has_sold_them() -> None:
    for hedged in (False, True):
        world = World()
        world.blind = True
        assert not any(isinstance(w, Intent) for w in liquidated(world, 1000))
        world.blind = False
        if hedged:
            world.units = world.liquidated = 0
        wishes = world.take(world.sentinel.tick(world.now))
        assert sold(wishes) == (0 if hedged else 1000 * UNIT)


def test_a_liquidated_pair_that_is_under_way_is_halted_and_blocked() -> None:
    world = World()
    core = world.sentinel.holdings[CORE]
    (slow,) = world.take(world.sentinel.pairing.exit(core, 1000, "no hurry"))
    wishes = liquidated(world, 1000)
    assert any(isinstance(w, HaltIntent) and w.intent_id == slow.id for w in wishes)
    assert world.sentinel.book.blocked == {"BTC"}
    assert slow.purpose is Purpose.EXIT
