"""Recorded raw streams to plain arrays that every peer can read.
 A capture is a gzip of lines `<local receive stamp> <frame>`, the frame being a combined-stream message of
Binance (bookTicker, depthUpdate, trade) or, once, the reply to a depth request. Times are the exchange's
(`T`, else `E`), in ms.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

QUOTE: Final = np.dtype(
    [("ts", "i8"), ("bid", "f8"), ("bid_qty", "f8"), ("ask", "f8"), ("ask_qty", "f8")], align=True
)
"""One best bid and offer: `ts` ns UTC."""

LEVEL: Final = np.dtype([("ts", "i8"), ("px", "f8"), ("qty", "f8"), ("side", "i8")], align=True)
"""One book level set to `qty` (absolute, 0 deletes): `side` +1 bid, -1 ask."""

EVENT: Final = np.dtype(
    [("ts", "i8"), ("px", "f8"), ("qty", "f8"), ("leg", "i2"), ("kind", "i2"), ("side", "i2"), ("end", "i2")],
    align=True,
)
"""One row of the two-leg tape: `kind` 1 trade or 2 level, as on Titan's tape; `end` closes a message."""

TRADE_ROW: Final = 1
LEVEL_ROW: Final = 2
MS: Final = 1_000_000


class Diffs(NamedTuple):
    """Message `m` is `levels[offsets[m]:offsets[m + 1]]`."""

    levels: NDArray[np.void]
    offsets: NDArray[np.int64]


class Frames(NamedTuple):
    """Frames of combined streams as they came: quotes, trades and marks together, and depth alone."""

    mix: list[bytes]
    depth: list[bytes]


def frames(path: Path) -> Frames:
    """Of one capture, without answers to requests."""
    with gzip.open(path, "rb") as lines:
        found = [frame.rstrip() for _, _, frame in (line.partition(b" ") for line in lines)]
    streams = [frame for frame in found if frame.startswith(b'{"stream":')]
    depth = [frame for frame in streams if b"@depth" in frame[:50]]
    return Frames([frame for frame in streams if b"@depth" not in frame[:50]], depth)


def messages(path: Path) -> Iterator[dict[str, Any]]:
    """The frames of one capture, in the order received; the snapshot reply is among them."""
    decode = msgspec.json.Decoder().decode
    with gzip.open(path, "rb") as lines:
        for line in lines:
            _, found, frame = line.partition(b" ")
            if found:
                message = decode(frame)
                yield message.get("data", message)


def quotes(path: Path) -> NDArray[np.void]:
    """Every bookTicker of a USD-M capture, with strictly increasing stamps (ties are spread by 1 ns)."""
    rows = [
        (int(m["T"]) * MS, float(m["b"]), float(m["B"]), float(m["a"]), float(m["A"]))
        for m in messages(path)
        if m.get("e") == "bookTicker"
    ]
    found = np.array(rows, QUOTE)
    found["ts"] = strictly_increasing(found["ts"])
    return found


def strictly_increasing(ts: NDArray[np.int64]) -> NDArray[np.int64]:
    """The smallest strictly increasing series that is nowhere below `ts`."""
    index = np.arange(len(ts))
    return np.asarray(np.maximum.accumulate(ts - index) + index, np.int64)


def tiled(base: NDArray[np.void], n: int, least_qty: float) -> NDArray[np.void]:
    """`base` repeated to exactly `n` quotes, later copies later in time; sizes at least `least_qty`."""
    copies = -(-n // len(base))
    out = np.tile(base, copies)
    span = int(base["ts"][-1] - base["ts"][0]) + MS
    out["ts"] += np.repeat(np.arange(copies), len(base)) * span
    for column in ("bid_qty", "ask_qty"):
        out[column] = np.maximum(out[column], least_qty)
    return out[:n]


def depth(paths: list[Path]) -> Diffs:
    """The depth diffs of captures that follow one another, on the first snapshot among them where there is
        one.
     Diffs received before the snapshot reply, or wholly older than it, are dropped: the book would apply them
    twice.
    """
    found = [m for path in paths for m in messages(path)]
    held = next((m for m in found if "lastUpdateId" in m), None)
    parts = [] if held is None else [_levels(held, int(held["T"]) * MS, "bids", "asks")]
    newest = 0 if held is None else int(held["lastUpdateId"])
    for m in found:
        if m.get("e") == "depthUpdate" and int(m["u"]) >= newest:
            parts.append(_levels(m, int(m.get("T", m["E"])) * MS, "b", "a"))
    sizes = np.array([0] + [len(part) for part in parts], np.int64)
    return Diffs(np.concatenate(parts), np.cumsum(sizes))


def two_legs(spot: Path, perp: Path) -> NDArray[np.void]:
    """Depth and trades of both legs on one time line (leg 0 spot, 1 perp), messages whole, sorted by time."""
    parts = []
    for leg, path in enumerate((spot, perp)):
        for m in messages(path):
            if m.get("e") == "depthUpdate":
                levels = _levels(m, int(m.get("T", m["E"])) * MS, "b", "a")
                parts.append(_events(levels, leg, LEVEL_ROW))
            elif m.get("e") == "trade":
                side = -1 if m["m"] else 1  # m: the buyer was the maker, so the taker sold
                trade = np.array([(int(m["T"]) * MS, float(m["p"]), float(m["q"]), side)], LEVEL)
                parts.append(_events(trade, leg, TRADE_ROW))
    parts = [part for part in parts if len(part)]
    order = np.argsort(np.array([part["ts"][0] for part in parts]), kind="stable")
    return np.concatenate([parts[i] for i in order])


def _levels(message: dict[str, Any], ts: int, bids: str, asks: str) -> NDArray[np.void]:
    rows = [(ts, float(p), float(q), 1) for p, q in message[bids]]
    rows += [(ts, float(p), float(q), -1) for p, q in message[asks]]
    return np.array(rows, LEVEL)


def _events(levels: NDArray[np.void], leg: int, kind: int) -> NDArray[np.void]:
    out = np.zeros(len(levels), EVENT)
    for column in ("ts", "px", "qty", "side"):
        out[column] = levels[column]
    out["leg"], out["kind"] = leg, kind
    if len(out):
        out["end"][-1] = 1
    return out
