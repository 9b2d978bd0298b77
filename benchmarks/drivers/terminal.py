"""The `terminal` suite: what it costs a run's orders that somebody looks on.

The run of `desk`, which says what it is worth every second as runs do, alone and with a terminal that looks
at it ten times a second from a process of its own on the same cores.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path
from typing import Final

import uvloop
from msgspec.structs import replace

from benchmarks.drivers import desk, task
from benchmarks.drivers.desk_titan import trade
from titan.runtime.trading.valuing import write
from titan.views.status import HoldingLine, JournalLine, MarginLine, PairLine, PriceLine, Status, VenueLine

STEPS: Final = 400
PAIRS: Final = tuple(f"COIN{n}" for n in range(10))
HZ: Final = 10
STARTS_S: Final = 4.0
"""Until the terminal has drawn its first picture; nothing is counted meanwhile."""


def status(at_ns: int) -> Status:
    """Of a run of ten pairs, each held; every figure moves."""
    wave = at_ns // 10**9 % 60 / 30 - 1
    trail = tuple(round(wave * n, 3) for n in range(60))
    money, size = Decimal(at_ns // 10**6 % 10**6), Decimal("0.1")
    names = [(name, f"binance.spot.{name}USDT", f"binance.perp.{name}USDT") for name in PAIRS]
    return Status(
        "bench", "paper", "trading", at_ns, at_ns / 1e9 % 1e5, True, False, True, "USDT",
        money, money, {"basis": money}, 0, 0, 0, 0, {},
        tuple(PriceLine(leg, 100 + wave, 1.0, mark=money) for _, *legs in names for leg in legs), (), (), 0,
        (VenueLine("binance", 2, 2, 1.0, 1.0, 0, ""),), {}, JournalLine("", 0, 0, ""), {},
        strategy="every", delta=Decimal(1), deployed=money, deployable=money,
        pairs=tuple(PairLine(*name, 100 + wave, 101 + wave, wave, 0.0, 1.0, 3 * wave, at_ns, 99, 60,
                             forecast_apr=0.1, interval_hours=8.0, trail=trail) for name in names),
        holdings=tuple(HoldingLine(f"{name[0]}:core:1", name[0], "core", *name[1:], size, size, money,
                                   {"basis": money}) for name in names),
        margins=(MarginLine("binance.perp", money, size, 0.1, 0.1, 0.3, 0.5),),
    )  # fmt: skip


async def publish(folder: Path) -> None:
    """The status, every second."""
    whole = status(time.time_ns())
    while True:
        whole = replace(status(time.time_ns()), run_id=whole.run_id)
        write(whole, folder / "status.json")
        await asyncio.sleep(1.0)


async def alone(port: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        publishing = asyncio.ensure_future(publish(Path(name)))
        try:
            await trade(port, Path(name))
        finally:
            publishing.cancel()


async def watched(port: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        publishing = asyncio.ensure_future(publish(Path(name)))
        command = [sys.executable, "-m", "benchmarks.drivers.terminal_screen", name, str(HZ)]
        screen = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            await asyncio.sleep(STARTS_S)
            await trade(port, Path(name))
        finally:
            publishing.cancel()
            DRAWN.append(int(screen.communicate(timeout=30)[0]))


DRAWN: Final[list[int]] = []
"""Bytes that the terminal drew."""
PEERS: Final[dict[str, desk.Peer]] = {"alone": alone, "watched": watched}


def main(found: task.Task) -> None:
    rate, _, peer = found.variant.partition("-")
    figures = uvloop.run(desk.measured(int(rate), PEERS[peer], STEPS))
    found.write(**figures, drawn_mb=sum(DRAWN) / 1e6)


if __name__ == "__main__":
    main(task.from_command_line())
