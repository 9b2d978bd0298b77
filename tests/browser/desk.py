"""A whole desk for a browser: `titan up` over a double of its own, and what only the double can tell."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import httpx
import msgspec

from titan.venues.addresses import Addresses

REPO: Final = Path(__file__).resolve().parents[2]
LONGEST_S: Final = 900.0
"""Kernels are compiled the first time, and the machine may have other things to do."""
SETUP: Final = re.compile(r"(http://[^\s/]+)/#/setup\?token=(\S+)")


class Desk:
    """`titan up` on a config of its own under `place`, until the block ends."""

    def __init__(self, place: Path) -> None:
        self.place, self.folder = place, place / "runs" / "doubles"
        self.log = place / "up.log"
        self.address = self.word = ""
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, port: int = 0) -> None:
        words = [
            sys.executable, "-m", "titan.cli.app", "up", "--mode", "live", "--config", "config/doubles",
            "--state", "state", "--port", str(port),
        ]  # fmt: skip
        self.log.unlink(missing_ok=True)
        env = os.environ | {"PYTHONPATH": str(REPO / "src"), "NO_COLOR": "1"}
        with self.log.open("wb") as told:
            self._process = subprocess.Popen(
                words, cwd=self.place, env=env, stdout=told, stderr=subprocess.STDOUT
            )
        until(lambda: bool(self._address()), "the gateway's address")
        until(lambda: "it trades" in self._said(), "the run's first trade")

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(120.0)
                return
            self._process.kill()
            self._process.wait()

    def run_pid(self) -> int:
        """The process that trades: the child of `titan up` that was told to run."""
        assert self._process is not None
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        for child in children:
            if b"\0run\0" in Path(f"/proc/{child}/cmdline").read_bytes():
                return int(child)
        raise AssertionError("titan up has no run")

    def _said(self) -> str:
        assert self._process is not None
        said = self.log.read_text(errors="replace") if self.log.exists() else ""
        if self._process.poll() is not None:
            raise AssertionError(f"titan up ended:\n{said[-2000:]}")
        return said

    def _address(self) -> str:
        said = self._said()
        if found := SETUP.search(said):
            self.address, self.word = found.groups()
        elif again := re.search(r"console\s+(http://\S+?)/", said):
            self.address = again[1]
        return self.address

    def resting(self) -> list[dict[str, Any]]:
        """Every order in the double's own books."""
        return [*self._asked("spot", "/api/v3/openOrders"), *self._asked("perp", "/fapi/v1/openOrders")]

    def exposed(self) -> list[dict[str, Any]]:
        """Every perp position that the double's account has."""
        found = self._asked("perp", "/fapi/v2/positionRisk")
        return [one for one in found if float(one["positionAmt"])]

    def bought(self) -> int:
        """Orders that opened something at the double so far, of any state."""
        orders = self._asked("spot", "/api/v3/allOrders", symbol="BTCUSDT", limit="1000")
        return sum(one["side"] == "BUY" for one in orders)

    def _asked(self, kind: str, path: str, **about: str) -> list[dict[str, Any]]:
        line = (self.folder / "addresses.json").read_bytes().splitlines()[0]
        at = msgspec.json.decode(line, type=Addresses)
        key = at.keys[0]
        query = urlencode({**about, "timestamp": int(time.time() * 1000), "recvWindow": 60_000})
        sign = hmac.new(key.secret.encode(), query.encode(), hashlib.sha256).hexdigest()
        base = at.perp_rest if kind == "perp" and at.perp_rest else at.rest
        answer = httpx.get(
            f"{base}{path}?{query}&signature={sign}", headers={"X-MBX-APIKEY": key.key}, timeout=60.0
        )
        answer.raise_for_status()
        found: list[dict[str, Any]] = answer.json()
        return found


def until(holds: Callable[[], bool], what: str, seconds: float = LONGEST_S, every: float = 0.02) -> float:
    """How long it took, in seconds. Fails where it never came."""
    began = time.monotonic()
    while not holds():
        if time.monotonic() - began > seconds:
            raise AssertionError(f"not within {seconds:.0f} s: {what}")
        time.sleep(every)
    return time.monotonic() - began


@contextlib.contextmanager
def stopped(pid: int) -> Iterator[None]:
    """SIGSTOP, and SIGCONT afterwards."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)
