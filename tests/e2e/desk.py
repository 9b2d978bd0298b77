"""A desk brought up by `titan up`, as a process of its own, and an operator at its console's address."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pyotp

from titan.doubles.world import BASE_FUNDS

TITAN = (sys.executable, "-m", "titan.cli.app")
PASSWORD = "correct horse battery"
LONGEST_S = 200.0
RESTING = ("pending", "open", "partial")
DUST = Decimal("0.0002")
"""BTC that the venue's smallest order (5 USDT) leaves."""
SETTINGS = """
[live]
folder = "{folder}"
stop_seconds = 5
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


class Desk:
    """A process whose run keeps its files in `folder`: `up` starts one, or any other words of titan."""

    def __init__(self, folder: Path, *words: str) -> None:
        self.folder = folder
        self.said = folder.parent / f"{words[0]}.txt"
        with self.said.open("wb") as said:
            self.process = subprocess.Popen(
                [*TITAN, *words], stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT,
                cwd=folder.parent,
            )  # fmt: skip
        self.address, self.word = "", ""
        self.client = httpx.Client(timeout=60)

    @classmethod
    def up(cls, place: Path, folder: Path, *more: str) -> Desk:
        """`titan up` of the config at `place`."""
        state = str(folder.parent / "state")
        return cls(folder, "up", "--config", str(place), "--port", "0", "--state", state, *more)

    def text(self) -> str:
        return self.said.read_text(errors="replace")

    def story(self) -> str:
        """For whoever looks into a failure: what it printed, its run's log, and what the run said last."""
        log = self.folder / "run.log"
        logged = log.read_text(errors="replace")[-4000:] if log.exists() else "no log"
        return f"{self.text()}\n{log}:\n{logged}\nstatus: {json.dumps(self.status())[:3000]}"

    def until(self, true: Callable[[], bool], seconds: float = LONGEST_S) -> None:
        end = time.monotonic() + seconds
        while not true():
            assert self.process.poll() is None, self.story()
            assert time.monotonic() < end, self.story()
            time.sleep(0.02)

    def listening(self) -> None:
        self.until(lambda: "Ctrl-C" in self.text())
        found = re.search(r"console +(http://\S+)/", self.text())
        assert found, self.text()
        self.address = found[1]
        found = re.search(r"token=(\S+)", self.text())
        self.word = found[1] if found else ""

    def signed_in(self) -> None:
        """As the first user, with a second factor, so that all scopes are in force."""
        first = {"token": self.word, "name": "anna", "password": PASSWORD}
        self._takes(self.ask("POST", "/v1/auth/setup", first))
        secret = self.ask("POST", "/v1/auth/totp")["secret"]
        self._takes(self.ask("POST", "/v1/auth/totp/confirm", {"code": pyotp.TOTP(secret).now()}))

    def _takes(self, session: Mapping[str, Any]) -> None:
        self.client.headers["Authorization"] = f"Bearer {session['access']}"

    def ask(self, method: str, path: str, body: object = None, status: int = 0) -> Any:
        answer = self.client.request(method, self.address + path, json=body)
        assert answer.status_code == status if status else answer.is_success, answer.text
        return answer.json() if answer.content else None

    def status(self) -> dict[str, Any]:
        """As the run says it."""
        try:
            found: dict[str, Any] = json.loads((self.folder / "status.json").read_text())
        except (OSError, ValueError):
            return {}
        return found

    def truth(self) -> dict[str, Any]:
        """What the double itself knows."""
        at = json.loads((self.folder / "addresses.json").read_text())["rest"]
        with urllib.request.urlopen(f"{at}/_titan/truth") as answer:
            found: dict[str, Any] = json.loads(answer.read())
        return found

    def held_there(self) -> list[str]:
        """What rests at the double and what it holds of ours, in words: empty when all is flat."""
        there = self.truth()
        resting = [f"{one['client_id']} {one['state']}" for one in there["orders"] if one["state"] in RESTING]
        held = [f"{name} {size}" for name, size in there["positions"].items() if Decimal(size)]
        coins = Decimal(there["balances"]["spot"]["BTC"]["total"]) - BASE_FUNDS
        return [*resting, *held, *([f"{coins} BTC"] if abs(coins) > DUST else [])]

    def journal(self, what: str) -> list[tuple[int, dict[str, Any]]]:
        """All entries of a kind, with their numbers."""
        with closing(sqlite3.connect(f"file:{self.folder / 'titan.db'}?mode=ro", uri=True)) as looking:
            ask = "select seq, body from entries where what = ? order by seq"
            return [(seq, json.loads(body)) for seq, body in looking.execute(ask, (what,))]

    def end(self, number: int = signal.SIGINT) -> int:
        self.client.close()
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(LONGEST_S)


def descendants(pid: int) -> set[int]:
    """All processes below this one."""
    parents: dict[int, int] = {}
    for one in Path("/proc").iterdir():
        if one.name.isdigit():
            try:
                parents[int(one.name)] = int((one / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, IndexError):
                continue
    found, fresh = set[int](), {pid}
    while fresh:
        fresh = {child for child, parent in parents.items() if parent in fresh} - found
        found |= fresh
    return found


def alive(pid: int) -> bool:
    """Whether it is there, and no zombie."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (OSError, IndexError):
        return False
