"""SEN-9 on eight recorded months of three pairs: identities that must hold whatever the strategy decides."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from titan.portfolio.export import read_csv, read_json, read_parquet
from titan.portfolio.performance import daily_returns, sharpe, sortino
from titan.runtime.backtest import run_backtest
from titan.venues.recorded.assemble import import_recordings

pytestmark = pytest.mark.data
CONFIG = Path(__file__).parents[2] / "config" / "sentinel"
SOURCES = ("funding", "basis", "fees", "slippage", "transfers")


def quiet(_what: str, _done: int, _total: int) -> None:
    return None


@pytest.fixture(scope="module")
def run(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("months")
    import_recordings([data / "klines" / "binance-5m"], folder / "tape")
    return run_backtest(
        "sentinel", folder / "tape", folder / "run", config=CONFIG, overrides={}, progress=quiet
    )


@pytest.fixture(scope="module")
def report(run: Path) -> dict[str, object]:
    return dict(json.loads((run / "report.json").read_text()))


def test_the_sources_are_the_whole_change_of_nav(run: Path, report: dict[str, object]) -> None:
    assert report["pnl_sums_to_nav_change"] is True
    assert report["ledger_matches_venue"] is True
    equity = pq.read_table(run / "equity.parquet").to_pydict()
    for n in range(0, len(equity["ts"]), 97):
        made = sum(equity[name][n] for name in SOURCES)
        assert made == pytest.approx(equity["nav"][n] - 100_000, abs=1e-6)


def test_trades_and_days_are_complete_and_add_up_exactly(run: Path, report: dict[str, object]) -> None:
    records = read_json(run / "export" / "records.json")
    for trade in records.trades:
        assert sum((getattr(trade, name) for name in SOURCES), Decimal(0)) == trade.total
        assert trade.closed_ns is None or trade.closed_ns > trade.opened_ns
        assert trade.reason
    owned = sum((trade.total for trade in records.trades), Decimal(0))
    made = sum((day.pnl for day in records.daily), Decimal(0))
    assert float(made) == pytest.approx(float(str(report["nav_end"])) - 100_000, abs=1e-6)
    assert owned == made, "nothing is made or lost outside a trade"
    assert len(records.daily) == 244


def test_every_export_says_the_same(run: Path) -> None:
    folder = run / "export"
    records = read_json(folder / "records.json")
    assert read_csv(folder) == records
    assert read_parquet(folder) == records


def test_measures_are_their_definitions(run: Path, report: dict[str, object]) -> None:
    equity = pq.read_table(run / "equity.parquet")
    ts, nav = equity.column("ts").to_numpy(), equity.column("nav").to_numpy()
    returns = daily_returns(ts, nav)
    assert report["sharpe"] == pytest.approx(sharpe(returns, risk_free_apr=0.04), rel=1e-9)
    assert report["sortino"] == pytest.approx(sortino(returns, risk_free_apr=0.04), rel=1e-9)
    assert report["max_drawdown"] == pytest.approx(
        float((nav / np.maximum.accumulate(nav) - 1).min()), rel=1e-9
    )


def test_the_page_says_what_did_better(report: dict[str, object]) -> None:
    benchmarks = report["benchmarks"]
    assert isinstance(benchmarks, list)
    names = [bench["name"] for bench in benchmarks]
    assert names == [
        "Hold cash", "Cash at 4 % a year", "Plain funding harvesting", "Buy and hold BTC", "Buy and hold ETH",
        "Buy and hold SOL", "Equal-weight basket",
    ]  # fmt: skip
    for bench in benchmarks:
        assert {"return", "annual_return", "sharpe", "max_drawdown"} <= set(bench)
    basket = np.mean([bench["return"] for bench in benchmarks if bench["kind"] == "coin"])
    assert benchmarks[-1]["return"] == pytest.approx(basket)
