"""A panic where a run trades on paper: the run carries it out, and here it is asked for and waited for.

Where no run simulates the exchange nothing can be closed: the panic is begun and latched in the journal, and
the next start of the run goes on with it before anything else (`runtime.trading.beside`).
"""

from __future__ import annotations

import asyncio
from contextlib import closing
from typing import Final

import msgspec

from titan.execution.memory import Memory
from titan.execution.panic import LATCH
from titan.model.errors import JournalHeld
from titan.model.recovery import Latched, PanicEnded, PanicStep
from titan.ports import Clock
from titan.runtime.trading.knowing import Known, Tell, holds
from titan.runtime.trading.own_panic import own_name, own_unfinished
from titan.runtime.trading.panic_request import Request, ask
from titan.runtime.trading.plan import Plan
from titan.storage.journal import StoredJournal
from titan.storage.store import open_store

NS: Final = 1_000_000_000
SILENT_NS: Final = 5 * NS
"""A run whose status is older than this may be gone."""
_LOOK_S: Final = 0.05
_CLOSED_LATER: Final = "no run simulates the exchange now: what is held on paper is closed when it is started"


async def panic_on_paper(plan: Plan, clock: Clock, *, reason: str, by: str, tell: Tell) -> PanicEnded:
    """Until the run has closed everything, or is not there to do so. Raises StorageError."""
    heard = _Heard(tell)
    with closing(Known(plan.store, heard)) as known:
        memory = known.read(lambda _: None).memory
        request = Request(
            own_unfinished(memory) or own_name(f"panic-{clock.now()}"), reason, by, clock.now()
        )  # fmt: skip
        heard.name = request.name
        ended = _at_rest(plan, request, memory, clock)
        if ended is None:
            ask(plan.folder, request)
            tell("the run is asked to halt, and to close all that it holds on paper")
        while ended is None:
            await asyncio.sleep(_LOOK_S)
            memory = known.read(tell).memory
            ended = heard.ended
            if ended is None and _silent(plan, request, clock.now()):
                ended = _at_rest(plan, request, memory, clock)
        return ended


class _Heard:
    """What the run writes of the panic `name`."""

    def __init__(self, tell: Tell) -> None:
        self._tell, self.name = tell, ""
        self.ended: PanicEnded | None = None

    def __call__(self, event: msgspec.Struct) -> None:
        if isinstance(event, PanicStep) and event.panic == self.name:
            where = f"{event.venue}: " if event.venue else ""
            self._tell(f"{where}{event.step}" + (f", {event.note}" if event.note else ""))
        elif isinstance(event, PanicEnded) and event.panic == self.name:
            self.ended = event


def _silent(plan: Plan, request: Request, now: int) -> bool:
    """Whether the run has not said anything for a while, and was asked as long ago."""
    try:
        said = (plan.folder / "status.json").stat().st_mtime_ns
    except OSError:
        said = 0
    return now - max(said, request.at_ns) > SILENT_NS


def _at_rest(plan: Plan, request: Request, memory: Memory, clock: Clock) -> PanicEnded | None:
    """Begun and latched where no run holds the journal, ended too where nothing is held; None where one
    does."""
    plan.folder.mkdir(parents=True, exist_ok=True)
    store = open_store(plan.store)
    try:
        journal = StoredJournal(store, now=clock.now, deliver=lambda call: call())
    except JournalHeld:
        store.close()
        return None
    try:
        if not memory.steps.get(request.name):
            journal(PanicStep(request.name, "", "began", clock.now(), request.reason))
        if LATCH not in memory.latches:
            journal(Latched(LATCH, request.reason, request.by, clock.now()))
        venues = tuple(one.venue for one in plan.venues)
        if holds(memory):
            return PanicEnded(request.name, (), dict.fromkeys(venues, _CLOSED_LATER), clock.now())
        ended = PanicEnded(request.name, venues, {}, clock.now())
        journal(ended)
        return ended
    finally:
        journal.close()
        store.close()
