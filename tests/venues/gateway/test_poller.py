"""Polled market data: each trade once, a failed poll is a gap, nothing old looks fresh."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import ccxt
import pytest

from titan.model.errors import VenueRefused
from titan.model.instrument import FeeSchedule, Instrument, InstrumentKind
from titan.venues.gateway.call import Caller
from titan.venues.gateway.poller import Poller
from titan.venues.gateway.rules import Listed
from titan.venues.stream import Channel

INSTRUMENT = Instrument(
    "ccxt:x", InstrumentKind.PERP, "BTCUSDT", "BTC", "USDT", Decimal("0.1"), Decimal("0.01"),
    FeeSchedule(Decimal(0), Decimal(0)),
)  # fmt: skip
LISTED = Listed(INSTRUMENT, "BTC/USDT:USDT", Decimal("0.01"))


class Heard:
    def __init__(self) -> None:
        self.said: list[tuple[Any, ...]] = []

    def __getattr__(self, name: str) -> Any:
        return lambda *args: self.said.append((name, *args))


def _trade(id_: str, price: str) -> dict[str, Any]:
    return {"id": id_, "timestamp": 1_700_000_000_000, "side": "sell", "price": price, "amount": "200"}


async def _polled(answers: list[Any], channel: Channel) -> list[tuple[Any, ...]]:
    """Poll until all `answers` are used; an exception among them is a failed poll."""
    left = list(answers)
    done = asyncio.Event()

    async def ask(*_: object) -> Any:
        if not left:
            done.set()
            await asyncio.sleep(60)
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    client = SimpleNamespace(
        has={"fetchTrades": True, "fetchOrderBook": True, "fetchTicker": True},
        fetch_trades=ask, fetch_order_book=ask, fetch_ticker=ask,
    )  # fmt: skip
    heard = Heard()
    poller = Poller(Caller("ccxt:x", client, lambda: 7), heard, lambda: None, every_s=0.0)  # type: ignore[arg-type]
    poller.watch(LISTED, 3, [channel])
    await asyncio.wait_for(done.wait(), 10)
    await poller.close()
    return heard.said


async def test_a_trade_that_is_polled_twice_is_told_once() -> None:
    one, two, three = _trade("1", "100.5"), _trade("2", "100.6"), _trade("3", "100.7")
    said = await _polled([[one, two], [two, three], [two, three]], Channel.TRADES)
    ts = 1_700_000_000_000_000_000
    assert said == [("trade", 3, ts, 0, 7, 0, -1, px, 2.0) for px in (100.5, 100.6, 100.7)]


async def test_trades_that_fell_between_two_polls_are_a_gap() -> None:
    said = await _polled([[_trade("1", "1")], [_trade("9", "2")]], Channel.TRADES)
    assert [one[0] for one in said] == ["trade", "gap", "trade"]


async def test_a_failed_poll_is_a_gap_once_until_a_book_is_there_again() -> None:
    book = {"timestamp": None, "bids": [["99", "100"], ["98", "0"]], "asks": [["101", "50"]]}
    lost = ccxt.RequestTimeout("x")
    said = await _polled([book, lost, lost, book], Channel.DEPTH)
    assert [one[0] for one in said] == ["book", "gap", "book"]
    assert said[0][6:] == ([(99.0, 1.0)], [(101.0, 0.5)], True)


async def test_a_ticker_is_a_quote() -> None:
    ticker = {"timestamp": 1, "bid": "99", "ask": "101", "bidVolume": "100", "askVolume": None}
    (quote,) = await _polled([ticker], Channel.BBO)
    assert quote == ("quote", 3, 1_000_000, 0, 7, 0, 99.0, 1.0, 101.0, 0.0)


async def test_what_cannot_be_polled_is_refused() -> None:
    client = SimpleNamespace(has={})
    poller = Poller(Caller("ccxt:x", client, lambda: 7), Heard(), lambda: None)  # type: ignore[arg-type]
    with pytest.raises(VenueRefused, match="no trades"):
        poller.watch(LISTED, 0, [Channel.TRADES])
    with pytest.raises(VenueRefused, match="no mark"):
        poller.watch(LISTED, 0, [Channel.MARK])
