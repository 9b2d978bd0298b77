"""A network in memory and in virtual time: the doubles' own servers and the gateways' own clients speak HTTP
and WebSockets over it, byte for byte as over sockets.

A write arrives a seeded moment later, in order. What was written before its process was killed still arrives.
A place can be unreachable for a while: its connections break, and no other can be made.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import Context
from random import Random
from typing import Any

import aiohttp

from tests.week.loop import OWNER, KillableLoop, Life

APART_S = 2e-6
"""Between two writes of one direction: the loop's timers know no order within less."""

IDLE_S = 86_400.0
"""Longer than any story takes here."""


class End(asyncio.Transport):
    """One end of a connection. What it is told happens in `context`, that of whoever owns it."""

    def __init__(self, net: Net, port: int, context: Context) -> None:
        super().__init__({"peername": ("127.0.0.1", port), "sockname": ("127.0.0.1", port)})
        self._net, self.port, self.context = net, port, context
        self.peer: End
        self.protocol: Any = None
        self._due = 0.0
        self._gone = self._paused = False
        self._held: list[bytes] = []

    @property
    def life(self) -> Life | None:
        return self.context.get(OWNER)

    def write(self, data: Any) -> None:
        if not self._gone:
            self._later(self.peer._arrives, bytes(data))

    def writelines(self, list_of_data: Any) -> None:
        self.write(b"".join(list_of_data))

    def _later(self, call: Callable[..., object], *args: object) -> None:
        """Behind all that was written before, in the other end's name."""
        loop = self._net.loop
        self._due = max(loop.time() + self._net.delay_s(), self._due + APART_S)
        loop.call_at(self._due, call, *args, context=self.peer.context)

    def _arrives(self, data: bytes) -> None:
        if self._gone:
            return
        if self._paused:
            self._held.append(data)
        else:
            self.protocol.data_received(data)

    def close(self) -> None:
        if not self._gone:
            self._later(self.peer._ended)
            self._lose(None)

    def abort(self) -> None:
        self.close()

    def _ended(self) -> None:
        if not self._gone:
            self.protocol.eof_received()
            self._lose(None)

    def broken(self) -> None:
        """The network itself failed."""
        if not self._gone:
            self._lose(ConnectionResetError("the connection was reset"))

    def _lose(self, error: Exception | None) -> None:
        self._gone = True
        self._net.ends.pop(id(self), None)
        self._net.loop.call_soon(self.protocol.connection_lost, error, context=self.context)

    def is_closing(self) -> bool:
        return self._gone

    def pause_reading(self) -> None:
        self._paused = True

    def resume_reading(self) -> None:
        self._paused = False
        held, self._held = self._held, []
        for data in held:
            self._arrives(data)

    def is_reading(self) -> bool:
        return not self._paused

    def get_write_buffer_size(self) -> int:
        return 0

    def set_write_buffer_limits(self, high: Any = None, low: Any = None) -> None:
        """Nothing is ever full."""

    def can_write_eof(self) -> bool:
        return False

    def get_protocol(self) -> Any:
        return self.protocol

    def set_protocol(self, protocol: Any) -> None:
        self.protocol = protocol


class Net:
    """`delay_s` draws how long a write is on its way."""

    def __init__(
        self, loop: KillableLoop, rng: Random, *, least_s: float = 0.002, spread_s: float = 0.02
    ) -> None:
        self.loop, self._rng = loop, rng
        self._least_s, self._spread_s = least_s, spread_s
        self._places: dict[int, Callable[[], Any]] = {}
        self._down: set[int] = set()
        self.ends: dict[int, End] = {}
        self.refused = 0
        self._world = loop.context_of(None)
        loop.connect = self.connect

    def delay_s(self) -> float:
        return self._least_s + self._rng.random() ** 3 * self._spread_s

    def listen(self, port: int, factory: Callable[[], Any]) -> None:
        """`factory` makes the protocol of a connection that was accepted."""
        self._places[port] = factory

    async def connect(self, factory: Callable[[], Any], port: int) -> tuple[End, Any]:
        """Raises ConnectionRefusedError, after a while."""
        await asyncio.sleep(self.delay_s() * 2)
        if port in self._down or port not in self._places:
            self.refused += 1
            await asyncio.sleep(0.5)
            raise ConnectionRefusedError(f"nothing answers at port {port}")
        here = End(self, port, self.loop.context_of(OWNER.get()))
        there = End(self, port, self._world)
        here.peer, there.peer = there, here
        here.protocol = factory()
        there.protocol = self._world.run(self._places[port])
        self.ends |= {id(here): here, id(there): there}
        self._world.run(there.protocol.connection_made, there)
        here.protocol.connection_made(here)
        return here, here.protocol

    def unreachable(self, ports: set[int]) -> None:
        """Every connection there breaks at both ends, and what is on its way is lost."""
        self._down |= ports
        for end in list(self.ends.values()):
            if end.port in ports:
                end.broken()

    def reachable(self, ports: set[int]) -> None:
        self._down -= ports

    def cut(self, life: Life) -> None:
        """The connections of a process that was killed end a moment later, as its system closes them."""
        for end in list(self.ends.values()):
            if end.life is life:
                end._later(end.peer._ended)
                end._gone = True
                self.ends.pop(id(end), None)


class Connector(aiohttp.BaseConnector):
    """aiohttp's way into this network. Idle connections stay: it counts their age by the machine's clock."""

    def __init__(self) -> None:
        super().__init__(keepalive_timeout=IDLE_S)

    async def _create_connection(self, req: Any, traces: Any, timeout: Any) -> Any:
        del traces, timeout
        _, protocol = await self._loop.create_connection(self._factory, req.url.host, req.url.port)
        return protocol
