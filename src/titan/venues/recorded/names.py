"""What a file's name says of its content.

Freqtrade names series `BTC_USDT-5m.feather` (spot) and `futures/BTC_USDT_USDT-5m-futures.feather`, `-mark`,
`-funding_rate`; Binance's public archive `BTCUSDT-1m-2024-01.csv`. The interval in a name is only a hint: a
file named `1h-funding_rate` holds settlements every 8 hours.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, NamedTuple

from titan.model.errors import DataError
from titan.model.instrument import InstrumentKind
from titan.venues.catalogue import split_symbol
from titan.venues.recorded.series import Hints, Listing, venue_of

_UNITS_S: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_FREQTRADE: Final = re.compile(
    r"^(?P<base>[A-Z0-9]+)_(?P<quote>[A-Z0-9]+?)(?P<settle>_[A-Z0-9]+)?"
    r"-(?:(?P<n>\d+)(?P<unit>[smhdw])(?:-(?P<candle>futures|spot|mark|index|funding_rate))?|(?P<trades>trades))\."
)
_ARCHIVE: Final = re.compile(r"^(?P<symbol>[A-Z0-9]{5,})-(?P<n>\d+)(?P<unit>[smhdw])[-.]")
_MINUTE: Final = re.compile(r"^(?P<base>[A-Z0-9]+)_minute_")
TABLE_ENDS: Final = (".feather", ".parquet", ".csv", ".csv.gz")


class Name(NamedTuple):
    """`content` is one of bars, mark, index, funding, trades, or empty when the name does not say."""

    content: str = ""
    base: str = ""
    quote: str = ""
    perp: bool = False
    interval_ns: int = 0
    note: str = ""


def parse_name(path: Path) -> Name:
    """What the name says; all empty when it follows no known custom."""
    if m := _FREQTRADE.match(path.name):
        candle = m["candle"] or ""
        content = {"mark": "mark", "index": "index", "funding_rate": "funding"}.get(candle, "bars")
        perp = bool(m["settle"]) or candle in ("futures", "mark", "index", "funding_rate")
        return Name("trades" if m["trades"] else content, m["base"], m["quote"], perp, _interval(m))
    if m := _ARCHIVE.match(path.name):
        base, quote = split_symbol(m["symbol"])
        return Name("bars", base, quote, False, _interval(m)) if quote else Name()
    if m := _MINUTE.match(path.name):
        note = f"{path.name}: the quote asset is not named; USDT is assumed"
        return Name("bars", m["base"], "USDT", False, 60 * 1_000_000_000, note)
    return Name()


def listing_of(path: Path, name: Name, hints: Hints) -> Listing:
    """Which instrument a file is about. DataError when neither it nor the user says, or each another pair."""
    base, quote = pair_of(path, name.base, "" if name.note else name.quote, hints, name.quote)
    perp = (
        hints.market == "perp" if hints.market else name.perp or path.parent.name.lower() in ("futures", "um")
    )
    return Listing(venue_of(path, hints), InstrumentKind.PERP if perp else InstrumentKind.SPOT, base, quote)


def pair_of(path: Path, base: str, quote: str, hints: Hints, assumed: str = "") -> tuple[str, str]:
    """Base and quote of a file that names these (empty: it does not), with what the user says of it; where
    nobody says the quote it is `assumed`. DataError when nobody says a pair, or the file names another.
    """
    if hints.symbol:
        wanted = hints.symbol.upper().split(":")[0]
        parts = re.split(r"[/_-]", wanted)
        pair = (parts[0], parts[1]) if len(parts) > 1 else split_symbol(wanted)
        if any(said and said != asked for said, asked in zip((base, quote), pair, strict=True)):
            named = f"{base}/{quote}" if quote else base
            raise DataError(f"{path} is of {named}, not of {hints.symbol}", remedy="leave --symbol out")
        base, quote = pair
    quote = quote or assumed
    if not base or not quote:
        raise DataError(f"{path} does not say which pair it is", remedy="say it, as --symbol BTC/USDT")
    return base, quote


def _interval(m: re.Match[str]) -> int:
    return int(m["n"]) * _UNITS_S[m["unit"]] * 1_000_000_000 if m["n"] else 0
