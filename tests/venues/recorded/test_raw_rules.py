"""Instrument rules out of the venues' own answers."""

from __future__ import annotations

import gzip
import json
from decimal import Decimal
from pathlib import Path

import pytest

from titan.model.instrument import InstrumentKind
from titan.venues.recorded.raw_lines import What, entry
from titan.venues.recorded.raw_rules import Given, rules

D = Decimal


def one(url: str, said: object) -> list[tuple[str, InstrumentKind, Given]]:
    found = rules(url, json.dumps(said).encode())
    assert found is not None
    return found


def test_mexc_contracts_are_counted_in_base_units() -> None:
    market = {"symbol": "BTC_USDT", "contractSize": 0.0001, "priceUnit": 0.1, "volUnit": 1, "minVol": 2}
    assert one("https://contract.mexc.com/api/v1/contract/detail", {"data": [market]}) == [
        ("BTC_USDT", InstrumentKind.PERP, Given(D("0.1"), D("0.0001"), D("0.0002"), contract=0.0001))
    ]


def test_bybit() -> None:
    market = {
        "symbol": "BTCUSDT",
        "priceFilter": {"tickSize": "0.10"},
        "lotSizeFilter": {"qtyStep": "0.001", "minOrderQty": "0.001", "minNotionalValue": "5"},
    }
    said = {"result": {"category": "linear", "list": [market]}}
    assert one("https://api.bybit.com/v5/market/instruments-info?category=linear", said) == [
        ("BTCUSDT", InstrumentKind.PERP, Given(D("0.1"), D("0.001"), D("0.001"), D(5)))
    ]


def test_another_question_is_no_rule_and_a_broken_answer_is_said() -> None:
    assert rules("https://api.binance.com/api/v3/depth?symbol=BTCUSDT", b"{}") is None
    for body in (b"{", b"[]", b'{"symbols":3}'):
        with pytest.raises(ValueError, match="cannot be read"):
            rules("https://api.binance.com/api/v3/exchangeInfo", body)


@pytest.mark.data
@pytest.mark.parametrize(
    ("file", "native", "kind", "given"),
    [
        ("BINANCE", "NKNUSDT", InstrumentKind.SPOT, Given(D("0.0001"), D(1), D(1), D(10))),
        ("KRAKEN", "KSM/XBT", InstrumentKind.SPOT, Given(D("0.000001"), D("0.00000001"), D("0.1"))),
        ("OKX", "BTC-USDT", InstrumentKind.SPOT, Given(D("0.1"), D("0.00000001"), D("0.00001"))),
        ("OKX", "BTC-USDT-SWAP", InstrumentKind.PERP, Given(D("0.1"), D("0.01"), D("0.01"), contract=0.01)),
    ],
)
def test_recorded_answers(data: Path, file: str, native: str, kind: InstrumentKind, given: Given) -> None:
    lines = gzip.decompress((data / f"wire/cryptofeed/{file}.0.gz").read_bytes()).split(b"\n")
    found = {}
    for line in lines:
        told = entry(line)
        if told.what is What.ANSWER:
            found.update({(n, k): g for n, k, g in rules(told.about, told.body) or []})
    assert found[native, kind] == given
    assert all(g.tick > 0 and g.lot > 0 for g in found.values())
