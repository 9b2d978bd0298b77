"""What a vacuum may take, what it is worth, and who gives way to whom."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from tests.strategies.sentinel.vacuum_world import CORE, PERP, SPOT, UNIT, UNITS, Second, World
from titan.market.freshness import Price
from titan.model.instrument import FeeSchedule
from titan.model.pair import HaltIntent, PairIntent, PairOutcome, PairType, Terms
from titan.model.signal import Purpose
from titan.runtime.watching.words import words
from titan.storage.search import Entry
from titan.strategies.sentinel.holdings import Holding, Holdings, slight
from titan.strategies.sentinel.lending import RISE, lent, owed, spare
from titan.strategies.sentinel.params import Pair, SentinelParams
from titan.strategies.sentinel.past import Held, lost_units
from titan.strategies.sentinel.vacuum import edge, verdict

PARAMS = SentinelParams(window=64, warmup=60)
FALL = Second(-60.0, 2e6)
PAIR = Pair("A", SPOT, PERP, 0, 1)
TERMS = Terms(entry_bps=-60.0, target_bps=-5.0, stop_bps=-160.0, until_ns=1000)


def holding(kind: PairType, units: int, planned: int = 0, **more: Any) -> Holding:
    return Holding(f"A:{kind}:{units}", PAIR, kind, Decimal(1000), UNIT, planned or units, units, **more)


def test_the_core_stays_and_its_coins_are_lent() -> None:
    world = World(PARAMS)
    world.play([FALL])
    (owner,) = world.vacuums()
    assert world.held(CORE) == UNITS
    assert 0 < world.held(owner) <= UNITS
    (wish,) = world.intents(owner, Purpose.ENTRY)
    assert wish.reverse
    assert wish.terms == Terms(-59.8006, -5.0, -159.8006, world.now_ns + 4 * 3600 * 10**9)
    assert wish.reason == "2,000,000 liquidated, basis -60.0 bps"


def test_what_pairs_want_back_is_given_back_first() -> None:
    world = World(PARAMS)
    world.play([FALL, Second(-60.0, closes=True, lasts=5)])
    (owner,) = world.vacuums()
    assert [i.reason for i in world.intents(owner, Purpose.EXIT)] == ["its coins are wanted back"]
    assert world.intents(CORE, Purpose.EXIT) == [], "it waits"
    world.play([Second(-60.0)] * 6)
    assert [i.units for i in world.intents(CORE, Purpose.EXIT)] == [UNITS]
    assert world.process.holdings == {}


def test_a_vacuum_that_is_being_opened_is_stopped_for_that() -> None:
    world = World(PARAMS)
    world.play([Second(-60.0, 2e6, lasts=100), Second(-60.0, closes=True)])
    halts = [e for e in world.journal if isinstance(e, HaltIntent)]
    assert [h.reason for h in halts] == ["its coins are wanted back"]
    assert world.process.holdings == {}
    assert world.held(CORE) == 0


def test_coins_that_are_being_sold_are_not_lent() -> None:
    world = World(PARAMS)
    world.play([Second(0.0, closes=True, lasts=100), FALL])
    assert world.vacuums() == []


@pytest.mark.parametrize("bps", [-50.5, -60.0])
def test_what_would_not_pay_four_fees_is_not_opened(bps: float) -> None:
    dear = FeeSchedule(Decimal(0), Decimal("0.0012"))
    pair = Pair("A", *(_with(i, dear) for i in (SPOT, PERP)), 0, 1)
    assert edge(pair, -5.0, bps) == pytest.approx(-5.0 - bps - 48.0)
    assert edge(PAIR, -5.0, bps) == pytest.approx(-5.0 - bps)


def test_terms_end_it_each_by_itself() -> None:
    assert verdict(TERMS, -60.0, 999) == ""
    assert verdict(TERMS, -4.9, 999) == "converged: basis -4.9 bps, in at -60.0"
    assert verdict(TERMS, -160.0, 999) == "loss limit: basis -160.0 bps, in at -60.0"
    assert verdict(TERMS, -32.5, 1000) == "time limit: convergence 50%"
    assert verdict(TERMS, None, 1000) == "time limit: convergence unknown"
    assert verdict(TERMS, None, 999) == ""


def test_terms_follow_the_basis_that_was_really_got() -> None:
    assert TERMS.entered(-52.0) == Terms(-52.0, -5.0, -152.0, 1000)
    assert TERMS.entered(None) == TERMS


def test_what_is_lent_and_what_is_spare() -> None:
    core, satellite = holding(PairType.CORE, 10), holding(PairType.SATELLITE, 4)
    vacuum = holding(PairType.VACUUM, 3)
    assert spare([core, satellite], PAIR) == 14
    assert (lent([core, vacuum], PAIR), spare([core, satellite, vacuum], PAIR)) == (3, 11)
    opening = holding(PairType.VACUUM, 0, 6, flight="x")
    assert lent([opening], PAIR) == 6, "all that is planned, from the beginning"
    closing = holding(PairType.VACUUM, 3, 3, flight="x", purpose=Purpose.EXIT)
    assert lent([closing], PAIR) == 3, "until they are back"
    half = holding(PairType.CORE, 10, 5, flight="x", purpose=Purpose.EXIT)
    assert spare([half], PAIR) == 5
    elsewhere = Pair("A", SPOT, _with(PERP, PERP.fees, venue="y"), 0, 2)
    assert spare([core], elsewhere) == 0, "other legs lend nothing"


def test_quote_is_kept_for_buying_the_coins_back() -> None:
    vacuum = holding(PairType.VACUUM, 300)
    assert owed(vacuum) == 300 * RISE
    assert owed(holding(PairType.CORE, 300)) == 0
    held = Holdings()
    held.by_id[vacuum.id] = vacuum
    assert (held.committed("x", "B"), held.committed("y", "B"), held.committed("x", "C")) == (
        300 * RISE,
        0,
        0,
    )


@pytest.mark.parametrize(("free", "most"), [(0, 0), (20, 400)])
def test_no_more_is_sold_than_can_be_bought_back_when_it_is_dearer(
    free: int, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(World, "wallet", lambda self, wallet, asset: Decimal(free))
    world = World(PARAMS)
    world.play([FALL])
    planned = [w.units for owner in world.vacuums() for w in world.intents(owner, Purpose.ENTRY)]
    assert planned == ([most] if most else [])


def test_after_a_part_of_an_exit_no_more_units_are_held_than_the_perp_has(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its legs matched within a lot: what the perp did beyond that is no unit that can be closed again."""
    real = World.holding
    world = World(PARAMS)
    monkeypatch.setattr(
        World, "holding", lambda self, owner, leg: real(self, owner, leg) - (UNIT if leg == PERP.id else 0)
    )
    world.play([Second(0.0, share=0.5, closes=True)])
    assert world.process.holdings[CORE].units == UNITS // 2 - 1
    world.tick(3600)
    assert "A" not in world.process.book.blocked


def test_dust_is_nobody_s_to_look_at() -> None:
    assert [slight(lost, units) for lost, units in ((1, 31), (1, 1), (2, 31), (2, 100))] == [
        True, False, False, True,
    ]  # fmt: skip


def test_a_vacuum_is_lost_the_other_way_round() -> None:
    held = Held("A:vacuum:3", "A", PairType.VACUUM, units=10)
    assert lost_units(held, Decimal("-0.010"), Decimal("0.010"), UNIT) == 0
    assert lost_units(held, Decimal("-0.010"), Decimal("0.004"), UNIT) == 6


def test_a_restart_finds_the_kernel_watching() -> None:
    world = World(PARAMS)
    world.play([FALL, Second(-50.0, dies=True)])
    (state,) = world.process.states
    terms = world.process.holdings[world.vacuums()[0]].terms
    assert terms is not None
    assert (state["vacuum"], state["vacuum_entry"], state["vacuum_until"]) == (1, -60.0, terms.until_ns)


def test_wishes_say_whether_they_buy_spot() -> None:
    world = World(PARAMS)
    world.play([FALL, Second(0.0)])
    sides = [(i.reverse, i.purpose, i.buys_spot) for i in world.journal if isinstance(i, PairIntent)]
    assert sides == [(False, "entry", True), (True, "entry", False), (True, "exit", True)]


def _with(rules: Any, fees: FeeSchedule, **more: Any) -> Any:
    from msgspec.structs import replace

    return replace(rules, fees=fees, **more)


def test_a_trace_says_what_was_sold_until_when_and_at_which_basis() -> None:
    world = World(PARAMS)
    world.play([FALL, Second(0.0)])
    encode = msgspec.json.Encoder(decimal_format="string").encode
    told = [e for e in world.journal if isinstance(e, PairIntent | PairOutcome)][2:]
    said = [
        words(Entry(1, 1, e.__struct_config__.tag, "", "", "", encode(e).decode(), ""), {})  # type: ignore[arg-type]
        for e in told
    ]
    units = told[0].units
    assert said[0] == (
        f"open {units} units of A (vacuum), 499 a clip, selling spot, until -5 bps, -159.8 bps or"
        " 2023-11-15 02:13:21.000: 2,000,000 liquidated, basis -60.0 bps"
    )
    assert said[1].startswith(f"done {units} of {units} units in 1 clips: 2,000,000 liquidated")
    assert said[1].endswith("filled at -60.0 bps")
    assert said[2] == (
        f"close {units} units of A (vacuum), 499 a clip, buying spot back:"
        " converged: basis 0.0 bps, in at -60.0"
    )


@pytest.mark.parametrize(("rate", "closes"), [("1", True), ("0.995", False)])
def test_its_basis_is_judged_in_common_terms(rate: str, closes: bool) -> None:
    world = World(PARAMS)
    world.play([FALL])
    (owner,) = world.vacuums()
    one = world.process.holdings[owner]
    one.pair = msgspec.structs.replace(one.pair, perp=msgspec.structs.replace(PERP, quote="USDC"))
    now: Any = SimpleNamespace(
        now_ns=world.now_ns, nav=lambda: Decimal(100_000),
        rate=lambda asset: Decimal(rate) if asset == "USDC" else Decimal(1),
        price=lambda name: Price(999.99, 1.0, 1000.01, 1.0, 1, False),
    )  # fmt: skip
    assert bool(world.process.vacuums.judge(now)) is closes
