"""Damaged messages of Binance: nothing of it stays."""

from __future__ import annotations

import pytest

from tests.venues.binance.test_line import MS, RECV, hear, line_of
from titan.market.tape.rows import ESTIMATED, Kind


def quote(update: int, **more: object) -> dict[str, object]:
    data = {"e": "bookTicker", "u": update, "E": MS, "T": MS, "s": "BTCUSDT", "b": "10", "B": "1", "a": "11"}
    return {"stream": "btcusdt@bookTicker", "data": {**data, "A": "1", **more}}


def trade(number: int, **more: object) -> dict[str, object]:
    data = {"e": "trade", "E": MS, "T": MS, "s": "BTCUSDT", "t": number, "p": "10", "q": "1", "X": "MARKET"}
    return {"stream": "btcusdt@trade", "data": {**data, "m": True, **more}}


def mark(ms: int) -> dict[str, object]:
    data = {"e": "markPriceUpdate", "E": ms, "s": "BTCUSDT", "p": "10.5", "i": "10.4", "r": "", "T": 0}
    return {"stream": "btcusdt@markPrice@1s", "data": data}


@pytest.mark.parametrize(
    "more", [{"T": 100_000}, {"T": 0}, {"E": 5}, {"a": "2e15"}, {"a": "2000000000000000"}]
)
def test_a_time_or_price_that_cannot_be_is_refused(more: dict[str, object]) -> None:
    """Both by the compiled reader, which the second and third quote reach, and by the decoder."""
    line, batch = line_of("perp-public")
    hear(line, quote(1), quote(2), quote(3, **more), quote(4))
    rows = batch.take()
    assert len(rows.ts) == 6
    assert line.tally.malformed == 1
    assert set(rows.ts.tolist()) == {MS * 1_000_000}


@pytest.mark.parametrize(("sold", "side"), [("-0", 1), ("0", 1), ("false", 1), (1, -1), ("1", -1)])
@pytest.mark.parametrize("number", [1, 2])
def test_nought_and_one_are_false_and_true_however_they_are_written(
    sold: object, side: int, number: int
) -> None:
    """The second trade comes to the compiled reader first."""
    line, batch = line_of("spot")
    hear(line, *(trade(n) for n in range(1, number)), trade(number, m=sold))
    assert batch.take().side.tolist() == [-1] * (number - 1) + [side]


@pytest.mark.parametrize("sold", [2, "-1", "", None, "buyer", 0.5])
def test_a_trade_that_does_not_say_who_took_is_refused(sold: object) -> None:
    line, batch = line_of("spot")
    hear(line, trade(1), trade(2, m=sold), trade(3))
    assert len(batch.take().ts) == 2
    assert line.tally.malformed == 1


def test_a_liquidation_at_a_price_that_cannot_be_is_refused() -> None:
    line, batch = line_of("perp-market")
    order = {"s": "BTCUSDT", "S": "SELL", "q": "1", "p": "10", "ap": "9e16", "z": "1", "T": MS}
    hear(line, {"stream": "btcusdt@forceOrder", "data": {"e": "forceOrder", "E": MS, "o": order}})
    assert line.tally.malformed == 1
    assert len(batch.take().ts) == 0


def test_times_far_ahead_are_not_believed_by_compiled_readers_either() -> None:
    line, batch = line_of("perp-public")
    later = MS + 3_600_000
    hear(
        line, trade(1), trade(2), trade(3, E=later, T=later), trade(4), quote(1), quote(2), quote(3, T=later)
    )
    rows = batch.take()
    assert len(rows.ts) == 10
    assert (rows.ts <= RECV + 10).all()
    assert (rows.flags & ESTIMATED > 0).tolist() == [False, False, True, *[False] * 5, True, True]
    assert batch.latency_ns(0) == 0


def test_one_mark_of_the_future_silences_none() -> None:
    line, batch = line_of("perp-market")
    hear(line, mark(MS), mark(MS + 10**12), mark(MS + 1000), mark(MS + 2000))
    assert (batch.take().kind == Kind.MARK).sum() == 4


def test_a_second_connection_that_lags_doubles_no_trade() -> None:
    """Every trade comes twice for long; the patience with old numbers is for those that come in a row."""
    line, batch = line_of("perp-public")
    for number in range(1, 1500):
        hear(line, trade(number), connection=1)
        hear(line, trade(max(1, number - 5)), connection=2)
    assert (batch.take().kind == Kind.TRADE).sum() == 1499
