"""Live market data of one venue: lines over sockets, with everything that keeps them alive.

    async with Feed("bybit", lines(batch), addresses, batch, on_rows, clock.now, Random(seed)) as feed:
        feed.subscribe(market, (Channel.TRADES, Channel.DEPTH))

However many subscribe to a stream, it is one subscription on one connection. A book whose connection was
lost is a gap at once; the line then asks for what it needs to be a book again.
"""

from __future__ import annotations

import asyncio
import itertools
import ssl
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from random import Random
from typing import NamedTuple

from titan.market.tape.rows import Rows
from titan.model.errors import VenueRefused
from titan.model.instrument import InstrumentKind
from titan.venues.addresses import Addresses
from titan.venues.batch import Batch
from titan.venues.live.carrier import Means
from titan.venues.live.fetcher import Fetcher
from titan.venues.live.fleet import Fleet
from titan.venues.live.health import FetchHealth, Health, State
from titan.venues.live.outlet import Outlet
from titan.venues.live.timings import Timings
from titan.venues.socket.pace import Doors
from titan.venues.stream import Channel, Event, Fetch, Line, Market, Resubscribe, Wish

__all__ = ["Feed", "FetchHealth", "Health", "State", "Timings"]


class _Carried(NamedTuple):
    """How a wish is answered: by topics of a line, or by polls."""

    fleet: Fleet
    topics: tuple[str, ...]
    polls: tuple[Fetch, ...]


class Feed:
    """`lines` put rows into `batch`, and `on_rows` gets them in the same turn of the loop, one block for all
    frames that were heard in it. `now` is ns UTC. Use it in one event loop, as an async context.

    Give feeds of one process the same `doors`, so that together they keep what a host allows.
    """

    def __init__(
        self,
        venue: str,
        lines: Sequence[Line],
        addresses: Addresses,
        batch: Batch,
        on_rows: Callable[[Rows], None],
        now: Callable[[], int],
        random: Random,
        *,
        doors: Doors | None = None,
        timings: Timings | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.venue = venue
        self._lines = lines
        self._addresses = addresses
        self._batch = batch
        self._on_rows = on_rows
        self._now = now
        self._random = random
        self._doors = doors if doors is not None else Doors()
        self._timings = timings if timings is not None else Timings()
        self._tls = tls
        self._users: dict[Wish, int] = {}
        self._carried: dict[Wish, _Carried] = {}
        self._fleets: list[Fleet] = []
        self._ticking: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> Feed:
        self._loop = asyncio.get_running_loop()
        self._outlet = Outlet(self._batch, self._on_rows, self._loop)
        self._fetcher = Fetcher(self._timings, self._random)
        numbers = itertools.count(1)
        means = Means(
            self._outlet,
            self._doors,
            self._now,
            self._random,
            self._timings,
            self._tls,
            lambda: next(numbers),
        )
        for line in self._lines:
            fleet = Fleet(line, means, partial(self._event, line))
            self._fleets.append(fleet)
        self._ticking = self._loop.call_later(self._timings.tick_s, self._tick)
        return self

    async def __aexit__(self, *exc: object) -> None:
        if self._ticking is not None:
            self._ticking.cancel()
        await asyncio.gather(*(fleet.close() for fleet in self._fleets), self._fetcher.close())
        self._outlet.flush()
        self._fleets.clear()

    def subscribe(self, market: Market, channels: Iterable[Channel]) -> None:
        """Rows of these channels begin to flow. Raises VenueRefused, and does nothing, when the venue has no
        such stream."""
        wishes = [Wish(market, channel) for channel in dict.fromkeys(channels)]
        found = {wish: self._carried.get(wish) or self._carrier_of(wish) for wish in wishes}
        for wish, carried in found.items():
            self._users[wish] = self._users.get(wish, 0) + 1
            if wish not in self._carried:
                self._carried[wish] = carried
                self._begin(wish, carried)

    def unsubscribe(self, market: Market, channels: Iterable[Channel]) -> None:
        """Takes back one `subscribe`; the last one for a channel ends it. Raises VenueRefused for a channel
        that is not subscribed."""
        wishes = [Wish(market, channel) for channel in dict.fromkeys(channels)]
        for wish in wishes:
            if wish not in self._users:
                raise VenueRefused(f"{wish.channel} of {market.native} is not subscribed at {self.venue}")
        for wish in wishes:
            self._users[wish] -= 1
            if not self._users[wish]:
                del self._users[wish]
                carried = self._carried.pop(wish)
                carried.fleet.remove(carried.topics)
                for poll in carried.polls:
                    self._fetcher.forget(self._rest(market.kind), poll)
                self._outlet.forget(market.inst, wish.channel)

    def health(self) -> tuple[Health, ...]:
        """One for each connection that is held or sought."""
        return tuple(one for fleet in self._fleets for one in fleet.health())

    def fetches(self) -> FetchHealth:
        return self._fetcher.health()

    def _carrier_of(self, wish: Wish) -> _Carried:
        for fleet in self._fleets:
            topics = fleet.line.topics(wish)
            if topics:
                return _Carried(fleet, topics, ())
        for fleet in self._fleets:
            polls = fleet.line.fetches(wish)
            if polls:
                return _Carried(fleet, (), polls)
        raise VenueRefused(
            f"{self.venue} has no stream of {wish.channel} for {wish.market.native} ({wish.market.kind})",
            remedy="`titan venues` shows what each venue carries",
        )

    def _begin(self, wish: Wish, carried: _Carried) -> None:
        carried.fleet.add(carried.topics, self._ws(wish.market.kind), wish.channel)
        for poll in carried.polls:
            self._fetch(carried.fleet, poll)

    def _event(self, line: Line, event: Event) -> None:
        """What a line asked for beyond its connection."""
        fleet = next(fleet for fleet in self._fleets if fleet.line is line)
        match event:
            case Fetch():
                self._fetch(fleet, event)
            case Resubscribe():
                fleet.resubscribe(event.topics)

    def _fetch(self, fleet: Fleet, fetch: Fetch) -> None:
        def answer(fetch: Fetch, body: bytes) -> None:
            fleet.line.answer(fetch, body, self._now())
            self._outlet.grown()
            fleet.settle()

        budget = fleet.line.rules.weight_a_minute
        self._fetcher.ask(self._rest(fetch.market.kind), fetch, answer, budget)

    def _tick(self) -> None:
        self._ticking = self._loop.call_later(self._timings.tick_s, self._tick)
        for fleet in self._fleets:
            fleet.tick()
        timings = self._timings
        for stale in self._outlet.stale(self._loop.time(), timings.stale_least_s, timings.stale_factor):
            self._revive(*stale)

    def _revive(self, inst: int, channel: Channel) -> None:
        """A book fell silent while others go on: it is no book until it was subscribed anew."""
        for wish, carried in self._carried.items():
            if wish.market.inst == inst and wish.channel == channel and carried.topics:
                carried.fleet.lose(list(carried.topics))
                carried.fleet.resubscribe(carried.topics)

    def _ws(self, kind: InstrumentKind) -> str:
        perp = kind is not InstrumentKind.SPOT
        return (self._addresses.perp_ws if perp else "") or self._addresses.ws

    def _rest(self, kind: InstrumentKind) -> str:
        perp = kind is not InstrumentKind.SPOT
        return (self._addresses.perp_rest if perp else "") or self._addresses.rest
