"""Journals of runs as an engine writes them, made from a list of small choices: wishes and their executions,
orders and what venues say of them (twice, late, of orders that nobody sent), transfers, restraints, panics
and restarts. What could not be so is left out: an outcome has a wish, a fill fits no other fill's name.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal as D
from typing import Final, TypeVar

import msgspec
from hypothesis import strategies as st

from tests.execution.scripted import INSTRUMENTS, PERP, SPOT
from titan.model.events import CAME_BACK, LEFT, AmendAsked, OrderReport, Refused, Submitted, Transfer
from titan.model.fill import Fill, FundingPayment, Liquidity
from titan.model.guard import DayOpened, DrawdownReached, Rung
from titan.model.listing import Listing
from titan.model.order import Order, OrderEvent, OrderType, Side
from titan.model.outcome import SagaOutcome
from titan.model.pair import PairEnd, PairIntent, PairOutcome, PairType, TransferIntent
from titan.model.recovery import Deposited, Latched, PanicEnded, PanicStep, Rearmed, Reconciled
from titan.model.restraint import Imposed, Lifted
from titan.model.routing import Route, Routed
from titan.model.run import RunBegan, RunStopped
from titan.model.settled import Fate, Settled
from titan.model.signal import Intent, Purpose, Signal
from titan.model.step import SagaStep
from titan.model.twap import TwapIntent
from titan.model.valuation import Valued
from titan.model.wake import SettingsChanged, Why, Woke
from titan.portfolio.entries import TRANSIT

START: Final = 1_795_000_000 * 10**9
STEP_NS: Final = 10**9
PRICES: Final = {SPOT.id: 5_000_000, PERP.id: 500_000}
T = TypeVar("T")
Choice = tuple[str, int, int]


class Scribe:
    """`entries` are (at_ns, event), in their order."""

    def __init__(self) -> None:
        self.entries: list[tuple[int, msgspec.Struct]] = []
        self.wishes: dict[str, PairIntent | TwapIntent | TransferIntent] = {}
        self.held: dict[str, int] = {}
        self.orders: list[Submitted] = []
        self.said: list[Fill | FundingPayment] = []
        self._lives: dict[str, Order] = {}
        self._filled_by: set[str] = set()
        self._booked: set[str] = set()
        self.n = 0
        self.write(RunBegan("run", "live", "sentinel", "c", D(100_000), 7, "0", False, START))
        self._open()

    @property
    def now(self) -> int:
        return START + len(self.entries) * STEP_NS

    def write(self, event: msgspec.Struct) -> None:
        self.entries.append((self.now, event))
        if isinstance(event, Submitted):
            self._lives[event.client_id] = Order(event.request, sent_ns=self.now)
        elif isinstance(event, OrderReport | AmendAsked | Fill) and event.client_id in self._lives:
            self._follow(self._lives[event.client_id], event)

    def _follow(self, order: Order, event: OrderReport | AmendAsked | Fill) -> None:
        if isinstance(event, OrderReport):
            order.apply(event.event, event.local_ns)
        elif isinstance(event, AmendAsked):
            order.amend(event.lots, event.limit_ticks)
        elif event.id not in self._filled_by:
            self._filled_by.add(event.id)
            order.apply_fill(event.ticks, event.lots, event.local_ns)

    def next(self) -> int:
        self.n += 1
        return self.n

    def _open(self) -> None:
        for rules in INSTRUMENTS.values():
            self.write(Listing(rules, self.now))

    def take(self, choice: Choice) -> None:
        name, a, b = choice
        _CHOICES[name](self, a, b)

    # -- what a strategy decides

    def signal(self, a: int, b: int) -> None:
        code, name = ((1, "EXPAND"), (2, "CONTRACT"), (3, "CORE_OPEN"), (4, "CORE_CLOSE"))[a % 4]
        self.write(Signal("sentinel", code, name, "BTC", self.next(), self.now, {"z": float(b)}))
        if b % 2:
            self.write(Woke("sentinel", Why.SIGNAL, name, self.now, self.n, "", 1))
        if b % 4 == 3:
            chosen = Route(SPOT.id, PERP.id)
            self.write(
                Routed(
                    "", "sentinel", "BTC", PairType.CORE, D(9), 5.0, None, chosen, None, (), "dear", self.now
                )
            )

    def pair(self, a: int, b: int) -> None:
        """Opens a holding, or closes one or more of another."""
        idle = [one for one in self.held if not self._at_work(one)]
        exit_ = bool(idle) and a % 2 == 1
        position = idle[b % len(idle)] if exit_ else f"BTC:{'core' if b % 2 else 'satellite'}:{self.next()}"
        purpose = Purpose.EXIT if exit_ else Purpose.ENTRY
        units = self.held.get(position, 0) if exit_ else 4 + b
        kind = PairType.CORE if ":core:" in position else PairType.SATELLITE
        wish = PairIntent(
            f"run-sentinel.BTC-{self.next()}-{purpose}", "sentinel", "BTC", position, kind, purpose, SPOT.id,
            PERP.id, units, 2, "because", 0, 0, 0, 10.0, 10.0,
        )  # fmt: skip
        self.held.setdefault(position, 0)
        self._wish(wish)

    def twap(self, a: int, b: int) -> None:
        owner = next(iter(self.held), "")
        self._wish(
            TwapIntent(
                f"run-sentinel.BTC-{self.next()}-twap", "sentinel", owner, PERP.id,
                Side.BUY if a % 2 else Side.SELL, Purpose.HEDGE, 1 + b, 1, "lean", 0, 0, 0, 0, 10.0, 10.0,
            )
        )  # fmt: skip

    def transfer(self, a: int, b: int) -> None:
        target = "bybit.spot" if a % 2 else "binance.perp"
        self._wish(
            TransferIntent(
                f"run-sentinel.binance-{self.next()}-transfer", "sentinel", "USDT", "binance.spot", target,
                str(10 * self.n + b % 3), "why",  # no two alike: which is meant is known
            )
        )  # fmt: skip

    def _wish(self, wish: PairIntent | TwapIntent | TransferIntent) -> None:
        self.wishes[wish.id] = wish
        self.write(wish)

    def _at_work(self, position: str) -> bool:
        return any(isinstance(w, PairIntent) and w.position == position for w in self.wishes.values())

    # -- how it is carried out

    def step(self, a: int, b: int) -> None:
        if self.wishes:
            self.write(SagaStep(_pick(list(self.wishes), a), f"step {b}", b, (a, b), self.now, "note"))

    def submit(self, a: int, b: int) -> None:
        wish = _pick([w for w in self.wishes.values() if not isinstance(w, TransferIntent)], a)
        owner, saga, purpose = "", "", Purpose.HEDGE
        if isinstance(wish, PairIntent):
            owner, saga, purpose = wish.position, wish.id, wish.purpose
        elif isinstance(wish, TwapIntent):
            owner, saga = wish.owner, wish.id
        rules = SPOT if b % 2 else PERP
        n = self.next()
        intent = Intent(
            f"{saga or 'run-guard'}-BTC-{n}-leg", "sentinel", owner, rules.id,
            Side.BUY if a % 3 else Side.SELL, 2 + b, purpose, PRICES[rules.id], OrderType.LIMIT,
            PRICES[rules.id], saga=saga,
        )  # fmt: skip
        order = Submitted(f"torder{n:020d}", intent, self.now)
        self.orders.append(order)
        self.write(order)

    def refuse(self, a: int, b: int) -> None:
        wish = _pick(list(self.wishes), a) or "run-guard"
        gate = ("collar", "rate")[b % 2]
        self.write(Refused(f"{wish}-BTC-{self.next()}-leg", gate, f"why {b % 3}", {"n": str(b)}, self.now))

    def report(self, a: int, b: int) -> None:
        order = _pick(self.orders[-6:], a)
        if order is not None:
            event = list(OrderEvent)[b % len(OrderEvent)]
            self.write(OrderReport(order.client_id, event, self.now, self.now, f"r{b}" if b % 2 else ""))

    def amend(self, a: int, b: int) -> None:
        """Asked of an order that lives, as the desk does it."""
        order = _pick(self.orders[-6:], a)
        if order is not None and self._may_change(order.client_id):
            self.write(AmendAsked(order.client_id, 1 + b, 100 + b, self.now))

    def _may_change(self, client_id: str) -> bool:
        order = self._lives[client_id]
        return not order.state.is_final and order.amending is None

    def fill(self, a: int, b: int) -> None:
        order = _pick(self.orders[-6:], a)
        if order is not None:
            self._filled(order.client_id, order.intent.instrument, order.intent.side, 1 + b // 2)

    def stray(self, a: int, b: int) -> None:
        """Of an order that nobody here sent: a liquidation."""
        self._filled(f"stray{self.next()}", PERP.id, Side.BUY if a % 2 else Side.SELL, 1 + b)

    def _filled(self, client_id: str, instrument: str, side: Side, lots: int) -> None:
        n = self.next()
        fill = Fill(
            f"f{n}", client_id, instrument, side, PRICES[instrument] + n, lots, D("0.1"), "USDT",
            Liquidity.TAKER, self.now, self.now,
        )  # fmt: skip
        self.said.append(fill)
        self.write(fill)

    def pay(self, a: int, b: int) -> None:
        payment = FundingPayment(
            f"p{self.next()}", PERP.id, D("0.0001"), -1, D(50_000), D(a - b), "USDT", self.now, self.now
        )
        self.said.append(payment)
        self.write(payment)

    def again(self, a: int, b: int) -> None:
        """A venue says a second time what it said before."""
        known = _pick(self.said, a * 8 + b)
        if known is not None:
            self.write(known)

    def end(self, a: int, b: int) -> None:
        wish = self.wishes.get(_pick(list(self.wishes), a) or "")
        if wish is None:
            return
        end = list(PairEnd)[b % len(PairEnd)]
        del self.wishes[wish.id]
        if isinstance(wish, PairIntent):
            units = wish.units if end is PairEnd.DONE else min(b, wish.units)
            self.held[wish.position] += units if wish.purpose is Purpose.ENTRY else -units
            if not self.held[wish.position]:
                del self.held[wish.position]
            self.write(PairOutcome(wish, end, units, 1 + b, b % 2, f"why {b}", self.now, cost=D(b)))
        else:
            self.write(SagaOutcome(wish, end, b, b * 100, f"why {b}", self.now, cost=D(b)))

    def move(self, a: int, b: int) -> None:
        """What a venue says of a transfer: it left, arrived, came back; under our name or its own."""
        moves = [w for w in self.wishes.values() if isinstance(w, TransferIntent)]
        wish = _pick(moves, a)
        if wish is None:
            return
        name = f"theirs{self.next()}" if b % 4 == 3 else wish.id + ("", LEFT, CAME_BACK)[b % 4 % 3]
        source = TRANSIT if name.endswith(CAME_BACK) else wish.source
        target = TRANSIT if name.endswith(LEFT) else wish.source if source == TRANSIT else wish.target
        if name in self._booked:
            return  # the books have it
        self._booked.add(name)
        self.write(Transfer(name, "USDT", source, target, D(wish.amount), D(b % 2), self.now))

    def settle(self, a: int, b: int) -> None:
        moves = [w.id for w in self.wishes.values() if isinstance(w, TransferIntent)]
        name = _pick(moves, a)
        if name is not None:
            self.write(Settled(name, list(Fate)[b % len(Fate)], "", "ada", "looked", self.now))

    # -- what an operator and the guards impose

    def impose(self, a: int, b: int) -> None:
        self.write(
            Imposed(f"halt {a % 3}", "REDUCE_ONLY", "0", f"why {b}", "ada", self.now, base="BTC" * (b % 2))
        )

    def lift(self, a: int, _b: int) -> None:
        self.write(Lifted(f"halt {a % 3}", "ada", self.now))

    def latch(self, a: int, b: int) -> None:
        self.write(Latched(("panic", "clock")[a % 2], f"why {b}", "brain", self.now))

    def rearm(self, a: int, _b: int) -> None:
        self.write(Rearmed(("panic", "clock")[a % 2], "ada", self.now))

    def guard(self, a: int, b: int) -> None:
        self.write(DayOpened(f"2026-11-{10 + a}", D(100_000), D(0), self.now))
        if b % 2:
            limit = D("0.02")
            self.write(
                DrawdownReached(
                    f"2026-11-{10 + a}", Rung.HALVE, limit, limit, D(100_000), D(98_000), self.now
                )
            )

    def value(self, a: int, b: int) -> None:
        self.write(Valued(D(100_000 + a), D(b), D(a), {"fees": D(b)}, self.now))

    def reconcile(self, a: int, b: int) -> None:
        self.write(Reconciled(("binance", "bybit")[a % 2], not b % 2, "why", a, b, 1, (), self.now, self.now))

    def settings(self, a: int, b: int) -> None:
        self.write(SettingsChanged({"sentinel.entry_z": 1.0 + a}, "ada", "calm", self.now))
        self.write(Woke("sentinel", Why.SETTINGS, "", self.now, b, "", 0))

    # -- how it begins and ends

    def panic(self, a: int, _b: int) -> None:
        self.write(PanicStep("p", "binance", "cancel", self.now))
        if a % 2:
            self.write(PanicEnded("p", ("binance",), {}, self.now))
            self.held = {}
            self.wishes = {n: w for n, w in self.wishes.items() if isinstance(w, TransferIntent)}

    def restart(self, a: int, _b: int) -> None:
        """Stopped or killed, and gone on with."""
        if a % 2:
            self.write(RunStopped("run", "asked to", D(1), 0, {}, self.now))
        self.write(RunBegan("run", "live", "sentinel", "c", D(100_000), 7, "0", True, self.now))
        self._open()

    def anew(self, a: int, _b: int) -> None:
        """Another run of the same journal."""
        if a % 4:
            return
        self.write(
            RunBegan(f"run{self.next()}", "live", "sentinel", "c", D(100_000), 7, "0", False, self.now)
        )
        self.wishes, self.held, self.orders, self.said = {}, {}, [], []
        self._open()
        self.write(Deposited("binance.spot", "USDT", D(50_000), self.now))


_CHOICES: Final[dict[str, Callable[[Scribe, int, int], None]]] = {
    name: getattr(Scribe, name)
    for name in (
        "signal", "pair", "twap", "transfer", "step", "submit", "refuse", "report", "amend", "fill", "stray",
        "pay", "again", "end", "move", "settle", "impose", "lift", "latch", "rearm", "guard", "value",
        "reconcile", "settings", "panic", "restart", "anew",
    )
}  # fmt: skip
_OFTEN: Final = ("pair", "submit", "submit", "fill", "fill", "report", "report", "end", "signal")
"""What a journal is mostly made of."""


def _pick(some: Sequence[T], n: int) -> T | None:
    return some[n % len(some)] if some else None


_choice = st.tuples(st.sampled_from([*_CHOICES, *_OFTEN]), st.integers(0, 7), st.integers(0, 7))
choices = st.one_of(st.lists(_choice, max_size=10), st.lists(_choice, min_size=30, max_size=80))
"""Short ones, that are read easily, and long ones, in which things meet: a list's usual length is five."""


def written(made: Sequence[Choice]) -> list[tuple[int, msgspec.Struct]]:
    scribe = Scribe()
    for choice in made:
        scribe.take(choice)
    return scribe.entries


journals = choices.map(written)
