"""One open WebSocket: whole messages in, frames out.

A message costs one bytes object, the call of `hear`, and nothing else; nothing is logged for it. Pings of the
protocol are answered in C, below this class, and prove nothing about the data.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from picows import WSCloseCode, WSError, WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from titan.model.errors import VenueUnknown
from titan.venues.socket.failure import closed_by, explain

LARGEST: Final = 32 * 1024 * 1024
"""Bytes of the largest message; a longer one is not a venue's, and the connection is closed."""

_READ_BUFFER: Final = 64 * 1024
_TEXT: Final = WSMsgType.TEXT
_BINARY: Final = WSMsgType.BINARY
_CONTINUATION: Final = WSMsgType.CONTINUATION
_CLOSE: Final = WSMsgType.CLOSE

Hear = Callable[[bytes, int], None]
"""A whole message and when its bytes were read, ns UTC. Messages that one read brought share the stamp."""


class Connection(WSListener):
    """Made by `connect`. `closed` is called once, with the reason, when the connection has ended."""

    def __init__(self, hear: Hear, closed: Callable[[str], None], now: Callable[[], int]) -> None:
        self.recv = 0
        """When anything was last read from the socket, ns UTC."""
        self.open = False
        self._hear = hear
        self._closed = closed
        self._now = now
        self._fresh = True
        self._whole = True
        """No fragment waits for the rest of its message."""
        self._parts: list[bytes] = []
        self._size = 0
        self._transport: WSTransport | None = None
        self._why = ""
        self._ended = asyncio.get_running_loop().create_future()

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport
        self.open = True

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if self._fresh:
            self.recv = self._now()
        self._fresh = frame.last_in_buffer
        kind = frame.msg_type
        if (kind is _TEXT or kind is _BINARY) and frame.fin and self._whole:
            self._hear(frame.get_payload_as_bytes(), self.recv)
        else:
            self._seldom(transport, frame, kind)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        del transport
        self.open = False
        if not self._ended.done():
            self._ended.set_result(None)
        self._why = self._why or "the connection broke off"
        self._closed(self._why)

    def pause_writing(self) -> None:
        """Only requests and heartbeats are written: a few hundred bytes that may wait in the buffer."""

    def resume_writing(self) -> None:
        """See `pause_writing`."""

    def send(self, frame: bytes, *, binary: bool = False) -> None:
        """Sends one message; nothing happens on a connection that has ended."""
        if self.open and self._transport is not None:
            self._transport.send(_BINARY if binary else _TEXT, frame)

    def ping(self) -> None:
        """A ping of the protocol, for venues that want one from us."""
        if self.open and self._transport is not None:
            self._transport.send_ping()

    def close(self, why: str = "closed here", code: WSCloseCode = WSCloseCode.OK) -> None:
        """Says goodbye and closes; `closed` follows when the socket is gone."""
        if not self.open or self._transport is None:
            return
        self._why = self._why or why
        self._transport.send_close(code)
        self._transport.disconnect()

    def abort(self, why: str) -> None:
        """Drops the socket at once, for a peer that no longer answers."""
        if self._transport is not None and self.open:
            self._why = self._why or why
            self._transport.disconnect(graceful=False)

    async def ended(self, timeout_s: float) -> None:
        """Waits until the socket is gone; drops it after `timeout_s`."""
        done, _ = await asyncio.wait({self._ended}, timeout=timeout_s)
        if not done:
            self.abort("it did not close in time")

    def _seldom(self, transport: WSTransport, frame: WSFrame, kind: WSMsgType) -> None:
        """Fragments and control frames."""
        if kind is _CLOSE:
            self._why = self._why or closed_by(frame.get_payload_as_bytes())
            transport.send_close(WSCloseCode.OK)
            transport.disconnect()
        elif kind is _TEXT or kind is _BINARY:
            if not self._whole:
                self._broken(transport, "a new message began within another")
                return
            self._parts, self._whole = [frame.get_payload_as_bytes()], False
            self._size = frame.payload_size
        elif kind is _CONTINUATION:
            if self._whole:
                self._broken(transport, "a message went on that had not begun")
                return
            self._parts.append(frame.get_payload_as_bytes())
            self._size += frame.payload_size
            if self._size > LARGEST:
                self._broken(transport, f"a message of more than {LARGEST} bytes")
            elif frame.fin:
                whole, self._parts, self._whole = b"".join(self._parts), [], True
                self._hear(whole, self.recv)

    def _broken(self, transport: WSTransport, why: str) -> None:
        self._parts, self._whole = [], True
        self._why = self._why or f"the venue broke the protocol: {why}"
        transport.send_close(WSCloseCode.PROTOCOL_ERROR)
        transport.disconnect()


async def connect(
    url: str,
    hear: Hear,
    closed: Callable[[str], None],
    now: Callable[[], int],
    *,
    tls: ssl.SSLContext | None = None,
    timeout_s: float = 10.0,
    headers: dict[str, str] | None = None,
) -> Connection:
    """Opens `url` (ws or wss). Raises VenueError, which says why it could not."""

    awaited = True

    def made() -> Connection:
        if awaited:
            return Connection(hear, closed, now)
        raise ConnectionAbortedError("nobody waits for this connection any more")

    try:
        async with asyncio.timeout(timeout_s):
            _, listener = await ws_connect(
                made,
                url,
                ssl_context=tls,
                websocket_handshake_timeout=0.9 * timeout_s,
                max_frame_size=LARGEST,
                read_buffer_init_size=_READ_BUFFER,
                extra_headers=headers,
                max_redirects=0,
            )
    except (OSError, ValueError, WSError) as e:
        raise explain(url, e) from e
    finally:
        awaited = False
    if isinstance(listener, Connection):
        return listener
    # picows has no listener to give when the peer goes away before it has answered the handshake.
    raise VenueUnknown(f"{urlsplit(url).netloc} hung up before it answered", remedy="is it a WebSocket?")
