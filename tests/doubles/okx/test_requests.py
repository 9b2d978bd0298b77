"""Order requests of OKX: contracts, rules and refusals; signed headers."""

from __future__ import annotations

from decimal import Decimal

import pytest

from titan.doubles.okx.account.requests import wanted
from titan.doubles.okx.errors import NotDone, Refused
from titan.doubles.okx.signing import check_headers, check_signature, check_time, signature
from titan.model.instrument import FeeSchedule, Instrument, InstrumentKind
from titan.model.order import OrderType, Side, TimeInForce

FEES = FeeSchedule(Decimal("0.0008"), Decimal("0.001"))
SWAP = Instrument(
    "okx", InstrumentKind.PERP, "BTCUSDT", "BTC", "USDT", Decimal("0.1"), Decimal("0.001"), FEES,
    min_qty=Decimal("0.001"),
)  # fmt: skip
SPOT = Instrument(
    "okx", InstrumentKind.SPOT, "BTCUSDT", "BTC", "USDT", Decimal("0.1"), Decimal("0.00001"), FEES
)
LIMIT = {"side": "sell", "ordType": "limit", "tdMode": "cross", "sz": "3", "px": "100.1", "clOrdId": "a1"}


def at_fifty(_side: Side) -> Decimal:
    return Decimal(50)


def test_sizes_of_swaps_are_contracts() -> None:
    order = wanted(LIMIT, SWAP, Decimal("0.001"), at_fifty)
    assert (order.side, order.type, order.tif) == (Side.SELL, OrderType.LIMIT, TimeInForce.GTC)
    assert (order.lots, order.limit_ticks, order.client_id) == (3, 1001, "a1")
    assert wanted(LIMIT, SWAP, Decimal("0.01"), at_fifty).lots == 30


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"px": "100.15"}, "51000"),
        ({"px": ""}, "51204"),
        ({"sz": "3.5"}, "51121"),
        ({"sz": "0"}, "51000"),
        ({"sz": "inf"}, "51000"),
        ({"side": "Sell"}, "51000"),
        ({"ordType": "stop"}, "51000"),
        ({"tdMode": "cash"}, "51000"),
        ({"posSide": "long"}, "51000"),
        ({"clOrdId": "with-dash"}, "51000"),
        ({"clOrdId": "x" * 33}, "51000"),
    ],
)
def test_refusals_carry_okx_code(change: dict[str, object], code: str) -> None:
    with pytest.raises(NotDone) as refused:
        wanted(LIMIT | change, SWAP, Decimal("0.001"), at_fifty)
    assert refused.value.code == code


def test_a_spot_market_buy_names_quote_unless_it_says_base() -> None:
    body = {"side": "buy", "ordType": "market", "tdMode": "cash", "sz": "100"}
    assert wanted(body, SPOT, Decimal(1), at_fifty).lots == 200_000
    assert wanted(body | {"tgtCcy": "base_ccy"}, SPOT, Decimal(1), at_fifty).lots == 10_000_000


def test_headers_time_and_signature() -> None:
    stamp = "2026-11-21T05:00:00.000Z"
    sent = 1_795_237_200_000
    headers = {"OK-ACCESS-KEY": "k", "OK-ACCESS-PASSPHRASE": "p", "OK-ACCESS-TIMESTAMP": stamp}
    headers["OK-ACCESS-SIGN"] = signature("s", stamp + "GET" + "/api/v5/x?a=b")
    check_headers(headers)
    check_time(stamp, sent + 30_000)
    check_signature(headers, "GET", "/api/v5/x?a=b", "", "s")
    with pytest.raises(Refused, match="expired") as late:
        check_time(stamp, sent + 30_001)
    assert (late.value.code, late.value.status) == ("50102", 401)
    with pytest.raises(Refused) as odd:
        check_time("yesterday", sent)
    assert odd.value.code == "50112"
    for method, target, body in (
        ("POST", "/api/v5/x?a=b", ""),
        ("GET", "/api/v5/x", ""),
        ("GET", "/api/v5/x?a=b", "{}"),
    ):
        with pytest.raises(Refused) as wrong:
            check_signature(headers, method, target, body, "s")
        assert (wrong.value.code, wrong.value.status) == ("50113", 401)
    for name, code in (("OK-ACCESS-KEY", "50103"), ("OK-ACCESS-SIGN", "50106")):
        with pytest.raises(Refused) as absent:
            check_headers(headers | {name: ""})
        assert absent.value.code == code
