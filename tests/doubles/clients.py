"""Unmodified ccxt clients pointed at a double, and small helpers to wait for what they hear."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any

import ccxt.pro

from tests.doubles.servers import Running, point_at
from titan.doubles.keys import ApiKey
from titan.doubles.market import Market


@asynccontextmanager
async def client(venue: Running, key: ApiKey | None = None, **options: Any) -> AsyncIterator[Any]:
    """ccxt.pro for the double's venue with its owner's key, or another."""
    chosen = key or venue.key
    secrets = {"apiKey": chosen.key, "secret": chosen.secret, "password": chosen.passphrase}
    options = {"enableRateLimit": False} | options
    ex = point_at(getattr(ccxt.pro, venue.world.venue)(secrets | options), venue.base)
    try:
        await ex.load_markets()
        yield ex
    finally:
        await ex.close()


async def until(holds: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait until something holds; fails after `seconds`."""
    async with asyncio.timeout(seconds):
        while not holds():
            await asyncio.sleep(0.01)


async def listening(venue: Running, more_than: int, seconds: float = 20.0) -> None:
    """Wait until clients hear more topics than `more_than` of `topics`: who places an order before its own
    stream is open never hears of it."""
    await until(lambda: topics(venue) > more_than, seconds)


def topics(venue: Running) -> int:
    """How many topics the double's clients are subscribed to."""
    return sum(len(outlet.topics) for outlet in venue.server.outlets)


def levels(book: Iterable[Iterable[float]]) -> list[tuple[float, float]]:
    """Price and size of each level of a ccxt book."""
    return [(float(price), float(size)) for price, size, *_ in book]


def best(market: Market, depth: int) -> list[list[tuple[float, float]]]:
    """What the double knows: the best bids and asks as `levels` writes them."""
    return [[(float(market.price(t)), float(market.size(n))) for t, n in side] for side in market.top(depth)]


async def hear(watch: Callable[[], Any], wanted: Callable[[Any], bool], seconds: float = 20.0) -> Any:
    """Call a watch method until it gives what is wanted."""
    async with asyncio.timeout(seconds):
        while True:
            heard = await watch()
            if wanted(heard):
                return heard
