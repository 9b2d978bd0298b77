"""Against servers that answer well, badly, in pieces, twice, or not at all."""

from __future__ import annotations

import asyncio
import gzip
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import uvloop

from tests.venues.socket.server import certified
from titan.venues.socket.http import Http, NotConnected, Place, Reply, place_of, written

Answering = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]


class Server:
    """One that reads whole requests and lets `answering` say what comes back; counts connections."""

    def __init__(self, answering: Answering) -> None:
        self._answering = answering
        self.requests: list[bytes] = []
        self.connections = 0
        self.writers: list[asyncio.StreamWriter] = []

    async def met(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.writers.append(writer)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
                request = head + await reader.readexactly(length)
                self.requests.append(request)
                await self._answering(request, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def served(
    answering: Answering, tls: ssl.SSLContext | None = None, trust: ssl.SSLContext | None = None
) -> AsyncIterator[tuple[Server, Http, str]]:
    server = Server(answering)
    listening = await asyncio.start_server(server.met, "127.0.0.1", 0, ssl=tls)
    http = Http() if trust is None else Http(lambda: trust)
    try:
        yield (
            server,
            http,
            f"{'https' if tls else 'http'}://127.0.0.1:{listening.sockets[0].getsockname()[1]}",
        )
    finally:
        await http.close()
        listening.close()


def saying(*pieces: bytes, close: bool = False) -> Answering:
    async def answer(request: bytes, writer: asyncio.StreamWriter) -> None:
        del request
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)
        if close:
            writer.close()

    return answer


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-One: a\r\nX-One: b\r\n\r\n{}"

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


async def asked(http: Http, url: str, body: bytes = b"", timeout_s: float = 20.0) -> Reply:
    return await http.request("POST", f"{url}/order?a=1", {"X-Key": "k"}, body, timeout_s)


async def test_a_connection_serves_one_request_after_another() -> None:
    async with served(saying(OK)) as (server, http, url):
        for body in (b"", b"first", b"second"):
            reply = await asked(http, url, body)
            assert reply == Reply(200, "OK", {"Content-Length": "2", "X-One": "a, b"}, b"{}")
        assert server.connections == 1
        assert server.requests[1].startswith(b"POST /order?a=1 HTTP/1.1\r\nHost: 127.0.0.1:")
        assert server.requests[1].endswith(b"X-Key: k\r\n\r\nfirst")


async def test_requests_that_are_under_way_together_have_connections_of_their_own() -> None:
    go = asyncio.Event()

    async def late(request: bytes, writer: asyncio.StreamWriter) -> None:
        await go.wait()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n" + request[-1:])

    async with served(late) as (server, http, url):
        waiting = [asyncio.create_task(asked(http, url, body)) for body in (b"1", b"2", b"3")]
        while len(server.requests) < 3:
            await asyncio.sleep(0.001)
        go.set()
        assert [(await one).body for one in waiting] == [b"1", b"2", b"3"]
        assert server.connections == 3
        await asked(http, url, b"4")
        assert server.connections == 3


@pytest.mark.parametrize(
    ("pieces", "close", "body"),
    [
        ([CHUNKED + b"3\r\nabc\r\n", b"2\r\nde\r\n0\r\n\r\n"], False, b"abcde"),
        ([b"HTTP/1.1 200 OK\r\n\r\nuntil ", b"the end"], True, b"until the end"),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"], True, b"{}"),
        ([b"HTTP/1.1 100 Continue\r\n\r\n", OK], False, b"{}"),
        ([OK[:9], OK[9:30], OK[30:31], OK[31:]], False, b"{}"),
    ],
    ids=["chunked", "until the end", "closed after it", "go on", "in pieces"],
)  # fmt: skip
async def test_every_form_of_an_answer(pieces: list[bytes], close: bool, body: bytes) -> None:
    async with served(saying(*pieces, close=close)) as (server, http, url):
        for _ in range(2):
            assert (await asked(http, url)).body == body
        assert server.connections == (2 if close else 1)


async def test_what_was_packed_is_unpacked() -> None:
    packed = gzip.compress(b'{"a": 1}')
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    async with served(saying(head + packed)) as (_, http, url):
        assert (await asked(http, url)).body == b'{"a": 1}'
    async with served(saying(head + bytes(len(packed)))) as (_, http, url):
        with pytest.raises(ConnectionError, match="unpacked"):
            await asked(http, url)


@pytest.mark.parametrize(
    "piece",
    [b"", b"HTTP/1.1 200 OK\r\nContent-Le", OK[:-1], CHUNKED + b"3\r\nab"],
    ids=["nothing", "a piece of the head", "a piece of the body", "a piece of a chunk"],
)  # fmt: skip
async def test_an_answer_that_breaks_off_is_no_answer_and_no_sign_that_nothing_left(piece: bytes) -> None:
    async with served(saying(piece, close=True)) as (server, http, url):
        with pytest.raises(ConnectionError) as e:
            await asked(http, url)
        assert not isinstance(e.value, NotConnected)
        assert len(server.requests) == 1


async def test_what_is_not_http_is_told() -> None:
    async with served(saying(b"SSH-2.0-OpenSSH_9.6\r\n")) as (_, http, url):
        with pytest.raises(ConnectionError, match="not HTTP"):
            await asked(http, url)


async def test_a_connection_that_was_answered_twice_is_not_used_again() -> None:
    async with served(saying(OK + OK)) as (server, http, url):
        for _ in range(2):
            assert (await asked(http, url)).headers["X-One"] == "a, b"
        assert server.connections == 2


async def test_a_late_answer_is_nobody_s() -> None:
    async def silent(request: bytes, writer: asyncio.StreamWriter) -> None:
        if not request.endswith(b"1"):
            writer.write(OK)

    async with served(silent) as (server, http, url):
        with pytest.raises(TimeoutError):
            await asked(http, url, b"1", timeout_s=0.05)
        server.writers[0].write(b"HTTP/1.1 500 Late\r\nContent-Length: 0\r\n\r\n")
        assert (await asked(http, url, b"2")).status == 200
        assert server.connections == 2


async def test_nobody_there_is_told_apart_from_a_lost_answer() -> None:
    async with served(saying(OK)) as (_, http, url):
        pass
    with pytest.raises(NotConnected):
        await asked(Http(), url)
    del http


async def test_a_connection_that_the_server_closed_meanwhile_is_replaced() -> None:
    async with served(saying(OK)) as (server, http, url):
        await asked(http, url)
        server.writers[0].close()
        await server.writers[0].wait_closed()
        while http._idle[place_of(url)[0]][0].open:  # until our end has heard of it
            await asyncio.sleep(0.001)
        assert (await asked(http, url)).status == 200
        assert server.connections == 2


async def test_ready_opens_one_connection_that_the_next_request_takes() -> None:
    async with served(saying(OK)) as (server, http, url):
        for _ in range(5):
            http.ready("POST", url, {}, b"")
        while not server.connections:
            http.ready("POST", url, {}, b"")
            await asyncio.sleep(0.001)
        await asked(http, url)
        http.ready("POST", url, {}, b"")
        await asked(http, url)
        assert server.connections == 1


async def test_tls_is_spoken_with_whom_it_trusts_and_nobody_else(tmp_path: Path) -> None:
    theirs, ours = certified(tmp_path)
    async with served(saying(OK), theirs, ours) as (server, http, url):
        assert [(await asked(http, url)).status for _ in range(2)] == [200, 200]
        assert server.connections == 1
    async with served(saying(OK), theirs) as (server, http, url):
        with pytest.raises(NotConnected):
            await asked(http, url)
        assert server.requests == []


def test_it_works_on_the_loop_of_a_live_run() -> None:
    """uvloop has transports of its own."""

    async def main() -> None:
        async with served(saying(OK)) as (server, http, url):
            assert [(await asked(http, url)).body for _ in range(2)] == [b"{}", b"{}"]
            assert server.connections == 1

    uvloop.run(main())


def test_the_port_stands_in_the_host_where_it_is_not_the_usual_one() -> None:
    place, path = place_of("https://api.venue.com/x?y=%20z")
    assert (place, path) == (Place("api.venue.com", 443, True), "/x?y=%20z")
    assert b"Host: api.venue.com\r\n" in written("DELETE", place, path, {}, b"")
    assert b"Host: h:8080\r\n" in written("DELETE", *place_of("http://h:8080"), {}, b"")
