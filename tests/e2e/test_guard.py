"""Margin calls and a day of losses, played through: every tier and every rung steps in, in its order, and the
books stay equal to the venue's.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from tests.runtime.carry import S, carry_market
from titan.market.tape.file import TapeMeta
from titan.market.tape.read import TapeReader
from titan.market.tape.write import TapeWriter
from titan.model.guard import DrawdownReached, MarginStep, Rung, Tier
from titan.portfolio.nav import delta
from titan.runtime.backtest import play
from titan.runtime.config import load_config
from titan.runtime.coverage import coverage_of
from titan.runtime.results import ledger_matches
from titan.runtime.session import Session
from titan.simulation.market.instruments import simulated_pairs

MIDNIGHT = 1_785_542_400 * S
IMPATIENT = {
    "sentinel.gap_seconds_min": 0,
    "sentinel.gap_seconds_max": 1,
    "sentinel.check_seconds": 600,
    "sentinel.funding_hurdle_apr": 0.01,
    "sentinel.satellite_share": 0,
    "limits.max_position_usd": 1_000_000,
    "sentinel.pair_limit_usd": 1_000_000,
}


def played(
    tmp_path: Path, spot: list[float], basis: list[float], start: int = MIDNIGHT, **more: object
) -> Session:
    with TapeWriter(tmp_path / "tape", TapeMeta(instruments=tuple(simulated_pairs(["BTC"])))) as tape:
        tape.append(carry_market(spot, start, basis))
    reader = TapeReader(tmp_path / "tape")
    said = IMPATIENT | {key.replace("__", "."): value for key, value in more.items()}
    session, _ = play(reader, load_config(None, {}, said), coverage_of(reader), lambda *_: None)
    return session


def told(session: Session, *kinds: type) -> list[object]:
    return [one for one in session.observer.interventions if isinstance(one, kinds)]


def ramp(first: float, last: float, seconds: int) -> list[float]:
    return [float(x) for x in np.linspace(first, last, seconds)]


def wide(**limits: float) -> dict[str, object]:
    return {f"limits__drawdown_{name}": 0.9 for name in ("halve", "no_entries", "flatten")} | limits


def test_margin_calls_fire_every_tier_in_its_order(tmp_path: Path) -> None:
    path = [
        *[100_000.0] * 300, *ramp(100_000, 130_000, 900), *ramp(130_000, 185_000, 1500), *[185_000.0] * 300,
        *ramp(185_000, 60_000, 2000), *[60_000.0] * 600,
    ]  # fmt: skip
    session = played(tmp_path, path, [0.0] * len(path), **wide())
    steps = [s for s in session.observer.interventions if isinstance(s, MarginStep)]
    assert list(dict.fromkeys(s.tier for s in steps)) == [Tier.TOP_UP, Tier.REDUCE, Tier.SWEEP]
    for step in steps:
        if step.tier is Tier.TOP_UP:
            assert 0.3 < step.utilisation <= 0.5
        elif step.begins:
            assert step.utilisation > 0.5 if step.tier is Tier.REDUCE else step.utilisation < 0.1
    closing, moving = [s for s in steps if s.tier is Tier.REDUCE][:2]
    assert (closing.begins, closing.to_perp, moving.begins) == (True, 0, False)
    assert moving.to_perp > 0
    assert moving.local_ns > closing.local_ns, "the transfer waits for the close"
    sweep, growth = [s for s in steps if s.tier is Tier.SWEEP][:2]
    assert sweep.to_perp < 0
    assert growth.wishes, "the pair grows by it"
    assert len(session.observer.holdings) == 1, "there is no second one"
    assert ledger_matches(session)
    lean = delta(session.ledger, session.present.marks())
    assert abs(lean.base["BTC"]) <= 2 * session.by_id["binance.perp.BTCUSDT"].lot


def test_the_ladder_takes_every_rung_and_the_day_ends_all_but_flat(tmp_path: Path) -> None:
    before = 2400
    basis = [
        *[0.0] * 300, *ramp(0.0, 0.09, 600), *[0.09] * 100, *ramp(0.09, 0.20, 800), *[0.20] * 900,
    ]  # fmt: skip
    session = played(tmp_path, [100_000.0] * len(basis), basis, MIDNIGHT + 86_400 * S - before * S)
    rungs = [e for e in session.observer.interventions if isinstance(e, DrawdownReached)]
    assert [e.rung for e in rungs] == [Rung.HALVE, Rung.NO_ENTRIES, Rung.FLATTEN]
    assert all(e.drawdown >= e.limit for e in rungs)
    assert not session.strategy.holds
    assert session.ledger.position("binance.perp.BTCUSDT").lots == 0
    assert session.ledger.balance("binance.spot", "BTC") == 0
    assert ledger_matches(session)
    entries = [json.loads(line) for line in session.journal.lines]
    imposed = [(e["what"], e["name"]) for e in entries if e["what"] in ("imposed", "lifted")]
    day = rungs[0].day
    assert imposed == [
        ("imposed", f"drawdown halve sizes {day}"), ("imposed", f"drawdown no entries {day}"),
        ("imposed", f"drawdown flatten {day}"),
        ("lifted", f"drawdown halve sizes {day}"), ("lifted", f"drawdown no entries {day}"),
    ]  # fmt: skip
    exits = [e for e in entries if e["what"] == "pair" and e["purpose"] == "exit"]
    assert f"drawdown flatten {day}" in exits[0]["reason"]
    assert exits[0]["gap_max_ns"] == S, "it does not take its time"


def test_a_jump_past_all_rungs_writes_each_of_them_down(tmp_path: Path) -> None:
    basis = [*[0.0] * 300, *[0.03] * 60, *[0.20] * 300]
    session = played(tmp_path, [100_000.0] * len(basis), basis)
    rungs = [e for e in session.observer.interventions if isinstance(e, DrawdownReached)]
    assert [e.rung for e in rungs] == [Rung.HALVE, Rung.NO_ENTRIES, Rung.FLATTEN]
    assert len({e.local_ns for e in rungs}) == 1
    assert not session.strategy.holds
