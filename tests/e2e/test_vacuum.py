"""A cascade in a simulated market: a vacuum opens out of the reserve, converges and closes, with coins that a
core pair holds.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from tests.e2e.conftest import HOUR_NS, START_NS
from titan.market.tape.read import TapeReader
from titan.model.pair import PairEnd, PairOutcome, PairType
from titan.model.signal import Purpose
from titan.portfolio.trades import TradeRecord
from titan.runtime.backtest import play
from titan.runtime.config import load_config
from titan.runtime.coverage import coverage_of
from titan.runtime.results import funnel, ledger_matches, trades_of
from titan.runtime.session import Session
from titan.simulation.market.instruments import simulated_pairs
from titan.simulation.market.scenario import SECOND_NS, Act, Cascade, Scenario
from titan.simulation.market.write import write_market

FALL = Scenario(
    "one cascade",
    (
        Act("calm", volatility=0.4),
        Act("cascade", volatility=0.4, cascades=(Cascade(0.05, 110.0, 60.0),)),
        Act("calm again", volatility=0.4),
    ),
    step_ns=SECOND_NS,
    activity=0.01,
)
SETTINGS = {
    "sentinel.gap_seconds_min": 1,
    "sentinel.gap_seconds_max": 4,
    "sentinel.check_seconds": 600,
    "sentinel.funding_hurdle_apr": 0,
    "sentinel.vacuum_loss_bps": 200,
}


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Session:
    path = tmp_path_factory.mktemp("fall") / "tape"
    write_market(
        path, FALL, instruments=simulated_pairs(["BTC"]), start_ns=START_NS, duration_ns=5 * HOUR_NS, seed=5
    )
    tape = TapeReader(path)
    session, _ = play(tape, load_config(None, {}, SETTINGS), coverage_of(tape), lambda *_: None)
    return session


@pytest.fixture(scope="module")
def vacuum(session: Session) -> TradeRecord:
    found = [trade for trade in trades_of(session) if trade.type is PairType.VACUUM]
    assert len(found) == 1
    return found[0]


def outcomes(session: Session, position: str) -> list[PairOutcome]:
    """As the journal has them."""
    found = [line for line in session.journal.lines if b'"what":"pair_outcome"' in line]
    told = [msgspec.json.decode(line, type=PairOutcome) for line in found]
    return [one for one in told if one.intent.position == position]


def test_it_opens_converges_and_closes_once(session: Session, vacuum: TradeRecord) -> None:
    names = [s.name for s in session.observer.signals if s.name.startswith("VACUUM")]
    assert names == ["VACUUM_OPEN", "VACUUM_CLOSE"]
    ends = outcomes(session, vacuum.id)
    assert [e.intent.purpose for e in ends] == [Purpose.ENTRY, Purpose.EXIT]
    assert [e.end for e in ends] == [PairEnd.DONE, PairEnd.DONE]
    assert all(e.intent.reverse for e in ends)
    assert vacuum.closed_ns is not None
    assert "converged" in vacuum.reason


def test_it_sold_spot_low_basis_and_earned_the_way_back(session: Session, vacuum: TradeRecord) -> None:
    assert vacuum.entry_basis_bps is not None
    assert vacuum.exit_basis_bps is not None
    assert vacuum.entry_basis_bps <= -50
    assert vacuum.exit_basis_bps > -20
    assert vacuum.basis > 0
    entry = outcomes(session, vacuum.id)[0]
    assert entry.basis_bps == pytest.approx(float(vacuum.entry_basis_bps), abs=1e-3)


def test_it_took_no_more_than_the_reserve_and_never_sold_what_was_not_there(
    session: Session, vacuum: TradeRecord
) -> None:
    assert 0 < vacuum.notional * 2 <= Decimal(100_000) * Decimal("0.1") * Decimal("1.02")
    coins = low = Decimal(0)
    short = most = 0
    for fill, _ in session.observer.fills:
        if ".spot." in fill.instrument:
            coins += fill.lots * Decimal("0.00001") * int(fill.side)
            low = min(low, coins)
        else:
            short += fill.lots * int(fill.side)
            most = max(most, short)
    assert low == 0
    assert most <= 0, "the perp is never long at the venue"


def test_the_ledger_equals_the_venue_and_the_core_stands(session: Session) -> None:
    assert ledger_matches(session)
    held = list(session.strategy.holdings.values())
    assert [h.type for h in held] == [PairType.CORE]
    assert session.ledger.balance("binance.spot", "BTC") == held[0].units * held[0].unit


def test_the_report_says_where_it_came_from(session: Session) -> None:
    stages = {stage["stage"]: stage["count"] for stage in funnel(session)}
    assert stages["liquidations"] > 10
    assert stages["VACUUM signals"] == stages["vacuums opened"] == 1
