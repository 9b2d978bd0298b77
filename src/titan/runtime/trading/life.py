"""A run from its beginning to its end.

the store is opened and claimed         a second process on it is refused here, before anything else is done
venues are asked for their rules        doubles are started first, where the config names any
the journal is folded                   books, orders, latches and Sentinel's holdings as they were
venues are asked what is so             entries stay closed until each one's answers fit the books
prices of all instruments are there     from here on signals are decided
Ctrl-C, SIGTERM or the time given       entries stop, executions end or are withdrawn, what stands is told
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Callable, Coroutine, Mapping
from contextlib import AsyncExitStack
from functools import partial
from typing import Final

from titan import __version__
from titan.execution.booking import book
from titan.execution.deadman import SwitchKeeper
from titan.execution.panic import LATCH
from titan.execution.reconcile import Reconciler
from titan.model.errors import ConfigError
from titan.model.instrument import venue_of
from titan.model.listing import Listing
from titan.model.recovery import Deposited
from titan.model.run import RunBegan, RunStopped
from titan.model.wake import RunSettings, Why
from titan.ports import Clock
from titan.runtime.signals import stopped_by_signals
from titan.runtime.trading.absent import Returning, close_absent, touches
from titan.runtime.trading.asking import Ear, forget_settings, obey
from titan.runtime.trading.beside import Beside
from titan.runtime.trading.framing import framing
from titan.runtime.trading.left import Left
from titan.runtime.trading.opening import Tell, journal_written, open_journal, open_run
from titan.runtime.trading.panic_request import REQUEST, asked
from titan.runtime.trading.panicking import BESIDE
from titan.runtime.trading.plan import Plan
from titan.runtime.trading.recovery import reconciler, restore, restrain, resume
from titan.runtime.trading.run import Run
from titan.runtime.trading.stopping import WHY, wind_down
from titan.runtime.trading.valuing import Valuing, write
from titan.views.status import Status

PRICES_S: Final = 30.0
"""How long the first prices may take."""
RECONCILE_S: Final = 20.0
"""How long the first pass over the venues is waited for; one that needs longer stays closed until then."""
SWITCH_S: Final = 0.0005
"""How long the thread that writes the journal may keep the loop from running, and the loop that thread."""
LISTEN_S: Final = 0.1
"""How often a run looks whether it is asked something."""
STORED_S: Final = 0.5
"""How long a run that halts waits for its store before it says so."""

Show = Callable[[Status], None]


async def trade(
    plan: Plan, clock: Clock, *, seconds: float, env: Mapping[str, str], tell: Tell, show: Show,
    new: bool = False, made: Callable[[Run], None] = lambda _run: None,
) -> Status:  # fmt: skip
    """Run until a signal or the time given stops it; the last status. Raises what any part raises.

    `made` is given the run when it is wired, before anything flows.
    """
    stop = asyncio.Event()
    sys.setswitchinterval(SWITCH_S)
    async with AsyncExitStack() as closing:
        closing.enter_context(stopped_by_signals(stop))
        began_ns = clock.now()
        journal, left = await open_journal(plan, clock, closing, new=new)
        forget_settings(plan.folder)
        run = await open_run(plan, clock, journal, left, closing, env, tell)
        settings = plan.config.run
        journal(
            RunBegan(
                run.run_id, plan.mode, run.parts.strategy.name, str(plan.place), settings.capital,
                settings.seed, __version__, run.resumed, clock.now(),
            )
        )  # fmt: skip
        journal(RunSettings(run.run_id, plan.config.canonical(), run.tape, clock.now(), run.lanes))
        for instrument in run.instruments:
            journal(Listing(instrument, clock.now()))
        made(run)
        beside = Beside(run)
        watch = await _take_up(run, left, began_ns, stop, tell, beside)
        beside.go_on(left.memory)
        returning = Returning(run, left)
        returning.start()
        try:
            why = await _until_stopped(run, plan, stop, seconds, show, tell, beside)
        finally:
            await returning.close()
            await beside.close()
        if watch is not None:
            await watch.close()
        return await _end(run, plan, why)


async def _take_up(
    run: Run, left: Left, began_ns: int, stop: asyncio.Event, tell: Tell, beside: Beside
) -> Reconciler | None:  # fmt: skip
    """From the journal and the venues to a run that may decide."""
    close_absent(run)
    request = asked(run.plan.folder)
    old = request is None or request.at_ns < began_ns
    if LATCH in left.memory.latches and old and not (run.plan.folder / BESIDE).exists():
        (run.plan.folder / REQUEST).unlink(missing_ok=True)  # an earlier process was asked
    if run.resumed:
        tell(f"going on with the run {run.run_id}: {len(left.memory.orders)} orders in its journal")
        restore(run, left)
    else:
        restrain(run, left)
        await _fund(run, left)
    await run.markets.start(run.on_rows)
    await run.side.open(run.markets.feeds)
    missing = await run.markets.priced(run.has_price, PRICES_S, stop)
    if missing and run.resumed:
        run.markets.absent |= {venue_of(one): 0 for one in missing}
        close_absent(run)
        missing = []
    if missing and not stop.is_set():
        raise ConfigError(
            f"no price of {', '.join(missing)} after {PRICES_S:g} s",
            remedy="`titan doctor` says what is wrong there",
        )
    beside.watch = watch = reconciler(run, left)
    left_open = bool(left.memory.wishes)
    if watch is not None and (left_open or not stop.is_set()):
        tell("asking the venues what they know of this account")
        await watch.start()
        opened = watch.until_open(RECONCILE_S, run.markets.absent)
        await (opened if left_open else _unless(stop, opened))
    run.start_nav = run.nav() if not stop.is_set() else None
    if run.resumed and not missing and not beside.look():
        away = frozenset(run.markets.absent)
        count = resume(run, left, lambda wish: touches(wish, away))
        if count:
            tell(f"{count} executions were under way when the run was left: each goes on or is wound up")
    return watch


async def _unless(stop: asyncio.Event, work: Coroutine[object, object, object]) -> None:
    """Wait for `work`, or until the run is to stop."""
    waits = [asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for one in waits:
        one.cancel()
    await asyncio.gather(*waits, return_exceptions=True)


async def _until_stopped(
    run: Run, plan: Plan, stop: asyncio.Event, seconds: float, show: Show, tell: Tell, beside: Beside
) -> str:  # fmt: skip
    """Trade; why it ended. When this returns no execution is under way."""
    engine = run.parts.engine
    beside.look()
    if not stop.is_set():
        run.begin()
    switches = _switches(run)
    told = asyncio.ensure_future(_telling(run, plan, show, switches, beside))
    framed = asyncio.ensure_future(framing(run, plan.config.live.frame_seconds))
    framed.add_done_callback(partial(_unframed, run))
    waits = [asyncio.ensure_future(stop.wait()), asyncio.ensure_future(engine.done.wait())]
    try:
        await asyncio.wait(waits, timeout=seconds or None, return_when=asyncio.FIRST_COMPLETED)
        why = "asked to" if stop.is_set() else "a fault" if engine.done.is_set() else "its time was over"
        run.state = "stopping"
        run.rehearsal.close()
        if run.traded:
            tell(f"stopping ({why}): entries stop, executions under way end or are withdrawn")
        run.doors.close("stopping", WHY)
        live = plan.config.live
        await wind_down(engine, run.parts.desk, live.on_stop, live.stop_seconds, run.page)
    finally:
        for one in (*waits, told, framed):
            one.cancel()
        await asyncio.gather(*waits, told, framed, return_exceptions=True)
    if switches is not None:
        await switches.close()
    return why


def _unframed(run: Run, framed: asyncio.Task[None]) -> None:
    """Frames have ended: a fault of theirs is told, and costs nothing else."""
    if not framed.cancelled() and (fault := framed.exception()) is not None:
        run.page(f"no frames are written any more, consoles see the status only: {fault!r}")


def _switches(run: Run) -> SwitchKeeper | None:
    """The venues' dead man's switches, wound up while this run is told of; None where there are none."""
    found = run.side.switches()
    if not found:
        return None
    keeper = SwitchKeeper(found, now=run.clock.now, page=run.page)
    keeper.start()
    return keeper


async def _end(run: Run, plan: Plan, why: str) -> Status:
    """Say what stands, to the journal first. Raises what broke the run, if anything did."""
    run.state = "stopped"
    run.mark(Why.STOP, why)
    value = run.nav()
    held = {p.instrument: p.lots for p in run.parts.ledger.positions() if p.lots}
    run.journal(
        RunStopped(
            run.run_id, why, value, run.parts.desk.open_orders(), held,
            run.clock.now(),
        )
    )  # fmt: skip
    await journal_written(run.journal)
    last = run.status()
    with contextlib.suppress(OSError):
        write(last, plan.folder / "status.json")
    await run.parts.engine.finish()
    return last


async def _fund(run: Run, left: Left) -> None:
    """A new run's capital, into its books."""
    for one in await run.side.capital(run.config.run, run.parts.params.futures_share):
        run.journal(one)
        left.memory(one)
        if isinstance(one, Deposited):
            book(run.parts.ledger, one, lambda _id: None)


async def _listen(
    run: Run, ear: Ear, beside: Beside, switches: SwitchKeeper | None, seconds: float
) -> None:  # fmt: skip
    """For so long, or until a panic makes this run halt. That is told at once, when all that was sent is in
    the store: the panic reads there what it has to close.
    """
    loop, halted = asyncio.get_running_loop(), run.halted
    ends = loop.time() + seconds
    while (left := ends - loop.time()) > 0:
        if not halted and beside.look():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(journal_written(run.journal), STORED_S)
            return
        ear.hear(run.page)
        if switches is not None:
            switches.beat()
        await asyncio.sleep(min(left, LISTEN_S))


async def _telling(
    run: Run, plan: Plan, show: Show, switches: SwitchKeeper | None, beside: Beside
) -> None:  # fmt: skip
    """Value the run and write its status, again and again; hear whether a panic wants it to halt."""
    config, ear = plan.config.live, Ear(plan.folder, run.journal, partial(obey, run))
    valuing = Valuing(run.journal)
    while True:
        beside.look()
        now = run.status()
        show(now)
        valuing(now)
        with contextlib.suppress(OSError):  # the next one says it again; the journal is what must not be lost
            write(now, plan.folder / "status.json")
        await _listen(run, ear, beside, switches, config.status_seconds)
