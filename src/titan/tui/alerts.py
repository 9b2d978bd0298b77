"""Alerts: what is so now first, then what was, the newest first."""

from __future__ import annotations

from typing import Final

from rich.text import Text

from titan.tui.figures import moment
from titan.tui.palette import DIM, TEXT, WEIGHTS
from titan.tui.rows import Column, Row
from titan.views.alerts import Alert, Weight
from titan.views.board import Board

COLUMNS: Final = (
    Column("at", "UTC", 11, right=False), Column("weight", "", 1, right=False),
    Column("text", "what", 0, right=False),
)  # fmt: skip
EMPTY: Final = "nothing to report"


def alert_rows(board: Board, *, wanted: str = "") -> list[Row]:
    return [_row(n, one, board.then_ns) for n, one in enumerate(board.alerts) if wanted in one.text.lower()]


def _row(n: int, one: Alert, now_ns: int) -> Row:
    glyph, colour = WEIGHTS[one.weight]
    loud = one.weight is not Weight.NOTE
    cells = (
        Text("now" if not one.seq else moment(one.at_ns, now_ns), DIM), Text(glyph, f"bold {colour}"),
        Text(" ".join(one.text.split()), colour if loud else TEXT),
    )  # fmt: skip
    key = f"{one.seq}:{one.id}" if one.seq else f"now {n}"
    return Row(key, cells, {"at": one.at_ns, "weight": int(one.weight)})


def alert_line(board: Board) -> Text:
    """The one that matters most, and how many there are."""
    now = [one for one in board.alerts if not one.seq]
    loud = [one for one in board.alerts if one.weight is not Weight.NOTE]
    first = max(now, key=lambda one: one.weight, default=None) or next(iter(loud or board.alerts), None)
    if first is None:
        return Text(" nothing to report", DIM)
    glyph, colour = WEIGHTS[first.weight]
    when = "now" if not first.seq else moment(first.at_ns, board.then_ns)
    more = f"  (5: all {len(board.alerts)})" if len(board.alerts) > 1 else ""
    text = Text(f" {glyph} {when} ", f"bold {colour}", no_wrap=True, overflow="ellipsis")
    return text.append(" ".join(first.text.split()), colour).append(more, DIM)
