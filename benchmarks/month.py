"""A month of one-minute bars of a spot and its perp, side by side: the input of the `sweep` suite."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

FIRST_MS: Final = 1_748_131_200_000
"""2025-05-25 UTC."""
MINUTES: Final = 30 * 24 * 60
MINUTE_NS: Final = 60_000_000_000
SPOT: Final = "klines/binance-spot-1m/BTC_USDT-1m.feather"
PERP: Final = "klines/binance-perp-1m/futures/BTC_USDT_USDT-1m-futures.feather"
FIELDS: Final = ("open", "high", "low", "close", "volume")
BARS: Final = np.dtype(
    [("ts", "i8"), *((f"{leg}_{name}", "f8") for leg in ("spot", "perp") for name in FIELDS)]
)
SEED: Final = 2026


def recorded(data: Path) -> NDArray[np.void] | None:
    """The recorded month; None where the series are not there. Minutes that either leg lacks are left out."""
    if not all((data / path).is_file() for path in (SPOT, PERP)):
        return None
    import pyarrow.feather as feather

    legs = {}
    for leg, path in (("spot", SPOT), ("perp", PERP)):
        table = feather.read_table(data / path)
        ms = table.column("date").cast("timestamp[ms]").cast("int64").to_numpy()
        inside = (ms >= FIRST_MS) & (ms < FIRST_MS + MINUTES * 60_000)
        legs[leg] = ms[inside], {name: table.column(name).to_numpy()[inside] for name in FIELDS}
    common = np.intersect1d(legs["spot"][0], legs["perp"][0])
    found = np.zeros(len(common), BARS)
    found["ts"] = common * 1_000_000
    for leg, (ms, columns) in legs.items():
        at = np.searchsorted(ms, common)
        for name in FIELDS:
            found[f"{leg}_{name}"] = columns[name][at]
    return found


def generated() -> NDArray[np.void]:
    """A random walk and a basis that returns to its mean, in the same form."""
    rng = np.random.default_rng(SEED)
    found = np.zeros(MINUTES, BARS)
    found["ts"] = FIRST_MS * 1_000_000 + MINUTE_NS * np.arange(MINUTES)
    close = 105_000.0 * np.exp(np.cumsum(rng.normal(0.0, 4e-4, MINUTES)))
    basis = np.zeros(MINUTES)
    noise = rng.normal(0.0, 5e-5, MINUTES)
    for n in range(1, MINUTES):
        basis[n] = 0.98 * basis[n - 1] + noise[n]
    for leg, closes, tick in (("spot", close, 0.01), ("perp", close * (1.0 + basis), 0.1)):
        closes = np.round(closes / tick) * tick
        opens = np.concatenate([closes[:1], closes[:-1]])
        found[f"{leg}_open"], found[f"{leg}_close"] = opens, closes
        found[f"{leg}_high"] = np.maximum(opens, closes) + 20 * tick
        found[f"{leg}_low"] = np.minimum(opens, closes) - 20 * tick
        found[f"{leg}_volume"] = rng.gamma(2.0, 5.0, MINUTES) + 1.0
    return found


def save(out: Path, bars: NDArray[np.void], of: str) -> dict[str, Any]:
    np.save(out / "month.npy", bars)
    return {"bars": len(bars), "of": of}
