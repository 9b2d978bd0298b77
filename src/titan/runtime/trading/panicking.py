"""A panic as a process of its own, with its own keys (BRN-6): it needs no run, and waits for none that hangs.

It reads the run's journal for what is ours, cancels everything, closes everything, and asks each venue twice
whether that is so. Where no run holds the journal it writes there; where one does, that run is asked by a
file to halt and latch at once, and the panic writes beside it, into `panic.db`. The run takes that up when
the panic has ended (`runtime.trading.beside`), or the next start does.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from decimal import Decimal
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from titan.execution.panic import LATCH, Panic, PanicHands
from titan.execution.venue_ports import VenuePorts
from titan.model.errors import ConfigError, JournalHeld, StorageError
from titan.model.instrument import Instrument
from titan.model.recovery import PanicEnded, Rearmed
from titan.ports import Clock
from titan.runtime.entries import TYPES
from titan.runtime.modes import mode_named
from titan.runtime.trading.knowing import Known, Tell, knowing, latches, owned, unfinished_there
from titan.runtime.trading.panic_request import REQUEST, Request, ask
from titan.runtime.trading.paper_panicking import panic_on_paper
from titan.runtime.trading.plan import Plan, VenuePlan, credentials_of
from titan.storage.claim import claim_file
from titan.storage.journal import StoredJournal
from titan.storage.recall import recall
from titan.storage.store import open_store
from titan.venues.addresses import Addresses, read_addresses
from titan.venues.gateway.gateway import Gateway, open_gateway

BESIDE: Final = "panic.db"
RUNNING: Final = "addresses.json"
"""Where the doubles of a run listen, while it runs."""

HALTS_S: Final = 1.5
"""How long a run beside is waited for: it looks for the file ten times a second and says at once that it has
halted."""
_LOOK_S: Final = 0.05
_TRIES: Final = 20
"""How often the journal beside a run is tried: whoever has it is done in a moment."""

Journal = Callable[[msgspec.Struct], None]


class Prepared(NamedTuple):
    """What stands ready before anybody wants a panic: the journal as read so far, and gateways by venue."""

    known: Known
    gateways: Mapping[str, Gateway]


async def panic(
    plan: Plan, clock: Clock, *, reason: str, by: str, env: Mapping[str, str], tell: Tell,
    prepared: Prepared | None = None,
) -> PanicEnded:  # fmt: skip
    """Flat everywhere and proven, or why not. What a run holds on paper, where the plan's mode is one without
    keys, that run closes itself. Raises ConfigError for a venue that is not there at all.
    """
    if not mode_named(plan.mode).keys:
        return await panic_on_paper(plan, clock, reason=reason, by=by, tell=tell)
    async with AsyncExitStack() as closing:
        found = prepared.known if prepared is not None else closing.enter_context(knowing(plan.store))
        memory = found.memory(tell)
        journal, ours = await _journal(plan, clock, closing, tell)
        name = unfinished_there(memory) or f"panic-{clock.now()}"
        if not ours:
            ask(plan.folder, Request(name, reason, by, clock.now()))
            tell("a run holds the journal: it is asked to halt; the panic writes beside it")
            if not await _halted(plan.folder):
                tell("the run does not say that it halted: what it still sends is looked for at the venue")
            memory = found.memory(_nothing)  # with what it has sent meanwhile
        ready = prepared.gateways if prepared is not None else {}
        sides = []
        for venue in plan.venues:
            gateway = ready.get(venue.venue) or _opened(plan, venue, clock, closing, env)
            sides.append(ports_of(venue.venue, gateway, gateway.rules))
        work = Panic(
            name, sides, PanicHands(journal, tell), now=clock.now, reason=reason, by=by,
            owned=owned(memory), prices=last_prices(plan.folder), memory=memory, alone=True,
        )  # fmt: skip
        return await work.run()


def rearm(plan: Plan, clock: Clock, *, by: str) -> bool:
    """Take the latch back, by hand; False where none stands. Raises StorageError while a run holds the
    journal: it is re-armed at rest."""
    if LATCH not in latches(plan.store):
        return False
    store = open_store(plan.store)
    try:
        journal = StoredJournal(store, now=clock.now, deliver=lambda call: call())
        journal(Rearmed(LATCH, by, clock.now()))
        journal.close()
    except JournalHeld as e:
        raise JournalHeld(
            "a run holds the journal, and a latch is taken back at rest",
            remedy="stop that run, give --rearm again, and start it anew",
        ) from e
    finally:
        store.close()
    (plan.folder / REQUEST).unlink(missing_ok=True)
    return True


async def _halted(folder: Path) -> bool:
    """Whether the run says that it sends no more; one that hangs is waited for a moment only."""
    for _ in range(round(HALTS_S / _LOOK_S)):
        await asyncio.sleep(_LOOK_S)
        try:
            said = msgspec.json.decode((folder / "status.json").read_bytes())
            if str(said["closed"]["all orders"]).startswith("panic"):
                return True
        except (OSError, msgspec.DecodeError, KeyError, TypeError):
            continue
    return False


def written_beside(folder: Path) -> tuple[list[msgspec.Struct], Callable[[], None]] | None:
    """What a panic wrote beside a run, once it writes no more; None where there is nothing. Call the second
    when all of it is in the run's journal: until then it stays, and is ours. What is told twice counts once
    when it is read. Raises StorageError.
    """
    beside = folder / BESIDE
    if not beside.exists():
        return None
    try:
        claim = claim_file(beside)
    except JournalHeld:
        return None
    try:
        store = open_store(f"sqlite:///{beside}")
        try:
            events = list(recall(store, TYPES))
        finally:
            store.close()
    except StorageError:
        claim.close()
        raise

    def done() -> None:
        with contextlib.suppress(FileNotFoundError):
            beside.replace(beside.with_name(f"panic-{beside.stat().st_mtime_ns}.db"))
        claim.close()

    return events, done


def last_prices(folder: Path) -> dict[str, Decimal]:
    """The mids that a run saw last: enough to tell dust from what can be sold."""
    try:
        status = msgspec.json.decode((folder / "status.json").read_bytes())
        return {p["instrument"]: Decimal(str(p["mid"])) for p in status["prices"] if p["mid"] > 0}
    except (OSError, msgspec.DecodeError, KeyError, TypeError):
        return {}


async def _journal(
    plan: Plan, clock: Clock, closing: AsyncExitStack, tell: Tell
) -> tuple[Journal, bool]:  # fmt: skip
    """The run's journal, or one beside it; nowhere at all stops no panic."""
    loop = asyncio.get_running_loop()
    plan.folder.mkdir(parents=True, exist_ok=True)
    beside = f"sqlite:///{plan.folder / BESIDE}"
    for url in (plan.store, *[beside] * _TRIES):
        try:
            store = open_store(url)
        except StorageError:
            continue
        try:
            journal = StoredJournal(store, now=clock.now, deliver=loop.call_soon_threadsafe)
        except StorageError:
            store.close()
            if url == beside:  # the run takes up what an earlier panic wrote there: a moment
                await asyncio.sleep(_LOOK_S)
            continue
        closing.callback(store.close)
        closing.callback(journal.close)
        return journal, url == plan.store
    tell("no journal can be written: the panic goes on without one")
    return _nowhere, False


def _nothing(text: str) -> None:
    del text


def _nowhere(event: msgspec.Struct) -> None:
    del event


def opened(
    plan: Plan, venue: VenuePlan, clock: Clock, env: Mapping[str, str]
) -> Gateway:  # fmt: skip
    """Of a venue of the plan; of its double where a run has one. Nothing is asked yet: one that is down holds
    up no other, its rules are asked for when it is. Raises ConfigError.
    """
    addresses = where(plan, venue)
    keys = credentials_of(venue, addresses, env)
    return open_gateway(venue.venue, now=clock.now, addresses=addresses, credentials=keys)


def _opened(
    plan: Plan, venue: VenuePlan, clock: Clock, closing: AsyncExitStack, env: Mapping[str, str]
) -> Gateway:  # fmt: skip
    gateway = opened(plan, venue, clock, env)
    closing.push_async_callback(gateway.close)
    return gateway


def ports_of(venue: str, gateway: Gateway, instruments: Mapping[str, Instrument]) -> VenuePorts:
    return VenuePorts(
        venue, instruments, gateway.entry, gateway.orders, gateway.removal, gateway.balances,
        gateway.positions, gateway.funding, gateway.profile.unseen,
    )  # fmt: skip


def where(plan: Plan, venue: VenuePlan) -> Addresses:
    """The venue's addresses, or those of its double. Raises ConfigError where that does not run."""
    if venue.addresses is not None:
        return venue.addresses
    place = plan.folder / RUNNING
    found = read_addresses(place) if place.exists() else {}
    if venue.venue not in found:
        raise ConfigError(
            f"no double of {venue.venue} is running: `titan run --config {plan.place}` starts it",
            remedy="a double forgets everything with its run: there is nothing to close",
        )
    return found[venue.venue]
