"""Small markets for the tests of the simulated exchange: instruments, rows, a loop that collects reports."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import pairwise

from titan.market.tape.rows import END, SETTLED, Kind, Rows, empty, take
from titan.model.instrument import HOUR_NS, FeeSchedule, Instrument, InstrumentKind
from titan.simulation.exchange import Exchange
from titan.simulation.models import Latency, Models
from titan.simulation.records import FAR

D = Decimal
Row = tuple[int, int, Kind, int, int, float, float]
"""ts, inst, kind, side, flags, px, qty."""

SPOT = Instrument(
    "sim",
    InstrumentKind.SPOT,
    "BTCUSDT",
    "BTC",
    "USDT",
    D("0.5"),
    D("0.01"),
    FeeSchedule(D("0.001"), D("0.002")),
)
PERP = Instrument(
    "sim",
    InstrumentKind.PERP,
    "BTCUSDT",
    "BTC",
    "USDT",
    D("0.1"),
    D("0.001"),
    FeeSchedule(D("-0.0001"), D("0.0005")),
    min_qty=D("0.002"),
    min_notional=D("0.45"),
    funding_interval_ns=4 * HOUR_NS,
    max_leverage=10,
    initial_margin=D("0.1"),
    maintenance_margin=D("0.05"),
    liquidation_fee=D("0.01"),
)
NOW = Latency(order_ns=0, response_ns=0, feed_ns=0)
BUY, SELL = 1, -1
MARKET, LIMIT, STOP = 0, 1, 2
GTC, IOC, FOK, POST_ONLY = 0, 1, 2, 3


def rows_of(rows: Iterable[Row]) -> Rows:
    """A block from (ts, inst, kind, side, flags, px, qty)."""
    given = list(rows)
    block = empty(len(given))
    for k, (ts, inst, kind, side, flags, px, qty) in enumerate(given):
        block.ts[k] = block.recv[k] = ts
        block.inst[k], block.kind[k], block.side[k], block.flags[k] = inst, kind, side, flags
        block.px[k], block.qty[k] = px, qty
    return block


def book(
    ts: int, inst: int, bids: Sequence[tuple[float, float]], asks: Sequence[tuple[float, float]]
) -> list[Row]:
    """One message of book levels."""
    levels = [(BUY, *level) for level in bids] + [(SELL, *level) for level in asks]
    last = len(levels) - 1
    return [(ts, inst, Kind.LEVEL, s, END if k == last else 0, p, q) for k, (s, p, q) in enumerate(levels)]


def touch(ts: int, inst: int, bid: float, bid_qty: float, ask: float, ask_qty: float) -> list[Row]:
    """One message of best prices."""
    return [(ts, inst, Kind.BBO, BUY, 0, bid, bid_qty), (ts, inst, Kind.BBO, SELL, END, ask, ask_qty)]


def trade(ts: int, inst: int, taker: int, px: float, qty: float) -> list[Row]:
    return [(ts, inst, Kind.TRADE, taker, END, px, qty)]


def mark(ts: int, inst: int, px: float) -> list[Row]:
    return [(ts, inst, Kind.MARK, 0, END, px, 0.0)]


def forecast(ts: int, inst: int, rate: float, at_ms: int) -> list[Row]:
    return [(ts, inst, Kind.FUNDING, 0, END, rate, float(at_ms))]


def settlement(ts: int, inst: int, rate: float, at_ms: int = 0) -> list[Row]:
    return [(ts, inst, Kind.FUNDING, 0, END | SETTLED, rate, float(at_ms))]


def blocks_of(rows: Rows, cuts: Sequence[int] = ()) -> list[Rows]:
    """The rows as several blocks, cut before the given indices."""
    edges = [0, *sorted(set(cuts)), len(rows.ts)]
    return [take(rows, slice(a, b)) for a, b in pairwise(edges)]


def exchange(
    rows: Iterable[Row],
    instruments: Sequence[Instrument] = (PERP,),
    models: Models | None = None,
    *,
    seed: int = 1,
    cuts: Sequence[int] = (),
) -> Exchange:
    """An exchange over these rows; without models: no latency and no margin check."""
    blocks = blocks_of(rows_of(rows), cuts)
    return Exchange(instruments, iter(blocks), models or Models(latency=NOW, margin="none"), seed=seed)


def heard(venue: Exchange, until: int = FAR // 2) -> list[tuple[int, ...]]:
    """Advance to `until`, collecting every report on the way, as tuples in the order of REPORT."""
    out: list[tuple[int, ...]] = []
    while True:
        reached = venue.advance(until)
        out += venue.reports(reached).tolist()
        if reached >= until:
            return out


def brief(reports: Iterable[tuple[int, ...]]) -> list[tuple[int, int, int, int, int]]:
    """(handle, kind, reason, ticks, lots) of each report."""
    return [(r[0], r[2], r[3], r[6], r[7]) for r in reports]
