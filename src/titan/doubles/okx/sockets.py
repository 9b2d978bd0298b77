"""OKX's sockets: public and business channels, the private ones, orders over a socket.

okx.com/docs-v5 "WebSocket" and the channel pages (read 2026-11-21). A ping is the text `ping`, each argument
of a subscription is acknowledged by itself, and a private channel begins with a snapshot of balances and
positions.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import msgspec
from aiohttp import web

from titan.doubles.hub import Running, text
from titan.doubles.keys import ApiKey
from titan.doubles.market_text import MS, MarketText
from titan.doubles.okx import bodies
from titan.doubles.okx.account.batches import Done
from titan.doubles.okx.account.wallets import USER
from titan.doubles.okx.bodies import Body
from titan.doubles.okx.channels import FOR_MEMBERS, INCREMENTAL, Channel, parse
from titan.doubles.okx.errors import Refused
from titan.doubles.okx.feeds import feed
from titan.doubles.okx.signing import check_socket
from titan.doubles.orders import (
    AccountEvent,
    BalanceUpdate,
    ConditionalUpdate,
    Fill,
    Order,
    OrderUpdate,
    PositionUpdate,
)
from titan.doubles.outlet import Frame, Outlet

if TYPE_CHECKING:
    from titan.doubles.okx.server import Server

OPERATIONS: Final = {
    "order": "/api/v5/trade/order",
    "batch-orders": "/api/v5/trade/batch-orders",
    "cancel-order": "/api/v5/trade/cancel-order",
    "batch-cancel-orders": "/api/v5/trade/cancel-batch-orders",
    "amend-order": "/api/v5/trade/amend-order",
    "batch-amend-orders": "/api/v5/trade/amend-batch-orders",
}
WITH_EVENT_TYPE: Final = frozenset({"account", "positions"})
Asked = dict[str, object]
Entry = Callable[[web.Request], Coroutine[Any, Any, web.WebSocketResponse]]


class Sockets:
    """All sockets of one server; a session knows its entry, its id and, after `login`, its key."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._private: dict[str, Channel] = {}
        """Private channels that anybody asked for, by topic."""

    def entry(self, name: str) -> Entry:
        async def run(request: web.Request) -> web.WebSocketResponse:
            def opened(outlet: Outlet) -> None:
                outlet.session |= {"entry": name, "id": uuid4().hex[:8]}

            return await self._server.serve(request, self._heard, opened=opened)

        return run

    def _heard(self, outlet: Outlet, frame: Frame) -> None:
        if frame in ("ping", b"ping"):
            outlet.send("pong", "pong", vital=True)
            return
        try:
            asked = msgspec.json.decode(frame)
        except msgspec.DecodeError:
            asked = None
        op = str(asked.get("op", "")) if isinstance(asked, dict) else ""
        args = asked.get("args") if isinstance(asked, dict) else None
        if op in OPERATIONS and isinstance(asked, dict):
            self._order(outlet, asked, op)
        elif op == "login" and isinstance(args, list) and args and isinstance(args[0], dict):
            self._login(outlet, args[0])
        elif op in ("subscribe", "unsubscribe") and isinstance(args, list):
            for arg in args:
                self._channel(outlet, arg if isinstance(arg, dict) else {}, op)
        else:
            said = frame if isinstance(frame, str) else frame.decode("utf-8", "replace")
            self._error(outlet, "60012", f"Illegal request: {said}")

    def _event(self, outlet: Outlet, body: Body) -> None:
        outlet.send("event", text(body | {"connId": outlet.session["id"]}))

    def _error(self, outlet: Outlet, code: str, message: str) -> None:
        self._event(outlet, {"event": "error", "code": code, "msg": message})

    def _login(self, outlet: Outlet, login: Mapping[str, object]) -> None:
        world = self._server.world
        key = world.keys.find(str(login.get("apiKey", "")))
        try:
            if key is None:
                raise Refused("60005", "Invalid apiKey")
            check_socket(key.secret, key.passphrase, login, world.now_ms())
        except Refused as e:
            self._error(outlet, e.code, e.message)
            return
        outlet.session["key"] = key
        self._event(outlet, {"event": "login", "code": "0", "msg": ""})

    # Channels.

    def _channel(self, outlet: Outlet, arg: Asked, op: str) -> None:
        entry = str(outlet.session["entry"])
        channel = parse(arg, entry, self._server.listing.kind)
        if not isinstance(channel, Channel):
            self._error(outlet, *channel)
            return
        logged = "key" in outlet.session
        if not logged and (entry == "private" or channel.name in FOR_MEMBERS):
            self._error(outlet, "60011", "Please log in")
            return
        self._event(outlet, {"event": op, "arg": channel.said})
        for topic, market in self._topics(channel, entry):
            if op == "unsubscribe":
                self._server.unsubscribe(outlet, topic)
            elif market is None:
                self._join_private(outlet, topic, channel)
            elif topic not in outlet.topics:
                self._server.hub.join(outlet, topic, lambda m=market: self._make(channel, m))  # type: ignore[misc]

    def _topics(self, channel: Channel, entry: str) -> list[tuple[str, MarketText | None]]:
        """What a subscription stands for: one market, every swap, or the account."""
        said = msgspec.json.encode(channel.said).decode()
        name = f"{entry}/{channel.name}/{said}"
        listing = self._server.listing
        if entry == "private" or channel.name == "orders-algo":
            return [(name, None)]
        if channel.name == "liquidation-orders":
            return [(f"{name}/{m.symbol}", m) for m in listing.markets("SWAP")]
        inst = f"{channel.inst}-SWAP" if channel.name == "index-tickers" else channel.inst
        return [(name, listing.market(inst))]

    def _make(self, channel: Channel, market: MarketText) -> Running:
        pair = self._server.listing.pair(market)
        made = feed(channel, market, pair, checksums=self._server.checksums)
        return Running(made, market.market.index, channel.name in INCREMENTAL)

    def _join_private(self, outlet: Outlet, topic: str, channel: Channel) -> None:
        self._private[topic] = channel
        self._server.subscribe(outlet, topic)
        first = {"eventType": "snapshot", "curPage": 1, "lastPage": True}
        if channel.name == "account":
            data: list[Body] = [self._server.wallets.account(channel.said.get("ccy"))]
        elif channel.name == "positions":
            data = [
                self._server.wallets.position(one)
                for one in self._server.world.account.positions()
                if one.lots and self._fits(channel, self._server.listing.of(one.market.instrument))
            ]
        else:
            return
        outlet.send(topic, text(self._said(channel, data) | first))

    def _said(self, channel: Channel, data: list[Body]) -> Body:
        return bodies.push(channel.said | {"uid": USER}, data)

    def _fits(self, channel: Channel, market: MarketText) -> bool:
        """Whether a private channel was asked for this market."""
        kind, inst = channel.said.get("instType", "ANY"), channel.inst
        return kind in ("ANY", self._server.listing.kind(market.symbol)) and inst in ("", market.symbol)

    def tell(self, event: AccountEvent) -> None:
        """Push what changed of the account to every channel that shows it."""
        for topic, channel in tuple(self._private.items()):
            if not self._server.wanted(topic):
                del self._private[topic]
                continue
            data = self._data(channel, event)
            if data is not None:
                update = {"eventType": "event_update"} if channel.name in WITH_EVENT_TYPE else {}
                self._server.publish(topic, text(self._said(channel, [data]) | update))

    def _data(self, channel: Channel, event: AccountEvent) -> Body | None:
        server = self._server
        match event:
            case ConditionalUpdate() if channel.name == "orders-algo":
                fits = self._fits(channel, server.listing.of(event.conditional.instrument))
                return server.algos.pushed(event) if fits else None
            case OrderUpdate() if event.change != "reject":  # which only the answer says
                market = server.listing.of(event.order.instrument)
                if not self._fits(channel, market):
                    return None
                if channel.name == "orders":
                    return self._pushed(event)
                if channel.name == "fills" and event.fill is not None:
                    return self._fill(market, event.order, event.fill)
            case BalanceUpdate() if channel.name == "account" and event.wallet != "fund":
                return server.wallets.account(channel.said.get("ccy"))
            case PositionUpdate() if channel.name == "positions":
                one = server.world.account.position(event.inst)
                if self._fits(channel, server.listing.of(one.market.instrument)):
                    return server.wallets.position(one)
        return None

    def _pushed(self, event: OrderUpdate) -> Body:
        body = self._server.trading.body(event.order, streamed=True, fill=event.fill)
        if event.change == "amend":
            body |= {"amendResult": "0", "reqId": str(event.order.extra.get("request", ""))}
        return body

    def _fill(self, market: MarketText, order: Order, fill: Fill) -> Body:
        return {
            "instId": market.symbol,
            "fillSz": market.size(fill.lots),
            "fillPx": market.price(fill.ticks),
            "side": order.side.name.lower(),
            "ts": str(fill.time_ns // MS),
            "ordId": str(order.id),
            "clOrdId": str(order.extra.get("client", "")),
            "tradeId": str(fill.id),
            "execType": "M" if fill.maker else "T",
            "count": "1",
        }

    # Orders.

    def _order(self, outlet: Outlet, asked: Asked, op: str) -> None:
        """Answer an order request with the `id` of the request."""
        now = self._server.world.now() // 1_000
        body: Body = {"id": str(asked.get("id", "")), "op": op}
        try:
            done = self._do(outlet, asked, op)
            body |= {"code": done.code, "msg": done.message, "data": done.rows}
        except Refused as e:
            body |= {"code": e.code, "msg": e.message, "data": []}
        outlet.send(f"ack {op}", text(body | {"inTime": str(now), "outTime": str(now)}))

    def _do(self, outlet: Outlet, asked: Asked, op: str) -> Done:
        key, path = outlet.session.get("key"), OPERATIONS[op]
        if not isinstance(key, ApiKey):
            raise Refused("60011", "Please log in")
        self._server.gate.allow(key, "POST", path)
        self._server.gate.charge(key.key, path)
        args = asked.get("args")
        if not isinstance(args, list) or not args:
            raise Refused("60012", "Illegal request: args")
        done = self._server.trading.routes["POST", path](args if "batch" in op else args[0])
        if not isinstance(done, Done):
            raise Refused("50026", "System error. Try again later.")
        return done
