"""A panic as a process of its own, with its own keys (BRN-6): it needs no run, and waits for none that hangs.

It reads the run's journal for what is ours, cancels everything, closes everything, and asks each venue twice
whether that is so. Where no run holds the journal it writes there; where one does, that run is asked by a
file to halt and latch at once, and the panic writes beside it, into `panic.db`. The run takes that up when
the panic has ended (`runtime.trading.beside`), or the next start does.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AsyncExitStack
from decimal import Decimal
from pathlib import Path
from typing import Final

import msgspec

from titan.execution.memory import Memory
from titan.execution.panic import LATCH, Panic, PanicHands, unfinished
from titan.execution.panic_plan import owned_by
from titan.execution.venue_ports import VenuePorts
from titan.model.errors import ConfigError, JournalHeld, StorageError
from titan.model.fill import Fill
from titan.model.instrument import Instrument
from titan.model.recovery import Latched, PanicEnded, Rearmed
from titan.ports import Clock
from titan.runtime.entries import TYPES
from titan.runtime.modes import MODES
from titan.runtime.trading.left import Left, left_by
from titan.runtime.trading.plan import Plan, credentials_of
from titan.runtime.trading.whole import write_whole
from titan.storage.claim import claim_file
from titan.storage.journal import StoredJournal
from titan.storage.recall import recall
from titan.storage.store import look_into, open_store
from titan.venues.addresses import Addresses, read_addresses
from titan.venues.gateway.gateway import Gateway, open_gateway

REQUEST: Final = "panic.json"
"""Asks the run of this folder to halt and latch."""
BESIDE: Final = "panic.db"
RUNNING: Final = "addresses.json"
"""Where the doubles of a run listen, while it runs."""

HALTS_S: Final = 1.5
"""How long a run beside is waited for: it looks for the file ten times a second and says at once that it has
halted."""
_LOOK_S: Final = 0.05
_TRIES: Final = 20
"""How often the journal beside a run is tried: whoever has it is done in a moment."""

Tell = Callable[[str], None]
Journal = Callable[[msgspec.Struct], None]


class Request(msgspec.Struct, frozen=True):
    """What the file says."""

    name: str
    reason: str
    by: str
    at_ns: int


async def panic(
    plan: Plan, clock: Clock, *, reason: str, by: str, env: Mapping[str, str], tell: Tell
) -> PanicEnded:  # fmt: skip
    """Flat everywhere and proven, or why not. Raises ConfigError for a venue that is not there at all."""
    memory = known(plan.store, tell)
    async with AsyncExitStack() as closing:
        journal, ours = await _journal(plan, clock, closing, tell)
        name = unfinished(memory) or f"panic-{clock.now()}"
        if not ours:
            ask(plan.folder, Request(name, reason, by, clock.now()))
            tell("a run holds the journal: it is asked to halt; the panic writes beside it")
            if not await _halted(plan.folder):
                tell("the run does not say that it halted: what it still sends is looked for at the venue")
            memory = known(plan.store, tell)  # with what it has sent meanwhile
        sides = _venues(plan, clock, closing, env)
        work = Panic(
            name, sides, PanicHands(journal, tell), now=clock.now, reason=reason, by=by,
            owned=owned(memory), prices=last_prices(plan.folder), memory=memory, alone=True,
        )  # fmt: skip
        return await work.run()


def rearm(plan: Plan, clock: Clock, *, by: str) -> bool:
    """Take the latch back, by hand; False where none stands. Raises StorageError while a run holds the
    journal: it is re-armed at rest."""
    if LATCH not in _last_run(plan.store, None).memory.latches:
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


def known(url: str, tell: Tell) -> Memory:
    """What the journal tells a panic, as far as it can be read: one that is gone or broken stops no panic,
    and what is not known for that is said. Of a run that sent nothing to the venues only the panics and the
    latches count: coins that were bought on paper are not ours to sell.
    """
    left = _last_run(url, tell)
    mode = MODES.get(left.began.mode) if left.began is not None else None
    if left.began is not None and mode is not None and not mode.keys:
        tell(f"the run in the journal was one of mode {left.began.mode}: no coins at the venues are its own")
        return without_trades(left.memory)
    return left.memory


def without_trades(memory: Memory) -> Memory:
    """Latches, and panics that did not end with the orders that they sent."""
    panics = memory.panics()
    memory.orders = {n: o for n, o in memory.orders.items() if o.submitted.intent.saga in panics}
    memory.sagas = {name: memory.sagas[name] for name in panics if name in memory.sagas}
    memory.bookings.clear()
    memory.wishes.clear()
    return memory


def _last_run(url: str, tell: Tell | None) -> Left:
    """What the last run of a journal left. With `tell` trouble is told and what was read before it counts,
    else it raises StorageError; nothing where there is no journal.
    """
    try:
        store = look_into(url)
    except StorageError as e:
        if tell is not None:
            tell(f"no coins are known that a run has bought, and none are sold: {e.message}")
        return Left(None, Memory(), [], 0, {})
    try:
        return left_by(recall(store, TYPES) if tell is None else _readable(recall(store, TYPES), tell))
    finally:
        store.close()


def _readable(events: Iterable[msgspec.Struct], tell: Tell) -> Iterator[msgspec.Struct]:
    """The events up to the first that cannot be read."""
    try:
        yield from events
    except StorageError as e:
        tell(f"what the run did is known in part only, look for coins that it bought: {e.message}")


def ask(folder: Path, request: Request) -> None:
    """Leave the file, whole."""
    write_whole(folder / REQUEST, msgspec.json.encode(request))


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


def asked(folder: Path) -> Request | None:
    """What a run is asked by the file, if anything."""
    try:
        return msgspec.json.decode((folder / REQUEST).read_bytes(), type=Request)
    except (OSError, msgspec.DecodeError):
        return None


def latch_of(request: Request) -> Latched:
    return Latched(LATCH, request.reason, request.by, request.at_ns)


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


def owned(memory: Memory) -> dict[str, Decimal]:
    """Coins that the run bought, by spot instrument: what lay there before is not ours to sell."""
    fills = [one for one in memory.bookings if isinstance(one, Fill)]
    return owned_by(fills, memory.instruments)


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


def _nowhere(event: msgspec.Struct) -> None:
    del event


def _venues(
    plan: Plan, clock: Clock, closing: AsyncExitStack, env: Mapping[str, str]
) -> list[VenuePorts]:  # fmt: skip
    """Every venue of the plan; those of its doubles where a run has some. Nothing is asked yet: one that is
    down holds up no other, its rules are asked for when it is.
    """
    sides = []
    for venue in plan.venues:
        addresses = venue.addresses or _of_double(plan, venue.venue)
        keys = credentials_of(venue, addresses, env)
        gateway = open_gateway(venue.venue, now=clock.now, addresses=addresses, credentials=keys)
        closing.push_async_callback(gateway.close)
        sides.append(ports_of(venue.venue, gateway, gateway.rules))
    return sides


def ports_of(venue: str, gateway: Gateway, instruments: Mapping[str, Instrument]) -> VenuePorts:
    return VenuePorts(
        venue, instruments, gateway.entry, gateway.orders, gateway.removal, gateway.balances,
        gateway.positions, gateway.funding, gateway.profile.unseen,
    )  # fmt: skip


def _of_double(plan: Plan, venue: str) -> Addresses:
    place = plan.folder / RUNNING
    found = read_addresses(place) if place.exists() else {}
    if venue not in found:
        raise ConfigError(
            f"no double of {venue} is running: `titan run --config {plan.place}` starts it",
            remedy="a double forgets everything with its run: there is nothing to close",
        )
    return found[venue]
