"""Rows of the streams `opportunities`, `orders`, `fills`, `sagas` and `metrics`."""

from __future__ import annotations

from decimal import Decimal

import msgspec


class OpportunityRow(msgspec.Struct, frozen=True):
    """Table `signals` of the stream `opportunities` (the last 200), key seq of its journal entry.
    `outcome`: watching until it is decided, then entered, closed (an exit), refused or passed; `why` in
    words; `trace` the wish that followed, if any.
    """

    key: str
    at_ms: float
    strategy: str
    name: str
    subject: str
    figures: dict[str, float]
    outcome: str
    why: str
    trace: str


class RouteRow(msgspec.Struct, frozen=True):
    """Table `routes` of `opportunities` (the last 100), key seq: a routing decision. Figures in bps."""

    key: str
    at_ms: float
    pair: str
    type: str
    notional: Decimal
    spot: str
    perp: str
    basis_bps: float | None
    fees_bps: float | None
    funding_bps: float | None
    transfer_bps: float | None
    all_in_bps: float | None
    reason: str
    trace: str


class OrderRow(msgspec.Struct, frozen=True):
    """Stream `orders`: tables `working` and `done` (the last 200), key client_id. `side`: buy, sell. Sizes in
    base units, prices in quote, as text; `price` 0 for a market order, `average` None before a fill.
    """

    client_id: str
    instrument: str
    strategy: str
    side: str
    type: str
    tif: str
    size: Decimal
    filled: Decimal
    price: Decimal
    average: Decimal | None
    reduce_only: bool
    purpose: str
    state: str
    reason: str
    owner: str
    saga: str
    sent_ms: float
    updated_ms: float


class FillRow(msgspec.Struct, frozen=True):
    """Stream `fills`, table `fills` (the last 200), key id. `owner` is empty where no order of ours caused
    it.
    """

    key: str
    id: str
    client_id: str
    owner: str
    instrument: str
    side: str
    price: Decimal
    size: Decimal
    value: Decimal
    fee: Decimal
    fee_asset: str
    liquidity: str
    at_ms: float


class SagaStepShape(msgspec.Struct, frozen=True):
    at_ms: float
    step: str
    note: str
    lots: tuple[int, ...]


class SagaOrderShape(msgspec.Struct, frozen=True):
    """One order of a saga as a bar of its timeline: from `sent_ms` to `ended_ms` (0: still works)."""

    client_id: str
    instrument: str
    side: str
    size: Decimal
    filled: Decimal
    state: str
    sent_ms: float
    ended_ms: float


class SagaRow(msgspec.Struct, frozen=True):
    """Stream `sagas`: tables `working` and `done` (the last 100), key id. `kind`: pair, twap, limit, bracket,
    transfer, undo. `state`: working, or done, aborted, refused, needs operator. `units` are lots of the wish.
    """

    id: str
    kind: str
    strategy: str
    subject: str
    purpose: str
    state: str
    reason: str
    planned: int
    units: int
    clips: int
    aborted: int
    cost: Decimal
    began_ms: float
    ended_ms: float
    steps: tuple[SagaStepShape, ...]
    orders: tuple[SagaOrderShape, ...]


class StageRow(msgspec.Struct, frozen=True):
    """Stream `metrics`, table `latency`, key stage. In microseconds."""

    stage: str
    count: int
    p50: float
    p99: float
    p999: float
    most: float


class GatewayRow(msgspec.Struct, frozen=True):
    """Stream `metrics`, table `gateway`, one row, key `gateway`: how the gateway itself does."""

    clients: int
    uptime_s: float
    behind: bool
    status_age_ms: float
    markets_age_ms: float
    sent: int
    conflated: int


class OpportunitiesShape(msgspec.Struct, frozen=True):
    """GET /v1/opportunities."""

    signals: tuple[OpportunityRow, ...]
    routes: tuple[RouteRow, ...]
