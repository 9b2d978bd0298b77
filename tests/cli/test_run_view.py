"""The run in the terminal: nothing is cut at 80 columns, what is not known is not called 0, and a long start
does not look dead.
"""

from __future__ import annotations

import io
import time
from decimal import Decimal as D

import pytest
from msgspec.structs import replace
from rich.console import Console

from titan.cli import run_view
from titan.cli.run_table import drawn, duration
from titan.cli.run_view import View, line
from titan.views.status import JournalLine, OrderLine, Percentiles, PositionLine, PriceLine, Status, VenueLine

NOW = 1_795_000_000 * 10**9
SPOT, PERP = "binance.spot.BTCUSDT", "binance.perp.BTCUSDT"
STATUS = Status(
    run_id="69850e9226", mode="live", state="trading", at_ns=NOW, seconds=4000.0, simulated=False,
    resumed=True, traded=True, quote="USDT", nav=D("200027.05323"), start_nav=D(200_000),
    pnl={"basis": D("34.05")}, rows=15_141, signals=1, orders=20, fills=23,
    refusals={"collar: price moved": 3},
    prices=(PriceLine(SPOT, 65_832.26, 19.0, mark=D("65832.26")), PriceLine(PERP, 0.0, 9e4, "too old")),
    positions=(
        PositionLine(SPOT, D("0.07000000"), D("65439.28424"), D("65832.26"), D("4608.2582"), D("27.508")),
        PositionLine(PERP, D("-0.070"), D("65800.6385714285714"), None, None, None),
    ),
    in_flight=tuple(
        OrderLine(f"t{n}", PERP, "sell", D("0.012"), D("0.004"), D(65_012), "partially filled", 900.0)
        for n in range(10)
    ),
    executions=2, venues=(VenueLine("binance", 2, 3, 925.0, 11.2, 1, "ping unanswered [x]"),),
    closed={"venue:binance": "not reconciled yet"}, journal=JournalLine("sqlite:///x", 114, 2, "disk full"),
    latency={"tick to order": Percentiles(20, 74.0, 116.0, 116.0, 11_600.0)},
)  # fmt: skip
NEVER = replace(
    STATUS, state="stopped", traded=False, seconds=0.0, nav=None, start_nav=None, in_flight=(), latency={}
)


def picture(status: Status, width: int) -> list[str]:
    file = io.StringIO()
    Console(file=file, width=width).print(drawn(status, width))
    return [text.rstrip() for text in file.getvalue().splitlines()]


@pytest.mark.parametrize("width", [80, 160])
def test_nothing_is_cut(width: int) -> None:
    lines = picture(STATUS, width)
    text = " ".join(" ".join(lines).split())
    assert max(map(len, lines)) <= width
    assert "…" not in text
    for words in (
        "live trading", "REAL MONEY", "run 69850e9226, resumed, 1:06:40", "NAV 200,027.05 USDT (+27.05 since",
        "basis +34.05", "65,832.26", "65,439.284", "+27.51", "too old", "no mark", "partially filled",
        "and 2 more", "closed by venue:binance: not reconciled yet", "2 executions under way",
        "3 x collar: price moved", "2 of 3 connections", "1 reconnects", "ping unanswered [x]", "2 waiting",
        "disk full", "11.6 ms",
    ):  # fmt: skip
        assert words in text
    assert ("4,608.26" in text) is (width > 100)


def test_a_price_that_was_never_heard_has_no_age() -> None:
    status = replace(STATUS, at_ns=NOW, prices=(PriceLine(PERP, 0.0, NOW / 1e6, "empty"),))
    text = " ".join(picture(status, 80))
    assert "never heard" in text
    assert " d " not in text


def test_halted_is_seen_at_once() -> None:
    halted = replace(STATUS, state="halted", closed={"all orders": "panic: a drill (by me)"})
    assert "nothing may leave: panic: a drill (by me)" in " ".join(picture(halted, 80))
    assert "live halted" in line(halted)
    assert line(halted).endswith("; nothing may leave: panic: a drill (by me)")


def test_what_is_not_known_is_not_called_nothing() -> None:
    assert "NAV not known" in " ".join(picture(NEVER, 80))
    assert "NAV not known" in line(NEVER)
    assert "since this start" not in line(replace(STATUS, start_nav=None))


def test_a_run_that_was_stopped_at_once_has_no_result(capsys: pytest.CaptureFixture[str]) -> None:
    View(quiet=False).end(NEVER)
    text = capsys.readouterr().out
    assert "stopped before it had looked around. Nothing was decided or sent." in text
    assert "NAV" not in text
    assert "0.07000000  entry 65,439.28  worth 4,608.26  unrealised +27.51  (as the journal left it)" in text
    assert "no mark  (as the journal left it)" in text
    View(quiet=False).end(STATUS)
    assert "live trading 1:06:40: NAV 200,027.05 USDT" in capsys.readouterr().out


def test_a_step_that_takes_long_is_said_to_go_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run_view, "QUIET_S", 0.01)
    said, ends = "", time.monotonic() + 240
    with View(quiet=False) as view:
        view.tell("loading kernels")
        while "still loading kernels" not in said:
            assert time.monotonic() < ends
            time.sleep(0.01)
            said += capsys.readouterr().err


def test_whoever_asks_for_json_hears_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    with View(quiet=True) as view:
        view.tell("loading kernels")
        view.show(STATUS)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("seconds", "text"), [(12.4, "12 s"), (200, "03:20"), (18_200, "5:03:20"), (190_000, "2 d 4:46:40")]
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text
