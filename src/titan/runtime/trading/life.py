"""A run from its beginning to its end.

the store is opened and claimed         a second process on it is refused here, before anything else is done
venues are asked for their rules        doubles are started first, where the config names any
parts are wired, feeds are opened       nothing is decided before every instrument has a price
doors open                              strategies act
Ctrl-C, SIGTERM or the time given       entries stop, executions end or are withdrawn, what stands is told
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from decimal import Decimal
from random import Random
from typing import Final

from titan import __version__
from titan.execution.booking import book
from titan.model.errors import ConfigError, StorageError
from titan.model.run import RunBegan, RunStopped
from titan.ports import Clock
from titan.runtime.modes import mode_named
from titan.runtime.signals import stopped_by_signals
from titan.runtime.trading import doubles, status
from titan.runtime.trading.markets import Markets
from titan.runtime.trading.plan import Plan, credentials_of
from titan.runtime.trading.run import Run
from titan.storage.journal import StoredJournal
from titan.storage.store import open_store
from titan.venues.addresses import Addresses
from titan.venues.gateway.gateway import Gateway, open_gateway

PRICES_S: Final = 30.0
"""How long the first prices may take."""
WITHDRAW_S: Final = 3.0
WRITE_S: Final = 5.0

Tell = Callable[[str], None]
Show = Callable[[status.Status], None]


async def trade(
    plan: Plan, clock: Clock, *, seconds: float, env: Mapping[str, str], tell: Tell, show: Show,
    made: Callable[[Run], None] = lambda _run: None,
) -> status.Status:  # fmt: skip
    """Run until a signal or the time given stops it; the last status. Raises what any part raises.

    `made` is given the run when it is wired, before anything flows.
    """
    stop = asyncio.Event()
    async with AsyncExitStack() as open_:
        open_.enter_context(stopped_by_signals(stop))
        journal = _journal(plan, clock, open_, tell)
        run = await _wired(plan, clock, journal, open_, env, tell)
        began = RunBegan(
            run.run_id, plan.mode, run.parts.strategy.name, str(plan.place), plan.config.run.capital,
            plan.config.run.seed, __version__, run.resumed, clock.now(),
        )  # fmt: skip
        journal(began)
        made(run)
        return await _live(run, plan, stop, seconds, tell, show)


def _journal(plan: Plan, clock: Clock, open_: AsyncExitStack, tell: Tell) -> StoredJournal:
    try:
        plan.folder.mkdir(parents=True, exist_ok=True)
    except OSError as e:
        raise StorageError(f"{plan.folder} cannot be made: {e.strerror}") from e
    store = open_store(plan.store)
    open_.callback(store.close)
    loop = asyncio.get_running_loop()

    def trouble(why: str) -> None:
        tell(f"the journal cannot be written: {why}" if why else "the journal is written again")

    def deliver(call: Callable[[], None]) -> None:
        loop.call_soon_threadsafe(call)

    journal = StoredJournal(store, now=clock.now, deliver=deliver, on_trouble=trouble)
    open_.callback(journal.close)
    return journal


async def _wired(
    plan: Plan,
    clock: Clock,
    journal: StoredJournal,
    open_: AsyncExitStack,
    env: Mapping[str, str],
    tell: Tell,
) -> Run:
    """Venues asked, parts made; nothing flows yet."""
    mode = mode_named(plan.mode)
    markets = Markets(clock.now, Random(plan.config.run.seed))  # noqa: S311  spreads reconnects
    gateways: dict[str, Gateway] = {}
    for venue in plan.venues:
        addresses = venue.addresses
        if venue.double:
            tell(f"starting a double of {venue.venue}: nothing there is real money")
            addresses = await open_.enter_async_context(
                doubles.running(venue, plan.folder, now=clock.now, seed=plan.config.run.seed)
            )
        assert isinstance(addresses, Addresses)
        keys = credentials_of(venue, addresses, env) if mode.name == "live" else None
        gateway = open_gateway(venue.venue, now=clock.now, addresses=addresses, credentials=keys)
        open_.push_async_callback(gateway.close)
        gateways[venue.venue] = gateway
        tell(f"asking {venue.venue} for its rules")
        await markets.add(venue, addresses, gateway)
    tell("loading kernels (compiled once per version)")
    run = Run(mode, f"{clock.now():x}"[-10:], plan, clock, markets, gateways, journal)
    open_.push_async_callback(markets.close)
    open_.push_async_callback(run.side.close)
    return run


async def _live(
    run: Run, plan: Plan, stop: asyncio.Event, seconds: float, tell: Tell, show: Show
) -> status.Status:
    engine, config = run.parts.engine, plan.config.live
    await _fund(run)
    await run.markets.start(run.arrivals.on_rows)
    await run.side.open(run.markets.feeds)
    missing = await run.markets.priced(run.has_price, PRICES_S)
    if missing:
        raise ConfigError(
            f"no price of {', '.join(missing)} after {PRICES_S:g} s",
            remedy="`titan doctor` says what is wrong there",
        )
    run.start_nav = run.parts.present.nav()
    run.begin()
    told = asyncio.ensure_future(_telling(run, plan, show))
    try:
        waits = [asyncio.ensure_future(stop.wait()), asyncio.ensure_future(engine.done.wait())]
        await asyncio.wait(waits, timeout=seconds or None, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        why = "asked to" if stop.is_set() else "a fault" if engine.done.is_set() else "its time was over"
        run.state = "stopping"
        tell(f"stopping ({why}): entries stop, executions under way end or are withdrawn")
        await _wind_down(run, config.stop_seconds)
    finally:
        told.cancel()
        await asyncio.gather(told, return_exceptions=True)
    await engine.finish()
    run.state = "stopped"
    run.journal(_stopped(run, why))
    await _written(run.journal)
    last = run.status()
    status.write(last, plan.folder / "status.json")
    return last


async def _written(journal: StoredJournal) -> None:
    """Wait a moment for the store, so that what is told last is what stands there."""
    done = asyncio.Event()
    journal.after(done.set)
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(done.wait(), WRITE_S)


async def _fund(run: Run) -> None:
    """A new run's capital, into its books."""
    for one in await run.side.capital(run.config.run, run.parts.params.futures_share):
        run.journal(one)
        book(run.parts.ledger, one, lambda _id: None)


async def _telling(run: Run, plan: Plan, show: Show) -> None:
    """Value the run and write its status, again and again."""
    config = plan.config.live
    last = 0.0
    loop = asyncio.get_running_loop()
    while True:
        now = run.status()
        show(now)
        with contextlib.suppress(OSError):  # the next one says it again; the journal is what must not be lost
            status.write(now, plan.folder / "status.json")
        if loop.time() - last >= config.sample_seconds:
            last = loop.time()
            run.sample()
        await asyncio.sleep(config.status_seconds)


async def _wind_down(run: Run, seconds: float) -> None:
    """Entries stop; what is under way may end by itself, then what rests is withdrawn."""
    engine, desk = run.parts.engine, run.parts.desk
    run.doors.close("stopping", "the run is stopping")
    engine.halt("the run is stopping")
    loop = asyncio.get_running_loop()
    ends = loop.time() + seconds
    while engine.executions and loop.time() < ends:
        await asyncio.sleep(0.02)
    resting = [t for t in desk.tickets if not t.order.state.is_final]
    if resting:
        await desk.withdraw(resting, round(WITHDRAW_S * 1e9))


def _stopped(run: Run, why: str) -> RunStopped:
    ledger = run.parts.ledger
    held = {p.instrument: p.lots for p in ledger.positions() if p.lots}
    value = run.nav()
    return RunStopped(
        run.run_id, why, value if value is not None else Decimal(0), run.parts.desk.open_orders(), held,
        run.clock.now(),
    )  # fmt: skip
