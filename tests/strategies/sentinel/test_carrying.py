"""Quote between venues: what a source needs stays, nothing is asked back, a restart knows it all."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal as D
from fractions import Fraction
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.doubles.tapes import PERP, SPOT
from titan.market.freshness import Price
from titan.model.events import CAME_BACK, LEFT, Transfer
from titan.model.outcome import SagaOutcome
from titan.model.pair import Lane, PairEnd, PairIntent, PairOutcome, PairType, TransferIntent
from titan.model.restraint import Lifted
from titan.model.settled import Fate, Settled
from titan.model.signal import Purpose
from titan.runtime.config import Config, load_config
from titan.runtime.sentinel import every_lane, named_lanes, sentinel_params
from titan.strategies.sentinel.capital import utilisation
from titan.strategies.sentinel.carrying import Place, carry_of, spare
from titan.strategies.sentinel.holdings import RETRY_NS
from titan.strategies.sentinel.params import SentinelParams, find_pairs
from titan.strategies.sentinel.past import Purse, past_of
from titan.strategies.sentinel.strategy import Sentinel
from titan.strategies.sentinel.tiers import Figures

S = 1_000_000_000
HERE, THERE = Purse("binance", "USDT"), Purse("bybit", "USDT")
BOTH = (Lane("binance", "bybit", "USDT"), Lane("bybit", "binance", "USDT"))
INSTRUMENTS = tuple(msgspec.structs.replace(i, venue=v) for v in ("binance", "bybit") for i in (SPOT, PERP))
money = st.decimals(0, 10**6, places=2)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[SentinelParams, dict[Purse, Place]]:
    floor, top_up, ceiling = sorted(draw(st.lists(st.integers(1, 99), min_size=3, max_size=3, unique=True)))
    params = SentinelParams(
        margin_floor=D(floor) / 100, margin_top_up=D(top_up) / 100, margin_ceiling=D(ceiling) / 100,
        leverage_limit=D(draw(st.integers(1, 3))), lanes=BOTH,
        rebalance_share=D(draw(st.integers(1, 20))) / 100,
    )  # fmt: skip
    nav = draw(st.decimals(10, 10**6, places=2))
    places = {}
    for purse in (HERE, THERE):
        equity = draw(st.decimals(-(10**4), 10**6, places=2))
        figures = Figures(nav, draw(money), equity, max(equity, D(0)), draw(money))
        places[purse] = Place(
            figures, draw(st.sampled_from([D(0), D(5000)])), draw(st.sampled_from([D(0), D(9)]))
        )
    return params, places


def with_idle(place: Place, more: D) -> Place:
    idle = place.figures.idle + more
    return msgspec.structs.replace(place, figures=msgspec.structs.replace(place.figures, idle=idle))


@settings(max_examples=600, deadline=None)
@given(worlds())
def test_a_source_keeps_what_it_needs_and_nothing_is_asked_back(
    world: tuple[SentinelParams, dict[Purse, Place]],
) -> None:
    params, places = world
    carry = carry_of(params, BOTH, places)
    if carry is None:
        return
    source, target = Purse(carry.lane.source, "USDT"), Purse(carry.lane.target, "USDT")
    giver, taker = places[source], places[target]
    assert carry.used > params.margin_top_up
    assert giver.cost <= carry.amount * params.rebalance_cost
    assert carry.amount >= params.rebalance_share * taker.figures.nav
    f = giver.figures
    assert carry.amount <= spare(params, giver) <= f.idle
    left = f.equity + f.idle - carry.amount
    assert utilisation(params, f.notional + giver.coming, left) <= params.margin_top_up
    after = {source: with_idle(giver, -carry.amount), target: with_idle(taker, carry.amount)}
    again = carry_of(params, BOTH, after)
    assert again is None, "neither back nor more of the same"


def place(notional: str, equity: str, idle: str) -> Place:
    return Place(Figures(D(100_000), D(notional), D(equity), D(equity), D(idle)), cost=D(1))


def test_the_figures_of_one_move() -> None:
    params = SentinelParams(lanes=BOTH)
    needy, rich = place("20000", "20000", "1000"), place("0", "25000", "25000")
    carry = carry_of(params, BOTH, {HERE: needy, THERE: rich})
    assert carry is not None
    assert (carry.lane.source, carry.amount) == ("bybit", D("12333.33")), "20000 / 0.6 - 21000"
    own = place("20000", "20000", "3000")
    assert carry_of(params, BOTH, {HERE: own, THERE: rich}) is None, "its own spot wallet is enough"
    poor = place("0", "25000", "4999")
    assert carry_of(params, BOTH, {HERE: needy, THERE: poor}) is None, "less than 5 % of NAV"
    assert carry_of(params, BOTH[:1], {HERE: needy, THERE: rich}) is None, "no way there"
    dear = msgspec.structs.replace(rich, cost=D(100))
    assert carry_of(params, BOTH, {HERE: needy, THERE: dear}) is None, "not worth its cost"


class World:
    """1,000 units (30,000) are held at binance; wallets are set by hand, wishes end when they are told to."""

    def __init__(self, journal: Sequence[msgspec.Struct] = (), lanes: tuple[Lane, ...] = BOTH) -> None:
        self.now_ns = 10_000 * S
        self.equity = {"binance": D(30_000), "bybit": D(20_000)}
        self.idle = {"binance": D(500), "bybit": D(40_000)}
        self.part = Fraction(1)
        opened = PairIntent(
            "run-sentinel.BTC@binance-2-entry", "sentinel", "BTC@binance", "BTC@binance:core:1",
            PairType.CORE, Purpose.ENTRY, SPOT.id, PERP.id, 1000, 10, "before", 1, 2, 3, 10.0, 10.0,
        )  # fmt: skip
        self.journal: list[msgspec.Struct] = list(journal) or [
            opened, PairOutcome(opened, PairEnd.DONE, 1000, 1, 0, "", 1)
        ]  # fmt: skip
        params = SentinelParams(lanes=lanes)
        names = {p.name: params for p in find_pairs(INSTRUMENTS)}
        self.sentinel = Sentinel("run", names, INSTRUMENTS, (0.0001, 0.1), dict.fromkeys(names))
        now: Any = self
        self.now = now
        self.sentinel.recall(past_of("sentinel", self.journal), now, self.holding)

    def restarted(self) -> World:
        again = World(self.journal)
        again.now_ns, again.equity, again.idle = self.now_ns, self.equity, self.idle
        return again

    def unit(self, spot: str, perp: str) -> D:
        return D("0.001")

    def rate(self, asset: str) -> D:
        return D(1)

    def price(self, instrument: str) -> Price:
        return Price(29_999.99, 1.0, 30_000.0, 1.0, self.now_ns, False)

    def nav(self) -> D:
        return D(120_500)

    def wallet(self, wallet: str, asset: str) -> D:
        venue, _, kind = wallet.partition(".")
        return self.equity[venue] if kind == "perp" else self.idle[venue]

    def holding(self, owner: str, instrument: str) -> D:
        return D(30 if instrument == SPOT.id else -30) / 30

    def perp_equity(self, wallet: str, asset: str = "") -> D:
        return self.equity[wallet.partition(".")[0]]

    def perp_notional(self, wallet: str, asset: str = "") -> D:
        return D(30_000) if wallet == "binance.perp" else D(0)

    def entry_scale(self, strategy: str, *instruments: str) -> Fraction:
        return self.part

    def look(self, after_s: float = 2.0) -> list[TransferIntent]:
        """What is to cross; what moves within a venue is left out."""
        self.now_ns += round(after_s * S)
        wishes = [w for w in self.sentinel.guard(self.now) if isinstance(w, TransferIntent) and w.crosses]
        self.journal += wishes
        return wishes

    def end(self, wish: TransferIntent, end: PairEnd = PairEnd.DONE) -> None:
        outcome = SagaOutcome(wish, end, 0, 0, "", self.now_ns)
        if end is PairEnd.DONE:
            self.idle["bybit"] -= D(wish.amount)
            self.idle["binance"] += D(wish.amount)
        self.journal.append(outcome)
        self.sentinel.finished(outcome, self.now)


@pytest.fixture
def world() -> World:
    """Above the top-up, its own wallet too poor for a transfer; the other venue's wallets stand at shares."""
    one = World()
    one.equity["bybit"] = one.idle["bybit"] = D(40_000)
    return one


def test_one_is_asked_for_and_known_over_a_restart(world: World) -> None:
    (move,) = world.look()
    assert (move.source, move.target, move.lane) == ("bybit.spot", "binance.spot", "bybit>binance")
    assert D(move.amount) == D("19500.00"), "30000 / 0.6 - 30500"
    assert D(move.fee_limit) == D("97.50")
    assert "33.3%" in move.reason
    assert world.look() == []
    again = world.restarted()
    assert again.look() == [], "it is under way"
    assert again.sentinel.margin.moving == {}, "none of those within a venue"
    again.end(move)
    assert again.look() == []
    assert again.restarted().look() == []


def test_a_refused_one_is_left_alone_for_an_hour(world: World) -> None:
    (move,) = world.look()
    world.end(move, PairEnd.ABORTED)
    assert world.look(RETRY_NS / S - 10) == []
    again = world.restarted()
    assert again.look(0) == []
    assert len(again.look(20)) == 1


def test_none_is_asked_for_while_one_is_in_doubt(world: World) -> None:
    (move,) = world.look()
    world.end(move, PairEnd.NEEDS_OPERATOR)
    assert world.look(3 * RETRY_NS / S) == []
    again = world.restarted()
    assert again.look(RETRY_NS / S) == []
    out = Transfer(move.id + LEFT, "USDT", move.source, "transit", D(1), D(0), 1)
    again.journal.append(out)
    assert again.restarted().look(RETRY_NS / S) == [], "it left, and nobody knows where it is"
    again.journal.append(msgspec.structs.replace(out, id=move.id + CAME_BACK))
    assert len(again.restarted().look(RETRY_NS / S)) == 1
    lifted = World([*world.journal, Lifted(f"needs operator {move.id} {move.lane}", "operator", 1)])
    assert lifted.sentinel.carrying.doubtful == {}, "somebody looked, and lifted its halt"
    word = Settled(move.id, Fate.BACK, "", "operator", "", 1)
    assert World([*world.journal, word]).sentinel.carrying.doubtful == {}


def test_one_is_asked_for_again_once_somebody_has_looked(world: World) -> None:
    (move,) = world.look()
    world.end(move, PairEnd.NEEDS_OPERATOR)
    assert world.look(2 * RETRY_NS / S) == []
    world.sentinel.cleared("another")
    assert world.look() == []
    world.sentinel.cleared(move.id)
    assert len(world.look()) == 1


def test_none_without_a_way_and_none_while_entries_are_stopped(world: World) -> None:
    still = World(lanes=())
    assert still.look() == []
    world.part = Fraction(0)
    assert world.look() == []
    world.part = Fraction(1, 2)
    assert len(world.look()) == 1


VENUES = {
    "venues.binance.instruments": ["spot.BTCUSDT", "perp.BTCUSDT"],
    "venues.bybit.instruments": ["spot.BTCUSDT", "perp.BTCUSDT"],
}
WAY = {
    "venues.bybit.withdraw.to": [
        "binance USDT TRC20 Taddress",
        "binance USDT ERC20 0xaddress",
        "okx USDT TRC20 To",
    ]
}


def told(**more: object) -> Config:
    return load_config(None, {}, {key.replace("__", "."): value for key, value in more.items()})


def test_ways_are_those_that_the_config_names() -> None:
    pairs = find_pairs(INSTRUMENTS)
    off = told(**VENUES, **WAY, venues__bybit__withdraw__key="payer", sentinel__rebalance_venues=False)
    keyed = told(**VENUES, **WAY, venues__bybit__withdraw__key="payer")
    for config in (told(), told(**VENUES), keyed):
        assert set(every_lane(config, pairs)) == set(BOTH), "a backtest does not depend on where one is live"
    assert every_lane(off, pairs) == named_lanes(off, pairs) == every_lane(told(), pairs[:1]) == ()
    assert named_lanes(told(), pairs) == named_lanes(told(**VENUES), pairs) == ()
    assert named_lanes(told(**VENUES, **WAY), pairs) == (), "no key may send it"
    assert named_lanes(keyed, pairs) == (Lane("bybit", "binance", "USDT", "TRC20"),)
    params = sentinel_params(keyed, INSTRUMENTS, 1.0, named_lanes(keyed, pairs))["BTC@bybit"]
    assert (params.lanes, params.rebalance_cost) == (named_lanes(keyed, pairs), D("0.005"))
