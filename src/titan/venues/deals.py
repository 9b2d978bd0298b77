"""Which trades were said already, by the same connection or by the one that replaces it.

Trades with an id are known by it. Those without (spot before June 2026) are counted: the n-th trade of one
time, price, size and side on one connection is the n-th on the other too, wherever the messages are cut.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Final

_ROOM: Final = 20_000


class Deals:
    """Of one market. Remembers about the last 20,000 to 40,000 trades."""

    def __init__(self) -> None:
        self._ids: dict[Hashable, None] = {}
        self._old_ids: dict[Hashable, None] = {}
        self._said: dict[Hashable, int] = {}
        self._by_connection: dict[tuple[int, Hashable], int] = {}

    def new(self, key: Hashable) -> bool:
        """Whether this id, or this whole message, comes for the first time."""
        if key in self._ids or key in self._old_ids:
            return False
        self._ids[key] = None
        if len(self._ids) > _ROOM:
            self._old_ids, self._ids = self._ids, {}
        return True

    def new_of(self, connection: int, deal: Hashable) -> bool:
        """Whether a trade without an id is one that no connection has brought before."""
        n = self._by_connection[connection, deal] = self._by_connection.get((connection, deal), 0) + 1
        if len(self._by_connection) > _ROOM:
            self._by_connection.clear()
            self._said.clear()
        if n <= self._said.get(deal, 0):
            return False
        self._said[deal] = n
        return True
