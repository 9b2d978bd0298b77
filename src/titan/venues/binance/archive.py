"""What Binance publishes as files, and under which names.

Source: the archive's own description (github.com/binance/binance-public-data, README, read November 2026):
`data/{spot|futures/um}/{daily|monthly}/{kind}/{symbol}[/{interval}]/{symbol}-{kind or interval}-{when}.zip`,
each with a `.CHECKSUM` (SHA-256) beside it. A day appears the day after, a month on its successor's first
Monday.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final, NamedTuple

from titan.model.errors import ConfigError
from titan.model.instrument import InstrumentKind

HOST: Final = "https://data.binance.vision"
INTERVALS: Final = (
    "1s", "1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d", "3d", "1w", "1mo",
)  # fmt: skip
_DAYS_UNTIL_A_MONTH: Final = 8
"""A month's file stands there by the eighth of the next."""


class Published(NamedTuple):
    """How one kind of data is published. Liquidations and book data have holes of months at the venue."""

    meaning: str
    spot: bool = True
    perp: bool = True
    daily: bool = True
    monthly: bool = True
    interval: bool = False


KINDS: Final = {
    "klines": Published("bars of trades", interval=True),
    "aggTrades": Published("trades, those of one order at one price as one"),
    "trades": Published("single trades"),
    "fundingRate": Published("funding settlements", spot=False, daily=False),
    "markPriceKlines": Published("bars of the mark price", spot=False, interval=True),
    "indexPriceKlines": Published("bars of the index", spot=False, interval=True),
    "premiumIndexKlines": Published("bars of the premium", spot=False, interval=True),
    "metrics": Published("open interest and ratios every 5 minutes", spot=False, monthly=False),
    "bookTicker": Published("best bid and offer, until 2024", spot=False),
    "bookDepth": Published("depth within 1 to 5 % of the mid", spot=False, monthly=False),
    "liquidationSnapshot": Published("liquidations, with holes", spot=False, monthly=False),
}


class File(NamedTuple):
    """One file of the archive: its path below the host, and the days it covers, [start, end)."""

    path: str
    start: date
    end: date


def files(
    kind: str, market: InstrumentKind, symbol: str, interval: str, start: date, end: date, today: date
) -> list[File]:
    """The files that together hold the days from `start` up to, not with, `end`; months where they are whole.

    Raises ConfigError for what is not published.
    """
    published = KINDS.get(kind)
    if published is None:
        raise ConfigError(f"Binance publishes no {kind}", remedy=f"one of {', '.join(KINDS)}")
    if not (published.perp if market is InstrumentKind.PERP else published.spot):
        raise ConfigError(f"Binance publishes {kind} for perpetuals only")
    if published.interval and interval not in INTERVALS:
        raise ConfigError(f"there are no bars of {interval}", remedy=f"one of {', '.join(INTERVALS)}")
    if start >= end:
        raise ConfigError(f"{start} is not before {end}")
    folder = "futures/um" if market is InstrumentKind.PERP else "spot"
    inside = f"{kind}/{symbol}" + (f"/{interval}" if published.interval else "")
    stem = f"{symbol}-{interval if published.interval else kind}"
    return [
        File(f"data/{folder}/{period}/{inside}/{stem}-{text}.zip", first, after)
        for period, text, first, after in _periods(published, start, min(end, today), today)
    ]


def _periods(
    published: Published, start: date, end: date, today: date
) -> Iterator[tuple[str, str, date, date]]:
    at = start
    while at < end:
        month = at.replace(day=1)
        following = (month + timedelta(days=32)).replace(day=1)
        ready = today >= following + timedelta(days=_DAYS_UNTIL_A_MONTH)
        whole = at == month and following <= end and ready
        if published.monthly and (whole or not published.daily):
            yield "monthly", f"{month:%Y-%m}", month, following
            at = following
        else:
            yield "daily", f"{at:%Y-%m-%d}", at, at + timedelta(days=1)
            at += timedelta(days=1)
