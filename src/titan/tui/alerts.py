"""Alerts: what is so now first, then what was, the newest first."""

from __future__ import annotations

from typing import Final

from rich.text import Text

from titan.tui.figures import moment
from titan.tui.palette import DIM, TEXT, WEIGHTS
from titan.tui.rows import Column, Row
from titan.views.alerts import Alert, Weight
from titan.views.board import Board
from titan.views.replica import DAY_NS

COLUMNS: Final = (
    Column("at", "UTC", 11, right=False), Column("weight", "", 1, right=False),
    Column("text", "what", 0, right=False),
)  # fmt: skip
EMPTY: Final = "nothing to report"


def alert_rows(board: Board, wanted: str = "") -> list[Row]:
    return [_row(n, one, board.then_ns) for n, one in enumerate(board.alerts) if wanted in one.text.lower()]


def _row(n: int, one: Alert, now_ns: int) -> Row:
    glyph, colour = WEIGHTS[one.weight]
    loud = one.weight is not Weight.NOTE
    cells = {
        "at": Text("now" if not one.seq else moment(one.at_ns, now_ns), DIM),
        "weight": Text(glyph, f"bold {colour}"),
        "text": Text(" ".join(one.text.split()), colour if loud else TEXT),
    }
    return Row(key_of(n, one), cells, {"at": one.at_ns, "weight": int(one.weight)})


def key_of(n: int, one: Alert) -> str:
    """Of the alert that is the n-th of its board."""
    return f"{one.seq}" if one.seq else f"now {n}"


def alert_line(board: Board) -> Text:
    """The one that matters most, and how many there are."""
    now = [one for one in board.alerts if not one.seq]
    young = board.then_ns - DAY_NS
    loud = [one for one in board.alerts if one.weight is not Weight.NOTE and one.at_ns > young]
    first = max(now, key=lambda one: one.weight, default=None) or next(iter(loud), None)
    if first is None:
        return Text(f" {EMPTY} of the last day  (5: all {len(board.alerts)})", DIM)
    glyph, colour = WEIGHTS[first.weight]
    when = "now" if not first.seq else moment(first.at_ns, board.then_ns)
    more = f"  (5: all {len(board.alerts)})" if len(board.alerts) > 1 else ""
    text = Text(f" {glyph} {when} ", f"bold {colour}", no_wrap=True, overflow="ellipsis")
    return text.append(" ".join(first.text.split()), colour).append(more, DIM)
