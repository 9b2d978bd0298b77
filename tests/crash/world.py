"""One seed from beginning to end: the real engine, desk, gates and ledger, killed and started again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from decimal import Decimal
from random import Random
from typing import Any, Union

import msgspec

from tests.crash.carrier import WireCarrier
from tests.crash.laws import Laws
from tests.crash.market import INSTRUMENTS, PERP, SPOT, START
from tests.crash.scenario import LENDER, STRATEGY, Scenario
from tests.crash.venue import Manners, ModelVenue
from tests.crash.wire import NS, Faults, Wire
from tests.execution.scripted import Still
from titan.engine.engine import Engine
from titan.engine.loop import VirtualLoop
from titan.execution.desk import Desk
from titan.execution.durable import DurableEntry
from titan.execution.gatekeeper import Gatekeeper
from titan.execution.halts import Halts
from titan.execution.memory import fold
from titan.execution.restoring import restored
from titan.execution.sagas.saga import Past, Touch
from titan.execution.sagas.table import OUTCOMES, STEPS, WISHES, SagaWish
from titan.model.events import AmendAsked, Contradicted, OrderReport, Refused, Submitted, Transfer, VenueEvent
from titan.model.fill import Fill, FundingPayment
from titan.model.instrument import Instrument
from titan.model.order import OrderType, Side, TimeInForce
from titan.model.pair import HaltIntent, PairIntent
from titan.model.recovery import Deposited
from titan.model.restraint import Imposed, Lifted
from titan.model.signal import Intent, Purpose
from titan.model.step import SagaStep
from titan.portfolio.ledger import Ledger
from titan.risk.gates import Refuse
from titan.risk.standing import Limits

OTHERS = (
    HaltIntent, Intent, Submitted, Refused, OrderReport, Fill, FundingPayment, Transfer, Deposited,
    AmendAsked, Contradicted, Imposed, Lifted,
)  # fmt: skip
HORIZON_S = 4 * 3600.0
LIMITS = Limits(max_order_notional=Decimal(50_000), collar_bps=Decimal(500))
ENTRIES = Union[(*WISHES, *OUTCOMES, *STEPS, *OTHERS)]
DISK = msgspec.json.Encoder(decimal_format="string"), msgspec.json.Decoder(ENTRIES)


class Killed(BaseException):
    """The process ends at this instruction."""


class Written:
    """A journal that commits in groups a little later; what was not committed is lost with the process."""

    def __init__(self, world: World, entries: list[msgspec.Struct]) -> None:
        self._world, self.entries = world, entries
        self.safe = len(entries)
        self.dead = False
        self.trouble = ""
        self._after: list[tuple[int, Callable[[], None]]] = []
        self._due = False

    def __call__(self, event: msgspec.Struct) -> None:
        if self.dead:
            raise Killed
        self.entries.append(event)
        self._world.wrote(event)
        if not self._due:
            self._due = True
            self._world.loop.call_later(self._world.commit_s(), self._commit)

    def _commit(self) -> None:
        self._due = False
        if self.dead:
            return
        self.safe = self._world.committed(self.safe, len(self.entries))
        if self.safe < len(self.entries):
            self._due = True
            self._world.loop.call_later(self._world.commit_s(), self._commit)
        due = [done for at, done in self._after if at <= self.safe]
        self._after = [one for one in self._after if one[0] > self.safe]
        for done in due:
            self._world.loop.call_soon(self._alive, done)

    def _alive(self, done: Callable[[], None]) -> None:
        if not self.dead:
            done()

    def after(self, done: Callable[[], None]) -> None:
        if self.safe < len(self.entries):
            self._after.append((len(self.entries), done))
        else:
            self._world.loop.call_soon(self._alive, done)

    def watch(self, told: Callable[[str], object]) -> None:
        del told

    async def stored(self) -> None:
        done = self._world.loop.create_future()
        self.after(lambda: done.done() or done.set_result(None))
        await done


class Eyes:
    """`Prices` and what else the engine reads of the present."""

    def __init__(self, world: World) -> None:
        self._world = world

    def touch(self, instrument: str) -> Touch | None:
        world = self._world
        if world.blind():
            return None
        return world.venue.walk.touch(instrument, world.loop.now())

    def mid_ticks(self, instrument: str) -> int | None:
        touch = self.touch(instrument)
        return None if touch is None else touch.mid_ticks

    def marks(self) -> dict[str, Decimal]:
        now = self._world.loop.now()
        walk = self._world.venue.walk
        return {i: rules.price(walk.mid_ticks(i, now)) for i, rules in INSTRUMENTS.items()}


class Watcher:
    """Strategy and observer in one: it wants nothing more."""

    name, timer_ns = STRATEGY, 0

    def cleared(self, wish: str) -> None: ...

    def finished(self, outcome: object, now: object) -> Sequence[Any]:
        del outcome, now
        return ()

    def liquidated(self, fill: Fill, owner: str, now: object) -> Sequence[Any]:
        raise AssertionError(f"a fill that nobody ordered: {fill} {owner} {now}")

    def signal(self, signal: object, wishes: int) -> None: ...

    def routed(self, routed: object) -> None: ...

    def outcome(self, outcome: object) -> None: ...

    def fill(self, fill: Fill, owner: str) -> None: ...

    def funding(self, payment: FundingPayment) -> None: ...


class Process:
    """What dies and is started again. `entries` are what the journal holds of the time before."""

    def __init__(self, world: World, entries: list[msgspec.Struct], *, first: bool) -> None:
        self.world = world
        loop, venue = world.loop, world.venue
        self.journal = Written(world, entries)
        self.ledger = Ledger(INSTRUMENTS)
        eyes = Eyes(world)
        self.wire = Wire(venue, world.rng, world.scenario.faults, self._heard, world.say)
        halts = Halts(self.journal, loop.now)
        gate = Gatekeeper(
            INSTRUMENTS, self.ledger, LIMITS, marks=eyes.marks, mid_ticks=eyes.mid_ticks, now=loop.now,
            restraints=halts.restraints,
        )  # fmt: skip
        entry = DurableEntry(
            self.wire, self.journal, loop.now, self._heard, lambda text: None, patience_s=1e6
        )
        self.desk = Desk(loop, entry, gate, self.journal, halts=halts)
        watcher: Any = Watcher()
        present: Any = eyes
        unused: Any = None
        carrier = WireCarrier(self.wire)
        self.engine = Engine(
            loop, INSTRUMENTS, self.desk, self.ledger, present, unused, self.journal, watcher,
            seed=world.scenario.seed, mover=self.wire, safe=self.journal.stored, carrier=carrier,
        )  # fmt: skip
        self.strategy = watcher
        self.engine.start([watcher])
        if not first:
            self._recover(entries)

    def _heard(self, event: VenueEvent) -> None:
        if not self.journal.dead:
            self.engine.on_event(event)

    def _recover(self, entries: Iterable[msgspec.Struct]) -> None:
        memory = fold(entries)
        restored(entries, memory, self.desk, self.ledger)
        self.engine.expect(memory.wishes)
        for order in memory.orders.values():
            ticket = self.desk.ticket(order.submitted.client_id)
            assert ticket is not None
            if not ticket.order.state.is_final:
                known = order.fills
                self.wire.recall(
                    order.submitted.client_id, order.submitted.intent, order.submitted.local_ns, known
                )
        wishes: Any = memory.wishes
        for name, wish in wishes.items():
            tickets = [t for t in self.desk.tickets if t.intent.saga == name]
            steps = [s for s in memory.steps.get(name, ()) if isinstance(s, SagaStep)]
            self.engine.resume(self.strategy, wish, Past(tickets, steps))
        fills = {event.id for event in memory.bookings if isinstance(event, Fill)}
        self.wire.missed(fills)

    def kill(self) -> list[msgspec.Struct]:
        """The end of it; what the disk holds is at least what was called safe, and may be more."""
        journal = self.journal
        journal.dead = True
        self.world.laws.legs(self)
        self.wire.cut()
        kept = self.world.rng.randint(journal.safe, len(journal.entries))
        encode, decode = DISK[0].encode, DISK[1].decode
        return [decode(encode(entry)) for entry in journal.entries[:kept]]


class World:
    def __init__(self, scenario: Scenario, *, tell: Callable[[str], None] | None = None) -> None:
        self.scenario, self._tell = scenario, tell
        self.rng = Random(f"{scenario.saga}:{scenario.seed}:world")
        self.loop = VirtualLoop(START)
        self.loop.attach(Still())
        self.loop.set_exception_handler(self._surprise)
        self.venue = ModelVenue(self.loop, scenario.walk, self.rng, scenario.manners)
        self.laws = Laws(self)
        self.venue.watch = self.laws.event
        self.kills: list[str] = []
        self.asked: list[SagaWish] = []
        self._wrote = 0
        self._entries_to_die = sorted(scenario.at_entries)
        self._down: asyncio.Event | None = None
        self.process: Process
        self.up = True

    # -- what happens

    def run(self) -> Laws:
        try:
            self.loop.run_until_complete(self._story())
        except Killed:  # pragma: no cover - every kill is caught where it happens
            raise AssertionError("a kill escaped") from None
        finally:
            for task in asyncio.all_tasks(self.loop):
                task.cancel()
            self.loop.drop()
        self.laws.end()
        return self.laws

    async def _story(self) -> None:
        self._down = asyncio.Event()
        await self._begin()
        for at, seconds in self.scenario.downs:
            self.loop.call_later(at, self._go_down, seconds)
        for at in sorted(self.scenario.at_seconds):
            self.loop.call_later(at, self._die, "moment")
        if self.scenario.halts_s:
            self.loop.call_later(self.scenario.halts_s, self._halt)
        for at, side in self.scenario.trades:
            self.loop.call_later(at, self._trade, side)
        self._last_wish = max((at for at, _ in self.scenario.further), default=0.0) + self.loop.time()
        limit = self.loop.time() + HORIZON_S
        while self.loop.time() < limit:
            if self._down.is_set():
                self._down.clear()
                await self._restart()
                continue
            if self.quiet() and self.loop.time() > self._last_wish:
                break
            try:
                await asyncio.wait_for(self._down.wait(), 5.0)
            except TimeoutError:
                continue
        await self._settled()

    async def _begin(self) -> None:
        entries: list[msgspec.Struct] = []
        self.process = Process(self, entries, first=True)
        self._wrote = -1000
        wire, venue, calm = self.process.wire, self.venue, self.scenario
        wire.faults, venue.manners = Faults(), Manners()
        await self._furnish()
        await self.process.journal.stored()
        wire.faults, venue.manners = calm.faults, calm.manners
        self._wrote, self.laws.active = 0, True
        for at, wish in self.scenario.further:
            self.loop.call_later(at, self._ask, wish)
        self._ask(self.scenario.wish)

    def _ask(self, wish: SagaWish) -> None:
        """A wish comes; one that comes while nobody is up is never heard of."""
        if self.up:
            self.asked.append(wish)
            with suppress(Killed):
                self.process.engine.fulfil(self.process.strategy, [wish])

    async def _furnish(self) -> None:
        """Money, and what the owner holds already."""
        journal, ledger = self.process.journal, self.process.ledger
        for wallet in ("binance.spot", "binance.perp", "okx.spot", "okx.perp"):
            deposit = Deposited(wallet, "USDT", Decimal(100_000), START)
            journal(deposit)
            ledger.deposit(wallet, "USDT", deposit.amount, START)
            self.venue.wallets[wallet, "USDT"] = deposit.amount
        pairs = {LENDER, *(w.position for w in self.scenario.wishes() if isinstance(w, PairIntent))}
        for owner, held in self.scenario.holdings().items():
            pair = owner in pairs
            for rules, lots in ((SPOT, held * 100 if pair else 0), (PERP, -held)):
                if lots:
                    await self._buy(owner, rules, lots)

    async def _buy(self, owner: str, rules: Instrument, lots: int) -> None:
        side = Side.BUY if lots > 0 else Side.SELL
        intent = Intent(
            f"before-{owner}-{rules.kind}", STRATEGY, owner, rules.id, side, abs(lots), Purpose.ENTRY,
            self.venue.walk.mid_ticks(rules.id, START), tif=TimeInForce.IOC,
        )  # fmt: skip
        order: Any = self.process.desk.approve(intent)
        assert not isinstance(order, Refuse), order
        ticket = self.process.desk.send(order)
        while not ticket.order.state.is_final:
            await asyncio.sleep(0.1)

    async def _restart(self) -> None:
        await asyncio.sleep(self.rng.random() ** 2 * 15)
        self.say("-- the process starts again")
        self.up = True
        self.laws.event()
        entries = self.disk
        with suppress(Killed):
            self.process = Process(self, entries, first=False)

    async def _settled(self) -> None:
        """Until the last stray report was heard."""
        until = self.loop.time() + 120.0
        while self.loop.time() < until or not (self.quiet() or self.loop.time() > HORIZON_S * 1.2):
            await asyncio.sleep(3.0)
            if self._down is not None and self._down.is_set():
                self._down.clear()
                await self._restart()

    def quiet(self) -> bool:
        """Every wish has its outcome, and no order is on its way."""
        process = self.process
        return (
            not process.engine._sagas
            and process.desk.open_orders() == 0
            and process.journal.safe == len(process.journal.entries)
        )

    def _die(self, how: str) -> None:
        if not self.up:
            return
        self.up = False
        self.kills.append(how)
        self.disk = self.process.kill()
        self.say(f"-- killed ({how}); the journal keeps {len(self.disk)} entries")
        self.laws.event()
        for task in asyncio.all_tasks(self.loop):
            if task is not asyncio.current_task(self.loop) and task.get_coro().__qualname__ in _DYING:  # type: ignore[union-attr]
                task.cancel()
        assert self._down is not None
        self._down.set()

    def wrote(self, event: msgspec.Struct) -> None:
        """An entry was written; the process may die here."""
        self.say(f"journal  {event}")
        self._wrote += 1
        if self._entries_to_die and self._wrote >= self._entries_to_die[0] and self._wrote > 0:
            self._entries_to_die.pop(0)
            self._wrote = 0
            self._die(getattr(event, "step", None) or type(event).__name__)
            raise Killed

    def _halt(self) -> None:
        if self.up:
            halt = HaltIntent(self.scenario.halted or self.scenario.wish.id, STRATEGY, "halted")
            with suppress(Killed):
                self.process.engine.fulfil(self.process.strategy, [halt])

    def _trade(self, side: int) -> None:
        if not self.up:
            return
        try:
            now = self.loop.now()
            bid, ask = self.venue.walk.best(SPOT.id, now)
            intent = Intent(
                f"other-{now}", STRATEGY, "", SPOT.id, Side.BUY, 100, Purpose.ENTRY, (bid + ask) // 2,
                OrderType.LIMIT, ask + 1000, saga="",
            )  # fmt: skip
            order: Any = self.process.desk.approve(intent)
            if hasattr(order, "client_id"):
                self.process.desk.send(order)
        except Killed:
            pass

    def _go_down(self, seconds: float) -> None:
        self.say(f"-- the venue is down for {seconds:.1f} s")
        self.venue.down_until = self.loop.now() + int(seconds * NS)

    def _surprise(self, loop: object, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if not isinstance(error, Killed):
            self.laws.break_("failure", f"{context.get('message')}: {error!r}")

    def blind(self) -> bool:
        now = self.loop.time()
        return self.laws.active and (
            self.venue.down or any(at <= now < at + lasts for at, lasts in self.scenario.blind)
        )

    def commit_s(self) -> float:
        return 0.3 if self.rng.random() < 0.02 else 0.0002 + self.rng.random() * 0.003

    def committed(self, safe: int, written: int) -> int:
        """A group may end between any two entries, and the rest go with the next."""
        return written if self.rng.random() < 0.8 else self.rng.randint(safe, written)

    def say(self, text: str) -> None:
        if self._tell is not None:
            self._tell(f"{self.loop.time():10.4f}  {text}")


_DYING = ("Engine._run", "Engine._tick")
