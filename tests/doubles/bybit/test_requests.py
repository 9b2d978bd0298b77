"""Order requests of Bybit: rules, rounding and refusals."""

from __future__ import annotations

from decimal import Decimal

import pytest

from titan.doubles.bybit.errors import Refused
from titan.doubles.bybit.requests import wanted
from titan.doubles.bybit.signing import check_signature, check_socket, check_window, signature
from titan.model.instrument import FeeSchedule, Instrument, InstrumentKind
from titan.model.order import OrderType, Side, TimeInForce

FEES = FeeSchedule(Decimal("0.001"), Decimal("0.001"))


def instrument(kind: InstrumentKind) -> Instrument:
    return Instrument(
        "bybit", kind, "BTCUSDT", "BTC", "USDT", Decimal("0.1"), Decimal("0.001"), FEES,
        min_qty=Decimal("0.001"), min_notional=Decimal(5),
    )  # fmt: skip


SPOT, LINEAR = instrument(InstrumentKind.SPOT), instrument(InstrumentKind.PERP)
LIMIT = {"side": "Buy", "orderType": "Limit", "qty": "0.5", "price": "100.1", "orderLinkId": "a-1"}


def at_fifty(_side: Side) -> Decimal:
    return Decimal(50)


def test_a_limit_order_in_ticks_and_lots() -> None:
    order = wanted(LIMIT | {"timeInForce": "PostOnly", "reduceOnly": True}, LINEAR, at_fifty)
    assert (order.side, order.type, order.tif) == (Side.BUY, OrderType.LIMIT, TimeInForce.POST_ONLY)
    assert (order.lots, order.limit_ticks, order.reduce_only, order.link_id) == (500, 1001, True, "a-1")


@pytest.mark.parametrize(
    ("market", "change", "code"),
    [
        (SPOT, {"price": "100.15"}, 170134),
        (LINEAR, {"price": "100.15"}, 10001),
        (SPOT, {"qty": "0.5001"}, 170137),
        (SPOT, {"qty": "0.0"}, 10001),
        (LINEAR, {"qty": "nan"}, 10001),
        (LINEAR, {"qty": "-1"}, 10001),
        (LINEAR, {"side": "buy"}, 10001),
        (LINEAR, {"price": ""}, 10001),
        (LINEAR, {"timeInForce": "GTD"}, 10001),
        (LINEAR, {"orderLinkId": "x" * 37}, 10001),
        (LINEAR, {"orderLinkId": "not this!"}, 10001),
    ],
)
def test_refusals_carry_bybits_code(market: Instrument, change: dict[str, object], code: int) -> None:
    with pytest.raises(Refused) as refused:
        wanted(LIMIT | change, market, at_fifty)
    assert refused.value.code == code


def test_a_spot_market_buy_names_quote_unless_it_says_base() -> None:
    body = {"side": "Buy", "orderType": "Market", "qty": "100"}
    assert wanted(body, SPOT, at_fifty).lots == 2000
    assert wanted(body | {"marketUnit": "baseCoin"}, SPOT, at_fifty).lots == 100_000
    assert wanted(body | {"side": "Sell"}, SPOT, at_fifty).lots == 100_000
    assert wanted(body, LINEAR, at_fifty).lots == 100_000


def test_the_time_window_is_that_of_the_documentation() -> None:
    check_window("1000000", "5000", 1_005_000)
    check_window("1000000", "5000", 999_001)
    for now in (1_005_001, 999_000):
        with pytest.raises(Refused) as refused:
            check_window("1000000", "5000", now)
        assert refused.value.code == 10002


def test_a_signature_covers_time_key_window_and_payload() -> None:
    headers = {"X-BAPI-TIMESTAMP": "1", "X-BAPI-API-KEY": "k", "X-BAPI-RECV-WINDOW": "5000"}
    headers["X-BAPI-SIGN"] = signature("s", "1k5000a=b")
    check_signature(headers, "a=b", "s")
    for changed, payload, secret in (
        ({}, "a=c", "s"),
        ({"X-BAPI-TIMESTAMP": "2"}, "a=b", "s"),
        ({}, "a=b", "t"),
    ):
        with pytest.raises(Refused) as refused:
            check_signature(headers | changed, payload, secret)
        assert refused.value.code == 10004


def test_a_socket_signs_its_expiry() -> None:
    good = signature("s", "GET/realtime2000")
    assert check_socket("s", "2000", good, 1999) is None
    assert check_socket("s", 2000, good, 2000) == "error:request expired"
    assert check_socket("s", "2000", good + "0", 1) == "Invalid sign"
    assert check_socket("s", "x", good, 1) == "Params Error"
