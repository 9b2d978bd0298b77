"""One simulated session: every part wired, run to the end of the tape. What comes out is what happened."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

import msgspec

from titan.engine.engine import Woken
from titan.engine.journal import Journal
from titan.engine.loop import VirtualLoop
from titan.engine.pump import Pump
from titan.market.tape.read import TapeReader
from titan.market.tape.rows import empty
from titan.market.tape.share import shared
from titan.model.instrument import Instrument
from titan.model.listing import Listing
from titan.runtime.assembly import Assembly, Blocks, Setting
from titan.runtime.capital import opening_price, starting
from titan.runtime.config import Config
from titan.runtime.coverage import Coverage, Span, span_of
from titan.runtime.modes import MODES
from titan.runtime.sentinel import every_lane, sentinel_params
from titan.runtime.simulated import models_of, priced
from titan.simulation.exchange import Exchange
from titan.simulation.models import Latency
from titan.simulation.venue import SimVenue
from titan.simulation.withdrawals import SimCarrier
from titan.strategies.sentinel.params import SentinelParams, find_pairs

NS: Final = 1_000_000_000
MAX_SAMPLES: Final = 3000
TAIL_NS: Final = 1 * NS
"""How long a run lasts beyond the last row, so that the last reports are heard."""

RowsDone = Callable[[int, int], None]
Params = Mapping[str, SentinelParams]
Terms = Callable[[Params, Span], tuple[Params, Span]]
"""Changes what is played: settings by pair name, and the part of the tape."""


def as_configured(params: Params, span: Span) -> tuple[Params, Span]:
    return params, span


class RunStarted(msgspec.Struct, frozen=True, tag="started", tag_field="what"):
    run_id: str
    strategy: str
    tape: str
    capital: Decimal
    seed: int


class RunEnded(msgspec.Struct, frozen=True, tag="ended", tag_field="what"):
    rows: int
    orders: int
    nav: Decimal


class Session:
    """Build it, `run` it once, and read its parts."""

    def __init__(
        self, tape: TapeReader, config: Config, run_id: str, coverage: Coverage, terms: Terms = as_configured,
        woken: Woken | None = None, latency: Latency | None = None,
    ) -> None:  # fmt: skip
        """`woken` is told of every decision of the strategy; `latency` stands for the configured one."""
        self.tape, self.config, self.run_id = tape, config, run_id
        self.instruments: tuple[Instrument, ...] = priced(tape.instruments, config)
        pairs = find_pairs(tape.instruments)
        params, self.span = terms(
            sentinel_params(config, self.instruments, sample_seconds(tape), every_lane(config, pairs)),
            span_of(coverage, pairs, (tape.start, tape.end)),
        )
        mode = MODES["backtest"]
        by_id = {i.id: i for i in self.instruments}
        self.by_id = by_id
        self.models = models_of(config, tape)
        if latency is not None:
            self.models = msgspec.structs.replace(self.models, latency=latency)
        assumed = (self.models.half_spread, self.models.bar_share)
        for_venue, for_feed = shared(tape.blocks(self.span.start_ns, self.span.end_ns + 1), 2)
        for_cursor, for_view = shared(
            iter(mode.rows(for_feed, self.models.latency, len(by_id), config.run.seed)), 2
        )
        self.loop: VirtualLoop = mode.loop(self.span.start_ns)
        self.exchange = Exchange(self.instruments, for_venue, self.models, seed=config.run.seed)
        self.venue: SimVenue = mode.venue(self.exchange, self.loop)
        self.journal: Journal = mode.journal()
        setting = Setting(
            config,
            run_id,
            self.instruments,
            params,
            self.span.closing_ns,
            assumed,
            max_age_ns(config, tape),
            guard_ns(config, tape),
        )
        carrier = SimCarrier(self.venue, self.models, self.loop)
        parts = Assembly(
            setting, self.loop, Blocks(for_cursor, for_view), self.venue, self.journal, carrier=carrier,
            woken=woken,
        )  # fmt: skip
        self.params, self.strategy, self.view = parts.params, parts.strategy, parts.view
        self.ledger, self.present, self.observer = parts.ledger, parts.present, parts.observer
        self.desk, self.engine, self.cursor = parts.desk, parts.engine, parts.cursor
        self.venue.subscribe(self.engine.on_event)

    def prepare(self) -> None:
        """Load the compiled kernels, or compile them where this version never ran before; nothing moves."""
        self.exchange.advance(self.span.start_ns - 1)
        nothing = empty(0)
        self.strategy.scan(nothing, 0, 0)
        self.view.prepare(nothing)

    def run(self, rows_done: RowsDone) -> None:
        """Play the whole tape. Raises what any part raises; then nothing of the run is worth keeping."""
        self._fund()
        total = self.tape.rows

        def quiet(now_ns: int) -> None:
            self.view.advance_to(now_ns)
            rows_done(self.cursor.rows, total)

        pump = Pump(
            self.loop,
            self.exchange,
            [self.cursor],
            end_ns=self.span.end_ns + TAIL_NS,
            deliver=self.venue.deliver,
            on_signal=self.engine.on_signal,
            on_quiet=quiet,
            on_end=self.engine.done.set,
        )
        self.loop.attach(pump)
        try:
            self.loop.run_until_complete(self._play())
        finally:
            self.loop.drop()

    async def _play(self) -> None:
        self.engine.start([self.strategy])
        sampler = self.engine.watch(self._sample())
        await self.engine.done.wait()
        sampler.cancel()
        await self.engine.finish()
        self.observer.sample(self.models.leverage, self.span.end_ns)
        self.journal(RunEnded(self.cursor.rows, len(self.desk.tickets), self.present.nav()))

    async def _sample(self) -> None:
        span = max(self.span.end_ns - self.span.start_ns, NS)
        step = max(span // MAX_SAMPLES, NS // 2)
        while True:
            self.observer.sample(self.models.leverage, self.loop.now())
            await asyncio.sleep(step / NS)

    def _fund(self) -> None:
        """Capital goes to each venue's wallets in equal parts, split as Sentinel's settings say."""
        run = self.config.run
        self.journal(
            RunStarted(self.run_id, self.strategy.name, self.tape.fingerprint, run.capital, run.seed)
        )
        for instrument in self.instruments:
            self.journal(Listing(instrument, self.span.start_ns))
        pairs, share = self.strategy.pairs, self.params.futures_share
        for one in starting(run.capital, pairs, share, run.quote, self._opening_rate):
            self.venue.deposit(one.wallet, one.asset, one.amount)
            self.ledger.deposit(one.wallet, one.asset, one.amount, self.span.start_ns, price=one.price)

    def _opening_rate(self, asset: str) -> Decimal:
        """What a stablecoin is bought at when the run begins."""
        rules = self.by_id[self.ledger.rates[asset]]
        return opening_price(self.tape, rules, self.span.start_ns, self.span.end_ns + 1)


def bar_ns(tape: TapeReader) -> int:
    """The shortest bar length on the tape, 0 where it holds none."""
    return min(tape.meta.bar_intervals.values(), default=0)


def sample_seconds(tape: TapeReader) -> float:
    """How often the basis is sampled unless configured: once a bar; with books every 10 s, or every second
    of a
    recording of less than an hour, of which there would be too few samples else."""
    if bar_ns(tape):
        return bar_ns(tape) / NS
    return 10.0 if tape.end - tape.start >= 3600 * NS else 1.0


def guard_ns(config: Config, tape: TapeReader) -> int:
    """How often the guard looks: as configured, else every twelve bars, at most once a minute; every 10 s
    where the tape has books."""
    if config.limits.guard_seconds:
        return round(config.limits.guard_seconds * NS)
    return max(12 * bar_ns(tape), 60 * NS) if bar_ns(tape) else 10 * NS


def max_age_ns(config: Config, tape: TapeReader) -> int:
    """How old a quote may be and still be a price: as configured, else two bars, else 10 s for books."""
    if config.sentinel.max_age_s:
        return round(config.sentinel.max_age_s * NS)
    return 2 * bar_ns(tape) or 10 * NS
