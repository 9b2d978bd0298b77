"""The page that lays a simulated market's statistics beside the recorded market's: one HTML file, charts as
inline SVG.

Reads the document that `titan.simulation.market.comparison` writes and nothing else:
`python -m titan.report.faithfulness COMPARISON.json PAGE.html`.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Final

import msgspec

from titan.model.errors import DataError
from titan.model.faithfulness import Chart, Comparison, Row, Series, Table

THEME = Path(__file__).parent / "assets" / "css" / "theme.css"
_WIDTH: Final = 400
_WIDE: Final = 1240
_HEIGHT: Final = 232
_LEFT, _RIGHT, _TOP, _BOTTOM = 54, 14, 14, 36

_STYLE: Final = """
main { max-width: 1328px; margin: 0 auto; padding: 40px 24px 72px; }
.stamp { display: inline-block; padding: 3px 9px; border-radius: 4px; background: var(--warn); color:
var(--ground); font-size: 12px; font-weight: 700; letter-spacing: .06em; text-transform: uppercase; } h1 {
margin: 14px 0 12px; font-size: clamp(30px, 4.2vw, 50px); line-height: 1.08; letter-spacing: -.03em; } .lead {
max-width: 78ch; color: var(--soft); font-size: 17px; } .key { display: flex; gap: 22px; margin-top: 18px;
color: var(--soft); } .key i { display: inline-block; width: 22px; height: 3px; border-radius: 2px;
margin-right: 8px; vertical-align: 4px; } .key .measured { background: var(--basis); } .key .simulated {
background: var(--accent-text); } h2 { margin: 56px 0 16px; font-size: 24px; letter-spacing: -.018em; } .grid
{ display: grid; grid-template-columns: repeat(auto-fill, minmax(340px, 1fr)); gap: 16px; } .grid.of2 {
grid-template-columns: minmax(0, 1fr); } figure, .panel { background: var(--panel); border: 1px solid
var(--line); border-radius: 10px; padding: 16px 18px; min-width: 0; } figcaption { font-weight: 600;
font-size: 15px; margin-bottom: 6px; } svg { display: block; width: 100%; height: auto; overflow: visible; }
svg text { fill: var(--faint); font: 11.5px var(--sans); font-variant-numeric: tabular-nums; } svg .grid-line
{ stroke: var(--grid); } svg .axis { stroke: var(--line-strong); } svg .measured { stroke: var(--basis); } svg
.simulated { stroke: var(--accent-text); } svg path { fill: none; stroke-width: 2; stroke-linejoin: round; }
svg .thin { stroke-width: 1.1; } svg circle.measured { fill: var(--panel); stroke-width: 2; } svg
circle.simulated { fill: var(--accent-text); } svg .band { fill: var(--shade); } svg .band-name { fill:
var(--soft); } .tables { display: grid; grid-template-columns: repeat(auto-fill, minmax(400px, 1fr)); gap:
16px; align-items: start; } table { width: 100%; border-collapse: collapse; font-size: 14px; } th {
text-align: right; color: var(--faint); font-weight: 500; padding: 4px 0 8px 12px; } th:first-child,
td:first-child { text-align: left; padding-left: 0; color: var(--soft); } td { text-align: right; padding: 5px
0 5px 12px; border-top: 1px solid var(--line); white-space: nowrap; } td:first-child { white-space: normal; }
.panel h3 { font-size: 16px; margin-bottom: 8px; } .source { margin-top: 12px; color: var(--faint); font-size:
12.5px; line-height: 1.45; } .unit { color: var(--faint); } .far { color: var(--warn); } @media (max-width:
520px) { .tables, .grid { grid-template-columns: minmax(0, 1fr); } }
"""
_THEME_SCRIPT: Final = (
    "document.documentElement.dataset.theme="
    "matchMedia('(prefers-color-scheme: light)').matches?'light':'dark'"
)


def build_faithfulness(document: Path, out: Path) -> Path:
    """Write the page of a comparison document to `out`; raises DataError when the document is none."""
    try:
        found = msgspec.json.decode(document.read_bytes(), type=Comparison)
    except (OSError, msgspec.DecodeError) as error:
        remedy = "write it with: python -m titan.simulation.market.comparison FILE"
        raise DataError(
            f"{document} is no comparison of a simulated market: {error}", remedy=remedy
        ) from error
    from titan.report.page import write_whole

    write_whole(out, render(found))
    return out


def render(found: Comparison) -> str:
    """The page as text."""
    groups = groupby(sorted(found.charts, key=lambda c: _first(found.charts, c.group)), key=lambda c: c.group)
    charts = "".join(_group(name, list(of)) for name, of in groups)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(found.title)}</title>"
        f"<script>{_THEME_SCRIPT}</script><style>{THEME.read_text(encoding='utf-8')}{_STYLE}</style></head>\n"
        f'<body><main><span class="stamp">Simulated market</span><h1>{escape(found.title)}</h1>'
        f'<p class="lead">Every statistic below was computed by the same code from recorded series and from '
        f"generated rows. Generated: {escape(found.made)}. Ratios beyond 2/3 and 3/2 are marked.</p>"
        f'<p class="key"><span><i class="measured"></i>measured</span>'
        f'<span><i class="simulated"></i>simulated</span></p>\n{charts}'
        f'<h2>Figures</h2><div class="tables">{"".join(_table(table) for table in found.tables)}</div>'
        f"</main></body></html>\n"
    )


def _first(charts: Sequence[Chart], group: str) -> int:
    return next(i for i, chart in enumerate(charts) if chart.group == group)


def _group(name: str, charts: list[Chart]) -> str:
    drawn = "".join(f"<figure><figcaption>{escape(c.title)}</figcaption>{_svg(c)}</figure>\n" for c in charts)
    kind = "grid of2" if charts[0].wide else "grid"
    return f'<h2>{escape(name)}</h2><div class="{kind}">{drawn}</div>\n'


def _table(table: Table) -> str:
    lines = "".join(_line(row) for row in table.rows)
    return (
        f'<div class="panel"><h3>{escape(table.title)}</h3><table><thead><tr><th>statistic</th>'
        f"<th>measured</th>"
        f"<th>simulated</th><th>ratio</th></tr></thead><tbody>{lines}</tbody></table>"
        f'<p class="source">Measured: {escape(table.measured)}.<br>'
        f"Simulated: {escape(table.simulated)}.</p></div>\n"
    )


def _line(row: Row) -> str:
    ratio = row.simulated / row.measured if row.measured else math.nan
    far = not 2 / 3 <= ratio <= 1.5
    unit = f' <span class="unit">{escape(row.unit)}</span>' if row.unit else ""
    shown = f"{ratio:.2f}" if math.isfinite(ratio) and ratio > 0 else "–"
    mark = ' class="far"' if far else ""
    return (
        f"<tr><td>{escape(row.name)}{unit}</td><td>{figure(row.measured)}</td>"
        f"<td>{figure(row.simulated)}</td>"
        f"<td{mark}>{shown}</td></tr>"
    )


def figure(value: float) -> str:
    """Three significant digits, thousands apart."""
    if value == 0 or not math.isfinite(value):
        return "0" if value == 0 else "–"
    if abs(value) >= 1e6:
        return f"{value / 1e6:.3g} M"
    decimals = max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:,.{min(decimals, 5)}f}".replace("-", "\u2212")


class _Scale:
    """Maps values to pixels, linear or logarithmic, and chooses ticks."""

    def __init__(self, values: Sequence[float], first: float, last: float, *, log: bool) -> None:
        usable = [v for v in values if v > 0] if log else list(values)
        self.log = log and bool(usable)
        low, high = (min(usable), max(usable)) if usable else (0.0, 1.0)
        if self.log:
            low, high = math.log10(low), math.log10(high)
        if high - low < 1e-12:
            low, high = low - 0.5, high + 0.5
        self.low, self.high, self._first, self._last = low, high, first, last

    def __call__(self, value: float) -> float | None:
        if self.log and value <= 0:
            return None
        v = math.log10(value) if self.log else value
        return self._first + (v - self.low) / (self.high - self.low) * (self._last - self._first)

    def ticks(self, count: int) -> list[float]:
        """Round values within the scale."""
        if self.log:
            decades = range(math.floor(self.low), math.ceil(self.high) + 1)
            fine = [m * 10.0**e for e in decades for m in (1, 2, 5)]
            found = [v for v in fine if self.low - 1e-9 <= math.log10(v) <= self.high + 1e-9]
            if len(found) > count + 2:
                found = [v for v in found if math.log10(v) % 1 < 1e-9]
            return found[:: max(1, -(-len(found) // (count + 2)))]
        rough = (self.high - self.low) / count
        scale = 10.0 ** math.floor(math.log10(rough))
        step_size = next(s * scale for s in (1, 2, 5, 10) if s * scale >= rough)
        start = math.ceil(self.low / step_size - 1e-9)
        return [n * step_size for n in range(start, math.floor(self.high / step_size + 1e-9) + 1)]


def _svg(chart: Chart) -> str:
    width = _WIDE if chart.wide else _WIDTH
    xs = [v for s in chart.series for v in s.x]
    ys = [v for s in chart.series for v in s.y]
    margin = 0.0 if chart.log_y else 0.04 * (max(ys) - min(ys))
    across = _Scale(xs, _LEFT, width - _RIGHT, log=chart.log_x)
    up = _Scale([*ys, min(ys) - margin, max(ys) + margin], _HEIGHT - _BOTTOM, _TOP, log=chart.log_y)
    parts = [_bands(chart, across), _axes(chart, across, up, width)]
    parts += [_curve(series, across, up) for series in chart.series]
    label = f"{chart.title}: {chart.y_label} over {chart.x_label}"
    return (
        f'<svg viewBox="0 0 {width} {_HEIGHT}" role="img" aria-label="{escape(label)}">{"".join(parts)}</svg>'
    )


def _bands(chart: Chart, across: _Scale) -> str:
    parts = []
    for i, band in enumerate(chart.bands):
        first, last = across(band.first), across(min(band.last, max(chart.series[0].x)))
        if first is None or last is None:
            continue
        if i % 2 == 0:
            parts.append(
                f'<rect class="band" x="{first:.1f}" y="{_TOP}" width="{max(0.0, last - first):.1f}" '
                f'height="{_HEIGHT - _TOP - _BOTTOM}"/>'
            )
        parts.append(
            f'<text class="band-name" x="{first + 6:.1f}" y="{_TOP + 14}">{escape(band.name)}</text>'
        )
    return "".join(parts)


def _axes(chart: Chart, across: _Scale, up: _Scale, width: int) -> str:
    parts = []
    for tick in up.ticks(4):
        y = up(tick)
        parts.append(
            f'<line class="grid-line" x1="{_LEFT}" x2="{width - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        )
        parts.append(f'<text x="{_LEFT - 8}" y="{(y or 0) + 4:.1f}" text-anchor="end">{_short(tick)}</text>')
    floor = _HEIGHT - _BOTTOM
    for tick in across.ticks(8 if chart.wide else 5):
        x = across(tick)
        parts.append(f'<text x="{x:.1f}" y="{floor + 16}" text-anchor="middle">{_short(tick)}</text>')
    parts.append(f'<line class="axis" x1="{_LEFT}" x2="{width - _RIGHT}" y1="{floor}" y2="{floor}"/>')
    parts.append(
        f'<text x="{width - _RIGHT}" y="{_HEIGHT - 4}" text-anchor="end">{escape(chart.x_label)}</text>'
    )
    parts.append(f'<text x="{_LEFT - 46}" y="{_HEIGHT - 4}">{escape(chart.y_label)}</text>')
    return "".join(parts)


def _curve(series: Series, across: _Scale, up: _Scale) -> str:
    points = [(across(x), up(y)) for x, y in zip(series.x, series.y, strict=True)]
    seen = [(x, y) for x, y in points if x is not None and y is not None]
    line = "M" + " L".join(f"{x:.1f} {y:.1f}" for x, y in seen)
    role = "measured" if series.role == "measured" else "simulated"
    if len(seen) > 60:
        return f'<path class="{role} thin" d="{line}"/>'
    dots = "".join(f'<circle class="{role}" cx="{x:.1f}" cy="{y:.1f}" r="3"/>' for x, y in seen)
    return f'<path class="{role}" d="{line}"/>{dots}'


def _short(value: float) -> str:
    """A tick's label."""
    if abs(value) >= 1e6:
        return f"{value / 1e6:g}M"
    if abs(value) >= 1e4:
        return f"{value / 1e3:g}k"
    return f"{value:.4g}".replace("-", "\u2212")


def main(arguments: list[str]) -> int:
    """Make the page; the arguments are the document and the page."""
    if len(arguments) != 2:
        sys.stderr.write("usage: python -m titan.report.faithfulness COMPARISON.json PAGE.html\n")
        return 2
    build_faithfulness(Path(arguments[0]), Path(arguments[1]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
