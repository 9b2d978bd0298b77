"""Many consoles in one process: all channels open, every message taken, its moment read.

`python -m benchmarks.drivers.gateway_consoles ADDRESS COUNT`, with a token as the first line of its input. It
prints a line when every console has what there is, and at the end of its input how old that was.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
import time
from typing import Any, Final

import numpy as np
import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from titan.api.tables import TABLES

LOOKED_AT: Final = b'"channel":"markets"'
_MOMENT: Final = re.compile(rb'"source_ms":([0-9.]+)')
_ROW: Final = re.compile(rb'"(?:binance\.|COIN)[A-Za-z.0-9]+":\{')
STEP_S: Final = 0.005
SETTLES_MS: Final = 2000
"""After the last console's first news of a market: what came before is of the start."""


class Console(WSListener):
    """`seen` are (our time, the run's time) in ms of every message about markets."""

    def __init__(self, token: str) -> None:
        self.token, self.first = token, asyncio.get_running_loop().create_future()
        self.seen: list[tuple[float, float]] = []
        self.rows: list[tuple[float, int]] = []
        """(our time, how many) of every message, where `counts`."""
        self.counts = False

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport
        transport.send(WSMsgType.TEXT, json.dumps({"op": "auth", "token": self.token}).encode())
        transport.send(WSMsgType.TEXT, json.dumps({"op": "subscribe", "channels": [*TABLES]}).encode())

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.PING:
            transport.send_pong(frame.get_payload_as_bytes())
        if frame.msg_type != WSMsgType.TEXT:
            return
        text = frame.get_payload_as_bytes()
        if self.counts:
            self.rows.append((time.time_ns() / 1e6, len(_ROW.findall(text))))
        if LOOKED_AT in text[:64] and (moment := _MOMENT.search(text)):
            self.seen.append((time.time_ns() / 1e6, float(moment[1])))
        if not self.first.done():
            self.first.set_result(None)


def ages(seen: list[tuple[float, float]]) -> Any:
    """Of what one console had, in ms, every STEP_S from its first message to its last that had news."""
    found = np.array(seen)
    heard, moments = found[np.diff(found[:, 1], prepend=0.0) > 0].T
    at = np.arange(heard[0], heard[-1], STEP_S * 1e3)
    return at - moments[np.searchsorted(heard, at, side="right") - 1]


async def main(address: str, count: int) -> None:
    token = sys.stdin.readline().strip()
    consoles: list[Console] = []
    for n in range(count):
        _, console = await ws_connect(lambda: Console(token), f"ws{address.removeprefix('http')}/v1/stream")
        console.counts = n == 0
        consoles.append(console)
    await asyncio.gather(*(console.first for console in consoles))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    begin = max(min(at for at, of in console.seen if of) for console in consoles) + SETTLES_MS
    counted = [[one for one in console.seen if one[0] >= begin] for console in consoles]
    found = np.concatenate([ages(seen) for seen in counted])
    span_s = (counted[0][-1][0] - counted[0][0][0]) / 1e3
    figures = {
        "age_p50_ms": float(np.quantile(found, 0.5)), "age_p99_ms": float(np.quantile(found, 0.99)),
        "messages_per_s": sum(len(seen) for seen in counted) / span_s,
        "updates_per_s": sum(n for at, n in consoles[0].rows if at >= begin) / span_s,
    }  # fmt: skip
    sys.stdout.write(json.dumps(figures))


if __name__ == "__main__":
    os.nice(19)  # they are on machines of their own: here they take what nobody else wants
    uvloop.run(main(sys.argv[1], int(sys.argv[2])))
