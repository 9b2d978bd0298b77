"""Every type of order as it leaves for the wire, over real ccxt and without any network."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from titan.model.credentials import Credentials
from titan.model.errors import OrderError
from titan.model.order import OrderType, Side, TimeInForce
from titan.model.signal import Intent, Purpose, client_order_id
from titan.venues.gateway.gateway import Gateway, open_gateway
from titan.venues.gateway.ids import format_of
from titan.venues.gateway.orders import arguments
from titan.venues.gateway.rules import listed

OURS = client_order_id("x")
NATIVE = {
    ("binance", "spot"): "BTCUSDT", ("binance", "perp"): "BTCUSDT", ("bybit", "spot"): "BTCUSDT",
    ("bybit", "perp"): "BTCUSDT", ("okx", "spot"): "BTC-USDT", ("okx", "perp"): "BTC-USDT-SWAP",
    ("kraken", "spot"): "XXBTZUSD", ("mexc", "spot"): "BTCUSDT", ("mexc", "perp"): "BTC_USDT",
}  # fmt: skip


def _market(venue: str, kind: str) -> dict[str, Any]:
    quote = "USD" if venue == "kraken" else "USDT"
    perp = kind == "perp"
    types = ["LIMIT", "MARKET", "LIMIT_MAKER", "STOP_LOSS", "STOP_MARKET"]
    return {
        "id": NATIVE[venue, kind], "symbol": f"BTC/{quote}:{quote}" if perp else f"BTC/{quote}",
        "base": "BTC", "quote": quote, "settle": quote if perp else None, "baseId": "BTC", "quoteId": quote,
        "settleId": quote if perp else None, "type": "swap" if perp else "spot", "spot": not perp,
        "swap": perp, "margin": False, "future": False, "option": False, "active": True, "contract": perp,
        "linear": True if perp else None, "inverse": False if perp else None,
        "taker": "0.001", "maker": "0.001",
        "contractSize": "0.01" if perp and venue in ("okx", "mexc") else "1" if perp else None,
        "precision": {"price": "0.1", "amount": "0.01" if venue == "okx" and perp else "0.00001"},
        "limits": {"amount": {}, "cost": {}, "price": {}, "leverage": {}}, "info": {"orderTypes": types},
    }  # fmt: skip


async def _sent(venue: str, kind: str, **changes: Any) -> dict[str, str]:
    """What one order puts on the wire, query and body as one."""
    key = Credentials(venue, "k", "key" * 8, "c2VjcmV0LXRoYXQtaXMtbG9uZw==", "phrase")
    gateway = open_gateway(venue, now=lambda: 0, credentials=key)
    try:
        return await _caught(gateway, venue, kind, changes)
    finally:
        await gateway.close()


async def _caught(gateway: Gateway, venue: str, kind: str, changes: dict[str, Any]) -> dict[str, str]:
    client, seen = gateway.client, []
    market = _market(venue, kind)
    client.set_markets([market])
    client.options |= {"enableUnifiedMargin": False, "enableUnifiedAccount": True, "unifiedMarginStatus": 6}

    async def fetch(url: str, method: str = "GET", headers: Any = None, body: Any = None) -> Any:
        del headers
        seen.append((method, url, body or ""))
        return {"result": {"txid": ["T"]}, "data": [{"ordId": "1"}], "orderId": "1", "symbol": "BTCUSDT"}

    client.fetch = fetch
    one = listed(venue, market, client.precisionMode)
    assert one is not None
    wanted = {"type": OrderType.LIMIT, "limit_ticks": 300_000, "tif": TimeInForce.GTC} | changes
    side = wanted.pop("side", Side.BUY)
    intent = Intent("x", "s", "o", one.instrument.id, side, 123, Purpose.ENTRY, 1, **wanted)
    ready = arguments(gateway.profile, one, intent, format_of(venue).to_venue(OURS))
    await client.create_order(*ready)
    ((method, url, body),) = seen
    assert method == "POST"
    fields = dict(parse_qsl(urlsplit(url).query))
    if body.startswith(("{", "[")):
        said = json.loads(body)
        fields |= {n: str(v) for n, v in (said[0] if isinstance(said, list) else said).items()}
    else:
        fields |= dict(parse_qsl(body))
    return fields | {"path": urlsplit(url).path}


def _has(sent: dict[str, str], wanted: dict[str, str]) -> None:
    assert {name: sent.get(name) for name in wanted} == wanted


HEX = format_of("kraken").to_venue(OURS)


@pytest.mark.parametrize(
    ("venue", "kind", "wanted"),
    [
        (
            "binance",
            "spot",
            {"newClientOrderId": OURS, "price": "30000", "quantity": "0.00123", "type": "LIMIT"},
        ),
        (
            "binance",
            "perp",
            {"newClientOrderId": OURS, "price": "30000", "quantity": "0.00123", "side": "BUY"},
        ),
        ("bybit", "spot", {"orderLinkId": OURS, "price": "30000", "qty": "0.00123", "category": "spot"}),
        ("bybit", "perp", {"orderLinkId": OURS, "price": "30000", "qty": "0.00123", "category": "linear"}),
        ("okx", "spot", {"clOrdId": OURS, "px": "30000", "sz": "0.00123", "tdMode": "cash"}),
        ("okx", "perp", {"clOrdId": OURS, "px": "30000", "sz": "1.23", "tdMode": "cross"}),
        ("kraken", "spot", {"cl_ord_id": HEX, "price": "30000", "volume": "0.00123", "ordertype": "limit"}),
        (
            "mexc",
            "spot",
            {"newClientOrderId": OURS, "price": "30000", "quantity": "0.00123", "type": "LIMIT"},
        ),
        (
            "mexc",
            "perp",
            {"externalOid": OURS, "price": "30000.0", "vol": "0.00123", "type": "1", "side": "1"},
        ),
    ],
)
async def test_a_limit_order(venue: str, kind: str, wanted: dict[str, str]) -> None:
    _has(await _sent(venue, kind), wanted)


@pytest.mark.parametrize(
    ("venue", "kind", "tif", "wanted"),
    [
        ("binance", "spot", TimeInForce.POST_ONLY, {"type": "LIMIT_MAKER"}),
        ("binance", "perp", TimeInForce.POST_ONLY, {"timeInForce": "GTX"}),
        ("bybit", "perp", TimeInForce.POST_ONLY, {"timeInForce": "PostOnly"}),
        ("okx", "perp", TimeInForce.POST_ONLY, {"ordType": "post_only"}),
        ("kraken", "spot", TimeInForce.POST_ONLY, {"oflags": "post"}),
        ("mexc", "spot", TimeInForce.POST_ONLY, {"type": "LIMIT_MAKER"}),
        ("mexc", "perp", TimeInForce.POST_ONLY, {"type": "2"}),
        ("binance", "spot", TimeInForce.IOC, {"timeInForce": "IOC"}),
        ("bybit", "spot", TimeInForce.IOC, {"timeInForce": "IOC"}),
        ("okx", "spot", TimeInForce.IOC, {"ordType": "ioc"}),
        ("kraken", "spot", TimeInForce.IOC, {"timeinforce": "IOC"}),
        ("mexc", "spot", TimeInForce.IOC, {"type": "IMMEDIATE_OR_CANCEL"}),
        ("mexc", "perp", TimeInForce.IOC, {"type": "3"}),
        ("binance", "perp", TimeInForce.FOK, {"timeInForce": "FOK"}),
        ("okx", "perp", TimeInForce.FOK, {"ordType": "fok"}),
        ("kraken", "spot", TimeInForce.FOK, {"timeinforce": "FOK"}),
        ("mexc", "perp", TimeInForce.FOK, {"type": "4"}),
    ],
)
async def test_a_time_in_force(venue: str, kind: str, tif: TimeInForce, wanted: dict[str, str]) -> None:
    _has(await _sent(venue, kind, tif=tif), wanted)


@pytest.mark.parametrize(
    ("venue", "kind", "wanted"),
    [
        ("binance", "spot", {"type": "STOP_LOSS", "stopPrice": "29000"}),
        ("binance", "perp", {"type": "STOP_MARKET", "clientAlgoId": OURS, "path": "/fapi/v1/algoOrder"}),
        ("bybit", "spot", {"triggerPrice": "29000", "orderType": "Market", "orderFilter": "StopOrder"}),
        ("bybit", "perp", {"triggerPrice": "29000", "triggerDirection": "2", "orderType": "Market"}),
        ("okx", "spot", {"slTriggerPx": "29000", "slOrdPx": "-1", "algoClOrdId": OURS, "sz": "0.00123"}),
        ("okx", "perp", {"slTriggerPx": "29000", "algoClOrdId": OURS, "ordType": "conditional"}),
        ("kraken", "spot", {"ordertype": "stop-loss", "price": "29000"}),
        ("mexc", "perp", {"triggerPrice": "29000", "triggerType": "2", "orderType": "5"}),
    ],
)
async def test_a_stop_to_sell(venue: str, kind: str, wanted: dict[str, str]) -> None:
    sent = await _sent(
        venue,
        kind,
        type=OrderType.STOP,
        limit_ticks=0,
        stop_ticks=290_000,
        side=Side.SELL,
        tif=TimeInForce.GTC,
    )
    _has(sent, wanted)


@pytest.mark.parametrize(
    ("venue", "kind", "wanted"),
    [
        ("binance", "perp", {"reduceOnly": "true"}),
        ("bybit", "perp", {"reduceOnly": "True"}),
        ("okx", "perp", {"reduceOnly": "True"}),
        ("mexc", "perp", {"side": "4"}),
    ],
)
async def test_reduce_only(venue: str, kind: str, wanted: dict[str, str]) -> None:
    _has(await _sent(venue, kind, type=OrderType.MARKET, side=Side.SELL, reduce_only=True), wanted)


@pytest.mark.parametrize(
    ("venue", "kind"), [("bybit", "spot"), ("okx", "spot"), ("mexc", "spot"), ("kraken", "spot")]
)
async def test_a_market_buy_is_in_base_units(venue: str, kind: str) -> None:
    sent = await _sent(venue, kind, type=OrderType.MARKET, limit_ticks=0)
    sizes = {sent.get(n) for n in ("qty", "sz", "quantity", "volume")}
    assert "0.00123" in sizes
    if venue == "bybit":
        assert sent["marketUnit"] == "baseCoin"
    if venue == "okx":
        assert sent["tgtCcy"] == "base_ccy"


async def test_what_a_venue_has_not_is_said_before_sending() -> None:
    with pytest.raises(OrderError, match="no stop orders"):
        await _sent("mexc", "spot", type=OrderType.STOP, stop_ticks=5)
