"""The form in which inputs are kept, whoever made them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from benchmarks import captures

LEAST_QTY: Final = 0.1
"""Displayed size of every quote is at least this (BTC), so that 0.01 or 0.02 never walks past the touch at
any peer.
"""

USDM_SNAPSHOT: Final = "l2/hftbacktest/usdm/btcusdt_20230404.dat.gz"
USDM: Final = "l2/hftbacktest/usdm/btcusdt_20230405.dat.gz"
SPOT: Final = "l2/hftbacktest/spot/btcusdt_20230405.dat.gz"
ETH: Final = "l2/hftbacktest/usdm/ethusdt_20240719.gz"


class Book(NamedTuple):
    """Captures that follow one another, and the grid of their instrument."""

    paths: tuple[str, ...]
    tick: float
    lot: float


BOOKS: Final = {
    "perp": Book((USDM_SNAPSHOT, USDM), 0.1, 0.001),
    "spot": Book((SPOT,), 0.01, 0.00001),
    "eth": Book((ETH,), 0.01, 0.001),
}


def save_book(out: Path, name: str, diffs: captures.Diffs, tick: float, lot: float) -> dict[str, Any]:
    """Store one stream of diffs and say what it is."""
    np.save(out / f"diffs-{name}-levels.npy", diffs.levels)
    np.save(out / f"diffs-{name}-offsets.npy", diffs.offsets)
    n, levels = len(diffs.offsets) - 1, len(diffs.levels)
    return {
        "tick": tick,
        "lot": lot,
        "messages": n,
        "levels": levels,
        "levels_per_message": round(levels / n, 1),
        "deletes": round(float(np.mean(diffs.levels["qty"] == 0.0)), 3),
    }


def save_frames(out: Path, frames: captures.Frames, of: str) -> dict[str, Any]:
    """Store frames as they came and say what they are."""
    (out / "frames-mix.txt").write_bytes(b"\n".join(frames.mix))
    (out / "frames-depth.txt").write_bytes(b"\n".join(frames.depth))
    sizes = {name: sum(map(len, one)) / len(one) for name, one in frames._asdict().items()}
    return {
        "of": of,
        "mix": len(frames.mix),
        "depth": len(frames.depth),
        "mix_bytes": round(sizes["mix"]),
        "depth_bytes": round(sizes["depth"]),
    }


def describe_legs(legs: Any, of: str) -> dict[str, Any]:
    return {
        "rows": len(legs),
        "messages": int(legs["end"].sum()),
        "seconds": round(float(legs["ts"][-1] - legs["ts"][0]) / 1e9, 1),
        "of": of,
    }
