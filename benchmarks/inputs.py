"""Prepare the inputs that all peers share: `python -m benchmarks.inputs --out DIR [--data DIR] [--quotes N]`.

Writes NumPy arrays (`quotes.npy`, `diffs-<book>-levels.npy`, `diffs-<book>-offsets.npy`, `legs.npy`), frames
as a venue sends them (`frames-mix.txt`, `frames-depth.txt`, one a line) and `inputs.json`, which says where
the numbers come from. Each peer then reads them in the form it likes best; turning them into a peer's own
file format is not timed, loading that form is.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from benchmarks import captures

VERSION: Final = 5
"""Part of the cache key: raise it when the meaning of a file changes."""

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


def prepare(out: Path, data: Path | None, n_quotes: int) -> dict[str, Any]:
    """Write the inputs unless `out` already holds the same; `data` None or absent means generated inputs."""
    recorded = data is not None and all((data / p).is_file() for b in BOOKS.values() for p in b.paths)
    key = {"version": VERSION, "quotes": n_quotes, "recorded": recorded}
    known = out / "inputs.json"
    if known.is_file() and (found := json.loads(known.read_text()))["key"] == key:
        return dict(found)
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    if recorded:
        assert data is not None
        described = _recorded(out, data, n_quotes)
    else:
        from benchmarks import generated

        described = generated.write(out, n_quotes)
    described["key"] = key
    known.write_text(json.dumps(described, indent=1))
    return described


def _recorded(out: Path, data: Path, n_quotes: int) -> dict[str, Any]:
    base = captures.quotes(data / USDM)
    np.save(out / "quotes.npy", captures.tiled(base, n_quotes, LEAST_QTY))
    books = {}
    for name, book in BOOKS.items():
        diffs = captures.depth([data / path for path in book.paths])
        books[name] = save_book(out, name, diffs, book.tick, book.lot)
    legs = captures.two_legs(data / SPOT, data / USDM)
    np.save(out / "legs.npy", legs)
    frames = captures.frames(data / USDM)
    return {
        "source": "recorded",
        "frames": save_frames(out, frames, "Binance USD-M BTCUSDT of 2023-04-05"),
        "quotes": {
            "rows": n_quotes,
            "of": f"{len(base):,} Binance USD-M BTCUSDT bookTicker messages of 2023-04-05, tiled",
        },
        "books": books,
        "legs": describe_legs(legs, "Binance BTCUSDT spot and USD-M depth and trades of 2023-04-05"),
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


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--quotes", type=int, default=1_000_000)
    asked = parser.parse_args(argv)
    prepare(asked.out, asked.data, asked.quotes)


if __name__ == "__main__":
    main()
