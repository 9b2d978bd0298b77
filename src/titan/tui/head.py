"""The head of the screen: worth, lean, mode and state; what must never be overlooked."""

from __future__ import annotations

from typing import Final

from rich.text import Text

from titan.tui.figures import band, clock, counted, dated, money, share, span
from titan.tui.palette import AMBER, BLUE, DIM, FAINT, GREEN, LIME, RED, TEXT, faded, gain
from titan.views.board import Board, Freshness
from titan.views.status import Status

WIDE: Final = 110
FULL_DAY_NS: Final = 86_000 * 10**9
"""From here on it counts as 24 hours: a run is not valued to the second."""


def head(board: Board, width: int, *, paused: bool, now_ns: int) -> Text:
    """Three lines."""
    lines = (_who(board, width, paused=paused, now_ns=now_ns), _worth(board, width), _desk(board, width))
    text = Text(no_wrap=True, overflow="ellipsis")
    for n, line in enumerate(lines):
        line.truncate(width, overflow="ellipsis")
        text.append_text(line).append("\n" if n < 2 else "")
    return text


def _who(board: Board, width: int, *, paused: bool, now_ns: int) -> Text:
    status = board.status
    left = Text(" TITAN ", f"bold {LIME}")
    if status is None:
        left.append(" waiting for a run", DIM)
    else:
        left.append(f" {status.strategy} ", TEXT)
        left.append(f" {status.mode.upper()} ", f"bold {TEXT} on #26332e")
        if status.simulated:
            left.append(" SIMULATED ", f"bold #0b0f0e on {BLUE}")
        else:
            left.append(" REAL MONEY ", f"bold #ffffff on {RED}")
        left.append("  ").append_text(_state(board, status))
        if paused:
            left.append("  ").append(" PAUSED ", f"bold #0b0f0e on {AMBER}")
    right = Text(style=DIM)
    if status is not None and width >= WIDE:
        right.append(f"run {status.run_id}{', resumed' if status.resumed else ''}   ")
    right.append(f"{clock(now_ns)} UTC ")
    room = width - left.cell_len - right.cell_len
    return left.append(" " * room).append_text(right) if room > 0 else left


def _state(board: Board, status: Status) -> Text:
    if board.freshness is Freshness.STALE:
        return Text(f" STALE: silent for {span(board.age_s)} ", f"bold #ffffff on {RED}")
    if board.freshness is Freshness.ENDED:
        return Text(f"■ stopped {span(board.age_s)} ago", f"bold {AMBER}")
    if board.freshness is Freshness.FINISHED:
        return Text("■ finished", f"bold {GREEN}")
    glyph, colour = {"trading": ("●", GREEN), "halted": ("✕", RED)}.get(status.state, ("◌", AMBER))
    return Text(f"{glyph} {status.state} {span(status.seconds)}", f"bold {colour}")


def _worth(board: Board, width: int) -> Text:
    status, day = board.status, board.yields.day
    if status is None:
        return Text()
    line = Text(" NAV ", DIM)
    worth = money(status.nav) if status.nav is not None else "no price for what is held"
    line.append(worth, f"bold {DIM if board.old else TEXT}").append(f" {status.quote}", DIM)
    if day is not None and status.nav is not None:
        whole = board.freshness is not Freshness.FINISHED and board.then_ns - day.since_ns >= FULL_DAY_NS
        line.append("   24 h " if whole else "   P&L ", DIM).append_text(
            faded(gain(day.nav)) if board.old else gain(day.nav)
        )
        before = status.nav - day.nav
        if before:
            line.append(f" {share(float(day.nav / before))}", DIM)
    line.append("   delta ", DIM)
    lean = board.delta_share
    colour = DIM if board.old else _lean_colour(lean, status)
    line.append(f"{share(lean)} ", f"bold {colour}")
    half = 12 if width >= WIDE else 6
    line.append(band(lean, status.warn, status.act, half), colour if lean is not None else FAINT)
    line.append(f" ±{share(status.act, 0, sign=False)}", DIM)
    if width >= WIDE and status.delta is not None:
        line.append(f"   {money(status.delta, sign=True)} {status.quote}", DIM)
    return line


def _lean_colour(lean: float | None, status: Status) -> str:
    if lean is None:
        return DIM
    return RED if abs(lean) >= status.act else AMBER if abs(lean) >= status.warn else GREEN


def _desk(board: Board, width: int) -> Text:
    status = board.status
    if status is None:
        return Text(" `titan run --mode paper --config config/demo` begins one", DIM)
    line = Text(" ")
    if board.freshness is Freshness.FINISHED:
        return line.append_text(_played(status))
    if status.journal.trouble:
        return line.append(f"✕ JOURNAL: {status.journal.trouble} ", f"bold #ffffff on {RED}")
    if board.old:
        line.append(f"as of {clock(status.at_ns, day=True)} UTC; nothing here is live", f"bold {AMBER}")
    elif status.closed:
        doors = ", ".join(status.closed)
        line.append(f"✕ entries closed by {doors}", f"bold {AMBER}")
    else:
        line.append("● entries open", GREEN)
    orders, executions = counted(len(status.in_flight), "order"), counted(status.executions, "execution")
    waiting = f", {status.journal.waiting:,} waiting" if status.journal.waiting else ""
    line.append(f"   {orders} out, {executions}   journal {status.journal.entries:,}{waiting}", DIM)
    if width >= WIDE:
        line.append(f"   {status.rows:,} rows heard", DIM)
    for venue in status.venues:
        well = venue.live == venue.connections and not venue.error
        colour = DIM if board.old else GREEN if well else RED
        line.append("   ").append("●" if well else "✕", colour)
        late = f" {venue.latency_ms:.0f} ms" if venue.latency_ms is not None else ""
        line.append(f" {venue.venue} {venue.live}/{venue.connections}{late}", DIM)
    return line


def _played(status: Status) -> Text:
    """What a backtest went through."""
    began_ns = status.at_ns - round(status.seconds * 1e9)
    text = Text(f"{dated(began_ns)} to {dated(status.at_ns)}, {span(status.seconds)}", f"bold {TEXT}")
    done = f"{counted(status.orders, 'order')}, {counted(status.fills, 'fill')}"
    return text.append(f"   {done}   {status.rows:,} rows   report.html has the whole of it", DIM)
