"""What the double of Bybit refuses, and how ccxt understands it."""

from __future__ import annotations

import asyncio

import aiohttp
import ccxt
import pytest

from tests.doubles.clients import client
from tests.doubles.servers import running
from titan.doubles.faults import Fault
from titan.doubles.keys import ApiKey

SPOT, LINEAR = "BTC/USDT", "BTC/USDT:USDT"


async def test_keys_signatures_and_times() -> None:
    async with running("bybit") as venue:
        own = venue.key
        wrong = [
            (ApiKey("x", "nobody", own.secret, "", ()), ccxt.AuthenticationError, "10003"),
            (ApiKey("x", own.key, "other", "", ()), ccxt.AuthenticationError, "10004"),
        ]
        for key, error, code in wrong:
            async with client(venue, key) as ex:
                with pytest.raises(error, match=code):
                    await ex.fetch_balance()
        async with client(venue) as ex:
            for shift in (-6_000, 2_000):
                ex.nonce = lambda shift=shift: ex.milliseconds() + shift
                with pytest.raises(ccxt.InvalidNonce, match="10002"):
                    await ex.fetch_open_orders(SPOT)


async def test_permissions() -> None:
    async with running("bybit") as venue:
        keys = venue.world.keys.keys
        async with client(venue, keys["reader"]) as ex:
            assert (await ex.fetch_balance())["USDT"]["total"] == 100_000
            with pytest.raises(ccxt.PermissionDenied, match="10005"):
                await ex.create_order(SPOT, "limit", "buy", 0.01, 29_000)
        async with client(venue, keys["trader"]) as ex:
            rights = (await ex.privateGetV5UserQueryApi())["result"]["permissions"]
            assert rights["Wallet"] == ["AccountTransfer"]
            with pytest.raises(ccxt.PermissionDenied):
                await ex.withdraw("USDT", 1, "0x" + "1" * 40, {"network": "ERC20"})


async def test_orders_that_cannot_be() -> None:
    async with running("bybit") as venue, client(venue) as ex:
        with pytest.raises(ccxt.InsufficientFunds, match="170131"):
            await ex.create_order(SPOT, "limit", "sell", 11, 40_000)
        with pytest.raises(ccxt.InsufficientFunds, match="110007"):
            await ex.create_order(LINEAR, "limit", "buy", 1_000, 29_000)
        with pytest.raises(ccxt.InvalidOrder, match="110094"):
            await ex.create_order(LINEAR, "limit", "buy", 0.001, 29_000)
        with pytest.raises(ccxt.InvalidOrder, match="110017"):
            await ex.create_order(LINEAR, "market", "sell", 0.01, None, {"reduceOnly": True})
        for symbol, code in ((SPOT, "170141"), (LINEAR, "110072")):
            await ex.create_order(symbol, "limit", "buy", 0.01, 29_000, {"clientOrderId": f"twice-{code}"})
            with pytest.raises(ccxt.InvalidOrder, match=code):
                await ex.create_order(
                    symbol, "limit", "buy", 0.01, 29_000, {"clientOrderId": f"twice-{code}"}
                )
        for symbol, code in ((SPOT, "170213"), (LINEAR, "110001")):
            with pytest.raises(ccxt.OrderNotFound, match=code):
                await ex.cancel_order("1", symbol)
            with pytest.raises(ccxt.OrderNotFound):
                await ex.edit_order("1", symbol, "limit", "buy", 1, 29_000)
        assert len(venue.world.desk.open_orders()) == 2


async def test_a_post_only_order_that_would_take_is_cancelled() -> None:
    async with running("bybit") as venue, client(venue) as ex:
        placed = await ex.create_order(LINEAR, "limit", "buy", 0.01, 31_000, {"postOnly": True})
        [seen] = await ex.fetch_canceled_orders(LINEAR)
        assert seen["id"] == placed["id"]
        assert seen["filled"] == 0
        assert seen["info"]["rejectReason"] == "EC_PostOnlyWillTakeLiquidity"


async def test_limits_have_headers_and_a_code() -> None:
    async with running("bybit") as venue, client(venue) as ex:
        await ex.fetch_positions([LINEAR])
        headers = {k.lower(): v for k, v in ex.last_response_headers.items()}
        assert (headers["x-bapi-limit"], headers["x-bapi-limit-status"]) == ("50", "49")
        assert int(headers["x-bapi-limit-reset-timestamp"]) > 1_700_000_000_000
        many = (ex.fetch_positions([LINEAR]) for _ in range(120))
        answers = await asyncio.gather(*many, return_exceptions=True)
        refused = [a for a in answers if isinstance(a, ccxt.RateLimitExceeded)]
        assert refused
        assert "10006" in str(refused[0])
        venue.inject(Fault("rate_limit", status=418))
        with pytest.raises(ccxt.RateLimitExceeded, match="10018"):
            await ex.fetch_ticker(SPOT)


async def test_bodies_of_refusals() -> None:
    async with running("bybit") as venue, aiohttp.ClientSession(venue.base) as http:
        async with http.get("/v5/account/wallet-balance") as absent:
            assert absent.status == 401
        async with http.get("/v5/nothing") as nowhere:
            assert (nowhere.status, (await nowhere.json())["retCode"]) == (404, 10017)
        async with http.get("/v5/market/tickers?category=odd") as odd:
            body = await odd.json()
        assert (odd.status, body["retCode"], body["result"], body["retExtInfo"]) == (200, 10001, {}, {})
        venue.inject(Fault("http_5xx", match="/v5/market/time"))
        async with http.get("/v5/market/time") as broken:
            assert broken.status == 503
