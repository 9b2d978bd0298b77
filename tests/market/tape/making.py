"""Small tapes for the tests of this folder."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from titan.market.tape.file import TapeMeta
from titan.market.tape.rows import END, Kind, Rows, empty
from titan.model.instrument import FeeSchedule, Instrument, InstrumentKind

FEES = FeeSchedule(Decimal("0.001"), Decimal("0.001"))


def instrument(symbol: str = "BTCUSDT", kind: InstrumentKind = InstrumentKind.SPOT) -> Instrument:
    return Instrument("binance", kind, symbol, symbol[:-4], "USDT", Decimal("0.01"), Decimal("0.001"), FEES)


def meta(*symbols: str) -> TapeMeta:
    return TapeMeta(tuple(instrument(s) for s in symbols or ("BTCUSDT", "ETHUSDT")))


def trades(n: int, *, instruments: int = 2, start: int = 0, seed: int = 0) -> Rows:
    """`n` valid trades, times rising by 0 to 9 ns."""
    rng = np.random.default_rng(seed)
    rows = empty(n)
    rows.ts[:] = start + np.cumsum(rng.integers(0, 10, n))
    rows.recv[:] = rows.ts + 5
    rows.inst[:] = rng.integers(0, instruments, n)
    rows.kind[:] = Kind.TRADE
    rows.side[:] = rng.choice([-1, 1], n)
    rows.flags[:] = END
    rows.px[:] = rng.integers(1, 1000, n) / 100
    rows.qty[:] = rng.integers(1, 1000, n) / 1000
    return rows
