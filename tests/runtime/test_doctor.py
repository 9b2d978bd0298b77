"""What the doctor makes of what it measures."""

from __future__ import annotations

import time

import pytest

from tests.venues.gateway.binance_stub import Stub
from titan.model.account import KeyRights
from titan.runtime.doctor import Status, Trip, _clock, _latency, examine, offset, permissions
from titan.venues.addresses import Addresses


@pytest.mark.parametrize(
    ("bound_ms", "offset_ms", "status"),
    [
        (20, 5, Status.OK),
        (20, -240, Status.OK),
        (20, 300, Status.WARN),
        (20, -2000, Status.FAIL),
        (2000, 1500, Status.OK),  # it may all be the road
    ],
)
def test_a_clock_is_wrong_only_by_what_the_road_cannot_explain(
    bound_ms: float, offset_ms: float, status: Status
) -> None:
    found = _clock(offset_ms, bound_ms)
    assert found.status is status
    assert bool(found.remedy) == (status is not Status.OK)


def test_the_offset_is_what_all_answers_allow() -> None:
    found, bound = offset([Trip(1050, 1000.0, 100.0), Trip(2063, 2000.0, 20.0)])
    assert (found, bound) == (47.0, 4.0)  # -50 to 51 by the first, 43 to 64 by the second


def test_a_venue_that_tells_whole_seconds_bounds_it_by_many_answers() -> None:
    found, bound = offset([Trip(5000, 5100.0, 10.0), Trip(5000, 5900.0, 10.0), Trip(6000, 6050.0, 10.0)])
    assert abs(found) <= bound
    assert bound < 100


def test_latency_is_told_with_its_worst() -> None:
    found = _latency([10.0, 30.0, 20.0])
    assert (found.status, found.figures) == (Status.OK, {"p50_ms": 20.0, "p99_ms": 30.0})
    assert _latency([900.0]).status is Status.WARN


def test_a_key_that_may_do_too_much_or_too_little_is_pointed_at() -> None:
    everything = permissions(KeyRights(True, True, True, True, False))
    assert [f.check for f in everything if f.status is Status.WARN] == ["withdrawals", "key address"]
    (reader,) = permissions(KeyRights(True, False, False, False, True))
    assert reader.status is Status.WARN
    assert "cannot trade" in reader.said
    (good,) = permissions(KeyRights(True, True, None, False, True))
    assert good.status is Status.OK
    assert "not told: transfer" in good.said


async def test_a_venue_that_cannot_be_reached_is_one_failure_with_a_remedy() -> None:
    nowhere = Addresses("binance", "http://127.0.0.1:9", "ws://127.0.0.1:9")
    (found,) = [f async for f in examine("binance", nowhere, None)]
    assert (found.check, found.status) == ("address", Status.FAIL)
    assert found.remedy


async def test_clock_rules_and_limits_are_examined_without_a_key() -> None:
    stub = Stub()
    stub.now_ms = lambda: time.time_ns() // 1_000_000
    await stub.server.start_server()
    base = str(stub.server.make_url("")).rstrip("/")
    addresses = Addresses("binance", base, base.replace("http", "ws"))
    found = {f.check: f async for f in examine("binance", addresses, None, book_s=0.3)}
    await stub.server.close()
    assert found["address"].status is Status.OK
    assert found["clock"].status is Status.OK
    assert found["instruments"].said == "1 spot pairs, 0 perpetuals"
    assert found["spot socket"].status is Status.FAIL  # this server has no sockets
    assert found["key"].status is Status.WARN
    assert found["rate limits"].status is Status.OK
