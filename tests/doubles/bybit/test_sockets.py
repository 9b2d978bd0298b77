"""Bybit's sockets frame by frame: acknowledgements, sequence, faults."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import Any

import aiohttp

from tests.doubles.servers import Running, running
from titan.doubles.bybit.signing import signature
from titan.doubles.faults import Fault

BOOK = "orderbook.50.BTCUSDT"


@asynccontextmanager
async def socket(venue: Running, path: str) -> AsyncIterator[Any]:
    async with aiohttp.ClientSession() as http, http.ws_connect(venue.ws + path) as one:
        yield one


async def ask(one: Any, **request: Any) -> Any:
    """The answer, past what streams."""
    await one.send_json(request)
    return await told(one, await one.receive_json(timeout=20))


async def test_acknowledgements() -> None:
    async with running("bybit") as venue, socket(venue, "/v5/public/spot") as one:
        pong = await ask(one, op="ping", req_id="7")
        assert (pong["success"], pong["ret_msg"], pong["op"], pong["req_id"]) == (True, "pong", "ping", "7")
        good = await ask(one, op="subscribe", req_id="8", args=["publicTrade.BTCUSDT"])
        assert (good["success"], good["ret_msg"], good["req_id"]) == (True, "subscribe", "8")
        await ask(one, op="unsubscribe", args=["publicTrade.BTCUSDT"])
        for args, problem in (
            (["orderbook.7.BTCUSDT"], "error:handler not found,topic:orderbook.7.BTCUSDT"),
            (["allLiquidation.BTCUSDT"], "error:handler not found,topic:allLiquidation.BTCUSDT"),
            (["tickers.NONE"], "error:handler not found,topic:tickers.NONE"),
            ([f"orderbook.{n}.BTCUSDT" for n in range(11)], "args size >10"),
        ):
            answer = await ask(one, op="subscribe", args=args)
            assert (answer["success"], answer["ret_msg"]) == (False, problem)
        assert (await ask(one, op="dance"))["ret_msg"] == "error:invalid op"


async def told(one: Any, message: Any) -> Any:
    """The next acknowledgement, past what streams."""
    while "topic" in message:
        message = await one.receive_json(timeout=20)
    return message


async def test_an_update_follows_the_one_before() -> None:
    async with running("bybit") as venue, socket(venue, "/v5/public/linear") as one:
        await ask(one, op="subscribe", args=[BOOK])
        first = await one.receive_json(timeout=20)
        assert first["type"] == "snapshot"
        frames = [await one.receive_json(timeout=20) for _ in range(5)]
        assert [f["data"]["u"] for f in frames] == [first["data"]["u"] + n for n in range(1, 6)]
        assert {f["type"] for f in frames} == {"delta"}
        sequences = [f["data"]["seq"] for f in (first, *frames)]
        assert sequences == sorted(set(sequences))


async def test_a_sequence_gap_shows_in_the_update_ids() -> None:
    async with running("bybit") as venue, socket(venue, "/v5/public/linear") as one:
        await ask(one, op="subscribe", args=[BOOK])
        await one.receive_json(timeout=20)
        venue.inject(Fault("sequence_gap", match=BOOK, nth=2))
        heard = [(await one.receive_json(timeout=20))["data"]["u"] for _ in range(10)]
        steps = [later - before for before, later in pairwise(heard)]
        assert sorted(steps) == [1] * 8 + [2], heard  # some were on their way before the fault


async def test_two_sockets_hear_the_same_updates() -> None:
    async with (
        running("bybit") as venue,
        socket(venue, "/v5/public/spot") as one,
        socket(venue, "/v5/public/spot") as other,
    ):
        heard: list[dict[int, Any]] = [{}, {}]
        for at, each in enumerate((one, other)):
            await ask(each, op="subscribe", args=[BOOK])
            for _ in range(8):
                frame = await each.receive_json(timeout=20)
                if frame["type"] == "delta":
                    heard[at][frame["data"]["u"]] = frame["data"]
        shared = heard[0].keys() & heard[1].keys()
        assert all(heard[0][u] == heard[1][u] for u in shared)


async def test_a_book_of_one_level_is_always_whole_and_a_linear_ticker_is_not() -> None:
    async with running("bybit") as venue, socket(venue, "/v5/public/linear") as one:
        await ask(one, op="subscribe", args=["orderbook.1.BTCUSDT", "tickers.BTCUSDT"])
        kinds: dict[str, list[str]] = {}
        async with asyncio.timeout(30):
            while len(kinds.get("orderbook.1.BTCUSDT", [])) < 3 or len(kinds.get("tickers.BTCUSDT", [])) < 3:
                frame = await one.receive_json()
                kinds.setdefault(frame["topic"], []).append(frame["type"])
        assert set(kinds["orderbook.1.BTCUSDT"]) == {"snapshot"}
        assert kinds["tickers.BTCUSDT"][:2] == ["snapshot", "delta"]


async def test_the_private_stream_wants_a_signature() -> None:
    async with running("bybit") as venue, socket(venue, "/v5/private") as one:
        assert not (await ask(one, op="subscribe", args=["order"]))["success"]
        expires = str(venue.world.now_ms() + 10_000)
        bad = await ask(one, op="auth", args=[venue.key.key, expires, "0"])
        assert (bad["success"], bad["op"]) == (False, "auth")
        sign = signature(venue.key.secret, f"GET/realtime{expires}")
        assert (await ask(one, op="auth", args=[venue.key.key, expires, sign]))["success"]
        assert (await ask(one, op="subscribe", args=["order.linear"]))["success"]
        assert (await ask(one, op="ping"))["op"] == "pong"
        wrong = await ask(one, op="subscribe", args=["orders"])
        assert wrong["ret_msg"] == "error:handler not found,topic:orders"
