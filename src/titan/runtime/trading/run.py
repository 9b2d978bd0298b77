"""A run on live market data: its parts, wired for one mode, and what they say of themselves."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Final

from titan.engine.arrivals import Arrivals
from titan.engine.cursor import Cursor
from titan.execution.desk import Gate
from titan.execution.durable import DurableChanging
from titan.market.tape.local import LocalBlock
from titan.market.tape.rows import Rows, empty
from titan.market.tape.share import Queue
from titan.model.errors import LedgerError
from titan.model.events import VenueEvent
from titan.model.instrument import Instrument
from titan.model.pair import Lane
from titan.model.signal import Signal
from titan.model.wake import Why, Woke
from titan.ports import Amends, Carrier, Clock
from titan.runtime.assembly import Assembly, Blocks, Setting
from titan.runtime.config import Config
from titan.runtime.modes import Mode
from titan.runtime.record.heard import HeardRecorder
from titan.runtime.sentinel import named_lanes, sentinel_params
from titan.runtime.simulated import live_models
from titan.runtime.trading import saying
from titan.runtime.trading.doors import Doors, Guarded, GuardedCarrier, GuardedMover
from titan.runtime.trading.markets import Markets
from titan.runtime.trading.plan import Plan
from titan.runtime.trading.rehearsal import Rehearsal
from titan.runtime.trading.showing import Trails
from titan.runtime.trading.sides import NOBODY, Side, Wiring
from titan.runtime.trading.stages import Leaving, Stages
from titan.storage.journal import StoredJournal
from titan.strategies.sentinel.params import find_pairs
from titan.venues.gateway.gateway import Gateway
from titan.views.status import Status

NS: Final = 1_000_000_000
SAMPLE_S: Final = 1.0
"""How often the basis is sampled unless configured."""
MAX_AGE_NS: Final = 10 * NS
GUARD_NS: Final = 2 * NS
"""How often the guard looks unless configured."""


class Entry(DurableChanging):
    """Orders by way of the store; transfers straight to whoever keeps the money."""

    def __init__(
        self, side: Side, stages: Stages, journal: StoredJournal, now: Callable[[], int],
        report: Callable[[VenueEvent], object], told: Callable[[str], object],
    ) -> None:  # fmt: skip
        super().__init__(Leaving(side, stages), journal, now, report, told)
        self._side = side

    def of(self, instrument: str) -> Amends | None:
        """Who changes its orders in place; None where that cannot be."""
        return self if self._side.amends(instrument) else None

    def transfer(self, asset: str, amount: Decimal, source: str, target: str) -> str:
        return self._side.transfer(asset, amount, source, target)


def live_setting(
    config: Config, run_id: str, instruments: Sequence[Instrument], lanes: tuple[Lane, ...]
) -> Setting:
    """What a run on live data decides by; the same again in its replay."""
    params = sentinel_params(config, instruments, SAMPLE_S, lanes)
    models = live_models(config)
    return Setting(
        config, run_id, tuple(instruments), params, dict.fromkeys(params),
        (models.half_spread, models.bar_share), round(config.sentinel.max_age_s * NS) or MAX_AGE_NS,
        round(config.limits.guard_seconds * NS) or GUARD_NS,
    )  # fmt: skip


class Run:
    """Made inside the running loop, when the markets' rules are known; `hear` gets the feeds' rows."""

    def __init__(
        self, mode: Mode, run_id: str, plan: Plan, clock: Clock, markets: Markets,
        gateways: Mapping[str, Gateway], journal: StoredJournal, told: Callable[[str], object],
        payers: Mapping[str, Gateway] = NOBODY,
    ) -> None:  # fmt: skip
        """`payers` have the keys that may withdraw, by venue."""
        self.mode, self.run_id, self.plan, self.clock = mode, run_id, plan, clock
        config = self.config = plan.config
        self.markets, self.gateways, self.journal = markets, gateways, journal
        self.instruments: tuple[Instrument, ...] = tuple(markets.instruments)
        self.by_id = {i.id: i for i in self.instruments}
        self.began_ns = clock.now()
        self.state = "starting"
        self.resumed = self.traded = self.halted = False
        self.start_nav: Decimal | None = None
        self.notes: list[str] = []
        self._told = told
        self.trails: Trails = {}
        self.refusals: Counter[str] = Counter()
        self.doors = Doors(shut=mode.shut)
        self.doors.close("start", "the run has not looked around yet")
        self.lanes = named_lanes(config, find_pairs(self.instruments))
        models = live_models(config)
        self.side: Side = mode.venue(Wiring(self.instruments, gateways, config, models, clock, payers))
        self.stages = Stages(clock.now, journal)
        entry = Entry(self.side, self.stages, journal, clock.now, self.hear, told)
        cursor_rows, view_rows = Queue[LocalBlock](), Queue[LocalBlock]()
        mover = self.side.mover
        self.parts = Assembly(
            self.setting(config), clock,
            Blocks(cursor_rows, view_rows), entry, self.stages.write, around=self._guarded,
            mover=GuardedMover(mover, self.doors) if mover is not None else None, safe=self._safe,
            page=self.page, amender=entry.of, carrier=self._carrying(), woken=self._woke,
        )  # fmt: skip
        self.arrivals = Arrivals(
            clock.now, queues=(cursor_rows, view_rows), first=(self._keep, *self.side.hears),
            on_signal=self._on_signal,
        )  # fmt: skip
        self.side.subscribe(self.hear)
        self.rehearsal = Rehearsal(
            self.instruments, self.parts.present.touch, self.parts.gates, self.side.rehearse,
            config.live.rehearse_seconds,
        )  # fmt: skip
        self.tape = ""
        """Where in the folder of the run this process keeps what it hears; empty: nowhere."""
        self.recorder: HeardRecorder | None = None
        self._prepare()

    def setting(self, config: Config) -> Setting:
        """What it would decide by with this configuration. Raises ConfigError where that does not fit."""
        return live_setting(config, self.run_id, self.instruments, self.lanes)

    def _carrying(self) -> Carrier | None:
        """Withdrawals behind the doors of this run; None where it has one venue only."""
        carrier = self.side.carrier
        return GuardedCarrier(carrier, self.doors) if carrier is not None else None

    def page(self, text: str) -> None:
        """For the operator, now and for as long as the run lasts."""
        self.notes.append(text)
        self._told(text)

    async def _safe(self) -> None:
        """Returns once all that was journalled is in the store."""
        done = asyncio.get_running_loop().create_future()
        self.journal.after(lambda: None if done.done() else done.set_result(None))
        await done

    def _guarded(self, gate: Gate) -> Gate:
        return Guarded(gate, self.doors, passed=self.stages.gated, refused=self._refused)

    def _refused(self, why: str) -> None:
        self.refusals[why] += 1

    def _prepare(self) -> None:
        """Load the compiled kernels, or compile them where this version never ran before."""
        nothing = empty(0)
        self.parts.strategy.scan(nothing, 0, 0)
        self.parts.view.prepare(nothing)

    def on_rows(self, rows: Rows) -> None:
        """A block of a feed, to all who act on it."""
        self.arrivals.on_rows(rows)

    def _keep(self, block: LocalBlock, now_ns: int) -> None:
        if self.recorder is not None:
            self.recorder.on_rows(block, now_ns)

    def mark(self, why: Why, of: str = "", at_ns: int = 0) -> None:
        """Write down a moment of the run's course that a replay must know: now, unless `at_ns` is named."""
        self._woke(self.parts.strategy.name, why, of, at_ns or self.clock.now(), 0)

    def _woke(self, strategy: str, why: Why, of: str, at_ns: int, wishes: int) -> None:
        heard = self.recorder.digest if self.recorder is not None else ""
        self.journal(Woke(strategy, why, of, at_ns, self.arrivals.rows, heard, wishes))

    def begin(self) -> None:
        """From now on signals are decided; rows that have waited are stepped with the next block."""
        self.doors.open("start")
        self.traded = True
        self.state = "trading"
        self.began_ns = self.clock.now()
        self.mark(Why.BEGIN)
        self.parts.engine.start([self.parts.strategy])
        self.arrivals.attach(self.parts.cursor)
        self.rehearsal.start()

    def _on_signal(self, cursor: Cursor, signal: Signal) -> None:
        self.stages.deciding(signal, fresh=signal.local_ns >= self.began_ns)
        self.parts.engine.on_signal(cursor, signal)
        self.stages.decided()

    def hear(self, event: VenueEvent) -> None:
        """A venue's word, or our own of an order that did not leave."""
        self.stages.heard(event)
        self.parts.engine.on_event(event)

    def has_price(self, instrument: str) -> bool:
        return self.parts.present.touch(instrument) is not None

    def nav(self) -> Decimal | None:
        """None while something that is held has no price."""
        try:
            return self.parts.present.nav()
        except LedgerError:
            return None

    def status(self) -> Status:
        """One moment of it all."""
        said: saying.Said = {}
        with self.parts.present.instant() as now:
            for part in saying.PARTS:
                said |= part(self, now)
        return Status(**said)
