"""`titan run` on a double: on paper its books are the simulated venue's, and an observer does nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from tests.doubles.tapes import PERP, SPOT, lively, write
from titan.cli.app import main
from titan.execution.booking import rebuild
from titan.model.fill import Fill
from titan.portfolio.ledger import Ledger
from titan.runtime.clock import WallClock
from titan.runtime.entries import TYPES
from titan.runtime.trading import life
from titan.runtime.trading.left import left_by
from titan.runtime.trading.plan import Plan, read_plan
from titan.runtime.trading.run import Run
from titan.runtime.watching.follower import event_of
from titan.storage.recall import recall
from titan.storage.search import search
from titan.storage.store import open_store
from titan.views.replica import Replica
from titan.views.status import Status

SETTINGS = """
[live]
stop_seconds = 3
status_seconds = 0.1
[venues.binance]
instruments = ["spot.BTCUSDT", "perp.BTCUSDT"]
double = "tape"
[sentinel]
sample_seconds = 0.05
gap_seconds_min = 0.05
gap_seconds_max = 0.1
check_seconds = 0.5
"""
"""The tape's funding forecast of 10 % a year opens a core pair with the first rate that is heard."""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    write(tmp_path / "tape", lively())
    (tmp_path / "titan.toml").write_text(SETTINGS)
    return tmp_path


def plan_of(place: Path, mode: str) -> Plan:
    return read_plan(place, mode, {}, {"live.folder": str(place / "run")})


async def run(
    plan: Plan, seconds: float, enough: Callable[[Status], bool] = lambda _now: False
) -> tuple[Status, Run]:
    """Until `enough`, or for so many seconds."""
    """The last status, and the parts as they were left."""
    kept: list[Run] = []

    def keep(made: Run) -> None:
        kept.append(made)

    def look(now: Status) -> None:
        if now.state in ("trading", "halted") and enough(now):
            signal.raise_signal(signal.SIGTERM)

    last = await life.trade(
        plan, WallClock(), seconds=seconds, env={}, tell=lambda _text: None, show=look, made=keep
    )
    return last, kept[0]


async def test_on_paper_orders_are_made_and_the_ledger_is_the_venues(place: Path) -> None:
    last, made = await run(plan_of(place, "paper"), 200.0, lambda now: now.fills >= 8)
    assert (last.state, last.simulated, last.closed) == (
        "stopped", True, {"stopping": "the run is stopping"},
    )  # fmt: skip
    assert last.orders >= 4
    assert last.fills >= 4
    assert last.in_flight == ()
    theirs = made.side.balances()
    assert {key: made.parts.ledger.balance(*key) for key in theirs} == theirs
    lots = {p.instrument: p.lots for p in made.parts.ledger.positions()}
    held = made.side.exchange.state.insts["position"].tolist()
    assert [lots.get(i.id, 0) for i in made.instruments] == held
    assert lots["binance.perp.BTCUSDT"] < 0
    assert_replica_is(made, last)
    assert last.latency["decision to order"].count >= 1
    assert last.latency["order to ack"].count == last.orders
    assert last.journal.waiting == 0
    written = json.loads((place / "run" / "status.json").read_text())
    assert (written["state"], written["orders"]) == ("stopped", last.orders)


def assert_replica_is(made: Run, last: Status) -> None:
    """What is folded from the journal is what the run held; what it said of itself agrees with its books."""
    store, folded = open_store(made.plan.store), Replica()
    try:
        for entry in search(store):
            folded(entry.seq, entry.at_ns, event_of(entry) or entry)  # type: ignore[arg-type]
    finally:
        store.close()
    parts = made.parts
    assert folded.positions == {p.instrument: p for p in parts.ledger.positions()}
    assert {h.id: h.units for h in folded.holdings.values()} == {h.id: h.units for h in parts.strategy.book}
    assert (folded.fills, folded.missing, folded.working) == (last.fills, 0, {})
    assert {line.id: line.size for line in last.holdings} == {
        h.id: h.units * h.unit for h in parts.strategy.book
    }  # fmt: skip
    assert [line.pair for line in last.pairs] == [pair.name for pair in parts.strategy.pairs]
    assert last.delta is not None
    assert abs(last.delta) < 1


async def test_an_observer_raises_signals_and_sends_nothing(place: Path) -> None:
    shut = "this run only observes"
    last, _ = await run(plan_of(place, "observe"), 200.0, lambda now: shut in now.refusals)
    assert last.signals >= 1
    assert (last.orders, last.fills, last.positions) == (0, 0, ())
    assert last.refusals["this run only observes"] >= 1


def test_a_paper_run_that_was_killed_goes_on_with_its_books(place: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "titan.cli.app",
        "run",
        "--mode",
        "paper",
        "--config",
        str(place),
        "--json",
    ]
    command += ["--set", f"live.folder={place / 'run'}"]
    first = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    end = time.monotonic() + 300
    while orders_of(place) < 8:
        assert first.poll() is None, first.communicate()
        assert time.monotonic() < end
        time.sleep(0.02)
    first.kill()
    first.wait()
    again = subprocess.run(
        [*command, "--seconds", "3"], capture_output=True, text=True, timeout=240, check=False
    )
    assert again.returncode == 0, again.stderr
    last = json.loads(again.stdout)
    assert (last["resumed"], last["state"], last["in_flight"]) == (True, "stopped", [])
    store = open_store(f"sqlite:///{place / 'run' / 'titan.db'}")
    left = left_by(recall(store, TYPES))
    store.close()
    assert left.memory.wishes == {}
    assert len(left.memory.orders) == last["orders"] >= 8
    fills = [e for e in left.events if isinstance(e, Fill)]
    assert len({f.id for f in fills}) == len(fills)
    ledger = Ledger({i.id: i for i in (SPOT, PERP)})
    rebuild(ledger, left.memory.bookings, left.memory.intent)
    held = {p["instrument"]: Decimal(p["size"]) for p in last["positions"]}
    assert held == {p.instrument: p.lots * ledger.instruments[p.instrument].lot for p in ledger.positions()}
    assert abs(sum(held.values())) < PERP.lot


def orders_of(place: Path) -> int:
    try:
        return int(json.loads((place / "run" / "status.json").read_text())["orders"])
    except (OSError, ValueError):
        return 0


def test_real_money_wants_to_be_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "titan.toml").write_text('[venues.kraken]\ninstruments = ["spot.BTCUSD"]\n')
    assert main(["run", "--mode", "live", "--config", str(tmp_path)]) == 2
    assert "this would trade real money at kraken" in capsys.readouterr().err


def test_a_mode_that_there_is_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--mode", "papier", "--config", str(tmp_path)]) == 2
    assert "one of paper, observe, live" in capsys.readouterr().err


async def test_a_run_that_is_stopped_at_once_has_decided_nothing_and_says_so(place: Path) -> None:
    plan = plan_of(place, "paper")

    def stop(_made: Run) -> None:
        os.kill(os.getpid(), signal.SIGTERM)

    last = await life.trade(
        plan, WallClock(), seconds=60, env={}, tell=lambda _text: None, show=lambda _s: None, made=stop
    )
    assert (last.state, last.traded, last.start_nav, last.signals) == ("stopped", False, None, 0)
