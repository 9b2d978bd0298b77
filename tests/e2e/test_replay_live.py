"""`titan replay --verify` of a run on paper: equal in another process and elsewhere, after a crash and after
a restart; and the first difference is named when one bit of what it heard is another."""

from __future__ import annotations

import json
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.doubles.tapes import waving, write
from titan.cli.app import main
from titan.market.tape.file import TapeMeta
from titan.market.tape.grow import GrowingTape
from titan.market.tape.heard import HeardTape
from titan.market.tape.log import read_frames
from titan.market.tape.rows import Kind, Rows, columns, concat, length

TITAN = (sys.executable, "-m", "titan.cli.app")
SETTINGS = """
[live]
folder = "{folder}"
stop_seconds = 3
status_seconds = 0.05
[venues.binance]
instruments = ["spot.BTCUSDT", "perp.BTCUSDT"]
double = "tape"
[sentinel]
sample_seconds = 0.05
window = 60
min_warmup = 10
entry_z = 1.5
gap_seconds_min = 0.02
gap_seconds_max = 0.05
check_seconds = 0.3
"""


def command(place: Path, *more: str) -> list[str]:
    return [*TITAN, "run", "--mode", "paper", "--config", str(place / "config"), "--json", *more]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A place with a run that was killed while it traded, and then gone on with and stopped."""
    place = tmp_path_factory.mktemp("replay")
    (place / "config").mkdir()
    write(place / "config" / "tape", waving(120, wave_s=2.0))
    (place / "config" / "titan.toml").write_text(SETTINGS.format(folder=place / "run"))
    with subprocess.Popen(command(place), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as first:
        until_orders(place, first, 12)
        first.send_signal(signal.SIGKILL)
    shutil.copytree(place / "run", place / "killed")
    done = subprocess.run(
        command(place, "--seconds", "5"), capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["resumed"]
    return place


def until_orders(place: Path, running: subprocess.Popen[bytes], count: int) -> None:
    end, found = time.monotonic() + 240.0, 0
    while found < count:
        assert running.poll() is None, running.communicate()
        assert time.monotonic() < end
        time.sleep(0.02)
        try:
            found = json.loads((place / "run" / "status.json").read_text())["orders"]
        except (OSError, ValueError):
            continue


@pytest.fixture
def run(made: Path, tmp_path: Path) -> Path:
    """A copy of the whole run, at another place."""
    return Path(shutil.copytree(made / "run", tmp_path / "elsewhere"))


def replayed(run: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, Any]]:
    code = main(["replay", "--verify", str(run), "--json"])
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return code, found


def test_in_another_process_and_elsewhere_every_decision_is_equal(run: Path) -> None:
    done = subprocess.run(
        [*TITAN, "replay", "--verify", str(run), "--json"],
        capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert (found["equal"], found["unverified"], found["difference"]) == (True, 0, None)
    assert found["run_hash"] == found["replay_hash"]
    assert len(found["starts"]) == 2
    assert all(start["decisions"] > 0 for start in found["starts"])
    assert found["signals"] >= 3
    assert found["wishes"] >= 1


def test_a_run_that_was_killed_is_replayed_to_its_last_decision(
    made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, found = replayed(made / "killed", capsys)
    assert (code, found["equal"], found["unverified"]) == (0, True, 0)
    assert [start["short"] for start in found["starts"]] == [0]
    assert found["wishes"] >= 1


def signals(run: Path) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(run / "titan.db")) as store:
        return [json.loads(b) for (b,) in store.execute("select body from entries where what = 'signal'")]


def touched_before(rows: Rows, row: int) -> int:
    """The last row before `row` that says what the best bid of an instrument is."""
    return int(np.flatnonzero((rows.kind[:row] == Kind.BBO) & (rows.side[:row] == 1))[-1])


def test_one_bit_of_a_price_is_told_with_the_first_decision_that_it_changed(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = run / "tape" / "001"
    first = signals(run)[0]
    rows = HeardTape(place).whole()
    changed = concat(list(rows))
    at = touched_before(changed, first["row"])
    changed.px[at : at + 1].view(np.uint64)[0] ^= np.uint64(1 << 36)
    rewrite(place, changed)
    code, found = replayed(run, capsys)
    assert (code, found["equal"]) == (5, False)
    low, behind = found["starts"][0]["changed"]
    assert low <= at < behind
    assert found["starts"][1]["changed"] is None
    difference = found["difference"]
    assert difference["what"] == f"signal {first['name']} {first['subject']}"
    assert difference["field"].startswith("figures.")
    assert difference["recorded"] != difference["replayed"]
    assert "tape" in found["cause"]


def rewrite(place: Path, rows: Rows) -> None:
    """The tape anew, its checksums right again."""
    instruments = HeardTape(place).instruments
    shutil.rmtree(place)
    tape = GrowingTape(place, TapeMeta(instruments, heard=True))
    tape.append(rows)
    tape.close()


def test_a_bit_that_changed_no_decision_is_told_as_well(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = run / "tape" / "002"
    changed = concat(list(HeardTape(place).whole()))
    at = int(np.flatnonzero(changed.kind == Kind.TRADE)[0])
    changed.qty[at : at + 1].view(np.uint64)[0] ^= np.uint64(1)
    rewrite(place, changed)
    code, found = replayed(run, capsys)
    assert (code, found["equal"], found["difference"]) == (5, False, None)
    assert found["starts"][1]["changed"][0] <= at < found["starts"][1]["changed"][1]


def test_a_bit_on_the_disk_is_told_where_it_is_and_what_it_changed(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = run / "tape" / "001"
    rows = concat(list(HeardTape(place).whole()))
    at = touched_before(rows, signals(run)[0]["row"])
    log = bytearray((place / "rows.log").read_bytes())
    begin = row = 0
    for end, frame in read_frames(place / "rows.log"):
        if at < row + length(frame):
            break
        begin, row = end, row + length(frame)
    offset = log.index(np.ascontiguousarray(frame.px).tobytes(), begin) + 8 * (at - row) + 4
    log[offset] ^= 16
    (place / "rows.log").write_bytes(log)
    code, found = replayed(run, capsys)
    assert (code, found["equal"]) == (5, False)
    assert "does not match its checksum" in found["starts"][0]["damage"]
    assert found["difference"] is not None
    assert "tape/001" in found["cause"]


def test_a_tape_without_its_end_is_told(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = run / "tape" / "001"
    rows = concat(list(HeardTape(place).whole()))
    half = length(rows) // 2
    rewrite(place, Rows(*(column[:half] for column in columns(rows))))  # type: ignore[arg-type]
    code, found = replayed(run, capsys)
    assert (code, found["equal"], found["difference"]) == (5, False, None)
    assert found["starts"][0]["short"] > 0
    assert 0 < found["unverified"] < found["decisions"]
    assert found["starts"][1]["unverified"] == 0


def test_a_run_without_a_tape_cannot_be_replayed(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(run / "tape")
    assert main(["replay", "--verify", str(run)]) == 5
    assert "cannot be replayed" in capsys.readouterr().err


def test_the_parity_page_is_made_and_its_figures_add_up(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "parity.html"
    assert main(["parity", str(made / "run"), "--out", str(page), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert "Replayed bit for bit" in page.read_text()
    assert found["replay"]["equal"]
    assert found["conditions"]["orders_measured"] > 0
    total = found["pnl"][-1]
    for column in ("live", "tested", "difference"):
        parts = sum(Decimal(row[column]) for row in found["pnl"][:-1])
        assert parts == Decimal(total[column])
    assert sum(Decimal(row["pnl"]) for row in found["causes"]) == Decimal(total["difference"])
    for name in ("signals", "decisions", "orders"):
        assert sum(row[name] for row in found["causes"]) == len(found[name])
    recorded = [order["live"] for order in found["orders"] if order["live"] is not None]
    with closing(sqlite3.connect(made / "run" / "titan.db")) as store:
        assert len(recorded) == store.execute("select count(*) from orders").fetchone()[0]
    assert len([s for s in found["signals"] if s["live"] is not None]) == len(signals(made / "run"))
    rest = next(row for row in found["causes"] if row["cause"] == "not explained")
    assert abs(Decimal(rest["pnl"])) < Decimal("0.000001") or rest["orders"] or rest["decisions"]
