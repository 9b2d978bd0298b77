"""A rally drains the futures wallet of one venue, and a withdrawal from another saves its pair."""

from __future__ import annotations

import json
from decimal import Decimal as D
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from tests.e2e.test_guard import IMPATIENT, MIDNIGHT, ramp, wide
from tests.runtime.carry import carry_market
from titan.market.tape.file import TapeMeta
from titan.market.tape.rows import Kind, Rows, concat, take
from titan.market.tape.write import TapeWriter
from titan.model.guard import Tier
from titan.runtime.backtest import run_backtest
from titan.simulation.market.instruments import simulated_pairs

PATH = [
    *[100_000.0] * 300, *ramp(100_000, 140_000, 900), *ramp(140_000, 190_000, 1500), *[190_000.0] * 400,
]  # fmt: skip


@pytest.fixture(scope="module")
def tape(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both venues quote alike; only the first pays funding, so a core is opened there alone."""
    out = tmp_path_factory.mktemp("carrying") / "tape"
    own = simulated_pairs(["BTC"])
    other = [msgspec.structs.replace(i, venue="bybit") for i in own]
    rows = carry_market(PATH, MIDNIGHT)
    copy = Rows(*(column.copy() for column in take(rows, rows.kind != Kind.FUNDING)))
    copy.inst[:] += len(own)
    whole = concat([rows, copy])
    with TapeWriter(out, TapeMeta(instruments=(*own, *other))) as writer:
        writer.append(take(whole, np.argsort(whole.ts, kind="stable")))
    return out


def played(tape: Path, out: Path, **more: object) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The report and the journal."""
    said = {**IMPATIENT, **wide(), "simulation__withdrawal_minutes": 5}
    said |= {"simulation__withdrawal_fees": ["USDT 1"], **more}
    settings = {key.replace("__", "."): value for key, value in said.items()}
    run = run_backtest("sentinel", tape, out, config=None, overrides=settings, progress=lambda *_: None)
    lines = (run / "journal.jsonl").read_text().splitlines()
    return json.loads((run / "report.json").read_text()), [json.loads(line) for line in lines]


def reductions(journal: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [e for e in journal if e["what"] == "margin_step" and e["tier"] == Tier.REDUCE]


def test_a_withdrawal_saves_a_pair_that_would_have_been_reduced(tape: Path, tmp_path: Path) -> None:
    _, alone = played(tape, tmp_path / "alone", sentinel__rebalance_venues=False)
    assert reductions(alone)
    report, journal = played(tape, tmp_path / "carried")
    asked = [e for e in journal if e["what"] == "transfer_intent"]
    crossing = [e for e in asked if e["source"].split(".")[0] != e["target"].split(".")[0]]
    assert {(e["source"], e["target"]) for e in crossing} == {("bybit.spot", "binance.spot")}
    assert all("lack quote" in e["reason"] for e in crossing)
    booked = {e["id"]: e for e in journal if e["what"] == "transfer"}
    assert all(D(booked[e["id"]]["cost"]) == 1 for e in crossing), "all have arrived, less their fee"
    after = asked[asked.index(crossing[0]) + 1 :]
    assert ("binance.spot", "binance.perp") in [(e["source"], e["target"]) for e in after]
    assert reductions(journal) == []
    assert report["ledger_matches_venue"] is True
    assert report["pnl_sums_to_nav_change"] is True
    assert report["pnl"]["transfers"] == pytest.approx(-1.0 * len(crossing))
