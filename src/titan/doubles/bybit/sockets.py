"""Bybit's sockets: public topics, the private stream, orders over a socket.

bybit-exchange.github.io/docs/v5/ws/connect and /docs/v5/websocket (private, trade/guideline; read
2026-11-21). Pings are JSON; the private pong differs from the public one. The trade socket answers with
`reqId`, `retCode` and `connId`, the others with `req_id`, `success` and `conn_id`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from uuid import uuid4

import msgspec
from aiohttp import web

from titan.doubles.bybit import topics
from titan.doubles.bybit.bodies import Body
from titan.doubles.bybit.errors import Refused
from titan.doubles.bybit.feeds import feed
from titan.doubles.bybit.signing import check_socket, check_window
from titan.doubles.bybit.trading import Ext
from titan.doubles.hub import Hub, Running, text
from titan.doubles.keys import ApiKey
from titan.doubles.orders import AccountEvent, BalanceUpdate, FundingUpdate, OrderUpdate, PositionUpdate
from titan.doubles.outlet import Frame, Outlet

if TYPE_CHECKING:
    from titan.doubles.bybit.server import Server

OPERATIONS: Final = {
    "order.create": "/v5/order/create",
    "order.amend": "/v5/order/amend",
    "order.cancel": "/v5/order/cancel",
    "order.create-batch": "/v5/order/create-batch",
    "order.amend-batch": "/v5/order/amend-batch",
    "order.cancel-batch": "/v5/order/cancel-batch",
}
Asked = dict[str, object]


def read(frame: Frame) -> Asked | None:
    """A request as an object, None for anything else."""
    try:
        asked = msgspec.json.decode(frame)
    except msgspec.DecodeError:
        return None
    return asked if isinstance(asked, dict) else None


def names(asked: Asked) -> list[str]:
    listed = asked.get("args")
    return [str(one) for one in listed] if isinstance(listed, list) else []


def opened(outlet: Outlet) -> None:
    outlet.session["id"] = str(uuid4())


def reply(outlet: Outlet, asked: Asked, op: str, problem: str = "", *, good: str = "") -> None:
    """The acknowledgement of public and private sockets."""
    body: Body = {
        "success": not problem,
        "ret_msg": problem or good,
        "conn_id": outlet.session["id"],
        "req_id": str(asked.get("req_id", "")),
        "op": op,
    }
    outlet.send(f"ack {op}", text(body), vital=op == "ping")


class PublicSocket:
    """/v5/public/spot and /v5/public/linear."""

    def __init__(self, server: Server, hub: Hub, category: str) -> None:
        self._server = server
        self._hub = hub
        self._category = category
        self._spot = category == "spot"

    async def run(self, request: web.Request) -> web.WebSocketResponse:
        return await self._server.serve(request, self._heard, opened=opened)

    def _known(self, symbol: str) -> bool:
        return self._server.listing.market(self._category, symbol) is not None

    def _heard(self, outlet: Outlet, frame: Frame) -> None:
        asked = read(frame)
        op = str(asked.get("op", "")) if asked is not None else ""
        if asked is None or op not in ("ping", "subscribe", "unsubscribe"):
            reply(outlet, asked or {}, op, "error:invalid op")
        elif op == "ping":
            reply(outlet, asked, "ping", good="pong")
        elif op == "subscribe":
            self._subscribe(outlet, asked)
        else:
            for name in names(asked):
                self._server.unsubscribe(outlet, f"{self._category}/{name}")
            reply(outlet, asked, op)

    def _subscribe(self, outlet: Outlet, asked: Asked) -> None:
        wanted = names(asked)
        problem = topics.refusal(wanted, self._known, spot=self._spot)
        if not problem and any(f"{self._category}/{name}" in outlet.topics for name in wanted):
            problem = f"error:already subscribed,topic:{','.join(wanted)}"
        reply(outlet, asked, "subscribe", problem, good="subscribe" if self._spot else "")
        if problem:
            return
        for name in wanted:
            topic = topics.parse(name, self._known, spot=self._spot)
            if topic is not None:
                self._hub.join(outlet, f"{self._category}/{name}", lambda t=topic: self._make(t))  # type: ignore[misc]

    def _make(self, topic: topics.Topic) -> Running:
        market = self._server.listing.market(self._category, topic.symbol)
        if market is None:
            raise Refused(10001, "params error: symbol invalid")
        return Running(feed(topic, market), market.market.index, topic.channel == "orderbook")


class PrivateSocket:
    """/v5/private: orders, executions, wallet and positions."""

    def __init__(self, server: Server) -> None:
        self._server = server

    async def run(self, request: web.Request) -> web.WebSocketResponse:
        return await self._server.serve(request, self._heard, opened=opened, closed=self._closed)

    def _closed(self, outlet: Outlet) -> None:
        for topic in topics.DCP:
            if topic in outlet.session and not self._server.wanted(topic):
                self._server.protection.gone(topic)

    def _heard(self, outlet: Outlet, frame: Frame) -> None:
        asked = read(frame)
        op = str(asked.get("op", "")) if asked is not None else ""
        if asked is None or op not in ("ping", "auth", "subscribe", "unsubscribe"):
            reply(outlet, asked or {}, op, "error:invalid op")
        elif op == "ping":
            pong: Body = {"req_id": str(asked.get("req_id", "")), "op": "pong"}
            pong |= {"args": [str(self._server.world.now_ms())], "conn_id": outlet.session["id"]}
            outlet.send("pong", text(pong), vital=True)
        elif op == "auth":
            key = login(self._server, outlet, asked)
            reply(outlet, asked, op, key if isinstance(key, str) else "")
        elif "key" not in outlet.session:
            reply(outlet, asked, op, "Request not authorized")
        else:
            self._topics(outlet, asked, op)

    def _topics(self, outlet: Outlet, asked: Asked, op: str) -> None:
        wanted = names(asked)
        wrong = [name for name in wanted if name not in topics.PRIVATE]
        if wrong:
            reply(outlet, asked, op, f"error:handler not found,topic:{wrong[0]}")
            return
        for name in wanted:
            (self._server.subscribe if op == "subscribe" else self._server.unsubscribe)(outlet, name)
            if name in topics.DCP and op == "subscribe":
                outlet.session[name] = True
                self._server.protection.here(name)
        reply(outlet, asked, op)

    def _push(self, topic: str, category: str, data: Body) -> None:
        """To the topic and, where it has one, the topic of its category."""
        for name in (topic, f"{topic}.{category}") if category else (topic,):
            if self._server.wanted(name):
                body: Body = {"id": str(uuid4()), "topic": name}
                body |= {"creationTime": self._server.world.now_ms(), "data": [data]}
                self._server.publish(name, text(body))

    def tell(self, event: AccountEvent) -> None:
        match event:
            case OrderUpdate():
                self._order(event)
            case BalanceUpdate() if event.wallet != "fund":
                self._push("wallet", "", self._server.wallets.account())
            case PositionUpdate():
                one = self._server.world.account.position(event.inst)
                self._push("position", "linear", self._server.wallets.position(one, streamed=True))
            case FundingUpdate():
                paid = self._server.trading.executions({"category": "linear", "execType": "Funding"})["list"]
                if isinstance(paid, list) and paid:
                    self._push("execution", "linear", paid[0])

    def _order(self, event: OrderUpdate) -> None:
        trading = self._server.trading
        category = "spot" if event.order.instrument.kind == "spot" else "linear"
        if event.fill is not None:
            execution = trading.execution(event.order, event.fill)
            self._push("execution", category, execution)
            fast = ("category", "symbol", "execId", "execPrice", "execQty", "orderId", "isMaker",
                    "orderLinkId", "side", "execTime", "seq")  # fmt: skip
            self._push("execution.fast", category, {name: execution[name] for name in fast})
        self._push("order", category, trading.body(event.order))


class TradeSocket:
    """/v5/trade: orders over a socket."""

    def __init__(self, server: Server) -> None:
        self._server = server

    async def run(self, request: web.Request) -> web.WebSocketResponse:
        return await self._server.serve(request, self._heard, opened=opened)

    def _heard(self, outlet: Outlet, frame: Frame) -> None:
        asked = read(frame) or {}
        op = str(asked.get("op", ""))
        if op == "ping":
            body: Body = {"retCode": 0, "retMsg": "OK", "op": "pong"}
            body |= {"data": [str(self._server.world.now_ms())], "connId": outlet.session["id"]}
            outlet.send("pong", text(body), vital=True)
        elif op == "auth":
            key = login(self._server, outlet, asked)
            code = 0 if isinstance(key, ApiKey) else 10004
            self._say(outlet, asked, op, code, "OK" if isinstance(key, ApiKey) else key, {}, {})
        else:
            self._order(outlet, asked, op)

    def _say(
        self, outlet: Outlet, asked: Asked, op: str, code: int, message: str, data: Body, ext: Body,
        header: dict[str, str] | None = None,
    ) -> None:  # fmt: skip
        body: Body = {"reqId": asked["reqId"]} if "reqId" in asked else {}
        body |= {"retCode": code, "retMsg": message, "op": op, "data": data, "retExtInfo": ext}
        body |= {"header": header or {}, "connId": outlet.session["id"]}
        outlet.send(f"ack {op}", text(body))

    def _order(self, outlet: Outlet, asked: Asked, op: str) -> None:
        header: dict[str, str] = {}
        try:
            result = self._do(outlet, asked, op, header)
        except Refused as e:
            self._say(outlet, asked, op, e.code, e.message, {}, {}, header)
            return
        ext = result.ext if isinstance(result, Ext) else {}
        data = result.result if isinstance(result, Ext) else result
        self._say(outlet, asked, op, 0, "OK", data, ext, header)  # type: ignore[arg-type]

    def _do(self, outlet: Outlet, asked: Asked, op: str, header: dict[str, str]) -> object:
        key, path, args = outlet.session.get("key"), OPERATIONS.get(op), asked.get("args")
        if path is None:
            raise Refused(10404, "op type is not found")
        if not isinstance(key, ApiKey):
            raise Refused(10005, "Permission denied, please check your API key permissions.")
        given = asked.get("header")
        stamps = given if isinstance(given, dict) else {}
        stamp, window = stamps.get("X-BAPI-TIMESTAMP", ""), stamps.get("X-BAPI-RECV-WINDOW", "")
        check_window(str(stamp), str(window), self._server.world.now_ms())
        params = args[0] if isinstance(args, list) and args and isinstance(args[0], dict) else {}
        self._server.gate.allow(key, "POST", path)
        header |= self._server.gate.charge(key, path, str(params.get("category", "")))
        return self._server.trading.routes["POST", path](params)


def login(server: Server, outlet: Outlet, asked: Asked) -> ApiKey | str:
    """The key of a good `auth`, which the session keeps, or what Bybit says."""
    args = names(asked)
    if len(args) != 3:
        return "Params Error"
    key = server.key(args[0])
    if key is None:
        return "API key is invalid."
    problem = check_socket(key.secret, args[1], args[2], server.world.now_ms())
    if problem is not None:
        return problem
    outlet.session["key"] = key
    return key
