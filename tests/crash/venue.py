"""A small exact venue: orders, partial fills, stops, positions, wallets. It is the truth of a crash world.

It stands in for the simulated exchange because a world lasts minutes of virtual time and milliseconds of
ours: there is no tape to generate and no kernel to feed, and every fill is decided by one seeded draw.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random

from tests.crash.market import INSTRUMENTS, STEP_NS, Walk
from titan.engine.loop import VirtualLoop
from titan.model.account import WithdrawalState
from titan.model.fill import Fill, Liquidity
from titan.model.instrument import InstrumentKind
from titan.model.order import OrderEvent, OrderType, Side, TimeInForce
from titan.model.pair import TransferIntent
from titan.model.position import Position
from titan.model.signal import Intent
from titan.portfolio.pricing import wallet_of


@dataclass
class Resting:
    """An order at the venue, whatever became of it."""

    client_id: str
    intent: Intent
    filled: int = 0
    ended: OrderEvent | None = None
    reason: str = ""
    fills: list[Fill] = field(default_factory=list)
    late: int = 0
    """Fills that are told after the end."""

    @property
    def leaves(self) -> int:
        return 0 if self.ended else self.intent.lots - self.filled


@dataclass
class Payout:
    """A withdrawal that the venue took: `net` arrives."""

    wish: TransferIntent
    net: Decimal
    state: WithdrawalState = WithdrawalState.PENDING
    arrived: bool = False


@dataclass
class Manners:
    """How the venue behaves, as probabilities."""

    reject: float = 0.0
    part: float = 0.0
    nothing: float = 0.0
    late: float = 0.0
    """A fill crosses a cancel and is told after it."""


class ModelVenue:
    """`told` hears (order, fill or None) whenever something happened to an order."""

    def __init__(self, loop: VirtualLoop, walk: Walk, rng: Random, manners: Manners) -> None:
        self.loop, self.walk, self._rng, self.manners = loop, walk, rng, manners
        self.orders: dict[str, Resting] = {}
        self.sagas: dict[str, list[Resting]] = {}
        self.arrivals: dict[str, int] = {}
        self.lots = dict.fromkeys(INSTRUMENTS, 0)
        self.wallets: dict[tuple[str, str], Decimal] = {}
        self.positions = {i: Position(i) for i in INSTRUMENTS}
        self.fills: list[Fill] = []
        self.told: Callable[[Resting, Fill | None], None] = lambda order, fill: None
        self.watch: Callable[[], None] = lambda: None
        self.down_until = 0
        self._ticking = False
        self.moves: dict[str, int] = {}
        self.payouts: dict[str, Payout] = {}
        self.payouts_asked: dict[str, int] = {}

    @property
    def down(self) -> bool:
        return self.loop.now() < self.down_until

    def accept(self, client_id: str, intent: Intent) -> None:
        self.arrivals[client_id] = self.arrivals.get(client_id, 0) + 1
        if client_id in self.orders:
            return
        order = self.orders[client_id] = Resting(client_id, intent)
        self.sagas.setdefault(intent.saga, []).append(order)
        if self._rng.random() < self.manners.reject or self._room(intent) < 1:
            self._end(order, OrderEvent.REJECT, "not taken")
            return
        bid, ask = self.walk.best(intent.instrument, self.loop.now())
        best = ask if intent.side is Side.BUY else bid
        if intent.type is OrderType.STOP:
            self._rest(order)
        elif intent.type is OrderType.LIMIT and (best - intent.limit_ticks) * intent.side > 0:
            if intent.tif is TimeInForce.IOC:
                self._end(order, OrderEvent.EXPIRE)
            else:
                self._rest(order)
        elif intent.tif is TimeInForce.POST_ONLY:
            self._end(order, OrderEvent.REJECT, "it would take")
        else:
            self._take(order, best)
            if not order.ended and intent.tif is TimeInForce.GTC and intent.type is OrderType.LIMIT:
                self._rest(order)
            elif not order.ended:
                self._end(order, OrderEvent.EXPIRE)

    def cancel(self, client_id: str) -> None:
        order = self.orders.get(client_id)
        if order is None or order.ended:
            return
        if order.intent.type is OrderType.LIMIT and self._rng.random() < self.manners.late:
            lots = self._rng.randint(1, order.leaves)
            self._fill(order, order.intent.limit_ticks, lots, silent=True)
            order.late += 1
            if order.ended:
                return
        self._end(order, OrderEvent.CANCEL)

    def _room(self, intent: Intent) -> int:
        """Lots that a reduction may still close; all for what is no reduction."""
        if not intent.reduce_only:
            return intent.lots
        held = self.lots[intent.instrument]
        return min(intent.lots, abs(held)) if held * intent.side < 0 else 0

    def _take(self, order: Resting, ticks: int) -> None:
        """What the book holds for it now: all, a part in one or two fills, or nothing."""
        draw = self._rng.random()
        share = 1.0
        if draw < self.manners.nothing:
            return
        if draw < self.manners.nothing + self.manners.part:
            share = self._rng.random()
        lots = min(int(order.leaves * share), self._room(order.intent))
        if lots > 1 and self._rng.random() < 0.4:
            first = self._rng.randint(1, lots - 1)
            self._fill(order, ticks, first)
            lots -= first
        if lots > 0:
            self._fill(order, ticks, lots)

    def _rest(self, order: Resting) -> None:
        self.watch()
        self.told(order, None)
        if not self._ticking:
            self._ticking = True
            self.loop.call_later(STEP_NS / 1e9, self._tick)

    def _tick(self) -> None:
        """The market against what rests."""
        live = [o for o in self.orders.values() if not o.ended]
        self._ticking = bool(live)
        if not live:
            return
        if not self.down:
            for order in live:
                self._match(order)
        self.loop.call_later(STEP_NS / 1e9, self._tick)

    def _match(self, order: Resting) -> None:
        intent = order.intent
        bid, ask = self.walk.best(intent.instrument, self.loop.now())
        best = ask if intent.side is Side.BUY else bid
        if intent.type is OrderType.STOP:
            if (best - intent.stop_ticks) * intent.side >= 0:
                lots = min(order.leaves, self._room(intent))
                if lots > 1 and self._rng.random() < 0.3:
                    lots = self._rng.randint(1, lots - 1)
                if lots > 0:
                    self._fill(order, best, lots)
                else:
                    self._end(order, OrderEvent.EXPIRE)
        elif (intent.limit_ticks - best) * intent.side >= 0:
            lots = order.leaves if self._rng.random() < 0.6 else self._rng.randint(1, order.leaves)
            self._fill(order, intent.limit_ticks, min(lots, self._room(intent)) or 1)

    def _fill(self, order: Resting, ticks: int, lots: int, *, silent: bool = False) -> None:
        intent, rules, now = order.intent, INSTRUMENTS[order.intent.instrument], self.loop.now()
        fee = rules.notional(ticks, lots) * rules.fees.taker
        fill = Fill(
            f"v{len(self.fills) + 1}", order.client_id, rules.id, intent.side, ticks, lots, fee, rules.quote,
            Liquidity.TAKER, now, now,
        )  # fmt: skip
        order.filled += lots
        order.fills.append(fill)
        self.fills.append(fill)
        self.lots[rules.id] += lots * intent.side
        self._book(fill)
        if order.filled >= intent.lots:
            order.ended = OrderEvent.FILL
        self.watch()
        if not silent or order.ended:
            self.told(order, fill)

    def _book(self, fill: Fill) -> None:
        rules = INSTRUMENTS[fill.instrument]
        wallet = wallet_of(rules)
        if rules.kind is InstrumentKind.SPOT:
            size = rules.size(fill.lots * fill.side)
            self._add(wallet, rules.base, size)
            self._add(wallet, rules.quote, -size * rules.price(fill.ticks))
        else:
            before = self.positions[rules.id]
            after = self.positions[rules.id] = before.filled(rules, fill.side, fill.ticks, fill.lots)
            self._add(wallet, rules.settle, after.realised - before.realised)
        self._add(wallet, fill.fee_asset, -fill.fee)

    def _add(self, wallet: str, asset: str, amount: Decimal) -> None:
        self.wallets[wallet, asset] = self.wallets.get((wallet, asset), Decimal(0)) + amount

    def move(self, wish: str, asset: str, amount: Decimal, source: str, target: str) -> None:
        self.moves[wish] = self.moves.get(wish, 0) + 1
        self._add(source, asset, -amount)
        self._add(target, asset, amount)

    def withdraw(self, wish: TransferIntent) -> None:
        """Takes minutes, fails now and then; the balance may show what arrived later than its record does."""
        self.payouts_asked[wish.id] = self.payouts_asked.get(wish.id, 0) + 1
        if wish.id in self.payouts:
            return
        amount = Decimal(wish.amount)
        one = self.payouts[wish.id] = Payout(wish, amount - self._rng.choice([0, 1, 1, 3]))
        self._add(wish.source, wish.asset, -amount)
        if self._rng.random() < 0.15:
            self.loop.call_later(self._rng.random() * 200, self._return, one)
            return
        leaves = self._rng.random() ** 2 * 200
        arrives = leaves + self._rng.random() ** 3 * 2000
        shown = arrives + self._rng.choice([-5.0, 0.0, 0.0, 20.0])
        self.loop.call_later(leaves, setattr, one, "state", WithdrawalState.SENT)
        self.loop.call_later(arrives, setattr, one, "arrived", True)
        self.loop.call_later(max(shown, leaves), self._add, wish.target, wish.asset, one.net)

    def _return(self, one: Payout) -> None:
        one.state = WithdrawalState.FAILED
        self._add(one.wish.source, one.wish.asset, Decimal(one.wish.amount))

    def _end(self, order: Resting, event: OrderEvent, reason: str = "") -> None:
        order.ended, order.reason = event, reason
        self.watch()
        self.told(order, None)
