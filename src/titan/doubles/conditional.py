"""Orders that wait for a price outside the matching engine, and become orders like others when it comes.

So it is at Binance (USD-M "Algo Service") and OKX ("Algo Trading"): an own id, no margin until it is set off,
then a new order with an id of its own. At Bybit and Kraken a stop is the order itself: those are the desk's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Final

import msgspec

from titan.doubles.desk import Desk, on_grid
from titan.doubles.market import Market
from titan.doubles.orders import AccountEvent, Conditional, ConditionalUpdate, Leg, OrderUpdate, Stage, Ticket
from titan.doubles.publish import Tick
from titan.doubles.refusal import Refusal, Refused
from titan.model.instrument import Instrument
from titan.model.order import OrderState, OrderType, Side, TimeInForce

APART: Final = 4_000_000_000_000_000
"""Ids begin here, far from those of orders: the venues count them apart."""


class Conditionals:
    """`heard` looks at prices, `tick` places what they set off; `now` is ns UTC as clients see it."""

    def __init__(
        self, desk: Desk, markets: tuple[Market, ...], *, tell: Callable[[AccountEvent], None],
        now: Callable[[], int], first_id: int,
    ) -> None:  # fmt: skip
        self._desk, self._markets, self._tell, self._now = desk, markets, tell, now
        self._next_id = APART + first_id
        self.all: dict[int, Conditional] = {}
        """By id, oldest first."""

    def open(self, inst: int | None = None) -> list[Conditional]:
        """Oldest first."""
        return [c for c in self.all.values() if c.is_open and inst in (None, c.ticket.inst)]

    def find(self, number: int | None = None, client_id: str = "") -> Conditional | None:
        """By id, else by client id (the latest that carried it)."""
        if number is not None:
            return self.all.get(number)
        return next((c for c in reversed(self.all.values()) if client_id and c.client_id == client_id), None)

    def place(
        self, ticket: Ticket, legs: Iterable[Leg], *, client_id: str = "", whole: bool = False,
        shrinks: bool = False,
    ) -> Conditional:  # fmt: skip
        """Raises Refused for what could not be an order. `ticket.client_id` is that of the order to come."""
        one, chosen = self._markets[ticket.inst].instrument, tuple(legs)
        before = self.find(None, client_id)
        if self._desk.refuse is not None and self._desk.refuse(ticket):
            raise Refused(Refusal.INJECTED)
        if before is not None and before.is_open:
            raise Refused(Refusal.DUPLICATE_CLIENT_ID)
        _check(one, ticket, chosen)
        self._next_id += 1
        made = Conditional(
            self._next_id, client_id or f"titan{self._next_id}", one, ticket, chosen, self._now(),
            self._now(), whole, shrinks,
        )  # fmt: skip
        self.all[made.id] = made
        self._say(made, Stage.WAITING)
        return made

    def amend(self, one: Conditional, ticket: Ticket, legs: Iterable[Leg]) -> None:
        """Wait for others. Raises Refused as `place` and `cancel`."""
        if one.stage is not Stage.WAITING:
            raise Refused(Refusal.ALREADY_DONE)
        chosen = tuple(legs)
        _check(one.instrument, ticket, chosen)
        one.ticket, one.legs, one.best = ticket, chosen, None
        self._say(one, Stage.WAITING)

    def cancel(self, one: Conditional) -> None:
        """Raises Refused(ALREADY_DONE) once a price has set it off, or it was cancelled."""
        if one.stage is not Stage.WAITING:
            raise Refused(Refusal.ALREADY_DONE)
        self._say(one, Stage.CANCELLED)

    def heard(self, tick: Tick) -> None:
        """Prices that moved: every trade, and the mark and index as they are."""
        waiting = [c for c in self.open(tick.market.index) if c.stage is Stage.WAITING]
        if not waiting:
            return
        last = [tick.market.price(t.ticks) for t in tick.trades]
        prices = {"last": last, "mark": [tick.market.mark_price], "index": [tick.market.index_mark]}
        for one in waiting:
            one.hit = next((g for g in one.legs if any(_reached(one, g, p) for p in prices[g.of])), None)
            if one.hit is not None:
                one.reached_ns = self._now()
                self._say(one, Stage.REACHED)

    def tick(self) -> None:
        """Place what was set off; never within a tick of the market, which orders advance."""
        for one in [c for c in self.open() if c.stage is Stage.REACHED]:
            self._fire(one)

    def _fire(self, one: Conditional) -> None:
        ticket, limit = one.ticket, one.hit.limit if one.hit is not None else None
        if one.whole:
            lots = self._desk.account.books.positions[ticket.inst].lots
            ticket = msgspec.structs.replace(ticket, reduce_only=True, qty=one.instrument.size(abs(lots)))
            if lots * ticket.side >= 0:
                one.reason = Refusal.REDUCE_ONLY
                self._say(one, Stage.REFUSED)
                return
        ticket = msgspec.structs.replace(
            ticket, type=OrderType.MARKET if limit is None else OrderType.LIMIT, price=limit,
            tif=TimeInForce.IOC if limit is None else ticket.tif, extra=ticket.extra | {"conditional": one},
        )  # fmt: skip
        one.order = self._desk.place(ticket)
        if one.shrinks and one.order.reason in (Refusal.NO_BALANCE, Refusal.NO_MARGIN):
            small = msgspec.structs.replace(ticket, qty=self._payable(ticket), quote_qty=None)
            one.order = self._desk.place(small) if small.qty else one.order
        if one.order.state is OrderState.REJECTED:
            one.reason, one.order = one.order.reason, None
            self._say(one, Stage.REFUSED)
            return
        self._say(one, Stage.PLACED)
        self._close(one)

    def _payable(self, ticket: Ticket) -> Decimal:
        """About what the free money pays now, in whole lots; a part is left for fees and a thin book."""
        market, account = self._markets[ticket.inst], self._desk.account
        one, bought = market.instrument, ticket.side is Side.BUY
        price = max(market.price((market.ask if bought else market.bid)[0]), ticket.price or Decimal(0))
        asset = one.settle if market.is_perp else one.quote if bought else one.base
        held = account.balances(str(one.kind)).get(asset)
        free = held.free * Decimal("0.99") if held is not None else Decimal(0)
        if market.is_perp:
            free *= account.leverage[ticket.inst]
        if price <= 0:
            return Decimal(0)
        return (free / (price if market.is_perp or bought else 1)) // one.lot * one.lot

    def told(self, event: AccountEvent) -> None:
        """An order that it became has ended."""
        if isinstance(event, OrderUpdate):
            one = event.order.extra.get("conditional")
            if isinstance(one, Conditional) and one.order is event.order:
                self._close(one)

    def _close(self, one: Conditional) -> None:
        if one.stage is Stage.PLACED and one.order is not None and not one.order.is_open:
            self._say(one, Stage.DONE)

    def _say(self, one: Conditional, stage: Stage) -> None:
        one.stage, one.updated_ns = stage, self._now()
        self._tell(ConditionalUpdate(one, one.updated_ns))


def _check(one: Instrument, ticket: Ticket, legs: tuple[Leg, ...]) -> None:
    """Raises Refused for a price or size that no order can have."""
    for leg in legs:
        reason = on_grid(one.tick, one.lot, leg.limit, leg.price, ticket.qty)
        if reason is not Refusal.NONE:
            raise Refused(reason)
    if ticket.qty is not None and ticket.qty < max(one.min_qty, one.lot):
        raise Refused(Refusal.MIN_QTY)


def reaches(leg: Leg, price: Decimal) -> bool:
    """Whether the price is at the leg's, or beyond."""
    return price >= leg.price if leg.rising else price <= leg.price


def stop(side: Side, *, profit: bool = False) -> bool:
    """Whether an order of that side waits for a rising price: a stop goes with the market, a take-profit
    against it."""
    return (side is Side.BUY) is not profit


def _reached(one: Conditional, leg: Leg, price: Decimal) -> bool:
    if leg.trail is None:
        return reaches(leg, price)
    better = min if leg.rising else max
    if one.best is None:
        if leg.price and better(price, leg.price) != price:
            return False  # it is not active yet
        one.best = price
    one.best = better(one.best, price)
    far = one.best * (1 + (leg.trail if leg.rising else -leg.trail))
    return price >= far if leg.rising else price <= far
