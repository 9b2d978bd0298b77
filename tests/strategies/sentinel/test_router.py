"""Where a pair is opened: what is compared, what is left out and why, and what the wish then says."""

from __future__ import annotations

from decimal import Decimal as D

import msgspec
import pytest

from tests.strategies.sentinel.route_world import NOW, Quoted, World, rules
from titan.model.instrument import InstrumentKind
from titan.model.order import Side
from titan.model.pair import PairIntent, PairType
from titan.model.routing import Route, Routed
from titan.model.signal import Signal
from titan.runtime.watching.words import words
from titan.storage.search import Entry
from titan.strategies.sentinel.params import SentinelParams, find_pairs
from titan.strategies.sentinel.past import past_of
from titan.strategies.sentinel.router import Router
from titan.strategies.sentinel.routing import choose
from titan.strategies.sentinel.state import CORE_OPEN, EXPAND, NAMES
from titan.strategies.sentinel.strategy import Sentinel

SPOT, PERP = InstrumentKind.SPOT, InstrumentKind.PERP
A_SPOT, A_PERP = rules("a", SPOT), rules("a", PERP)
B_SPOT, B_PERP = rules("b", SPOT), rules("b", PERP)


def deep(mid: int, size: int = 10_000) -> Quoted:
    return Quoted([(mid - 1, size)], [(mid + 1, size)])


def books(a_spot: int = 10_000, a_perp: int = 10_000, b_spot: int = 10_000, b_perp: int = 10_000) -> dict:  # type: ignore[type-arg]
    return {A_SPOT: deep(a_spot), A_PERP: deep(a_perp), B_SPOT: deep(b_spot), B_PERP: deep(b_perp)}


def free(**changes: object) -> SentinelParams:
    """No hurdle and no withdrawal costs, unless said."""
    return msgspec.structs.replace(SentinelParams(cross_hurdle_bps=0.0, withdrawal_cost=D(0)), **changes)


def test_a_walk_reads_the_book_as_deep_as_it_must() -> None:
    world = World({A_SPOT: Quoted([(99, 100)], [(101, 100), (103, 300)]), A_PERP: deep(100)})
    taken = world.present.walk(A_SPOT.id, Side.BUY, D(2))
    assert taken == (2.0, 102.0, True)
    thin = world.present.walk(A_SPOT.id, Side.SELL, D(2))
    assert thin == (1.0, 99.0, False)


def test_pairs_are_named_after_what_tells_them_apart() -> None:
    usdc = [rules("a", SPOT, "USDC"), rules("a", PERP, "USDC")]
    assert [p.name for p in find_pairs([A_SPOT, A_PERP])] == ["BTC"]
    assert [p.name for p in find_pairs([A_SPOT, A_PERP, B_SPOT, B_PERP])] == ["BTC@a", "BTC@b"]
    assert [p.name for p in find_pairs([A_SPOT, A_PERP, *usdc])] == ["BTC-USDT", "BTC-USDC"]


def test_the_best_spot_and_the_best_perp_may_stand_at_two_venues() -> None:
    world = World(books(a_perp=10_010, b_spot=9_990), params=free())
    choice = world.router.route(world.wanted(), world.present)
    assert choice.taken == choice.cross
    assert choice.cross is not None
    assert (choice.cross.spot, choice.cross.perp) == (B_SPOT.id, A_PERP.id)
    assert choice.single is not None
    assert choice.cross.all_in_bps > choice.single.all_in_bps


def test_two_venues_pay_for_withdrawals_over_the_time_they_are_held() -> None:
    params = free(withdrawal_costs={"a USDT": D(1), "b USDT": D(3)}, core_hold_days=14, rebalance_days=7)
    world = World(books(b_perp=10_010), params=params)
    short = world.router.route(world.wanted(), world.present).cross
    long = world.router.route(world.wanted(kind=PairType.CORE), world.present)
    assert short is not None
    assert short.transfer_bps == pytest.approx(2.0)  # one withdrawal of (1 + 3) / 2 on 10,000
    assert long.cross is not None
    assert long.cross.perp == A_PERP.id  # a core needs to know what another perp pays
    world = World(books(b_perp=10_010), params=params, hourly={A_PERP.id: 0.0, B_PERP.id: 0.0})
    cross = world.router.route(world.wanted(kind=PairType.CORE), world.present).cross
    assert cross is not None
    assert cross.transfer_bps == pytest.approx(4.0)  # two in fourteen days


def test_below_the_hurdle_the_single_venue_is_taken() -> None:
    near = World(books(b_perp=10_005), params=free(cross_hurdle_bps=6.0))
    choice = near.router.route(near.wanted(), near.present)
    assert (
        choice.taken
        == choice.single
        == Route(
            B_SPOT.id,
            B_PERP.id,
            *msgspec.structs.astuple(choice.single)[2:],  # type: ignore[arg-type]
        )
    )
    assert choice.cross is not None
    far = World(books(b_perp=10_020, a_spot=9_980), params=free(cross_hurdle_bps=6.0))
    assert (
        far.router.route(far.wanted(), far.present).taken == far.router.route(far.wanted(), far.present).cross
    )


def test_a_better_funding_is_worth_as_much_as_a_better_price() -> None:
    hourly = {A_PERP.id: 0.00001, B_PERP.id: 0.00003}
    world = World(books(), params=free(hold_hours=10.0), hourly=hourly)
    choice = world.router.route(world.wanted(), world.present)
    assert choice.taken is not None
    assert choice.taken.perp == B_PERP.id
    assert choice.taken.funding_bps == pytest.approx(3.0)


@pytest.mark.parametrize(
    ("wallet", "why"),
    [(("b.spot", "USDT"), "b.spot has 100.00 free"), (("b.perp", "USDT"), "b.perp carries 90.00 more")],
)
def test_a_wallet_that_holds_too_little_leaves_its_routes_out(wallet: tuple[str, str], why: str) -> None:
    world = World(books(b_spot=9_900, b_perp=10_100), params=free(), wallets={wallet: D(100)})
    choice = world.router.route(world.wanted(), world.present)
    assert [one.why for one in choice.out if why in one.why]
    venue, kind = wallet[0].split(".")
    assert choice.taken is not None
    assert not getattr(choice.taken, kind).startswith(venue)


def test_a_wallet_whose_shorts_cannot_be_valued_carries_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(books(b_perp=10_100), params=free())
    monkeypatch.setattr(world.present, "perp_notional", lambda wallet, asset="": None)
    choice = world.router.route(world.wanted(), world.present)
    assert {one.why for one in choice.out} >= {"what b.perp holds cannot be valued"}


def test_a_book_too_thin_says_so_and_its_routes_are_out() -> None:
    thin = {**books(b_perp=10_100), B_PERP: deep(10_100, size=5)}
    choice = World(thin, params=free()).router.route(World(thin).wanted(), World(thin).present)
    assert {one.perp for one in choice.out} == {B_PERP.id}
    assert all("too thin for a clip of 0.1 BTC" in one.why for one in choice.out)


def test_without_a_single_venue_nothing_is_opened() -> None:
    choice = choose(
        [Route("a.spot.X", "b.perp.X", all_in_bps=50.0), Route("a.spot.X", "a.perp.X", why="thin")], 5.0
    )
    assert choice.taken is None
    assert choice.cross is not None


def test_legs_whose_data_end_soon_are_left_out() -> None:
    world = World(books(b_perp=10_100), params=free(), closing_ns={"BTC@a": None, "BTC@b": NOW})
    choice = world.router.route(world.wanted(), world.present)
    assert choice.cross is None
    assert all("end soon" in one.why for one in choice.out)


def test_a_stablecoin_without_a_price_is_no_route() -> None:
    usdc = {rules("a", SPOT, "USDC"): deep(9_000), rules("a", PERP, "USDC"): deep(11_000)}
    pairs = find_pairs([A_SPOT, A_PERP, *usdc])
    assert len(pairs) == 2
    world = World({A_SPOT: deep(10_000), A_PERP: deep(10_000)}, params=free())
    router = Router(world.params, pairs, dict.fromkeys(p.name for p in pairs), world.holdings)
    choice = router.route(world.wanted(), world.present)
    assert {one.why for one in choice.out} == {"nothing prices USDC"}


# -- the strategy


def sentinel(world: World) -> Sentinel:
    names = [p.name for p in world.pairs]
    instruments = list(world.ledger.instruments.values())
    return Sentinel(
        "run", dict.fromkeys(names, world.params), instruments, (0.0001, 0.1), dict.fromkeys(names, None)
    )


def signal(code: int, subject: str = "BTC@a") -> Signal:
    figures = dict.fromkeys(("z", "basis", "mean", "std", "executable", "cost", "forecast"), 3.0)
    return Signal(
        "sentinel", code, NAMES[code], subject, 1, 1, {**figures, "edge": 20.0, "interval_hours": 8.0}
    )


def test_the_decision_stands_before_the_wish_that_it_explains() -> None:
    world = World(books(a_perp=10_030, b_spot=9_970), params=free())
    one = sentinel(world)
    routed, entry = one.decide(signal(EXPAND), world.present)
    assert isinstance(routed, Routed)
    assert isinstance(entry, PairIntent)
    assert routed.intent_id == entry.id
    assert (entry.pair, entry.spot, entry.perp) == ("BTC@a", B_SPOT.id, A_PERP.id)
    assert routed.chosen == routed.cross
    holding = one.holdings[entry.position]
    assert (holding.pair.spot.id, holding.pair.perp.id) == (B_SPOT.id, A_PERP.id)


def test_what_is_not_opened_is_written_down_too() -> None:
    thin = {**books(), A_PERP: deep(10_000, size=2), B_PERP: deep(10_000, size=2)}
    world = World(thin, params=free())
    (routed,) = sentinel(world).decide(signal(CORE_OPEN), world.present)
    assert isinstance(routed, Routed)
    assert routed.chosen is None
    assert len(routed.out) == 4


def test_with_one_way_only_nothing_is_routed() -> None:
    world = World({A_SPOT: deep(10_000), A_PERP: deep(10_020)}, params=free())
    (entry,) = sentinel(world).decide(signal(EXPAND, "BTC"), world.present)
    assert isinstance(entry, PairIntent)
    off = World(books(b_perp=10_100), params=free(routing=False))
    (entry,) = sentinel(off).decide(signal(EXPAND), off.present)
    assert isinstance(entry, PairIntent)
    assert (entry.spot, entry.perp) == (A_SPOT.id, A_PERP.id)


def test_a_holding_over_two_venues_is_recalled_with_its_legs() -> None:
    world = World(books(a_perp=10_030, b_spot=9_970), params=free())
    first = sentinel(world)
    story = [signal(EXPAND), *first.decide(signal(EXPAND), world.present)]
    again = sentinel(world)
    again.recall(past_of("sentinel", story), world.present, lambda owner, instrument: D(0))
    (holding,) = again.holdings.values()
    assert (holding.pair.spot.id, holding.pair.perp.id) == (B_SPOT.id, A_PERP.id)
    assert holding.flight == story[2].id  # type: ignore[union-attr]


def test_a_trace_says_both_costs_in_words() -> None:
    world = World(books(a_perp=10_030, b_spot=9_970), params=free(withdrawal_cost=D(2)))
    routed, entry = sentinel(world).decide(signal(EXPAND), world.present)
    encode = msgspec.json.Encoder(decimal_format="string").encode

    def said(event: object, what: str) -> str:
        body = encode(event).decode()
        return words(Entry(1, 1, what, "", "", "", body, ""), {})

    text = said(routed, "routed")
    assert text.startswith("taken: b.spot.BTCUSDT with a.perp.BTCUSDT: two venues are")
    assert "one venue: b.spot.BTCUSDT with b.perp.BTCUSDT" in text
    assert "- withdrawals" in text
    assert "b.spot.BTCUSDT with a.perp.BTCUSDT" in said(entry, "pair")
