"""Kraken's WebSocket v2: subscriptions, the account's channels, and orders over the socket.

Source: docs.kraken.com/api/docs/websocket-v2 (subscribe, executions, balances, add_order, amend_order,
cancel_order, ping), read 2026-11-21. Public and private sockets share one path here; what is private needs a
token of GetWebSocketsToken.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import msgspec
from aiohttp import web

from titan.doubles.kraken import errors
from titan.doubles.kraken.bodies import execution, stamp, txid
from titan.doubles.kraken.channels import (
    DEPTHS,
    INTERVALS,
    PUBLIC,
    Book,
    Candles,
    Channel,
    Ticker,
    Trades,
)
from titan.doubles.kraken.errors import Refused
from titan.doubles.kraken.pairs import Body, Pair
from titan.doubles.orders import AccountEvent, BalanceUpdate, OrderUpdate
from titan.doubles.outlet import Frame, Outlet
from titan.doubles.publish import Tick

if TYPE_CHECKING:
    from titan.doubles.kraken.server import Server

_HEARTBEAT_NS: Final = 1_000_000_000
_TIMES: Final = {"new": "new", "fill": "trade", "cancel": "canceled", "expire": "expired", "amend": "amended",
                 "trigger": "restated", "reject": "canceled"}  # fmt: skip
encode = msgspec.json.Encoder().encode


def text(body: Body) -> str:
    return encode(body).decode()


class Sockets:
    """All clients of one double."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._running: dict[str, tuple[Channel, int]] = {}
        self._beat = 0
        self._orders: dict[str, Callable[[Outlet, Body], Body]] = {
            "add_order": self._add, "amend_order": self._amend, "edit_order": self._amend,
            "cancel_order": self._cancel, "cancel_all": self._cancel_all,
            "cancel_all_orders_after": self._cancel_after,
        }  # fmt: skip

    async def run(self, request: web.Request) -> web.WebSocketResponse:
        return await self._server.serve(request, self._heard, opened=self._opened)

    def tell(self, tick: Tick) -> None:
        """A market changed."""
        for topic, (channel, index) in tuple(self._running.items()):
            if not self._server.wanted(topic):
                del self._running[topic]
            elif index == tick.market.index:
                for frame in channel.tell(tick):
                    self._server.publish(topic, frame, numbered=channel.numbered)

    def tell_account(self, event: AccountEvent) -> None:
        """The account changed."""
        if isinstance(event, OrderUpdate):
            pair = self._server.pairs.of(event.order.inst)
            kind = _TIMES[event.change]
            if kind == "trade" and not event.order.is_open:
                self._push("executions", "update", [execution(event.order, event.fill, "trade", pair)])
                kind = "filled"
                self._push("executions", "update", [execution(event.order, None, kind, pair)])
            elif event.order.id:
                self._push("executions", "update", [execution(event.order, event.fill, kind, pair)])
        elif isinstance(event, BalanceUpdate) and event.wallet == "spot":
            self._push("balances", "update", self._balances(event.assets, event.why))

    def beat(self, now_ns: int) -> None:
        """A heartbeat each second to whoever is subscribed to anything."""
        if now_ns - self._beat >= _HEARTBEAT_NS:
            self._beat = now_ns
            for outlet in tuple(self._server.outlets):
                if outlet.topics:
                    outlet.send("heartbeat", '{"channel":"heartbeat"}')

    def _push(self, channel: str, kind: str, data: list[Body]) -> None:
        if not self._server.wanted(channel):
            return
        for outlet in tuple(self._server.outlets):
            if channel in outlet.topics:
                outlet.send(channel, self._private_frame(outlet, channel, kind, data))

    def _private_frame(self, outlet: Outlet, channel: str, kind: str, data: list[Body]) -> str:
        """Private channels number their messages for each connection."""
        name = f"sequence {channel}"
        number = int(str(outlet.session.get(name, 0))) + 1
        outlet.session[name] = number
        return text({"channel": channel, "type": kind, "data": data, "sequence": number})

    def _balances(self, assets: tuple[str, ...], why: str) -> list[Body]:
        held = self._server.world.account.balances("spot")
        return [
            {
                "ledger_id": txid("L", self._server.world.random.randrange(1 << 40)), "ref_id": "",
                "timestamp": stamp(self._server.world.now()), "type": "trade" if why == "order" else why,
                "asset": asset, "asset_class": "currency", "category": why, "wallet_type": "spot",
                "wallet_id": "main", "amount": 0.0, "fee": 0.0, "balance": float(held[asset].total),
            }
            for asset in assets
            if asset in held
        ]  # fmt: skip

    def _opened(self, outlet: Outlet) -> None:
        status = {"version": "2.0.10", "system": "online", "api_version": "v2", "connection_id": id(outlet)}
        outlet.send("status", text({"channel": "status", "type": "update", "data": [status]}))

    def _heard(self, outlet: Outlet, frame: Frame) -> None:
        began = self._server.world.now()
        try:
            asked = msgspec.json.decode(frame, type=dict[str, object])
        except msgspec.DecodeError:
            outlet.send("error", text(self._times({"error": "Malformed request", "success": False}, began)))
            return
        method = str(asked.get("method", ""))
        params = asked.get("params")
        given: Body = params if isinstance(params, dict) else {}
        if method == "ping":
            self._say(outlet, asked, {"method": "pong"}, began, vital=True)
        elif method in ("subscribe", "unsubscribe"):
            self._subscription(outlet, asked, method, given, began)
        elif method in self._orders:
            try:
                key = self._server.private.of_token(str(given.get("token", "")))
                if key is None:
                    raise Refused("EAPI:Invalid session")
                if not key.may("trade"):
                    raise Refused(errors.DENIED)
                result = self._orders[method](outlet, given)
            except Refused as e:
                self._say(outlet, asked, {"method": method, "error": e.text, "success": False}, began)
                return
            self._say(outlet, asked, {"method": method, "result": result, "success": True}, began)
        else:
            self._say(
                outlet, asked, {"method": method, "error": "Unsupported method", "success": False}, began
            )

    def _say(self, outlet: Outlet, asked: Body, body: Body, began: int, *, vital: bool = False) -> None:
        if "req_id" in asked:
            body["req_id"] = asked["req_id"]
        outlet.send(f"ack {body['method']}", text(self._times(body, began)), vital=vital)

    def _times(self, body: Body, began: int) -> Body:
        return {**body, "time_in": stamp(began), "time_out": stamp(self._server.world.now())}

    def _subscription(self, outlet: Outlet, asked: Body, method: str, params: Body, began: int) -> None:
        channel = str(params.get("channel", ""))
        symbols = params.get("symbol")
        names = [str(one) for one in symbols] if isinstance(symbols, list) else [""]
        for name in names:
            try:
                result, topic, make = self._topic(channel, name, params)
            except Refused as e:
                answer: Body = {"error": e.text, "method": method, "success": False}
                self._say(outlet, asked, answer | ({"symbol": name} if name else {}), began)
                continue
            self._say(outlet, asked, {"method": method, "result": result, "success": True}, began)
            if method == "unsubscribe":
                self._server.unsubscribe(outlet, topic)
            else:
                self._join(outlet, channel, topic, make, params)

    def _topic(
        self, channel: str, symbol: str, params: Body
    ) -> tuple[Body, str, Callable[[], tuple[Channel, int]] | None]:
        """What to confirm, the topic, and how its channel is made. Raises Refused."""
        result: Body = {"channel": channel}
        if channel in ("executions", "balances"):
            if self._server.private.of_token(str(params.get("token", ""))) is None:
                raise Refused("EAPI:Invalid session")
            return result | {"snapshot": params.get("snapshot", True)}, channel, None
        if channel == "instrument":
            return result | {"snapshot": True}, channel, None
        if channel not in PUBLIC:
            raise Refused(f"Unsupported channel {channel}")
        pair = self._server.pairs.find(symbol)
        if pair is None or pair.symbol != symbol:
            raise Refused(f"Currency pair not supported {symbol}")
        return self._public(channel, pair, params, result | {"symbol": symbol, "snapshot": True})

    def _public(
        self, channel: str, pair: Pair, params: Body, result: Body
    ) -> tuple[Body, str, Callable[[], tuple[Channel, int]]]:
        index = pair.market.index
        if channel == "book":
            depth = int(str(params.get("depth", 10)))
            if depth not in DEPTHS:
                raise Refused(f"Depth not supported {depth}")
            topic = f"book:{pair.symbol}:{depth}"
            spoilt = self._server.faults.bad_checksum
            return result | {"depth": depth}, topic, lambda: (Book(pair, depth, topic, spoilt), index)
        if channel == "trade":
            return result, f"trade:{pair.symbol}", lambda: (Trades(pair), index)
        if channel == "ticker":
            trigger = str(params.get("event_trigger", "trades"))
            topic = f"ticker:{pair.symbol}:{trigger}"
            return result | {"event_trigger": trigger}, topic, lambda: (Ticker(pair, trigger == "bbo"), index)
        minutes = int(str(params.get("interval", 1)))
        if minutes not in INTERVALS:
            raise Refused(f"Interval not supported {minutes}")
        topic = f"ohlc:{pair.symbol}:{minutes}"
        return result | {"interval": minutes}, topic, lambda: (Candles(pair, minutes), index)

    def _join(
        self, outlet: Outlet, channel: str, topic: str, make: Callable[[], tuple[Channel, int]] | None,
        params: Body,
    ) -> None:  # fmt: skip
        if make is not None and (topic not in self._running or not self._server.wanted(topic)):
            self._running[topic] = make()
        self._server.subscribe(outlet, topic)
        now = self._server.world.now()
        if make is not None:
            if channel != "trade" or params.get("snapshot") is True:
                for frame in self._running[topic][0].greet(now):
                    outlet.send(topic, frame)
        elif channel == "instrument":
            outlet.send(topic, text(self._instruments()))
        elif channel == "executions":
            if params.get("snap_orders", True):
                orders = self._server.world.desk.open_orders()
                data = [execution(o, None, "new", self._server.pairs.of(o.inst)) for o in orders]
                outlet.send(topic, self._private_frame(outlet, channel, "snapshot", data))
        else:
            held = self._server.world.account.balances("spot")
            rows: list[Body] = [
                {
                    "asset": a, "asset_class": "currency", "balance": float(b.total),
                    "wallets": [{"type": "spot", "id": "main", "balance": float(b.total)}],
                }
                for a, b in held.items()
            ]  # fmt: skip
            outlet.send(topic, self._private_frame(outlet, channel, "snapshot", rows))

    def _instruments(self) -> Body:
        pairs = self._server.pairs
        assets = [
            {"id": a, "status": "enabled", "precision": 10, "precision_display": 5, "borrowable": False,
             "collateral_value": 1.0, "margin_rate": 0.0}
            for a in pairs.assets
        ]  # fmt: skip
        rows = [
            {"symbol": p.symbol, "base": p.base, "quote": p.quote, "status": "online",
             "qty_precision": p.lot_digits, "qty_increment": float(p.market.instrument.lot),
             "price_precision": p.digits, "price_increment": float(p.market.instrument.tick),
             "cost_precision": 8, "marginable": False, "has_index": True,
             "cost_min": float(p.market.instrument.min_notional or 0.5),
             "qty_min": float(p.market.instrument.min_qty or p.market.instrument.lot)}
            for p in pairs.all
        ]  # fmt: skip
        return {"channel": "instrument", "type": "snapshot", "data": {"assets": assets, "pairs": rows}}

    def _add(self, outlet: Outlet, params: Body) -> Body:
        del outlet
        names = {
            "symbol": "pair", "side": "type", "order_type": "ordertype", "order_qty": "volume",
            "limit_price": "price", "time_in_force": "timeinforce", "order_userref": "userref",
        }  # fmt: skip
        asked = {names.get(name, name): value for name, value in params.items()}
        triggers = params.get("triggers")
        if isinstance(triggers, dict):
            asked["price"] = triggers.get("price")
        if params.get("post_only"):
            asked["oflags"] = "post"
        trading = self._server.trading
        order = trading.place(trading.ticket(asked))
        result: Body = {"order_id": txid("O", order.id)}
        if order.extra.get("cl_ord_id"):
            result["cl_ord_id"] = order.client_id
        return result

    def _amend(self, outlet: Outlet, params: Body) -> Body:
        del outlet
        order = self._server.trading.find(params)
        result = self._server.trading.amend(params)
        return result | {"order_id": txid("O", order.id)}

    def _cancel(self, outlet: Outlet, params: Body) -> Body:
        del outlet
        trading = self._server.trading
        named = [{"txid": n} for n in _list(params, "order_id")] + [
            {"cl_ord_id": n} for n in _list(params, "cl_ord_id")
        ]
        for one in named:
            trading.cancel(trading.find(one))
        return {"order_id": _list(params, "order_id")[0]} if _list(params, "order_id") else {}

    def _cancel_all(self, outlet: Outlet, params: Body) -> Body:
        del outlet, params
        return {"count": self._server.trading.cancel_all()}

    def _cancel_after(self, outlet: Outlet, params: Body) -> Body:
        key = self._server.private.of_token(str(params.get("token", "")))
        del outlet
        if key is None:
            raise Refused("EAPI:Invalid session")
        said = self._server.private.call("CancelAllOrdersAfter", params, key)
        return said if isinstance(said, dict) else {}


def _list(params: Body, name: str) -> list[str]:
    value = params.get(name)
    return [str(one) for one in value] if isinstance(value, list) else [str(value)] if value else []
