"""When the venue takes the short away, the coins it covered are sold at once and the pair is left to the
operator.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from titan.market.tape.file import TapeMeta
from titan.market.tape.read import TapeReader
from titan.market.tape.rows import END, SETTLED, Kind, Rows, concat, empty, take
from titan.market.tape.write import TapeWriter
from titan.model.signal import Purpose
from titan.runtime.backtest import play
from titan.runtime.config import load_config
from titan.runtime.coverage import coverage_of
from titan.runtime.results import ledger_matches
from titan.simulation.market.instruments import simulated_pairs

S = 1_000_000_000
START = 1_785_542_400 * S
IMPATIENT = {
    "sentinel.gap_seconds_min": 0,
    "sentinel.gap_seconds_max": 1,
    "sentinel.check_seconds": 86_400,
    "sentinel.funding_hurdle_apr": 0.01,
    "sentinel.sample_seconds": 1,
}


def touches(prices: list[float]) -> Rows:
    """A touch a second on both legs, 2 cents wide."""
    rows = empty(4 * len(prices))
    for n, mid in enumerate(prices):
        for leg in (0, 1):
            width = 0.1 if leg else 0.01
            for half, side in ((0, 1), (1, -1)):
                k = 4 * n + 2 * leg + half
                rows.ts[k] = rows.recv[k] = START + n * S
                rows.inst[k], rows.kind[k], rows.side[k] = leg, Kind.BBO, side
                rows.px[k], rows.qty[k] = round(mid - side * width, 2), 1000.0
                rows.flags[k] = END if half else 0
    return rows


def test_a_liquidated_short_leaves_no_naked_coins(tmp_path: Path) -> None:
    calm, after = 600, 200
    market = touches([100_000.0] * calm + [340_000.0] * after)
    funding = empty(1)
    funding.ts[0] = funding.recv[0] = START + 10 * S
    funding.inst[0], funding.kind[0], funding.flags[0] = 1, Kind.FUNDING, END | SETTLED
    funding.px[0], funding.qty[0] = 0.0005, funding.ts[0] // 1_000_000
    rows = concat([market, funding])
    rows = Rows(*map(np.ascontiguousarray, take(rows, np.argsort(rows.ts, kind="stable"))))
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
