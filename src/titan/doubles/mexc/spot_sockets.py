"""Spot's socket at /ws: subscriptions, listen keys, and when the venue hangs up.

www.mexc.com/api-docs/spot-v3, "Websocket Market Streams" and "Websocket User Data Streams" (read 2026-11-21):
at most 30 streams and 24 hours a connection and 100 messages a second; it is closed after 30 s without a
subscription and after 60 s without data, and a ping keeps it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec
from aiohttp import web

from titan.doubles.hub import text
from titan.doubles.market_text import SECOND_NS, MarketText
from titan.doubles.mexc.spot_keys import MOST_SOCKETS, ListenKeys
from titan.doubles.mexc.spot_private import TOPICS
from titan.doubles.mexc.spot_streams import Feed, feed
from titan.doubles.mexc.spot_wire import Body, push
from titan.doubles.outlet import Frame, Outlet
from titan.doubles.publish import Tick
from titan.doubles.server import VenueServer

MOST_STREAMS: Final = 30
IDLE_NS: Final = 30 * SECOND_NS
SILENT_NS: Final = 60 * SECOND_NS
LONGEST_NS: Final = 24 * 3600 * SECOND_NS
MOST_A_SECOND: Final = 100


class Request(msgspec.Struct):
    method: str = ""
    params: list[str] = []
    id: int = 0


class Client(msgspec.Struct):
    """One connection: its listen key, when it was opened and last sent anything (ns), and how often in that
    second."""

    key: str
    opened: int
    stirred: int
    heard: int = 0


class Sockets:
    """All connections of spot. `clock` is not skewed: a wrong clock of the venue cuts nobody off."""

    def __init__(
        self, server: VenueServer, listing: dict[str, MarketText], keys: ListenKeys, clock: Callable[[], int]
    ) -> None:
        self._server, self._listing, self._keys, self._clock = server, listing, keys, clock
        self._clients: dict[Outlet, Client] = {}
        self._feeds: dict[str, Feed] = {}
        self._told: dict[str, int] = {}
        self._looked = 0

    async def run(self, request: web.Request) -> web.StreamResponse:
        key, now = request.query.get("listenKey", ""), self._clock()
        taken = sum(c.key == key for c in self._clients.values())
        if key and (taken >= MOST_SOCKETS or not self._keys.lives(key, self._server.world.now())):
            socket = web.WebSocketResponse()
            await socket.prepare(request)
            await socket.send_str("Invalid listen key")
            await socket.close()
            return socket

        def opened(outlet: Outlet) -> None:
            self._clients[outlet] = Client(key, now, now)

        return await self._server.serve(request, self._heard, opened=opened, closed=self._clients.__delitem__)

    def _heard(self, outlet: Outlet, frame: Frame) -> None:
        client, now = self._clients[outlet], self._clock()
        client.heard = client.heard + 1 if now // SECOND_NS == client.stirred // SECOND_NS else 1
        client.stirred = now
        if client.heard > MOST_A_SECOND:
            outlet.cut()
            return
        try:
            asked = msgspec.json.decode(frame, type=Request)
        except (msgspec.DecodeError, RecursionError):
            asked = Request()
        if asked.method.upper() == "PING":
            self._answer(outlet, asked, "PONG", vital=True)
        elif asked.method == "SUBSCRIPTION":
            self._subscribe(outlet, client, asked)
        elif asked.method == "UNSUBSCRIPTION":
            for topic in asked.params:
                self._server.unsubscribe(outlet, topic)
            self._answer(outlet, asked, ",".join(asked.params))
        else:
            self._answer(outlet, asked, "msg format invalid")

    def _answer(self, outlet: Outlet, asked: Request, said: str, *, vital: bool = False) -> None:
        outlet.send("answer", text({"id": asked.id, "code": 0, "msg": said}), vital=vital)

    def _subscribe(self, outlet: Outlet, client: Client, asked: Request) -> None:
        done = [topic for topic in asked.params if self._join(outlet, client, topic)]
        refused = ",".join(topic for topic in asked.params if topic not in done)
        if done:
            self._answer(outlet, asked, ",".join(done))
        if refused or not done:
            self._answer(outlet, asked, f"Not Subscribed successfully! [{refused}].  Reason： Blocked! ")

    def _join(self, outlet: Outlet, client: Client, topic: str) -> bool:
        made = feed(topic, self._listing)
        if made is None and (topic not in TOPICS or not client.key):
            return False
        if topic not in outlet.topics and len(outlet.topics) >= MOST_STREAMS:
            return False
        if made is not None and not self._server.wanted(topic):
            self._feeds[topic] = made
        self._server.subscribe(outlet, topic)
        return True

    # What is told.

    def publish(self, topic: str, frame: bytes, *, numbered: bool = False) -> None:
        self._told[topic] = self._clock()
        self._server.publish(topic, frame, numbered=numbered)

    def on_tick(self, tick: Tick) -> None:
        for one in self._feeds.values():
            if one.market.market is tick.market:
                one.hear(tick)

    def beat(self) -> None:
        """Tell what is due, and once a second hang up where it is time."""
        now = self._clock()
        for topic, one in tuple(self._feeds.items()):
            if not self._server.wanted(topic):
                del self._feeds[topic]
            elif now - self._told.get(topic, 0) >= one.every_ns:
                self._tell(topic, one)
        if now - self._looked >= SECOND_NS:
            self._looked = now
            for outlet, client in tuple(self._clients.items()):
                if self._spent(outlet.topics, client, now):
                    outlet.cut()

    def _tell(self, topic: str, one: Feed) -> None:
        now = self._server.world.now_ms()
        for body, data in one.say():
            made, sent = (now, 0) if body is Body.KLINE else (0, now)
            frame = push(topic, body, data, one.market.symbol, sent=sent, made=made)
            self.publish(topic, frame, numbered=one.numbered)

    def _spent(self, topics: set[str], client: Client, now: int) -> bool:
        if client.key and not self._keys.lives(client.key, self._server.world.now()):
            return True
        heard = max((self._told.get(topic, 0) for topic in topics), default=0)
        patience = SILENT_NS if topics else IDLE_NS
        return now - max(client.stirred, heard) >= patience or now - client.opened >= LONGEST_NS
