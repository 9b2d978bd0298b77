"""Keeps the venues' dead man's switches armed while the desk lives, and lets them fire when it hangs.

Whoever does the work calls `beat`; a keeper that was not beaten for `hung_ns` winds nothing up any more, so
the venue cancels what rests `seconds` after the last time. A loop that stands still winds nothing up
either. What the switch does not cover (positions, and venues that have none) is the panic's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Final

from titan.model.errors import VenueError
from titan.ports import DeadMansSwitch

NS: Final = 1_000_000_000
SECONDS: Final = 30
"""OKX takes 10 to 120 s."""
_PER_SPAN: Final = 3
"""How often a switch is wound up in its span: one lost request is no harm."""


class SwitchKeeper:
    """`page` is told when a switch cannot be wound up, and when it can again; by venue, once each."""

    def __init__(
        self, switches: Mapping[str, DeadMansSwitch], *, now: Callable[[], int], page: Callable[[str], None],
        seconds: int = SECONDS, hung_ns: int = 10 * NS,
    ) -> None:  # fmt: skip
        self._switches, self._now, self._page = dict(switches), now, page
        self._seconds, self._hung_ns = seconds, hung_ns
        self._beaten_ns = now()
        self._tasks: list[asyncio.Task[None]] = []
        self._failing: set[str] = set()
        self.armed_until: dict[str, int] = {}
        """By venue: when its switch fires unless it is wound up again, by our clock."""

    def beat(self) -> None:
        """The desk is alive at this moment."""
        self._beaten_ns = self._now()

    @property
    def alive(self) -> bool:
        return self._now() - self._beaten_ns <= self._hung_ns

    def start(self) -> None:
        self.beat()
        spawn = asyncio.get_running_loop().create_task
        self._tasks = [spawn(self._keep(venue)) for venue in self._switches]

    async def close(self, *, disarm: bool = True) -> None:
        """Stop. An orderly end disarms, so that what rests on purpose stays; raises nothing."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        if disarm:
            await asyncio.gather(*(self._disarm(venue) for venue in list(self.armed_until)))

    async def _keep(self, venue: str) -> None:
        while True:
            if self.alive:
                await self._wind(venue)
            await asyncio.sleep(self._seconds / _PER_SPAN)

    async def _wind(self, venue: str) -> None:
        asked = self._now()
        try:
            await self._switches[venue].cancel_all_after(self._seconds)
        except VenueError as e:
            if venue not in self._failing:
                self._failing.add(venue)
                self._page(f"{venue}: the dead man's switch cannot be wound up: {e.message}")
            return
        self.armed_until[venue] = asked + self._seconds * NS
        if venue in self._failing:
            self._failing.discard(venue)
            self._page(f"{venue}: the dead man's switch is wound up again")

    async def _disarm(self, venue: str) -> None:
        try:
            await self._switches[venue].cancel_all_after(0)
        except VenueError as e:
            self._page(f"{venue}: the dead man's switch could not be disarmed: {e.message}")
        else:
            self.armed_until.pop(venue, None)
