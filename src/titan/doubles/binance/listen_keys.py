"""Listen keys: the address of a private stream. Futures still hand them out; spot's older clients ask too."""

from __future__ import annotations

import random as randomness
import string
from typing import Final

from titan.doubles.binance.calls import Call, Endpoint, Table
from titan.doubles.binance.errors import BinanceError

TOPIC: Final = "{kind}|user|{key}"
COMBINED: Final = "{kind}|user combined|{key}"
"""Of a key that was subscribed to as a stream's name on a combined socket."""


class ListenKeys:
    """One key for each API key; a second request gives the same and keeps it alive."""

    def __init__(self, random: randomness.Random) -> None:
        self._random = random
        self._of: dict[str, str] = {}
        self.live: set[str] = set()

    def table(self, path: str) -> Table:
        return {
            ("POST", path): Endpoint(self.start, "key"), ("PUT", path): Endpoint(self.keep, "key"),
            ("DELETE", path): Endpoint(self.stop, "key"),
        }  # fmt: skip

    def start(self, call: Call) -> dict[str, object]:
        owner = call.key.key if call.key else ""
        if owner not in self._of:
            key = "".join(self._random.choices(string.ascii_letters + string.digits, k=64))
            self._of[owner] = key
            self.live.add(key)
        return {"listenKey": self._of[owner]}

    def keep(self, call: Call) -> dict[str, object]:
        given = call.params.get("listenKey", "")
        owner = call.key.key if call.key else ""
        if owner not in self._of or given not in ("", self._of[owner]):
            raise BinanceError(-1125, "This listenKey does not exist.")
        return {"listenKey": self._of[owner]} if call.perp else {}

    def stop(self, call: Call) -> dict[str, object]:
        owner = call.key.key if call.key else ""
        self.live.discard(self._of.pop(owner, ""))
        return {}
