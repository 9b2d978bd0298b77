"""What the double of OKX refuses, how ccxt understands it, and its sockets frame by frame."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import Any

import aiohttp
import ccxt
import pytest

from tests.doubles.clients import client
from tests.doubles.servers import Running, running
from titan.doubles.faults import Fault
from titan.doubles.keys import ApiKey
from titan.doubles.okx.checksum import checksum
from titan.doubles.okx.signing import signature

SPOT, SWAP = "BTC/USDT", "BTC/USDT:USDT"
BOOK = {"channel": "books", "instId": "BTC-USDT-SWAP"}


async def test_keys_signatures_and_times() -> None:
    async with running("okx") as venue:
        own = venue.key
        for key, code in (
            (ApiKey("x", "nobody", own.secret, own.passphrase, ()), "50111"),
            (ApiKey("x", own.key, "other", own.passphrase, ()), "50113"),
            (ApiKey("x", own.key, own.secret, "other", ()), "50105"),
        ):
            async with client(venue, key) as ex:
                with pytest.raises(ccxt.AuthenticationError, match=code):
                    await ex.fetch_balance()
                with pytest.raises(ccxt.AuthenticationError):
                    await ex.watch_orders()
        async with client(venue) as ex:
            ex.nonce = lambda: ex.milliseconds() - 31_000
            with pytest.raises(ccxt.InvalidNonce, match="50102"):
                await ex.fetch_balance()
        async with client(venue, venue.world.keys.keys["reader"]) as ex:
            await ex.fetch_balance()
            with pytest.raises(ccxt.ExchangeError, match="50120"):
                await ex.create_order(SPOT, "limit", "buy", 0.01, 29_000)


async def test_orders_that_cannot_be() -> None:
    async with running("okx") as venue, client(venue) as ex:
        for symbol, size in ((SPOT, 11), (SWAP, 1_000_000)):
            with pytest.raises(ccxt.InsufficientFunds, match="51008"):
                await ex.create_order(symbol, "limit", "sell", size, 40_000)
        with pytest.raises(ccxt.InvalidOrder, match="51205"):
            await ex.create_order(SWAP, "market", "sell", 10, None, {"reduceOnly": True})
        await ex.create_order(SWAP, "limit", "buy", 10, 29_000, {"clientOrderId": "twice"})
        with pytest.raises(ccxt.InvalidOrder, match="51016"):
            await ex.create_order(SWAP, "limit", "buy", 10, 29_000, {"clientOrderId": "twice"})
        for refused, code in (
            (ex.cancel_order("1", SWAP), "51400"),
            (ex.edit_order("1", SWAP, "limit", "buy", 1, 29_000), "51503"),
            (ex.fetch_order("1", SWAP), "51603"),
        ):
            with pytest.raises(ccxt.OrderNotFound, match=code):
                await refused
        crossing = await ex.create_order(SWAP, "limit", "buy", 10, 31_000, {"postOnly": True})
        seen = await ex.fetch_order(crossing["id"], SWAP)
        assert (seen["status"], seen["info"]["cancelSource"]) == ("canceled", "31")


async def test_too_many_requests() -> None:
    async with running("okx") as venue, client(venue) as ex:
        answers = await asyncio.gather(*(ex.fetch_balance() for _ in range(22)), return_exceptions=True)
        refused = [a for a in answers if isinstance(a, ccxt.RateLimitExceeded)]
        assert refused
        assert "50011" in str(refused[0])
        async with aiohttp.ClientSession(venue.base) as http:
            venue.inject(Fault("rate_limit", match="/public/time"))
            async with http.get("/api/v5/public/time") as answer:
                assert (answer.status, (await answer.json())["code"]) == (429, "50011")


@asynccontextmanager
async def socket(venue: Running, entry: str = "public") -> AsyncIterator[Any]:
    async with aiohttp.ClientSession() as http, http.ws_connect(f"{venue.ws}/ws/v5/{entry}") as one:
        yield one


async def ask(one: Any, op: str, *args: dict[str, str]) -> Any:
    await one.send_json({"op": op, "args": list(args)})
    return await one.receive_json(timeout=20)


async def test_events_of_sockets() -> None:
    async with running("okx") as venue:
        async with socket(venue) as one:
            await one.send_str("ping")
            assert await one.receive_str(timeout=20) == "pong"
            await one.send_str("nonsense")
            assert (await one.receive_json(timeout=20))["code"] == "60012"
            absent = await ask(one, "subscribe", {"channel": "books", "instId": "NO-SUCH"})
            assert (absent["event"], absent["code"]) == ("error", "60018")
            fast = await ask(one, "subscribe", {"channel": "books50-l2-tbt", "instId": "BTC-USDT"})
            assert fast["code"] == "60011"
        async with socket(venue, "private") as one:
            orders = {"channel": "orders", "instType": "ANY"}
            assert (await ask(one, "subscribe", orders))["code"] == "60011"
            key, stamp = venue.key, str(venue.world.now_ms() // 1000)
            login = {"apiKey": key.key, "passphrase": key.passphrase, "timestamp": stamp, "sign": "x"}
            assert (await ask(one, "login", login))["code"] == "60007"
            login["sign"] = signature(key.secret, stamp + "GET/users/self/verify")
            assert (await ask(one, "login", login))["event"] == "login"
            assert (await ask(one, "subscribe", orders))["arg"] == orders


async def frames(one: Any, count: int) -> list[dict[str, Any]]:
    return [(await one.receive_json(timeout=20))["data"][0] for _ in range(count)]


async def test_an_update_names_the_one_before_and_has_no_checksum_any_more() -> None:
    async with running("okx") as venue, socket(venue) as one:
        await ask(one, "subscribe", BOOK)
        heard = await frames(one, 6)
        assert heard[0]["prevSeqId"] == -1
        assert [f["prevSeqId"] for f in heard[1:]] == [f["seqId"] for f in heard[:-1]]
        assert {f["checksum"] for f in heard} == {0}


async def test_a_sequence_gap_and_a_wrong_checksum_show() -> None:
    async with running("okx") as venue, socket(venue) as one:
        await ask(one, "subscribe", BOOK)
        heard = await frames(one, 1)
        venue.inject(
            Fault("sequence_gap", match="books", nth=1), Fault("wrong_checksum", match="books", nth=3)
        )
        heard += await frames(one, 10)  # some were on their way before the faults
        assert sum(later["prevSeqId"] > before["seqId"] for before, later in pairwise(heard)) == 1
        assert [f["checksum"] != 0 for f in heard].count(True) == 1


async def test_a_double_may_write_the_checksums_of_before() -> None:
    async with running("okx") as venue, socket(venue) as one:
        venue.server.checksums = True  # type: ignore[attr-defined]
        await ask(one, "subscribe", BOOK)
        sides: dict[str, dict[str, str]] = {"bids": {}, "asks": {}}
        for frame in await frames(one, 10):
            for name, side in sides.items():
                for price, size, *_ in frame[name]:
                    side[price] = size
                    if size == "0":
                        del side[price]
            bids = sorted(sides["bids"].items(), key=lambda x: -float(x[0]))
            asks = sorted(sides["asks"].items(), key=lambda x: float(x[0]))
            assert frame["checksum"] == checksum(bids, asks)
