"""Everything that a run needs, opened in the order in which it can be refused: store, venues, parts."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from random import Random
from typing import Final

import msgspec

from titan.doubles.rails import Rails
from titan.model.errors import ConfigError, StorageError
from titan.ports import Clock
from titan.runtime.entries import TYPES
from titan.runtime.modes import mode_named
from titan.runtime.record.heard import HeardRecorder
from titan.runtime.trading import doubles
from titan.runtime.trading.knowing import unfinished_there
from titan.runtime.trading.left import Left, gone_on_with, left_by
from titan.runtime.trading.markets import Markets
from titan.runtime.trading.panicking import RUNNING, written_beside
from titan.runtime.trading.plan import Plan, credentials_of, payer_of
from titan.runtime.trading.rules import ask_rules
from titan.runtime.trading.run import Run
from titan.storage.journal import StoredJournal
from titan.storage.recall import recall
from titan.storage.store import open_store
from titan.venues.addresses import Addresses
from titan.venues.gateway.gateway import Gateway, open_gateway

WRITE_S: Final = 5.0
FIRST: Final = "the first time kernels are compiled: a minute, or more on a busy machine"
TAPES: Final = "tape"
"""Folder of a run's tapes: one for every process, numbered."""
WRITTEN: Final = "the journal is written again"
Tell = Callable[[str], None]


async def open_journal(
    plan: Plan, clock: Clock, closing: AsyncExitStack, *, new: bool
) -> tuple[StoredJournal, Left]:  # fmt: skip
    """The store, claimed for this process, and what the last run left in it. Raises StorageError, and
    ConfigError where a panic at the venues has to go on first.
    """
    try:
        plan.folder.mkdir(parents=True, exist_ok=True)
    except OSError as e:
        raise StorageError(
            f"{plan.folder} cannot be made: {e.strerror}", remedy="check it, or name another in [live] folder"
        ) from e
    store = open_store(plan.store)
    closing.callback(store.close)
    loop = asyncio.get_running_loop()
    mode = mode_named(plan.mode)
    journal: StoredJournal = mode.journal(store, now=clock.now, deliver=loop.call_soon_threadsafe)
    closing.callback(journal.close)
    found = written_beside(plan.folder)
    if found is not None:
        for event in found[0]:
            journal(event)
        journal.after(found[1])
        await journal_written(journal)
    left = left_by(recall(store, TYPES))
    forgetful = mode.keys and any(v.double for v in plan.venues)
    if mode.keys and not forgetful and not (new and not plan.real) and unfinished_there(left.memory):
        raise ConfigError(
            "a panic of this account began and did not end: a run now would trade against it",
            remedy=f"`titan panic --config {plan.place}` goes on with it",
        )
    return journal, left.anew() if new or forgetful else gone_on_with(left, plan.mode)


def _shown(plan: Plan, addresses: Addresses) -> Path:
    """Where the doubles of the run listen, for whoever must reach them too."""
    place = plan.folder / RUNNING
    with place.open("ab") as file:
        file.write(msgspec.json.encode(addresses) + b"\n")
    return place


async def journal_written(journal: StoredJournal) -> None:
    """Wait a moment until all that was written is in the store."""
    done = asyncio.Event()
    journal.after(done.set)
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(done.wait(), WRITE_S)


@asynccontextmanager
async def _recording(run: Run, tell: Tell) -> AsyncIterator[None]:
    """A tape of all that this process hears, in the run's folder."""
    places = run.plan.folder / TAPES
    number = 1 + max((int(p.name) for p in places.glob("*") if p.name.isdigit()), default=0)
    run.tape = f"{TAPES}/{number:03d}"
    run.recorder = recorder = HeardRecorder(run.plan.folder / run.tape, run.instruments, tell=tell)
    run.journal.before_commit = recorder.before_commit
    stop = asyncio.Event()
    writing = asyncio.create_task(recorder.run(stop))
    try:
        yield
    finally:
        stop.set()
        await writing


async def open_run(
    plan: Plan, clock: Clock, journal: StoredJournal, left: Left, closing: AsyncExitStack,
    env: Mapping[str, str], tell: Tell,
) -> Run:  # fmt: skip
    """Doubles started, venues asked for their rules, parts wired; nothing flows yet."""
    if any(venue.double for venue in plan.venues):
        (plan.folder / RUNNING).unlink(missing_ok=True)
    mode, seed = mode_named(plan.mode), plan.config.run.seed
    markets: Markets = mode.rows(clock.now, Random(seed))  # noqa: S311  spreads reconnects only
    gateways: dict[str, Gateway] = {}
    payers: dict[str, Gateway] = {}
    rails = Rails()
    for venue in plan.venues:
        addresses = venue.addresses
        if venue.double:
            tell(f"starting a double of {venue.venue}: nothing there is real money ({FIRST})")
            made = doubles.running(venue, plan.folder, now=clock.now, seed=seed, rails=rails)
            addresses = await closing.enter_async_context(made)
            closing.callback(_shown(plan, addresses).unlink, missing_ok=True)
        assert isinstance(addresses, Addresses)
        keys = credentials_of(venue, addresses, env) if mode.keys else None
        gateway = open_gateway(venue.venue, now=clock.now, addresses=addresses, credentials=keys)
        closing.push_async_callback(gateway.close)
        gateways[venue.venue] = gateway
        payer = payer_of(venue, addresses, env) if mode.keys else None
        if payer is not None:
            paying = open_gateway(venue.venue, now=clock.now, addresses=addresses, credentials=payer)
            closing.push_async_callback(paying.close)
            payers[venue.venue] = paying
        tell(f"asking {venue.venue} for its rules")
        names = [f"{venue.venue}.{one}" for one in venue.instruments]
        since = await ask_rules(gateway, names, plan.folder, clock.now, resumed=left.began is not None)
        if since:
            markets.absent[venue.venue] = since
            tell(f"{venue.venue} does not answer: the run comes up without it, and it joins when it does")
        before = left.memory.instruments
        await markets.add(venue, addresses, gateway, own_fees=keys is not None, before=before)
    tell(f"loading kernels ({FIRST})")
    run_id = left.began.run_id if left.began is not None else f"{clock.now():x}"[-10:]
    run = Run(mode, run_id, plan, clock, markets, gateways, journal, lambda why: tell(why or WRITTEN), payers)
    run.resumed = left.began is not None
    if plan.config.live.record:
        await closing.enter_async_context(_recording(run, tell))
    closing.push_async_callback(markets.close)
    closing.push_async_callback(run.side.close)
    return run
