"""The basis of one pair as a curve, with its mean and the line at which it counts as stretched."""

from __future__ import annotations

from typing import Final

from rich.text import Text

from titan.tui.figures import bps, money
from titan.tui.palette import BLUE, DIM, FAINT, ORANGE, TEXT, z_text
from titan.views.board import Board, PairRow
from titan.views.status import PairLine

EMPTY: Final = "no samples of the basis yet"
_LABEL: Final = 8
_DOTS: Final = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
"""Of a braille cell: two columns of four dots each, from above."""
_BLANK: Final = 0x2800


def chart_text(board: Board, pair: str, width: int, height: int) -> Text:
    """Two lines of figures and the curve below them."""
    row = next((one for one in board.pairs if one.line.pair == pair), None)
    if row is None or len(row.line.trail) < 2:
        return Text(EMPTY, DIM)
    text = _figures(row)
    return text.append_text(_curve(row.line, max(width - _LABEL, 8), max(height - 2, 3)))


def _figures(row: PairRow) -> Text:
    line = row.line
    text = Text("basis ", DIM, no_wrap=True)
    text.append(bps(line.basis), f"bold {TEXT}").append("  z ", DIM)
    text.append_text(z_text(line.z, known=line.samples >= line.warmup))
    text.append(f"  mean {bps(line.mean)}  dev {money(line.std, 1)}\n", DIM)
    if line.edge is None or line.cost is None:
        return text.append("never stretched: no round trip was weighed\n", FAINT)
    text.append("stretched last: edge ", DIM).append(f"{bps(line.edge)}", TEXT)
    return text.append(f" after costs of {money(line.cost, 1)}\n", DIM)


def _curve(line: PairLine, width: int, height: int) -> Text:
    entry = line.mean + line.entry_z * line.std
    known = line.samples >= line.warmup and line.std > 0
    marks = (line.mean, entry) if known else ()
    low, high = min(*line.trail, *marks), max(*line.trail, *marks)
    reach = (high - low) or 1.0
    cells = dots(line.trail, width, height, low, reach)

    def row_of(value: float) -> int:
        return min(int((high - value) / reach * height), height - 1)

    labels = {row_of(high): bps(high), row_of(low): bps(low)}
    rules = {row_of(line.mean): ("mean", DIM), row_of(entry): ("entry", ORANGE)} if known else {}
    text = Text(no_wrap=True)
    for n, cell_row in enumerate(cells):
        name, colour = rules.get(n, ("", FAINT))
        for cell in cell_row:
            rule = name and cell == chr(_BLANK)
            text.append("┄" if rule else cell, colour if rule else BLUE)
        text.append(f" {name or labels.get(n, ''):<{_LABEL - 1}}", colour if name else DIM)
        text.append("\n" if n < height - 1 else "")
    return text


def dots(values: tuple[float, ...], width: int, height: int, low: float, reach: float) -> list[list[str]]:
    """Braille cells, `width` by `height`, of values from `low` up to `low + reach`, joined by lines."""
    grid = [[_BLANK] * width for _ in range(height)]
    across, down = 2 * width, 4 * height
    before = -1
    for x in range(across):
        place = x / (across - 1) * (len(values) - 1)
        left = int(place)
        right = min(left + 1, len(values) - 1)
        value = values[left] + (values[right] - values[left]) * (place - left)
        y = round((1 - (value - low) / reach) * (down - 1))
        span = range(min(y, before), max(y, before) + 1) if before >= 0 else range(y, y + 1)
        for dot in span:
            grid[dot // 4][x // 2] |= _DOTS[x % 2][dot % 4]
        before = y
    return [[chr(cell) for cell in cells] for cells in grid]
