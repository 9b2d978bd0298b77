"""The basis monitor: every pair with its prices, how far its basis is from the mean, and what is done."""

from __future__ import annotations

from typing import Final

from rich.text import Text

from titan.tui.figures import NONE, bps, price, share, span, sparkline
from titan.tui.palette import ACTIONS, BLUE, DIM, FAINT, TEXT, gain, right, z_text
from titan.tui.rows import Column, Row
from titan.views.board import Board, Freshness, PairRow

NARROW: Final = (
    Column("pair", "symbol", 6, right=False), Column("spot", "spot", 10), Column("perp", "perp", 10),
    Column("basis", "basis", 7), Column("z", "z", 8), Column("action", "action", 16, right=False),
    Column("trail", "", 6, right=False),
)  # fmt: skip
WIDE: Final = (
    Column("pair", "symbol", 8, right=False), Column("spot", "spot", 11), Column("perp", "perp", 11),
    Column("basis", "basis bps", 9), Column("mean", "mean", 7), Column("z", "z", 8),
    Column("edge", "edge", 8), Column("apr", "funding/y", 9), Column("settles", "in", 8),
    Column("action", "action", 24, right=False), Column("trail", "basis, last samples", 26, right=False),
)  # fmt: skip
EMPTY: Final = "no pair yet: the run has not begun"


def basis_rows(board: Board, *, wide: bool, wanted: str = "") -> list[Row]:
    """Of the pairs that `wanted` is part of."""
    old = board.freshness is not Freshness.LIVE
    return [
        _row(one, board.at_ns, wide=wide, old=old) for one in board.pairs if wanted in one.line.pair.lower()
    ]


def _row(one: PairRow, now_ns: int, *, wide: bool, old: bool) -> Row:
    line = one.line
    known = line.samples >= max(line.warmup, 2)
    plain = DIM if old else TEXT
    cells = {
        "pair": Text(line.pair, f"bold {plain}"),
        "spot": right(price(line.spot_mid), plain), "perp": right(price(line.perp_mid), plain),
        "basis": right(bps(line.basis) if line.samples else NONE, plain),
        "mean": right(bps(line.mean) if known else NONE, DIM),
        "z": z_text(line.z, known=known) if not old else right(bps(line.z, 2) if known else NONE, DIM),
        "edge": gain(line.edge, 1) if line.edge is not None else right(NONE, FAINT),
        "apr": right(share(line.forecast_apr, 1), plain),
        "settles": right(_settles(line.settles_ns, now_ns), DIM),
        "action": action(one, old=old),
        "trail": Text(sparkline(line.trail, 26 if wide else 6), FAINT if old else BLUE),
    }  # fmt: skip
    sorts: dict[str, float | int | str] = {
        "pair": line.pair, "basis": line.basis, "z": line.z, "action": one.action.value,
        "apr": line.forecast_apr or 0.0,
    }  # fmt: skip
    columns = WIDE if wide else NARROW
    return Row(line.pair, tuple(cells[c.key] for c in columns), sorts)


def action(one: PairRow, *, old: bool = False) -> Text:
    glyph, colour = ACTIONS[one.action]
    text = Text(f"{glyph} {one.action.value}", DIM if old else colour)
    return text.append(f" {one.detail}", DIM) if one.detail else text


def _settles(at_ns: int, now_ns: int) -> str:
    return span((at_ns - now_ns) / 1e9) if at_ns > now_ns else NONE
