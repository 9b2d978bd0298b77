"""The pictures of docs/strategies/sentinel.md, drawn as SVG from a finished run and its tape.

titan tape import ../shared/data/klines/binance-5m --out tapes/basis-5m
titan backtest sentinel --tape tapes/basis-5m --config config/sentinel --out runs/s
python tools/sentinel_pictures.py runs/s docs/images
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from titan.market.tape.read import TapeReader
from titan.market.tape.rows import SETTLED, Kind

WIDTH = 860
LEFT, RIGHT = 66, 18
INK, SOFT, GRID = "#161a12", "#626a5c", "#e0e3d9"
LIME, BLUE, AMBER, RED, VIOLET = "#5c8f06", "#0b77a4", "#a56300", "#c93a2b", "#6a48d1"
DAY_NS = 86_400 * 10**9
YEAR_MS = 365 * 86_400_000.0
Floats = NDArray[np.float64]


class Picture:
    """An SVG, filled part by part. `at` maps nanoseconds to pixels where there is a time axis."""

    def __init__(self, title: str, height: int) -> None:
        self.height = height
        self.parts: list[str] = []
        self.text(LEFT, 26, title, size=16, weight=650)
        self.title = title
        self.range_ns = (0, 1)

    def text(
        self,
        x: float,
        y: float,
        words: str,
        *,
        size: int = 12,
        fill: str = INK,
        anchor: str = "start",
        weight: int = 400,
    ) -> None:
        self.parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{fill}" text-anchor="{anchor}"'
            f' font-weight="{weight}">{escape(words)}</text>'
        )

    def box(self, x: float, y: float, w: float, h: float, fill: str, opacity: float = 1.0) -> None:
        self.parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(w, 0):.1f}" height="{max(h, 0):.1f}" fill="{fill}"'
            f' fill-opacity="{opacity}"/>'
        )

    def rule(
        self, x1: float, y1: float, x2: float, y2: float, stroke: str = GRID, dash: str = "", width: float = 1
    ) -> None:
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        self.parts.append(
            f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{stroke}"'
            f' stroke-width="{width}"{dashed}/>'
        )

    def curve(
        self, points: Sequence[tuple[float, float]], stroke: str, width: float = 1.4, dash: str = ""
    ) -> None:
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        self.parts.append(
            f'<polyline points="{path}" fill="none" stroke="{stroke}" stroke-width="{width}"'
            f' stroke-linejoin="round"{dashed}/>'
        )

    def dot(self, x: float, y: float, fill: str, r: float = 2.6) -> None:
        self.parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r}" fill="{fill}"/>')

    def at(self, ns: float) -> float:
        first, last = self.range_ns
        return LEFT + (ns - first) / (last - first) * (WIDTH - LEFT - RIGHT)

    def days(self, top: float, bottom: float) -> None:
        """Grid and dates for the pane between `top` and `bottom`."""
        first, last = self.range_ns
        length = (last - first) / DAY_NS
        step = next(one for one in (1, 2, 5, 10, 30, 61) if length / one <= 10)
        at = (first // DAY_NS + 1) * DAY_NS
        while at < last:
            x = self.at(at)
            self.rule(x, top, x, bottom)
            self.text(
                x, bottom + 16, f"{datetime.fromtimestamp(at / 1e9, UTC):%-d %b}", fill=SOFT, anchor="middle"
            )
            at += step * DAY_NS

    def save(self, file: Path) -> None:
        style = "font-family:Inter,system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
        file.write_text(
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {self.height}" width="{WIDTH}"'
            f' height="{self.height}" role="img" style="{style}"><title>{escape(self.title)}</title>'
            f'<rect width="{WIDTH}" height="{self.height}" rx="8" fill="#ffffff"/>\n'
            + "\n".join(self.parts)
            + "\n</svg>\n",
            encoding="utf-8",
        )


class Pane:
    """A value axis within a picture: `y` maps values to pixels, grid lines and labels are drawn at once."""

    def __init__(
        self,
        picture: Picture,
        top: float,
        bottom: float,
        low: float,
        high: float,
        marks: Sequence[float],
        unit: str,
    ) -> None:
        self.picture, self.top, self.bottom, self.low, self.high = picture, top, bottom, low, high
        for mark in marks:
            picture.rule(LEFT, self.y(mark), WIDTH - RIGHT, self.y(mark))
            picture.text(LEFT - 8, self.y(mark) + 4, f"{mark:g}{unit}", fill=SOFT, anchor="end")

    def y(self, value: float) -> float:
        return self.bottom - (min(max(value, self.low), self.high) - self.low) / (self.high - self.low) * (
            self.bottom - self.top
        )

    def line(
        self, ts: NDArray[np.int64], values: Floats, stroke: str, width: float = 1.4, dash: str = ""
    ) -> None:
        known = np.isfinite(values)
        points = [(self.picture.at(t), self.y(v)) for t, v in zip(ts[known], values[known], strict=True)]
        self.picture.curve(points, stroke, width, dash)


def marks(low: float, high: float, count: int = 5) -> list[float]:
    """Round values between `low` and `high`."""
    raw = (high - low) / count
    scale = 10.0 ** np.floor(np.log10(raw))
    step = next(one * scale for one in (1, 2, 2.5, 5, 10) if one * scale >= raw)
    return [float(v) for v in np.arange(np.ceil(low / step) * step, high + step / 1e6, step)]


def signals(run: Path, out: Path, settings: dict[str, Any], pair: str = "SOL") -> None:
    """The basis of a month with its rolling mean and entry band, and its z-score with what was made of it."""
    table = pq.read_table(run / "basis.parquet").to_pandas()
    table = table[table.pair == pair]
    first = 1_735_689_600 * 10**9
    table = table[(table.ts >= first) & (table.ts < first + 31 * DAY_NS)]
    ts, entry = table.ts.to_numpy(), float(settings["sentinel"]["entry_z"])
    picture = Picture(f"{pair}, January 2025: the basis, what is usual for it, and the z-score", 486)
    picture.range_ns = (int(ts[0]), int(ts[-1]))
    low, high = float(table.basis_bps.min()) - 1, float(table.basis_bps.max()) + 1
    picture.days(62, 250)
    pane = Pane(picture, 62, 250, low, high, marks(low, high), "")
    pane.line(ts, table.basis_bps.to_numpy(), BLUE, 0.9)
    pane.line(ts, table.mean_bps.to_numpy(), INK, 1.6)
    pane.line(ts, (table.mean_bps + entry * table.std_bps).to_numpy(), AMBER, 1.2, "5 4")
    legend = f"basis in bps: samples (blue), rolling mean (black), where the z-score is {entry:g} (amber)"
    picture.text(LEFT, 48, legend, fill=SOFT)
    picture.days(296, 420)
    z = table.z.to_numpy()
    lower = Pane(picture, 296, 420, -5, 6, [-4, -2, 0, 2, 4, 6], "")
    lower.line(ts, z, SOFT, 0.7)
    picture.rule(LEFT, lower.y(entry), WIDTH - RIGHT, lower.y(entry), AMBER, "5 4")
    for t, value in zip(ts, z, strict=True):
        if value >= entry:
            picture.dot(picture.at(t), lower.y(value), RED, 1.7)
    over = int((z >= entry).sum())
    picture.text(
        LEFT, 288, f"z-score: {over:,} of the {len(z):,} samples drawn here reach the entry (red)", fill=SOFT
    )
    caption = (
        "A high z-score alone opens nothing: what could really be traded must "
        "also pay four fees and the impact."
    )
    picture.text(LEFT, 470, caption, fill=SOFT)
    picture.save(out / "sentinel-signals.svg")


def edge(run: Path, out: Path) -> None:
    """What the best moment had to give, and what the round trip would have taken."""
    document = json.loads((run / "run.json").read_text())
    best = document["near_misses"][0]
    funnel = [stage for stage in document["funnel"] if stage["path"] == "basis"]
    picture = Picture("Why the basis rarely pays: the funnel, and its best moment", 345)
    most = np.log10(max(stage["count"] for stage in funnel) + 1)
    for n, stage in enumerate(funnel):
        y = 48 + n * 27
        picture.text(LEFT + 118, y + 14, stage["stage"], anchor="end")
        picture.box(LEFT + 128, y, np.log10(stage["count"] + 1) / most * 430, 19, LIME, 0.75)
        picture.text(
            LEFT + 136 + np.log10(stage["count"] + 1) / most * 430, y + 14, f"{stage['count']:,}", weight=600
        )
    picture.text(WIDTH - RIGHT, 26, "bars on a logarithmic scale", fill=SOFT, anchor="end")
    top = 48 + len(funnel) * 27 + 26
    when = datetime.fromtimestamp(best["ts_ns"] / 1e9, UTC)
    gained = best["executable_bps"] - (best["executable_bps"] - best["cost_bps"] - best["edge_bps"])
    picture.text(
        LEFT,
        top,
        f"{best['pair']} on {when:%-d %B %Y, %H:%M} UTC, z-score {best['z']:.1f}, in bps of the size",
        weight=600,
    )
    scale = 430 / max(gained, best["cost_bps"])
    rows = (
        ("above its mean", gained, LIME),
        ("costs, less funding", best["cost_bps"], AMBER),
        ("left", best["edge_bps"], RED if best["edge_bps"] < 0 else LIME),
    )
    for n, (name, value, fill) in enumerate(rows):
        y = top + 16 + n * 29
        picture.text(LEFT + 118, y + 14, name, anchor="end")
        picture.box(LEFT + 128, y, abs(value) * scale, 20, fill, 0.8)
        picture.text(
            LEFT + 136 + abs(value) * scale,
            y + 15,
            f"{value:+.1f}" if n == len(rows) - 1 else f"{value:.1f}",
            weight=600,
        )
    picture.save(out / "sentinel-edge.svg")


def settlements(tape: TapeReader, base: str) -> tuple[NDArray[np.int64], Floats]:
    """Times (ns) and rates of every settlement of a perp on the tape."""
    inst = next(n for n, i in enumerate(tape.instruments) if i.base == base and i.kind == "perp")
    ts, rates = [], []
    for block in tape.blocks(instruments=[inst]):
        rows = (block.kind == int(Kind.FUNDING)) & ((block.flags & SETTLED) != 0)
        ts.append(block.ts[rows])
        rates.append(block.px[rows])
    return np.concatenate(ts), np.concatenate(rates)


def forecast(rates: Floats, halflife: float) -> Floats:
    """The exponential forecast after each settlement, as the kernel keeps it."""
    weight, found, now = 1.0 - 0.5 ** (1.0 / halflife), [], 0.0
    for n, rate in enumerate(rates):
        now = rate if n == 0 else now + weight * (rate - now)
        found.append(now)
    return np.array(found)


def funding(run: Path, out: Path, settings: dict[str, Any], base: str = "SOL") -> None:
    """Settled rates, two forecasts, the hurdle, and when a CORE pair was held."""
    document = json.loads((run / "run.json").read_text())
    ts, rates = settlements(TapeReader(Path(document["tape"]["path"])), base)
    hours = np.median(np.diff(ts)) / 3.6e12
    year = 8760 / hours * 100
    hurdle = float(settings["sentinel"]["funding_hurdle_apr"]) * 100
    halflife = float(settings["sentinel"]["forecast_halflife"])
    picture = Picture(f"{base}: settled funding, its forecast, and when a CORE pair was held", 400)
    picture.range_ns = (int(document["tape"]["start_ns"]), int(document["tape"]["end_ns"]))
    trades = pq.read_table(run / "trades.parquet").to_pylist()
    for trade in trades:
        if trade["pair"].startswith(base) and trade["type"] == "CORE":
            start, end = trade["opened_ns"], trade["closed_ns"] or picture.range_ns[1]
            picture.box(picture.at(start), 60, picture.at(end) - picture.at(start), 280, LIME, 0.13)
    picture.days(60, 340)
    low, high = -40.0, 40.0
    pane = Pane(picture, 60, 340, low, high, [-40, -20, 0, 20, 40], " %")
    zero = pane.y(0)
    for t, rate in zip(ts, rates * year, strict=True):
        picture.rule(picture.at(t), zero, picture.at(t), pane.y(rate), "#bcc2b2", width=0.9)
    pane.line(ts, forecast(rates, 3.0) * year, AMBER, 0.9)
    pane.line(ts, forecast(rates, halflife) * year, LIME, 2.2)
    picture.rule(LEFT, pane.y(hurdle), WIDTH - RIGHT, pane.y(hurdle), INK, "5 4")
    picture.text(
        LEFT, 48, "annualised; settled (grey), forecast with a half-life of 3 settlements (amber)", fill=SOFT
    )
    picture.text(
        WIDTH - RIGHT, 48, f"and of {halflife:g} (green), hurdle {hurdle:g} %", fill=SOFT, anchor="end"
    )
    picture.text(
        LEFT,
        384,
        "Shaded: a CORE pair was held. The quick forecast crosses hurdle and "
        "zero often; each crossing costs fees.",
        fill=SOFT,
    )
    picture.save(out / "sentinel-funding.svg")


def margin(run: Path, out: Path, settings: dict[str, Any]) -> None:
    """The tiers of margin utilisation, and where the run stood."""
    s = settings["sentinel"]
    floor, top_up, ceiling = (
        float(s.get("margin_floor", 0.10)),
        float(s["margin_top_up"]),
        float(s["margin_ceiling"]),
    )
    equity = pq.read_table(run / "equity.parquet").to_pandas()
    picture = Picture("Margin utilisation: its tiers, and eight months of it", 380)
    picture.range_ns = (int(equity.ts.iloc[0]), int(equity.ts.iloc[-1]))
    high = 0.65
    pane = Pane(picture, 50, 320, 0, high * 100, [0, 10, 20, 30, 40, 50, 60], " %")
    bands = (
        (0.0, floor, BLUE, "tier 3: profit of the shorts goes back to spot, and the pair grows"),
        (floor, top_up, LIME, "nothing to do"),
        (top_up, ceiling, AMBER, "tier 1: quote moves from the spot to the futures wallet"),
        (ceiling, high, RED, "tier 2: coins are sold and the shorts they cover closed, then quote moves"),
    )
    for low, up, fill, _ in bands:
        picture.box(
            LEFT, pane.y(up * 100), WIDTH - LEFT - RIGHT, pane.y(low * 100) - pane.y(up * 100), fill, 0.12
        )
    picture.days(50, 320)
    pane.line(equity.ts.to_numpy(), equity.margin_utilisation.to_numpy() * 100, INK, 1.3)
    for _, up, fill, words in bands:
        left = LEFT + (10 if fill != LIME else 330)
        picture.text(left, pane.y(up * 100) + 17, words, fill=fill, weight=600)
    picture.text(
        LEFT,
        364,
        "Perp notional over leverage x equity of the futures wallet. When "
        "coins rally, that equity shrinks: the line rises.",
        fill=SOFT,
    )
    picture.save(out / "sentinel-margin.svg")


def drawdown(out: Path) -> None:
    """The ladder of SEN-8 over one imagined day."""
    picture = Picture("The drawdown ladder: what a day's loss does", 300)
    pane = Pane(picture, 46, 240, -8, 0.5, [-8, -6, -4, -2, 0], " %")
    rungs = (
        (-2.0, AMBER, "2 %: new sizes are halved"),
        (-4.0, RED, "4 %: no new entries"),
        (-6.0, VIOLET, "6 %: both legs flattened together, reported; latched until an operator lifts it"),
    )
    for level, fill, words in rungs:
        picture.rule(LEFT, pane.y(level), WIDTH - RIGHT, pane.y(level), fill, "6 4", 1.4)
        picture.text(LEFT + 8, pane.y(level) + 16, words, fill=fill, weight=600)
    rng = np.random.default_rng(5)
    steps = np.concatenate([rng.normal(-0.003, 0.07, 180), rng.normal(-0.065, 0.12, 120)])
    path = np.minimum(np.cumsum(steps), 0.4)
    stop = int(np.argmax(path <= -6.0)) or len(path) - 1
    path[stop:] = path[stop]
    width = WIDTH - LEFT - RIGHT
    picture.curve(
        [(LEFT + n / (len(path) - 1) * width, pane.y(float(v))) for n, v in enumerate(path)], INK, 1.6
    )
    picture.text(LEFT, 264, "00:00 UTC", fill=SOFT)
    picture.text(WIDTH - RIGHT, 264, "24:00 UTC", fill=SOFT, anchor="end")
    picture.text(
        LEFT,
        288,
        "NAV against the day's first NAV, an imagined day. A fall through "
        "several rungs takes each of them, in order.",
        fill=SOFT,
    )
    picture.save(out / "sentinel-drawdown.svg")


def routing(out: Path, settings: dict[str, Any]) -> None:
    """Two routes of one decision, with the figures of an example."""
    hurdle = float(settings["sentinel"].get("cross_hurdle_bps", 5.0))
    parts = ("basis", "funding", "fees", "withdrawals")
    colours = dict(zip(parts, (BLUE, LIME, AMBER, VIOLET), strict=True))
    routes = (
        ("Binance spot, Binance perp", {"basis": 4.0, "funding": 42.0, "fees": -30.0, "withdrawals": 0.0}),
        ("Bybit spot, Bybit perp", {"basis": 2.5, "funding": 38.0, "fees": -31.0, "withdrawals": 0.0}),
        ("Bybit spot, Binance perp", {"basis": 9.0, "funding": 42.0, "fees": -30.0, "withdrawals": -2.0}),
    )
    picture = Picture("Routing: every route's all-in price, in bps of the size", 300)
    zero, scale = LEFT + 385, 5.6
    for n, (name, costs) in enumerate(routes):
        y = 56 + n * 52
        picture.text(LEFT + 176, y + 16, name, anchor="end", weight=600)
        right, left = float(zero), float(zero)
        for part in parts:
            value = costs[part] * scale
            if value >= 0:
                picture.box(right, y, value, 22, colours[part], 0.8)
                right += value
            else:
                left += value
                picture.box(left, y, -value, 22, colours[part], 0.8)
        picture.text(right + 10, y + 16, f"all in {sum(costs.values()):+.1f}", weight=650)
    picture.rule(zero, 46, zero, 206, INK)
    for n, part in enumerate(parts):
        picture.box(LEFT + n * 120, 226, 12, 12, colours[part], 0.8)
        picture.text(LEFT + 18 + n * 120, 237, part, fill=SOFT)
    single, cross = sum(routes[0][1].values()), sum(routes[2][1].values())
    verdict = "two venues are taken" if cross - single >= hurdle else "the single venue is taken"
    picture.text(
        LEFT,
        270,
        f"An example. Two venues are {cross - single:.1f} bps better than the "
        f"best single one; the hurdle is {hurdle:g}: {verdict}.",
        fill=SOFT,
    )
    picture.save(out / "sentinel-routing.svg")


def main(run: Path, out: Path) -> None:
    settings = json.loads((run / "run.json").read_text())["config"]
    out.mkdir(parents=True, exist_ok=True)
    signals(run, out, settings)
    edge(run, out)
    funding(run, out, settings)
    margin(run, out, settings)
    drawdown(out)
    routing(out, settings)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
