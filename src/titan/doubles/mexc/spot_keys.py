"""Listen keys: who may hear of the account on a socket.

www.mexc.com/api-docs/spot-v3, "Websocket User Data Streams" (read 2026-11-21): a key lives for 60 minutes and
as long again after each PUT; 60 at a time, 5 connections on each.
"""

from __future__ import annotations

import random as randomness
from typing import Final

from titan.doubles.keys import ApiKey
from titan.doubles.mexc.errors import NO_KEY, NO_RECORD, MexcError
from titan.doubles.mexc.spot_call import Body, Call, Endpoint, Table

LIVES_NS: Final = 3_600_000_000_000
MOST_KEYS: Final = 60
MOST_SOCKETS: Final = 5
_PATH: Final = "/api/v3/userDataStream"


class ListenKeys:
    """By key: when it ends, ns of the venue's clock."""

    def __init__(self, random: randomness.Random) -> None:
        self._random = random
        self._ends: dict[str, int] = {}
        self._owners: dict[str, str] = {}

    @property
    def table(self) -> Table:
        return {
            ("POST", _PATH): Endpoint(self.start, "read"), ("GET", _PATH): Endpoint(self.listed, "read"),
            ("PUT", _PATH): Endpoint(self.extend, "read"), ("DELETE", _PATH): Endpoint(self.close, "read"),
        }  # fmt: skip

    def lives(self, key: str, now_ns: int) -> bool:
        return self._ends.get(key, 0) > now_ns

    def start(self, call: Call) -> Body:
        owner, now = _owner(call), call.world.now()
        if len(self._valid(owner, now)) >= MOST_KEYS:
            raise MexcError(26, "operation not allowed")
        key = self._random.randbytes(32).hex()
        self._ends[key], self._owners[key] = now + LIVES_NS, owner.key
        return {"listenKey": key}

    def listed(self, call: Call) -> Body:
        return {"listenKey": self._valid(_owner(call), call.world.now())}

    def extend(self, call: Call) -> Body:
        key = self._named(call)
        self._ends[key] = call.world.now() + LIVES_NS
        return {"listenKey": key}

    def close(self, call: Call) -> Body:
        """Its sockets are cut with the next beat."""
        key = self._named(call)
        del self._ends[key]
        return {"listenKey": key}

    def _valid(self, owner: ApiKey, now_ns: int) -> list[str]:
        return [k for k, end in self._ends.items() if end > now_ns and self._owners[k] == owner.key]

    def _named(self, call: Call) -> str:
        key = call.text("listenKey")
        if key not in self._valid(_owner(call), call.world.now()):
            raise NO_RECORD
        return key


def _owner(call: Call) -> ApiKey:
    if call.key is None:
        raise NO_KEY
    return call.key
