"""HTTP/1.1 for what must leave at once: the bytes of a request are written in the turn that made them.

A request is one write on a connection that is kept open, and its answer one future. Nothing is sent a second
time, no redirect is followed: what becomes of a request that was not answered is the caller's to find out.
"""

from __future__ import annotations

import asyncio
import ssl
import zlib
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple, cast
from urllib.parse import urlsplit

from httptools import HttpParserError, HttpResponseParser

IDLE_S: Final = 15.0
"""A connection that nobody used for so long is not used again: servers close such ones as a request comes."""
LARGEST: Final = 32 * 1024 * 1024
"""Bytes of the largest answer."""
_ZIPPED: Final = 47
"""zlib's word for "gzip or zlib, see yourself"."""


class NotConnected(ConnectionError):
    """No connection could be made: nothing of the request left."""


class Reply(NamedTuple):
    """`headers` by their names as they came; those that came again are joined by commas."""

    status: int
    reason: str
    headers: dict[str, str]
    body: bytes


class Place(NamedTuple):
    """Where a connection leads."""

    host: str
    port: int
    secure: bool


def place_of(url: str) -> tuple[Place, str]:
    """A URL's server, and what is asked of it."""
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    asked = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Place(parts.hostname or "", parts.port or (443 if secure else 80), secure), asked


def written(method: str, place: Place, asked: str, headers: Mapping[str, str], body: bytes) -> bytes:
    """A request as it goes over the wire."""
    usual = 443 if place.secure else 80
    host = place.host if place.port == usual else f"{place.host}:{place.port}"
    lines = [f"{method} {asked} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(body)}\r\n"]
    lines += [f"{name}: {value}\r\n" for name, value in headers.items()]
    return "".join([*lines, "\r\n"]).encode() + body


class _Wire(asyncio.Protocol):
    """One connection, for one request at a time."""

    def __init__(self) -> None:
        self.open = False
        self.used = asyncio.get_running_loop().time()
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[Reply] | None = None
        self._parser = HttpResponseParser(self)
        self._begin()

    def _begin(self) -> None:
        self._reason, self._headers, self._parts = b"", dict[str, str](), list[bytes]()
        self._size, self._until_end = 0, False

    async def ask(self, request: bytes) -> Reply:
        """Raises ConnectionError when the connection ends before the answer does."""
        if self._transport is None or not self.open:
            raise NotConnected("the connection was closed")
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        try:
            return await self._answer
        finally:
            if not self._answer.done() or self._answer.cancelled():
                self.close()  # its answer may still come, and is nobody's
            self._answer = None

    def close(self) -> None:
        self.open = False
        if self._transport is not None:
            self._transport.abort()

    # -- asyncio's protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport, self.open = cast(asyncio.Transport, transport), True  # uvloop's is none by its type

    def data_received(self, data: bytes) -> None:
        if self._answer is None or self._answer.done():
            self.close()  # nobody asked
            return
        try:
            self._parser.feed_data(data)
        except HttpParserError:
            self._fail("the answer is not HTTP")

    def connection_lost(self, error: Exception | None) -> None:
        self.open = False
        if self._until_end and error is None:
            self._whole()
        self._fail("the connection broke off before the answer was whole")

    # -- the parser's protocol

    def on_message_begin(self) -> None:
        if self._answer is None or self._answer.done():
            self.close()  # a second answer to one request: who knows what the third would be to

    def on_status(self, status: bytes) -> None:
        self._reason += status

    def on_header(self, name: bytes, value: bytes) -> None:
        key, said = name.decode("latin-1"), value.decode("latin-1")
        self._headers[key] = f"{self._headers[key]}, {said}" if key in self._headers else said

    def on_headers_complete(self) -> None:
        named = {name.lower() for name in self._headers}
        bare = self._parser.get_status_code() in (204, 304) or self._parser.get_status_code() < 200
        self._until_end = not bare and not named & {"content-length", "transfer-encoding"}

    def on_body(self, body: bytes) -> None:
        self._parts.append(body)
        self._size += len(body)
        if self._size > LARGEST:
            self._fail(f"the answer has more than {LARGEST} bytes")

    def on_message_complete(self) -> None:
        if self._parser.get_status_code() < 200:
            self._reason, self._headers = b"", {}  # "go on": the answer itself is still to come
            return
        if not self._parser.should_keep_alive():
            self.close()
        self._whole()

    def _whole(self) -> None:
        body = b"".join(self._parts)
        zipped = next((v for n, v in self._headers.items() if n.lower() == "content-encoding"), "")
        if zipped.lower() in ("gzip", "deflate"):
            try:
                body = zlib.decompress(body, _ZIPPED)
            except zlib.error:
                self._fail("the answer cannot be unpacked")
                return
        reply = Reply(self._parser.get_status_code(), self._reason.decode("latin-1"), self._headers, body)
        self.used = asyncio.get_running_loop().time()
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(reply)
        self._begin()

    def _fail(self, why: str) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionError(why))
        self.close()


class Http:
    """Connections to any number of servers, as many to each as requests are under way together. Use on one
    event loop. `tls` is asked for each connection by https."""

    def __init__(self, tls: Callable[[], ssl.SSLContext] = ssl.create_default_context) -> None:
        self._tls = tls
        self._idle: dict[Place, list[_Wire]] = {}
        self._opening: dict[Place, asyncio.Task[None]] = {}
        self._closed = False

    async def request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, timeout_s: float
    ) -> Reply:
        """Raises NotConnected when nothing left; TimeoutError and ConnectionError when it may have."""
        place, asked = place_of(url)
        request = written(method, place, asked, headers, body)
        wire = self._spare(place) or await self._connect(place, timeout_s)
        async with asyncio.timeout(timeout_s):
            reply = await wire.ask(request)
        self._keep(place, wire)
        return reply

    def ready(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> None:
        """As if it were a request, but it is not sent: a connection is opened for the next one to this
        server, and not waited for."""
        place, asked = place_of(url)
        written(method, place, asked, headers, body)
        wire = self._spare(place)
        if wire is not None:
            self._keep(place, wire)
        elif place not in self._opening and not self._closed:
            opening = asyncio.get_running_loop().create_task(self._open(place))
            self._opening[place] = opening
            opening.add_done_callback(lambda _: self._opening.pop(place, None))

    async def close(self) -> None:
        """What is under way is lost: its answers do not come."""
        self._closed = True
        for opening in list(self._opening.values()):
            opening.cancel()
        for wires in self._idle.values():
            for wire in wires:
                wire.close()
        self._idle.clear()
        await asyncio.sleep(0)

    def _spare(self, place: Place) -> _Wire | None:
        """The one that was used last: the others grow old."""
        wires = self._idle.get(place, [])
        stale = asyncio.get_running_loop().time() - IDLE_S
        while wires:
            wire = wires.pop()
            if wire.open and wire.used > stale:
                return wire
            wire.close()
        return None

    def _keep(self, place: Place, wire: _Wire) -> None:
        if wire.open and not self._closed:
            self._idle.setdefault(place, []).append(wire)
        else:
            wire.close()

    async def _open(self, place: Place) -> None:
        try:
            wire = await self._connect(place, IDLE_S)
        except OSError:
            return  # whoever sends the next request is told
        self._keep(place, wire)

    async def _connect(self, place: Place, timeout_s: float) -> _Wire:
        tls = self._tls() if place.secure else None
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(timeout_s):
                _, wire = await loop.create_connection(_Wire, place.host, place.port, ssl=tls)
        except (OSError, TimeoutError) as e:
            raise NotConnected(f"{place.host} cannot be reached: {e}") from e
        return wire
