"""A story: the venues' week, the faults on the wire, and the lives of the process that trades it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import ccxt
import msgspec

from tests.week import page
from tests.week.laws import Statement, judge
from tests.week.loop import KillableLoop, Life
from tests.week.market import HOUR_NS, START_NS, tapes
from tests.week.net import Net
from tests.week.process import Process
from tests.week.venues import Venue
from tests.week.watch import Watch
from titan.doubles.faults import Fault
from titan.execution.memory import fold
from titan.model.guard import MarginStep
from titan.runtime.config import Config, load_config
from titan.runtime.entries import TYPES
from titan.runtime.observe import EquityPoint
from titan.storage.recall import recall
from titan.storage.store import look_into

NS = 1_000_000_000
STEP_LAG_NS = 30_000_000
"""A step's rows are seen so long after its moment: those of a step come within 20 ms."""
FIRST_PORT = 40_000
SAMPLES = 2000
"""Points of the equity curve."""


@dataclass
class Terms:
    """What a story is about."""

    days: float = 7.0
    seed: int = 1
    venues: tuple[str, ...] = ("binance", "bybit")
    bases: tuple[str, ...] = ("BTC", "ETH")
    step_s: float = 5.0
    money: Decimal = Decimal(100_000)
    """At each venue."""
    kills: int = 2
    outage_s: float = 3600.0
    faults: bool = True
    settings: dict[str, object] = field(default_factory=dict)

    @property
    def hours(self) -> float:
        return self.days * 24

    def command(self) -> str:
        return f"python -m tests.week --days {self.days:g} --seed {self.seed}"


SETTINGS: dict[str, object] = {
    "sentinel.sample_seconds": 60, "sentinel.window": 288, "sentinel.futures_share": 0.35,
    "sentinel.check_seconds": 300, "live.rehearse_seconds": 0, "live.reconcile_seconds": 300,
}  # fmt: skip


def wire(rng: Random) -> list[Fault]:
    """Faults of the whole story: some each hour."""
    return [
        Fault("timeout_before", match="/order", on="http", probability=0.004, seconds=12),
        Fault("timeout_after", match="/order", on="http", probability=0.004, seconds=12),
        Fault("http_5xx", on="http", probability=0.002),
        Fault("rate_limit", on="http", probability=0.0005, seconds=3),
        Fault("delay", on="http", probability=0.01, seconds=1.5),
        Fault("drop", on="http", probability=0.001),
        Fault("reject", probability=0.004),
        Fault("partial_fills", probability=0.03, seconds=1, pieces=3),
        Fault("duplicate", on="ws", probability=0.05),
        Fault("reorder", on="ws", probability=0.05),
        Fault("drop", on="ws", probability=0.01),
        Fault("delay", on="ws", probability=0.03, seconds=2),
        Fault("disconnect", on="ws", every=3 * 3600 + rng.random() * 3600),
        Fault("half_open", on="ws", every=7 * 3600 + rng.random() * 3600, seconds=120),
    ]  # fmt: skip


class Story:
    """`play` it once; what came of it stands here then. `tell` hears what happens, with its moment."""

    def __init__(self, terms: Terms, folder: Path, tell: Callable[[str], None] = lambda text: None) -> None:
        self.terms, self.folder, self._tell = terms, folder, tell
        rng = self.rng = Random(f"week:{terms.seed}")
        made = tapes(terms.venues, terms.bases, hours=terms.hours, step_s=terms.step_s, seed=terms.seed)
        tape = made[terms.venues[0]]
        self.start_ns = tape.start
        self.end_ns = START_NS + round(terms.hours * HOUR_NS) - round(60 * NS)
        self.loop = KillableLoop(self.start_ns)
        self.loop.set_exception_handler(self._surprise)
        self.net = Net(self.loop, Random(f"week:{terms.seed}:net"))
        self.config = config_of(terms)
        share = Decimal(repr(self.config.sentinel.futures_share))
        self.venues = {
            name: Venue(
                name, made[name], self.loop, self.net, seed=terms.seed + n, money=terms.money,
                futures_share=share, first_port=FIRST_PORT + 100 * n,
            )
            for n, name in enumerate(terms.venues)
        }  # fmt: skip
        self.process: Process | None = None
        self.lives: list[Life] = []
        self.counts: Counter[str] = Counter()
        self.margin: Counter[str] = Counter()
        self.notes: list[str] = []
        self.surprises: list[str] = []
        self.lost = 0
        self.events: list[Callable[[msgspec.Struct], None]] = []
        at_work = len(terms.bases) * len(terms.venues) * 2
        clip = float(self.config.sentinel.clip_usd)
        self.watch = Watch(self.venues, self.loop.now, lean_quote=clip * 1.1 * at_work / len(terms.bases))
        self.asleep: list[tuple[int, int]] = []
        """(from, to) ns in which a process was dead or a venue could not be reached."""
        self.hits: Counter[str] = Counter()
        self.statement: Statement | None = None
        self._next = self.start_ns + STEP_LAG_NS
        self._moments = self._planned(rng)
        self.out: Path | None = None
        self.seconds: Callable[[], float] = lambda: 0.0
        """Of the machine, for the report."""
        self.progress: Callable[[float], None] = lambda hours: None
        self.equity: list[EquityPoint] = []
        self._value_next = self.start_ns
        self.incidents: list[tuple[int, str]] = []
        self._waits: list[asyncio.Task[None]] = []
        self._went_down = 0

    def _planned(self, rng: Random) -> list[tuple[float, str, str]]:
        """(seconds, what, where), in their order."""
        terms, span = self.terms, self.terms.hours * 3600
        found = [
            (span * (n + 0.3 + 0.5 * rng.random()) / (terms.kills + 0.3), "kill", "")
            for n in range(terms.kills)
        ]
        if terms.outage_s:
            venue = rng.choice(terms.venues)
            at = span * (0.35 + 0.3 * rng.random())
            found += [(at, "down", venue), (at + min(terms.outage_s, span / 10), "up", venue)]
        return sorted(found)

    def play(self) -> None:
        self.loop.attach(self)
        with venue_clock(self.loop.now):
            try:
                self.loop.run_until_complete(self._play())
            finally:
                self.loop.over(self.lives)

    # -- the market moves

    def move(self, until_ns: int) -> int:
        if until_ns < self._next:
            return until_ns
        now, self._next = self._next, self._next + round(self.terms.step_s * NS)
        self.loop.advance_to(now)
        process = self.process
        for name, venue in self.venues.items():
            rows = venue.step(now)
            if process is not None and not venue.down and not process.life.dead:
                process.rows(name, rows)
        self.watch.sample(now)
        self._value(now)
        self.progress((now - self.start_ns) / HOUR_NS)
        return now

    def _value(self, now_ns: int) -> None:
        """A point of the equity curve, by the run's own books."""
        process = self.process
        if now_ns < self._value_next or process is None or process.life.dead or not process.trading:
            return
        self._value_next = now_ns + (self.end_ns - self.start_ns) // SAMPLES
        observer = process.run.parts.observer
        process.context.run(observer.sample, Decimal(repr(self.config.simulation.leverage)), now_ns)
        self.equity.append(observer.equity[-1])
        del observer.equity[:-1]

    def asleep_s(self, since_ns: int, until_ns: int) -> float:
        """Seconds of a span in which nothing could be done about it."""
        return sum(max(0, min(until_ns, b) - max(since_ns, a)) for a, b in self.asleep) / 1e9

    # -- what happens

    async def _play(self) -> None:
        for venue in self.venues.values():
            await venue.start()
        self._live()
        began = self.loop.time()
        for seconds, what, where in self._moments:
            await asyncio.sleep(began + seconds - self.loop.time())
            await getattr(self, f"_{what}")(where)
        await asyncio.sleep((self.end_ns - self.loop.now()) / NS - 600)
        await self._end()

    def _live(self) -> None:
        life = Life(f"process {len(self.lives) + 1}")
        self.lives.append(life)
        process = self.process = Process(
            life, self.loop, self.venues, self.config, self.folder, Random(f"{self.terms.seed}:{life.name}"),
            self._heard, self.say,
        )  # fmt: skip
        task = process.context.run(self.loop.create_task, self._begun(process))
        task.set_name(life.name)

    async def _begun(self, process: Process) -> None:
        try:
            await process.begin()
        except Exception as e:
            self.surprises.append(f"{process.life.name} did not come up: {e!r}")
            raise
        if self.terms.faults and len(self.lives) == 1:
            for venue in self.venues.values():
                venue.inject(wire(self.rng))
        self.say(f"{process.life.name} trades")
        await process.run.parts.engine.done.wait()
        self.surprises.append(f"{process.life.name} broke: {process.run.parts.engine.failure!r}")

    async def _kill(self, where: str) -> None:
        del where
        process = self.process
        assert process is not None
        lost = process.killed()
        self.net.cut(process.life)
        self.lost += lost
        self.counts["kill"] += 1
        began = self.loop.now()
        self.say(f"{process.life.name} is killed; {lost} entries of its journal were not stored yet")
        await asyncio.sleep(5 + self.rng.random() * 60)
        self._live()
        task = self.loop.create_task(self._woken(began, self.process))
        self._waits.append(task)

    async def _woken(self, began_ns: int, process: Process | None) -> None:
        while process is not None and not process.trading and not process.life.dead:
            await asyncio.sleep(0.5)
        self.asleep.append((began_ns, self.loop.now()))

    async def _down(self, where: str) -> None:
        self.counts["outage"] += 1
        self.say(f"{where} is unreachable")
        self._went_down = self.loop.now()
        self.venues[where].unreachable()

    async def _up(self, where: str) -> None:
        self.say(f"{where} is reachable again")
        self.venues[where].reachable()
        self.asleep.append((self._went_down, self.loop.now()))

    async def _end(self) -> None:
        """Calm, then a stop in peace and a last look."""
        process = self.process
        assert process is not None
        for venue in self.venues.values():
            self.hits.update(venue.hits())
            venue.faults.clear()
        await process.context.run(self.loop.create_task, process.end())
        await asyncio.sleep(120)
        if process.watch is not None:
            process.context.run(process.watch.hurry)
        await asyncio.sleep(60)
        store = look_into(process.plan.store)
        try:
            entries = list(recall(store, TYPES))
            self.statement = judge(self, fold(entries))
            if self.out is not None:
                page.write(self, entries, self.out, self.seconds())
        finally:
            store.close()

    def _heard(self, event: msgspec.Struct) -> None:
        self.counts[type(event).__name__] += 1
        if isinstance(event, MarginStep):
            self.margin[event.tier.name.lower()] += 1
        for hear in self.events:
            hear(event)

    def _surprise(self, loop: object, context: dict[str, object]) -> None:
        del loop
        error = context.get("exception")
        if not isinstance(
            error, ccxt.NetworkError
        ):  # of a socket of its own that broke, and nobody waited for
            self.surprises.append(f"{context.get('message')}: {error!r}")

    def say(self, text: str) -> None:
        self.incidents.append((self.loop.now(), text))
        hours = (self.loop.now() - self.start_ns) / HOUR_NS
        line = f"{hours:8.2f} h  {text}"
        self.notes.append(line)
        self._tell(line)


def config_of(terms: Terms) -> Config:
    settings = {"run.seed": terms.seed, "run.capital": int(terms.money * len(terms.venues)), **SETTINGS}
    return load_config(None, {}, {**settings, **terms.settings})


@contextmanager
def venue_clock(now: Callable[[], int]) -> Iterator[None]:
    """ccxt signs by this clock."""
    base: Any = next(one for one in ccxt.Exchange.__mro__ if "milliseconds" in vars(one))
    kept = {name: vars(base)[name] for name in ("milliseconds", "microseconds", "seconds")}
    try:
        base.milliseconds = staticmethod(lambda: now() // 1_000_000)
        base.microseconds = staticmethod(lambda: now() // 1000)
        base.seconds = staticmethod(lambda: now() // NS)
        yield
    finally:
        for name, value in kept.items():
            setattr(base, name, value)
