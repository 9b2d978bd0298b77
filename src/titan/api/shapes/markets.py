"""Rows of the stream `markets`: quotes, ladders and pairs as the run saw them last."""

from __future__ import annotations

import msgspec


class QuoteRow(msgspec.Struct, frozen=True):
    """Table `quotes`, key instrument (as binance.spot.BTCUSDT). 0 for what is not known; `why` is empty while
    there is a price. `at_ms` is when its last row was heard, `funding` the rate of an interval of
    `funding_hours`, paid next at `settles_ms`.
    """

    instrument: str
    venue: str
    kind: str
    base: str
    tick: str
    lot: str
    bid: float
    bid_qty: float
    ask: float
    ask_qty: float
    mid: float
    mark: float
    index: float
    last: float
    at_ms: float
    why: str
    funding: float
    funding_hours: float
    settles_ms: float


class BookRow(msgspec.Struct, frozen=True):
    """Table `books`, key instrument: (price, size) from the touch outwards, 10 levels a side at most, floats
    as the venue sent them. `at_ms` as of quotes.
    """

    instrument: str
    at_ms: float
    bids: tuple[tuple[float, float], ...]
    asks: tuple[tuple[float, float], ...]


class PairRow(msgspec.Struct, frozen=True):
    """Table `pairs`, key pair. The basis in bps as the kernel sampled it last; `action` is what is done about
    it or why nothing is (no data, warming, blocked, opening, closing, hold, stretched, wait), `detail` its
    figure, `held` the kinds of holding. `trail` are the last samples of the basis, oldest first.
    """

    pair: str
    spot: str
    perp: str
    spot_mid: float
    perp_mid: float
    basis: float
    mean: float
    std: float
    z: float
    sampled_ms: float
    samples: int
    warmup: int
    entry_z: float
    exit_z: float
    edge: float | None
    cost: float | None
    forecast_apr: float | None
    interval_hours: float
    settles_ms: float
    action: str
    detail: str
    held: tuple[str, ...]
    blocked: bool
    trail: tuple[float, ...]


class BasisPoint(msgspec.Struct, frozen=True, array_like=True):
    """One sample: when (ms), basis, its mean and z-score, None where only the basis is known. On the wire an
    array.
    """

    at_ms: float
    basis: float
    mean: float | None
    z: float | None


class BasisMark(msgspec.Struct, frozen=True):
    """An entry or an exit on that chart. `kind`: signal, entry, exit, abort; `trace` is what /v1/traces
    takes.
    """

    at_ms: float
    kind: str
    type: str
    basis: float | None
    trace: str


class BasisSeries(msgspec.Struct, frozen=True):
    """GET /v1/markets/{pair}/basis: since the gateway listens, and as far back as the run tells."""

    pair: str
    points: tuple[BasisPoint, ...]
    marks: tuple[BasisMark, ...]


class MarketsShape(msgspec.Struct, frozen=True):
    """GET /v1/markets."""

    quotes: tuple[QuoteRow, ...]
    pairs: tuple[PairRow, ...]
