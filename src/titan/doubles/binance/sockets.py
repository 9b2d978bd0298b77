"""Binance's sockets: market streams with SUBSCRIBE and its kin, private streams by listen key, and the
WebSocket API with its user data subscriptions.

developers.binance.com, "WebSocket Streams", "WebSocket API" and "User Data Stream" (read 2026-11-21): the
server pings; requests are {"method", "params", "id"}; spot's user stream is
`userDataStream.subscribe.signature` on /ws-api/v3, futures' a listen key under /private or the old /ws.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from titan.doubles.binance.calls import Call, Endpoint, Table, admit_socket, cast
from titan.doubles.binance.errors import BinanceError
from titan.doubles.binance.listen_keys import COMBINED, TOPIC
from titan.doubles.binance.rules import PERP_LIMITS, SPOT_LIMITS
from titan.doubles.binance.streams import exists
from titan.doubles.outlet import Frame, Outlet
from titan.doubles.world import World

Body = dict[str, object]

MOST_STREAMS: Final = {"spot": 1024, "perp": 1024}
METHODS: Final[dict[str, tuple[str, str]]] = {
    "ping": ("GET", "ping"), "time": ("GET", "time"), "exchangeInfo": ("GET", "exchangeInfo"),
    "depth": ("GET", "depth"), "trades.recent": ("GET", "trades"), "trades.aggregate": ("GET", "aggTrades"),
    "klines": ("GET", "klines"), "ticker.24hr": ("GET", "ticker/24hr"),
    "ticker.price": ("GET", "ticker/price"),
    "ticker.book": ("GET", "ticker/bookTicker"), "order.place": ("POST", "order"),
    "order.test": ("POST", "order/test"), "order.status": ("GET", "order"),
    "order.cancel": ("DELETE", "order"), "algoOrder.place": ("POST", "algoOrder"),
    "algoOrder.cancel": ("DELETE", "algoOrder"),
    "order.modify": ("PUT", "order"), "order.cancelReplace": ("POST", "order/cancelReplace"),
    "order.amend.keepPriority": ("PUT", "order/amend/keepPriority"),
    "openOrders.status": ("GET", "openOrders"), "openOrders.cancelAll": ("DELETE", "openOrders"),
    "allOrders": ("GET", "allOrders"), "myTrades": ("GET", "myTrades"), "account.status": ("GET", "account"),
    "account.commission": ("GET", "account/commission"), "account.balance": ("GET", "balance"),
    "account.position": ("GET", "positionRisk"), "v2/account.balance": ("GET", "balance"),
    "v2/account.position": ("GET", "positionRisk"), "v2/account.status": ("GET", "account"),
}  # fmt: skip
"""Methods of the WebSocket API by the REST path that does the same."""


class Request(msgspec.Struct):
    """What a client writes on any socket."""

    method: str
    id: int | str | None = None
    params: dict[str, object] | list[object] = {}


class MarketSocket:
    """Subscriptions of one market connection."""

    def __init__(
        self, kind: str, subscribe: Callable[[Outlet, str], None],
        unsubscribe: Callable[[Outlet, str], None], keys: set[str],
    ) -> None:  # fmt: skip
        self._kind, self._subscribe, self._unsubscribe, self._keys = kind, subscribe, unsubscribe, keys

    def topic(self, outlet: Outlet, stream: str) -> str:
        """A live listen key names its user's stream, as in an address."""
        if stream in self._keys:
            name = COMBINED if outlet.session.get("combined") else TOPIC
            return name.format(kind=self._kind, key=stream)
        shape = "combined" if outlet.session.get("combined") else "raw"
        return f"{self._kind}|{shape}|{stream}"

    def opened(self, streams: list[str], *, combined: bool) -> Callable[[Outlet], None]:
        """Subscribes to what the address names."""

        def begin(outlet: Outlet) -> None:
            outlet.session["combined"] = combined
            for stream in streams:
                if exists(stream):
                    self._subscribe(outlet, self.topic(outlet, stream))

        return begin

    def heard(self, outlet: Outlet, frame: Frame) -> None:
        try:
            request = msgspec.json.decode(frame, type=Request)
        except msgspec.DecodeError:
            outlet.send("reply", _error(None, 2, "Invalid JSON"))
            return
        streams = [one for one in request.params if isinstance(one, str)]
        if request.method in ("SUBSCRIBE", "UNSUBSCRIBE"):
            answer = self._change(outlet, request, streams)
        elif request.method == "LIST_SUBSCRIPTIONS":
            answer = _result(request.id, sorted(t.rpartition("|")[2] for t in outlet.topics))
        elif request.method in ("SET_PROPERTY", "GET_PROPERTY"):
            answer = self._property(outlet, request)
        else:
            answer = _error(request.id, 2, f"Invalid request: unknown variant `{request.method}`")
        outlet.send("reply", answer)

    def _change(self, outlet: Outlet, request: Request, streams: list[str]) -> str:
        if not streams or not all(exists(one) or one in self._keys for one in streams):
            return _error(request.id, 2, "Invalid request: stream name is not valid")
        if len(outlet.topics) + len(streams) > MOST_STREAMS[self._kind]:
            return _error(request.id, 3, "Invalid request: too many streams")
        change = self._subscribe if request.method == "SUBSCRIBE" else self._unsubscribe
        for stream in streams:
            change(outlet, self.topic(outlet, stream))
        return _result(request.id, None)

    def _property(self, outlet: Outlet, request: Request) -> str:
        if request.method == "GET_PROPERTY":
            return _result(request.id, bool(outlet.session.get("combined")))
        streams = [topic.rpartition("|")[2] for topic in outlet.topics]
        for topic in tuple(outlet.topics):
            self._unsubscribe(outlet, topic)
        outlet.session["combined"] = list(request.params)[-1:] == [True]
        for stream in streams:
            self._subscribe(outlet, self.topic(outlet, stream))
        return _result(request.id, None)


class ApiSocket:
    """One kind's WebSocket API: the REST table behind other names, and user data subscriptions."""

    def __init__(self, world: World, kind: str, table: Table, *, user_topic: str) -> None:
        self._world, self._perp, self._table = world, kind == "perp", table
        self._topic = user_topic
        self.listeners: dict[Outlet, int] = {}
        """Who is subscribed to user data, with the subscription's id."""
        self._next = 0

    def heard(self, outlet: Outlet, frame: Frame) -> None:
        try:
            request = msgspec.json.decode(frame, type=Request)
        except msgspec.DecodeError:
            error = {"code": -1000, "msg": "Malformed request."}
            outlet.send("reply", _json({"id": None, "status": 400, "error": error}))
            return
        limits = PERP_LIMITS if self._perp else SPOT_LIMITS
        head: Body = {"id": request.id}
        try:
            result = self._answer(outlet, request)
            body = head | {"status": 200, "result": result}
        except BinanceError as no:
            body = head | {"status": no.status, "error": no.body()}
        outlet.send("ws-api reply", _json(body | {"rateLimits": [{**limits[0], "count": 1}]}))

    def _answer(self, outlet: Outlet, request: Request) -> object:
        given = request.params if isinstance(request.params, dict) else {}
        call = Call(self._world, {k: cast(v) for k, v in given.items()}, perp=self._perp)
        if request.method.startswith("userDataStream."):
            return self._user_data(outlet, request.method, call)
        place = METHODS.get(request.method)
        endpoint = self._find(place) if place is not None else None
        if endpoint is None:
            raise BinanceError(-1000, f"Unknown method: {request.method}")
        admit_socket(call, endpoint.permission)
        return endpoint.answer(call)

    def _find(self, place: tuple[str, str]) -> Endpoint | None:
        method, path = place
        bases = ("/fapi/v1/", "/fapi/v2/") if self._perp else ("/api/v3/",)
        return next((self._table[method, b + path] for b in bases if (method, b + path) in self._table), None)

    def _user_data(self, outlet: Outlet, method: str, call: Call) -> Body:
        if method == "userDataStream.subscribe.signature":
            admit_socket(call, "read")
            number = self.listeners.setdefault(outlet, self._next)
            self._next += 1
            outlet.topics.add(self._topic)
            return {"subscriptionId": number}
        if method == "userDataStream.unsubscribe":
            self.listeners.pop(outlet, None)
            outlet.topics.discard(self._topic)
            return {}
        raise BinanceError(-1000, f"Unknown method: {method}")

    def tell(self, event: Body) -> None:
        """To every subscription: {"subscriptionId": ..., "event": ...}."""
        for outlet, number in self.listeners.items():
            outlet.send(self._topic, _json({"subscriptionId": number, "event": event}))

    def closed(self, outlet: Outlet) -> None:
        self.listeners.pop(outlet, None)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _result(number: int | str | None, result: object) -> str:
    return _json({"result": result, "id": number})


def _error(number: int | str | None, code: int, message: str) -> str:
    return _json({"error": {"code": code, "msg": message}, "id": number})
