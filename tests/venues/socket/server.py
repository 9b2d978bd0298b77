"""A small scripted WebSocket server for tests of the client: records what it is told, does as bidden."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from picows import (
    WSFrame,
    WSListener,
    WSMsgType,
    WSTransport,
    WSUpgradeRequest,
    WSUpgradeResponse,
    WSUpgradeResponseWithListener,
    ws_create_server,
)

TEXT, BINARY, CONTINUATION = WSMsgType.TEXT, WSMsgType.BINARY, WSMsgType.CONTINUATION


class Peer(WSListener):
    """The server's end of one connection."""

    def __init__(self, server: Server, path: str) -> None:
        self.server = server
        self.path = path
        self.heard: list[bytes] = []
        self.pongs: list[bytes] = []
        self.gone = asyncio.Event()
        self.transport: WSTransport

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport
        self.server.peers.append(self)
        self.server.changed.set()
        self.server.greet(self)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is WSMsgType.CLOSE:
            transport.disconnect()
        elif frame.msg_type is WSMsgType.PONG:
            self.pongs.append(frame.get_payload_as_bytes())
        else:
            self.heard.append(frame.get_payload_as_bytes())
            self.server.answer(self, self.heard[-1])
        self.server.changed.set()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self.gone.set()
        self.server.changed.set()

    def say(self, message: bytes, kind: WSMsgType = TEXT, fin: bool = True) -> None:
        self.transport.send(kind, message, fin)

    def close(self, code: int = 1000, words: bytes = b"") -> None:
        """Any code, also those of the range that applications use."""
        self.transport.send(WSMsgType.CLOSE, code.to_bytes(2) + words)
        self.transport.disconnect()

    def drop(self) -> None:
        self.transport.disconnect(graceful=False)


class Server:
    """`async with Server() as server`; `answer` and `greet` are what it does by itself."""

    def __init__(
        self,
        answer: Callable[[Peer, bytes], None] = lambda peer, message: None,
        greet: Callable[[Peer], None] = lambda peer: None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.tls = tls
        self.answer = answer
        self.greet = greet
        self.peers: list[Peer] = []
        self.knocks = 0
        self.changed = asyncio.Event()
        self.refuse = 0
        """The HTTP status with which every handshake is answered; 0 for none."""
        self.port = 0

    @property
    def url(self) -> str:
        return f"{'wss' if self.tls else 'ws'}://127.0.0.1:{self.port}"

    def _made(self, request: WSUpgradeRequest) -> WSListener | WSUpgradeResponseWithListener:
        self.knocks += 1
        if not self.refuse:
            return Peer(self, request.path.decode())
        no = WSUpgradeResponse.create_error_response(self.refuse, b"no", {"Retry-After": "600"})
        return WSUpgradeResponseWithListener(no, None)

    async def __aenter__(self) -> Server:
        self._server = await ws_create_server(self._made, "127.0.0.1", 0, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._server.close()
        for peer in self.peers:
            if not peer.gone.is_set():
                peer.drop()

    async def until(self, true: Callable[[], bool], timeout_s: float = 10.0) -> None:
        """Waits for something to become true of the server, looking whenever anything reached it."""
        async with asyncio.timeout(timeout_s):
            while not true():
                self.changed.clear()
                await self.changed.wait()


async def until(true: Callable[[], bool], timeout_s: float = 10.0) -> None:
    """Waits for something to become true, looking every turn of the loop or so."""
    async with asyncio.timeout(timeout_s):
        while not true():
            await asyncio.sleep(0.001)


def certified(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's side with a certificate made here for 127.0.0.1, and a client's that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    begins = datetime(2020, 1, 1, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=36500))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "made.pem"
    pem, plain = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    secret = key.private_bytes(pem, plain, serialization.NoEncryption())
    file.write_bytes(certificate.public_bytes(pem) + secret)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    return server, ssl.create_default_context(cafile=file)


__all__ = ["BINARY", "CONTINUATION", "TEXT", "Peer", "Server", "certified", "until"]
