"""Which files of the archive hold which days."""

from __future__ import annotations

from datetime import date

import pytest

from titan.model.errors import ConfigError
from titan.model.instrument import InstrumentKind
from titan.venues.binance.archive import files

SPOT, PERP = InstrumentKind.SPOT, InstrumentKind.PERP
TODAY = date(2025, 4, 20)


def test_whole_months_come_as_months_and_the_rest_as_days() -> None:
    found = files("klines", SPOT, "BTCUSDT", "1m", date(2025, 1, 30), date(2025, 3, 3), TODAY)
    names = [f.path.rpartition("/")[2] for f in found]
    assert names == [
        "BTCUSDT-1m-2025-01-30.zip",
        "BTCUSDT-1m-2025-01-31.zip",
        "BTCUSDT-1m-2025-02.zip",
        "BTCUSDT-1m-2025-03-01.zip",
        "BTCUSDT-1m-2025-03-02.zip",
    ]
    assert found[2].path == "data/spot/monthly/klines/BTCUSDT/1m/BTCUSDT-1m-2025-02.zip"
    assert [f.start for f in found[1:]] == [f.end for f in found[:-1]]


def test_a_month_that_may_not_be_published_yet_comes_as_days_up_to_yesterday() -> None:
    found = files("aggTrades", PERP, "BTCUSDT", "", date(2025, 4, 1), date(2025, 5, 1), TODAY)
    assert len(found) == 19
    assert found[-1].path == "data/futures/um/daily/aggTrades/BTCUSDT/BTCUSDT-aggTrades-2025-04-19.zip"
    early = files("klines", SPOT, "BTCUSDT", "1m", date(2025, 3, 1), date(2025, 4, 1), date(2025, 4, 3))
    assert len(early) == 31


def test_settlements_come_by_the_month_only() -> None:
    found = files("fundingRate", PERP, "ETHUSDT", "", date(2025, 1, 10), date(2025, 2, 10), TODAY)
    assert [f.path.rpartition("-fundingRate-")[2] for f in found] == ["2025-01.zip", "2025-02.zip"]


@pytest.mark.parametrize(
    ("kind", "market", "interval", "start", "end"),
    [
        ("fundingRate", SPOT, "", date(2025, 1, 1), date(2025, 2, 1)),
        ("candles", SPOT, "1m", date(2025, 1, 1), date(2025, 2, 1)),
        ("klines", SPOT, "7m", date(2025, 1, 1), date(2025, 2, 1)),
        ("klines", SPOT, "1m", date(2025, 2, 1), date(2025, 2, 1)),
    ],
)
def test_what_is_not_published_is_refused(
    kind: str, market: InstrumentKind, interval: str, start: date, end: date
) -> None:
    with pytest.raises(ConfigError):
        files(kind, market, "BTCUSDT", interval, start, end, TODAY)
