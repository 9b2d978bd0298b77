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
from tests.week.kills import AIMS, Aim
from tests.week.laws import Statement, judge
from tests.week.loop import KillableLoop, Life
from tests.week.market import HOUR_NS, START_NS, tapes
from tests.week.net import Net
from tests.week.played import asked, carried, played
from tests.week.process import Process
from tests.week.venues import Venue
from tests.week.watch import Watch
from titan.doubles.faults import Fault, Kind
from titan.doubles.rails import Rails, address_of
from titan.execution.memory import fold
from titan.runtime.config import Config, load_config
from titan.runtime.entries import TYPES
from titan.runtime.observe import EquityPoint
from titan.storage.recall import recall
from titan.storage.store import look_into

NS = 1_000_000_000
STEP_LAG_NS = 30_000_000
"""A step's rows are seen so long after its moment: those of a step come within 20 ms."""
FIRST_PORT = 40_000
TILT = Decimal("0.3")
"""By how much the first venue has more money than the mean, and the last less."""
ON_THE_WAY_S = 600.0
"""Of money between two venues."""
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
    """At each venue, in the mean: see `funds`."""
    kills: int = 4
    outage_s: float = 3600.0
    faults: bool = True
    settings: dict[str, object] = field(default_factory=dict)

    @property
    def hours(self) -> float:
        return self.days * 24

    @property
    def faults_from_s(self) -> float:
        """In a long story the first pairs are built in peace: an entry that a fault ended is not taken up
        again, and small pairs never call for margin.
        """
        return 0.0 if self.days < 1 else 3600.0

    @property
    def calm_s(self) -> float:
        """At the end, without faults: what is on its way then comes."""
        return 600.0 if self.days < 1 else 3600.0

    @property
    def whole(self) -> bool:
        """Whether all that a week is about has time to come."""
        return self.days >= 7

    @property
    def funds(self) -> dict[str, Decimal]:
        """By venue: the first has more than its shorts need, the last less."""
        most = len(self.venues) - 1
        return {
            name: (self.money * (1 + TILT * (most - 2 * n) / max(most, 1))).quantize(Decimal(1))
            for n, name in enumerate(self.venues)
        }

    def command(self) -> str:
        return f"python -m tests.week --days {self.days:g} --seed {self.seed}"


SETTINGS: dict[str, object] = {
    "sentinel.sample_seconds": 60, "sentinel.window": 288, "sentinel.futures_share": 0.2,
    "sentinel.deploy_share": 0.75, "sentinel.rebalance_share": 0.02, "sentinel.check_seconds": 300,
    "live.rehearse_seconds": 0, "live.reconcile_seconds": 300,
}  # fmt: skip


_SWALLOWED: tuple[Kind, ...] = ("timeout_before", "timeout_after")


def wire(rng: Random, from_s: float) -> list[Fault]:
    """Faults of the whole story: some each hour."""
    found = [
        Fault("timeout_before", match="/order", on="http", probability=0.004, seconds=12),
        Fault("timeout_after", match="/order", on="http", probability=0.004, seconds=12),
        *(Fault(kind, match=path, on="http", probability=0.15, seconds=12)
          for kind in _SWALLOWED for path in ("/withdraw/apply", "/withdraw/create")),
        Fault("withdrawal_fails", probability=0.1),
        Fault("withdrawal_late", probability=0.2, seconds=1800),
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
    return [msgspec.structs.replace(one, at=from_s) for one in found]


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
        rails = Rails(seconds=ON_THE_WAY_S)
        self.venues = {
            name: Venue(
                name, made[name], self.loop, self.net, seed=terms.seed + n, money=terms.funds[name],
                futures_share=share, first_port=FIRST_PORT + 100 * n, rails=rails,
            )
            for n, name in enumerate(terms.venues)
        }  # fmt: skip
        self.process: Process | None = None
        self.lives: list[Life] = []
        self.counts: Counter[str] = Counter()
        self.aimed: Counter[str] = Counter()
        """Kills, by what was at stake."""
        self.played: dict[str, int] = {}
        self.asked: Counter[tuple[str, Decimal]] = Counter()
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
            (span * (n + 0.3 + 0.5 * rng.random()) / (terms.kills + 0.3), "kill", str(n))
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
        spent, at = 0, since_ns
        for a, b in sorted(self.asleep):
            spent += max(0, min(until_ns, b) - max(at, a))
            at = max(at, b)
        return spent / 1e9

    # -- what happens

    async def _play(self) -> None:
        for venue in self.venues.values():
            await venue.start()
        self._live()
        began = self.loop.time()
        for seconds, what, where in self._moments:
            await asyncio.sleep(began + seconds - self.loop.time())
            if what == "kill":
                self._waits.append(self.loop.create_task(self._kill(AIMS[int(where) % len(AIMS)])))
            else:
                await getattr(self, f"_{what}")(where)
        await asyncio.sleep((self.end_ns - self.loop.now()) / NS - self.terms.calm_s)
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
                venue.inject(wire(self.rng, self.terms.faults_from_s))
        self.say(f"{process.life.name} trades")
        await process.run.parts.engine.done.wait()
        self.surprises.append(f"{process.life.name} broke: {process.run.parts.engine.failure!r}")

    async def _aimed(self, aim: Aim) -> str:
        """Until something worth a kill is under way, or its time is up."""
        hit = asyncio.Event()

        def hear(event: msgspec.Struct) -> None:
            if aim.fits(event):
                hit.set()

        self.events.append(hear)
        latest = (self.end_ns - self.loop.now()) / NS - self.terms.calm_s - 1800
        try:
            await asyncio.wait_for(hit.wait(), min(latest, self.terms.hours * 3600 / 3))
        except TimeoutError:
            return ""
        finally:
            self.events.remove(hear)
        await asyncio.sleep(aim.within_s * self.rng.random())
        return aim.name

    async def _kill(self, aim: Aim) -> None:
        hit = await self._aimed(aim)
        process = self.process
        assert process is not None
        while process.life.dead:
            await asyncio.sleep(1)
            process = self.process
        self.aimed[hit or "at some moment"] += 1
        lost = process.killed()
        self.net.cut(process.life)
        self.lost += lost
        self.counts["kill"] += 1
        began = self.loop.now()
        self.say(f"{process.life.name} is killed {hit}; {lost} entries of its journal were not stored yet")
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
        """Calm, in which what is on its way comes, then a stop in peace and a last look."""
        for venue in self.venues.values():
            self.hits.update(venue.hits())
            venue.faults.clear()
        while self._carrying() and self.loop.now() < self.end_ns - 300 * NS:
            await asyncio.sleep(30)
        process = self.process
        assert process is not None
        broken = [t.exception() for t in self._waits if t.done() and t.exception() is not None]
        self.surprises += [f"the story itself broke: {e!r}" for e in broken]
        await process.context.run(self.loop.create_task, process.end())
        await asyncio.sleep(120)
        if process.watch is not None:
            process.context.run(process.watch.hurry)
        await asyncio.sleep(60)
        store = look_into(process.plan.store)
        try:
            entries = list(recall(store, TYPES))
            self.played, self.asked = played(self, entries), asked(entries)
            self.statement = judge(self, fold(entries))
            if self.out is not None:
                page.write(self, entries, self.out, self.seconds())
        finally:
            store.close()

    def _carrying(self) -> bool:
        process = self.process
        known = (
            process is not None
            and process.trading
            and any(w.crosses for w in process.run.parts.engine.moving)
        )
        return known or carried(self)[2] > 0

    def _heard(self, event: msgspec.Struct) -> None:
        self.counts[type(event).__name__] += 1
        for hear in list(self.events):
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
        self._tell(line)


def config_of(terms: Terms) -> Config:
    settings: dict[str, object] = {
        "run.seed": terms.seed, "run.capital": int(sum(terms.funds.values())), **SETTINGS,
    }  # fmt: skip
    for here in terms.venues:
        settings[f"venues.{here}.instruments"] = [
            f"{kind}.{base}USDT" for base in terms.bases for kind in ("spot", "perp")
        ]
        settings[f"venues.{here}.withdraw.key"] = "owner"
        settings[f"venues.{here}.withdraw.to"] = [
            f"{there} USDT TRC20 {address_of(there, 'USDT', 'TRX')}"
            for there in terms.venues if there != here
        ]  # fmt: skip
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
