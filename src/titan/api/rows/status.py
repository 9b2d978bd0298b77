"""Rows of the stream `status`: of a board and the replica that it was made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Final

import msgspec

from titan.api.shapes.status import (
    AlertRow,
    DayShape,
    DoorRow,
    HaltRow,
    HoldingRow,
    JournalShape,
    MarginRow,
    PositionRow,
    ReductionRow,
    RunRow,
    StrategyRow,
    TransferRow,
    VenueRow,
)
from titan.api.wire import ms
from titan.model.guard import MarginStep
from titan.model.instrument import venue_of
from titan.model.recovery import Reconciled
from titan.model.restraint import Imposed
from titan.views.alerts import Alert
from titan.views.board import Board, Freshness
from titan.views.board import HoldingRow as Held
from titan.views.replica import Moved, Replica
from titan.views.status import Status, VenueLine

PAUSED: Final = "paused"
"""What names of an operator's pauses begin with."""
_STOPS: Final = ("REDUCE_ONLY", "CLOSE", "NO_TRADING")
"""Modes that let no entry through."""
_SCOPE: Final = ("strategy", "venue", "base", "instrument", "owner")
Rows = Iterator[tuple[str, msgspec.Struct]]


def run(board: Board, replica: Replica, *, supervised: bool = False) -> Rows:
    """None before the run has said anything."""
    s, y = board.status, board.yields
    if s is None:
        return
    day = DayShape(ms(y.day.since_ns), y.day.nav, y.day.pnl) if y.day is not None else None
    yield "run", RunRow(
        run_id=s.run_id, mode=s.mode, state=s.state, freshness=board.freshness.value, at_ms=ms(s.at_ns),
        seconds=s.seconds, simulated=s.simulated, resumed=s.resumed, traded=s.traded, quote=s.quote,
        strategy=s.strategy, nav=s.nav, start_nav=s.start_nav, pnl=s.pnl, day=day, drawdown=y.drawdown,
        rung=y.rung, ladder=s.ladder, delta=s.delta, delta_share=board.delta_share, warn=s.warn, act=s.act,
        deployed=s.deployed, deployable=s.deployable, apr=y.apr, rows=s.rows, signals=s.signals,
        orders=s.orders, fills=s.fills, executions=s.executions, refusals=s.refusals, notes=s.notes,
        journal=JournalShape(s.journal.store, s.journal.entries, s.journal.waiting, s.journal.trouble),
        seq=board.seq, missing=board.missing, paused=any(_pauses(one) for one in replica.imposed.values()),
        latched=tuple(replica.latches), supervised=supervised,
    )  # fmt: skip


def venues(board: Board, replica: Replica) -> Rows:
    for line in board.venues:
        yield line.venue, _venue(line, replica.reconciled.get(line.venue))


def doors(board: Board) -> Rows:
    """Of a run that has ended all doors are closed, and none is shown."""
    if board.status is not None and board.freshness is not Freshness.ENDED:
        for name, why in board.status.closed.items():
            yield name, DoorRow(name, why)


def halts(replica: Replica) -> Rows:
    for one in replica.imposed.values():
        covers = {name: getattr(one, name) for name in _SCOPE if getattr(one, name)}
        yield one.name, HaltRow(one.name, _allows(one), covers, one.reason, one.by, ms(one.local_ns), False)
    for latch in replica.latches.values():
        yield (
            f"latch {latch.name}",
            HaltRow(latch.name, "reduce-only", {}, latch.reason, latch.by, ms(latch.local_ns), True),
        )


def alerts(board: Board) -> Rows:
    """Those that are of no entry, but so now, are told by their places, and their time is the run's."""
    now = 0
    for one in board.alerts:
        now += not one.seq
        key = str(one.seq) if one.seq else f"now.{now}"
        yield key, _alert(key, one, board)


def holdings(rows: Iterable[Held]) -> Rows:
    for one in rows:
        yield (
            one.id,
            HoldingRow(
                one.id, one.pair, one.type, one.state, one.spot, one.perp, one.size, one.target, one.value,
                one.pnl, one.total, ms(one.opened_ns), ms(one.closed_ns), one.entry_basis, one.exit_basis,
                one.basis, one.forecast_apr, one.reason, one.closing, one.clips, one.aborted, one.orders,
                one.fills, one.fees, one.wishes, one.reverse,
            ),
        )  # fmt: skip


def positions(board: Board) -> Rows:
    if board.status is not None:
        for one in board.status.positions:
            yield (
                one.instrument,
                PositionRow(
                    one.instrument, venue_of(one.instrument), one.size, one.entry, one.mark, one.value,
                    one.unrealised,
                ),
            )  # fmt: skip


def margins(board: Board) -> Rows:
    for m in board.margins:
        yield (
            m.wallet,
            MarginRow(m.wallet, m.equity, m.notional, m.used, m.floor, m.top_up, m.ceiling),
        )


def transfers(moved: Iterable[Moved]) -> Rows:
    for t in moved:
        yield (
            t.id,
            TransferRow(
                t.id, t.asset, t.source, t.target, t.amount, t.cost, t.reason, t.state, ms(t.asked_ns),
                ms(t.booked_ns),
            ),
        )  # fmt: skip


def reductions(steps: Iterable[MarginStep]) -> Rows:
    for step in steps:
        key = f"{step.local_ns}"
        yield key, ReductionRow(key, ms(step.local_ns), step.venue, step.utilisation, step.reason)


def strategies(board: Board, replica: Replica) -> Rows:
    """A run has one. What keeps it back: the end of the run, a latch, an operator's halt."""
    s = board.status
    if s is None or not s.strategy:
        return
    state, why = _kept_back(s, board, replica)
    values = [one.value for one in board.holdings]
    known = [one for one in values if one is not None]
    value = sum(known, Decimal(0)) if len(known) == len(values) else None
    yield s.strategy, StrategyRow(s.strategy, state, why, len(values), value, s.pnl, s.signals)


def _kept_back(s: Status, board: Board, replica: Replica) -> tuple[str, str]:
    if board.freshness in (Freshness.ENDED, Freshness.FINISHED):
        return "stopped", "; ".join(s.notes)
    if replica.latches:
        latch = next(iter(replica.latches.values()))
        return "halted", f"{latch.name}: {latch.reason}"
    for one in replica.imposed.values():
        whole = not any(getattr(one, name) for name in _SCOPE if name != "strategy")
        if one.mode in _STOPS and whole and one.strategy in ("", s.strategy):
            return "paused" if one.name.startswith(PAUSED) else "halted", f"{one.by}: {one.reason}"
    return "running", ""


def _venue(line: VenueLine, checked: Reconciled | None) -> VenueRow:
    told, when = "", 0.0
    if checked is not None:
        when = ms(checked.local_ns)
        found = "; ".join(f"{d.kind.value} {d.subject}: {d.done}" for d in checked.differences)
        told = f"not complete: {checked.why}" if not checked.complete else found or "agrees"
    return VenueRow(
        line.venue, line.live, line.connections, line.silent_ms, line.latency_ms, line.reconnects, line.error,
        told, when,
    )  # fmt: skip


def _alert(key: str, one: Alert, board: Board) -> AlertRow:
    at_ns = one.at_ns if one.seq else board.then_ns
    return AlertRow(key, one.seq, ms(at_ns), one.weight.name.lower(), one.text, one.id)


def _pauses(one: Imposed) -> bool:
    return (
        one.name.startswith(PAUSED) and one.mode in _STOPS and not any(getattr(one, name) for name in _SCOPE)
    )


def _allows(one: Imposed) -> str:
    mode = one.mode.lower().replace("_", "-")
    return f"{mode} {one.factor}" if mode == "scale" else mode
