"""A backtest from tape to report, as a user runs it: deterministic, replayable, exact, and whole or not
there at all.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from titan.cli.app import main
from titan.cli.tui import source_of
from titan.market.tape.read import TapeReader
from titan.market.tape.rows import Rows, take
from titan.market.tape.write import TapeWriter
from titan.portfolio.export import read_csv, read_json, read_parquet
from titan.runtime.backtest import play, run_backtest
from titan.runtime.config import Config, load_config
from titan.runtime.coverage import coverage_of
from titan.runtime.harvest import play_harvest
from titan.views.board import Freshness

EAGER = {
    "sentinel.min_warmup": 60,
    "sentinel.window": 128,
    "sentinel.entry_z": 1.5,
    "sentinel.funding_hurdle_apr": 0.01,
    "simulation.fees.spot.taker_bps": 0.5,
    "simulation.fees.perp.taker_bps": 0.5,
}


def quiet(_what: str, _done: int, _total: int) -> None:
    return None


def settings() -> Config:
    return load_config(None, {}, EAGER)


@pytest.fixture(scope="module")
def run(market: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "a"
    return run_backtest("sentinel", market, out, config=None, overrides=EAGER, progress=quiet)


def report(run: Path) -> dict[str, object]:
    return dict(json.loads((run / "report.json").read_text()))


def cli(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "titan.cli.app", *arguments],
        capture_output=True, text=True, timeout=280, env={**os.environ, **env}, cwd=tempfile.gettempdir(),
    )  # fmt: skip


def test_the_terminal_shows_how_it_ended(run: Path) -> None:
    source = source_of(str(run))
    found, told = source.look(), report(run)
    assert found.status is not None
    assert found.yields.day is not None
    assert found.freshness is Freshness.FINISHED
    assert float(found.status.nav or 0) == pytest.approx(told["nav_end"], abs=1e-8)
    assert {k: float(v) for k, v in found.yields.day.pnl.items()} == pytest.approx(told["pnl"], abs=1e-8)
    assert sum(found.yields.day.pnl.values()) == found.yields.day.nav
    fills = pq.read_table(run / "fills.parquet", columns=["trade_id"]).column("trade_id").to_pylist()
    held = (*found.holdings, *found.ended)
    assert {one.id: one.fills for one in held} == Counter(name for name in fills if name)
    first = held[0]
    assert len([one for one in source.transactions(first) if one.what == "fill"]) == first.fills
    assert all(one.price.replace(",", "").replace(".", "").isdigit()
               for one in source.transactions(first) if one.what == "fill")  # fmt: skip
    source.close()


def run_of(tape: Path, out: Path) -> list[str]:
    return ["backtest", "sentinel", "--tape", str(tape), "--out", str(out)]


def with_settings() -> list[str]:
    return [word for key, value in EAGER.items() for word in ("--set", f"{key}={value}")]


def test_it_trades_and_the_books_are_exact(run: Path) -> None:
    found = report(run)
    assert found["orders"], "a market with a cascade must give Sentinel something to do"
    assert found["pnl_sums_to_nav_change"] is True
    assert found["ledger_matches_venue"] is True
    pnl = found["pnl"]
    assert isinstance(pnl, dict)
    assert sum(pnl.values()) == pytest.approx(found["nav_end"] - found["nav_start"], abs=1e-6)  # type: ignore[operator]


def test_the_report_holds_what_was_promised(run: Path) -> None:
    promised = {
        "run_hash", "events", "events_per_second", "orders", "fills", "nav_start", "nav_end", "pnl",
        "max_drawdown", "sharpe", "assumptions", "data_quality",
    }  # fmt: skip
    assert promised <= report(run).keys()
    document = json.loads((run / "run.json").read_text())
    assert document["simulated"] is True
    assert {"equity", "basis", "signals", "orders", "fills", "trades", "funding", "daily"} <= {
        f.stem for f in run.glob("*.parquet")
    }


def test_the_curve_starts_at_the_capital(run: Path) -> None:
    equity = pq.read_table(run / "equity.parquet")
    assert equity["nav"][0].as_py() == 100_000.0
    assert (np.diff(equity["ts"].to_numpy()) > 0).all()


def test_the_exports_parse_back_to_the_same_records(run: Path) -> None:
    a = read_json(run / "export" / "records.json")
    assert a == read_csv(run / "export") == read_parquet(run / "export")
    assert len(a.fills) == report(run)["fills"]
    per_asset: dict[str, Decimal] = {}
    for entry in a.entries:
        per_asset[entry.asset] = per_asset.get(entry.asset, Decimal(0)) + entry.amount
    assert set(per_asset.values()) == {Decimal(0)}


@pytest.mark.parametrize("hash_seed", ["1", "4242"])
def test_another_process_and_hash_seed_give_the_same_run(
    run: Path, market: Path, tmp_path: Path, hash_seed: str
) -> None:
    out = tmp_path / "b"
    done = cli(
        "backtest", "sentinel", "--tape", str(market), "--out", str(out), "--json", *with_settings(),
        PYTHONHASHSEED=hash_seed,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["run_hash"] == report(run)["run_hash"]
    assert (out / "report.html").is_file()


def test_a_replay_verifies_and_a_changed_bit_is_found(run: Path, market: Path, tmp_path: Path) -> None:
    good = cli("replay", "--verify", str(run), "--json")
    assert good.returncode == 0, good.stderr
    assert json.loads(good.stdout)["equal"] is True

    reader = TapeReader(market)
    changed = tmp_path / "changed"
    with TapeWriter(changed, reader.meta) as tape:
        for n, block in enumerate(reader.blocks()):
            if n == 0:
                block = Rows(*(column.copy() for column in block))
                k = int(np.flatnonzero((block.kind == 4) & (block.side > 0))[40])
                block.px[k] -= 0.1
            tape.append(block)
    bad = cli("replay", "--verify", str(run), "--tape", str(changed))
    assert bad.returncode == 5
    assert "content has changed" in bad.stdout
    assert ".parquet)" in bad.stdout


def test_a_bit_beside_the_rows_is_told_with_its_file(run: Path, market: Path, tmp_path: Path) -> None:
    """The name of what wrote it: every row and every decision is as it was."""
    copy = Path(shutil.copytree(market, tmp_path / "tape"))
    file = sorted(copy.glob("*.parquet"))[-1]
    body = bytearray(file.read_bytes())
    body[body.rindex(b"parquet-cpp-arrow")] ^= 1
    file.write_bytes(body)
    bad = cli("replay", "--verify", str(run), "--tape", str(copy))
    assert (bad.returncode, bad.stderr) == (5, "")
    assert f"tape file {file.name} is not the one that was recorded" in bad.stdout
    assert "are equal" in bad.stdout


@pytest.mark.parametrize("bit", [0, 3, 7])
def test_a_bit_of_the_journal_is_told_with_its_line(
    run: Path, tmp_path: Path, bit: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """The highest one too, which leaves no text."""
    copy = Path(shutil.copytree(run, tmp_path / "run"))
    journal = bytearray((copy / "journal.jsonl").read_bytes())
    third = [n for n, byte in enumerate(journal) if byte == ord("\n")][1] + 20
    journal[third] ^= 1 << bit
    (copy / "journal.jsonl").write_bytes(journal)
    assert main(["replay", "--verify", str(copy), "--json"]) == 5
    told = json.loads(capsys.readouterr().out)
    assert (told["equal"], told["line"]) == (False, 3)
    assert told["recorded"] != told["replayed"]


def test_nothing_before_a_cut_depends_on_what_comes_after(market: Path, tmp_path: Path) -> None:
    reader = TapeReader(market)
    cut = reader.start + (reader.end - reader.start) // 2
    short = tmp_path / "short"
    with TapeWriter(short, reader.meta) as tape:
        for block in reader.blocks():
            tape.append(take(block, block.ts <= cut))
    whole, _ = play(reader, settings(), coverage_of(reader), quiet)
    cut_reader = TapeReader(short)
    half, _ = play(cut_reader, settings(), coverage_of(cut_reader), quiet)

    def decisions(session: object) -> list[tuple[int, str, int, int]]:
        return [
            (t.order.sent_ns, t.order.request.instrument, t.order.request.side, t.order.request.lots)
            for t in session.desk.tickets  # type: ignore[attr-defined]
            if t.order.sent_ns <= cut
        ]

    assert decisions(half)
    assert decisions(whole) == decisions(half)


def test_without_the_compiler_every_decision_is_the_same(market: Path, tmp_path: Path) -> None:
    reader = TapeReader(market)
    short = tmp_path / "short"
    with TapeWriter(short, reader.meta) as tape:
        for block in reader.blocks():
            tape.append(take(block, slice(0, 12_000)))
            break
    runs = []
    for disabled in ("0", "1"):
        done = cli(
            "backtest", "sentinel", "--tape", str(short), "--out", str(tmp_path / disabled), "--json",
            *with_settings(), NUMBA_DISABLE_JIT=disabled,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        runs.append(json.loads(done.stdout))
    assert runs[0]["run_hash"] == runs[1]["run_hash"]
    assert runs[0]["events"] == 12_000


STRUCK = """
import os, signal, sys
from contextlib import contextmanager
import titan.cli.progress as running

blows = [signal.Signals[sys.argv[1]]]

@contextmanager
def watch(*, quiet):
    def progress(what, done, total):
        if what == "backtest" and done and blows:
            os.kill(os.getpid(), blows.pop())
    yield progress

running.watch = watch
signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever runs the tests may ignore it
from titan.cli.app import main
sys.exit(main(sys.argv[2:]))
"""
"""Runs the command and strikes its own process with a signal in the middle of the backtest."""


def struck(name: str, tape: Path, out: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", STRUCK, name, *run_of(tape, out)]
    return subprocess.run(command, capture_output=True, text=True, timeout=280)


def test_a_killed_run_leaves_nothing_behind_that_looks_like_one(market: Path, tmp_path: Path) -> None:
    out = tmp_path / "killed"
    assert struck("SIGKILL", market, out).returncode == -signal.SIGKILL
    assert not out.exists()


def test_ctrl_c_says_stopped_and_leaves_nothing(market: Path, tmp_path: Path) -> None:
    out = tmp_path / "stopped"
    done = struck("SIGINT", market, out)
    assert done.returncode == 130
    assert done.stderr.strip() == "stopped"
    assert list(tmp_path.iterdir()) == []


def test_errors_name_the_cause_and_the_remedy(run: Path, market: Path, tmp_path: Path) -> None:
    missing = cli("backtest", "sentinel", "--tape", str(tmp_path / "none"))
    assert missing.returncode == 3
    assert "none" in missing.stderr
    unknown = cli("backtest", "sentinal", "--tape", str(market))
    assert unknown.returncode == 2
    assert "sentinel" in unknown.stderr
    typo = cli("backtest", "sentinel", "--tape", str(market), "--set", "sentinel.entri_z=2")
    assert typo.returncode == 2
    assert "entry_z" in typo.stderr
    occupied = tmp_path / "mine"
    occupied.mkdir()
    (occupied / "precious.txt").write_text("keep me")
    refused = cli("backtest", "sentinel", "--tape", str(market), "--out", str(occupied))
    assert refused.returncode == 4
    assert (occupied / "precious.txt").read_text() == "keep me"
    no_run = cli("replay", "--verify", str(occupied))
    assert no_run.returncode == 3  # wrong data; 5 is a replay that differs


def test_a_run_in_the_same_place_is_replaced(run: Path, market: Path, tmp_path: Path) -> None:
    out = tmp_path / "again"
    shutil.copytree(run, out)
    (out / "old.txt").write_text("of the run before")
    run_backtest("sentinel", market, out, config=None, overrides=EAGER, progress=quiet)
    assert not (out / "old.txt").exists()
    assert [p.name for p in out.parent.iterdir()] == ["again"]


def test_it_is_compared_with_plain_harvesting_on_the_same_tape(run: Path, market: Path) -> None:
    benchmarks = report(run)["benchmarks"]
    assert isinstance(benchmarks, list)
    by_kind = {bench["kind"]: bench for bench in benchmarks}
    assert set(by_kind) == {"cash", "harvest", "coin"}
    config = settings()
    reader = TapeReader(market)
    plain = play_harvest(reader, config, coverage_of(reader), lambda _done, _total: None)
    assert plain is not None
    found = float((plain.present.nav() - config.run.capital) / config.run.capital)
    assert by_kind["harvest"]["return"] == pytest.approx(found, abs=1e-12)
    assert not plain.strategy.holds, "held to the end, then closed"
    table = pq.read_table(run / "comparisons.parquet")
    assert set(table.column("name").to_pylist()) == {bench["name"] for bench in benchmarks}


def test_without_the_comparison_only_cash_and_coins_are_left(market: Path, tmp_path: Path) -> None:
    alone = run_backtest(
        "sentinel", market, tmp_path / "b", config=None, progress=quiet,
        overrides=EAGER | {"report.compare_with_harvest": False},
    )  # fmt: skip
    benchmarks = report(alone)["benchmarks"]
    assert isinstance(benchmarks, list)
    assert {bench["kind"] for bench in benchmarks} == {"cash", "coin"}
