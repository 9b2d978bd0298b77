"""Kraken's orders: what REST and sockets ask for, as tickets; what becomes of them.

Source: docs.kraken.com/api/docs/rest-api (add-order, amend-order, edit-order, cancel-order, get-open-orders,
get-closed-orders, get-orders-info, get-trade-history), read 2026-11-21.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Final

from titan.doubles import refusal
from titan.doubles.kraken import errors
from titan.doubles.kraken.bodies import TYPES, number_of, order_body, side, trade_body, txid
from titan.doubles.kraken.errors import Refused
from titan.doubles.kraken.pairs import Body
from titan.doubles.kraken.public import Pairs
from titan.doubles.orders import Fill, Order, Ticket
from titan.doubles.world import World
from titan.model.order import OrderState, OrderType, Side, TimeInForce

_KINDS: Final = {name: kind for kind, name in TYPES.items()}
_TIFS: Final = {"": TimeInForce.GTC, "GTC": TimeInForce.GTC, "IOC": TimeInForce.IOC, "FOK": TimeInForce.FOK}
_MOST_CLIENT_ID: Final = 36
_PAGE: Final = 50
_BATCH: Final = 15
Params = Mapping[str, object]


class Trading:
    """Everything about orders, in Kraken's words. Raises Refused."""

    def __init__(self, world: World, pairs: Pairs) -> None:
        self._world, self._pairs = world, pairs

    def ticket(self, params: Params) -> Ticket:
        """AddOrder's parameters."""
        pair = self._pairs.get(str(params.get("pair", "")))
        kind = _KINDS.get(str(params.get("ordertype", "")))
        side_of = {"buy": Side.BUY, "sell": Side.SELL}.get(str(params.get("type", "")))
        if kind is None or side_of is None:
            raise Refused(f"{errors.ARGUMENTS}:{'ordertype' if kind is None else 'type'}")
        flags = str(params.get("oflags", "")).split(",")
        tif = _TIFS.get(str(params.get("timeinforce", "")).upper())
        if tif is None:
            raise Refused(f"{errors.ARGUMENTS}:timeinforce")
        if "post" in flags:
            tif = TimeInForce.POST_ONLY
        client = str(params.get("cl_ord_id", ""))
        if len(client) > _MOST_CLIENT_ID or (client and params.get("userref")):
            raise Refused(f"{errors.ARGUMENTS}:cl_ord_id")
        price = _number(params, "price")
        volume = _number(params, "volume")
        if volume is None:
            raise Refused(f"{errors.ARGUMENTS}:volume")
        in_quote = "viqc" in flags and kind is OrderType.MARKET
        extra: dict[str, object] = {"userref": _integer(params, "userref"), "cl_ord_id": bool(client)}
        return Ticket(
            inst=pair.market.index, side=side_of, type=kind, qty=None if in_quote else volume,
            quote_qty=volume if in_quote else None, price=price if kind is OrderType.LIMIT else None,
            stop=price if kind is OrderType.STOP else None,
            tif=TimeInForce.IOC if kind is OrderType.MARKET else tif, client_id=client, extra=extra,
        )  # fmt: skip

    def add(self, params: Params) -> Body:
        """AddOrder."""
        ticket = self.ticket(params)
        pair = self._pairs.of(ticket.inst)
        words = f"{'buy' if ticket.side > 0 else 'sell'} {params.get('volume')} {pair.altname} @ "
        descr = {"order": words + f"{params.get('ordertype')} {params.get('price', '')}".strip()}
        if str(params.get("validate", "")).lower() in ("true", "1"):
            return {"descr": descr}
        return {"descr": descr, "txid": [txid("O", self.place(ticket).id)]}

    def batch(self, params: Params) -> Body:
        """AddOrderBatch: 2 to 15 orders of one pair, each with its own answer or error."""
        listed = params.get("orders")
        orders = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
        if not 2 <= len(orders) <= _BATCH:
            raise Refused(f"{errors.ARGUMENTS}:orders")
        answers: list[Body] = []
        for one in orders:
            try:
                added = self.add({**one, "pair": params.get("pair"), "validate": params.get("validate", "")})
                answers.append(added | {"txid": "".join(_names(added.get("txid")))})
            except Refused as e:
                answers.append({"error": e.text})
        return {"orders": answers}

    def place(self, ticket: Ticket) -> Order:
        """Into the engine; raises Refused with the venue's words."""
        order = self._world.desk.place(ticket)
        if order.state is OrderState.REJECTED:
            raise Refused(errors.text_of(order.reason))
        return order

    def find(self, params: Params) -> Order:
        """By `txid`, or by `cl_ord_id`; a number is a `userref`."""
        name = str(params.get("txid") or params.get("order_id") or "")
        client = str(params.get("cl_ord_id", ""))
        order: Order | None
        if client:
            order = self._world.desk.find(client_id=client)
        elif name.isdecimal():
            order = next(
                (o for o in self._world.desk.open_orders() if o.extra.get("userref") == int(name)), None
            )
        else:
            number = number_of(name)
            order = self._world.desk.find(number) if number is not None else None
        if order is None:
            raise Refused(errors.ORDER)
        return order

    def amend(self, params: Params) -> Body:
        """AmendOrder: the order keeps its id."""
        order = self.find(params)
        self.change(order, _number(params, "order_qty"), _number(params, "limit_price"))
        return {"amend_id": txid("T", order.id * 100 + order.amends)}

    def edit(self, params: Params) -> Body:
        """EditOrder: cancels and places anew, under another id."""
        order = self.find(params)
        pair = self._pairs.of(order.inst)
        price, volume = _number(params, "price"), _number(params, "volume")
        ticket = Ticket(
            inst=order.inst, side=order.side, type=order.type,
            qty=volume if volume is not None else order.qty,
            price=price if price is not None else order.price, tif=order.tif, extra=dict(order.extra),
        )  # fmt: skip
        self.cancel(order)
        placed = self.place(ticket)
        words = (
            f"{side(placed)} {pair.size(placed.lots)} {pair.altname} @ limit {pair.price(placed.limit_ticks)}"
        )
        return {
            "status": "ok", "txid": txid("O", placed.id), "originaltxid": txid("O", order.id),
            "volume": pair.size(placed.lots), "price": pair.price(placed.limit_ticks), "orders_cancelled": 1,
            "descr": {"order": words},
        }  # fmt: skip

    def change(self, order: Order, qty: Decimal | None, price: Decimal | None) -> None:
        try:
            self._world.desk.amend(order, qty=qty, price=price)
        except refusal.Refused as e:
            raise Refused(errors.text_of(e.reason)) from e

    def cancel(self, order: Order) -> None:
        try:
            self._world.desk.cancel(order)
        except refusal.Refused as e:
            raise Refused(errors.text_of(e.reason)) from e

    def cancel_all(self) -> int:
        """How many that were."""
        orders = self._world.desk.open_orders()
        for order in orders:
            self._world.desk.cancel(order)
        return len(orders)

    def listed(self, orders: Iterable[Order]) -> dict[str, object]:
        """By id."""
        return {txid("O", o.id): order_body(o, self._pairs.of(o.inst)) for o in orders}

    def open(self, params: Params) -> Body:
        """OpenOrders."""
        wanted = self._matching(self._world.desk.open_orders(), params)
        return {"open": self.listed(wanted)}

    def closed(self, params: Params) -> Body:
        """ClosedOrders, newest first."""
        ended = [o for o in reversed(self._world.desk.orders.values()) if not o.is_open]
        start, end = _integer(params, "start"), _integer(params, "end")
        wanted = [
            o
            for o in self._matching(ended, params)
            if (not start or o.updated_ns >= start * 10**9) and (not end or o.updated_ns <= end * 10**9)
        ]
        at = _integer(params, "ofs") or 0
        return {"closed": self.listed(wanted[at : at + _PAGE]), "count": len(wanted)}

    def query(self, params: Params) -> Body:
        """QueryOrders: up to 50 ids."""
        return self.listed(self.find({"txid": name}) for name in str(params.get("txid", "")).split(","))

    def trades(self, params: Params) -> Body:
        """TradesHistory, newest first."""
        start, end = _integer(params, "start"), _integer(params, "end")
        found = [
            f
            for f in reversed(self._world.desk.fills)
            if (not start or f.time_ns >= start * 10**9) and (not end or f.time_ns <= end * 10**9)
        ]
        at = _integer(params, "ofs") or 0
        return {
            "trades": {txid("T", f.id): self._trade(f) for f in found[at : at + _PAGE]},
            "count": len(found),
        }

    def query_trades(self, params: Params) -> Body:
        """QueryTrades."""
        wanted = str(params.get("txid", "")).split(",")
        return {txid("T", f.id): self._trade(f) for f in self._world.desk.fills if txid("T", f.id) in wanted}

    def _trade(self, fill: Fill) -> Body:
        order = self._world.desk.orders[fill.order_id]
        return trade_body(order, fill, self._pairs.of(order.inst))

    def _matching(self, orders: Iterable[Order], params: Params) -> list[Order]:
        client, userref = str(params.get("cl_ord_id", "")), _integer(params, "userref")
        return [
            o
            for o in orders
            if (not client or o.client_id == client) and (not userref or o.extra.get("userref") == userref)
        ]


def _names(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []


def _number(params: Params, name: str) -> Decimal | None:
    value = params.get(name)
    if value is None or value == "":
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise Refused(f"{errors.ARGUMENTS}:{name}") from None
    if not number.is_finite() or number <= 0:
        raise Refused(f"{errors.ARGUMENTS}:{name}")
    return number


def _integer(params: Params, name: str) -> int | None:
    text = str(params.get(name) or "").partition(".")[0]
    return int(text) if text.lstrip("-").isdecimal() else None
