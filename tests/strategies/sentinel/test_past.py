"""A restart knows what Sentinel held, wanted and had called things."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from tests.doubles.tapes import PERP, SPOT
from titan.market.freshness import NoPrice, Price, Reason
from titan.model.errors import ConfigError
from titan.model.outcome import doubt_halt
from titan.model.pair import PairEnd, PairIntent, PairOutcome, PairType, TransferIntent
from titan.model.restraint import Lifted
from titan.model.signal import Purpose, Signal
from titan.strategies.sentinel.holdings import RETRY_NS
from titan.strategies.sentinel.params import SentinelParams
from titan.strategies.sentinel.past import Past, past_of
from titan.strategies.sentinel.state import CONTRACT, CORE_OPEN, EXPAND, NAMES
from titan.strategies.sentinel.strategy import Sentinel

UNIT = Decimal("0.001")


def signal(code: int) -> Signal:
    return Signal("sentinel", code, NAMES[code], "BTC", 1, 1, {})


def intent(serial: int, position: str, purpose: Purpose = Purpose.ENTRY, units: int = 10) -> PairIntent:
    kind = PairType.CORE if ":core:" in position else PairType.SATELLITE
    return PairIntent(
        f"run-sentinel.BTC-{serial}-{purpose}", "sentinel", "BTC", position, kind, purpose, SPOT.id, PERP.id,
        units, 2, "because", 1, 2, 3, 10.0, 10.0,
    )  # fmt: skip


def ended(of: PairIntent, units: int, end: PairEnd = PairEnd.DONE) -> PairOutcome:
    return PairOutcome(of, end, units, 1, 0, "", 500)


class Now:
    """A situation in which everything has a price."""

    now_ns = 1000

    def rate(self, asset: str) -> Decimal:
        return Decimal(1)

    def unit(self, spot: str, perp: str) -> Decimal:
        return UNIT

    def price(self, instrument: str) -> Price | NoPrice:
        return Price(29_999.0, 1.0, 30_001.0, 1.0, 1000, False)


class Down(Now):
    """One in which the venue does not answer; its coins cost this much."""

    def __init__(self, cost: Decimal | None) -> None:
        self._cost = cost

    def price(self, instrument: str) -> Price | NoPrice:
        return NoPrice(Reason.EMPTY, 0)

    def cost(self, instrument: str) -> Decimal | None:
        return self._cost


def sentinel(past: Past, held: int | None = None, at: Now | None = None) -> Sentinel:
    one = Sentinel("run", {"BTC": SentinelParams()}, (SPOT, PERP), (0.0001, 0.1), {"BTC": None})
    now: Any = at or Now()

    def holding(owner: str, instrument: str) -> Decimal:
        units = past.holdings[owner].units if held is None else held
        return units * UNIT * (1 if instrument == SPOT.id else -1)

    one.recall(past, now, holding)
    return one


STORY: list[msgspec.Struct] = [
    signal(CORE_OPEN), intent(2, "BTC:core:1"), ended(intent(2, "BTC:core:1"), 8, PairEnd.ABORTED),
    signal(EXPAND), intent(4, "BTC:satellite:3"), ended(intent(4, "BTC:satellite:3"), 5),
    TransferIntent("run-sentinel.binance-5-transfer", "sentinel", "USDT", "a", "b", "1", "split"),
    signal(CONTRACT), intent(6, "BTC:satellite:3", Purpose.EXIT, 5),
]  # fmt: skip


def test_holdings_wishes_and_names_are_as_they_were() -> None:
    one = sentinel(past_of("sentinel", STORY))
    core, satellite = one.holdings["BTC:core:1"], one.holdings["BTC:satellite:3"]
    assert (core.units, core.flight, core.wanted, core.unit) == (8, "", True, UNIT)
    assert (satellite.units, satellite.flight, satellite.wanted) == (5, "run-sentinel.BTC-6-exit", False)
    assert one.states["core"].tolist() == [1]
    assert one.states["expanded"].tolist() == [0]
    assert one.pairing.serial == 6
    assert one.book.retry == {("BTC", PairType.CORE): 500 + RETRY_NS}


def test_an_outcome_after_the_restart_ends_what_was_at_work() -> None:
    one = sentinel(past_of("sentinel", STORY))
    now: Any = Now()
    assert one.finished(ended(intent(6, "BTC:satellite:3", Purpose.EXIT, 5), 5), now) == []
    assert list(one.holdings) == ["BTC:core:1"]


def test_what_is_over_is_forgotten_and_what_is_of_others_too() -> None:
    story = [*STORY, ended(intent(6, "BTC:satellite:3", Purpose.EXIT, 5), 5)]
    assert list(past_of("sentinel", story).holdings) == ["BTC:core:1"]
    assert past_of("delphi", story) == Past()


def test_what_was_liquidated_meanwhile_is_not_held_and_waits_for_the_operator() -> None:
    past = past_of("sentinel", STORY[:3])
    one = sentinel(past, held=3)
    core = one.holdings["BTC:core:1"]
    assert (core.units, core.wanted) == (3, False)
    assert one.book.blocked == {"BTC"}
    assert sentinel(past_of("sentinel", STORY[:3]), held=0).holdings == {}


def test_a_stuck_pair_stays_stuck() -> None:
    story = [intent(2, "BTC:core:1"), ended(intent(2, "BTC:core:1"), 4, PairEnd.NEEDS_OPERATOR)]
    one = sentinel(past_of("sentinel", story))
    assert one.book.blocked == {"BTC"}
    one.cleared("another")
    assert one.book.blocked == {"BTC"}
    one.cleared(intent(2, "BTC:core:1").id)
    assert one.book.blocked == set(), "somebody has looked"


def test_a_stuck_pair_whose_halt_was_lifted_is_free_after_a_restart_too() -> None:
    wish = intent(2, "BTC:core:1")
    story = [wish, ended(wish, 4, PairEnd.NEEDS_OPERATOR), Lifted(doubt_halt(wish.id, wish.spot), "ann", 9)]
    assert sentinel(past_of("sentinel", story)).book.blocked == set()


def test_what_is_held_where_nothing_answers_is_known_by_what_it_cost() -> None:
    past = past_of("sentinel", STORY[:3])
    one = sentinel(past, at=Down(Decimal(29_500)))
    assert (one.holdings["BTC:core:1"].price, one.holdings["BTC:core:1"].units) == (29_500, 8)
    with pytest.raises(ConfigError, match="has no price"):
        sentinel(past, at=Down(None))


def test_what_is_held_must_be_traded() -> None:
    past = past_of("sentinel", [intent(2, "SOL:core:1")])
    past.holdings["SOL:core:1"].pair = "SOL"
    with pytest.raises(ConfigError, match="SOL:core:1 is held"):
        sentinel(past)
