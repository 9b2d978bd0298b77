"""Keeps some topics of a line alive: one connection, a second while the first is replaced, a new one when it
ends.

    no link ──open──> live ──lifetime or Leave──> live + heir ──overlap complete──> heir is live, old closed
       ^               │                             │
       └──ended, dead──┴──(at once: line.lost)───────┴── the live one ends: the heir is live
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Iterable
from functools import partial
from random import Random
from typing import Final, NamedTuple

from titan.model.errors import VenueBusy, VenueError
from titan.venues.live.health import Health, State
from titan.venues.live.link import Link
from titan.venues.live.outlet import Outlet
from titan.venues.live.overlap import Overlap
from titan.venues.live.timings import Timings
from titan.venues.socket.backoff import Backoff
from titan.venues.socket.connection import connect
from titan.venues.socket.pace import Doors
from titan.venues.stream import Acked, Event, Leave, Line

_MOST_PATIENCE: Final = 16.0
_EARLY: Final = 0.05
"""Connections are replaced up to this share of their lifetime early, so that they do not all go at once."""


class Means(NamedTuple):
    """What a feed gives to all its carriers."""

    outlet: Outlet
    doors: Doors
    now: Callable[[], int]
    random: Random
    timings: Timings
    tls: ssl.SSLContext | None
    number: Callable[[], int]
    """Numbers connections, upwards, over all lines."""


class Carrier:
    """`tick` looks at deadlines; everything else happens when it happens. `quick` says how seldom data may
    come: 1 for books, more for what is quiet by nature."""

    def __init__(
        self, line: Line, url: str, means: Means, asks: Callable[[], int], elsewhere: Callable[[Event], None]
    ) -> None:
        self.topics: dict[str, float] = {}
        """Each with how much quieter than a book it is."""
        self._books: set[str] = set()
        """Topics that begin with a snapshot."""
        self._line = line
        self._url = url
        self._means = means
        self._asks = asks
        self._elsewhere = elsewhere
        self._loop = asyncio.get_running_loop()
        timings = means.timings
        self._backoff = Backoff(means.random, timings.first_retry_s, timings.most_retry_s)
        self._live: Link | None = None
        self._heir: Link | None = None
        self._overlap: Overlap | None = None
        self._opening: asyncio.Task[None] | None = None
        self._retry_at = self._loop.time()
        self._life_s = 0.0
        self._patience = 1.0
        self._closed = False
        self._going: set[asyncio.Task[None]] = set()
        self._reconnects = self._rotations = self._messages = self._rows = self._resubscribed = 0
        self._last_data = 0
        self._error = ""

    def carry(self, topics: Iterable[str], quietness: float, is_book: bool) -> None:
        for topic in topics:
            self.topics[topic] = min(quietness, self.topics.get(topic, quietness))
            if is_book:
                self._books.add(topic)
        for link in self._links():
            link.requests.want(self.topics)
            link.pump()
        self.tick()

    def drop(self, topics: Iterable[str]) -> None:
        dropped = [topic for topic in topics if self.topics.pop(topic, None) is not None]
        self._books.difference_update(dropped)
        for link in self._links():
            link.requests.drop(dropped)
            link.pump()

    def resubscribe(self, topics: tuple[str, ...]) -> None:
        """On the connection that is live; a carrier without one subscribes anew anyway."""
        if self._live is not None:
            self._live.again(topics)

    def tick(self) -> None:
        if self._closed:
            return
        at = self._loop.time()
        for link in self._links():
            why = link.dead(at, self._silence_s() if link is self._live else float("inf"))
            if why:
                if link is self._live and link.first_data is None:
                    self._patience = min(2.0 * self._patience, _MOST_PATIENCE)
                self._ended(link, why)
                link.abort(why)
        live = self._live
        if live is not None and live.first_data is not None:
            self._patience = 1.0
            if not live.proved and at - live.first_data >= self._means.timings.steady_s:
                live.proved = True
                self._backoff.reset()
                self._error = ""
        if self._heir is not None:
            self._replace(at)
        elif self._opening is None and at >= self._retry_at and (live is None or self._outlived(live, at)):
            self._opening = self._loop.create_task(self._open())

    def health(self) -> Health:
        live, links = self._live, self._links()
        requests = live.requests if live is not None else None
        return Health(
            line=self._line.name,
            url=self._url,
            connection=live.number if live is not None else 0,
            state=self._state(),
            topics=len(self.topics),
            acked=len(requests.acked) if requests else 0,
            refused=dict(requests.refused) if requests else {},
            messages=self._messages + sum(link.messages for link in links),
            rows=self._rows + sum(link.rows for link in links),
            last_data=max([self._last_data, *(link.last_data for link in links)]),
            reconnects=self._reconnects,
            rotations=self._rotations,
            resubscribed=self._resubscribed + sum(link.resubscribed for link in links),
            latency_ns=self._means.outlet.latency_ns(live.number) if live is not None else None,
            error=self._error,
        )

    async def close(self) -> None:
        self._closed = True
        links, tasks = self._links(), [task for task in (self._opening, *self._going) if task is not None]
        if self._opening is not None:
            self._opening.cancel()
        self._live = self._heir = None
        for link in links:
            link.close("the feed was closed")
        if tasks:
            await asyncio.wait(tasks)
        await asyncio.gather(*(link.ended(self._means.timings.close_s) for link in links))

    def _links(self) -> list[Link]:
        return [link for link in (self._live, self._heir) if link is not None]

    def _state(self) -> State:
        if self._heir is not None:
            return State.REPLACING
        if self._live is not None:
            return State.LIVE if self._live.requests.settled else State.SUBSCRIBING
        return State.CONNECTING if self._opening is not None else State.WAITING

    def _silence_s(self) -> float:
        quietness = min(self.topics.values(), default=1.0)
        return self._line.rules.silence_s * quietness * self._patience

    def _outlived(self, live: Link, at: float) -> bool:
        return bool(live.leaving) or at - live.opened >= self._life_s

    async def _open(self) -> None:
        """One attempt. What comes of it is seen in `_live` or `_heir`, or in `_error`."""
        means = self._means
        pace = means.doors.of(self._url, self._line.rules.connects_a_minute)
        try:
            while (wait := pace.take(self._loop.time())) > 0:
                await asyncio.sleep(wait)
            link = Link(self._line, means.number(), means.outlet, self._event, self._asks, means.timings)
            connection = await connect(
                self._url, link.hear, partial(self._ended, link), means.now,
                tls=means.tls, timeout_s=means.timings.connect_s,
            )  # fmt: skip
        except VenueError as e:
            self._failed(e)
        else:
            link.attach(connection)
            if connection.open:
                self._opened(link)
            else:
                self._failed(VenueError(link.ended_with or "the connection ended as soon as it was open"))
        finally:
            self._opening = None

    def _opened(self, link: Link) -> None:
        if self._live is None:
            self._live = link
            self._life_s = self._line.rules.lifetime_s * (1.0 - _EARLY * self._means.random.random())
        else:
            self._heir = link
        link.requests.want(self.topics)
        link.pump()

    def _failed(self, error: VenueError) -> None:
        self._error = error.message
        after_s = error.retry_after_ns / 1e9 if isinstance(error, VenueBusy) else 0.0
        if after_s > 0:
            # The venue means the host, so that all who share its door wait.
            pace = self._means.doors.of(self._url, self._line.rules.connects_a_minute)
            pace.close(self._loop.time() + after_s)
        self._retry(after_s)

    def _retry(self, least_s: float = 0.0) -> None:
        wait = self._backoff.next(least_s)
        self._retry_at = self._loop.time() + wait
        self._loop.call_later(wait, self.tick)

    def _ended(self, link: Link, why: str) -> None:
        """A connection is gone. Books that nobody carries any more stop being books here and now."""
        link.ended_with = why
        if self._closed or link not in (self._live, self._heir):
            return
        self._error = why
        self._count(link)
        overlap = self._stop_overlap()
        if link is self._heir:
            self._heir = None
        else:
            self._reconnects += 1
            self._live, self._heir = self._heir, None
            if self._live is None or overlap is None or not overlap.seamless:
                self._lose(list(self.topics))
        self._retry()

    def _lose(self, topics: list[str]) -> None:
        """Where a connection is left, it subscribes the books of these topics anew: snapshots are due."""
        if topics:
            self._line.lost(topics, self._means.now())
            self._means.outlet.grown()
            self._means.outlet.forget_all()
            while self._line.events:
                self._event(self._line.events.popleft())
            self.resubscribe(tuple(self._books.intersection(topics)))

    def _event(self, event: Event) -> None:
        if isinstance(event, Leave | Acked):
            self._loop.call_soon(self.tick)
        else:
            self._elsewhere(event)

    def _replace(self, at: float) -> None:
        """Moves a replacement on: from answered requests, over the overlap, to the end of the old one."""
        live, heir = self._live, self._heir
        if live is None or heir is None or not heir.requests.settled:
            return
        if self._overlap is None:
            timings = self._means.timings
            self._overlap = Overlap(heir.requests.acked, at, timings.overlap_s, timings.overlap_most_s)
            live.spy, heir.spy = self._overlap.hear_old, self._overlap.hear_new
        elif self._overlap.failed(at):
            self._ended(heir, "a new connection acknowledged every topic and brought nothing")
            heir.abort("it brought nothing")
        elif self._overlap.complete(at):
            seamless = self._overlap.seamless
            self._stop_overlap()
            self._count(live)
            self._rotations += 1
            self._live, self._heir = heir, None
            heir.quiet_since = at
            self._life_s = self._line.rules.lifetime_s * (1.0 - _EARLY * self._means.random.random())
            if not seamless:
                self._lose(list(self.topics))
            live.close(live.leaving or "replaced by a new connection")
            task = self._loop.create_task(live.ended(self._means.timings.close_s))
            self._going.add(task)
            task.add_done_callback(self._going.discard)

    def _stop_overlap(self) -> Overlap | None:
        overlap, self._overlap = self._overlap, None
        for link in self._links():
            link.spy = None
        return overlap

    def _count(self, link: Link) -> None:
        self._messages += link.messages
        self._rows += link.rows
        self._resubscribed += link.resubscribed
        self._last_data = max(self._last_data, link.last_data)
