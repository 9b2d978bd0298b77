"""A panic of a run whose exchange lives in its own process: on paper it is the run itself that carries it
out. It is the same panic as at a venue, over ports of the simulated exchange (`paper_account`).
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from titan.execution.memory import Memory
from titan.execution.panic import Panic, PanicHands
from titan.execution.venue_ports import VenuePorts
from titan.model.events import Submitted, VenueEvent
from titan.model.instrument import InstrumentKind, venue_of
from titan.model.recovery import PanicEnded

if TYPE_CHECKING:
    from titan.runtime.trading.run import Run

_OWN: Final = "-paper"


def own_name(panic: str) -> str:
    """Of what the run does for a panic, which may act at venues too and has its name there."""
    return panic if is_own(panic) else f"{panic}{_OWN}"


def is_own(panic: str) -> bool:
    return panic.endswith(_OWN)


def own_unfinished(memory: Memory) -> str:
    """The name of one that began and did not end; empty for none."""
    return next((name for name in memory.panics() if is_own(name)), "")


def begun(memory: Memory, name: str) -> Memory:
    """Of a panic's beginning in an earlier process, what still counts: the orders died with the exchange."""
    found = Memory()
    found.latches, found.steps = memory.latches, {name: memory.steps.get(name, [])}
    found.sagas = {name: list(memory.orders_of(name))}
    return found


async def close_all(
    run: Run, ports: Sequence[VenuePorts], name: str, reason: str, by: str, memory: Memory
) -> PanicEnded:
    """Everything that the run has there is cancelled and closed. Nothing else of it may send any more."""
    desk = run.parts.desk

    def sent(order: Submitted) -> None:
        run.journal(order)
        desk.recall(order)

    def unsettled(venue: str) -> Sequence[str]:
        theirs = (t for t in desk.tickets if t.intent.saga != name and not t.order.state.is_final)
        return [t.order.request.client_id for t in theirs if venue_of(t.intent.instrument) == venue]

    work = Panic(
        name, ports, PanicHands(run.journal, run.page, sent=sent, unsettled=unsettled), now=run.clock.now,
        reason=reason, by=by, owned=coins(run), prices=run.parts.present.marks(), memory=memory,
    )  # fmt: skip

    def both(event: VenueEvent) -> None:
        run.hear(event)
        work.heard(event)

    run.side.subscribe(both)
    try:
        return await work.run()
    finally:
        run.side.subscribe(run.hear)


def coins(run: Run) -> dict[str, Decimal]:
    """What the books have of each coin at a venue, under the first spot instrument of it: here all of it was
    bought by the run."""
    found: dict[str, Decimal] = {}
    seen: set[tuple[str, str]] = set()
    for name, rules in sorted(run.by_id.items()):
        coin = rules.venue, rules.base
        if rules.kind is InstrumentKind.SPOT and coin not in seen:
            seen.add(coin)
            size = run.parts.ledger.balance(f"{rules.venue}.spot", rules.base)
            if size > 0:
                found[name] = size
    return found
