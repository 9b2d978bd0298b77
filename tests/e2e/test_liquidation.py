"""When the venue takes the short away, the coins it covered are sold at once and the pair is left to the
operator.
"""

from __future__ import annotations

from pathlib import Path

from tests.runtime.carry import S, carry_market
from titan.market.tape.file import TapeMeta
from titan.market.tape.read import TapeReader
from titan.market.tape.write import TapeWriter
from titan.model.signal import Purpose
from titan.runtime.backtest import play
from titan.runtime.config import load_config
from titan.runtime.coverage import coverage_of
from titan.runtime.results import ledger_matches
from titan.simulation.market.instruments import simulated_pairs

START = 1_785_542_400 * S
IMPATIENT = {
    "sentinel.gap_seconds_min": 0,
    "sentinel.gap_seconds_max": 1,
    "sentinel.check_seconds": 86_400,
    "sentinel.funding_hurdle_apr": 0.01,
    "sentinel.sample_seconds": 1,
}


def test_a_liquidated_short_leaves_no_naked_coins(tmp_path: Path) -> None:
    calm, after = 600, 200
    rows = carry_market([100_000.0] * calm + [340_000.0] * after, START)
    with TapeWriter(tmp_path / "tape", TapeMeta(instruments=tuple(simulated_pairs(["BTC"])))) as tape:
        tape.append(rows)

    reader = TapeReader(tmp_path / "tape")
    session, _ = play(reader, load_config(None, {}, IMPATIENT), coverage_of(reader), lambda *_: None)

    forced = [f for f, _ in session.observer.fills if f.client_id.startswith("liquidation")]
    assert forced, "a price that more than triples must liquidate a short at three times leverage"
    assert session.ledger.position("binance.perp.BTCUSDT").lots == 0
    hedges = [t for t in session.desk.tickets if t.intent.purpose is Purpose.HEDGE]
    assert hedges
    assert session.ledger.balance("binance.spot", "BTC") == 0
    assert ledger_matches(session)
    assert not session.strategy.holdings
