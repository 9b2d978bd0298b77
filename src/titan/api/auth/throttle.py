"""Slows down who guesses: after a few failures each further attempt waits twice as long as the one before.

Counted by name and by address, in memory, bounded. An attempt counts as failed from its beginning, so that
attempts made at once are counted as well; one that comes too early is refused unlooked at. An address from
which a name signed in has a count of its own with that name: a stranger's guesses lock nobody out.
"""

from __future__ import annotations

import ipaddress
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

import msgspec

from titan.api.auth.keys import S
from titan.api.errors import TooMany

FREE_NAME: Final = 4
FREE_ADDRESS: Final = 12
LONGEST_S: Final = 900
FORGOTTEN_S: Final = 2 * LONGEST_S
MOST: Final = 10_000
"""Names and addresses that are kept; the one longest quiet goes first."""


class _Count(msgspec.Struct):
    failures: int = 0
    last_ns: int = 0
    until_ns: int = 0


class Attempt(msgspec.Struct, frozen=True):
    """One that has begun: what it is counted under, each with how many are free there."""

    name: str
    network: str
    counted: tuple[tuple[str, int], ...]


class Throttle:
    def __init__(self, now: Callable[[], int], most: int = MOST) -> None:
        self._now = now
        self._most = most
        self._turn = threading.Lock()
        self._counts: OrderedDict[str, _Count] = OrderedDict()
        self._known: OrderedDict[tuple[str, str], None] = OrderedDict()

    def begin(self, name: str, address: str) -> Attempt:
        """An attempt begins. Raises TooMany for one that comes too early."""
        with self._turn:
            now = self._now()
            attempt = self._attempt(name, network_of(address))
            counts = [(self._count(key, now), free) for key, free in attempt.counted]
            wait = max(count.until_ns for count, _ in counts) - now
            if wait > 0:
                raise TooMany(
                    "too many attempts failed",
                    retry_after_s=-(-wait // S),
                    remedy="wait as long as Retry-After says (seconds)",
                )
            for count, free in counts:
                count.failures += 1
                count.last_ns = now
                over = count.failures - free
                count.until_ns = now + min(1 << min(over, 20), LONGEST_S) * S if over >= 0 else 0
            return attempt

    def succeeded(self, attempt: Attempt) -> None:
        """It was right: the count of the name begins anew, and the address's is without it."""
        with self._turn:
            for key, free in attempt.counted:
                if key.startswith("address "):
                    self._take_back(key, free)
                else:
                    self._counts.pop(key, None)
            self._known[attempt.name, attempt.network] = None
            self._known.move_to_end((attempt.name, attempt.network))
            while len(self._known) > self._most:
                self._known.popitem(last=False)

    def withdrawn(self, attempt: Attempt) -> None:
        """It was neither right nor wrong: as if it had not been made."""
        with self._turn:
            for key, free in attempt.counted:
                self._take_back(key, free)

    def _take_back(self, key: str, free: int) -> None:
        count = self._counts.get(key)
        if count is not None:
            count.failures = max(0, count.failures - 1)
            if count.failures < free:
                count.until_ns = 0

    def _attempt(self, name: str, network: str) -> Attempt:
        if (name, network) in self._known:
            return Attempt(name, network, ((f"known {name} {network}", FREE_NAME),))
        return Attempt(name, network, ((f"name {name}", FREE_NAME), (f"address {network}", FREE_ADDRESS)))

    def _count(self, key: str, now: int) -> _Count:
        count = self._counts.get(key)
        if count is None or now - count.last_ns > FORGOTTEN_S * S:
            count = self._counts[key] = _Count()
        self._counts.move_to_end(key)
        while len(self._counts) > self._most:
            self._counts.popitem(last=False)
        return count


def network_of(address: str) -> str:
    """Whom an address belongs to: of IPv6 the /64, which one machine has all of."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if ip.version == 4 or ip.ipv4_mapped is not None:
        return str(ip.ipv4_mapped if ip.version == 6 else ip)
    return str(ipaddress.ip_network((ip, 64), strict=False))
