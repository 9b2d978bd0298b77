"""Our orders and fills as they happen: ccxt.pro's private streams, and polling besides.

A private stream is silent when nothing happens, and just so when it is dead: what is open is therefore asked
for from time to time, often while a stream is down and seldom while all are up. What comes by both ways is
told once (`reports`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final

from titan.model.errors import VenueBusy, VenueError, VenueFatal
from titan.venues.gateway.call import Caller
from titan.venues.gateway.entry import Entry
from titan.venues.gateway.limiter import Priority
from titan.venues.gateway.profile import Profile

CHECK_S: Final = 10.0
"""How often an open order is asked for while all streams are up."""
POLL_S: Final = 1.0
"""And while one is not."""
_AT_ONCE: Final = 20
_FIRST_WAIT_S: Final = 0.5
_LONGEST_WAIT_S: Final = 30.0


class Streams:
    """`start` on the event loop of the entry; `close` before it ends."""

    def __init__(
        self,
        profile: Profile,
        caller: Caller,
        entry: Entry,
        *,
        check_s: float = CHECK_S,
        poll_s: float = POLL_S,
    ) -> None:
        self._profile, self._caller, self._entry = profile, caller, entry
        self._check_s, self._poll_s = check_s, poll_s
        self._up: dict[str, bool] = {}
        self._looked: dict[str, int] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self.faults = 0
        """How often a stream broke."""

    @property
    def up(self) -> bool:
        """Whether every private stream is, as far as it says itself."""
        return bool(self._up) and all(self._up.values())

    def start(self) -> None:
        spawn = asyncio.get_running_loop().create_task
        for params in self._profile.streams:
            for what in ("watch_orders", "watch_my_trades"):
                name = f"{what} {params.get('type', '')}"
                self._up[name] = False
                self._tasks.append(spawn(self._watch(name, what, params)))
        for params in self._profile.stop_streams:
            self._up["stops"] = False
            self._tasks.append(spawn(self._watch("stops", "watch_orders", params)))
        self._tasks.append(spawn(self._poll()))

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _watch(self, name: str, what: str, params: Mapping[str, Any]) -> None:
        call = getattr(self._caller.client, what)
        reports = self._entry.reports
        hear: Callable[[Mapping[str, Any]], object] = reports.order
        if what != "watch_orders":
            hear = reports.trade
        elif params.get("trigger"):
            hear = self._hear_stop
        wait = _FIRST_WAIT_S
        while True:
            self._up[name] = True
            try:
                for one in await self._caller.query(lambda: call(None, None, None, dict(params)), attempts=1):
                    hear(one)
                wait = _FIRST_WAIT_S
                continue
            except VenueFatal:
                self._up[name] = False
                return  # the key does not open; every order says so too
            except VenueBusy as e:
                wait = max(wait, min(e.retry_after_ns / 1e9, _LONGEST_WAIT_S))
            except VenueError:
                pass
            self._up[name] = False
            self.faults += 1
            await asyncio.sleep(wait)
            wait = min(wait * 2, _LONGEST_WAIT_S)

    def _hear_stop(self, stop: Mapping[str, Any]) -> None:
        """It waits, was cancelled or failed. What became of one that was set off, only its order says."""
        if stop.get("status") != "closed":
            self._entry.reports.order(stop)

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(self._poll_s)
            now = self._caller.now()
            least = int((self._check_s if self.up else self._poll_s) * 1e9)
            due = [
                s
                for s in self._entry.reports.open()
                if s.accepted and now - self._looked.get(s.client_id, s.sent_ns) >= least
            ]
            due += [s for s in self._entry.reports.sent.values() if s.done and s.owed]
            for sent in sorted(due, key=lambda s: self._looked.get(s.client_id, 0))[:_AT_ONCE]:
                self._looked[sent.client_id] = now
                try:
                    await self._entry.look(sent, Priority.QUERY)
                except VenueError:
                    break
