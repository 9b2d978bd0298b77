"""The desk: orders that are out, venues, the journal, what was refused, and how long each stage takes."""

from __future__ import annotations

from typing import Final

from rich.text import Text

from titan.tui.figures import counted, price, size, span
from titan.tui.palette import AMBER, DIM, FAINT, GREEN, RED, TEXT
from titan.views.board import Board
from titan.views.status import Status

_ORDERS: Final = 8
_REFUSALS: Final = 4
_STAGES: Final = ("tick to order", "order to ack", "journal to committed")


def desk_text(board: Board) -> Text:
    status = board.status
    if status is None:
        return Text("no orders: nothing runs", DIM)
    text = Text(no_wrap=True, overflow="ellipsis")
    done = (status.signals, "signal"), (status.orders, "order"), (status.fills, "fill")
    text.append(", ".join(counted(*one) for one in done) + "\n", TEXT)
    _orders(text, board)
    for venue in board.venues:
        well = venue.live == venue.connections and not venue.error
        text.append("● " if well else "✕ ", GREEN if well else RED)
        text.append(f"{venue.venue} {venue.live}/{venue.connections}", TEXT)
        silent = f", silent {venue.silent_ms:,.0f} ms" if venue.silent_ms is not None else ""
        late = f", {venue.latency_ms:.0f} ms late" if venue.latency_ms is not None else ""
        again = f", {venue.reconnects} reconnects" if venue.reconnects else ""
        text.append(f"{late}{silent}{again}\n", DIM)
        if venue.error:
            text.append(f"  {venue.error}\n", RED)
    _journal(text, status)
    _took(text, status)
    return text


def _orders(text: Text, board: Board) -> None:
    for one in board.in_flight[:_ORDERS]:
        text.append(f"{one.side:<4} {size(one.size - one.filled):>9} ", TEXT)
        text.append(f"{one.instrument} at {price(float(one.price))} ", DIM)
        odd = one.state in ("unknown", "rejected")
        text.append(f"{one.state} {span(one.age_ms / 1e3)}\n", RED if odd else DIM)
    if len(board.in_flight) > _ORDERS:
        text.append(f"and {len(board.in_flight) - _ORDERS} more\n", DIM)
    if not board.in_flight:
        text.append("no order is out\n", FAINT)


def _journal(text: Text, status: Status) -> None:
    said = status.journal
    text.append("● " if not said.trouble else "✕ ", GREEN if not said.trouble else RED)
    text.append(f"journal {said.entries:,}", TEXT)
    text.append(f", {said.waiting} waiting" if said.waiting else "", AMBER)
    text.append(f"  {said.store}\n", DIM)
    if said.trouble:
        text.append(f"  {said.trouble}\n", RED)
    for why, count in sorted(status.refusals.items(), key=lambda item: -item[1])[:_REFUSALS]:
        text.append(f"refused {count:,} x ", AMBER).append(f"{why}\n", DIM)


def _took(text: Text, status: Status) -> None:
    for stage in _STAGES:
        took = status.latency.get(stage)
        if took is not None and took.count:
            text.append(f"{stage:<21}", DIM).append(f"p50 {_ms(took.p50)}  p99 {_ms(took.p99)}\n", TEXT)


def _ms(us: float) -> str:
    return f"{us:,.0f} us" if us < 10_000 else f"{us / 1000:,.1f} ms"
