"""The positions: every holding with what it is worth and what it earned; then the last that ended."""

from __future__ import annotations

from typing import Final

from rich.text import Text

from titan.tui.figures import NONE, ago, bps, clock, counted, moment, money, size, within
from titan.tui.palette import AMBER, DIM, GREEN, LIME, RED, TEXT, faded, gain, right
from titan.tui.rows import Column, Row
from titan.views.board import Board, HoldingRow

_SIZE: Final = 8
_MONEY: Final = 9
COLUMNS: Final = (
    Column("id", "holding", right=False), Column("state", "", 9, right=False),
    Column("size", "size", _SIZE, rank=1), Column("value", "value", _MONEY, rank=2),
    Column("basis", "in → now bps", 15, rank=3), Column("funding", "funding", _SIZE, rank=4),
    Column("fees", "fees", _SIZE, rank=5), Column("total", "P&L", _MONEY),
    Column("opened", "opened", 11, rank=6),
)  # fmt: skip
KINDS: Final = {"satellite": "sat", "vacuum": "vac"}
"""Kinds of holding that need a shorter name in a column."""
EMPTY: Final = "nothing is held yet: positions open when a signal pays"
_STATES: Final = {
    "open": ("●", GREEN), "opening": ("▶", LIME), "closing": ("◀", AMBER), "closed": ("■", DIM),
    "stuck": ("✕", RED),
}  # fmt: skip


def holding_rows(board: Board, wanted: str = "") -> list[Row]:
    every = (*board.holdings, *board.ended)
    return [_row(one, board) for one in every if wanted in one.id.lower()]


def _row(one: HoldingRow, board: Board) -> Row:
    old = board.old
    ended = one.state == "closed"
    plain = DIM if old or ended else TEXT
    pnl = one.pnl or {}
    cells = {
        "id": Text(name_of(one), plain if ended else f"bold {plain}"),
        "state": state(one.state, old=old),
        "size": right(NONE if ended else size(one.size, _SIZE), plain),
        "value": right(within(one.value, _MONEY), plain),
        "basis": right(basis_path(one), plain),
        "funding": gain(pnl.get("funding"), room=_SIZE),
        "fees": gain(pnl.get("fees"), room=_SIZE),
        "total": gain(one.total, room=_MONEY),
        "opened": right(moment(one.opened_ns, board.then_ns), DIM),
    }
    sorts: dict[str, float | int | str] = {
        "id": one.id, "state": one.state, "value": float(one.value or 0), "total": float(one.total or 0),
        "opened": one.opened_ns,
    }  # fmt: skip
    return Row(one.id, {key: faded(one) for key, one in cells.items()} if old else cells, sorts)


def name_of(one: HoldingRow) -> str:
    """As BTC sat 13."""
    return f"{one.pair} {KINDS.get(one.type, one.type)} {one.id.rpartition(':')[2]}"


def state(name: str, *, old: bool = False) -> Text:
    glyph, colour = _STATES[name]
    return Text(f"{glyph} {name}", DIM if old else colour)


def basis_path(one: HoldingRow) -> str:
    """The basis at which it was opened, and at which it stands or was closed."""
    now = one.exit_basis if one.state == "closed" else one.basis
    return f"{bps(one.entry_basis)} → {bps(now)}"


def facts(one: HoldingRow, quote: str, now_ns: int) -> Text:
    """All that is known of a holding, in lines."""
    text = Text(no_wrap=True, overflow="ellipsis")

    def line(name: str, *parts: Text | str) -> None:
        text.append(f" {name:<11}", DIM)
        for part in parts:
            text.append_text(part) if isinstance(part, Text) else text.append(part, TEXT)
        text.append("\n")

    goal = f", on its way to {size(one.target)}" if one.target != one.size else ""
    line("state", state(one.state), f"   {one.type}   {size(one.size)} {one.pair}{goal}")
    long, short_ = (one.perp, one.spot) if one.reverse else (one.spot, one.perp)
    line("legs", f"long {long}   short {short_}")
    line("opened", f"{clock(one.opened_ns, day=True)}   {one.reason}")
    if one.closed_ns:
        line("closed", f"{clock(one.closed_ns, day=True)}   {one.closing}")
    elif one.opened_ns:
        line("held for", ago(one.opened_ns, now_ns))
    worth = f"   worth {money(one.value)} {quote}" if one.value is not None else ""
    line("basis", f"{basis_path(one)} bps{worth}")
    if one.pnl is not None:
        sources = Text()
        for name, amount in one.pnl.items():
            if not amount and name not in ("basis", "funding", "fees"):
                continue
            sources.append(f"{name} ", DIM).append_text(gain(amount)).append("  ")
        line("P&L", gain(one.total), Text(f" {quote}", DIM))
        line("", sources)
    paid = ", ".join(f"{money(fee)} {asset}" for asset, fee in sorted(one.fees.items()))
    aborted = f", {one.aborted} aborted" if one.aborted else ""
    done = f"{counted(one.clips, 'clip')}{aborted}, {counted(one.orders, 'order')}"
    line("trading", f"{done}, {counted(one.fills, 'fill')}, fees {paid or NONE}")
    text.right_crop(1)
    return text
