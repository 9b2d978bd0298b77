"""One connection of a carrier: frames into the line, the line's wishes out of it, and its heartbeat."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from titan.venues.live.outlet import Outlet
from titan.venues.live.requests import Requests
from titan.venues.live.timings import Timings
from titan.venues.socket.connection import Connection
from titan.venues.stream import Acked, Event, Leave, Line, Refused, Resubscribe, Send

_PONGS: Final = 2.5
"""Heartbeats without anything read after which nobody is there."""
_LATE_TICKS: Final = 2.0
"""The ticks between two looks at the deadlines that still count as listening."""


class Link:
    """`elsewhere` takes what others must do (Fetch) or may want to know (Acked, Leave)."""

    def __init__(
        self,
        line: Line,
        number: int,
        outlet: Outlet,
        elsewhere: Callable[[Event], None],
        asks: Callable[[], int],
        timings: Timings,
    ) -> None:
        self.number = number
        self.opened = asyncio.get_running_loop().time()
        self.leaving = self.ended_with = ""
        self.messages = self.rows = self.data = self.resubscribed = 0
        self.last_data = 0
        """When the last frame with a row in it was read, ns UTC."""
        self.quiet_since = self.opened
        self.first_data: float | None = None
        self.proved = False
        """It brought data for a while."""
        self.spy: Callable[[bytes], None] | None = None
        """Sees every frame that is no answer, while one connection replaces another."""
        self.requests = Requests(line, self.send, asks, timings)
        self._line = line
        self._outlet = outlet
        self._elsewhere = elsewhere
        self._connection: Connection | None = None
        self._early: list[bytes] = []
        self._data_seen = 0
        self._recv_seen = 0
        self._read_at = self.opened
        self._looked_at = self.opened
        self._most_s = _LATE_TICKS * timings.tick_s
        self._beat_at = self.opened + line.rules.heartbeat.every_s
        self._pump: asyncio.TimerHandle | None = None

    def attach(self, connection: Connection) -> None:
        self._connection = connection
        early, self._early = self._early, []
        for frame in early:
            connection.send(frame)

    def hear(self, frame: bytes, recv: int) -> None:
        """Called for every message: keep it short."""
        self.messages += 1
        self._line.hear(frame, recv, self.number)
        rows = self._outlet.grown()
        if rows:
            self.rows += rows
            self.data += 1
            self.last_data = recv
        if self._line.events:
            self.settle()
        elif self.spy is not None:
            self.spy(frame)

    def send(self, frame: bytes) -> None:
        if self._connection is None:
            self._early.append(frame)
        else:
            self._connection.send(frame)

    def settle(self) -> None:
        """Does what the line asked for."""
        events = self._line.events
        while events:
            event = events.popleft()
            at = asyncio.get_running_loop().time()
            match event:
                case Acked():
                    if self.requests.heard_yes(event):
                        self.quiet_since = at
                        self.pump()
                        self._elsewhere(event)
                case Refused():
                    self.requests.heard_no(event, at)
                    self.pump()
                case Send():
                    self.send(event.frame)
                case Resubscribe():
                    self.again(event.topics)
                case Leave():
                    self.leaving = self.leaving or event.reason or "the venue asked us to leave"
                    self._elsewhere(event)
                case _:
                    self._elsewhere(event)

    def again(self, topics: tuple[str, ...]) -> None:
        self.resubscribed += len(topics)
        self.requests.again(topics)
        self.pump()

    def pump(self) -> None:
        """Sends requests as fast as the rules allow, now and later."""
        if self._pump is not None:
            self._pump.cancel()
            self._pump = None
        loop = asyncio.get_running_loop()
        wait = self.requests.pump(loop.time())
        if wait > 0:
            self._pump = loop.call_later(wait, self.pump)

    def dead(self, at: float, silence_s: float) -> str:
        """Looks at every deadline; why the connection must be given up, or nothing."""
        stalled = at - self._looked_at - self._most_s
        self._looked_at = at
        if stalled > 0:
            # Nobody read meanwhile: what the venue sent waits in the socket, and its silence is ours.
            self.quiet_since += stalled
            self._read_at += stalled
        if self.data != self._data_seen:
            self._data_seen = self.data
            self.quiet_since = at
            if self.first_data is None:
                self.first_data = at
        self._heartbeat(at)
        if self.requests.overdue(at):
            return f"a request was not answered, though asked twice: {', '.join(self.requests.missing()[:3])}"
        self.pump()
        beat = self._line.rules.heartbeat
        if beat.send and beat.every_s > 0 and at - self._read_at > _PONGS * beat.every_s:
            return f"nothing was read for {at - self._read_at:.1f} s, not even a pong"
        if self.requests.acked and at - self.quiet_since > silence_s:
            return f"no data for {at - self.quiet_since:.1f} s"
        return ""

    def close(self, why: str) -> None:
        self._stop()
        if self._connection is not None:
            self._connection.close(why)

    def abort(self, why: str) -> None:
        self._stop()
        if self._connection is not None:
            self._connection.abort(why)

    async def ended(self, timeout_s: float) -> None:
        if self._connection is not None:
            await self._connection.ended(timeout_s)

    def _stop(self) -> None:
        if self._pump is not None:
            self._pump.cancel()
            self._pump = None

    def _heartbeat(self, at: float) -> None:
        beat = self._line.rules.heartbeat
        if self._connection is not None and self._connection.recv != self._recv_seen:
            self._recv_seen = self._connection.recv
            self._read_at = at
        if beat.every_s > 0 and beat.send and at >= self._beat_at:
            self._beat_at = at + beat.every_s
            self.send(beat.send)
