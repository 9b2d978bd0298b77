"""Whole messages in, frames out, and a plain reason for every end."""

from __future__ import annotations

import asyncio
import itertools
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.venues.socket.server import BINARY, CONTINUATION, TEXT, Server, certified, until
from titan.model.errors import VenueBusy, VenueError, VenueRefused, VenueUnknown
from titan.venues.socket import connection
from titan.venues.socket.connection import connect
from titan.venues.socket.failure import explain, retry_after_s


class Ear:
    """Keeps what a connection gives."""

    def __init__(self) -> None:
        self.messages: list[tuple[bytes, int]] = []
        self.reasons: list[str] = []
        ticks = itertools.count(1)
        self.now = lambda: next(ticks)

    @property
    def texts(self) -> list[bytes]:
        return [message for message, _ in self.messages]

    async def connect(self, url: str, timeout_s: float = 5.0) -> connection.Connection:
        return await connect(url, self.hear, self.reasons.append, self.now, timeout_s=timeout_s)

    def hear(self, message: bytes, recv: int) -> None:
        self.messages.append((message, recv))


async def test_text_binary_and_fragments_arrive_whole_and_in_order() -> None:
    ear = Ear()
    async with Server() as server:
        made = await ear.connect(server.url)
        await until(lambda: bool(server.peers))
        peer = server.peers[0]
        peer.say(b"one")
        peer.say(b"\x00\xff", BINARY)
        peer.say(b"th", TEXT, fin=False)
        peer.say(b"r", CONTINUATION, fin=False)
        peer.transport.send_ping(b"between")
        peer.say(b"ee", CONTINUATION)
        peer.say(b"x" * 300_000)
        await until(lambda: len(ear.messages) == 4)
        assert ear.texts == [b"one", b"\x00\xff", b"three", b"x" * 300_000]
        stamps = [recv for _, recv in ear.messages]
        assert stamps == sorted(stamps)
        assert min(stamps) > 0
        await server.until(lambda: peer.pongs == [b"between"])
        made.close()
        await made.ended(5.0)
        assert ear.reasons == ["closed here"]


async def test_what_is_sent_arrives_and_after_the_end_nothing_is() -> None:
    ear = Ear()
    async with Server() as server:
        made = await ear.connect(server.url + "/ws/v5?a=1")
        made.send(b"hello")
        made.send(b"\x01", binary=True)
        await server.until(lambda: server.peers[0].heard == [b"hello", b"\x01"])
        assert server.peers[0].path == "/ws/v5?a=1"
        made.close()
        await made.ended(5.0)
        made.send(b"late")
        made.close()
        made.abort("twice")
        assert ear.reasons == ["closed here"]


@pytest.mark.parametrize("code", [1000, 1001, 1008, 3000, 4409])
async def test_the_venues_close_code_and_words_are_told(code: int) -> None:
    ear = Ear()
    async with Server() as server:
        made = await ear.connect(server.url)
        await until(lambda: bool(server.peers))
        server.peers[0].close(code, b"slow consumer")
        await until(lambda: bool(ear.reasons))
        assert ear.reasons == [f"closed by the venue with code {code} (slow consumer)"]
        assert not made.open


async def test_a_socket_that_breaks_says_so() -> None:
    ear = Ear()
    async with Server() as server:
        await ear.connect(server.url)
        await until(lambda: bool(server.peers))
        server.peers[0].drop()
        await until(lambda: bool(ear.reasons))
        assert ear.reasons == ["the connection broke off"]


@pytest.mark.parametrize("script", ["orphan", "nested", "endless"])
async def test_a_peer_that_breaks_the_protocol_is_left(script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "LARGEST", 1000)
    ear = Ear()
    async with Server() as server:
        await ear.connect(server.url)
        await until(lambda: bool(server.peers))
        peer = server.peers[0]
        if script == "orphan":
            peer.say(b"x", CONTINUATION)
        else:
            peer.say(b"x", TEXT, fin=False)
            if script == "nested":
                peer.say(b"y", TEXT)
            for _ in range(3 if script == "endless" else 0):
                peer.say(b"y" * 600, CONTINUATION, fin=False)
        await until(lambda: bool(ear.reasons))
        assert "broke the protocol" in ear.reasons[0]
        assert ear.messages == []


@contextmanager
def _deaf() -> Iterator[int]:
    """A port that accepts and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        yield deaf.getsockname()[1]


async def test_a_refused_connection_is_told_as_such() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        with pytest.raises(VenueUnknown, match="refused the connection"):
            await Ear().connect(f"ws://127.0.0.1:{free.getsockname()[1]}")


async def test_a_server_without_tls_is_told_as_such() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(64)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        with pytest.raises(VenueRefused, match="TLS"):
            await Ear().connect(f"wss://127.0.0.1:{server.sockets[0].getsockname()[1]}")


async def test_a_server_that_hangs_up_is_told_as_such() -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(64)
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    async with server:
        with pytest.raises(VenueUnknown, match="hung up"):
            await Ear().connect(f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}")


async def test_tls_is_spoken_with_whom_it_trusts_and_nobody_else(tmp_path: Path) -> None:
    theirs, ours = certified(tmp_path)
    ear = Ear()
    async with Server(tls=theirs) as server:
        with pytest.raises(VenueRefused, match="certificate that cannot be trusted"):
            await ear.connect(server.url)
        made = await connect(server.url, ear.hear, ear.reasons.append, ear.now, tls=ours)
        await until(lambda: bool(server.peers))
        server.peers[0].say(b"secret")
        made.send(b"heard")
        await until(lambda: ear.texts == [b"secret"])
        await server.until(lambda: server.peers[0].heard == [b"heard"])
        made.close()
        await made.ended(5.0)


async def test_a_server_that_answers_no_is_told_with_its_status() -> None:
    async with Server() as server:
        server.refuse = 404
        with pytest.raises(VenueRefused, match="HTTP 404"):
            await Ear().connect(server.url)


@pytest.mark.parametrize("status", [418, 429, 503])
async def test_a_server_that_is_busy_says_for_how_long(status: int) -> None:
    async with Server() as server:
        server.refuse = status
        with pytest.raises(VenueBusy, match=f"HTTP {status}") as told:
            await Ear().connect(server.url)
        assert told.value.retry_after_ns == 600_000_000_000


async def test_silence_at_the_door_ends_in_time() -> None:
    with _deaf() as port, pytest.raises(VenueUnknown, match="did not answer in time"):
        await Ear().connect(f"ws://127.0.0.1:{port}", timeout_s=0.05)


async def test_a_connection_nobody_waits_for_is_not_kept() -> None:
    ear = Ear()
    async with Server() as server:
        task = asyncio.ensure_future(ear.connect(server.url))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait({task})
        await until(lambda: all(peer.gone.is_set() for peer in server.peers))
        assert ear.messages == []


def test_every_failure_becomes_a_venue_error_with_the_host_in_it() -> None:
    url = "wss://stream.example:9443/ws?secret=1"
    bad = ssl.SSLCertVerificationError(1, "x")
    bad.verify_message = "self-signed certificate"
    for error in (
        bad,
        ssl.SSLError("?"),
        TimeoutError(),
        socket.gaierror(-2, "unknown"),
        OSError(101, "no way"),
        KeyError("k"),
    ):
        told = explain(url, error)
        assert isinstance(told, VenueError)
        assert told.message.startswith("stream.example:9443")
        assert "secret" not in str(told)
        assert told.remedy
    assert "certificate" in explain(url, bad).message
    busy = VenueBusy("busy", retry_after_ns=1)
    assert explain(url, busy) is busy


def test_retry_after_is_read_where_it_is_a_number() -> None:
    assert [retry_after_s(text) for text in ("12", "0.5", "", "Wed, 21 Oct", "-3")] == [12, 0.5, 0, 0, 0]
