"""One life of the production run over the doubles: from its journal, or anew, until it is killed or stopped.

All of it is what `titan run --mode live` is made of: gateways with ccxt, reports by stream and by asking,
desk, gates, sagas, books, the reconciliation, the doors, Sentinel. Only the feeds' sockets are left out: rows
come straight from the doubles' markets, a moment after they happened.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random
from typing import Any

import aiohttp
import msgspec

from tests.week.journal import VirtualJournal
from tests.week.loop import KillableLoop, Life
from tests.week.net import Connector
from tests.week.venues import Venue
from titan import __version__
from titan.execution.reconcile import Reconciler
from titan.market.tape.rows import Rows
from titan.model.credentials import Credentials
from titan.model.listing import Listing
from titan.model.run import RunBegan
from titan.runtime.config import Config
from titan.runtime.entries import TYPES
from titan.runtime.modes import mode_named
from titan.runtime.trading import life as lives
from titan.runtime.trading.beside import Beside
from titan.runtime.trading.left import left_by
from titan.runtime.trading.markets import Markets
from titan.runtime.trading.plan import Plan, VenuePlan, credentials_of, payer_of
from titan.runtime.trading.run import Run
from titan.runtime.trading.stopping import WHY, wind_down
from titan.storage.recall import recall
from titan.storage.store import Store, open_store
from titan.venues.gateway.gateway import Gateway, open_gateway
from titan.venues.gateway.limiter import SHARED

MODE = "live"
POLL_S = 5.0
"""How often an open order is asked for while a stream is down: a week has 600,000 seconds."""


class Rules(Markets):
    """Rules by the venue's own word; rows from the doubles' markets."""

    on_rows: Callable[[Rows], None] | None = None

    async def start(self, on_rows: Callable[[Rows], None]) -> None:
        self.on_rows = on_rows

    def places(self, venue: Venue) -> list[int]:
        """The run's number of each of the venue's instruments."""
        known = {one.id: n for n, one in enumerate(self.instruments)}
        return [known[one.id] for one in venue.instruments]


class Process:
    """`begin` it on the loop, in its own context; `killed` takes it away at once, `end` stops it in peace."""

    def __init__(
        self, life: Life, loop: KillableLoop, venues: Mapping[str, Venue], config: Config, folder: Path,
        rng: Random, told: Callable[[msgspec.Struct], None], say: Callable[[str], None],
    ) -> None:  # fmt: skip
        self.life, self.loop, self.venues, self._config = life, loop, venues, config
        self._rng, self._told, self._say = rng, told, say
        self.plan = Plan(
            MODE, folder, folder, f"sqlite:///{folder / 'titan.db'}",
            tuple(
                VenuePlan(
                    name, tuple(i.id.partition(".")[2] for i in venue.instruments), venue.addresses, False,
                    "", 1.0, "", config.venues.used()[name].withdraw.key,
                )
                for name, venue in venues.items()
            ),
            config,
        )  # fmt: skip
        self.context = loop.context_of(life)
        self.trading = False
        self.store: Store
        self.journal: VirtualJournal | None = None
        self.markets: Rules
        self.gateways: dict[str, Gateway] = {}
        self.payers: dict[str, Gateway] = {}
        self.run: Run
        self.watch: Reconciler | None = None
        self._places: dict[str, Any] = {}
        self._silent: set[str] = set()

    async def begin(self) -> None:
        """Until entries may leave; raises what any part raises."""
        SHARED._limiters.clear()  # of the process before
        plan, loop = self.plan, self.loop
        began_ns = loop.now()
        self.store = open_store(plan.store)
        left = left_by(recall(self.store, TYPES))
        self.journal = VirtualJournal(self.store, now=loop.now, rng=self._rng, told=self._told)
        if left.began is None or left.untouched:
            left = left.anew()
        run = self.run = await self._made(left.began.run_id if left.began is not None else "week")
        run.resumed = left.began is not None
        settings = plan.config.run
        self.journal(
            RunBegan(
                run.run_id, plan.mode, run.parts.strategy.name, str(plan.place), settings.capital,
                settings.seed, __version__, run.resumed, loop.now(),
            )
        )  # fmt: skip
        for instrument in run.instruments:
            self.journal(Listing(instrument, loop.now()))
        self._places = {name: self.markets.places(venue) for name, venue in self.venues.items()}
        never = asyncio.Event()
        self.watch = await lives._take_up(run, left, began_ns, never, self._say, Beside(run))
        run.begin()
        self.trading = True

    async def _made(self, run_id: str) -> Run:
        """As `runtime.trading.opening.open_run`, with connections of this loop."""
        plan, loop = self.plan, self.loop
        self.markets = Rules(loop.now, self._rng)
        for venue in plan.venues:
            assert venue.addresses is not None
            gateway = self._opened(venue, credentials_of(venue, venue.addresses, {}))
            gateway.streams._poll_s = POLL_S
            self.gateways[venue.venue] = gateway
            payer = payer_of(venue, venue.addresses, {})
            if payer is not None:
                self.payers[venue.venue] = self._opened(venue, payer)
            await self._asked(venue, gateway)
        journal: Any = self.journal
        return Run(
            mode_named(MODE), run_id, plan, loop, self.markets, self.gateways, journal, self._say,
            self.payers,
        )  # fmt: skip

    def _opened(self, venue: VenuePlan, keys: Credentials) -> Gateway:
        assert venue.addresses is not None
        gateway = open_gateway(venue.venue, now=self.loop.now, addresses=venue.addresses, credentials=keys)
        gateway.client.ssl_context = False
        gateway.client.session = aiohttp.ClientSession(connector=Connector())
        return gateway

    async def _asked(self, venue: VenuePlan, gateway: Gateway) -> None:
        """A venue that does not answer is asked again: whoever starts the process does so again."""
        from titan.model.errors import VenueError

        while True:
            try:
                assert venue.addresses is not None
                await self.markets.add(venue, venue.addresses, gateway)
            except VenueError as e:
                if venue.venue not in self._silent:
                    self._say(f"{venue.venue} does not tell its rules: {e.message}")
                self._silent.add(venue.venue)
                await asyncio.sleep(20.0)
            else:
                return

    def rows(self, venue: str, rows: Rows) -> None:
        """Rows of one venue reach this process now."""
        hear = getattr(self, "markets", None) and self.markets.on_rows
        if hear and len(rows.ts):
            import numpy as np

            place = np.array(self._places[venue], np.uint16)
            self.context.run(hear, rows._replace(inst=place[rows.inst]))

    def killed(self) -> int:
        """How many entries of the journal were lost."""
        self.loop.kill(self.life)
        if self.journal is None:
            return 0
        lost = self.journal.killed()
        self.store.close()
        return lost

    async def end(self) -> None:
        """As a stop by Ctrl-C ends a run."""
        run = self.run
        run.state = "stopping"
        run.rehearsal.close()
        run.doors.close("stopping", WHY)
        live = self.plan.config.live
        await wind_down(run.parts.engine, run.parts.desk, live.on_stop, live.stop_seconds, run.page)
