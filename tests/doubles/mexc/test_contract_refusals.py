"""What the contracts of MEXC's double refuse, how ccxt understands it, and their socket frame by frame."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import ccxt
import pytest

from tests.doubles.clients import client
from tests.doubles.servers import Running, running
from tests.venues.mexc.played import Played
from titan.doubles.faults import Fault
from titan.doubles.keys import ApiKey, hmac_hex
from titan.model.instrument import InstrumentKind
from titan.venues.mexc.perp import PerpLine
from titan.venues.stream import Channel, Fetch, Market, Wish

SWAP, NATIVE = "BTC/USDT:USDT", "BTC_USDT"
SWAPS = {"defaultType": "swap", "maxTimeTillEnd": 7_776_000_000 - 1}


@asynccontextmanager
async def trader(
    venue: Running, key: ApiKey | None = None, *, placing: int | None = 1000
) -> AsyncIterator[Any]:
    """A client that may place as often as it likes, unless `placing` is None."""
    if placing is not None:
        limits = venue.server.perp.gate.limits  # type: ignore[attr-defined]
        limits.update(dict.fromkeys(limits, placing))
    async with client(venue, key, options=SWAPS) as ex:
        yield ex


async def test_keys_signatures_and_times() -> None:
    async with running("mexc") as venue:
        own = venue.key
        for key, code in (
            (ApiKey("x", "nobody", own.secret, "", ()), "402"),
            (ApiKey("x", own.key, "other", "", ()), "602"),
        ):
            async with trader(venue, key) as ex:
                with pytest.raises(ccxt.AuthenticationError, match=code):
                    await ex.fetch_balance()
                with pytest.raises(ccxt.AuthenticationError, match=code):
                    await ex.create_order(SWAP, "limit", "buy", 1, 29_000)
        async with trader(venue) as ex:
            ex.nonce = lambda: ex.milliseconds() - 11_000
            with pytest.raises(ccxt.BadRequest, match="513"):
                await ex.fetch_balance()
        async with trader(venue, venue.world.keys.keys["reader"]) as ex:
            await ex.fetch_balance()
            with pytest.raises(ccxt.PermissionDenied, match="704"):
                await ex.create_order(SWAP, "limit", "buy", 1, 29_000)
        async with (
            aiohttp.ClientSession(venue.base) as http,
            http.get("/api/v1/private/account/assets") as answer,
        ):
            assert await answer.json() == {
                "success": False,
                "code": 401,
                "message": "Not logged in or login has expired",
            }


async def test_orders_that_cannot_be() -> None:
    async with running("mexc") as venue, trader(venue) as ex:
        with pytest.raises(ccxt.InsufficientFunds, match="2005"):
            await ex.create_order(SWAP, "limit", "buy", 1_000_000, 29_000)
        with pytest.raises(ccxt.InvalidOrder, match="2009"):
            await ex.create_order(SWAP, "market", "sell", 10, None, {"reduceOnly": True})
        raw: dict[str, Any] = {
            "symbol": NATIVE,
            "vol": 5,
            "price": 29_000,
            "side": 1,
            "type": 1,
            "openType": 2,
        }
        for change, code in (
            ({"symbol": "NO_SUCH"}, "1001"), ({"side": 5}, "2001"), ({"openType": 3}, "2002"),
            ({"price": 0}, "2007"), ({"price": 29_000.05}, "2015"), ({"vol": 0}, "2011"),
            ({"vol": 1.5}, "2015"), ({"vol": 1}, "2011"), ({"type": 9}, "2029"),
            ({"externalOid": "x" * 33}, "2030"), ({"openType": 1}, "600"), ({"leverage": 101}, "2006"),
        ):  # fmt: skip
            with pytest.raises(ccxt.BaseError, match=f'"code":{code}'):
                await ex.contractPrivatePostOrderCreate(raw | change)
        await ex.create_order(SWAP, "limit", "buy", 10, 29_000, {"clientOrderId": "twice"})
        with pytest.raises(ccxt.ExchangeError, match="2042"):
            await ex.create_order(SWAP, "limit", "buy", 10, 29_000, {"clientOrderId": "twice"})
        with pytest.raises(ccxt.InvalidOrder, match="order not exist"):
            await ex.cancel_order("1", SWAP)
        assert (await ex.fetch_order("1", SWAP))["id"] is None
        crossing = await ex.create_order(SWAP, "limit", "buy", 10, 31_000, {"postOnly": True})
        assert (await ex.fetch_order(crossing["id"], SWAP))["status"] == "canceled"
        with pytest.raises(ccxt.InvalidOrder, match="order state cannot be cancelled"):
            await ex.cancel_order(crossing["id"], SWAP)
        with pytest.raises(ccxt.OnMaintenance, match="604"):
            await ex.create_order(SWAP, "limit", "buy", 10, 31_000, {"triggerPrice": 31_000})
        venue.inject(Fault("reject"))
        with pytest.raises(ccxt.InvalidOrder, match="1002"):
            await ex.create_order(SWAP, "limit", "buy", 10, 29_000)


async def test_batches_and_cancels_by_our_id() -> None:
    async with running("mexc") as venue, trader(venue) as ex:
        one = {"symbol": NATIVE, "vol": 5, "price": 29_000, "side": 1, "type": 1, "openType": 2}
        rows = [one | {"externalOid": "a"}, one | {"side": 9}, one | {"externalOid": "b"}]
        said = (await ex.contractPrivatePostOrderSubmitBatch(rows))["data"]
        assert [r["errorCode"] for r in said] == [0, 2001, 0]
        assert len(await ex.fetch_open_orders(SWAP)) == 2
        request = {"symbol": NATIVE, "externalOid": "a"}
        [gone] = (await ex.contractPrivatePostOrderCancelWithExternal(request))["data"]
        assert (gone["orderId"], gone["errorCode"]) == (said[0]["orderId"], 0)
        await ex.cancel_all_orders(SWAP)
        assert venue.world.desk.open_orders() == []


async def test_a_hedged_account_holds_one_position_here() -> None:
    async with running("mexc") as venue, trader(venue) as ex:
        await ex.set_position_mode(True)
        await ex.create_order(SWAP, "market", "buy", 10)
        with pytest.raises(ccxt.ExchangeError, match="2001"):
            await ex.create_order(SWAP, "market", "sell", 10)
        sell = {"symbol": NATIVE, "vol": 11, "side": 4, "type": 5, "openType": 2}
        with pytest.raises(ccxt.ExchangeError, match="2008"):
            await ex.contractPrivatePostOrderCreate(sell)
        with pytest.raises(ccxt.ExchangeError, match="2019"):
            await ex.set_position_mode(False)
        await ex.contractPrivatePostOrderCreate(sell | {"vol": 10})
        await ex.set_position_mode(False)


async def test_too_many_requests() -> None:
    async with running("mexc") as venue, trader(venue, placing=None) as ex:
        orders = (ex.create_order(SWAP, "limit", "buy", 10, 29_000) for _ in range(12))
        answers = await asyncio.gather(*orders, return_exceptions=True)
        refused = [a for a in answers if isinstance(a, ccxt.RateLimitExceeded)]
        assert refused
        assert "510" in str(refused[0])
        async with aiohttp.ClientSession(venue.base) as http:
            venue.inject(Fault("rate_limit", match="/contract/ping"))
            async with http.get("/api/v1/contract/ping") as answer:
                assert (answer.status, (await answer.json())["code"]) == (429, 510)


@asynccontextmanager
async def edge(venue: Running) -> AsyncIterator[Any]:
    async with aiohttp.ClientSession() as http, http.ws_connect(f"{venue.ws}/edge") as one:
        yield one


async def ask(one: Any, method: str, **more: Any) -> Any:
    """The next frame after a request."""
    await one.send_json({"method": method} | more)
    return await one.receive_json(timeout=20)


def login(key: ApiKey, secret: str = "") -> dict[str, str]:
    stamp = str(time.time_ns() // 1_000_000)
    return {
        "apiKey": key.key,
        "reqTime": stamp,
        "signature": hmac_hex(secret or key.secret, key.key + stamp),
    }


async def test_events_of_the_socket() -> None:
    async with running("mexc") as venue, edge(venue) as one:
        pong = await ask(one, "ping")
        assert (pong["channel"], pong["data"] // 100_000_000) == ("pong", time.time_ns() // 10**14)
        await one.send_str("nonsense")
        assert (await one.receive_json(timeout=20))["channel"] == "rs.error"
        assert (await ask(one, "sub.nothing"))["channel"] == "rs.error"
        absent = await ask(one, "sub.deal", param={"symbol": "NO_SUCH"})
        assert absent["data"] == "Contract [NO_SUCH] does not exist"
        assert (await ask(one, "sub.kline", param={"symbol": NATIVE}))["channel"] == "rs.error"
        said = await ask(one, "sub.deal", param={"symbol": NATIVE})
        assert (said["channel"], said["data"]) == ("rs.sub.deal", "success")
        deal = await one.receive_json(timeout=20)
        assert (deal["channel"], deal["symbol"], set(deal["data"][0])) == (
            "push.deal", NATIVE, {"p", "v", "T", "O", "M", "t", "i"},
        )  # fmt: skip


async def test_a_login_and_what_it_is_pushed() -> None:
    async with running("mexc") as venue, edge(venue) as one, trader(venue) as ex:
        assert (await ask(one, "personal.filter"))["channel"] == "rs.error"
        assert (await ask(one, "login", param=login(venue.key, "other")))["channel"] == "rs.error"
        assert (await ask(one, "login", param=login(venue.key), subscribe=False))["data"] == "success"
        only = {"filters": [{"filter": "position", "rules": [NATIVE]}, {"filter": "asset"}]}
        assert (await ask(one, "personal.filter", param=only))["channel"] == "rs.personal.filter"
        await ex.create_order(SWAP, "market", "buy", 10)
        heard = [await one.receive_json(timeout=20) for _ in range(2)]
        assert [h["channel"] for h in heard] == ["push.personal.asset", "push.personal.position"]
        assert heard[1]["data"]["holdVol"] == 10
        assert (await ask(one, "personal.filter", param={"filters": [{"filter": "x"}]}))[
            "channel"
        ] == "rs.error"
        assert (await ask(one, "personal.filter", param={"filters": []}))["channel"] == "rs.personal.filter"
        await ex.create_order(SWAP, "limit", "buy", 10, 29_000)
        order = await one.receive_json(timeout=20)
        assert (order["channel"], order["data"]["state"]) == ("push.personal.order", 2)


async def test_a_socket_that_sends_no_ping_is_cut_off() -> None:
    async with running("mexc") as venue, edge(venue) as one:
        [outlet] = venue.server.outlets
        outlet.session["edge"] = int(str(outlet.session["edge"])) - 61_000_000_000
        closed = await one.receive(timeout=20)
        assert closed.type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR, aiohttp.WSMsgType.CLOSING)


async def test_our_line_follows_the_book_and_sees_a_gap() -> None:
    async with running("mexc") as venue, edge(venue) as one, aiohttp.ClientSession(venue.base) as http:
        played = Played(PerpLine)
        market = Market(0, NATIVE, InstrumentKind.PERP, 0.001)
        [topic] = played.line.topics(Wish(market, Channel.DEPTH))
        await one.send_bytes(played.line.subscribe([topic], 1))

        async def hear(count: int) -> None:
            while count:
                frame = await one.receive(timeout=20)
                played.hear(frame.data.encode())
                count -= '"push.depth"' in frame.data
                for event in list(played.line.events):
                    if isinstance(event, Fetch):
                        async with http.get(event.path) as answer:
                            played.answer(event, await answer.read())
                played.line.events.clear()

        await hear(20)
        depth = await (await http.get(f"/api/v1/contract/depth/{NATIVE}")).json()
        await hear(1)
        while played.depth(NATIVE).version < depth["data"]["version"]:
            await hear(1)
        assert played.line.tally.malformed == 0
        assert played.line.tally.gaps == 0
        assert json.dumps(depth["data"]["asks"][0]).count(",") == 2
        venue.inject(Fault("sequence_gap", match="edge/depth@"))
        await hear(20)
        assert played.line.tally.gaps == 1


async def test_what_makes_no_sense_is_refused_and_breaks_nothing() -> None:
    async with running("mexc") as venue, trader(venue) as ex:
        raw: dict[str, Any] = {"symbol": NATIVE, "vol": 5, "price": 29_000, "side": 1, "type": 1}
        raw["openType"] = 2
        for change in (
            {"symbol": []}, {"symbol": {}}, {"side": "²"}, {"side": "1" * 5000}, {"vol": "1e400"},
            {"vol": -1}, {"vol": "nan"}, {"vol": 1e30}, {"price": "1e30"}, {"price": 1e-30},
            {"leverage": "inf"}, {"openType": None}, {"type": {}}, {"positionMode": 7},
        ):  # fmt: skip
            with pytest.raises(ccxt.BaseError, match='"success":false'):
                await ex.contractPrivatePostOrderCreate(raw | change)
        for body in ([["x"]], ["²"]):
            with pytest.raises(ccxt.BaseError, match='"success":false'):
                await ex.contractPrivatePostPlanorderCancel(body)
        [told] = (await ex.contractPrivatePostOrderCancel(["²"]))["data"]
        assert told["errorCode"] == 2040
        for query in ({"page_num": "x"}, {"page_size": "²"}, {"start_time": "-1"}):
            with pytest.raises(ccxt.BaseError, match='"code":600'):
                await ex.contractPrivateGetOrderListHistoryOrders(query)
        async with edge(venue) as one:
            for frame in (b"\xff", b"[", b'{"method":7}', b'{"method":"sub.depth","param":[]}'):
                await one.send_bytes(frame)
                assert (await one.receive_json(timeout=20))["channel"] == "rs.error"
