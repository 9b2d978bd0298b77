"""The other end of the `desk` suite: quotes out over a WebSocket, orders in over HTTP, stamped by one clock.

    python -m benchmarks.drivers.desk_server RATE STEPS

Prints its port, then at the end one line of JSON: the ns from the first frame of each new price to the first
byte of the order that answers it. Plain sockets and threads, so that it is no part of what is measured.
"""

from __future__ import annotations

import json
import queue
import re
import socket
import struct
import sys
import threading
import time
from typing import Final

from benchmarks.drivers import desk_account
from benchmarks.drivers.desk_account import text_frame
from benchmarks.drivers.socket_sender import greet

STEP_NS: Final = 50_000_000
"""Between two new prices: 20 orders a second."""
FIRST: Final = 30_000.0
TICK: Final = 0.1
_PRICE: Final = re.compile(rb"[?&]?price=([0-9.]+)")
_LENGTH: Final = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


class Stamps:
    """When each price left, and when the order at it came; by step."""

    def __init__(self, steps: int) -> None:
        self.sent = [0] * steps
        self.came = [0] * steps

    def order(self, request: bytes, at: int) -> None:
        found = _PRICE.search(request)
        step = round((float(found[1]) - FIRST) / TICK) if found else -1
        if 0 <= step < len(self.came) and not self.came[step]:
            self.came[step] = at

    def ways(self) -> list[int]:
        return [came - sent for sent, came in zip(self.sent, self.came, strict=True) if came]


def quotes(client: socket.socket, head: bytes, rate: int, stamps: Stamps) -> None:
    """Acknowledge the subscription, then send: a price stands for one step, at `rate` frames a second."""
    asked = head.split(b"\r\n", 1)[0]
    wrapped = b"/stream" in asked
    if b"streams=" not in asked:  # the address subscribes to nothing, so a message will
        request = json.loads(frame_of(client))
        client.sendall(text_frame(json.dumps({"result": None, "id": request["id"]}).encode()))
    time.sleep(0.5)
    begin = time.monotonic_ns()
    gap = 1e9 / rate
    for step in range(len(stamps.sent)):
        left = round(rate * STEP_NS / 1e9)
        start, sent = begin + step * STEP_NS, 0
        while sent < left:
            now = time.monotonic_ns()
            due = min(int((now - start) / gap) + 1, left) - sent if now >= start else 0
            if due <= 0:
                time.sleep(min(gap / 1e9, 2e-4))
                continue
            first = round(step * rate * STEP_NS / 1e9) + sent
            frames = b"".join(text_frame(quote(step, first + n, wrapped)) for n in range(due))
            if not sent:
                stamps.sent[step] = time.monotonic_ns()
            client.sendall(frames)
            sent += due


def quote(step: int, number: int, wrapped: bool) -> bytes:
    """The same price until the next step, as USD-M's book ticker says it; updates count upwards."""
    ms, bid = time.time_ns() // 1_000_000, FIRST + step * TICK
    body = (
        f'{{"e":"bookTicker","u":{number + 1},"s":"BTCUSDT","b":"{bid:.2f}","B":"5.000",'
        f'"a":"{bid + TICK:.2f}","A":"5.000","T":{ms},"E":{ms}}}'
    )
    return f'{{"stream":"btcusdt@bookTicker","data":{body}}}'.encode() if wrapped else body.encode()


def frame_of(client: socket.socket) -> bytes:
    """The first text frame of a client, unmasked."""
    while True:
        first, size = client.recv(2, socket.MSG_WAITALL)
        size &= 0x7F
        if size == 126:
            size = struct.unpack(">H", client.recv(2, socket.MSG_WAITALL))[0]
        mask = client.recv(4, socket.MSG_WAITALL)
        body = client.recv(size, socket.MSG_WAITALL) if size else b""
        if first & 0x0F == 1:
            return bytes(b ^ mask[i % 4] for i, b in enumerate(body))


def serve(client: socket.socket, stamps: Stamps, user: desk_account.UserStream) -> None:
    """One HTTP connection, kept alive."""
    held = b""
    while piece := client.recv(65536):
        at = time.monotonic_ns()
        held += piece
        while (end := held.find(b"\r\n\r\n")) >= 0:
            length = _LENGTH.search(held, 0, end)
            whole = end + 4 + (int(length[1]) if length else 0)
            while len(held) < whole:
                held += client.recv(65536)
            request, held = held[:whole], held[whole:]
            line = request.split(b"\r\n", 1)[0]
            ordered = line.startswith(b"POST") and b"/order" in line
            if ordered:
                stamps.order(request, at)
            said = desk_account.order(request, at) if ordered else desk_account.answer(line)
            body = json.dumps(said).encode()
            client.sendall(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
                + body
            )
            if ordered:
                user.tell(said)


def main(rate: int, steps: int) -> None:
    stamps = Stamps(steps)
    found: queue.Queue[tuple[socket.socket, bytes]] = queue.Queue()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        sys.stdout.write(f"{listening.getsockname()[1]}\n")
        sys.stdout.flush()
        threading.Thread(target=accept, args=(listening, stamps, found), daemon=True).start()
        client, head = found.get()
        quotes(greet(Accepted(client)), head, rate, stamps)
        time.sleep(1.0)
        sys.stdout.write(json.dumps(stamps.ways()) + "\n")
        sys.stdout.flush()


class Accepted(socket.socket):
    """A listening socket that has one client already: what `greet` asks for."""

    def __init__(self, client: socket.socket) -> None:
        super().__init__()
        self._client = client

    def accept(self) -> tuple[socket.socket, object]:
        return self._client, None


def accept(listening: socket.socket, stamps: Stamps, found: queue.Queue[tuple[socket.socket, bytes]]) -> None:
    user = desk_account.UserStream()
    while True:
        client, _ = listening.accept()
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=told_apart, args=(client, stamps, user, found), daemon=True).start()


def told_apart(
    client: socket.socket,
    stamps: Stamps,
    user: desk_account.UserStream,
    found: queue.Queue[tuple[socket.socket, bytes]],
) -> None:
    """The quotes' WebSocket goes to `found`, the user stream's to `user`; the rest is served here."""
    head = client.recv(65536, socket.MSG_PEEK)
    if b"pgrade: websocket" not in head:
        serve(client, stamps, user)
    elif f"streams={desk_account.LISTEN_KEY} ".encode() in head:
        user.open(greet(Accepted(client)))
    else:
        found.put((client, head))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
