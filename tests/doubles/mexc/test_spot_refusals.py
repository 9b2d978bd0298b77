"""What spot refuses at the double of MEXC, and how ccxt understands it."""

from __future__ import annotations

import time
from typing import Any

import aiohttp
import ccxt
import pytest

from tests.doubles.clients import client
from tests.doubles.servers import Running, running
from titan.doubles.faults import Fault
from titan.doubles.keys import ApiKey, hmac_hex

SPOT = "BTC/USDT"


async def ask(
    venue: Running, method: str, path: str, query: str = "", key: str | None = None, **kw: Any
) -> Any:
    """Status and body of one request."""
    headers = {} if key == "" else {"X-MEXC-APIKEY": key or venue.key.key}
    headers |= kw.pop("headers", {})
    url = f"/api/v3/{path}" + (f"?{query}" if query else "")
    async with (
        aiohttp.ClientSession(venue.base) as http,
        http.request(method, url, headers=headers, **kw) as answer,
    ):
        return answer.status, await answer.json()


def signed(venue: Running, query: str = "", age_ms: int = 0) -> str:
    text = f"{query}&" if query else ""
    text += f"timestamp={venue.world.now_ms() - age_ms}"
    return f"{text}&signature={hmac_hex(venue.key.secret, text)}"


async def test_keys_signatures_and_times() -> None:
    async with running("mexc") as venue:
        for given, code in (("", 400), ("mx-short", 700001), ("x" * 17, 10072)):
            assert (await ask(venue, "GET", "account", signed(venue), given))[1]["code"] == code
        good = signed(venue)
        assert (await ask(venue, "GET", "account", good))[0] == 200
        for query, code in (
            (good.upper().replace("TIMESTAMP", "timestamp").replace("SIGNATURE", "signature"), 700002),
            (good + "&coin=BTC", 700002),
            (good.partition("&")[0], 700004),
            (f"signature={hmac_hex(venue.key.secret, '')}", 700004),
            (signed(venue, age_ms=5_001), 700003),
            (signed(venue, age_ms=-1_500), 700003),
            (signed(venue, "recvWindow=60001"), 700005),
            (signed(venue, "recvWindow=x"), 700008),
        ):
            status, body = await ask(venue, "GET", "account", query)
            assert (status, body["code"]) == (400, code)
        assert (await ask(venue, "GET", "account", signed(venue, "recvWindow=60000", 59_000)))[0] == 200


async def test_ccxt_understands_who_may_not() -> None:
    async with running("mexc") as venue:
        async with client(venue, ApiKey("x", venue.key.key, "other", "", ())) as ex:
            with pytest.raises(ccxt.AuthenticationError, match="700002"):
                await ex.fetch_balance()
        async with client(venue) as ex:
            ex.nonce = lambda: ex.milliseconds() - 6_000
            with pytest.raises(ccxt.InvalidNonce, match="700003"):
                await ex.fetch_balance()
        keys = venue.world.keys
        async with client(venue, keys.keys["reader"]) as ex:
            assert not (await ex.fetch_balance())["info"]["canTrade"]
            with pytest.raises(ccxt.AuthenticationError, match="700007"):
                await ex.create_order(SPOT, "limit", "buy", 0.01, 29_000)
        async with client(venue, keys.trader) as ex:
            assert not (await ex.fetch_balance())["info"]["canWithdraw"]
            with pytest.raises(ccxt.AuthenticationError, match="700007"):
                await ex.withdraw("USDT", 10, "T" + "1" * 33)
        assert not venue.world.desk.orders


async def test_bodies_are_signed_behind_the_query() -> None:
    async with running("mexc") as venue:
        query, body = "symbol=BTCUSDT&side=BUY&type=LIMIT", "quantity=0.01&price=29000"
        body += f"&timestamp={int(time.time() * 1000)}"
        mark = hmac_hex(venue.key.secret, query + body)
        form = {"Content-Type": "application/json"}
        status, placed = await ask(
            venue, "POST", "order", query, data=f"{body}&signature={mark}", headers=form
        )
        assert (status, placed["price"]) == (200, "29000")
        text = '{"symbol":"BTCUSDT","origClientOrderId":"no"}'
        stamp = f"timestamp={int(time.time() * 1000)}&orderId={placed['orderId']}"
        query = f"{stamp}&signature={hmac_hex(venue.key.secret, stamp + text)}"
        status, gone = await ask(venue, "DELETE", "order", query, data=text, headers=form)
        assert (status, gone["status"]) == (200, "CANCELED")
        strange = {"Content-Type": "text/plain"}
        status, refused = await ask(venue, "POST", "order", signed(venue), data="a=b", headers=strange)
        assert (status, refused["code"]) == (400, 700013)


async def test_orders_that_cannot_be() -> None:
    async with running("mexc") as venue, client(venue) as ex:
        with pytest.raises(ccxt.InsufficientFunds, match="30004"):
            await ex.create_order(SPOT, "limit", "buy", 10, 29_000)
        with pytest.raises(ccxt.InsufficientFunds, match="30005"):
            await ex.create_order(SPOT, "limit", "sell", 11, 31_000)
        with pytest.raises(ccxt.InvalidOrder, match="cannot be less than:5USDT"):
            await ex.create_order(SPOT, "limit", "buy", 0.0001, 29_000)
        with pytest.raises(ccxt.InvalidOrder, match="30002"):
            await ex.create_market_buy_order_with_cost(SPOT, 4)
        await ex.create_order(SPOT, "limit", "buy", 0.01, 29_000, {"clientOrderId": "twice"})
        with pytest.raises(ccxt.BadRequest, match="Duplicate"):
            await ex.create_order(SPOT, "limit", "buy", 0.01, 29_000, {"clientOrderId": "twice"})
        for refused, code in (
            (ex.cancel_order("C02__1", SPOT), "-2011"),
            (ex.fetch_order("C02__1", SPOT), "-2013"),
            (ex.fetch_order("1", SPOT), "-2013"),
            (ex.fetch_order(None, SPOT, {"clientOrderId": "nobody"}), "-2013"),
        ):
            with pytest.raises(ccxt.ExchangeError, match=code):
                await refused
        crossing = await ex.create_order(SPOT, "limit", "buy", 0.01, 31_000, {"postOnly": True})
        seen = await ex.fetch_order(crossing["id"], SPOT)
        assert (seen["status"], seen["filled"], seen["timeInForce"]) == ("canceled", 0, "POST_ONLY")
        venue.inject(Fault("reject"))
        with pytest.raises(ccxt.InvalidOrder, match="30016"):
            await ex.create_order(SPOT, "limit", "buy", 0.01, 29_000)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("type=STOP_LOSS", 700008), ("side=HOLD", 700008), ("newClientOrderId=" + "a" * 33, 700008),
        ("newClientOrderId=a.b", 700008), ("quantity=", 700004), ("price=", 700004), ("quantity=x", 700008),
        ("quantity=NaN", 700008), ("quantity=0.000001", 400), ("price=29000.001", 400), ("quantity=0", 10102),
        ("symbol=ETHUSDT", -1121), ("symbol=", 700004), ("price=-1", 30010),
    ],
)  # fmt: skip
async def test_parameters_that_cannot_be(change: str, code: int) -> None:
    async with running("mexc") as venue:
        query = "symbol=BTCUSDT&side=BUY&type=LIMIT&quantity=0.01&price=29000"
        name = change.partition("=")[0]
        kept = [one for one in query.split("&") if not one.startswith(f"{name}=")]
        status, body = await ask(venue, "POST", "order", signed(venue, "&".join([*kept, change])))
        assert (status, body["code"]) == (400, code)
        assert not venue.world.desk.orders


async def test_too_many_requests_and_broken_servers() -> None:
    async with running("mexc") as venue, client(venue) as ex:
        async with aiohttp.ClientSession(venue.base) as http:
            for _ in range(120):
                async with http.get("/api/v3/trades?symbol=BTCUSDT") as answer:
                    status = answer.status
                if status != 200:
                    break
            assert status == 429
            assert 0 < int(answer.headers["Retry-After"]) <= 11
        assert (await ex.fetch_balance())["BTC"]["free"] == 10
        venue.inject(Fault("rate_limit", match="/account"))
        with pytest.raises(ccxt.RateLimitExceeded):
            await ex.fetch_balance()
        for status, error in ((503, ccxt.ExchangeNotAvailable), (502, ccxt.ExchangeNotAvailable)):
            venue.inject(Fault("http_5xx", match="/account", status=status))
            with pytest.raises(error):
                await ex.fetch_balance()
