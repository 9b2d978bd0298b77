"""The engine: signals in, wishes out, every event into the journal and the ledger. It knows no mode."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from random import Random
from typing import NamedTuple, Protocol

import msgspec

from titan.engine.cursor import Cursor
from titan.engine.guard import Guard
from titan.engine.situation import Present
from titan.execution.booking import book_fill, holder_of
from titan.execution.desk import Desk, Journal
from titan.execution.sagas.saga import Parts, Past
from titan.execution.sagas.table import Running, SagaWish, saga_of, saga_wish
from titan.execution.sagas.transfer import AtOnce
from titan.execution.sagas.undo import undo_of
from titan.execution.sagas.withdrawal import WithdrawalSaga
from titan.execution.verdict import bookings
from titan.model.errors import LedgerError
from titan.model.events import LEFT, OrderReport, Transfer, VenueEvent
from titan.model.fill import Fill, FundingPayment
from titan.model.guard import MarginStep
from titan.model.instrument import Instrument
from titan.model.outcome import doubted
from titan.model.pair import HaltIntent, PairEnd, PairOutcome, TransferIntent
from titan.model.routing import Routed
from titan.model.settled import Settled
from titan.model.signal import Intent, Signal
from titan.model.wake import Why
from titan.portfolio.ledger import Ledger
from titan.ports import Carrier, Clock, Mover, Transfers
from titan.risk.gates import Refuse
from titan.strategies.protocol import Strategy, Wish


class Observer(Protocol):
    """Who wants to know, for the report and the progress line. Never in the way of a decision."""

    def signal(self, signal: Signal, wishes: int) -> None: ...

    def routed(self, routed: Routed) -> None: ...

    def outcome(self, outcome: PairOutcome) -> None: ...

    def fill(self, fill: Fill, owner: str) -> None: ...

    def funding(self, payment: FundingPayment) -> None: ...

    def rebalanced(self, step: MarginStep) -> None: ...


class Woken(Protocol):
    """Who writes down that a strategy has decided: what it was called for, when, how many wishes follow."""

    def __call__(self, strategy: str, why: Why, of: str, at_ns: int, wishes: int) -> None: ...


class _Draws:
    """Seeded when first drawn from: most wishes are one clip, and need no gap."""

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._random: Random | None = None

    def randint(self, a: int, b: int) -> int:
        if self._random is None:
            self._random = Random(self._seed)  # noqa: S311 - gaps between clips, not secrets
        return self._random.randint(a, b)


class _Work(NamedTuple):
    """A wish that is being carried out."""

    wish: SagaWish
    saga: Running
    task: asyncio.Task[None]


class Engine:
    def __init__(
        self,
        clock: Clock,
        instruments: Mapping[str, Instrument],
        desk: Desk,
        ledger: Ledger,
        present: Present,
        transfers: Transfers,
        journal: Journal,
        observer: Observer,
        *,
        seed: int,
        mover: Mover | None = None,
        safe: Callable[[], Awaitable[None]] | None = None,
        carrier: Carrier | None = None,
        woken: Woken | None = None,
        guard: Guard | None = None,
    ) -> None:
        """`mover` moves money where that takes time, `carrier` between venues; `safe` returns once the
        journal is safely stored; `woken` is told of every decision, before its wishes are; `guard` looks at
        all of it now and then.
        """
        self._clock, self._instruments = clock, instruments
        self.desk, self.ledger, self.present = desk, ledger, present
        self._journal, self._observer, self._seed = journal, observer, seed
        self._mover = mover if mover is not None else AtOnce(transfers)
        self._carrier, self._lanes = carrier, dict[str, str]()
        self._safe, self._woken, self._turn = safe, woken, asyncio.Lock()
        self._expected: set[str] = set()
        self._sagas: dict[str, _Work] = {}
        self.guard = guard
        self._moving: dict[str, TransferIntent] = {}
        self._timers: list[asyncio.Task[None]] = []
        self._started = Counter[type]()
        self.strategies: Sequence[Strategy] = ()
        self.failure: BaseException | None = None
        self.done = asyncio.Event()

    def start(self, strategies: list[Strategy]) -> None:
        """Start the strategies' timers; call inside the running loop."""
        self.strategies = strategies
        for strategy in strategies:
            if strategy.timer_ns:
                self._timers.append(self.watch(self._tick(strategy)))
        if self.guard is not None:
            self._timers.append(self.watch(self._guarding(self.guard)))

    def on_signal(self, cursor: Cursor, signal: Signal) -> None:
        self._journal(signal)
        strategy = cursor.strategy
        wishes = self._ask(strategy, Why.SIGNAL, signal.name, partial(strategy.decide, signal, self.present))
        self._observer.signal(signal, sum(not isinstance(wish, Routed | MarginStep) for wish in wishes))
        self.fulfil(strategy, wishes)

    def on_event(self, event: VenueEvent) -> None:
        """A venue's word: journal first, then the ledger, then whoever waits for it.

        The wish to trade a late fill back is journalled before the fill: a crash between the two leaves the
        wish, and the fill is found at the venue; the other way round nobody would know that it was late.
        """
        if not isinstance(event, OrderReport):
            event = self._rated(event)
        if isinstance(event, Fill):
            self._late(event)
        self._journal(event)
        try:
            if isinstance(event, FundingPayment):
                if self.ledger.book_funding(event):
                    self._observer.funding(event)
            elif isinstance(event, Fill):
                self._book(event)
        except LedgerError as e:  # the desk goes on, and reconciliation finds what the books lack
            self.desk.disbelieve(event, f"it cannot be booked: {e.message}")
        if not isinstance(event, FundingPayment):
            self.desk.apply(event)

    def _rated(self, event: Fill | FundingPayment) -> Fill | FundingPayment:
        """With the rate of its moment where it settles in another stablecoin than the books: a restart books
        it as it was booked. 0 where nothing says what that is worth, so that the ledger refuses it.
        """
        rules = self._instruments.get(event.instrument)
        if rules is None or rules.quote == self.ledger.currency:
            return event
        return msgspec.structs.replace(event, quote_rate=self.present.rate(rules.quote) or Decimal(0))

    def _book(self, fill: Fill) -> None:
        """Into the ledger, for the holding that ordered it; a fill that nobody ordered is a liquidation."""
        ticket = self.desk.ticket(fill.client_id)
        intent = ticket.intent if ticket is not None else None
        owner = intent.owner if intent is not None else holder_of(self.ledger, fill)
        if not book_fill(self.ledger, fill, intent):
            return
        self._observer.fill(fill, owner)
        if intent is None:
            for strategy in self.strategies:
                said = partial(strategy.liquidated, fill, owner, self.present)
                self.decide(strategy, Why.LIQUIDATED, fill.id, said)

    @property
    def executions(self) -> int:
        """Wishes that are being carried out."""
        return len(self._sagas)

    def working(self) -> Sequence[SagaWish]:
        """The same by name: what is being carried out."""
        return [work.wish for work in self._sagas.values()]

    @property
    def moving(self) -> Sequence[TransferIntent]:
        """Transfers that are under way, or whose end nobody could tell."""
        return list(self._moving.values())

    def halt(self, reason: str) -> None:
        """Every execution ends at its next step; what it has filled stays."""
        for work in self._sagas.values():
            work.saga.halt(reason)

    def leave(self, reason: str) -> bool:
        """Every execution ends at its next step, save those whose position a stop at its venue guards or soon
        will. Ask again until it is True: all that is still under way is guarded.
        """
        for work in list(self._sagas.values()):
            if work.saga.protected is None:
                work.saga.halt(reason)
        return len(self.protected()) == len(self._sagas)

    def protected(self) -> set[str]:
        """Wishes under way whose position a stop at its venue guards."""
        return {name for name, work in self._sagas.items() if work.saga.protected}

    def flatten(self, reason: str) -> None:
        """Executions that open something end, those that close go on, strategies close what they hold."""
        for work in list(self._sagas.values()):
            if not work.saga.closes:
                work.saga.halt(reason)
        for strategy in self.strategies:
            said = partial(strategy.close_all, reason, self.present)
            self.decide(strategy, Why.CLOSE_ALL, reason, said)

    @property
    def holds(self) -> bool:
        """Whether a strategy holds anything."""
        return any(strategy.holds for strategy in self.strategies)

    async def finish(self) -> None:
        """End of the run: what is still at work is cancelled; what it has filled stays in the ledger."""
        tasks = [work.task for work in self._sagas.values()] + self._timers
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self.failure is not None:
            raise self.failure

    def expect(self, wishes: Iterable[str]) -> None:
        """These wishes will be resumed: a fill of theirs that comes before that is not late."""
        self._expected.update(wishes)

    def took_up(self, wish: str) -> bool:
        """Whether a wish of an earlier process was resumed, or is none."""
        return wish not in self._expected

    def doubt(self, wishes: Iterable[TransferIntent]) -> None:
        """Transfers of an earlier process of which nobody could tell what became of them."""
        self._moving.update((wish.id, wish) for wish in wishes)

    def settle(self, said: Settled, *, written: bool = False) -> bool:
        """Do what an operator says became of a transfer, once it is `written` down. False where that has to
        wait: it cannot be valued now, is still looked for within a venue, or not taken up yet.
        """
        wish, work = self._moving.get(said.intent_id), self._sagas.get(said.intent_id)
        if said.intent_id in self._expected:
            return False
        if wish is None:
            self._cleared(said)
            return True
        saga, booked = (work.saga if work is not None else None), list[Transfer]()
        if saga is None:
            left = self.ledger.has("transfer", wish.id + LEFT)
            price = self._worth(wish.source, wish.asset)
            found = bookings(wish, said, left=left, price=price, now_ns=self._clock.now())
            if found is None:
                return False
            booked = found
        elif not isinstance(saga, WithdrawalSaga):
            return False
        if not written:
            self._journal(said)
        if isinstance(saga, WithdrawalSaga):
            saga.settle(said)
            return True
        for one in booked:
            self._transferred(one)
        del self._moving[wish.id]
        self._cleared(said)
        return True

    def _cleared(self, said: Settled) -> None:
        """Nothing waits for it any more."""
        halts, wish = self.desk.halts, said.intent_id
        for name in [name for name in halts.restraints.standing() if doubted(name) == wish]:
            halts.lift(name, by=said.by, reason=str(said))
        for strategy in self.strategies:
            strategy.cleared(wish)

    def resume(self, strategy: Strategy, wish: SagaWish, past: Past) -> None:
        """Go on with a wish that an earlier process left without an outcome; by the saga's own policy."""
        if wish.id not in self._sagas:
            self._begin(strategy, wish, past)
        self._expected.discard(wish.id)

    def _ask(
        self,
        strategy: Strategy,
        why: Why,
        of: str,
        call: Callable[[], Sequence[Wish]],
        *,
        quiet: bool = False,
    ) -> Sequence[Wish]:  # fmt: skip
        """A decision. Where it is written down the strategy sees one instant of the world, however long it
        takes; in virtual time it does so anyway.
        """
        if self._woken is None:
            return call()
        with self.present.instant() as at_ns:
            wishes = call()
        if wishes or not quiet:
            self._woken(strategy.name, why, of, at_ns, len(wishes))
        return wishes

    def decide(
        self,
        strategy: Strategy,
        why: Why,
        of: str,
        call: Callable[[], Sequence[Wish]],
        *,
        quiet: bool = False,
    ) -> None:  # fmt: skip
        """Ask a strategy, and do what it wishes. `quiet`: where it wishes nothing, nothing is written down;
        it must not have changed by it either.
        """
        self.fulfil(strategy, self._ask(strategy, why, of, call, quiet=quiet))

    def fulfil(self, strategy: Strategy, wishes: Sequence[Wish]) -> None:
        """Each is written down, and begun or done."""
        for wish in wishes:
            self._journal(wish)
            if isinstance(wish, Routed):
                self._observer.routed(wish)
            if isinstance(wish, MarginStep):
                self._observer.rebalanced(wish)
            task = saga_wish(wish)
            if task is not None:
                self._begin(strategy, task, None)
            elif isinstance(wish, HaltIntent):
                if wish.intent_id in self._sagas:
                    self._sagas[wish.intent_id].saga.halt(wish.reason)
            elif isinstance(wish, Intent):
                order = self.desk.approve(wish)
                if not isinstance(order, Refuse):
                    self.desk.send(order)

    def _begin(self, strategy: Strategy, wish: SagaWish, past: Past | None) -> None:
        self._started[type(wish)] += 1
        name = (
            str(self._started[type(wish)])
            if past is None
            else f"{wish.id}:{len(past.tickets)}:{len(past.steps)}"
        )
        parts = Parts(
            instruments=self._instruments.__getitem__,
            desk=self.desk,
            prices=self.present,
            journal=self._journal,
            rng=_Draws(f"{self._seed}:{name}"),
            now=self._clock.now,
            mover=self._mover,
            booked=self.ledger.balance,
            transferred=self._transferred,
            turn=self._turn,
            carrier=self._carrier,
            worth=self._worth,
            lanes=self._lanes,
            held=self.ledger.holding,
        )
        if self._safe is not None:
            parts.safe = self._safe
        saga = saga_of(wish, parts, past)
        if isinstance(wish, TransferIntent):
            self._moving[wish.id] = wish
        self._sagas[wish.id] = _Work(wish, saga, self.watch(self._run(strategy, wish.id, saga)))

    async def _run(self, strategy: Strategy, name: str, saga: Running) -> None:
        outcome = await saga.run()
        del self._sagas[name]
        if outcome.end is PairEnd.NEEDS_OPERATOR:
            self.desk.needs_operator(outcome)
        else:
            self._moving.pop(name, None)
        if isinstance(outcome, PairOutcome):
            self._observer.outcome(outcome)
        said = partial(strategy.finished, outcome, self.present)
        self.decide(strategy, Why.FINISHED, name, said)

    async def _tick(self, strategy: Strategy) -> None:
        while True:
            await asyncio.sleep(strategy.timer_ns / 1e9)
            self.decide(strategy, Why.TICK, "", partial(strategy.tick, self.present))

    async def _guarding(self, guard: Guard) -> None:
        while True:
            guard.look(self)
            await asyncio.sleep(guard.period_ns / 1e9)

    def _transferred(self, transfer: Transfer) -> None:
        if not self.ledger.has("transfer", transfer.id):
            self._journal(transfer)
            self.ledger.book_transfer(transfer)

    def _worth(self, wallet: str, asset: str) -> Decimal | None:
        key = self.ledger.priced_by(wallet, asset)
        touch = self.present.touch(key) if key else None
        if touch is None:
            return None if key else Decimal(1)
        return self._instruments[key].price(touch.mid_ticks)

    def _late(self, fill: Fill) -> None:
        """A fill of a saga that has ended is traded back: what the saga said of itself stays true."""
        ticket = self.desk.ticket(fill.client_id)
        saga = ticket.intent.saga if ticket is not None else ""
        if ticket is None or not saga or saga in self._sagas or saga in self._expected:
            return
        wish = undo_of(fill, ticket.intent)
        strategy = next((s for s in self.strategies if s.name == wish.strategy), None)
        known = wish.id in self._sagas or self.ledger.has("fill", fill.id, fill.instrument)
        if strategy is not None and not known:
            self.fulfil(strategy, [wish])

    def watch(self, work: Coroutine[object, object, None]) -> asyncio.Task[None]:
        """Start `work`; if it breaks, the run stops: a saga's legs may be open, so it must not vanish."""
        task = asyncio.create_task(work)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception() is not None:
            self.failure = self.failure or task.exception()
            self.done.set()
