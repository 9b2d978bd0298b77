"""The page of `titan parity`: what it says of equal and of different runs, and that it loads nothing."""

from __future__ import annotations

import copy
import html
import re
from pathlib import Path
from typing import Any

import pytest

from titan.report import parity

ORDER: dict[str, Any] = {
    "id": "o", "sent_ns": 5, "size": "0.0160", "price": "30003.00", "reference": "30002",
    "slippage_bps": 0.33, "fee": "0.480048000", "fee_asset": "USDT",
}  # fmt: skip
COUNTS = {"equal": 1, "differ": 0, "live_only": 0, "tested_only": 0, "unexplained": 0}
DOCUMENT: dict[str, Any] = {
    "schema": 1,
    "titan": "0.1.0",
    "run": {
        "id": "abc", "mode": "paper", "folder": "demo", "strategy": "sentinel", "quote": "USDT",
        "capital": "1000", "start_ns": 0, "end_ns": 90_000_000_000, "rows": 1234, "starts": 1,
    },
    "replay": {
        "equal": True, "entries": 9, "signals": 1, "decisions": 3, "wishes": 1, "unverified": 0,
        "run_hash": "aa", "replay_hash": "aa", "difference": None, "cause": "", "covered": ["all"],
        "not_covered": ["none"],
        "starts": [{"tape": "tape/001", "began_ns": 0, "rows": 1234, "fingerprint": "ff", "decisions": 3,
                    "unverified": 0, "changed": None, "damage": "", "short": 0, "note": ""}],
    },
    "conditions": {"orders_measured": 2, "leaving_ms": 1.0, "there_and_back_ms": 2.0, "order_ms": 2.0,
                   "response_ms": 1.0, "notes": []},
    "pnl": [
        {"source": "basis", "live": "2.5", "tested": "2.5", "difference": "0"},
        {"source": "total", "live": "2.5", "tested": "2.6", "difference": "-0.1"},
    ],
    "causes": [
        {"cause": "equal", "meaning": "m", "signals": 1, "decisions": 1, "orders": 1, "pnl": "0"},
        {"cause": "not explained", "meaning": "m", "signals": 0, "decisions": 0, "orders": 0, "pnl": "0"},
    ],
    "counts": {"signals": COUNTS, "decisions": COUNTS, "orders": COUNTS},
    "signals": [{"at_ns": 5, "name": "EXPAND", "subject": "BTC", "live": {"z": 2.0}, "tested": {"z": 2.5},
                 "cause": "order of rows", "note": ""}],
    "decisions": [{"at_ns": 5, "live": {"id": "w", "at_ns": 5, "why": "signal", "text": "open <b>it</b>"},
                   "tested": None, "cause": "timer", "note": ""}],
    "orders": [{"at_ns": 5, "instrument": "binance.spot.BTCUSDT", "side": "buy", "live": ORDER,
                "tested": None, "cause": "latency", "note": "sent later"}],
    "slippage": {"live_bps": 0.33, "tested_bps": None},
}  # fmt: skip


@pytest.fixture
def document() -> dict[str, Any]:
    return copy.deepcopy(DOCUMENT)


def test_an_equal_replay_and_a_difference_that_is_explained(document: dict[str, Any], tmp_path: Path) -> None:
    page = parity.build_parity(document, tmp_path / "p.html").read_text()
    assert "Replayed bit for bit: 3 decisions, every one equal" in page
    assert "a difference of −0.10 USDT (−1.000 bps of the capital)" in page
    assert "Every difference has its cause." in page
    assert "z 2, 2.5" in page
    assert "30003" in page
    assert "0.480048<" in page
    assert "open &lt;b&gt;it&lt;/b&gt;" in page


def test_the_page_loads_nothing(document: dict[str, Any]) -> None:
    page = parity.render(document)
    assert re.findall(r"(?:src|href)=\"(?!#|data:)", page) == []
    assert "default-src 'none'" in html.unescape(page)


def test_what_is_not_explained_is_counted(document: dict[str, Any]) -> None:
    document["causes"][-1] |= {"orders": 2, "pnl": "-0.05"}
    assert "2 differences and −0.05 USDT of profit are not explained." in parity.render(document)


def test_a_replay_that_differs_says_where(document: dict[str, Any]) -> None:
    document["replay"] |= {
        "equal": False, "cause": "the tape is not the one",
        "difference": {"entry": 1412, "what": "signal EXPAND BTC", "field": "figures.z", "recorded": "2.0",
                       "replayed": "2.1"},
    }  # fmt: skip
    page = parity.render(document)
    assert "The replay differs from journal entry 1,412 on" in page
    assert "figures.z" in page
    document["replay"] |= {"difference": None, "unverified": 2}
    assert "2 decisions could not be replayed" in parity.render(document)


def test_of_many_rows_those_that_differ_are_on_the_page(document: dict[str, Any]) -> None:
    same = {**document["orders"][0], "cause": "equal", "tested": ORDER, "note": ""}
    document["orders"] = [same] * parity.MOST_ROWS + document["orders"]
    page = parity.render(document)
    assert "sent later" in page
    assert "1 more are in the document" in page


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("0", "0.00"), ("1.5", "+1.50"), ("-0.000032", "−0.00003"), ("0.12345", "+0.1234"),
        ("1234.567", "+1,234.57"),
    ],
)  # fmt: skip
def test_money_is_said_as_finely_as_it_must_be(value: str, words: str) -> None:
    assert parity.money(value) == words


def test_amounts_below_each_other_have_the_same_places(document: dict[str, Any]) -> None:
    page = parity.render(document)
    table = page[page.index('id="profit"') : page.index('id="decisions"')]
    told = re.findall(r'<td class="num[^"]*">[+−]?[\d,]+\.(\d+)<', table)
    assert len(told) >= 6
    assert {len(places) for places in told} == {2}
    document["pnl"][0] |= {"live": "0.12345", "difference": "0.12345"}
    table = parity.render(document).split('id="profit"')[1].split('id="decisions"')[0]
    told = re.findall(r'<td class="num[^"]*">[+−]?[\d,]+\.(\d+)<', table)
    assert {len(places) for places in told} == {4}
