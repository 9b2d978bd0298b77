"""Rows of the stream `status`: the run itself, its venues, holdings, wallets, restraints and alerts."""

from __future__ import annotations

from decimal import Decimal

import msgspec


class DayShape(msgspec.Struct, frozen=True):
    """What the last 24 hours brought, or less where the run is younger: since `since_ms`."""

    since_ms: float
    nav: Decimal
    pnl: dict[str, Decimal]


class JournalShape(msgspec.Struct, frozen=True):
    store: str
    entries: int
    waiting: int
    trouble: str


class RunRow(msgspec.Struct, frozen=True):
    """Table `run`, one row, key `run`. `freshness`: none, live, stale, ended, finished. `state`: starting,
    trading, halted, stopping, stopped. `paused` is whether the operator keeps all entries back, `latched`
    names of latches that stand. Money in `quote`.
    """

    run_id: str
    mode: str
    state: str
    freshness: str
    at_ms: float
    seconds: float
    simulated: bool
    resumed: bool
    traded: bool
    quote: str
    strategy: str
    nav: Decimal | None
    start_nav: Decimal | None
    pnl: dict[str, Decimal]
    day: DayShape | None
    drawdown: float | None
    rung: str
    ladder: tuple[float, float, float]
    delta: Decimal | None
    delta_share: float | None
    warn: float
    act: float
    deployed: Decimal | None
    deployable: Decimal | None
    apr: float | None
    rows: int
    signals: int
    orders: int
    fills: int
    executions: int
    refusals: dict[str, int]
    notes: tuple[str, ...]
    journal: JournalShape
    seq: int
    missing: int
    paused: bool
    latched: tuple[str, ...]
    supervised: bool
    """Whether `titan up` started it, and can start it again."""


class VenueRow(msgspec.Struct, frozen=True):
    """Table `venues`, key venue. `reconciled` is empty while nobody asked, "agrees", or what differs."""

    venue: str
    live: int
    connections: int
    silent_ms: float | None
    latency_ms: float | None
    reconnects: int
    error: str
    reconciled: str = ""
    reconciled_ms: float = 0.0


class DoorRow(msgspec.Struct, frozen=True):
    """Table `doors`, key name: what keeps entries back now, and why."""

    name: str
    why: str


class HaltRow(msgspec.Struct, frozen=True):
    """Table `halts`, key name: what an operator or the desk imposed. A `latch` is taken back by re-arming."""

    name: str
    allows: str
    covers: dict[str, str]
    reason: str
    by: str
    since_ms: float
    latch: bool


class AlertRow(msgspec.Struct, frozen=True):
    """Table `alerts`, key id of the row. `weight`: note, warning, trouble. `trace` is what /v1/traces takes,
    empty for none; `seq` is 0 for what is so now and no entry of the journal.
    """

    key: str
    seq: int
    at_ms: float
    weight: str
    text: str
    trace: str


class HoldingRow(msgspec.Struct, frozen=True):
    """Tables `holdings` (held) and `ended` (the last 100), key id. `state`: open, opening, closing, closed,
    stuck. Bases in bps; sizes in base units; `value` and `pnl` (by source) in quote, None without a price.
    """

    id: str
    pair: str
    type: str
    state: str
    spot: str
    perp: str
    size: Decimal
    target: Decimal
    value: Decimal | None
    pnl: dict[str, Decimal] | None
    total: Decimal | None
    opened_ms: float
    closed_ms: float
    entry_basis: float | None
    exit_basis: float | None
    basis: float | None
    forecast_apr: float | None
    reason: str
    closing: str
    clips: int
    aborted: int
    orders: int
    fills: int
    fees: dict[str, Decimal]
    wishes: tuple[str, ...]
    reverse: bool


class PositionRow(msgspec.Struct, frozen=True):
    """Table `positions`, key instrument. `size` in base units, signed; money at the mark."""

    instrument: str
    venue: str
    size: Decimal
    entry: Decimal
    mark: Decimal | None
    value: Decimal | None
    unrealised: Decimal | None


class MarginRow(msgspec.Struct, frozen=True):
    """Table `margins`, key wallet. Shares of what the leverage limit allows."""

    wallet: str
    equity: Decimal | None
    notional: Decimal | None
    used: float | None
    floor: float
    top_up: float
    ceiling: float


class TransferRow(msgspec.Struct, frozen=True):
    """Table `transfers` (the last 100), key id. `state`: asked, on its way, booked, came back, or how it
    ended.
    """

    id: str
    asset: str
    source: str
    target: str
    amount: Decimal
    cost: Decimal
    reason: str
    state: str
    asked_ms: float
    booked_ms: float


class ReductionRow(msgspec.Struct, frozen=True):
    """Table `reductions`, key at: margin steps that closed a part of a pair."""

    key: str
    at_ms: float
    venue: str
    utilisation: Decimal
    reason: str


class StrategyRow(msgspec.Struct, frozen=True):
    """Table `strategies`, key name. `state`: running, paused, halted, stopped; `why` says what keeps it
    back.
    """

    name: str
    state: str
    why: str
    holdings: int
    value: Decimal | None
    pnl: dict[str, Decimal]
    signals: int
