"""What the money earns, and how near the next rebalancing is."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from rich.text import Text

from titan.model.guard import MarginStep
from titan.tui.figures import NONE, gauge, moment, money, share, short, span
from titan.tui.head import FULL_DAY_NS
from titan.tui.palette import AMBER, BLUE, DIM, FAINT, GREEN, RED, TEXT, gain
from titan.views.board import Board, Freshness
from titan.views.replica import Moved
from titan.views.status import MarginLine, Status

_NAME: Final = 15
_RECENT: Final = 6
_WHEN: Final = 11
_SOURCES: Final = ("basis", "funding", "fees", "slippage")
"""Sources of profit that are always shown; others where they are not zero."""


def yields_text(board: Board, width: int) -> Text:
    """The yield panel, then inventory health."""
    status = board.status
    if status is None:
        return Text("nothing is known of a run yet", DIM)
    text = Text(no_wrap=True, overflow="ellipsis")
    _earned(text, board, status, width)
    text.append("\n")
    for margin in board.margins:
        _margin(text, margin, width)
    _moved(text, board)
    return text


def _line(text: Text, name: str, *parts: Text | str) -> None:
    text.append(f"{name:<{_NAME}}", DIM)
    for part in parts:
        text.append_text(part) if isinstance(part, Text) else text.append(part, TEXT)
    text.append("\n")


def _earned(text: Text, board: Board, status: Status, width: int) -> None:
    found = board.yields
    part, limit = _of_nav(found.deployed, status.nav), _of_nav(found.deployable, status.nav)
    _line(text, "deployed", f"{short(found.deployed)} {status.quote}")
    room = max(min(width - _NAME - 34, 24), 6)
    most = f" of NAV, at most {share(limit, 0, sign=False)}"
    bar = gauge(part / (limit or 1.0), room) if part is not None else ""
    _line(text, "share deployed", Text(f"{bar} ", GREEN), share(part, 1, sign=False), Text(most, DIM))
    _line(
        text,
        "funding APY",
        Text(share(found.apr, 1), f"bold {BLUE}"),
        Text("  forecast of what is held", DIM),
    )
    day, of = found.day, "P&L" if board.freshness is Freshness.FINISHED else "24 h"
    if day is None:
        _line(text, of, Text("known after the first minute", FAINT))
        return
    for name in _SOURCES:
        _line(text, f"{of} {name}", gain(day.pnl.get(name)))
    for name, amount in day.pnl.items():
        if name not in _SOURCES and amount:
            _line(text, f"{of} {name}", gain(amount))
    total = gain(day.nav)
    total.stylize("bold")
    age_ns = board.then_ns - day.since_ns
    young = f"  of the last {span(age_ns / 1e9)}" if age_ns < FULL_DAY_NS or of == "P&L" else ""
    _line(text, f"{of} total", total, Text(young, DIM))
    if found.drawdown is not None:
        halve, stop, flat = (f"{100 * one:g}" for one in status.ladder)
        colour = RED if found.rung else AMBER if found.drawdown > status.ladder[0] / 2 else TEXT
        said = f"  {found.rung}" if found.rung else f"  halve {halve}, stop {stop}, close {flat} %"
        _line(text, "drawdown today", Text(share(found.drawdown, sign=False), colour), Text(said, DIM))


def _of_nav(amount: Decimal | None, nav: Decimal | None) -> float | None:
    """As a share; None where there is nothing that shares can be of."""
    return float(amount / nav) if amount is not None and nav is not None and nav > 0 else None


def _margin(text: Text, one: MarginLine, width: int) -> None:
    room = max(min(width - _NAME - 10, 30), 10)
    if one.used is None:
        _line(text, one.wallet, Text("no price for what is held", AMBER))
        return
    colour = RED if one.used > one.ceiling else AMBER if one.used > one.top_up else GREEN
    bar = Text(gauge(one.used, room, (one.top_up, one.ceiling)), colour)
    _line(text, one.wallet, bar, f" {share(one.used, 1, sign=False)}")
    _line(text, "", Text(f"equity {short(one.equity)}, positions {short(one.notional)}", DIM))
    _line(text, "next trigger", trigger(one))


def trigger(one: MarginLine) -> Text:
    """What happens next to this wallet, and how far prices are from it."""
    used = one.used or 0.0
    if used > one.ceiling:
        return Text(f"above {share(one.ceiling, 0, sign=False)}: pairs are reduced", RED)
    if used > one.top_up:
        return Text(f"above {share(one.top_up, 0, sign=False)}: quote comes from spot", AMBER)
    text = Text(f"top-up at {share(one.top_up, 0, sign=False)}", TEXT)
    rise = _rise(one)
    if rise is not None:
        text.append(f" (prices +{share(rise, 0, sign=False)})", DIM)
    return text.append("; profit leaves", DIM) if used < one.floor and one.notional else text


def _rise(one: MarginLine) -> float | None:
    """How far prices have to rise until `top_up` is used: the shorts grow, and what they lose leaves the
    equity.
    """
    if not one.notional or one.equity is None or not one.used:
        return None
    limit = float(one.notional) / (one.used * float(one.equity))
    at = one.top_up * limit
    return (at * float(one.equity) - float(one.notional)) / (float(one.notional) * (1 + at))


def way(one: Moved) -> str:
    """Between which wallets: spot → perp @binance, or binance → bybit."""
    source, _, kind = one.source.partition(".")
    target, _, other = one.target.partition(".")
    return f"{kind} → {other} @{source}" if source == target else f"{source} → {target}"


def _moved(text: Text, board: Board) -> None:
    """Transfers, and pairs that were reduced for their margin."""
    text.append("recent rebalances\n", DIM)
    found: list[tuple[int, Moved | MarginStep]]
    found = [(one.booked_ns or one.asked_ns, one) for one in board.transfers]
    found += [(one.local_ns, one) for one in board.reductions]
    for at_ns, one in sorted(found, key=lambda pair: -pair[0])[:_RECENT]:
        glyph, colour, told = _reduced(one) if isinstance(one, MarginStep) else _transfer(one)
        text.append(f" {glyph} ", colour).append(f"{moment(at_ns, board.then_ns):<{_WHEN}} ", DIM)
        text.append(f"{told[0]}", TEXT).append(f"  {told[1]}\n" if told[1] else "\n", colour)
    if not found:
        text.append(f" {NONE} none yet\n", FAINT)


def _transfer(one: Moved) -> tuple[str, str, tuple[str, str]]:
    glyph, colour = {"booked": ("●", GREEN), "asked": ("▶", AMBER), "on its way": ("▶", AMBER)}.get(
        one.state, ("✕", RED)
    )
    said = "" if one.state == "booked" else one.state
    return glyph, colour, (f"{money(one.amount, 0)} {one.asset}  {way(one)}", said)


def _reduced(one: MarginStep) -> tuple[str, str, tuple[str, str]]:
    used = share(float(one.utilisation), 0, sign=False)
    return "◀", AMBER, (f"pairs at {one.venue} reduced", f"at {used} of margin")
