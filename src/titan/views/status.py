"""What a run says of itself, about once a second: one document, `status.json`, with one writer.

It holds what no journal can tell: prices, the basis and its z-score, marks, margin, what is waited for. Who
reads it finds the whole of one moment; everything that happened is in the journal (`views.replica`). Money is
exact and in the quote asset, as text in JSON; measures (bps, shares, ages) are floats. New fields have
defaults, so a reader of this version reads documents of an earlier one.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec

BACKTEST: Final = "backtest"
"""The mode of a run that was over before anybody looked."""


class PriceLine(msgspec.Struct, frozen=True):
    """`why` is empty while there is a price; then `mid` is one. `mark` is what a position is valued at."""

    instrument: str
    mid: float
    age_ms: float
    why: str = ""
    mark: Decimal | None = None


class PositionLine(msgspec.Struct, frozen=True):
    """`size` in base units, signed; `value` and `unrealised` at the mark, None where there is none; exact."""

    instrument: str
    size: Decimal
    entry: Decimal
    mark: Decimal | None
    value: Decimal | None
    unrealised: Decimal | None


class OrderLine(msgspec.Struct, frozen=True):
    client_id: str
    instrument: str
    side: str
    size: Decimal
    filled: Decimal
    price: Decimal
    state: str
    age_ms: float


class VenueLine(msgspec.Struct, frozen=True):
    """`live` of `connections` bring data; `silent_ms` since the last data row, the worst of them."""

    venue: str
    live: int
    connections: int
    silent_ms: float | None
    latency_ms: float | None
    reconnects: int
    error: str


class JournalLine(msgspec.Struct, frozen=True):
    """`waiting` entries are not in the store yet; `trouble` says why it takes none."""

    store: str
    entries: int
    waiting: int
    trouble: str


class Percentiles(msgspec.Struct, frozen=True):
    """In microseconds; 0 for all where nothing was counted."""

    count: int = 0
    p50: float = 0.0
    p99: float = 0.0
    p999: float = 0.0
    most: float = 0.0


class PairLine(msgspec.Struct, frozen=True):
    """The basis of one pair as the strategy's kernel sampled it last, in bps; prices are mids, 0 for none.

    `sampled_ns` is 0 before the first sample, and statistics count from `warmup` samples on. `edge` is what
    the round trip left when the basis was stretched last, None where it never was. `forecast_apr` is the
    funding forecast as a share a year, None before the first rate; `settles_ns` when funding is paid next, 0
    where unknown. `stands` are the kinds of holding that the
    kernel wants at present, `trail` the last samples of the basis, oldest first. `blocked`: only the operator
    opens this pair again.
    """

    pair: str
    spot: str
    perp: str
    spot_mid: float = 0.0
    perp_mid: float = 0.0
    basis: float = 0.0
    mean: float = 0.0
    std: float = 0.0
    z: float = 0.0
    sampled_ns: int = 0
    samples: int = 0
    warmup: int = 0
    entry_z: float = 2.0
    exit_z: float = 0.0
    edge: float | None = None
    cost: float | None = None
    forecast_apr: float | None = None
    interval_hours: float = 0.0
    settles_ns: int = 0
    stands: tuple[str, ...] = ()
    blocked: bool = False
    trail: tuple[float, ...] = ()


class HoldingLine(msgspec.Struct, frozen=True):
    """A pair position. `size` is that of its matched legs in base units, `target` what it is on its way to;
    `value` the spot leg at its mark, `pnl` by source, both None where something has no price. `flight` is the
    intent at work on it and `purpose` that intent's, empty for none. `wanted`: its signal still stands.
    """

    id: str
    pair: str
    type: str
    spot: str
    perp: str
    size: Decimal
    target: Decimal
    value: Decimal | None = None
    pnl: dict[str, Decimal] | None = None
    flight: str = ""
    purpose: str = ""
    wanted: bool = True


class MarginLine(msgspec.Struct, frozen=True):
    """A wallet of perps. `used` is the share of what the leverage limit allows; below `floor` profit leaves,
    above `top_up` quote comes in, above `ceiling` holdings are reduced. None where something has no price.
    """

    wallet: str
    equity: Decimal | None
    notional: Decimal | None
    used: float | None
    floor: float
    top_up: float
    ceiling: float


class BalanceLine(msgspec.Struct, frozen=True):
    """What a wallet has of an asset by the run's books; `price` is what one unit is worth in the quote asset,
    None where nothing says that.
    """

    wallet: str
    asset: str
    amount: Decimal
    price: Decimal | None


class Status(msgspec.Struct, frozen=True):
    """One moment of a run. Money in the quote asset. `state`: starting, trading, halted (by a panic),
    stopping, stopped. `nav` is None while something that is held has no price, `start_nav` until the run has
    looked around; `traded` is false for one that was stopped before it had.

    `every_s` is how often it is written: older than a few of these, it is no longer what is so. `delta` is
    how far the whole moves with prices, in quote; `warn` and `act` are the shares of NAV at which that is
    told and hedged, `ladder` the losses of a UTC day at which sizes are halved, entries stop and all is
    closed. `deployed` is the value of all coins held in pairs, `deployable` the most of it that the
    settings allow at this NAV.
    """

    run_id: str
    mode: str
    state: str
    at_ns: int
    seconds: float
    simulated: bool
    resumed: bool
    traded: bool
    quote: str
    nav: Decimal | None
    start_nav: Decimal | None
    pnl: dict[str, Decimal]
    rows: int
    signals: int
    orders: int
    fills: int
    refusals: dict[str, int]
    prices: tuple[PriceLine, ...]
    positions: tuple[PositionLine, ...]
    in_flight: tuple[OrderLine, ...]
    executions: int
    venues: tuple[VenueLine, ...]
    closed: dict[str, str]
    journal: JournalLine
    latency: dict[str, Percentiles]
    notes: tuple[str, ...] = ()
    strategy: str = ""
    every_s: float = 1.0
    delta: Decimal | None = None
    warn: float = 0.02
    act: float = 0.05
    ladder: tuple[float, float, float] = (0.02, 0.04, 0.06)
    deployed: Decimal | None = None
    deployable: Decimal | None = None
    pairs: tuple[PairLine, ...] = ()
    holdings: tuple[HoldingLine, ...] = ()
    margins: tuple[MarginLine, ...] = ()
    balances: tuple[BalanceLine, ...] = ()


def encoded(status: Status) -> bytes:
    return msgspec.json.Encoder(decimal_format="string").encode(status)


def decoded(content: bytes) -> Status:
    """Raises msgspec.DecodeError for what is no such document."""
    return msgspec.json.decode(content, type=Status)
