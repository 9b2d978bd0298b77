"""The basis monitor: every pair with its prices, how far its basis is from the mean, and what is done."""

from __future__ import annotations

from typing import Final

from rich.text import Text

from titan.tui.figures import NONE, bps, price, share, sparkline
from titan.tui.holdings import KINDS
from titan.tui.palette import ACTIONS, BLUE, DIM, FAINT, TEXT, right, z_text
from titan.tui.rows import Column, Row
from titan.views.board import Board, PairRow

_TRAIL: Final = 10
COLUMNS: Final = (
    Column("pair", "symbol", right=False), Column("spot", "spot", 10, rank=2),
    Column("perp", "perp", 10, rank=3), Column("basis", "basis", 7, rank=1), Column("z", "z", 8),
    Column("apr", "funding/y", 9, rank=4), Column("action", "action", 20, right=False),
    Column("trail", "samples", _TRAIL, right=False, rank=5),
)  # fmt: skip
EMPTY: Final = "no pair yet: the run has not begun"


def basis_rows(board: Board, wanted: str = "") -> list[Row]:
    """Of the pairs that `wanted` is part of."""
    return [_row(one, old=board.old) for one in board.pairs if wanted in one.line.pair.lower()]


def _row(one: PairRow, *, old: bool) -> Row:
    line = one.line
    known = line.samples >= max(line.warmup, 2)
    plain = DIM if old else TEXT
    cells = {
        "pair": Text(line.pair, f"bold {plain}"),
        "spot": right(price(line.spot_mid), plain), "perp": right(price(line.perp_mid), plain),
        "basis": right(bps(line.basis) if line.samples else NONE, plain),
        "z": z_text(line.z, known=known) if not old else right(bps(line.z, 2) if known else NONE, DIM),
        "apr": right(share(line.forecast_apr, 1), plain),
        "action": action(one, old=old),
        "trail": Text(sparkline(line.trail, _TRAIL), FAINT if old else BLUE),
    }  # fmt: skip
    sorts: dict[str, float | int | str] = {
        "pair": line.pair, "basis": line.basis, "z": line.z, "action": one.action.value,
        "apr": line.forecast_apr or 0.0,
    }  # fmt: skip
    return Row(line.pair, cells, sorts)


def action(one: PairRow, *, old: bool = False) -> Text:
    (glyph, colour), detail = ACTIONS[one.action], one.detail
    text = Text(f"{glyph} {one.action.value}", DIM if old else colour)
    for kind, short in KINDS.items():
        detail = detail.replace(kind, short)
    return text.append(f" {detail}", DIM) if detail else text
