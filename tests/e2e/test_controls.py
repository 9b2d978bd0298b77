"""An operator at a desk that `titan up` brought up, live over a double: pause, resume, panic, re-arm; what is
left when the desk, or a gateway beside a run, is killed.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.doubles.tapes import lively, write
from tests.e2e.desk import SETTINGS, Desk, alive, descendants

PROC = pytest.mark.skipif(not Path("/proc").is_dir(), reason="children are looked for in /proc")
pytestmark = pytest.mark.timeout(900)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A config folder with the tape of its double."""
    found = tmp_path / "config"
    write(found / "tape", lively(120))
    (found / "titan.toml").write_text(SETTINGS.format(folder=tmp_path / "run"))
    return found


@pytest.fixture
def desk(place: Path) -> Iterator[Desk]:
    found = Desk.up(place, place.parent / "run", "--mode", "live")
    yield found
    found.end()


def entries_between(desk: Desk, first: int, last: int) -> list[str]:
    """Orders that opened something and left between two entries of the journal."""
    sent = [(seq, one) for seq, one in desk.journal("submitted") if first < seq < last]
    return [one["client_id"] for _, one in sent if one["intent"]["purpose"] == "entry"]


def test_an_operator_pauses_resumes_panics_and_rearms(desk: Desk) -> None:
    desk.listening()
    desk.signed_in()
    desk.until(lambda: desk.status().get("orders", 0) >= 4)
    _pause_and_resume(desk)
    _panic(desk)
    _rearm(desk)
    log = desk.ask("GET", "/v1/audit")["rows"]
    done = [one["what"] for one in reversed(log) if one["what"] in ("pause", "resume", "panic", "rearm")]
    assert done == ["pause", "pause", "resume", "panic", "rearm"]
    assert desk.end() == 0
    assert "stopped" in desk.text()


def _pause_and_resume(desk: Desk) -> None:
    paused = desk.ask("POST", "/v1/controls/pause", {"reason": "a look"})
    assert paused["control"] == "pause"
    desk.until(lambda: "paused by operator" in desk.status()["closed"])
    (asked,) = desk.journal("imposed")
    assert (asked[1]["name"], asked[1]["by"], asked[1]["reason"]) == ("paused by operator", "anna", "a look")
    assert desk.ask("POST", "/v1/controls/pause", {})["text"] == "it is paused already"
    desk.until(lambda: not desk.status()["executions"])
    rows = desk.status()["rows"]
    desk.until(lambda: desk.status()["rows"] > rows + 100)  # the market goes on
    there = {one["client_id"] for one in desk.truth()["orders"]}
    desk.ask("POST", "/v1/controls/resume", {"reason": "seen"})
    desk.until(lambda: "paused by operator" not in desk.status()["closed"])
    (lifted,) = desk.journal("lifted")
    assert entries_between(desk, asked[0], lifted[0]) == []
    assert there <= {one["client_id"] for _, one in desk.journal("submitted")}, "nobody else trades there"


def _panic(desk: Desk) -> None:
    desk.until(lambda: bool(desk.status()["positions"]))
    desk.until(lambda: desk.ask("GET", "/v1/controls/panic")["ready"])
    assert desk.held_there() != []
    desk.ask("POST", "/v1/controls/panic", {"confirm": "panic"}, 400)
    begun = desk.ask("POST", "/v1/controls/panic", {"confirm": "PANIC", "reason": "a drill"}, 202)
    assert begun["state"] == "running"
    desk.until(lambda: desk.held_there() == [])
    desk.until(lambda: desk.ask("GET", "/v1/controls/panic")["state"] == "flat")
    ended = desk.ask("GET", "/v1/controls/panic")
    assert (ended["flat"], ended["open"]) == (["binance"], {})
    assert ended["lines"]
    desk.until(lambda: "flat at binance" in desk.status()["closed"].get("all orders", ""))
    assert (desk.status()["positions"], desk.status()["holdings"]) == ([], [])
    assert desk.held_there() == []
    desk.until(lambda: desk.ask("GET", "/v1/controls/panic")["ready"])  # another one


def _rearm(desk: Desk) -> None:
    before = desk.status()
    assert "run is started again" in desk.ask("POST", "/v1/controls/rearm", {"confirm": "REARM"})["text"]
    desk.until(lambda: desk.status()["at_ns"] > before["at_ns"] and desk.status()["state"] == "trading")
    assert desk.status()["run_id"] == before["run_id"]
    desk.until(lambda: desk.status()["fills"] > before["fills"])
    desk.until(lambda: desk.held_there() != [])


@PROC
def test_a_run_that_dies_is_started_again_and_nothing_outlives_a_desk_that_is_killed(desk: Desk) -> None:
    desk.listening()
    # what it has sent is in its journal: one that had done nothing yet would begin as another run
    desk.until(lambda: desk.status().get("orders", 0) >= 1)
    first = desk.status()
    children = descendants(desk.process.pid)
    run = next(pid for pid in children if b"run" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"))
    os.kill(run, signal.SIGKILL)
    desk.until(lambda: "was killed (signal 9)" in desk.text())
    assert desk.client.get(f"{desk.address}/health/live").is_success, "the gateway goes on"
    desk.until(lambda: desk.status()["resumed"] and desk.status()["state"] == "trading")
    assert desk.status()["run_id"] == first["run_id"]
    children = descendants(desk.process.pid)
    assert len(children) >= 3  # the run, the doubles, the panic that stands ready
    desk.process.kill()
    desk.process.wait()
    assert until_gone(children) == set()


def until_gone(pids: set[int], seconds: float = 180.0) -> set[int]:
    """Those that are still there after so long."""
    end = time.monotonic() + seconds
    while (left := {pid for pid in pids if alive(pid)}) and time.monotonic() < end:
        time.sleep(0.05)
    return left


def test_a_run_does_not_notice_that_its_gateway_is_killed(place: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    run = Desk(folder, "run", "--mode", "paper", "--config", str(place), "--json")
    try:
        run.until(lambda: run.status().get("state") == "trading")
        api = Desk(folder, "api", "--run", str(folder), "--port", "0", "--state", str(tmp_path / "state"))
        try:
            api.until(lambda: "http://" in api.text())
            below = descendants(api.process.pid) if Path("/proc").is_dir() else set()
        finally:
            api.end(signal.SIGKILL)
        rows = run.status()["rows"]
        run.until(lambda: run.status()["rows"] > rows)
        assert until_gone(below) == set()
    finally:
        assert run.end() == 0
