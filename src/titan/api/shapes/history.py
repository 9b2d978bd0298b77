"""Documents that are asked for: trades, P&L, the journal, traces, gates, replays."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec


class TradeShape(msgspec.Struct, frozen=True):
    """A holding that ended: what was predicted beside what was realised. bps of the value at entry; the
    prediction is the signal's edge, None where its signal is not known.
    """

    id: str
    pair: str
    type: str
    opened_ms: float
    closed_ms: float
    seconds: float
    size: Decimal
    value: Decimal
    pnl: dict[str, Decimal]
    total: Decimal
    realised_bps: float | None
    predicted_bps: float | None
    entry_basis: float | None
    exit_basis: float | None
    fees: dict[str, Decimal]
    reason: str
    closing: str
    trace: str


class NavPoint(msgspec.Struct, frozen=True, array_like=True):
    """On the wire an array: when (ms), NAV, drawdown from the highest so far (a share), delta, deployed."""

    at_ms: float
    nav: Decimal
    drawdown: float
    delta: Decimal
    deployed: Decimal


class PnlShape(msgspec.Struct, frozen=True):
    """GET /v1/pnl: by source now, in 24 hours, and the history of NAV, one point a minute or so."""

    quote: str
    nav: Decimal | None
    start_nav: Decimal | None
    sources: dict[str, Decimal]
    day: dict[str, Decimal]
    day_since_ms: float
    drawdown: float | None
    max_drawdown: float
    history: tuple[NavPoint, ...]


class EntryShape(msgspec.Struct, frozen=True):
    """An entry of the journal. `at_ns` is its exact time as text; `label` and `text` say it in words."""

    seq: int
    at_ms: float
    at_ns: str
    what: str
    label: str
    text: str
    saga: str
    intent_id: str
    client_id: str
    body: dict[str, Any]


class JournalPage(msgspec.Struct, frozen=True):
    """Newest first. `before` is what to ask next for older ones, 0 at the end."""

    entries: tuple[EntryShape, ...]
    before: int
    head: int


class StageShape(msgspec.Struct, frozen=True):
    """A bar of the latency waterfall of one order: from `start_us` for `took_us` after the tick arrived."""

    stage: str
    start_us: float
    took_us: float


class WaterfallShape(msgspec.Struct, frozen=True):
    client_id: str
    instrument: str
    stages: tuple[StageShape, ...]
    total_us: float


class TraceShape(msgspec.Struct, frozen=True):
    """GET /v1/traces/{id}: the story of a wish, an intent or an order. `near` are ids like one not found."""

    id: str
    kind: str
    entries: tuple[EntryShape, ...]
    waterfalls: tuple[WaterfallShape, ...]


class GateShape(msgspec.Struct, frozen=True):
    """What a gate refused: how often since the run began, and the last times with their figures."""

    gate: str
    reason: str
    count: int
    last_ms: float
    numbers: dict[str, str]
    trace: str


class LimitShape(msgspec.Struct, frozen=True):
    """A limit, what is used of it now (None: not known), and the share of it. `key` is its setting's."""

    key: str
    name: str
    meaning: str
    unit: str
    limit: float
    used: float | None
    share: float | None


class InventoryRow(msgspec.Struct, frozen=True):
    """A wallet's coin: as the books have it. `value` in quote, None without a price."""

    venue: str
    wallet: str
    asset: str
    amount: Decimal
    price: Decimal | None
    value: Decimal | None


class InventoryShape(msgspec.Struct, frozen=True):
    quote: str
    rows: tuple[InventoryRow, ...]
    next_rebalance: str
    """In words: which wallet moves next and at what share; empty while nothing is near."""


class ReplayShape(msgspec.Struct, frozen=True):
    """A recorded run that can be replayed: a run on live data or a backtest. Times of its first and last
    entry.
    """

    name: str
    mode: str
    run_id: str
    simulated: bool
    began_ms: float
    ended_ms: float
    entries: int
    has_tape: bool
    size: int


class ReplayMark(msgspec.Struct, frozen=True):
    """A moment on the slider. `kind`: signal, entry, exit, refusal, alert, fill, stop."""

    at_ms: float
    seq: int
    kind: str
    text: str


class ReplayTimeline(msgspec.Struct, frozen=True):
    """The slider of a run: its span, NAV along it, and its moments (2,000 at most, the weightiest first
    kept).
    """

    name: str
    began_ms: float
    ended_ms: float
    quote: str
    nav: tuple[NavPoint, ...]
    marks: tuple[ReplayMark, ...]


class ReplayMoment(msgspec.Struct, frozen=True):
    """A run as it stood at `at_ms`, after its entry `seq`: everything the streams of a live run have, as
    tables of rows by key, the same shapes. `tables` has status/…, markets/…, orders/…, fills/…, sagas/…,
    opportunities/… as "channel/table". `entries` are the last 50 of the journal then, newest first; of tables
    of what has ended there is as much as fits, the newest. `market` says why there are no quotes, books and
    pairs, empty where there are: the run kept no tape, or it is still being read; then it is not `whole`, and
    is to be asked for again. `valued_ms` is when NAV and profit were told last before it, 0 where never.
    """

    name: str
    at_ms: float
    seq: int
    tables: dict[str, dict[str, Any]]
    entries: tuple[EntryShape, ...]
    market: str = ""
    whole: bool = True
    valued_ms: float = 0.0
