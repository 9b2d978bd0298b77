"""The shared inputs as hftbacktest's own event arrays (not timed): `hft-quotes.npy`,
`hft-diffs-<book>.npy`, `hft-leg<n>.npy`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from hftbacktest import BUY_EVENT, DEPTH_EVENT, EXCH_EVENT, LOCAL_EVENT, SELL_EVENT, TRADE_EVENT
from hftbacktest.types import event_dtype
from numpy.typing import NDArray

QUOTE = np.dtype([("ts", "i8"), ("bid", "f8"), ("bid_qty", "f8"), ("ask", "f8"), ("ask_qty", "f8")])
BOTH = EXCH_EVENT | LOCAL_EVENT
TRADE_ROW = 1


def from_quotes(quotes: NDArray[np.void]) -> NDArray[np.void]:
    """At most four depth rows a quote, all with its stamp: the old touch away where it moved, then the new
    one.
    """
    n = len(quotes)
    out = np.zeros((n, 4), event_dtype)
    out["exch_ts"] = out["local_ts"] = quotes["ts"][:, None]
    keep = np.ones((n, 4), bool)
    for side, (price, qty, flag) in enumerate(
        (("bid", "bid_qty", BUY_EVENT), ("ask", "ask_qty", SELL_EVENT))
    ):
        px = quotes[price]
        away, new = out[:, side], out[:, 2 + side]
        away["ev"] = new["ev"] = DEPTH_EVENT | BOTH | flag
        away["px"][1:] = px[:-1]
        new["px"], new["qty"] = px, quotes[qty]
        keep[0, side] = False
        keep[1:, side] = px[1:] != px[:-1]
    return np.asarray(out[keep])


def from_diffs(levels: NDArray[np.void], offsets: NDArray[np.int64]) -> NDArray[np.void]:
    """Depth rows for the local book alone, one stamp a message, so that each message wakes the strategy
    once.
    """
    out = np.zeros(len(levels), event_dtype)
    side = np.where(levels["side"] > 0, BUY_EVENT, SELL_EVENT)
    out["ev"] = DEPTH_EVENT | LOCAL_EVENT | side
    message = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    out["exch_ts"] = out["local_ts"] = 1_000_000_000 + message * 1000
    out["px"], out["qty"] = levels["px"], levels["qty"]
    return out


def from_leg(events: NDArray[np.void]) -> NDArray[np.void]:
    """Depth and trades of one leg, seen by exchange and strategy at the same time."""
    out = np.zeros(len(events), event_dtype)
    what = np.where(events["kind"] == TRADE_ROW, TRADE_EVENT, DEPTH_EVENT)
    out["ev"] = BOTH | what | np.where(events["side"] > 0, BUY_EVENT, SELL_EVENT)
    out["exch_ts"] = out["local_ts"] = events["ts"]
    out["px"], out["qty"] = events["px"], events["qty"]
    return out


def from_bars(bars: NDArray[np.void], leg: str, tick: float) -> NDArray[np.void]:
    """Four touches a bar, one tick wide, at the times that Titan's tape has for its parts."""
    rising = bars[f"{leg}_close"] >= bars[f"{leg}_open"]
    low, high = bars[f"{leg}_low"], bars[f"{leg}_high"]
    prices = (
        bars[f"{leg}_open"],
        np.where(rising, low, high),
        np.where(rising, high, low),
        bars[f"{leg}_close"],
    )
    found = np.zeros((len(bars), 4), QUOTE)
    for part, (after, price) in enumerate(zip((0, 20_000, 40_000, 59_999), prices, strict=True)):
        found["ts"][:, part] = bars["ts"] + after * 1_000_000
        found["bid"][:, part] = np.round(price / tick) * tick
        found["ask"][:, part] = (np.round(price / tick) + 1) * tick
    found["bid_qty"] = found["ask_qty"] = 1.0
    return found.reshape(-1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=Path, required=True)
    folder: Path = parser.parse_args().inputs
    np.save(folder / "hft-quotes.npy", from_quotes(np.load(folder / "quotes.npy")))
    for levels in folder.glob("diffs-*-levels.npy"):
        book = levels.name.split("-")[1]
        offsets = np.load(folder / f"diffs-{book}-offsets.npy")
        np.save(folder / f"hft-diffs-{book}.npy", from_diffs(np.load(levels), offsets))
    bars = np.load(folder / "month.npy")
    for leg, (name, tick) in enumerate((("spot", 0.01), ("perp", 0.1))):
        np.save(folder / f"hft-month{leg}.npy", from_quotes(from_bars(bars, name, tick)))
    legs = np.load(folder / "legs.npy")
    for leg in (0, 1):
        np.save(folder / f"hft-leg{leg}.npy", from_leg(legs[legs["leg"] == leg]))


if __name__ == "__main__":
    main()
