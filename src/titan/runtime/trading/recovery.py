"""A run goes on where an earlier process left it: books, orders and latches, then the venues' own word."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from titan.execution.booking import book
from titan.execution.policy import Foreign, Policies
from titan.execution.reconcile import NS, Reconciler, Times
from titan.execution.recovery_parts import Hands
from titan.execution.restoring import restored
from titan.execution.sagas.saga import Past
from titan.execution.sagas.table import SagaWish, saga_wish
from titan.execution.unsent import settle_unsent
from titan.model.events import Submitted
from titan.model.pair import TransferIntent
from titan.model.recovery import Deposited
from titan.model.signal import Intent
from titan.model.step import SagaStep
from titan.model.wake import Why
from titan.risk.gates import Refuse
from titan.runtime.config import Config
from titan.runtime.config.live import LiveConfig
from titan.runtime.trading.beside import how_to_rearm
from titan.runtime.trading.doors import Doors
from titan.runtime.trading.left import Left
from titan.runtime.trading.run import Run
from titan.strategies.sentinel.past import past_of


class VenueDoors:
    """Implements `execution.recovery_parts.Gates` over the doors of a run."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors

    def close(self, venue: str, why: str) -> None:
        self._doors.close(f"venue:{venue}", why)

    def open(self, venue: str) -> None:
        self._doors.open(f"venue:{venue}")


def restrain(run: Run, left: Left) -> None:
    """A run that begins anew: what was imposed on an earlier one of this journal stands."""
    for event in left.events:
        run.parts.halts.hear(event)
    _latch(run, left)


def restore(run: Run, left: Left) -> None:
    """Books and orders as the journal says. What venues know beyond it comes by reconciliation."""
    memory, parts = left.memory, run.parts
    restored(left.events, memory, parts.desk, parts.ledger)
    settle_unsent(memory, parts.desk, run.journal, run.clock.now, run.page)
    for event in left.events:
        parts.guard.hear(event)
    _latch(run, left)
    run.side.restore(parts.ledger, memory, left.entries)
    parts.engine.expect(memory.wishes)
    parts.engine.doubt(memory.doubtful())


def _latch(run: Run, left: Left) -> None:
    for latch in left.memory.latches.values():
        run.doors.close(f"latch:{latch.name}", f"{latch.reason} (by {latch.by}); {how_to_rearm(run)}")


def open_wishes(left: Left) -> list[SagaWish]:
    """Those that an earlier process left without an outcome."""
    return [wish for one in left.memory.wishes.values() if (wish := saga_wish(one)) is not None]


def resume(run: Run, left: Left, but: Callable[[SagaWish], bool] = lambda _wish: False) -> int:
    """What the strategy held, and every wish without outcome, `but` some, by its saga's own policy; how many
    those are. Venues have been asked by now, and all that is held has a price."""
    parts = run.parts
    past = past_of(parts.strategy.name, left.events)
    with parts.present.instant() as at_ns:
        parts.strategy.recall(past, parts.present, parts.ledger.holding)
    run.mark(Why.RECALL, at_ns=at_ns)
    open_ = [wish for wish in open_wishes(left) if not but(wish)]
    take_up(run, left, open_)
    return len(open_)


def take_up(run: Run, left: Left, wishes: Sequence[SagaWish]) -> None:
    """Go on with these, and do what an operator said of transfers."""
    parts, memory = run.parts, left.memory
    for wish in wishes:
        tickets = [t for t in parts.desk.tickets if t.intent.saga == wish.id]
        steps = [step for step in memory.steps.get(wish.id, ()) if isinstance(step, SagaStep)]
        parts.engine.resume(parts.strategy, wish, Past(tickets, steps))
    for said in memory.settled.values():
        if parts.engine.took_up(said.intent_id) and not parts.engine.settle(said, written=True):
            run.page(f"{said.intent_id}, {said}: it cannot be booked yet, the next start tries it again")


def reconciler(run: Run, left: Left) -> Reconciler | None:
    """Over every venue that has a word of its own; None where there is none."""
    venues, parts = run.side.ports(run.by_id), run.parts
    if not venues:
        return None
    left_over = [w for w in left.memory.wishes.values() if isinstance(w, TransferIntent)]
    made = Reconciler(
        venues, parts.desk, parts.ledger, VenueDoors(run.doors), _hands(run),
        now=run.clock.now, since_ns=left.memory.last_ns or run.clock.now(), policies=policies_of(run.config),
        times=times_of(run.config.live), baselines=list(left.memory.baselines.values()),
        transfers=lambda: [*parts.engine.moving, *(w for w in left_over if not parts.engine.took_up(w.id))],
    )  # fmt: skip
    made.recall(left.memory)
    return made


def policies_of(config: Config) -> Policies:
    """As declared for all, and for venues by themselves."""
    live, venues = config.live, config.venues.used()

    def declared(kind: str) -> dict[str, Foreign]:
        said = {"": getattr(live, kind)} | {name: getattr(one, kind) for name, one in venues.items()}
        return {name: Foreign(word) for name, word in said.items() if word is not None}

    return Policies(
        orders=declared("foreign_orders"), positions=declared("foreign_positions"),
        balances=declared("foreign_balances"), tolerances=live.tolerances(),
    )  # fmt: skip


def times_of(live: LiveConfig) -> Times:
    return Times(
        period_ns=round(live.reconcile_seconds * NS), settle_ns=round(live.settle_seconds * NS),
        grace_ns=round(live.grace_seconds * NS), page_after=live.page_after,
    )  # fmt: skip


def _hands(run: Run) -> Hands:
    desk = run.parts.desk

    def deposit(event: Deposited) -> None:
        run.journal(event)
        book(run.parts.ledger, event, lambda _id: None)

    def adopt(event: Submitted) -> None:
        run.journal(event)
        desk.recall(event, ())

    def close(intent: Intent) -> None:
        run.journal(intent)
        order = desk.approve(intent)
        if not isinstance(order, Refuse):
            desk.send(order)

    return Hands(run.hear, run.journal, deposit, adopt, close, run.page)
