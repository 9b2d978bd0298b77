"""Raw Binance streams as captured (receive stamp, then the combined-stream JSON, a line each), read for
measuring only.

Malformed lines are counted, not guessed at. The tape's importer is another, stricter reader of the same
files.
"""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from titan.simulation.market.statistics import Flow


class _Data(msgspec.Struct):
    """The fields of a depth, trade or bookTicker message; absent ones stay at their default."""

    E: int = 0
    T: int = 0
    b: list[tuple[str, str]] | str | int = 0
    a: list[tuple[str, str]] | str | int = 0
    B: str = "0"
    A: str = "0"
    p: str = "0"
    q: str = "0"
    m: bool = False


class _Line(msgspec.Struct):
    stream: str
    data: _Data


class Capture(NamedTuple):
    flow: Flow
    delays_ms: dict[str, NDArray[np.float64]]
    """Receive stamp minus event time by stream; clocks differ, so it can be negative."""
    malformed: int
    first_s: float
    last_s: float


def read_capture(path: Path) -> Capture:
    """One capture; times of the flow are receive stamps, corrected by nothing."""
    bbo: list[tuple[float, ...]] = []
    trades: list[tuple[float, ...]] = []
    levels: list[tuple[float, ...]] = []
    delays: dict[str, list[float]] = {}
    messages = malformed = 0
    decoder = msgspec.json.Decoder(_Line)
    stamp = 0.0
    first = 0.0
    with gzip.open(path, "rb") as lines:
        for line in lines:
            cut = line.find(b" ")
            try:
                message = decoder.decode(line[cut + 1 :])
            except msgspec.DecodeError:
                malformed += 1
                continue
            stamp = int(line[:cut]) / 10.0 ** (cut - 10)  # 16 digits are us, 19 are ns
            first = first or stamp
            stream, data = message.stream.split("@")[1], message.data
            if data.E:
                delays.setdefault(stream, []).append(stamp * 1e3 - data.E)
            if stream == "bookTicker" and isinstance(data.b, str) and isinstance(data.a, str):
                bbo.append((stamp, float(data.b), float(data.B), float(data.a), float(data.A)))
            elif stream == "trade":
                trades.append((data.T / 1e3, float(data.p), float(data.q), -1.0 if data.m else 1.0))
            elif stream == "depth" and isinstance(data.b, list) and isinstance(data.a, list):
                messages += 1
                levels += [(stamp, float(p), float(q), 1.0) for p, q in data.b]
                levels += [(stamp, float(p), float(q), -1.0) for p, q in data.a]
    flow = Flow(np.array(bbo), np.array(trades), np.array(levels), messages)
    return Capture(flow, {k: np.array(v) for k, v in delays.items()}, malformed, first, stamp)
