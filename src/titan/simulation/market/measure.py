"""Measures the generator's figures from recorded series: `python -m titan.simulation.market.measure
DATA_DIR`.

Writes `measured.json` beside this file. Every group names its series and dates; what had to be assumed is
said in `figures`. The folder is laid out as the shared market data: `klines/`, `l2/hftbacktest/` and `rest/`.
"""

from __future__ import annotations

import gzip
import math
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.feather as feather

from titan.model.errors import DataError
from titan.simulation.market.bars import (
    ABS_LAGS,
    STEP_S,
    Closes,
    abs_acf,
    correlation,
    finer_figures,
    pair_figures,
    premium_check,
    returns,
)
from titan.simulation.market.captures import Capture, read_capture
from titan.simulation.market.figures import MEASURED, Delay, Figures, Leg, Minutes, Pair
from titan.simulation.market.statistics import (
    Floats,
    autocorrelation,
    day_pattern,
    half_life,
    leg_figures,
    log_volatility_parts,
    middle,
    sampled,
)

BASES: Final = ("BTC", "ETH", "SOL")
VOLATILITY_HALF_LIVES_S: Final = (120.0, 1200.0, 14_400.0, 345_600.0)
BASIS_SLOW_HALF_LIVES_S: Final = (1200.0, 21_600.0, 345_600.0)
MINUTE_LAGS: Final = (1, 2, 3, 5, 10, 30, 60, 240, 1440)
TICK_STEP_S: Final = 0.25
TICK_LAGS: Final = (1, 2, 4, 8, 20, 40, 120)
DELAY_QUANTILES: Final = (0.0, 0.01, 0.5, 0.99, 1.0)
JUMPS_PER_DAY: Final = 0.25
JUMP_SIZE: Final = 6.0
_NORMAL_99: Final = 2.3263478740408408


def measure(data: Path) -> Figures:
    """All figures from the folder of recorded data; raises DataError when a series is missing."""
    series = {base: _five_minutes(data, base) for base in BASES}
    captured = _captures(data)
    quick = _tick_basis(captured["spot.BTC"], captured["perp.BTC"])
    half_lives = [quick.basis_half_life_s, *BASIS_SLOW_HALF_LIVES_S]
    prices, caps = _prices(data), _caps(data)
    pairs = {}
    for base, closes in series.items():
        name = f"klines/binance-5m/futures/{base}_USDT_USDT-1h-funding_rate.feather"
        funding = _column(data, name, "open")
        source = f"klines/binance-5m {base} spot and perp closes, settled funding, {_range(closes.ts_s)}"
        pairs[base] = pair_figures(
            closes,
            funding,
            source=source,
            half_lives_s=half_lives,
            price=prices[base],
            cap=caps[base],
            premium=premium_check(closes, _column(data, name, "date"), funding),
        )
    season = np.mean([day_pattern(returns(c.spot), c.ts_s[1:]) for c in series.values()], axis=0)
    acf = np.mean([abs_acf(c) for c in series.values()], axis=0)
    by_lag = {lag * STEP_S: float(a) for lag, a in zip(ABS_LAGS, acf, strict=True)}
    variances = log_volatility_parts(by_lag, VOLATILITY_HALF_LIVES_S, _log_variance(pairs))
    return Figures(
        version=1,
        season=[float(v) for v in season / math.sqrt(float((season**2).mean()))],
        log_volatility_half_lives_s=list(VOLATILITY_HALF_LIVES_S),
        log_volatility_variances=variances,
        correlation=correlation(series),
        basis_half_lives_s=half_lives,
        pairs=pairs,
        finer={**{f"1m.{base}": _minutes(data, base) for base in ("BTC", "ETH")}, "250ms.BTC": quick},
        legs=_legs(captured),
        book_delay=_book_delay(captured["spot.BTC"]),
        mark_delay=_mark_delay(captured["perp.BTC"]),
        book_delay_quantiles_ms=_delay_quantiles(captured),
        jumps_per_day=JUMPS_PER_DAY,
        jump_size=JUMP_SIZE,
    )


def _column(data: Path, name: str, column: str) -> Floats:
    path = data / name
    if not path.is_file():
        raise DataError(f"{path}: not found", remedy="give the folder that holds klines/, l2/ and rest/")
    table = feather.read_table(path, columns=[column])[column]
    if column == "date":
        return np.asarray(table.cast(pa.timestamp("ms", tz="UTC"), safe=False).cast("int64").to_numpy() / 1e3)
    return np.asarray(table.to_numpy(), np.float64)


def _closes(data: Path, spot: str, perp: str) -> Closes:
    """The bars that both files have."""
    spot_ts, perp_ts = _column(data, spot, "date"), _column(data, perp, "date")
    ts, i, j = np.intersect1d(spot_ts, perp_ts, return_indices=True)
    volume = _column(data, perp, "volume")[j]
    return Closes(ts, _column(data, spot, "close")[i], _column(data, perp, "close")[j], volume)


def _five_minutes(data: Path, base: str) -> Closes:
    folder = "klines/binance-5m"
    return _closes(
        data, f"{folder}/{base}_USDT-5m.feather", f"{folder}/futures/{base}_USDT_USDT-5m-futures.feather"
    )


def _minutes(data: Path, base: str) -> Minutes:
    spot = f"klines/binance-spot-1m/{base}_USDT-1m.feather"
    closes = _closes(data, spot, f"klines/binance-perp-1m/futures/{base}_USDT_USDT-1m-futures.feather")
    source = f"klines/binance-spot-1m and binance-perp-1m {base}, {_range(closes.ts_s)}"
    return finer_figures(closes, 60.0, MINUTE_LAGS, source)


def _range(ts_s: Floats) -> str:
    first, last = (datetime.fromtimestamp(float(t), UTC).date() for t in (ts_s[0], ts_s[-1]))
    return f"{first} to {last}"


def _captures(data: Path) -> dict[str, Capture]:
    folder = data / "l2/hftbacktest"
    return {
        "spot.BTC": read_capture(folder / "spot/btcusdt_20230405.dat.gz"),
        "perp.BTC": read_capture(folder / "usdm/btcusdt_20230405.dat.gz"),
        "perp.ETH": read_capture(folder / "usdm/ethusdt_20240719.gz"),
    }


def _legs(captured: dict[str, Capture]) -> dict[str, Leg]:
    ticks = {"spot.BTC": 0.01, "perp.BTC": 0.1, "perp.ETH": 0.01}
    return {
        name: leg_figures(c.flow, ticks[name], f"l2/hftbacktest {name}USDT raw streams, {_seconds(c)}")
        for name, c in captured.items()
    }


def _seconds(capture: Capture) -> str:
    first = datetime.fromtimestamp(capture.first_s, UTC)
    return f"{first:%Y-%m-%d %H:%M:%S} and {capture.last_s - capture.first_s:.0f} s"


def _tick_basis(spot: Capture, perp: Capture) -> Minutes:
    """Basis of the mids, every 250 ms of the minutes that both captures cover."""
    grid, mid = middle(spot.flow, TICK_STEP_S)
    grid, mid = grid[grid > perp.flow.bbo[0, 0] + 1.0], mid[grid > perp.flow.bbo[0, 0] + 1.0]
    other = sampled(perp.flow.bbo[:, 0], (perp.flow.bbo[:, 1] + perp.flow.bbo[:, 3]) / 2.0, grid)
    closes = Closes(grid, mid, other, np.zeros(len(grid)))
    figures = finer_figures(
        closes, TICK_STEP_S, TICK_LAGS, f"l2/hftbacktest BTC spot and perp, {_seconds(spot)}"
    )
    # Mids move in steps: take the lag at which half is forgotten, not the decay over the first lag.
    basis = 1e4 * np.log(other / mid)
    lags = list(range(1, 241))
    below = [lag for lag, a in zip(lags, autocorrelation(basis, lags), strict=True) if a < 0.5]
    forgotten = below[0] * TICK_STEP_S if below else half_life(basis, TICK_STEP_S)
    return msgspec.structs.replace(figures, basis_half_life_s=forgotten)


def _book_delay(capture: Capture) -> Delay:
    """Of spot trades: the clocks of this capture agree to about a millisecond."""
    delays = capture.delays_ms["trade"]
    floor, median, late = (float(q) for q in np.quantile(delays, (0.001, 0.5, 0.99)))
    spread = math.log((late - floor) / (median - floor)) / _NORMAL_99
    source = f"l2/hftbacktest BTC spot trades, receive minus event time, {_seconds(capture)}"
    return Delay(source=source, floor_ms=floor, median_ms=median - floor, log_sd=spread)


def _mark_delay(capture: Capture) -> Delay:
    delays = capture.delays_ms["markPrice"]
    median, late = (float(q) for q in np.quantile(delays, (0.5, 0.99)))
    source = f"l2/hftbacktest BTC perp markPrice@1s, receive minus event time, {_seconds(capture)}"
    return Delay(source=source, floor_ms=0.0, median_ms=median, log_sd=math.log(late / median) / _NORMAL_99)


def _delay_quantiles(captured: dict[str, Capture]) -> dict[str, list[float]]:
    return {
        f"{name} {stream}": [round(float(q), 3) for q in np.quantile(delays, DELAY_QUANTILES)]
        for name, capture in captured.items()
        for stream, delays in capture.delays_ms.items()
    }


def _log_variance(pairs: dict[str, Pair]) -> float:
    """Of log volatility: a return with normal log volatility of variance v has kurtosis 3 exp(4 v); jumps add
    theirs."""
    jumps = 3.0 * JUMP_SIZE**4 * JUMPS_PER_DAY * STEP_S / 86_400.0
    return math.log((float(np.mean([p.kurtosis for p in pairs.values()])) - jumps) / 3.0) / 4.0


def _rest(data: Path, name: str) -> list[dict[str, str]]:
    path = data / "rest/binance-funding" / name
    return msgspec.json.decode(gzip.decompress(path.read_bytes()), type=list[dict[str, str]], strict=False)


def _prices(data: Path) -> dict[str, float]:
    """Spot mid of 2026-07-15."""
    quotes = {q["symbol"]: q for q in _rest(data, "20260715T0651Z_api-v3-ticker-bookTicker-full.json.gz")}
    found = {base: quotes[f"{base}USDT"] for base in BASES}
    return {base: (float(q["bidPrice"]) + float(q["askPrice"])) / 2.0 for base, q in found.items()}


def _caps(data: Path) -> dict[str, float]:
    """The highest funding rate of an interval, 2026-07-04."""

    class Info(msgspec.Struct):
        symbol: str
        adjustedFundingRateCap: str  # noqa: N815 - the venue's own name

    path = data / "rest/binance-funding/20260704T133406Z_fapi-v1-fundingInfo.json.gz"
    found = msgspec.json.decode(gzip.decompress(path.read_bytes()), type=list[Info])
    caps = {info.symbol: float(info.adjustedFundingRateCap) for info in found}
    return {base: caps[f"{base}USDT"] for base in BASES}


def main(arguments: list[str]) -> int:
    """Measure and write; the one argument is the folder of recorded data."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m titan.simulation.market.measure DATA_DIR\n")
        return 2
    found = measure(Path(arguments[0]))
    text = msgspec.json.format(
        msgspec.json.encode(_rounded(msgspec.to_builtins(found, enc_hook=float))), indent=1
    )
    MEASURED.write_bytes(text + b"\n")
    sys.stderr.write(f"wrote {MEASURED}\n")
    return 0


def _rounded(value: object) -> object:
    """Six significant digits: more would claim what no month of data gives."""
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if isinstance(value, dict):
        return {key: _rounded(v) for key, v in value.items()}
    if isinstance(value, list):
        return [_rounded(v) for v in value]
    return value


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
