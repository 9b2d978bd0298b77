"""Sentinel's kernel over rows that a test writes down."""

from __future__ import annotations

from decimal import Decimal

from titan.market.tape.rows import END, SETTLED, Kind, Rows, empty
from titan.model.instrument import HOUR_NS, FeeSchedule, Instrument, InstrumentKind
from titan.strategies.sentinel.params import SentinelParams
from titan.strategies.sentinel.strategy import Sentinel

S = 1_000_000_000
START = 1_700_000_000 * S
CHEAP = FeeSchedule(Decimal(0), Decimal(0))
SPOT = Instrument("x", InstrumentKind.SPOT, "AB", "A", "B", Decimal("0.01"), Decimal("0.001"), CHEAP)
PERP = Instrument(
    "x", InstrumentKind.PERP, "AB", "A", "B", Decimal("0.01"), Decimal("0.001"), CHEAP,
    funding_interval_ns=8 * HOUR_NS,
)  # fmt: skip


def market(basis_bps: list[float]) -> Rows:
    """One touch a second on both legs: spot at 1000, perp at 1000 plus the basis; one BBO message each."""
    rows = empty(4 * len(basis_bps))
    for n, bps in enumerate(basis_bps):
        perp = round(1000 * (1 + bps / 1e4), 2)
        for leg, mid in ((0, 1000.0), (1, perp)):
            for half, side in ((0, 1), (1, -1)):
                k = 4 * n + 2 * leg + half
                rows.ts[k] = rows.recv[k] = START + n * S
                rows.inst[k], rows.kind[k], rows.side[k] = leg, Kind.BBO, side
                rows.px[k], rows.qty[k] = mid - side * 0.01, 1000.0
                rows.flags[k] = END if half else 0
    return rows


def sentinel(**changes: object) -> Sentinel:
    params = SentinelParams(window=64, warmup=20, **changes)  # type: ignore[arg-type]
    return Sentinel("run", {"A": params}, [SPOT, PERP], (0.0, 0.1), {"A": None})


def codes(strategy: Sentinel, rows: Rows) -> list[str]:
    found, k = [], 0
    while k < len(rows.ts):
        k, code = strategy.scan(rows, k, len(rows.ts))
        if code:
            found.append(strategy.signal(code, k - 1, int(rows.ts[k - 1])).name)
    return found


def funding(rates: list[float]) -> Rows:
    rows = empty(len(rates))
    for n, rate in enumerate(rates):
        rows.ts[n] = rows.recv[n] = START + n * 8 * HOUR_NS
        rows.inst[n], rows.kind[n], rows.flags[n] = 1, Kind.FUNDING, END | SETTLED
        rows.px[n], rows.qty[n] = rate, rows.ts[n] // 1_000_000
    return rows
