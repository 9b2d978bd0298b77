"""The limiter: windows hold, cancels go first, and the venue's own count is believed."""

from __future__ import annotations

import asyncio

from titan.venues.gateway.limiter import Charge, Limiter, Priority, Shared, Window

ONE = (Charge("w", 1),)


class Hands:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


async def _goes(limiter: Limiter, charges: tuple[Charge, ...], priority: Priority) -> bool:
    task = asyncio.ensure_future(limiter.take(charges, priority))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    done = task.done()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return done


async def test_a_window_holds_whenever_it_begins() -> None:
    hands = Hands()
    limiter = Limiter([Window("w", 10, 60)], hands)
    for _ in range(10):
        await limiter.take(ONE, Priority.CANCEL)
        hands.now += 5  # ten within 45 s
    assert not await _goes(limiter, ONE, Priority.CANCEL)
    hands.now = 1000 + 60.001
    assert await _goes(limiter, ONE, Priority.CANCEL)
    assert not await _goes(limiter, ONE, Priority.CANCEL)


async def test_queries_leave_room_for_orders_and_orders_for_cancels() -> None:
    limiter = Limiter([Window("w", 100, 60)], Hands())
    counts = dict.fromkeys(Priority, 0)
    for priority in (Priority.QUERY, Priority.ORDER, Priority.CANCEL):
        while await _goes(limiter, ONE, priority):
            counts[priority] += 1
    assert counts == {Priority.QUERY: 80, Priority.ORDER: 15, Priority.CANCEL: 5}


async def test_the_most_urgent_goes_first() -> None:
    limiter = Limiter([Window("w", 1, 0.02)])
    went: list[str] = []

    async def want(name: str, priority: Priority) -> None:
        await limiter.take(ONE, priority)
        went.append(name)

    await limiter.take(ONE, Priority.CANCEL)
    await asyncio.gather(
        want("query", Priority.QUERY), want("order", Priority.ORDER),
        want("cancel", Priority.CANCEL), want("second cancel", Priority.CANCEL),
    )  # fmt: skip
    assert went == ["cancel", "second cancel", "order", "query"]


async def test_others_on_our_address_count() -> None:
    limiter = Limiter([Window("w", 100, 60)], Hands())
    await limiter.take(ONE, Priority.ORDER)
    limiter.learn("w", 100)
    assert limiter.headroom()[0].used == 100
    assert not await _goes(limiter, ONE, Priority.CANCEL)
    limiter.learn("w", 3)  # an older answer takes nothing back
    assert limiter.headroom()[0].used == 100


async def test_nothing_goes_while_the_venue_said_wait() -> None:
    hands = Hands()
    limiter = Limiter([Window("w", 100, 60)], hands)
    limiter.close(7)
    assert not await _goes(limiter, ONE, Priority.CANCEL)
    hands.now += 7
    assert await _goes(limiter, ONE, Priority.CANCEL)


async def test_a_caller_that_left_costs_nothing() -> None:
    limiter = Limiter([Window("w", 1, 0.02)])
    await limiter.take(ONE, Priority.QUERY)
    gone = asyncio.ensure_future(limiter.take(ONE, Priority.QUERY))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.wait_for(limiter.take(ONE, Priority.QUERY), 5)
    assert limiter.headroom()[0].used == 1


async def test_a_request_larger_than_the_window_goes_alone() -> None:
    hands = Hands()
    limiter = Limiter([Window("w", 10, 60)], hands)
    assert await _goes(limiter, (Charge("w", 40),), Priority.QUERY)
    assert not await _goes(limiter, ONE, Priority.CANCEL)
    hands.now += 61
    assert await _goes(limiter, ONE, Priority.CANCEL)


def test_one_key_has_one_limiter() -> None:
    shared = Shared()
    windows = [Window("w", 1, 1)]
    assert shared.of("https://a", "k", windows) is shared.of("https://a", "k", windows)
    assert shared.of("https://a", "k", windows) is not shared.of("https://a", "other", windows)
    assert shared.of("https://a", "k", windows) is not shared.of("https://b", "k", windows)
