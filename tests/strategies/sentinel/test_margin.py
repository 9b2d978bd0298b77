"""Margin steps are asked for once, wait for what they began, and go on where a restart left them."""

from __future__ import annotations

from decimal import Decimal as D
from fractions import Fraction

import msgspec
import pytest

from tests.doubles.tapes import PERP, SPOT
from tests.strategies.sentinel.margin_world import CORE, MID, UNIT, S, World
from titan.model.events import Transfer
from titan.model.guard import Tier
from titan.model.pair import HaltIntent, PairEnd, PairIntent, PairOutcome, PairType, TransferIntent
from titan.model.signal import Purpose
from titan.strategies.sentinel.holdings import RETRY_NS
from titan.strategies.sentinel.margin import PATIENCE_NS
from titan.strategies.sentinel.params import SentinelParams
from titan.strategies.sentinel.past import Purse
from titan.strategies.sentinel.tiers import Step


def test_a_top_up_is_asked_for_once_while_it_moves_over_a_restart_too() -> None:
    world = World()
    world.equity = D(30_000)
    (move,) = world.look()
    assert (move.source, move.target, move.amount) == ("binance.spot", "binance.perp", "10000.00")
    assert world.steps[0].tier is Tier.TOP_UP
    assert world.look() == []
    again = world.restarted()
    assert again.look() == []
    assert again.end(move) == []
    assert again.look() == [], "and then it is enough"


def test_a_refused_transfer_is_left_alone_for_an_hour() -> None:
    world = World()
    world.equity = D(30_000)
    (move,) = world.look()
    assert world.end(move, PairEnd.ABORTED) == []
    assert world.look(RETRY_NS / S - 10) == []
    again = world.restarted()
    assert again.look(0) == []
    assert len(again.look(20)) == 1


def test_a_transfer_in_doubt_is_never_followed_by_another() -> None:
    world = World()
    world.equity = D(30_000)
    (move,) = world.look()
    world.end(move, PairEnd.NEEDS_OPERATOR)
    assert world.look(3 * RETRY_NS / S) == []
    again = world.restarted()
    assert again.look(RETRY_NS / S) == []
    again.journal.append(Transfer(move.id, "USDT", move.source, move.target, D(10_000), D(0), 1))
    settled = again.restarted()
    assert len(settled.look(RETRY_NS / S)) == 1, "it is in the books: somebody looked"


def test_a_reduction_closes_both_legs_and_the_transfer_waits_for_that() -> None:
    world = World()
    world.equity, world.idle = D(18_000), D(0)
    (close,) = world.look()
    assert (close.purpose, close.spot, close.perp) == (Purpose.EXIT, SPOT.id, PERP.id)
    assert close.units == 243, "x = (30000 - 0.9 * 18000) / 1.9, and then a unit more at most"
    assert world.steps[0].tier is Tier.REDUCE
    assert world.steps[0].begins
    assert world.look() == []
    (move,) = world.end(close)
    assert (move.source, D(move.amount)) == (
        "binance.spot",
        (D(757 * 30) / D("0.9") - 18_000).quantize(D("0.01")),
    )
    assert world.end(move) == []
    assert world.look() == []
    assert D("0.29") < D(757 * 30) / (3 * world.equity) <= D("0.3001")


def test_a_reduction_goes_on_after_a_restart_whenever_that_comes() -> None:
    world = World()
    world.equity, world.idle = D(18_000), D(0)
    (close,) = world.look()
    again = world.restarted()
    assert again.look() == []
    (move,) = again.end(close)
    assert isinstance(move, TransferIntent)
    third = again.restarted()
    assert third.look() == [], "the transfer is under way"
    lost = World([*world.journal, PairOutcome(close, PairEnd.DONE, 243, 1, 0, "", 2)])
    lost.units, lost.equity, lost.idle = 757, D(18_000), D(7_290)
    (late,) = lost.look()
    assert isinstance(late, TransferIntent), "the process died between the end and what follows it"


def test_a_reduction_comes_before_a_top_up_that_is_under_way() -> None:
    world = World()
    world.equity, world.idle = D(30_000), D(2_000)
    (move,) = world.look()
    world.equity = D(18_000)
    (close,) = world.look()
    assert isinstance(close, PairIntent)
    assert world.end(close) == [], "one transfer at a time"
    assert world.look() == []
    world.end(move)
    (follows,) = world.look()
    assert isinstance(follows, TransferIntent)
    assert [s.tier for s in world.steps] == [Tier.TOP_UP, Tier.REDUCE, Tier.REDUCE]


def test_an_entry_under_way_is_stopped_before_what_it_has_is_reduced() -> None:
    world = World()
    world.equity, world.idle = D(18_000), D(0)
    holding = world.sentinel.holdings[CORE]
    holding.flight, holding.purpose, holding.planned = "an entry", Purpose.ENTRY, 100
    (halt,) = world.look()
    assert isinstance(halt, HaltIntent)
    assert world.look() == [], "once"
    holding.flight = ""
    (close,) = world.look()
    assert close.purpose is Purpose.EXIT


def test_a_reduction_that_failed_is_tried_again_after_a_while() -> None:
    world = World()
    world.equity, world.idle = D(18_000), D(0)
    (close,) = world.look()
    assert world.end(close, PairEnd.ABORTED) == []
    assert world.look() == []
    (again,) = world.look(PATIENCE_NS / S)
    assert again.id != close.id


def test_profit_is_swept_and_the_pair_grows_by_it() -> None:
    world = World()
    world.units, world.equity, world.cash, world.idle = 300, D(65_000), D(50_000), D(0)
    world.sentinel.holdings[CORE].units = 300
    (sweep,) = world.look()
    assert (sweep.source, sweep.target) == ("binance.perp", "binance.spot")
    assert world.look() == []
    (grown,) = world.end(sweep)
    assert (grown.purpose, grown.position) == (Purpose.ENTRY, CORE)
    assert 0 < grown.units * UNIT * MID <= D(sweep.amount)
    assert [(s.tier, s.begins) for s in world.steps] == [(Tier.SWEEP, True), (Tier.SWEEP, False)]
    world.end(grown)
    assert world.sentinel.holdings[CORE].units == 300 + grown.units
    assert world.look() == []


def test_growth_after_a_restart_and_none_where_nothing_may_be_opened() -> None:
    world = World()
    world.units, world.equity, world.cash, world.idle = 300, D(65_000), D(50_000), D(0)
    world.sentinel.holdings[CORE].units = 300
    (sweep,) = world.look()
    half = world.restarted()
    half.sentinel.holdings[CORE].units, half.part = 300, Fraction(1, 2)
    (grown,) = half.end(sweep)
    assert grown.units * UNIT * MID <= D(sweep.amount) / 2
    shut = World(world.journal)
    shut.units, shut.equity, shut.cash, shut.idle = 300, D(65_000), D(50_000), D(0)
    shut.sentinel.holdings[CORE].units, shut.part = 300, Fraction(0)
    assert shut.end(sweep) == []
    assert shut.steps[-1].wishes == ()
    assert shut.look() == [], "nothing is swept that could not grow"


def test_growth_leaves_room_for_fees_and_keeps_to_the_limit_of_all_that_a_pair_has() -> None:
    world = World()
    world.equity = world.cash = D(140_000)
    world.idle = D(0)
    (sweep,) = world.look()
    (grow,) = world.end(sweep)
    assert grow.units * UNIT * MID <= world.idle * D("0.995")

    world = World()
    world.equity = world.cash = D(140_000)
    world.sentinel.pairing._params["BTC"] = SentinelParams(pair_limit=D(45_000))
    before = world.sentinel.margin._room(Purse("binance", "USDT"), world.now)
    beside = msgspec.structs.replace(
        world.sentinel.holdings[CORE], id="s", type=PairType.SATELLITE, units=300
    )
    world.sentinel.book.by_id["s"] = beside
    assert before == 15_000
    assert world.sentinel.margin._room(Purse("binance", "USDT"), world.now) == 6_000


def test_quote_that_buys_the_coins_carries_no_short_that_settles_in_another() -> None:
    world = World()
    world.equity, world.idle = D(40_000), D(20_000)
    pair = world.sentinel.pairing.pairs["BTC"]
    other = msgspec.structs.replace(pair, perp=msgspec.structs.replace(PERP, quote="USDC"))
    assert world.sentinel.pairing._carried(pair, world.idle, world.now) == D(24_000) / D("1.9")
    world.wallet = lambda wallet, asset: D(0) if asset == "USDC" else D(20_000)  # type: ignore[method-assign]
    assert world.sentinel.pairing._carried(other, world.idle, world.now) == D(6_000) / D("1.9")


@pytest.mark.parametrize("usdc", [D(1), D("0.9")])
def test_a_reduction_is_reckoned_in_what_the_perp_settles_in(
    usdc: D, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The spot is quoted in USDT, which the books are kept in."""
    world = World()
    monkeypatch.setattr(world, "rate", lambda asset: usdc if asset == "USDC" else D(1))
    perp = msgspec.structs.replace(PERP, quote="USDC")
    core = world.sentinel.holdings[CORE]
    core.pair = msgspec.structs.replace(core.pair, perp=perp)
    step = Step(Tier.REDUCE, D(1), close=D(3_000))
    wishes = world.sentinel.margin._reduce(Purse("binance", "USDC"), step, world.now)
    (close,) = (w for w in wishes if isinstance(w, PairIntent))
    assert close.units == 100 * usdc + 1


@pytest.mark.parametrize(
    ("idle", "equity", "cash"), [("10000", "70000", "70000"), ("60000", "10000", "10000")]
)
def test_with_nothing_held_the_wallets_go_back_to_their_shares(idle: str, equity: str, cash: str) -> None:
    world = World()
    world.units = 0
    del world.sentinel.holdings[CORE]
    world.idle, world.equity, world.cash = D(idle), D(equity), D(cash)
    (move,) = world.look()
    world.end(move)
    assert abs(world.equity - world.idle) < 1
    assert world.look() == []


def test_flat_is_fast_and_half_an_entry_is_half_an_entry() -> None:
    world = World()
    wishes = world.take(world.sentinel.flatten("enough", world.now))
    (close,) = wishes
    assert (close.units, close.gap_max_ns) == (1000, S)
    assert world.take(world.sentinel.flatten("enough", world.now)) == [], "it is under way"
    world.end(close)
    assert not world.sentinel.holds
    whole = world.sentinel.pairing.open("BTC", PairType.CORE, world.now, "again")[0]
    del world.sentinel.holdings[whole.position]  # type: ignore[union-attr]
    world.part = Fraction(1, 2)
    half = world.sentinel.pairing.open("BTC", PairType.CORE, world.now, "again")[0]
    assert abs(half.units - whole.units / 2) <= 1  # type: ignore[union-attr]


def test_an_exit_that_takes_its_time_is_hurried() -> None:
    world = World()
    holding = world.sentinel.holdings[CORE]
    (slow,) = world.take(world.sentinel.pairing.exit(holding, 1000, "no hurry"))
    assert slow.gap_max_ns > S
    (halt,) = world.take(world.sentinel.flatten("enough", world.now))
    assert halt.intent_id == slow.id
    outcome = PairOutcome(slow, PairEnd.DONE, 400, 1, 0, "enough", world.now_ns)
    world.units = 600
    (rest,) = world.take(world.sentinel.finished(outcome, world.now))
    assert (rest.units, rest.gap_max_ns) == (600, S)


def test_a_clip_is_never_as_large_as_what_is_warned_of() -> None:
    world = World()
    world.equity = world.cash = world.idle = D(1_000)
    world.units = 10
    world.sentinel.holdings[CORE].units = 10
    (close,) = world.take(world.sentinel.flatten("enough", world.now))
    assert close.clip_units * UNIT * MID <= world.nav() * D("0.02")


def test_what_the_books_lack_at_two_looks_is_not_held() -> None:
    world = World()
    world.units = 995
    world.take(world.sentinel.tick(world.now))
    world.take(world.sentinel.tick(world.now))
    assert world.sentinel.holdings[CORE].units == 1000, "a fee in the coin is no loss"
    world.units = 600
    assert world.take(world.sentinel.tick(world.now)) == []
    assert world.sentinel.holdings[CORE].units == 1000, "a late fill may be under way"
    (rest,) = world.take(world.sentinel.tick(world.now))
    assert (rest.purpose, rest.units) == (Purpose.EXIT, 600)
    assert world.sentinel.book.blocked == {"BTC"}
