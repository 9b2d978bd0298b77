"""A sweep answers the same whoever plays it, as a backtest of the same settings would."""

from __future__ import annotations

import gc
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from titan.market.tape.read import TapeReader
from titan.model.errors import ConfigError, StorageError
from titan.runtime.backtest import play
from titan.runtime.config import load_config
from titan.runtime.coverage import coverage_of
from titan.runtime.sweep import Figures, Played, grid, sweep
from titan.runtime.sweep_table import check_out, table_of, write_sweep
from titan.simulation.market.instruments import simulated_pairs
from titan.simulation.market.scenario import scenario_named
from titan.simulation.market.write import write_market

START_NS = 1_785_542_400_000_000_000
HOUR_NS = 3_600_000_000_000
EAGER = {
    "sentinel.window": 128,
    "sentinel.funding_hurdle_apr": 0.01,
    "simulation.fees.spot.taker_bps": 0.5,
    "simulation.fees.perp.taker_bps": 0.5,
}
SETS = grid({"sentinel.entry_z": [1.5, 2.0], "sentinel.exit_z": [0.0, 1.75]})
BAD = 1
"""The second set closes above where it opens."""


def quiet(_what: str, _done: int, _total: int) -> None:
    return None


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("market") / "tape"
    write_market(
        path, scenario_named("demo"), instruments=simulated_pairs(["BTC"]), start_ns=START_NS,
        duration_ns=4 * HOUR_NS, seed=3,
    )  # fmt: skip
    return path


@pytest.fixture(scope="module")
def alone(market: Path) -> list[Played]:
    return sweep(market, SETS, config=None, base=EAGER, workers=1, progress=quiet)


def test_what_all_sets_share_is_no_garbage_while_they_are_played(market: Path) -> None:
    frozen: list[int] = []
    sweep(
        market, SETS[:1], config=None, base=EAGER, workers=1,
        progress=lambda _what, _done, _total: frozen.append(gc.get_freeze_count()),
    )  # fmt: skip
    assert frozen[0] == 0
    assert frozen[-1] > 1000
    assert gc.get_freeze_count() == 0


def test_the_grid_is_every_combination_the_last_key_fastest() -> None:
    assert [tuple(values.values()) for values in grid({"a": [1, 2], "b": [3, 4]})] == [
        (1, 3), (1, 4), (2, 3), (2, 4)
    ]  # fmt: skip
    assert grid({}) == [{}]
    with pytest.raises(ConfigError, match="no values"):
        grid({"a": []})
    with pytest.raises(ConfigError, match="too many"):
        grid({"a": list(range(1000)), "b": list(range(1000))})


def test_two_workers_answer_as_one_does(market: Path, alone: list[Played]) -> None:
    assert sweep(market, SETS, config=None, base=EAGER, workers=2, progress=quiet) == alone


def test_a_set_is_a_backtest(market: Path, alone: list[Played]) -> None:
    settings = load_config(None, {}, EAGER | SETS[2])
    settings = type(settings).model_validate(settings.canonical())
    reader = TapeReader(market)
    session, _ = play(reader, settings, coverage_of(reader), quiet)
    found = alone[2].figures
    assert found is not None
    assert found.orders, "a set without orders would prove little"
    assert found.run_hash == session.journal.digest
    assert found.nav_end == float(session.observer.equity[-1].nav)
    hashes = {one.figures.run_hash for one in alone if one.figures}
    assert len(hashes) == 3, "each set is a run of its own"


def test_a_bad_set_is_named_and_the_others_are_played(alone: list[Played]) -> None:
    assert [one.number for one in alone] == [0, 1, 2, 3]
    assert alone[BAD].figures is None
    assert "must be below entry_z" in alone[BAD].error
    assert all(one.figures is not None for one in alone if one.number != BAD)


def test_no_good_set_at_all_is_an_error(market: Path) -> None:
    with pytest.raises(ConfigError):
        sweep(market, [{"sentinel.no_such": 1}], config=None, base={}, workers=1, progress=quiet)


def test_the_sources_of_a_set_add_up(alone: list[Played]) -> None:
    for one in alone:
        if one.figures is not None:
            f = one.figures
            made = f.funding + f.basis + f.fees + f.slippage + f.transfers + f.stablecoin
            assert made == pytest.approx(f.nav_end - 100_000, abs=1e-6)


def test_the_table_holds_every_set(alone: list[Played], tmp_path: Path) -> None:
    out = tmp_path / "deep" / "sweep.parquet"
    write_sweep(alone, out)
    table = pq.read_table(out)
    assert table.equals(table_of(alone))
    assert table.column("sentinel.entry_z").to_pylist() == [1.5, 1.5, 2.0, 2.0]
    assert table.column("sharpe").null_count >= 1
    assert set(Figures.__struct_fields__) <= set(table.column_names)
    assert [p.name for p in out.parent.iterdir()] == ["sweep.parquet"]
    with pytest.raises(ConfigError, match="neither Parquet nor CSV"):
        write_sweep(alone, tmp_path / "sweep.json")
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="nothing can be written into"):
        check_out(tmp_path / "file" / "sweep.csv")
