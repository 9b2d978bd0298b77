"""MEXC's orders of contracts: placed, cancelled, found; plan orders; deals.

www.mexc.com/api-docs/futures "Account and Trading Endpoints" (read 2026-11-21). The double's account holds
one net position for a contract, so it begins in one-way mode. In hedge mode an order that closes wants that
position in full, and one that would open a second position against the first is refused with 2001.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from titan.doubles.feeds import Body
from titan.doubles.market_text import MS
from titan.doubles.mexc.contracts import orders as orders
from titan.doubles.mexc.contracts.account import HEDGED, ISOLATED, Account
from titan.doubles.mexc.contracts.gate import MESSAGES, Refused, because
from titan.doubles.mexc.contracts.listing import ROWS, Handler, Listing, Params, chosen, digits, page
from titan.doubles.mexc.contracts.orders import CLOSES, SENT_BY_PLAN, waits
from titan.doubles.orders import Fill, Order, Ticket
from titan.doubles.refusal import Refusal
from titan.doubles.refusal import Refused as Undone
from titan.doubles.world import World
from titan.model.order import OrderState, OrderType

ACCEPTED_FIRST: Final = frozenset(
    {Refusal.POST_ONLY_CROSSES, Refusal.NO_LIQUIDITY, Refusal.FOK_UNFILLED, Refusal.IOC_REMAINDER,
     Refusal.SELF_TRADE}
)  # fmt: skip
MOST_AT_ONCE: Final = 50


class Trading:
    """Handlers by method and path. An order that is not known is answered by a success without data."""

    def __init__(self, world: World, listing: Listing, account: Account) -> None:
        self._world, self._listing, self._account, self._desk = world, listing, account, world.desk
        world.desk.accept_first |= ACCEPTED_FIRST
        routes: dict[tuple[str, str], Handler] = {
            ("POST", "order/create"): self.create,
            ("POST", "order/submit"): lambda p: self.create(p)["orderId"],
            ("POST", "order/submit_batch"): lambda p: [self._one_of(row) for row in rows_of(p)],
            ("POST", "order/cancel"): self.cancel,
            ("POST", "order/cancel_with_external"): self.cancel_external,
            ("POST", "order/batch_cancel_with_external"): self.cancel_external,
            ("POST", "order/cancel_all"): lambda p: self._cancel_all(p, plans=False),
            ("GET", "order/get/{order_id}"): lambda p: self._known(self._find(p["order_id"])),
            ("GET", "order/external/{symbol}/{external_oid}"): lambda p: self._known(
                self._of_client(p["symbol"], p["external_oid"])
            ),
            ("GET", "order/batch_query"): self.batch,
            ("GET", "order/list/open_orders"): lambda p: self._listed(p, self._desk.open_orders()),
            ("GET", "order/list/open_orders/{symbol}"): lambda p: self._listed(p, self._desk.open_orders()),
            ("GET", "order/list/history_orders"): lambda p: self._listed(p, self._desk.orders.values()),
            ("GET", "order/list/order_deals"): self.deals,
            ("GET", "order/list/order_deals/v3"): self.deals,
            ("GET", "order/deal_details/{order_id}"): self.details,
            ("POST", "planorder/place"): self.place_plan,
            ("POST", "planorder/place/v2"): self.place_plan,
            ("POST", "planorder/cancel"): self.cancel_plans,
            ("POST", "planorder/cancel_all"): lambda p: self._cancel_all(p, plans=True),
            ("GET", "planorder/list/orders"): self.plans,
        }
        self.routes: Final = {(how, f"/api/v1/private/{path}"): h for (how, path), h in routes.items()}

    # Placing.

    def create(self, params: Params) -> Body:
        market = self._listing.named(params.get("symbol"))
        order = self._place(orders.ticket(params, market, self._account.mode), params)
        return {"orderId": orders.number_of(order), "ts": order.created_ns // MS}

    def place_plan(self, params: Params) -> str:
        """The number of the plan order."""
        market = self._listing.named(params.get("symbol"))
        return str(self._place(orders.asked_plan(params, market, self._account.mode), params).id)

    def _place(self, asked: Ticket, params: Params) -> Order:
        self._check_position(asked)
        self._account.margin_for(asked.inst, params, isolated=asked.extra["open"] == ISOLATED)
        order = self._desk.place(asked)
        if order.state is OrderState.REJECTED:
            raise because(order.reason)
        return order

    def _check_position(self, asked: Ticket) -> None:
        """Whether there is what it shall close, and in hedge mode nothing that it would net."""
        held = self._world.account.books.positions[asked.inst].lots * -asked.side
        hedged = asked.extra["mode"] == HEDGED
        if asked.extra["side"] in CLOSES:
            if held <= 0:
                raise Refused(2009)
            if hedged and (asked.qty or 0) > self._world.markets[asked.inst].size(held):
                raise Refused(2008)
        elif hedged and held > 0:
            raise Refused(2001, "This double holds one net position: close it before you open the other side")

    def _one_of(self, params: Params) -> Body:
        """One order of a batch."""
        said: Body = {"externalOid": str(params.get("externalOid") or "")}
        try:
            return said | {"orderId": self.create(params)["orderId"], "errorCode": 0}
        except Refused as e:
            return said | {"orderId": None, "errorCode": e.code, "errorMsg": e.message}

    # Cancelling.

    def cancel(self, params: Params) -> list[Body]:
        """By numbers; each has its own answer."""
        rows = params.get(ROWS)
        if not isinstance(rows, list) or not rows or len(rows) > MOST_AT_ONCE:
            raise Refused(600)
        return [self._cancelled(str(number), self._find(number)) for number in rows]

    def cancel_external(self, params: Params) -> list[Body]:
        """By symbol and `externalOid`: one object, or a list of them."""
        found = [self._of_client(row.get("symbol"), row.get("externalOid")) for row in rows_of(params)]
        return [self._cancelled("" if o is None else orders.number_of(o), o) for o in found]

    def _cancelled(self, number: str, order: Order | None) -> Body:
        code = self._try_cancel(order)
        return {"orderId": number, "errorCode": code, "errorMsg": MESSAGES[code] if code else "success"}

    def _try_cancel(self, order: Order | None) -> int:
        """0, or the code that says why not."""
        if order is None:
            return 2040
        try:
            self._desk.cancel(order)
        except Undone:
            return 2041
        return 0

    def _cancel_all(self, params: Params, *, plans: bool) -> None:
        wanted = self._listing.named(params["symbol"]).market.index if params.get("symbol") else None
        for order in self._desk.open_orders(wanted):
            if self._listing.has(order.inst) and waits(order) is plans:
                self._try_cancel(order)

    def cancel_plans(self, params: Params) -> None:
        for row in rows_of(params):
            order = self._desk.find(digits(row.get("orderId")))
            code = self._try_cancel(order if order is not None and order.type is OrderType.STOP else None)
            if code:
                raise Refused(code)

    # Finding.

    def _find(self, number: object) -> Order | None:
        """An order by the number that clients know; a plan order only by that of what it sent."""
        value = digits(number)
        found = self._desk.find(value - SENT_BY_PLAN if value > SENT_BY_PLAN else value)
        known = found is not None and not waits(found) and orders.number_of(found) == str(value)
        return found if known and found is not None and self._listing.has(found.inst) else None

    def _of_client(self, symbol: object, client: object) -> Order | None:
        inst, found = self._listing.named(symbol).market.index, self._desk.find(None, str(client))
        known = found is not None and found.inst == inst and found.extra.get("client") == client
        return found if known else None

    def _known(self, order: Order | None) -> Body | None:
        return None if order is None else self.body(order)

    def body(self, order: Order) -> Body:
        """An order as REST and the stream show it."""
        leverage, position = self._world.account.leverage[order.inst], self._account.rounds.number(order.inst)
        return orders.order(order, self._listing.of(order.inst), leverage, position)

    def plan_body(self, order: Order) -> Body:
        return orders.plan(order, self._listing.of(order.inst), self._world.account.leverage[order.inst])

    def fill_body(self, order: Order, fill: Fill) -> Body:
        return orders.fill(fill, order, self._listing.of(order.inst))

    def batch(self, params: Params) -> list[Body]:
        numbers = str(params.get("order_ids") or "").split(",")[:MOST_AT_ONCE]
        return [self.body(order) for order in map(self._find, numbers) if order is not None]

    def _listed(self, params: Params, every: Iterable[Order]) -> list[Body]:
        """Newest first."""
        rows = [self.body(o) for o in every if self._listing.has(o.inst) and not waits(o)][::-1]
        return page(params, chosen(params, rows, "symbol", "side", "category"))

    def plans(self, params: Params) -> list[Body]:
        every = reversed(self._desk.orders.values())
        rows = [self.plan_body(o) for o in every if self._listing.has(o.inst) and o.type is OrderType.STOP]
        return page(params, chosen(params, rows, "symbol", "side"))

    def deals(self, params: Params) -> list[Body]:
        inst = self._listing.named(params.get("symbol")).market.index
        own = [(self._desk.orders[fill.order_id], fill) for fill in reversed(self._desk.fills)]
        rows = [self.fill_body(order, fill) for order, fill in own if order.inst == inst]
        return page(params, chosen(params, rows, time="timestamp"), 1000)

    def details(self, params: Params) -> list[Body]:
        order = self._find(params["order_id"])
        return [] if order is None else [self.fill_body(order, fill) for fill in order.fills]


def rows_of(params: Params) -> list[Params]:
    """The objects of a body that is a list of them, or one. Raises Refused 600, 2014."""
    rows = params.get(ROWS, [params])
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise Refused(600)
    if len(rows) > MOST_AT_ONCE:
        raise Refused(2014)
    return rows
