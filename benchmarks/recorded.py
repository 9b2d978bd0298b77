"""Inputs from recorded captures: quotes, the depth of three books, two legs, and frames as they came."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import captures, month
from benchmarks.stored import BOOKS, LEAST_QTY, SPOT, USDM, describe_legs, save_book, save_frames


def write(out: Path, data: Path, n_quotes: int) -> dict[str, Any]:
    base = captures.quotes(data / USDM)
    np.save(out / "quotes.npy", captures.tiled(base, n_quotes, LEAST_QTY))
    books = {}
    for name, book in BOOKS.items():
        diffs = captures.depth([data / path for path in book.paths])
        books[name] = save_book(out, name, diffs, book.tick, book.lot)
    legs = captures.two_legs(data / SPOT, data / USDM)
    np.save(out / "legs.npy", legs)
    frames = captures.frames(data / USDM)
    bars = month.recorded(data)
    of = "Binance BTCUSDT spot and USD-M, 1 minute, from 2025-05-25"
    return {
        "source": "recorded",
        "frames": save_frames(out, frames, "Binance USD-M BTCUSDT of 2023-04-05"),
        "quotes": {
            "rows": n_quotes,
            "of": f"{len(base):,} Binance USD-M BTCUSDT bookTicker messages of 2023-04-05, tiled",
        },
        "books": books,
        "month": month.save(
            out, month.generated() if bars is None else bars, "simulated" if bars is None else of
        ),
        "legs": describe_legs(legs, "Binance BTCUSDT spot and USD-M depth and trades of 2023-04-05"),
    }
