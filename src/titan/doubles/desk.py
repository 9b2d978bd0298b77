"""Orders on their way through the matching engine: placed, amended, cancelled, filled, booked."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from titan.doubles.account import Account
from titan.doubles.market import Market
from titan.doubles.orders import (
    AccountEvent,
    BalanceUpdate,
    Fill,
    FundingUpdate,
    Order,
    OrderChange,
    OrderUpdate,
    PositionUpdate,
    Ticket,
)
from titan.doubles.refusal import Refusal, Refused
from titan.model.order import OrderState, OrderType, Side, TimeInForce
from titan.simulation import records
from titan.simulation.exchange import Exchange
from titan.simulation.margin import LAST_OF_WALLET

Record = tuple[int, int, int, int, int, int, int, int, int, int, float, float]
"""One REPORT record of the engine."""

_ENDS: Final[dict[int, tuple[OrderState, OrderChange]]] = {
    records.CANCELLED: (OrderState.CANCELLED, "cancel"),
    records.EXPIRED: (OrderState.EXPIRED, "expire"),
    records.REJECTED: (OrderState.REJECTED, "reject"),
}


class Desk:
    """All orders of the account. `advance` brings the engine to now and delivers its reports to `report`."""

    def __init__(
        self, exchange: Exchange, markets: tuple[Market, ...], *, tell: Callable[[AccountEvent], None],
        advance: Callable[[], int], stamp: Callable[[int], int], first_id: int,
    ) -> None:  # fmt: skip
        self._exchange, self._markets = exchange, markets
        self._tell, self._advance, self._stamp = tell, advance, stamp
        self.account: Account
        self.orders: dict[int, Order] = {}
        """Every order that got a number, by it, oldest first."""
        self.fills: list[Fill] = []
        self.accept_first: frozenset[Refusal] = frozenset()
        """Refusals that the venue answers by accepting the order and cancelling it."""
        self.client_ids_forever = False
        """Whether a client id stays taken after its order has ended."""
        self.slicer: Callable[[Order], list[tuple[int, int]]] | None = None
        """A fault: (delay ns, lots) pieces in which an order reaches the engine."""
        self.refuse: Callable[[Ticket], bool] | None = None
        """A fault: whether an order is refused for no reason of its own."""
        self._open: dict[int, Order] = {}
        self._by_client: dict[str, Order] = {}
        self._handles: dict[int, Order] = {}
        self._sent: dict[int, int] = {}
        """Lots that the engine still has, by handle."""
        self._next_id, self._next_handle, self._fill_id = first_id, 0, first_id * 3

    def open_orders(self, inst: int | None = None) -> list[Order]:
        """Oldest first."""
        return [o for o in self._open.values() if inst is None or o.inst == inst]

    def find(self, order_id: int | None = None, client_id: str = "") -> Order | None:
        """By venue id, else by client id (the latest that carried it)."""
        return self.orders.get(order_id) if order_id is not None else self._by_client.get(client_id)

    def place(self, ticket: Ticket) -> Order:
        """The order as it stands after the engine took it: refused ones are REJECTED with their `reason`."""
        now = self._advance()
        order = self._order(ticket, now)
        reason = self._precheck(ticket, order)
        if reason is not Refusal.NONE:
            order.state, order.reason = OrderState.REJECTED, reason
            return order
        self._next_id += 1
        order.id = self._next_id
        order.client_id = order.client_id or f"titan{order.id}"
        self.orders[order.id] = self._open[order.id] = self._by_client[order.client_id] = order
        pieces = self.slicer(order) if self.slicer is not None else []
        order.slices = [(now + delay, lots) for delay, lots in pieces[1:]]
        self._send(order, pieces[0][1] if pieces else order.lots, now)
        if order.state is OrderState.REJECTED:
            self.orders.pop(order.id)
            self._by_client.pop(order.client_id, None)
        return order

    def _order(self, ticket: Ticket, now: int) -> Order:
        one = self._markets[ticket.inst].instrument
        lots, limit, stop = ticket.qty or Decimal(0), ticket.price or Decimal(0), ticket.stop or Decimal(0)
        if ticket.quote_qty is not None and ticket.qty is None:
            lots = one.size(self._affordable(self._markets[ticket.inst], ticket.side, ticket.quote_qty))
        return Order(
            0, ticket.client_id, ticket.inst, one, ticket.side, ticket.type, ticket.tif, int(lots / one.lot),
            int(limit / one.tick) if ticket.type is not OrderType.MARKET else 0, int(stop / one.tick),
            ticket.reduce_only, self._stamp(now), self._stamp(now), ticket.extra,
        )  # fmt: skip

    def _affordable(self, market: Market, side: Side, money: Decimal) -> int:
        """Whole lots that `money` trades against the book now."""
        one, left, lots = market.instrument, money, 0
        for ticks, there in market.top(500)[1 if side is Side.BUY else 0]:
            unit = one.notional(ticks, 1)
            got = min(there, int(left / unit))
            lots, left = lots + got, left - got * unit
            if got < there:
                break
        return lots

    def _precheck(self, ticket: Ticket, order: Order) -> Refusal:
        one = order.instrument
        if self.refuse is not None and self.refuse(ticket):
            return Refusal.INJECTED
        taken = self._by_client.get(ticket.client_id) if ticket.client_id else None
        if taken is not None and (taken.is_open or self.client_ids_forever):
            return Refusal.DUPLICATE_CLIENT_ID
        return on_grid(one.tick, one.lot, ticket.price, ticket.stop, ticket.qty)

    def _send(self, order: Order, lots: int, now: int) -> None:
        handle = self._next_handle
        self._next_handle += 1
        self._handles[handle], self._sent[handle] = order, lots
        order.live.add(handle)
        spot = order.instrument.kind == "spot"
        if spot:
            self.account.lend(order.instrument.quote, to_spot=True)
        stop_waits = order.type is OrderType.STOP and not order.triggered
        kind = order.type if stop_waits or order.type is not OrderType.STOP else OrderType.MARKET
        self._exchange.submit(
            handle, order.inst, order.side, kind, order.tif, lots, order.limit_ticks, order.stop_ticks,
            order.reduce_only, now,
        )  # fmt: skip
        self._advance()
        if spot:
            self.account.lend(order.instrument.quote, to_spot=False)

    def pump(self, now: int) -> None:
        """Send the pieces of sliced orders that are due."""
        for order in [o for o in self._open.values() if o.slices and o.slices[0][0] <= now]:
            while order.is_open and order.slices and order.slices[0][0] <= now:
                _, lots = order.slices.pop(0)
                self._send(order, lots, now)

    def cancel(self, order: Order) -> Order:
        """Raises Refused(ALREADY_DONE) for an order that has ended, also while we advanced to now."""
        now = self._advance()
        if not order.is_open:
            raise Refused(Refusal.ALREADY_DONE)
        order.slices.clear()
        for handle in list(order.live):
            self._exchange.cancel(handle, now)
        self._advance()
        if order.is_open and not order.live:
            self._end(order, records.CANCELLED, Refusal.BY_USER, now)
        if order.instrument.kind == "spot":
            self.account.lend(order.instrument.quote, to_spot=False)
        return order

    def amend(self, order: Order, *, qty: Decimal | None = None, price: Decimal | None = None) -> Order:
        """New total size or price under the same id. Raises Refused; the order then stands as it was."""
        now = self._advance()
        if not order.is_open:
            raise Refused(Refusal.ALREADY_DONE)
        one = order.instrument
        reason = on_grid(one.tick, one.lot, price, None, qty)
        if reason is not Refusal.NONE:
            raise Refused(reason)
        before = order.lots, order.limit_ticks
        lots = order.lots if qty is None else int(qty / one.lot)
        ticks = order.limit_ticks if price is None else int(price / one.tick)
        if (lots, ticks) == before:
            raise Refused(Refusal.NOTHING_TO_AMEND)
        if lots <= order.filled_lots or one.size(lots) < one.min_qty:
            raise Refused(Refusal.BAD_SIZE)
        order.amending = True
        for handle in list(order.live):
            self._exchange.cancel(handle, now)
        self._advance()
        if order.state.is_final:  # filled while we advanced
            order.amending = False
            raise Refused(Refusal.ALREADY_DONE)
        order.lots, order.limit_ticks, order.reason = lots, ticks, Refusal.NONE
        self._resend(order, before, now)
        order.amending = False
        order.amends += 1
        self._say(order, "amend", now)
        return order

    def rename(self, order: Order, client_id: str) -> None:
        """A new client id for an order, where an amendment may bring one."""
        self._by_client.pop(order.client_id, None)
        order.client_id = client_id
        self._by_client[client_id] = order

    def _resend(self, order: Order, before: tuple[int, int], now: int) -> None:
        filled = order.filled_lots
        self._send(order, order.left, now)
        if (
            order.is_open
            and not order.live
            and order.reason is not Refusal.NONE
            and order.filled_lots == filled
        ):
            reason = order.reason
            order.lots, order.limit_ticks = before
            order.reason = Refusal.NONE
            self._send(order, order.left, now)
            order.amending = False
            raise Refused(reason)

    def report(self, record: Record) -> None:
        """One report of the engine."""
        handle, inst, kind, reason, side, maker, ticks, lots, at, _, rate, mark = record
        if kind == records.FUNDING_PAID:
            self._funded(inst, lots, rate, mark, at)
            return
        if kind == records.LIQUIDATED:
            self._liquidated(inst, side, ticks, lots, reason == LAST_OF_WALLET, at)
            return
        order = self._handles[handle]
        if kind == records.ACK and order.state is OrderState.PENDING:
            order.state = OrderState.OPEN
            self._say(order, "new", at)
        elif kind == records.STOP_TRIGGERED:
            order.triggered = True
            self._say(order, "trigger", at)
        elif kind == records.FILL:
            self._sent[handle] -= lots
            if not self._sent[handle]:
                order.live.discard(handle)
            self._filled(order, ticks, lots, bool(maker), at)
            if order.is_open and not order.live and not order.slices and not order.amending:
                self._end(order, records.EXPIRED, Refusal.IOC_REMAINDER, at)  # another piece ended unfilled
        elif kind in _ENDS:
            order.live.discard(handle)
            if order.amending:
                order.reason = Refusal(reason) if reason != records.BY_USER else order.reason
            elif not order.live and not order.slices:
                self._end(order, kind, Refusal(reason), at)

    def _filled(self, order: Order, ticks: int, lots: int, maker: bool, at: int) -> None:
        fees = order.instrument.fees
        held = self.account.books.positions[order.inst]
        lots_before, cost_before = held.lots, held.cost
        books = self.account.books
        fee = books.book_fill(order.inst, order.side, ticks, lots, fees.maker if maker else fees.taker)
        realised = Decimal(0)
        if order.instrument.kind == "perp" and lots_before * order.side < 0:
            closed = min(lots, abs(lots_before))
            released = cost_before - held.cost if lots <= abs(lots_before) else cost_before
            realised = (order.instrument.notional(ticks, closed) - released) * -order.side
        self._fill_id += 1
        fill = Fill(
            self._fill_id, order.id, ticks, lots, order.side, maker, fee, order.instrument.quote, realised,
            self._stamp(at),
        )  # fmt: skip
        order.fills.append(fill)
        self.fills.append(fill)
        order.filled_lots += lots
        order.filled_value += ticks * lots
        order.fee += fee
        if order.filled_lots >= order.lots:
            order.state = OrderState.FILLED
            order.live.clear()
            self._open.pop(order.id, None)
        else:
            order.state = OrderState.PARTIAL
        self._say(order, "fill", at, fill)
        self._moved(order.inst, at)

    def _moved(self, inst: int, at: int, why: str = "order") -> None:
        one, stamp = self._markets[inst].instrument, self._stamp(at)
        assets = (one.base, one.quote) if one.kind == "spot" else (one.settle,)
        if one.kind == "perp":
            self.account.moved_ns[inst] = stamp
        self._tell(BalanceUpdate(str(one.kind), assets, why, stamp))
        if one.kind == "perp":
            self._tell(PositionUpdate(inst, stamp))

    def _end(self, order: Order, kind: int, reason: Refusal, at: int) -> None:
        if not order.is_open:
            return
        state, change = _ENDS[kind]
        order.reason = reason
        self._open.pop(order.id, None)
        if kind == records.REJECTED and (
            reason in self.accept_first or order.state is not OrderState.PENDING
        ):
            if order.state is OrderState.PENDING:
                order.state = OrderState.OPEN
                self._say(order, "new", at)
            state, change = OrderState.CANCELLED, "cancel"
        order.state = state
        self._say(order, change, at)
        if state is not OrderState.REJECTED and order.instrument.kind == "spot":
            one = order.instrument
            self._tell(BalanceUpdate("spot", (one.base, one.quote), "order", self._stamp(at)))

    def _say(self, order: Order, change: OrderChange, at: int, fill: Fill | None = None) -> None:
        order.updated_ns = self._stamp(at)
        if not (order.amending and change in ("new", "cancel")):
            self._tell(OrderUpdate(order, change, fill, order.updated_ns))

    def _funded(self, inst: int, lots: int, rate: float, mark: float, at: int) -> None:
        amount = self.account.books.book_funding(inst, lots, rate, mark)
        paid = FundingUpdate(
            len(self.account.funding) + 1, inst, Decimal(repr(rate)), lots, Decimal(repr(mark)), amount,
            self._stamp(at),
        )  # fmt: skip
        self.account.funding.append(paid)
        self._tell(paid)
        self._moved(inst, at, "funding")

    def _liquidated(self, inst: int, side: int, ticks: int, lots: int, last: bool, at: int) -> None:
        """A forced close is an order that nobody sent."""
        fee = self.account.books.book_liquidation(inst, side, ticks, lots, last)
        self._next_id += 1
        one, stamp = self._markets[inst].instrument, self._stamp(at)
        order = Order(
            self._next_id, f"autoclose-{self._next_id}", inst, one, Side(side), OrderType.MARKET,
            TimeInForce.IOC, lots, 0, 0, True, stamp, stamp, {"liquidation": True}, OrderState.FILLED,
            filled_lots=lots, filled_value=ticks * lots, fee=fee,
        )  # fmt: skip
        self._fill_id += 1
        fill = Fill(
            self._fill_id, order.id, ticks, lots, order.side, False, fee, one.quote, Decimal(0), stamp
        )
        order.fills.append(fill)
        self.fills.append(fill)
        self.orders[order.id] = self._by_client[order.client_id] = order
        self._say(order, "fill", at, fill)
        self._moved(inst, at)


def on_grid(
    tick: Decimal, lot: Decimal, price: Decimal | None, stop: Decimal | None, qty: Decimal | None
) -> Refusal:
    """Why prices and size of an order cannot be, NONE where they can."""
    for value in (price, stop):
        if value is not None and (not value.is_finite() or value < 0):
            return Refusal.BAD_PRICE
        if value is not None and value % tick:
            return Refusal.TICK_SIZE
    if qty is not None and (not qty.is_finite() or qty < 0):
        return Refusal.BAD_SIZE
    return Refusal.LOT_SIZE if qty is not None and qty % lot else Refusal.NONE
