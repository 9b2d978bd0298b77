"""Bybit's orders and executions: place, amend, cancel, batches, what rests and what was.

bybit-exchange.github.io/docs/v5/order (read 2026-11-21). A refusal raises `Refused`; a batch answers each
order's code in `retExtInfo`. Fees of this double are always taken in the quote currency.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from titan.doubles.bybit import private_bodies as bodies
from titan.doubles.bybit import reasons
from titan.doubles.bybit.bodies import Body
from titan.doubles.bybit.errors import Refused
from titan.doubles.bybit.listing import Listing
from titan.doubles.bybit.protection import Protection
from titan.doubles.bybit.requests import Wanted, number, ticks_of, wanted
from titan.doubles.market_text import MS, MarketText, plain
from titan.doubles.orders import Fill, Order, Ticket
from titan.doubles.refusal import Refusal
from titan.doubles.refusal import Refused as NotDone
from titan.doubles.world import World
from titan.model.order import OrderState, OrderType, Side, TimeInForce

Params = Mapping[str, object]
ACCEPTED_FIRST: Final = frozenset(
    {Refusal.POST_ONLY_CROSSES, Refusal.NO_LIQUIDITY, Refusal.FOK_UNFILLED, Refusal.IOC_REMAINDER,
     Refusal.SELF_TRADE}
)  # fmt: skip
TIFS: Final = {
    TimeInForce.GTC: "GTC",
    TimeInForce.IOC: "IOC",
    TimeInForce.FOK: "FOK",
    TimeInForce.POST_ONLY: "PostOnly",
}
PAGE: Final = 50


class Ext(NamedTuple):
    """A result that has something beside it in `retExtInfo`."""

    result: Body
    ext: Body


class Trading:
    """Handlers by method and path; each takes the parameters and gives the `result`."""

    def __init__(self, world: World, listing: Listing, protection: Protection) -> None:
        self._world = world
        self._listing = listing
        world.desk.accept_first = ACCEPTED_FIRST
        self.routes: Final[dict[tuple[str, str], Callable[[Params], object]]] = {
            ("POST", "/v5/order/create"): self.create,
            ("POST", "/v5/order/amend"): self.amend,
            ("POST", "/v5/order/cancel"): self.cancel,
            ("POST", "/v5/order/cancel-all"): self.cancel_all,
            ("POST", "/v5/order/create-batch"): lambda p: self.batch(p, self.create),
            ("POST", "/v5/order/amend-batch"): lambda p: self.batch(p, self.amend),
            ("POST", "/v5/order/cancel-batch"): lambda p: self.batch(p, self.cancel),
            ("POST", "/v5/order/disconnected-cancel-all"): protection.set,
            ("GET", "/v5/account/query-dcp-info"): lambda _: protection.info(),
            ("GET", "/v5/order/realtime"): self.realtime,
            ("GET", "/v5/order/history"): self.history,
            ("GET", "/v5/execution/list"): self.executions,
        }

    def _market(self, params: Params) -> MarketText:
        category = str(params.get("category", ""))
        if category not in ("spot", "linear", "inverse", "option"):
            raise Refused(10001, "params error: Illegal category")
        market = self._listing.market(category, str(params.get("symbol", "")))
        if market is None:
            raise Refused(10001, "params error: symbol invalid")
        return market

    def _best(self, market: MarketText, side: Side) -> Decimal | None:
        """Where an order of that side would trade now."""
        ticks, _ = market.market.ask if side is Side.BUY else market.market.bid
        return market.market.price(ticks) if ticks else None

    def create(self, params: Params) -> Body:
        market = self._market(params)
        asked = wanted(params, market.instrument, lambda side: self._best(market, side))
        order = self._world.desk.place(self._ticket(market, asked, params))
        if order.state is OrderState.REJECTED:
            raise Refused(*reasons.refusal(order.reason, spot=market.spot))
        return {"orderId": str(order.id), "orderLinkId": asked.link_id}

    def _ticket(self, market: MarketText, asked: Wanted, params: Params) -> Ticket:
        one = market.instrument
        return Ticket(
            inst=market.market.index, side=asked.side, type=asked.type, qty=one.size(asked.lots),
            price=one.price(asked.limit_ticks) if asked.limit_ticks else None,
            stop=one.price(asked.stop_ticks) if asked.stop_ticks else None, tif=asked.tif,
            reduce_only=asked.reduce_only, client_id=asked.link_id,
            extra={
                "link": asked.link_id,
                "unit": str(params.get("marketUnit") or ("quoteCoin" if asked.quote_unit else "")),
                "qty": str(params.get("qty", "")),
                "direction": asked.trigger_direction,
                "last": market.price(market.market.last_ticks),
            },
        )  # fmt: skip

    def _order(self, params: Params) -> tuple[MarketText, Order]:
        market = self._market(params)
        order_id, link = str(params.get("orderId") or ""), str(params.get("orderLinkId") or "")
        if not order_id and not link:
            raise Refused(10001, "params error: orderId or orderLinkId is required")
        desk = self._world.desk
        order = desk.find(int(order_id) if order_id.isdigit() else -1) if order_id else desk.find(None, link)
        if order is None or order.instrument is not market.instrument:
            raise Refused(*reasons.refusal(Refusal.UNKNOWN_ORDER, spot=market.spot))
        return market, order

    def amend(self, params: Params) -> Body:
        market, order = self._order(params)
        price, size = number(params, "price"), number(params, "qty")
        if price is not None:
            ticks_of(price, market.instrument)
        try:
            self._world.desk.amend(order, qty=size, price=price)
        except NotDone as e:
            raise Refused(*reasons.refusal(e.reason, spot=market.spot)) from e
        return identity(order)

    def cancel(self, params: Params) -> Body:
        market, order = self._order(params)
        try:
            self._world.desk.cancel(order)
        except NotDone as e:
            raise Refused(*reasons.refusal(e.reason, spot=market.spot)) from e
        return identity(order)

    def cancel_all(self, params: Params) -> Body:
        done = []
        for order in self._named(params, self._world.desk.open_orders()):
            self._world.desk.cancel(order)
            done.append(identity(order))
        return {"list": done, "success": "1"}

    def batch(self, params: Params, one: Callable[[Params], Body]) -> Ext:
        asked = params.get("request")
        if not isinstance(asked, list) or not asked or len(asked) > 20:
            raise Refused(10001, "params error: request size must be 1 to 20")
        rows, codes = [], []
        for each in asked:
            body: Body = {"category": params.get("category"), "symbol": each.get("symbol", "")}
            try:
                rows.append(body | one({**each, "category": params.get("category")}))
                codes.append({"code": 0, "msg": "OK"})
            except Refused as e:
                rows.append(body | {"orderId": "", "orderLinkId": str(each.get("orderLinkId") or "")})
                codes.append({"code": e.code, "msg": e.message})
            if one == self.create:
                rows[-1]["createAt"] = str(self._world.now_ms())
        return Ext({"list": rows}, {"list": codes})

    def _named(self, params: Params, orders: Iterable[Order]) -> list[Order]:
        """Those of the category that the parameters name."""
        category = str(params.get("category", ""))
        if category not in ("spot", "linear", "inverse", "option"):
            raise Refused(10001, "params error: Illegal category")
        order_id, link = str(params.get("orderId") or ""), str(params.get("orderLinkId") or "")
        names = {k: str(params.get(k) or "") for k in ("symbol", "baseCoin", "settleCoin")}
        found = []
        for order in orders:
            market = self._listing.of(order.instrument)
            has = {
                "symbol": market.symbol,
                "baseCoin": order.instrument.base,
                "settleCoin": order.instrument.quote,
            }
            fits = all(not asked or has[name] == asked for name, asked in names.items())
            stops = params.get("orderFilter") == "StopOrder"
            if (
                ("spot" if market.spot else "linear") == category
                and fits
                and (not order_id or str(order.id) == order_id)
                and (not link or order.extra.get("link") == link)
                and (not stops or order.type is OrderType.STOP)
            ):
                found.append(order)
        return found

    def realtime(self, params: Params) -> Body:
        """What rests; asked for one order, also one that has ended lately."""
        desk = self._world.desk
        by_id = params.get("orderId") or params.get("orderLinkId")
        orders = list(desk.orders.values())[-500:] if by_id else desk.open_orders()
        return self._page(params, [self.body(o) for o in reversed(self._named(params, orders))])

    def history(self, params: Params) -> Body:
        ended = [o for o in self._world.desk.orders.values() if not o.is_open]
        chosen = [o for o in self._named(params, ended) if within(params, o.created_ns)]
        return self._page(params, [self.body(o) for o in reversed(chosen)])

    def executions(self, params: Params) -> Body:
        """Trades and, for linear, funding settlements, newest first."""
        kind = str(params.get("execType") or "")
        orders = self._world.desk.orders
        rows: list[tuple[int, Body]] = []
        if kind in ("", "Trade"):
            chosen = {o.id for o in self._named(params, orders.values())}
            rows += [
                (f.time_ns, self.execution(orders[f.order_id], f))
                for f in self._world.desk.fills
                if f.order_id in chosen and within(params, f.time_ns)
            ]
        if kind in ("", "Funding") and params.get("category") == "linear":
            rows += [row for row in self._funding(params) if within(params, row[0])]
        rows.sort(key=lambda row: row[0], reverse=True)
        return self._page(params, [body for _, body in rows])

    def _funding(self, params: Params) -> list[tuple[int, Body]]:
        rows = []
        for paid in self._world.account.funding:
            market = self._listing.of(self._world.markets[paid.inst].instrument)
            if params.get("symbol") in (None, "", market.symbol):
                value = abs(market.market.size(paid.lots)) * paid.mark
                rows.append(
                    (
                        paid.time_ns,
                        bodies.execution(
                            category="linear", symbol=market.symbol, exec_id=f"f{paid.id}", order_id="",
                            link_id="", side="Buy" if paid.lots > 0 else "Sell", kind="UNKNOWN",
                            order_price="0", order_qty="0", left="0", price=plain(paid.mark),
                            qty=market.size(abs(paid.lots)), value=plain(value), fee=plain(-paid.amount),
                            fee_rate=plain(paid.rate), fee_coin=market.instrument.quote, maker=False,
                            exec_type="Funding", mark=plain(paid.mark), closed="0",
                            at_ms=paid.time_ns // MS, sequence=market.sequence,
                        ),
                    )
                )  # fmt: skip
        return rows

    def _page(self, params: Params, rows: Sequence[Body]) -> Body:
        """A page and the cursor of the next one."""
        limit = str(params.get("limit") or PAGE)
        size = min(int(limit), 200) if limit.isdigit() and int(limit) else PAGE
        cursor = str(params.get("cursor") or "0")
        start = int(cursor) if cursor.isdigit() else 0
        following = str(start + size) if start + size < len(rows) else ""
        return {
            "category": params.get("category"),
            "list": list(rows[start : start + size]),
            "nextPageCursor": following,
        }

    def body(self, order: Order) -> Body:
        """The order as REST and stream show it."""
        market = self._listing.of(order.instrument)
        cancel, reason = ("UNKNOWN", "EC_NoError") if order.is_open else reasons.ending(order.reason)
        market_type = order.type is not OrderType.LIMIT
        quote_unit = order.extra.get("unit") == "quoteCoin"
        left = order.left if order.is_open else 0
        return bodies.order(
            category="spot" if market.spot else "linear", symbol=market.symbol, order_id=str(order.id),
            link_id=str(order.extra.get("link", "")), side=order.side.name.capitalize(),
            kind="Market" if market_type else "Limit", tif=TIFS[order.tif],
            price="0" if market_type else plain(order.price),
            qty=str(order.extra.get("qty")) if quote_unit else market.size(order.lots),
            filled=market.size(order.filled_lots), value=plain(order.quote_filled), left=market.size(left),
            left_value=plain(order.instrument.notional(order.limit_ticks, left)),
            average=plain(order.average) if order.filled_lots else ("" if market.spot else "0"),
            fee=plain(order.fee), fee_coin=order.instrument.quote, status=status(order, spot=market.spot),
            cancel=cancel, reason=reason,
            trigger=plain(order.stop_price) if order.stop_ticks else "",
            trigger_direction=int(str(order.extra.get("direction") or 0)), reduce_only=order.reduce_only,
            position_index=0, market_unit=str(order.extra.get("unit", "")), created_ms=order.created_ns // MS,
            updated_ms=order.updated_ns // MS, last=str(order.extra.get("last", "")),
        )  # fmt: skip

    def execution(self, order: Order, fill: Fill) -> Body:
        market, one = self._listing.of(order.instrument), order.instrument
        upto = sum(f.lots for f in order.fills if f.id <= fill.id)
        return bodies.execution(
            category="spot" if market.spot else "linear", symbol=market.symbol, exec_id=str(fill.id),
            order_id=str(order.id), link_id=str(order.extra.get("link", "")),
            side=order.side.name.capitalize(), kind="Limit" if order.type is OrderType.LIMIT else "Market",
            order_price=plain(order.price), order_qty=market.size(order.lots),
            left=market.size(order.lots - upto), price=market.price(fill.ticks), qty=market.size(fill.lots),
            value=plain(one.notional(fill.ticks, fill.lots)), fee=plain(fill.fee),
            fee_rate=plain(one.fees.maker if fill.maker else one.fees.taker), fee_coin=fill.fee_asset,
            maker=fill.maker, exec_type="BustTrade" if order.extra.get("liquidation") else "Trade",
            mark=market.mark, closed="0", at_ms=fill.time_ns // MS, sequence=market.sequence,
        )  # fmt: skip


def status(order: Order, *, spot: bool) -> str:
    """`orderStatus` by the order's state."""
    match order.state:
        case OrderState.PENDING | OrderState.OPEN | OrderState.UNKNOWN:
            return "Untriggered" if order.type is OrderType.STOP and not order.triggered else "New"
        case OrderState.PARTIAL:
            return "PartiallyFilled"
        case OrderState.FILLED:
            return "Filled"
        case OrderState.REJECTED:
            return "Rejected"
    return "PartiallyFilledCanceled" if spot and order.filled_lots else "Cancelled"


def identity(order: Order) -> Body:
    return {"orderId": str(order.id), "orderLinkId": str(order.extra.get("link", ""))}


def within(params: Params, at_ns: int) -> bool:
    """Between startTime and endTime where they are given."""
    start, end = str(params.get("startTime") or ""), str(params.get("endTime") or "")
    at = at_ns // MS
    return not (start.isdigit() and at < int(start)) and not (end.isdigit() and at > int(end))
