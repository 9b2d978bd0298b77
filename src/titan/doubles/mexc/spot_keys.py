"""Listen keys: who may hear of the account on a socket.

www.mexc.com/api-docs/spot-v3, "Websocket User Data Streams" (read 2026-11-21): a key lives for 60 minutes and
as long again after each PUT; 60 at a time, 5 connections on each.
"""

from __future__ import annotations

import random as randomness
from typing import Final

from titan.doubles.mexc.errors import NO_RECORD, MexcError
from titan.doubles.mexc.signing import Body, Call, Endpoint, Table

LIVES_NS: Final = 3_600_000_000_000
MOST_KEYS: Final = 60
MOST_SOCKETS: Final = 5


class ListenKeys:
    """By key: whose it is, and when it ends, ns of the venue's clock."""

    def __init__(self, random: randomness.Random) -> None:
        self._random = random
        self._known: dict[str, tuple[str, int]] = {}

    @property
    def table(self) -> Table:
        answers = {"POST": self.start, "GET": self.listed, "PUT": self.extend, "DELETE": self.close}
        return {(method, "userDataStream"): Endpoint(answer, "read") for method, answer in answers.items()}

    def lives(self, key: str, now_ns: int) -> bool:
        return key in self._known and self._known[key][1] > now_ns

    def start(self, call: Call) -> Body:
        if len(self._valid(call)) >= MOST_KEYS:
            raise MexcError(26, "operation not allowed")
        return self._renew(call, self._random.randbytes(32).hex())

    def listed(self, call: Call) -> Body:
        return {"listenKey": self._valid(call)}

    def extend(self, call: Call) -> Body:
        return self._renew(call, self._named(call))

    def close(self, call: Call) -> Body:
        """Its sockets are cut within a second."""
        key = self._named(call)
        del self._known[key]
        return {"listenKey": key}

    def _renew(self, call: Call, key: str) -> Body:
        self._known[key] = _owner(call), call.world.now() + LIVES_NS
        return {"listenKey": key}

    def _valid(self, call: Call) -> list[str]:
        owner, now = _owner(call), call.world.now()
        return [key for key, (whose, end) in self._known.items() if whose == owner and end > now]

    def _named(self, call: Call) -> str:
        key = call.text("listenKey")
        if key not in self._valid(call):
            raise NO_RECORD
        return key


def _owner(call: Call) -> str:
    return call.key.key if call.key is not None else ""
