"""One client's socket: a queue of frames, a writer, and what faults do to the frames on their way."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

from aiohttp import web

from titan.doubles.faults import Faults

QUEUE_FRAMES: Final = 20_000
"""A client that falls this far behind is cut off, as venues do."""

LINK_S: Final = 0.01
"""A frame's way to the client. No venue answers sooner, and clients count on it: some file what they have
asked only after they have sent it."""

Frame = str | bytes


class Outlet:
    """`send` never waits. `session` holds what the venue knows of this client (its key, its channels)."""

    def __init__(self, request: web.Request, socket: web.WebSocketResponse, faults: Faults) -> None:
        self.socket = socket
        self.topics: set[str] = set()
        self.session: dict[str, object] = {}
        self._request = request
        self._faults = faults
        self._loop = asyncio.get_running_loop()
        self._queue: asyncio.Queue[tuple[float, Frame]] = asyncio.Queue(QUEUE_FRAMES)
        self._held: Frame | None = None
        self._mute_until = 0.0
        self._writer = asyncio.create_task(self._write())

    def send(self, topic: str, frame: Frame, *, vital: bool = False) -> None:
        """Queue a frame. `vital` ones (pongs) pass a half-open socket."""
        if self.socket.closed:
            return
        now = self._loop.time()
        if now < self._mute_until and not vital:
            return
        fault = None if vital else self._faults.frame(topic)
        kind = fault.kind if fault is not None else ""
        if fault is not None and kind == "half_open":
            self._mute_until = now + fault.seconds if fault.seconds else float("inf")
        elif kind == "disconnect":
            self.cut()
        elif kind == "reorder":
            self._held = frame
        elif kind != "drop":
            due = now + LINK_S + (fault.seconds if fault is not None and kind == "delay" else 0.0)
            for one in (frame, frame) if kind == "duplicate" else (frame,):
                self._put(due, one)
            if self._held is not None:
                self._put(due, self._held)
                self._held = None

    def _put(self, due: float, frame: Frame) -> None:
        try:
            self._queue.put_nowait((due, frame))
        except asyncio.QueueFull:
            self.cut()

    async def _write(self) -> None:
        with contextlib.suppress(ConnectionError):
            while True:
                due, frame = await self._queue.get()
                wait = due - self._loop.time()
                if wait > 0:
                    await asyncio.sleep(wait)
                if isinstance(frame, str):
                    await self.socket.send_str(frame)
                else:
                    await self.socket.send_bytes(frame)

    def cut(self) -> None:
        """End the connection without a word."""
        if self._request.transport is not None:
            self._request.transport.abort()

    def end(self) -> None:
        self._writer.cancel()
