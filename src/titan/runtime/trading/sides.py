"""Who takes a run's orders: a simulation on live rows, or the venues themselves."""

from __future__ import annotations

import asyncio
import statistics
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Final, NamedTuple, Protocol

from titan.engine.arrivals import Heard
from titan.execution.memory import Memory
from titan.execution.venue_ports import VenuePorts
from titan.model.errors import OrderError, TitanError
from titan.model.events import LEFT, VenueEvent
from titan.model.instrument import Instrument
from titan.model.pair import TransferIntent
from titan.model.recovery import Baseline, Deposited
from titan.portfolio.ledger import Ledger
from titan.ports import Approved, Carrier, Clock, DeadMansSwitch, Mover
from titan.runtime.capital import par, starting
from titan.runtime.config import Config, RunConfig
from titan.runtime.trading.paper_account import PaperAccount
from titan.simulation.models import Models
from titan.simulation.paper import Delay, PaperVenue
from titan.simulation.withdrawals import SimCarrier
from titan.strategies.sentinel.params import find_pairs
from titan.venues.feed import Feed
from titan.venues.gateway.gateway import Gateway

PING_S: Final = 5.0
_PINGS: Final = 15
_FALLBACK: Final = Delay(40_000_000, 10_000_000)
"""Until a venue has told its time: 20 ms there, as in a backtest without measurements."""


Marks = Callable[[], Mapping[str, Decimal]]
"""Prices of now, by instrument."""
NOBODY: Final[Mapping[str, Gateway]] = MappingProxyType({})


class Wiring(NamedTuple):
    """What a side is made from."""

    instruments: tuple[Instrument, ...]
    gateways: Mapping[str, Gateway]
    config: Config
    models: Models
    clock: Clock
    payers: Mapping[str, Gateway] = NOBODY
    """Those whose keys may withdraw, by venue."""


class Side(Protocol):
    """Made before the rows flow; `open` when everybody listens."""

    @property
    def hears(self) -> Sequence[Heard]:
        """Who must have a block before anything is decided on it."""
        ...

    @property
    def mover(self) -> Mover | None:
        """Moves money where that takes time; None where `transfer` does it at once."""
        ...

    @property
    def carrier(self) -> Carrier | None:
        """Carries money between venues; None where there is one only."""
        ...

    def submit(self, order: Approved) -> None: ...

    def rehearse(self, order: Approved) -> None:
        """All that `submit` does but remember and send it."""
        ...

    def cancel(self, client_id: str) -> None: ...

    def amends(self, instrument: str) -> bool:
        """Whether orders of this instrument are changed in place."""
        ...

    def amend(self, client_id: str, *, lots: int, limit_ticks: int) -> None:
        """Implements Amends. Raises OrderError where it cannot be."""
        ...

    def transfer(self, asset: str, amount: Decimal, source: str, target: str) -> str: ...

    def subscribe(self, sink: Callable[[VenueEvent], None]) -> None: ...

    async def capital(self, run: RunConfig, futures_share: Decimal) -> Sequence[Deposited | Baseline]:
        """What a new run begins with, and what is there and not its own. Raises VenueError."""
        ...

    def restore(self, ledger: Ledger, memory: Memory, entries: int) -> None:
        """An earlier process' books and orders, before anything is heard; `entries` are those of its
        journal."""
        ...

    def ports(self, instruments: Mapping[str, Instrument]) -> Sequence[VenuePorts]:
        """The venues that can be asked what is so; none where the books are the only truth."""
        ...

    def own_accounts(self, instruments: Mapping[str, Instrument], marks: Marks) -> Sequence[VenuePorts]:
        """Accounts that nobody but this process can reach, as a panic must; none at venues."""
        ...

    def switches(self) -> Mapping[str, DeadMansSwitch]:
        """By venue, those that have one."""
        ...

    async def open(self, feeds: Mapping[str, Feed]) -> None: ...

    async def close(self) -> None: ...


class PaperSide(PaperVenue):
    """The simulated exchange, as late as a question to the venues and their feeds are measured to be."""

    def __init__(self, wiring: Wiring) -> None:
        loop = asyncio.get_running_loop()
        super().__init__(
            wiring.instruments, wiring.models, wiring.clock, loop.call_later, seed=wiring.config.run.seed
        )
        self._carrier = SimCarrier(self.sim, wiring.models, wiring.clock)
        self._gateways, self._feeds = wiring.gateways, dict[str, Feed]()
        self._asked: deque[int] = deque(maxlen=_PINGS)
        self._measuring: asyncio.Task[None] | None = None
        self._gone: list[str] = []
        self.measured(_FALLBACK)

    @property
    def hears(self) -> Sequence[Heard]:
        return (self.on_rows,)

    def amends(self, instrument: str) -> bool:
        del instrument
        return False

    def amend(self, client_id: str, *, lots: int, limit_ticks: int) -> None:
        raise OrderError(f"{client_id} cannot be changed in place to {lots} lots at {limit_ticks} ticks")

    def rehearse(self, order: Approved) -> None:
        """No request is made here, so there is nothing to keep warm."""

    def restore(self, ledger: Ledger, memory: Memory, entries: int) -> None:
        """The simulated venue died with the process: it stands as the books say, and its orders are gone."""
        self.sim.restore(ledger.balances(), ledger.positions(), entries)
        for wish in memory.wishes.values():
            if isinstance(wish, TransferIntent) and ledger.has("transfer", wish.id + LEFT):
                self._carrier.recall(wish)
        self._gone = [
            name
            for name, order in memory.orders.items()
            if not order.ended and sum(f.lots for f in order.fills) < order.submitted.intent.lots
        ]

    def ports(self, instruments: Mapping[str, Instrument]) -> Sequence[VenuePorts]:
        del instruments
        return ()

    def own_accounts(self, instruments: Mapping[str, Instrument], marks: Marks) -> Sequence[VenuePorts]:
        venues = sorted({one.venue for one in instruments.values()})
        return [PaperAccount(venue, self, marks).ports(instruments) for venue in venues]

    async def capital(self, run: RunConfig, futures_share: Decimal) -> Sequence[Deposited | Baseline]:
        """The configured capital, in equal parts for each venue; other stablecoins one for one."""
        pairs, now = find_pairs(self.exchange.instruments), self._clock.now()
        found = starting(run.capital, pairs, futures_share, run.quote, par)
        for one in found:
            self.deposit(one.wallet, one.asset, one.amount)
        return [Deposited(one.wallet, one.asset, one.amount, now, one.price) for one in found]

    @property
    def mover(self) -> Mover | None:
        return None

    @property
    def carrier(self) -> Carrier:
        return self._carrier

    def switches(self) -> Mapping[str, DeadMansSwitch]:
        return {}

    async def open(self, feeds: Mapping[str, Feed]) -> None:
        self._feeds = dict(feeds)
        for name in self._gone:
            self.forget(name)
        self._measuring = asyncio.get_running_loop().create_task(self._measure())

    async def close(self) -> None:
        if self._measuring is not None:
            self._measuring.cancel()
            await asyncio.gather(self._measuring, return_exceptions=True)
        self.stop()

    async def _measure(self) -> None:
        """The median of the last questions for the time; the slowest venue counts for all."""
        loop = asyncio.get_running_loop()
        while True:
            for gateway in self._gateways.values():
                if not gateway.client.has.get("fetchTime"):
                    continue
                began = loop.time()
                try:
                    await gateway.caller.query(gateway.client.fetch_time, attempts=1)
                except TitanError:
                    continue
                self._asked.append(round((loop.time() - began) * 1e9))
            if self._asked:
                self.measured(Delay(round(statistics.median(self._asked)), self._feed_ns()))
            await asyncio.sleep(PING_S if len(self._asked) >= _PINGS else 0.2)

    def _feed_ns(self) -> int:
        known = [
            h.latency_ns for feed in self._feeds.values() for h in feed.health() if h.latency_ns is not None
        ]
        return max(max(known, default=_FALLBACK.feed), 0)
