"""The shared inputs as Titan's own tapes (not timed): `tape-quotes` (two BBO rows a quote), `tape-legs`
(spot and perp) and `tape-month` (bars).
"""

from __future__ import annotations

import argparse
from decimal import Decimal
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from titan.market.tape.file import TapeMeta
from titan.market.tape.rows import END, Kind, Rows, empty
from titan.market.tape.write import TapeWriter
from titan.model.instrument import FeeSchedule, Instrument, InstrumentKind
from titan.venues.recorded.assemble import import_recordings

HOUR_NS = 3_600_000_000_000


def instrument(kind: InstrumentKind, maker_fee: float, taker_fee: float) -> Instrument:
    """BTCUSDT at Binance as the other drivers know it: spot tick 0.01 and lot 0.00001, perp tick 0.1 and
    lot 0.001.
    """
    perp = kind is InstrumentKind.PERP
    return Instrument(
        venue="binance",
        kind=kind,
        symbol="BTCUSDT",
        base="BTC",
        quote="USDT",
        tick=Decimal("0.1" if perp else "0.01"),
        lot=Decimal("0.001" if perp else "0.00001"),
        fees=FeeSchedule(Decimal(str(maker_fee)), Decimal(str(taker_fee))),
        funding_interval_ns=8 * HOUR_NS if perp else 0,
        max_leverage=20 if perp else 1,
        initial_margin=Decimal("0.05" if perp else "1"),
        maintenance_margin=Decimal("0.025" if perp else "0"),
    )


def quote_rows(quotes: NDArray[np.void]) -> Rows:
    """A message a quote: the bid's row, then the ask's, which ends it."""
    rows = empty(2 * len(quotes))
    rows.ts[:] = np.repeat(quotes["ts"], 2)
    rows.recv[:] = rows.ts
    rows.kind[:] = Kind.BBO
    for offset, (side, price, qty) in enumerate(((1, "bid", "bid_qty"), (-1, "ask", "ask_qty"))):
        rows.side[offset::2] = side
        rows.px[offset::2] = quotes[price]
        rows.qty[offset::2] = quotes[qty]
    rows.flags[1::2] = END
    return rows


def leg_rows(legs: NDArray[np.void]) -> Rows:
    """Depth and trades of both legs; `inst` 0 is the spot, 1 the perp."""
    rows = empty(len(legs))
    rows.ts[:] = rows.recv[:] = legs["ts"]
    rows.inst[:] = legs["leg"]
    rows.kind[:] = legs["kind"]
    rows.side[:] = legs["side"]
    rows.flags[:] = np.where(legs["end"] == 1, END, 0)
    rows.px[:], rows.qty[:] = legs["px"], legs["qty"]
    return rows


def write(path: Path, instruments: tuple[Instrument, ...], rows: Rows) -> None:
    with TapeWriter(path, TapeMeta(instruments), replace=True) as tape:
        tape.append(rows)


def month(folder: Path, bars: NDArray[np.void]) -> None:
    """`tape-month`: the bars as series on disk, imported as a user imports them."""
    import pyarrow as pa
    import pyarrow.feather as feather

    series = folder / "binance-month"
    (series / "futures").mkdir(parents=True, exist_ok=True)
    names = {"spot": "BTC_USDT-1m.feather", "perp": "futures/BTC_USDT_USDT-1m-futures.feather"}
    for leg, name in names.items():
        columns = {"date": pa.array(bars["ts"] // 1_000_000, pa.timestamp("ms", tz="UTC"))}
        columns |= {
            field: pa.array(bars[f"{leg}_{field}"]) for field in ("open", "high", "low", "close", "volume")
        }
        feather.write_feather(pa.table(columns), series / name)
    import_recordings([series], folder / "tape-month", replace_existing=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=Path, required=True)
    folder: Path = parser.parse_args().inputs
    spot, perp = (instrument(kind, 0.0, 0.0) for kind in (InstrumentKind.SPOT, InstrumentKind.PERP))
    write(folder / "tape-quotes", (perp,), quote_rows(np.load(folder / "quotes.npy")))
    month(folder, np.load(folder / "month.npy"))
    write(folder / "tape-legs", (spot, perp), leg_rows(np.load(folder / "legs.npy")))


if __name__ == "__main__":
    main()
