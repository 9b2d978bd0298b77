"""The `gateway` suite: what it costs a run's orders that consoles look on, and how old is what they see."""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import uvloop

from benchmarks.drivers import desk, task
from benchmarks.drivers.desk_titan import PERP, trade
from benchmarks.drivers.terminal import PAIRS, STEPS, publish, status
from titan.api.auth.authority import Authority
from titan.api.shapes.control import FirstUser
from titan.engine.view import MarketView
from titan.market.ladder import LADDER, SHOWN
from titan.runtime.clock import WallClock
from titan.runtime.trading.framing import PULSE, FrameFile
from titan.storage.store import open_store
from titan.views.frame import NAME

EVERY_S: Final = 0.05
NAMES: Final = (PERP, *(f"binance.{kind}.{coin}USDT" for coin in PAIRS for kind in ("spot", "perp")))

FIGURES: Final[dict[str, float]] = {}
"""What the consoles saw."""


async def frames(view: MarketView, folder: Path) -> None:
    """As `runtime.trading.framing` writes them, of the one market that there is, under all names."""
    one, ladder = np.zeros(1, SHOWN), np.zeros(1, LADDER)
    pack, file, count, pulse = msgspec.msgpack.Encoder(), FrameFile(folder / NAME), 0, msgspec.Raw(b"")
    names = msgspec.Raw(pack.encode(NAMES))
    while True:
        now = time.time_ns()
        if count % PULSE == 0:
            pulse = msgspec.Raw(pack.encode(status(now)))
        count += 1
        view.show(one, ladder, now)
        quotes, ladders = np.repeat(one, len(NAMES)), np.repeat(ladder, len(NAMES))
        quotes["bid_qty"] += count % 97  # so that every row is another each time
        file.write(
            pack.encode((now, "bench", count, EVERY_S, names, quotes.tobytes(), ladders.tobytes(), pulse))
        )
        await asyncio.sleep(EVERY_S)


async def run(port: int, folder: Path) -> None:
    publishing = asyncio.ensure_future(publish(folder))
    try:
        await trade(port, folder, lambda view: frames(view, folder))
    finally:
        publishing.cancel()


async def alone(port: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        await run(port, Path(name))


async def watched(port: int, consoles: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        open_store(f"sqlite:///{folder / 'titan.db'}").close()
        async with _gateway(folder) as (address, token), _consoles(address, token, consoles):
            await run(port, folder)


async def beside_a_stranger(port: int) -> None:
    """Of a process that has nothing to do with the run, and takes half a core."""
    code = (
        "import time\nwhile True:\n end = time.perf_counter() + 0.01\n"
        " while time.perf_counter() < end: pass\n time.sleep(0.01)"
    )
    stranger = await asyncio.create_subprocess_exec(sys.executable, "-c", code)
    try:
        await alone(port)
    finally:
        stranger.terminate()
        await stranger.wait()


@contextlib.asynccontextmanager
async def _gateway(folder: Path) -> AsyncIterator[tuple[str, str]]:
    """Its address, and a token to read with."""
    state = folder / "state"
    state.mkdir(mode=0o700)
    authority = Authority(state, WallClock().now)
    user = FirstUser(authority.first_word, "bench", "a sentence to measure with")
    token = (await authority.set_up(user, "127.0.0.1")).session.access
    command = [sys.executable, "-m", "titan.cli.app", "api", "--run", str(folder), "--port", "0"]
    gateway = await asyncio.create_subprocess_exec(*command, "--state", str(state), stdout=subprocess.PIPE)
    try:
        assert gateway.stdout is not None
        line = (await gateway.stdout.readline()).decode()
        yield line.split(" at ")[-1].strip(), token
    finally:
        gateway.terminate()
        await gateway.wait()


@contextlib.asynccontextmanager
async def _consoles(address: str, token: str, count: int) -> AsyncIterator[None]:
    """Connected all, until what they saw is in `FIGURES`."""
    command = [sys.executable, "-m", "benchmarks.drivers.gateway_consoles", address, str(count)]
    consoles = await asyncio.create_subprocess_exec(
        *command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path(__file__).resolve().parents[2]
    )
    assert consoles.stdin is not None
    assert consoles.stdout is not None
    consoles.stdin.write(f"{token}\n".encode())
    if not await consoles.stdout.readline():
        raise RuntimeError("the consoles could not connect")
    try:
        yield
    finally:
        consoles.stdin.close()
        FIGURES.update(json.loads(await consoles.stdout.read() or b"{}"))
        await consoles.wait()


def main(found: task.Task) -> None:
    rate, _, peer = found.variant.partition("-")

    async def looked_at(port: int) -> None:
        kinds = {"alone": alone, "stranger": beside_a_stranger}
        await (kinds[peer](port) if peer in kinds else watched(port, int(peer)))

    figures = uvloop.run(desk.measured(int(rate), looked_at, STEPS))
    found.write(**figures, **FIGURES)


if __name__ == "__main__":
    main(task.from_command_line())
