"""The shared inputs where no recorded data is: Titan's seeded market, in the same arrays. The results say
so.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks import captures, month, stored
from titan.market.tape.rows import END, Kind, Rows, concat, take
from titan.simulation.market.generate import generate
from titan.simulation.market.instruments import simulated_pairs
from titan.simulation.market.scenario import scenario_named

SECONDS: Final = 420
START_NS: Final = 1_680_652_800_000_000_000
SEED: Final = 2026
SPOT, PERP, ETH = 0, 1, 3
"""Places of the BTC spot, the BTC perp and the ETH perp among the generated instruments."""


def write(out: Path, n_quotes: int) -> dict[str, Any]:
    """Generate seven minutes of spot and perp, and write what `inputs` writes."""
    rows = concat(
        list(
            generate(
                scenario_named("typical").fine(),
                instruments=simulated_pairs(("BTC", "ETH")),
                start_ns=START_NS,
                duration_ns=SECONDS * 1_000_000_000,
                seed=SEED,
            )
        )
    )
    base = quotes(rows, PERP)
    np.save(out / "quotes.npy", captures.tiled(base, n_quotes, stored.LEAST_QTY))
    books = {}
    for name, inst in (("perp", PERP), ("spot", SPOT), ("eth", ETH)):
        book = stored.BOOKS[name]
        books[name] = stored.save_book(out, name, diffs(rows, inst), book.tick, book.lot)
    both = legs(rows)
    np.save(out / "legs.npy", both)
    frames = written(base, diffs(rows, PERP))
    return {
        "source": "generated",
        "frames": stored.save_frames(out, frames, "simulated quotes and depth, written as Binance USD-M"),
        "quotes": {"rows": n_quotes, "of": f"{len(base):,} simulated best bids and offers, tiled"},
        "books": books,
        "month": month.save(out, month.generated(), "simulated"),
        "legs": stored.describe_legs(both, "simulated spot and perp depth and trades"),
    }


def written(quotes: NDArray[np.void], depth: captures.Diffs) -> captures.Frames:
    """Quotes and levels as frames of combined streams."""
    mix, deep = [], []
    for n, q in enumerate(quotes, 1):
        ms = int(q["ts"]) // captures.MS
        mix.append(
            f'{{"stream":"btcusdt@bookTicker","data":{{"e":"bookTicker","u":{n},"s":"BTCUSDT","b":"{q["bid"]:.2f}",'
            f'"B":"{q["bid_qty"]:.3f}","a":"{q["ask"]:.2f}","A":"{q["ask_qty"]:.3f}","T":{ms},"E":{ms}}}}}'.encode()
        )
    for n in range(len(depth.offsets) - 1):
        of = depth.levels[depth.offsets[n] : depth.offsets[n + 1]]
        sides = [
            ",".join(f'["{x["px"]:.2f}","{x["qty"]:.3f}"]' for x in of if x["side"] == side)
            for side in (1, -1)
        ]
        ms = int(of["ts"][0]) // captures.MS
        deep.append(
            f'{{"stream":"btcusdt@depth@0ms","data":{{"e":"depthUpdate","E":{ms},"T":{ms},"s":"BTCUSDT",'
            f'"U":{n + 1},"u":{n + 1},"pu":{n},"b":[{sides[0]}],"a":[{sides[1]}]}}}}'.encode()
        )
    return captures.Frames(mix, deep)


def of_kind(rows: Rows, inst: int, kind: Kind) -> Rows:
    return take(rows, (rows.inst == inst) & (rows.kind == kind))


def quotes(rows: Rows, inst: int) -> NDArray[np.void]:
    """Best bid and offer after every message that states one."""
    bbo = of_kind(rows, inst, Kind.BBO)
    bid = bbo.side > 0
    last_bid = np.maximum.accumulate(np.where(bid, np.arange(len(bid)), -1))
    last_ask = np.maximum.accumulate(np.where(~bid, np.arange(len(bid)), -1))
    whole = np.flatnonzero((last_bid >= 0) & (last_ask >= 0) & ~bid)
    out = np.zeros(len(whole), captures.QUOTE)
    out["ts"] = captures.strictly_increasing(bbo.ts[whole])
    out["bid"], out["bid_qty"] = bbo.px[last_bid[whole]], bbo.qty[last_bid[whole]]
    out["ask"], out["ask_qty"] = bbo.px[last_ask[whole]], bbo.qty[last_ask[whole]]
    return out[out["bid"] < out["ask"]]


def diffs(rows: Rows, inst: int) -> captures.Diffs:
    """The book's levels, message by message."""
    own = take(rows, rows.inst == inst)
    level = own.kind == Kind.LEVEL
    message = np.concatenate([[0], np.cumsum(own.flags & END)[:-1]])[level]
    levels = np.zeros(int(level.sum()), captures.LEVEL)
    for column, values in (("ts", own.ts), ("px", own.px), ("qty", own.qty), ("side", own.side)):
        levels[column] = values[level]
    _, first = np.unique(message, return_index=True)
    return captures.Diffs(levels, np.append(first, len(levels)).astype(np.int64))


def legs(rows: Rows) -> NDArray[np.void]:
    """Depth and trades of the BTC pair on one time line."""
    wanted = (rows.inst <= PERP) & ((rows.kind == Kind.LEVEL) | (rows.kind == Kind.TRADE))
    own = take(rows, wanted)
    out = np.zeros(len(own.ts), captures.EVENT)
    for column, values in (
        ("ts", own.ts),
        ("px", own.px),
        ("qty", own.qty),
        ("leg", own.inst),
        ("kind", own.kind),
    ):
        out[column] = values
    out["side"] = own.side
    # A message ends where the next row is of another moment, instrument or kind.
    out["end"][-1] = 1
    changed = [out[column][1:] != out[column][:-1] for column in ("ts", "leg", "kind")]
    out["end"][:-1] = np.logical_or.reduce(changed)
    return out
