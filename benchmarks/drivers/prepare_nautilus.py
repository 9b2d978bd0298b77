"""The shared inputs as nautilus' own Parquet catalogue (not timed): quotes under `nautilus-quotes`, both
legs under `nautilus-legs`.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
from nautilus_trader.model.data import BookOrder, OrderBookDelta, TradeTick
from nautilus_trader.model.enums import AggressorSide, BookAction, OrderSide, RecordFlag
from nautilus_trader.model.identifiers import TradeId
from nautilus_trader.model.instruments import Instrument
from nautilus_trader.model.objects import Price, Quantity
from nautilus_trader.persistence.catalog import ParquetDataCatalog
from nautilus_trader.persistence.wranglers import QuoteTickDataWrangler
from numpy.typing import NDArray

from benchmarks.drivers import nautilus

TRADE_ROW = 1


def quote_frame(quotes: NDArray[np.void]) -> pd.DataFrame:
    """The quotes in the form that nautilus' own wrangler takes."""
    columns = {"bid_price": "bid", "ask_price": "ask", "bid_size": "bid_qty", "ask_size": "ask_qty"}
    index = pd.DatetimeIndex(quotes["ts"].astype("datetime64[ns]"), tz="UTC")
    return pd.DataFrame({name: quotes[column] for name, column in columns.items()}, index=index)


def deltas(events: NDArray[np.void], instrument: Instrument) -> list[OrderBookDelta]:
    """One delta a book row; the last of a message is flagged so."""
    px_digits, qty_digits = instrument.price_precision, instrument.size_precision
    out = []
    for sequence, event in enumerate(events):
        qty = float(event["qty"])
        side = OrderSide.BUY if event["side"] > 0 else OrderSide.SELL
        order = BookOrder(side, Price(float(event["px"]), px_digits), Quantity(qty, qty_digits), 0)
        action = BookAction.UPDATE if qty else BookAction.DELETE
        flags = RecordFlag.F_LAST if event["end"] else 0
        ts = int(event["ts"])
        out.append(OrderBookDelta(instrument.id, action, order, flags, sequence, ts, ts))
    return out


def trades(events: NDArray[np.void], instrument: Instrument) -> list[TradeTick]:
    px_digits, qty_digits = instrument.price_precision, instrument.size_precision
    out = []
    for number, event in enumerate(events):
        side = AggressorSide.BUYER if event["side"] > 0 else AggressorSide.SELLER
        price, size = Price(float(event["px"]), px_digits), Quantity(float(event["qty"]), qty_digits)
        ts = int(event["ts"])
        out.append(TradeTick(instrument.id, price, size, side, TradeId(str(number)), ts, ts))
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=Path, required=True)
    folder: Path = parser.parse_args().inputs
    spot, perp = nautilus.spot(0.0, 0.0), nautilus.perp(0.0, 0.0)
    for name in ("nautilus-quotes", "nautilus-legs"):
        shutil.rmtree(folder / name, ignore_errors=True)
    quotes = ParquetDataCatalog(str(folder / "nautilus-quotes"))
    quotes.write_data(QuoteTickDataWrangler(perp).process(quote_frame(np.load(folder / "quotes.npy"))))
    both = ParquetDataCatalog(str(folder / "nautilus-legs"))
    legs = np.load(folder / "legs.npy")
    for leg, instrument in enumerate((spot, perp)):
        own = legs[legs["leg"] == leg]
        both.write_data(deltas(own[own["kind"] != TRADE_ROW], instrument))
        both.write_data(trades(own[own["kind"] == TRADE_ROW], instrument))


if __name__ == "__main__":
    main()
