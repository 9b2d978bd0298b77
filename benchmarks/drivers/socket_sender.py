"""The sender of the `socket` suite, in a process of its own: a plain socket and prebuilt frames, so that the
receiver is what is measured.

    python -m benchmarks.drivers.socket_sender burst|paced N      prints its port, serves one client

Every frame is text of 200 bytes that begins with 20 digits: the sender's monotonic clock in ns where frames
are paced, else zeros. `paced` sends one frame a millisecond, `burst` as many as the client takes.
"""

from __future__ import annotations

import base64
import hashlib
import socket
import sys
import time
from typing import Final

SIZE: Final = 200
STAMP: Final = 20
_PERIOD_NS: Final = 1_000_000
_MAGIC: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_HEAD: Final = b"\x81\x7e" + SIZE.to_bytes(2, "big")
_REST: Final = b"x" * (SIZE - STAMP)
_A_WRITE: Final = 1280
"""Frames of one write of a burst: 256 KiB."""


def greet(listening: socket.socket) -> socket.socket:
    """Accepts one client and answers its handshake."""
    client, _ = listening.accept()
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    asked = b""
    while b"\r\n\r\n" not in asked:
        asked += client.recv(65536)
    key = next(
        line.split(b":", 1)[1].strip() for line in asked.split(b"\r\n") if b"websocket-key" in line.lower()
    )
    accept = base64.b64encode(hashlib.sha1(key + _MAGIC).digest())
    client.sendall(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
    )
    return client


def burst(client: socket.socket, n: int) -> None:
    block = (_HEAD + b"0" * STAMP + _REST) * _A_WRITE
    whole, rest = divmod(n, _A_WRITE)
    for _ in range(whole):
        client.sendall(block)
    client.sendall(block[: rest * (len(_HEAD) + SIZE)])


def paced(client: socket.socket, n: int) -> None:
    due = time.monotonic_ns()
    for _ in range(n):
        due += _PERIOD_NS
        left = due - time.monotonic_ns()
        if left > 0:
            time.sleep(left / 1e9)
        client.sendall(_HEAD + b"%020d" % time.monotonic_ns() + _REST)


def main(mode: str, n: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        sys.stdout.write(f"{listening.getsockname()[1]}\n")
        sys.stdout.flush()
        client = greet(listening)
        time.sleep(0.2)
        try:
            (burst if mode == "burst" else paced)(client, n)
            while client.recv(65536):
                pass
        except OSError:
            pass  # the client has what it wanted
        client.close()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
