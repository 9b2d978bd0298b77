"""The `socket` suite: whole messages as bytes with the time of their arrival, under uvloop.

Every client is given what its users would give it for speed (no compression, no limit of its queue), and all
do the same with a message: take its bytes and, where messages are paced, how long it was on its way.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import uvloop

from benchmarks.drivers import task
from benchmarks.drivers.socket_sender import STAMP

BURST: Final = 600_000
PACED: Final = 5_000
_SKIPPED: Final = 200
"""Paced messages that are not counted: the first ones meet cold caches."""

Client = Callable[[str, "Meter"], Awaitable[None]]


class Meter:
    """Counts messages from the first on; `ways` are the times on the way, ns."""

    def __init__(self, n: int, is_paced: bool) -> None:
        self.left = n
        self.first = self.last = 0.0
        self.cpu = 0.0
        self.ways: list[int] = []
        self.hear = self.paced if is_paced else self.count
        self.done = asyncio.get_running_loop().create_future()

    def count(self, frame: bytes, recv: int) -> None:
        del frame, recv
        if not self.first:
            self.first, self.cpu = time.perf_counter(), time.process_time()
        self.left -= 1
        if not self.left:
            self.last, self.cpu = time.perf_counter(), time.process_time() - self.cpu
            self.done.set_result(None)

    def paced(self, frame: bytes, recv: int) -> None:
        self.ways.append(time.monotonic_ns() - int(frame[:STAMP]))
        self.count(frame, recv)


async def titan(url: str, meter: Meter) -> None:
    from titan.runtime.clock import WallClock
    from titan.venues.socket.connection import connect

    reasons: list[str] = []
    connection = await connect(url, meter.hear, reasons.append, WallClock().now)
    await meter.done
    connection.abort("measured")


async def picows(url: str, meter: Meter) -> None:
    from picows import WSFrame, WSListener, WSTransport, ws_connect

    class Ear(WSListener):
        def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
            del transport
            meter.hear(frame.get_payload_as_bytes(), 0)

    transport, _ = await ws_connect(Ear, url)
    await meter.done
    transport.disconnect(graceful=False)


async def websockets(url: str, meter: Meter) -> None:
    from websockets.asyncio.client import connect

    async with connect(url, compression=None, max_queue=None, close_timeout=0) as socket:
        while meter.left:
            meter.hear(await socket.recv(decode=False), time.time_ns())
        socket.transport.abort()


async def aiohttp(url: str, meter: Meter) -> None:
    from aiohttp import ClientSession

    async with ClientSession() as session:
        socket = await session.ws_connect(url, compress=0, decode_text=False)
        while meter.left:
            meter.hear((await socket.receive()).data, time.time_ns())
        socket._response.close()


CLIENTS: Final[dict[str, Client]] = {
    "titan": titan, "picows": picows, "websockets": websockets, "aiohttp": aiohttp,
}  # fmt: skip


def measured(mode: str, peer: str, n: int) -> dict[str, float]:
    """One run beside a sender of its own."""
    sender = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.drivers.socket_sender", mode, str(n)],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).resolve().parents[2],
    )

    async def main() -> Meter:
        assert sender.stdout is not None
        meter = Meter(n, mode == "paced")
        await CLIENTS[peer](f"ws://127.0.0.1:{int(sender.stdout.readline())}/", meter)
        return meter

    try:
        meter = uvloop.run(main())
    finally:
        sender.kill()
        sender.wait()
    taken = meter.last - meter.first
    figures = {"messages_per_s": (n - 1) / taken, "cpu_us": meter.cpu / n * 1e6, "messages": float(n)}
    if meter.ways:
        ways = sorted(meter.ways[_SKIPPED:])
        figures |= {"p50_us": ways[len(ways) // 2] / 1e3, "p99_us": ways[int(len(ways) * 0.99)] / 1e3}
    return figures


def main(found: task.Task) -> None:
    mode, _, peer = found.variant.partition("-")
    measured(mode, peer, 300 if mode == "paced" else 20_000)
    found.write(**measured(mode, peer, PACED if mode == "paced" else BURST))


if __name__ == "__main__":
    main(task.from_command_line())
