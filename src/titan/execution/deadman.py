"""Keeps the venues' dead man's switches armed while the desk lives, and lets them fire when it hangs.

Whoever does the work calls `beat`; a keeper that was not beaten for `hung_ns` winds nothing up any more, so
the venue cancels what rests `seconds` after the last time. A loop that stands still winds nothing up
either. What the switch does not cover (positions, and venues that have none) is the panic's. It cancels
stops as well where the venue says "all orders" (Kraken).

Kraken's "Cancel All Orders After X" (read 2026-11-21) recommends 60 s, wound up each 15 to 30.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Final

from titan.model.errors import TitanError
from titan.ports import DeadMansSwitch

NS: Final = 1_000_000_000
SECONDS: Final = 60
"""OKX takes 10 to 120 s."""
_PER_SPAN: Final = 3
"""How often a switch is wound up in its span, whatever the answers take: one lost request is no harm."""
_ANSWERS: Final = 4
"""An answer is waited for so long a part of the span."""
_TRIES: Final = 12
"""And a request that failed is made again after so long a part."""


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
        for venue in self._switches:
            task = spawn(self._keep(venue))
            task.add_done_callback(lambda done, venue=venue: self._broke(venue, done))  # type: ignore[misc]
            self._tasks.append(task)

    async def close(self, *, disarm: bool = True) -> None:
        """Stop. An orderly end disarms, so that what rests on purpose stays; raises nothing."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        if disarm:
            await asyncio.gather(*(self._disarm(venue) for venue in list(self.armed_until)))

    async def _keep(self, venue: str) -> None:
        loop = asyncio.get_running_loop()
        while True:
            began, wound = loop.time(), self.alive and await self._wind(venue)
            parts = _PER_SPAN if wound or not self.alive else _TRIES
            await asyncio.sleep(max(began + self._seconds / parts - loop.time(), 0))

    def _broke(self, venue: str, task: asyncio.Task[None]) -> None:
        """Our own fault: nobody winds it up any more, and it will fire."""
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self._page(f"{venue}: nothing winds up the dead man's switch any more: {error!r}")

    async def _wind(self, venue: str) -> bool:
        asked, until = self._now(), self.armed_until.get(venue, 0)
        try:
            async with asyncio.timeout(self._seconds / _ANSWERS):
                await self._switches[venue].cancel_all_after(self._seconds)
        except (TitanError, TimeoutError) as e:
            if venue not in self._failing:
                self._failing.add(venue)
                why = e.message if isinstance(e, TitanError) else "no answer"
                self._page(f"{venue}: the dead man's switch cannot be wound up: {why}")
            return False
        self.armed_until[venue] = asked + self._seconds * NS
        if until and until < self._now():
            self._page(f"{venue}: the dead man's switch was late: what rested there may be cancelled")
        if venue in self._failing:
            self._failing.discard(venue)
            self._page(f"{venue}: the dead man's switch is wound up again")
        return True

    async def _disarm(self, venue: str) -> None:
        try:
            await self._switches[venue].cancel_all_after(0)
        except TitanError as e:
            self._page(f"{venue}: the dead man's switch could not be disarmed: {e.message}")
        else:
            self.armed_until.pop(venue, None)
