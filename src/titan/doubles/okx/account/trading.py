"""OKX's orders, fills and bills: place, amend, cancel, batches, what rests and what was.

okx.com/docs-v5 "Order Book Trading > Trade" (read 2026-11-21). An order that is refused has its `sCode` in
the row of the answer, whose frame then has code 1 (none was done) or 2 (some were). Fees of this double are
always taken in the quote currency.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Final

from titan.doubles.market_text import MS, MarketText, plain
from titan.doubles.okx.account import private_bodies as bodies
from titan.doubles.okx.account import reasons
from titan.doubles.okx.account.batches import Done, Params, many, named, page, query
from titan.doubles.okx.account.requests import Wanted, number, ticks_of, wanted
from titan.doubles.okx.bodies import Body
from titan.doubles.okx.errors import NotDone, Refused
from titan.doubles.okx.listing import Listing
from titan.doubles.orders import Conditional, Fill, Order, Ticket
from titan.doubles.refusal import Refusal
from titan.doubles.refusal import Refused as Undone
from titan.doubles.world import World
from titan.model.instrument import Instrument
from titan.model.order import OrderState, OrderType, Side

ACCEPTED_FIRST: Final = frozenset(
    {Refusal.POST_ONLY_CROSSES, Refusal.NO_LIQUIDITY, Refusal.FOK_UNFILLED, Refusal.IOC_REMAINDER,
     Refusal.SELF_TRADE}
)  # fmt: skip
STATES: Final = {
    OrderState.PENDING: "live",
    OrderState.OPEN: "live",
    OrderState.UNKNOWN: "live",
    OrderState.PARTIAL: "partially_filled",
    OrderState.FILLED: "filled",
}


class Trading:
    """Handlers by method and path; `params` is the query, or the body: an object or a list of them."""

    def __init__(self, world: World, listing: Listing) -> None:
        self._world = world
        self._listing = listing
        world.desk.accept_first = ACCEPTED_FIRST
        one, many = self.one, self.many
        self.routes: Final[dict[tuple[str, str], Callable[[object], object]]] = {
            ("POST", "/api/v5/trade/order"): lambda p: one(p, self.place),
            ("POST", "/api/v5/trade/batch-orders"): lambda p: many(p, self.place),
            ("POST", "/api/v5/trade/cancel-order"): lambda p: one(p, self.cancel),
            ("POST", "/api/v5/trade/cancel-batch-orders"): lambda p: many(p, self.cancel),
            ("POST", "/api/v5/trade/amend-order"): lambda p: one(p, self.amend),
            ("POST", "/api/v5/trade/amend-batch-orders"): lambda p: many(p, self.amend),
            ("POST", "/api/v5/trade/cancel-all-after"): lambda p: [self.cancel_after(query(p))],
            ("GET", "/api/v5/trade/order"): lambda p: [self.details(query(p))],
            ("GET", "/api/v5/trade/orders-pending"): lambda p: self.pending(query(p)),
            ("GET", "/api/v5/trade/orders-history"): lambda p: self.history(query(p)),
            ("GET", "/api/v5/trade/orders-history-archive"): lambda p: self.history(query(p)),
            ("GET", "/api/v5/trade/fills"): lambda p: self.fills(query(p)),
            ("GET", "/api/v5/trade/fills-history"): lambda p: self.fills(query(p)),
        }

    def one(self, params: object, act: Callable[[Params], Body]) -> Done:
        return self.many([params], act)

    def many(self, params: object, act: Callable[[Params], Body]) -> Done:
        """Up to 20 orders; each has its own code."""
        return many(params, act, self._failed)

    def _failed(self, asked: Params, e: NotDone) -> Body:
        client, given = str(asked.get("clOrdId") or ""), str(asked.get("ordId") or "")
        return bodies.answered(given, client, self._world.now_ms(), e.code, e.message)

    def _best(self, market: MarketText, side: Side) -> Decimal | None:
        """Where an order of that side would trade now."""
        ticks, _ = market.market.ask if side is Side.BUY else market.market.bid
        return market.market.price(ticks) if ticks else None

    def place(self, params: Params) -> Body:
        market = self._listing.asked(params)
        asked = wanted(params, market.instrument, market.unit, lambda side: self._best(market, side))
        order = self._world.desk.place(self._ticket(market, asked, params))
        if order.state is OrderState.REJECTED:
            raise NotDone(*reasons.refusal(order.reason, coin_of(order.instrument, order.side)))
        return self._answered(order)

    def _ticket(self, market: MarketText, asked: Wanted, params: Params) -> Ticket:
        one = market.instrument
        return Ticket(
            inst=market.market.index, side=asked.side, type=asked.type, qty=one.size(asked.lots),
            price=one.price(asked.limit_ticks) if asked.limit_ticks else None, tif=asked.tif,
            reduce_only=asked.reduce_only, client_id=asked.client_id,
            extra={
                "client": asked.client_id,
                "kind": asked.kind,
                "mode": asked.mode,
                "target": asked.target,
                "tag": asked.tag,
                "size": str(params.get("sz", "")),
            },
        )  # fmt: skip

    def _answered(self, order: Order) -> Body:
        client, tag = str(order.extra.get("client", "")), str(order.extra.get("tag", ""))
        return bodies.answered(str(order.id), client, self._world.now_ms(), tag=tag)

    def _find(self, params: Params, gone: tuple[str, str]) -> tuple[MarketText, Order]:
        market = self._listing.asked(params)
        order_id, client = str(params.get("ordId") or ""), str(params.get("clOrdId") or "")
        if not order_id and not client:
            raise NotDone("51003", "Either client order ID or order ID is required")
        desk = self._world.desk
        if order_id:
            order = desk.find(int(order_id) if order_id.isdigit() else -1)
        else:
            order = desk.find(None, client)
        if order is None or order.instrument is not market.instrument:
            raise NotDone(*gone)
        return market, order

    def cancel(self, params: Params) -> Body:
        gone = reasons.REFUSALS[Refusal.UNKNOWN_ORDER]
        _, order = self._find(params, gone)
        try:
            self._world.desk.cancel(order)
        except Undone as e:
            raise NotDone(*gone) from e
        return self._answered(order)

    def cancel_after(self, params: Params) -> Body:
        """The dead man's switch of the account, or of the orders with a tag; 0 disarms it."""
        text, tag = str(params.get("timeOut", "")), str(params.get("tag") or "")
        if not text.isdigit() or (int(text) and not 10 <= int(text) <= 120):
            raise Refused("51000", "Parameter timeOut error")
        name = f"after {tag}"
        self._world.countdowns.disarm(name)
        if int(text):
            after = int(text) * 1_000 * MS
            self._world.countdowns.arm(name, after, lambda o: not tag or o.extra.get("tag") == tag)
        now = self._world.now_ms() // 1_000  # in seconds, as the page's example shows them
        return {"triggerTime": str(now + int(text)) if int(text) else "0", "tag": tag, "ts": str(now)}

    def amend(self, params: Params) -> Body:
        market, order = self._find(params, reasons.AMEND_GONE)
        price, size = number(params, "newPx"), number(params, "newSz")
        if price is None and size is None:
            raise NotDone("51500", "You must enter a price, quantity, or TP/SL")
        if price is not None:
            ticks_of(price, market.instrument, "newPx")
        order.extra["request"] = str(params.get("reqId") or "")
        try:
            self._world.desk.amend(order, qty=None if size is None else size * market.unit, price=price)
        except Undone as e:
            gone = e.reason is Refusal.ALREADY_DONE
            told = (
                reasons.AMEND_GONE
                if gone
                else reasons.refusal(e.reason, coin_of(order.instrument, order.side))
            )
            raise NotDone(*told) from e
        if size is not None:
            order.extra["size"] = plain(size)
        return self._answered(order) | {"reqId": str(params.get("reqId") or "")}

    def details(self, params: Params) -> Body:
        try:
            _, order = self._find(params, ("51603", "Order does not exist"))
        except NotDone as e:
            raise Refused(e.code, e.message) from e
        return self.body(order)

    def _named(self, params: Params, orders: Sequence[Order]) -> list[Body]:
        """Newest first, those that the parameters name."""
        found = []
        for order in reversed(orders):
            body = self.body(order)
            if named(params, body, "instType", "instId", "ordType", "state", "tdMode"):
                found.append(body)
        return page(params, found, "ordId", "cTime")

    def pending(self, params: Params) -> list[Body]:
        return self._named(params, self._world.desk.open_orders())

    def history(self, params: Params) -> list[Body]:
        if not params.get("instType"):
            raise Refused("50014", "Parameter instType can not be empty.")
        return self._named(params, [o for o in self._world.desk.orders.values() if not o.is_open])

    def fills(self, params: Params) -> list[Body]:
        orders = self._world.desk.orders
        found = []
        for fill in reversed(self._world.desk.fills):
            body = self.fill(orders[fill.order_id], fill)
            if named(params, body, "instType", "instId", "ordId"):
                found.append(body)
        return page(params, found, "billId", "ts")

    def body(self, order: Order, *, streamed: bool = False, fill: Fill | None = None) -> Body:
        """The order as REST shows it, or as the channel does: then with the fill that is told."""
        market, one, extra = self._listing.of(order.instrument), order.instrument, order.extra
        last = fill if streamed else (order.fills[-1] if order.fills else None)
        realised = sum((f.realised for f in order.fills), Decimal(0))
        cancelled = not order.is_open and order.state is not OrderState.FILLED
        size = str(extra.get("size", "")) if extra.get("target") == "quote_ccy" else market.size(order.lots)
        body = bodies.order(
            kind="SPOT" if market.spot else "SWAP", inst=market.symbol, order_id=str(order.id),
            client_id=str(extra.get("client", "")), tag=str(extra.get("tag", "")),
            side=order.side.name.lower(), order_type=str(extra.get("kind") or order.type.name.lower()),
            price="" if order.type is OrderType.MARKET else plain(order.price), size=size,
            target=str(extra.get("target", "")), mode=str(extra.get("mode", "cross")),
            filled=market.size(order.filled_lots), average=plain(order.average) if order.filled_lots else "",
            fee=plain(-order.fee), fee_coin=one.quote, pnl=plain(realised),
            state=STATES.get(order.state, "canceled"), reduce_only=order.reduce_only,
            leverage="" if market.spot else str(self._world.account.leverage[order.inst]),
            cancel_source=reasons.SOURCES.get(order.reason, "0") if cancelled else "",
            created_ms=order.created_ns // MS, updated_ms=order.updated_ns // MS,
        )  # fmt: skip
        if extra.get("liquidation"):
            body["category"] = "full_liquidation"
        algo = extra.get("conditional")
        if isinstance(algo, Conditional):
            body |= {"algoId": str(algo.id), "algoClOrdId": extra["named"], "source": str(extra["source"])}
        if streamed:
            body |= bodies.pushed()
        if last is not None:
            body |= bodies.last_fill(
                trade_id=str(last.id), price=market.price(last.ticks), size=market.size(last.lots),
                at_ms=last.time_ns // MS, maker=last.maker, fee=plain(-last.fee), fee_coin=last.fee_asset,
                pnl=plain(last.realised), notional=plain(one.notional(last.ticks, last.lots)),
                streamed=streamed,
            )  # fmt: skip
        return body

    def fill(self, order: Order, fill: Fill) -> Body:
        market, one = self._listing.of(order.instrument), order.instrument
        return bodies.fill(
            kind="SPOT" if market.spot else "SWAP", inst=market.symbol, trade_id=str(fill.id),
            order_id=str(order.id), client_id=str(order.extra.get("client", "")),
            bill_id=str(10_000_000_000 + fill.id), tag=str(order.extra.get("tag", "")),
            side=order.side.name.lower(), price=market.price(fill.ticks), size=market.size(fill.lots),
            fee=plain(-fill.fee), fee_coin=fill.fee_asset,
            rate=plain(-(one.fees.maker if fill.maker else one.fees.taker)), pnl=plain(fill.realised),
            maker=fill.maker, mark=market.mark, at_ms=fill.time_ns // MS,
        )  # fmt: skip


def coin_of(one: Instrument, side: Side) -> str:
    """The currency that an order would have used."""
    return one.base if one.kind == "spot" and side is Side.SELL else one.quote
