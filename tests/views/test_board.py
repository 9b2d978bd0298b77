"""The board: what is so now, what it means, and how old it is."""

from __future__ import annotations

from decimal import Decimal as D

import pytest
from msgspec.structs import replace

from tests.views.scripts import ENDED, HELD, NOW, STATUS, pair, replica
from titan.model.events import OrderReport
from titan.model.guard import DayOpened, DrawdownReached, Rung
from titan.model.order import OrderEvent
from titan.model.recovery import Reconciled
from titan.model.step import IN_DOUBT, SagaStep
from titan.views.alerts import Weight
from titan.views.board import Action, Freshness, board
from titan.views.replica import Replica
from titan.views.status import JournalLine, PairLine, Status, VenueLine, decoded, encoded

S = 10**9


def test_a_status_reads_back_and_an_older_one_is_read() -> None:
    assert decoded(encoded(STATUS)) == STATUS
    old = encoded(STATUS).replace(b'"margins"', b'"something_new"').replace(b'"pairs"', b'"unknown"')
    assert decoded(old).pairs == ()


@pytest.mark.parametrize(
    ("state", "age_s", "every_s", "expected"),
    [
        ("trading", 0.5, 1.0, Freshness.LIVE), ("trading", 2.9, 0.1, Freshness.LIVE),
        ("trading", 3.1, 1.0, Freshness.STALE), ("halted", 9.0, 1.0, Freshness.STALE),
        ("trading", 25.0, 10.0, Freshness.LIVE), ("stopped", 9999.0, 1.0, Freshness.ENDED),
    ],
)  # fmt: skip
def test_what_is_old_is_never_live(state: str, age_s: float, every_s: float, expected: Freshness) -> None:
    status = replace(STATUS, state=state, every_s=every_s)
    found = board(status, replica(), NOW + round(age_s * S))
    assert found.freshness is expected
    silent = [one.text for one in found.alerts if "said nothing" in one.text]
    assert bool(silent) is (expected is Freshness.STALE)


def test_before_a_run_has_said_anything() -> None:
    found = board(None, Replica(), NOW)
    assert (found.freshness, found.pairs, found.holdings, found.alerts) == (Freshness.NONE, (), (), ())
    assert found.yields.day is None


@pytest.mark.parametrize(
    ("line", "action", "detail"),
    [
        (pair("BTC", 0.1), Action.HOLD, "core"), (pair("ETH", 2.5), Action.OPENING, "satellite 50%"),
        (pair("SOL", 0.0), Action.WAIT, ""), (pair("SOL", 2.1), Action.STRETCHED, "edge +2.4 bps"),
        (pair("SOL", 2.1, edge=None), Action.STRETCHED, "too thin"),
        (pair("SOL", 3.0, samples=12), Action.WARMING, "12/60"),
        (pair("SOL", 3.0, spot_mid=0.0), Action.NO_DATA, ""),
        (pair("SOL", 3.0, blocked=True), Action.BLOCKED, "needs you"),
    ],
)  # fmt: skip
def test_what_is_done_about_a_pair(line: PairLine, action: Action, detail: str) -> None:
    found = board(replace(STATUS, pairs=(line,)), replica(), NOW).pairs[0]
    assert (found.action, found.detail) == (action, detail)


def test_a_holding_joins_what_both_know_of_it() -> None:
    found = board(STATUS, replica(), NOW)
    held = found.holdings[0]
    assert (held.id, held.state, held.value, held.fills) == (HELD, "open", D("6001.05"), 2)
    assert held.total == D("-14.378")
    assert held.reason == "funding forecast 10.9% a year"
    assert [one.id for one in found.ended] == [ENDED]
    assert found.ended[0].total == D("-3.233")


def test_the_last_day_is_the_difference_to_the_value_before_it() -> None:
    day = board(STATUS, replica(), NOW).yields.day
    assert day is not None
    assert day.since_ns == NOW - 26 * 3600 * S  # the last one that is a day old
    assert day.nav == D("12.3456")
    assert day.pnl["basis"] == D("36.5")


def test_the_drawdown_of_the_day_and_the_answer_to_it() -> None:
    folded = replica()
    assert board(STATUS, folded, NOW).yields.drawdown == pytest.approx(1 - 100_012.3456 / 100_100)
    reached = DrawdownReached("d", Rung.HALVE, D("0.021"), D("0.02"), D(100_100), D(98_000), NOW)
    folded(folded.seq + 1, NOW, reached)
    found = board(replace(STATUS, nav=D(98_000)), folded, NOW)
    assert found.yields.rung == "halve sizes"
    assert (found.alerts[0].weight, found.alerts[0].text) == (
        Weight.WARNING, "drawdown of the day 2.10%: halve sizes",
    )  # fmt: skip
    folded(folded.seq + 1, NOW, DayOpened("e", D(98_000), D(100_000), NOW))
    assert board(STATUS, folded, NOW).yields.rung == ""


def test_funding_is_weighed_by_what_is_held() -> None:
    lines = (pair("BTC", 0.0, forecast_apr=0.10), pair("ETH", 0.0, forecast_apr=0.20))
    found = board(replace(STATUS, pairs=lines), replica(), NOW).yields
    assert found.apr == pytest.approx((6001.05 * 0.10 + 4800 * 0.20) / 10801.05)


def troubled(**change: object) -> list[tuple[Weight, str]]:
    found = board(replace(STATUS, **change), replica(), NOW)
    return [(one.weight, one.text) for one in found.alerts if not one.seq]


def test_what_is_wrong_now_comes_first() -> None:
    assert troubled() == []
    assert troubled(journal=JournalLine("x", 1, 1, "disk full")) == [(Weight.TROUBLE, "journal: disk full")]
    assert troubled(closed={"start": "why"}) == [(Weight.WARNING, "entries closed by start: why")]
    cut = (VenueLine("okx", 1, 2, None, None, 0, "gone"),)
    assert troubled(venues=cut) == [(Weight.WARNING, "okx: 1 of 2 connections: gone")]


def test_a_share_of_nothing_is_not_known() -> None:
    whole: Status = replace(STATUS, nav=None)
    assert board(whole, replica(), NOW).delta_share is None
    assert board(STATUS, replica(), NOW).delta_share == pytest.approx(-11.97 / 100012.3456)


def test_a_lost_answer_is_no_alert_and_a_doubt_that_lasts_is() -> None:
    folded = replica()
    before = len(folded.alerts)
    folded(folded.seq + 1, NOW, OrderReport("c", OrderEvent.TIMEOUT, NOW, NOW, "no answer"))
    folded(folded.seq + 1, NOW, SagaStep("w", "withdraw", 1, (0,), NOW))
    assert len(folded.alerts) == before
    folded(folded.seq + 1, NOW, SagaStep("w", IN_DOUBT, 1, (0,), NOW, "no word of c"))
    told = folded.alerts[-1]
    assert (told.weight, told.text, told.id) == (Weight.WARNING, "in doubt: no word of c", "w")


def test_a_venue_that_is_asked_again_is_a_note() -> None:
    folded = replica()
    folded(folded.seq + 1, NOW, Reconciled("binance", False, "no answer", 0, 0, 0, (), NOW, NOW))
    assert (folded.alerts[-1].weight, folded.alerts[-1].text) == (
        Weight.NOTE, "binance is asked again: no answer",
    )  # fmt: skip
