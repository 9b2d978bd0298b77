"""Venues that did not answer when the run came up. What is held there is in the books, and nothing at all is
sent there, until it has told its rules anew, they are those that the run has, its accounts fit the books and
its prices are there. Then what was under way there goes on. The others trade meanwhile.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Final

from titan.execution.sagas.table import SagaWish
from titan.model.errors import VenueError
from titan.model.instrument import Instrument, venue_of
from titan.model.pair import PairIntent, TransferIntent
from titan.runtime.trading.left import Left
from titan.runtime.trading.recovery import open_wishes, take_up
from titan.runtime.trading.run import Run

FIRST_WAIT_S: Final = 1.0
LONGEST_WAIT_S: Final = 15.0


def close_absent(run: Run) -> None:
    """Shut what leads to them, exits included."""
    for venue, since_ns in run.markets.absent.items():
        run.doors.close(
            f"absent:{venue}", f"{venue} does not answer: {_rules(since_ns)}, nothing is traded there"
        )


def touches(wish: SagaWish, venues: frozenset[str]) -> bool:
    """Whether a wish has part in any of these venues."""
    match wish:
        case PairIntent():
            return not venues.isdisjoint((venue_of(wish.spot), venue_of(wish.perp)))
        case TransferIntent():
            return not venues.isdisjoint((venue_of(wish.source), venue_of(wish.target)))
        case _:
            return venue_of(wish.instrument) in venues


class Returning:
    """`start` when all that is there has been taken up; `close` when the run ends."""

    def __init__(self, run: Run, left: Left) -> None:
        self._run, self._left = run, left
        self._said: set[str] = set()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        if self._run.markets.absent:
            self._task = self._run.parts.engine.watch(self._watch())

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _watch(self) -> None:
        wait, absent = FIRST_WAIT_S, self._run.markets.absent
        while absent:
            for venue in list(absent):
                if await self._is_back(venue) and not self._ending():
                    wait = FIRST_WAIT_S
                    self._welcome(venue)
            await asyncio.sleep(wait)
            wait = min(2 * wait, LONGEST_WAIT_S)

    async def _is_back(self, venue: str) -> bool:
        run = self._run
        gateway = run.gateways[venue]
        if gateway.remembered:
            try:
                await gateway.instruments()
            except VenueError:
                return False
        mine = [one for one in run.instruments if one.venue == venue]
        changed = [one.id for one in mine if not _fits(one, gateway.rules.get(one.id))]
        if changed:
            self._tell(
                f"{venue} has other rules now of {', '.join(changed)}: start the run again to trade there"
            )
            return False
        return f"venue:{venue}" not in run.doors.closed() and all(run.has_price(one.id) for one in mine)

    def _ending(self) -> bool:
        """Whether nothing is begun any more: a panic, or the end of the run."""
        return bool(self._run.doors.shut) or self._run.state != "trading"

    def _welcome(self, venue: str) -> None:
        run, absent = self._run, self._run.markets.absent
        del absent[venue]
        run.doors.open(f"absent:{venue}")
        still = frozenset(absent)
        waiting = [
            w for w in open_wishes(self._left)
            if not run.parts.engine.took_up(w.id) and not touches(w, still)
        ]  # fmt: skip
        take_up(run, self._left, waiting)
        goes_on = f", and {len(waiting)} executions there go on" if waiting else ""
        self._tell(f"{venue} is back: its rules and accounts are as the run has them{goes_on}")

    def _tell(self, text: str) -> None:
        if text not in self._said:
            self._said.add(text)
            self._run.page(text)


def _fits(ours: Instrument, theirs: Instrument | None) -> bool:
    """Whether the grid is the same: what an account pays may differ."""
    return theirs is not None and (ours.tick, ours.lot) == (theirs.tick, theirs.lot)


def _rules(since_ns: int) -> str:
    if not since_ns:
        return "it told its rules and no prices"
    return f"its rules are those of {datetime.fromtimestamp(since_ns // 10**9, UTC):%Y-%m-%d %H:%M} UTC"
