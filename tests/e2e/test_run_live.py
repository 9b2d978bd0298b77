"""`titan run --mode live` against a double in a process of its own: killed and started again, its journal
says to the last unit what the venue has."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.doubles.tapes import PERP, SPOT, lively, write
from titan.cli.app import main
from titan.execution.booking import rebuild
from titan.execution.memory import Memory
from titan.model.order import OrderEvent
from titan.portfolio.ledger import Ledger
from titan.runtime.entries import TYPES
from titan.runtime.trading import panicking
from titan.runtime.trading.left import left_by
from titan.storage.recall import recall
from titan.storage.store import open_store
from titan.venues.gateway.ids import format_of

TITAN = (sys.executable, "-m", "titan.cli.app")
SETTINGS = """
[live]
folder = "{folder}"
stop_seconds = 5
status_seconds = 0.05
[venues.binance]
instruments = ["spot.BTCUSDT", "perp.BTCUSDT"]
url_file = "at.json"
[sentinel]
sample_seconds = 0.05
gap_seconds_min = 0.02
gap_seconds_max = 0.05
check_seconds = 0.5
"""


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    """A config folder whose venue is a double that outlives the runs."""
    tape = write(tmp_path / "tape", lively(120))
    sim = subprocess.Popen(
        [*TITAN, "sim", "--venue", "binance", "--tape", str(tape), "--json"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert sim.stdout is not None
    folder = tmp_path / "config"
    folder.mkdir()
    (folder / "at.json").write_text(sim.stdout.readline())
    (folder / "titan.toml").write_text(SETTINGS.format(folder=tmp_path / "run"))
    yield folder
    sim.send_signal(signal.SIGINT)
    assert sim.wait(20) == 0


def start(place: Path, *more: str) -> subprocess.Popen[str]:
    command = [*TITAN, "run", "--mode", "live", "--config", str(place), "--json", *more]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def status(place: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads((place.parent / "run" / "status.json").read_text())
    except (OSError, ValueError):
        return {"orders": 0, "state": ""}
    return found


def until(true: Callable[[], bool], running: subprocess.Popen[str], seconds: float = 240.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert running.poll() is None, running.communicate()
        assert time.monotonic() < end
        time.sleep(0.01)


def remembered(place: Path) -> Memory:
    store = open_store(f"sqlite:///{place.parent / 'run' / 'titan.db'}")
    try:
        return left_by(recall(store, TYPES)).memory
    finally:
        store.close()


def truth(place: Path) -> dict[str, Any]:
    at = json.loads((place / "at.json").read_text())["rest"]
    with urllib.request.urlopen(f"{at}/_titan/truth") as answer:
        found: dict[str, Any] = json.loads(answer.read())
    return found


def agrees(place: Path) -> Memory:
    """The venue's orders, fills, positions and balances are those of the journal."""
    memory, there = remembered(place), truth(place)
    written = format_of("binance").to_venue
    ours = {written(name): order for name, order in memory.orders.items()}
    theirs = {order["client_id"]: order for order in there["orders"]}
    assert len(theirs) == len(there["orders"])  # no id was used twice
    assert set(theirs) <= set(ours)
    for name, order in ours.items():
        there_filled = Decimal(theirs[name]["filled"]) if name in theirs else Decimal(0)
        rules = SPOT if ".spot." in order.submitted.intent.instrument else PERP
        assert sum((rules.size(f.lots) for f in order.fills), Decimal(0)) == there_filled
        if name not in theirs:
            assert any(r.event is OrderEvent.REJECT for r in order.reports)
    ledger = Ledger({i.id: i for i in (SPOT, PERP)})
    rebuild(ledger, memory.bookings, memory.intent)
    balances = there["balances"]
    assert Decimal(balances["spot"]["USDT"]["total"]) == ledger.balance("binance.spot", "USDT")
    assert Decimal(balances["perp"]["USDT"]["total"]) == ledger.balance("binance.perp", "USDT")
    coins = memory.baselines["binance", "binance.spot BTC"].amount + ledger.balance("binance.spot", "BTC")
    assert Decimal(balances["spot"]["BTC"]["total"]) == coins
    assert Decimal(there["positions"].get(PERP.id, "0")) == PERP.size(ledger.position(PERP.id).lots)
    return memory


def test_killed_and_started_again_nothing_is_doubled_and_nothing_lost(place: Path) -> None:
    first = start(place)
    until(lambda: status(place)["orders"] >= 10, first)
    first.kill()
    first.wait()
    before = remembered(place)
    second = start(place, "--seconds", "4")
    said, problems = second.communicate(timeout=240)
    assert second.returncode == 0, problems
    last = json.loads(said)
    assert (last["resumed"], last["state"]) == (True, "stopped")
    assert last["in_flight"] == []
    after = agrees(place)
    assert set(before.orders) <= set(after.orders)
    assert after.wishes == {}
    held = {p["instrument"]: Decimal(p["size"]) for p in last["positions"]}
    assert abs(held.get(SPOT.id, Decimal(0)) + held.get(PERP.id, Decimal(0))) < PERP.lot


def test_asked_to_stop_it_ends_its_executions_and_says_what_stands(place: Path) -> None:
    running = start(place)
    until(lambda: status(place)["orders"] >= 4, running)
    running.send_signal(signal.SIGTERM)
    said, problems = running.communicate(timeout=240)
    assert running.returncode == 0, problems
    last = json.loads(said)
    assert (last["state"], last["executions"], last["in_flight"]) == ("stopped", 0, [])
    memory = agrees(place)
    assert memory.wishes == {}
    assert {p["instrument"] for p in last["positions"]} == {SPOT.id, PERP.id}


def test_asked_to_stop_and_to_leave_nothing_it_closes_what_it_holds(place: Path) -> None:
    running = start(place, "--set", "live.on_stop=flatten", "--set", "live.stop_seconds=120")
    until(lambda: len(status(place).get("positions", ())) == 2, running)
    running.send_signal(signal.SIGTERM)
    said, problems = running.communicate(timeout=240)
    assert running.returncode == 0, problems
    last = json.loads(said)
    assert (last["state"], last["executions"], last["in_flight"]) == ("stopped", 0, [])
    sizes = {p["instrument"]: abs(Decimal(p["size"])) for p in last["positions"]}
    assert PERP.id not in sizes
    assert sizes.get(SPOT.id, Decimal(0)) < PERP.lot
    assert agrees(place).wishes == {}


def test_a_second_process_on_the_same_store_is_refused(place: Path) -> None:
    first = start(place)
    until(lambda: status(place)["state"] == "trading", first)
    second = start(place)
    _, problems = second.communicate(timeout=240)
    assert second.returncode == 4
    assert "another process" in problems
    assert first.poll() is None
    os.kill(first.pid, signal.SIGINT)
    assert first.wait(60) == 0


def test_a_run_of_another_mode_is_not_gone_on_with(place: Path) -> None:
    first = start(place, "--seconds", "1")
    assert first.wait(60) == 0
    done = subprocess.run(
        [*TITAN, "run", "--mode", "paper", "--config", str(place)],
        capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "was begun with --mode live" in done.stderr


def reconciled_flat(place: Path) -> bool:
    """The run itself has asked the venue since, and what it heard fits its books: no door but the latch's."""
    found = status(place)
    return set(found["closed"]) == {"all orders"} and not found["in_flight"]


def test_a_panic_knows_what_a_run_sent_until_it_halted_and_sells_all_of_it(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run that seldom says how it is halts as quickly: every coin that it bought is sold, but for dust. The
    panic waits longer here, for a busy machine; not so long as the run is silent.
    """
    monkeypatch.setattr(panicking, "HALTS_S", 15.0)
    settings = place / "titan.toml"
    text = settings.read_text().replace("status_seconds = 0.05", "status_seconds = 60")
    slow = text.replace("seconds_min = 0.02", "seconds_min = 0.4").replace("max = 0.05", "max = 0.5")
    settings.write_text(slow)
    running = start(place)
    store = place.parent / "run" / "titan.db"
    until(lambda: store.exists() and count(store, "orders") >= 6, running)
    assert main(["panic", "--config", str(place), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["flat"] == ["binance"]
    running.send_signal(signal.SIGTERM)
    assert running.wait(240) == 0
    there, memory = truth(place), remembered(place)
    before = memory.baselines["binance", "binance.spot BTC"].amount
    left = Decimal(there["balances"]["spot"]["BTC"]["total"]) - before
    assert left * 100_000 < SPOT.min_notional


def count(store: Path, table: str) -> int:
    """Rows of a table that may not be there yet."""
    try:
        with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as looking:
            return int(looking.execute(f"select count(*) from {table}").fetchone()[0])
    except sqlite3.OperationalError:
        return 0


def test_a_panic_beside_a_run_halts_it_and_closes_everything(place: Path) -> None:
    running = start(place)
    until(lambda: status(place)["orders"] >= 8, running)
    done = subprocess.run(
        [*TITAN, "panic", "--config", str(place), "--reason", "a drill", "--json"],
        capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["flat"] == ["binance"]
    there = truth(place)
    assert not any(Decimal(size) for size in there["positions"].values())
    assert {o["state"] for o in there["orders"]} <= {"filled", "cancelled", "expired", "rejected"}
    until(lambda: "flat at binance" in status(place)["closed"].get("all orders", ""), running)
    until(lambda: not status(place)["positions"] and status(place)["state"] == "halted", running)
    until(lambda: reconciled_flat(place), running)
    assert agrees(place).panics() == []
    running.send_signal(signal.SIGTERM)
    assert running.wait(60) == 0
    again = start(place, "--seconds", "1.5")
    said, problems = again.communicate(timeout=240)
    assert again.returncode == 0, problems
    last = json.loads(said)
    assert "a drill" in last["closed"]["latch:panic"]
    assert "--rearm" in last["closed"]["latch:panic"]
    assert agrees(place).latches.keys() == {"panic"}
    assert last["positions"] == []
    command = [*TITAN, "panic", "--config", str(place), "--rearm", "--json"]
    taken = subprocess.run(command, capture_output=True, text=True, timeout=240, check=True)
    assert json.loads(taken.stdout) == {"rearmed": True}
    assert remembered(place).latches == {}
