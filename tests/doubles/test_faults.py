"""Every kind of fault, once, on a real double over real sockets."""

from __future__ import annotations

import asyncio
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.doubles.servers import running
from tests.doubles.test_world import limit, make, market
from titan.doubles.faults import Fault, Faults, read_script
from titan.doubles.refusal import Refusal
from titan.model.errors import ConfigError
from titan.model.order import OrderState, Side

DEPTH = "/ws/btcusdt@depth@100ms"


async def frames(fault: Fault | None, count: int) -> list[dict[str, Any]]:
    """The first depth events of a fresh connection under a fault."""
    async with (
        running("binance", faults=[fault] if fault else []) as venue,
        aiohttp.ClientSession() as http,
        http.ws_connect(venue.ws + DEPTH) as ws,
    ):
        return [json.loads((await ws.receive(10)).data) for _ in range(count)]


def holes(events: list[dict[str, Any]]) -> list[int]:
    """How each event follows the one before: 0 in sequence, above it after a hole, below it out of order."""
    return [later["U"] - before["u"] - 1 for before, later in pairwise(events)]


async def test_without_a_fault_events_follow_each_other() -> None:
    assert holes(await frames(None, 4)) == [0, 0, 0]


@pytest.mark.parametrize("kind", ["drop", "sequence_gap"])
async def test_a_lost_frame_is_a_hole(kind: Any) -> None:
    (first, second) = holes(await frames(Fault(kind, on="ws", match="depth", nth=2), 3))
    assert first > 0
    assert second == 0


async def test_a_duplicate_comes_twice_and_a_reordered_frame_late() -> None:
    events = await frames(Fault("duplicate", on="ws", match="depth", nth=1), 2)
    assert events[0] == events[1]
    assert holes(await frames(Fault("reorder", on="ws", match="depth", nth=2), 3))[1] < 0


async def test_a_half_open_socket_is_silent_and_a_disconnect_ends_it() -> None:
    async with running("binance") as venue, aiohttp.ClientSession() as http:
        async with http.ws_connect(venue.ws + DEPTH) as ws:
            await ws.receive(10)
            venue.inject(Fault("half_open", match="depth", seconds=0))
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(_silence(ws), 0.6)
            await ws.ping()
            assert not ws.closed
        async with http.ws_connect(venue.ws + DEPTH) as ws:
            venue.inject(Fault("disconnect", match="depth"))
            last = await ws.receive(10)
            while last.type is aiohttp.WSMsgType.TEXT:  # some were on their way before the fault
                last = await ws.receive(10)
            assert last.type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR, aiohttp.WSMsgType.CLOSE)


async def _silence(ws: aiohttp.ClientWebSocketResponse) -> None:
    """Returns only if frames go on after what was already on its way."""
    for _ in range(3):
        await ws.receive()


@pytest.mark.parametrize(("kind", "status"), [("http_5xx", 503), ("rate_limit", 429), ("rate_limit", 418)])
async def test_errors_of_the_server(kind: Any, status: int) -> None:
    faults = [Fault(kind, status=status)]
    async with running("binance", faults=faults) as venue, aiohttp.ClientSession() as http:
        async with http.get(venue.base + "/api/v3/ping") as answer:
            assert answer.status == status
            assert ("Retry-After" in answer.headers) is (kind == "rate_limit")
        async with http.get(venue.base + "/api/v3/ping") as answer:
            assert answer.status == 200


@pytest.mark.parametrize(("kind", "orders"), [("timeout_before", 0), ("timeout_after", 1)])
async def test_an_unanswered_order_was_taken_or_not(kind: Any, orders: int) -> None:
    from binance.spot import Spot

    async with running("binance", faults=[Fault(kind, match="POST /api/v3/order")]) as venue:
        spot = Spot(venue.key.key, venue.key.secret, base_url=venue.base, timeout=1.5)
        with pytest.raises(Exception, match="timed out"):
            await asyncio.to_thread(
                spot.new_order, symbol="BTCUSDT", side="BUY", type="MARKET", quantity=0.001
            )
        assert len(venue.world.desk.orders) == orders


async def test_faults_and_truth_at_run_time() -> None:
    async with running("binance") as venue, aiohttp.ClientSession() as http:
        async with http.post(
            venue.base + "/_titan/faults", json={"kind": "http_5xx", "status": 502}
        ) as answer:
            assert (await answer.json())["faults"][0]["hits"] == 0
        async with http.get(venue.base + "/api/v3/time") as answer:
            assert answer.status == 502
        async with http.post(venue.base + "/_titan/faults", json={"kind": "nonsense"}) as answer:
            assert answer.status == 400
        async with http.get(venue.base + "/_titan/truth?instrument=binance.spot.BTCUSDT") as answer:
            told = await answer.json()
        assert list(told["markets"]) == ["binance.spot.BTCUSDT"]
        assert len(told["markets"]["binance.spot.BTCUSDT"]["bids"]) == 50


def test_orders_are_sliced_and_rejected() -> None:
    world, clock = make()
    faults = Faults([Fault("partial_fills", pieces=4, seconds=3), Fault("reject", match="bad")], now=clock)
    world.desk.slicer, world.desk.refuse = faults.slices, faults.rejects
    order = world.desk.place(market(Side.BUY, "0.0040"))
    seen = [order.filled_lots]
    for _ in range(3):
        clock.ns += 1_000_000_001
        world.step()
        seen.append(order.filled_lots)
    assert (seen, order.state) == ([100, 200, 300, 400], OrderState.FILLED)
    assert world.desk.place(limit(Side.BUY, "0.01", "20000", client_id="bad-1")).reason is Refusal.INJECTED
    assert world.desk.place(limit(Side.BUY, "0.01", "20000", client_id="bad-2")).state is OrderState.OPEN


def test_chances_by_time_number_and_seed() -> None:
    ns = [0]
    every = Faults([Fault("drop", every=10, at=5)], now=lambda: ns[0])
    happened = []
    for second in range(30):
        ns[0] = second * 1_000_000_000
        if every.frame("x"):
            happened.append(second)
    assert happened == [5, 15, 25]
    draws = [[bool(f.frame("x")) for _ in range(50)] for f in (_half(), _half())]
    assert draws[0] == draws[1]
    assert 10 < sum(draws[0]) < 40
    skewed = Faults([Fault("clock_skew", shift=2.5, seconds=0)], now=lambda: 0)
    assert skewed.skew_ns() == 2_500_000_000
    assert Faults([Fault("wrong_checksum", match="book")], now=lambda: 0).bad_checksum("book.10")


def _half() -> Faults:
    return Faults([Fault("drop", probability=0.5)], now=lambda: 0, seed=4)


def test_scripts(tmp_path: Path) -> None:
    file = tmp_path / "faults.toml"
    file.write_text('seed = 3\n[[fault]]\nkind = "drop"\nprobability = 0.1\n')
    assert (read_script(file).seed, read_script(file).fault[0].most) == (3, 0)
    file.write_text('[{"kind": "delay", "seconds": 2}]')
    assert read_script(file).fault[0].seconds == 2
    for wrong in ('[[fault]]\nkind = "boom"\n', "not toml", '{"fault": [{"kinds": 1}]}'):
        file.write_text(wrong)
        with pytest.raises(ConfigError, match="no script of faults"):
            read_script(file)
    with pytest.raises(ConfigError, match="cannot be read"):
        read_script(tmp_path / "absent.toml")
