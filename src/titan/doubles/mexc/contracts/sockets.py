"""MEXC's contract socket at `/edge`: public channels, login, and what is pushed to who logged in.

www.mexc.com/api-docs/futures/websocket-api (read 2026-11-21). A request is `sub.<channel>` or
`unsub.<channel>` with `param`, answered by `rs.<method>` or `rs.error`; a client that sends no ping for a
minute is cut off. After a login everything personal is pushed, until `personal.filter` chooses. Frames are
plain text also where a client asks for gzip.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Final

import msgspec
from aiohttp import web

from titan.doubles.feeds import Body
from titan.doubles.hub import Hub, Running, text
from titan.doubles.market_text import MS
from titan.doubles.mexc.contracts.account import WALLET
from titan.doubles.mexc.contracts.gate import Refused
from titan.doubles.mexc.contracts.market import CHANNELS, INTERVALS, feed, ticker
from titan.doubles.mexc.contracts.orders import waits
from titan.doubles.orders import AccountEvent, BalanceUpdate, OrderUpdate, PositionUpdate
from titan.doubles.outlet import Frame, Outlet
from titan.doubles.server import VenueServer
from titan.model.order import OrderType

if TYPE_CHECKING:
    from titan.doubles.mexc.contracts.contract import Contract

PERSONAL: Final = (
    "order", "order.deal", "position", "plan.order", "stop.order", "stop.planorder", "risk.limit",
    "adl.level", "asset",
)  # fmt: skip
SILENT_NS: Final = 60_000_000_000
TICKERS_NS: Final = 2_000_000_000
TICKERS: Final = "edge/tickers"
Param = Mapping[str, object]


class Sockets:
    """All sockets at `/edge`; a session knows when it was heard, and whether it logged in."""

    def __init__(self, server: VenueServer, contract: Contract) -> None:
        self._server, self._contract = server, contract
        self.hub = Hub(server)
        self._told_ns = 0

    async def entry(self, request: web.Request) -> web.WebSocketResponse:
        return await self._server.serve(request, self._heard, opened=self._noted)

    def _noted(self, outlet: Outlet) -> None:
        outlet.session["edge"] = self._now()

    def _now(self) -> int:
        """The world's clock without the skew that clients see."""
        return self._server.world.now() - self._server.world.skew_ns

    def beat(self) -> None:
        """Cut off who is silent; tell all tickers every two seconds."""
        now = self._now()
        for outlet in tuple(self._server.outlets):
            if now - int(str(outlet.session.get("edge", now))) > SILENT_NS:
                outlet.cut()
        if now - self._told_ns >= TICKERS_NS and self._server.wanted(TICKERS):
            self._told_ns = now
            self._server.publish(TICKERS, self._said("push.tickers", self._tickers()))

    def _tickers(self) -> list[Body]:
        return [ticker(m) for m in self._contract.listing.all]

    def _said(self, channel: str, data: object) -> str:
        return text({"channel": channel, "data": data, "ts": self._server.world.now_ms()})

    def _say(self, outlet: Outlet, channel: str, data: object) -> None:
        outlet.send(channel, self._said(channel, data))

    def _heard(self, outlet: Outlet, frame: Frame) -> None:
        try:
            asked = msgspec.json.decode(frame)
        except (ValueError, msgspec.DecodeError, RecursionError):
            asked = None
        if not isinstance(asked, dict):
            self._say(outlet, "rs.error", "Invalid request")
            return
        method, given = str(asked.get("method", "")), asked.get("param")
        param: Param = given if isinstance(given, dict) else {}
        verb, _, name = method.partition(".")
        if method == "ping":
            self._noted(outlet)
            outlet.send("pong", text({"channel": "pong", "data": self._server.world.now_ms()}), vital=True)
        elif method == "login":
            self._login(outlet, param, pushes=asked.get("subscribe") is not False)
        elif method == "personal.filter":
            self._filter(outlet, param)
        elif verb in ("sub", "unsub") and (name in CHANNELS or name == "tickers"):
            self._channel(outlet, verb, name, param)
        else:
            self._say(outlet, "rs.error", f"Method [{method[:60]}] does not exist")

    def _channel(self, outlet: Outlet, verb: str, name: str, param: Param) -> None:
        symbol, argument = str(param.get("symbol", "")), _argument(name, param)
        if name != "tickers" and not self._contract.listing.has(symbol):
            self._say(outlet, "rs.error", f"Contract [{symbol[:40]}] does not exist")
            return
        if argument is None and verb == "sub":
            self._say(outlet, "rs.error", f"Parameter of [{name}] is not valid")
            return
        self._say(outlet, f"rs.{verb}.{name}", "success")
        topic = TICKERS if name == "tickers" else f"edge/{name}@{symbol}"
        if verb == "unsub":
            for old in [t for t in outlet.topics if t == topic or t.startswith(f"{topic}@")]:
                self._server.unsubscribe(outlet, old)
            return
        if name == "tickers":
            self._server.subscribe(outlet, topic)
            self._say(outlet, "push.tickers", self._tickers())
            return
        topic, market = f"{topic}@{argument}" if argument else topic, self._contract.listing.named(symbol)
        if topic not in outlet.topics:
            make = partial(feed, name, market, argument or "")
            self.hub.join(outlet, topic, lambda: Running(make(), market.market.index, name == "depth"))

    # What is personal.

    def _login(self, outlet: Outlet, param: Param, *, pushes: bool) -> None:
        try:
            self._contract.gate.login(param)
        except Refused as e:
            self._say(outlet, "rs.error", e.message)
            return
        outlet.session["member"] = True
        self._say(outlet, "rs.login", "success")
        self._choose(outlet, [_topic(name) for name in PERSONAL] if pushes else [])

    def _filter(self, outlet: Outlet, param: Param) -> None:
        """`filters` name channels, `rules` their contracts; without any, all is pushed again."""
        every: list[object] = [{"filter": name} for name in PERSONAL]
        filters = param.get("filters") or every
        rows = [f for f in filters if isinstance(f, dict)] if isinstance(filters, list) else []
        if "member" not in outlet.session or not rows or any(f.get("filter") not in PERSONAL for f in rows):
            self._say(outlet, "rs.error", "Not logged in, or the filter is not valid")
            return
        topics = []
        for one in rows:
            name, rules = str(one["filter"]), one.get("rules")
            some = isinstance(rules, list) and name not in ("asset", "adl.level")
            topics += [_topic(name, str(rule)) for rule in rules or [""]] if some else [_topic(name)]
        self._say(outlet, "rs.personal.filter", "success")
        self._choose(outlet, topics)

    def _choose(self, outlet: Outlet, topics: list[str]) -> None:
        for old in [t for t in outlet.topics if t.startswith("edge/personal.")]:
            self._server.unsubscribe(outlet, old)
        for topic in topics:
            self._server.subscribe(outlet, topic)

    def tell(self, event: AccountEvent) -> None:
        """Push what changed of the account."""
        account, at = self._contract.account, event.time_ns
        if isinstance(event, BalanceUpdate) and event.wallet == WALLET:
            for coin in event.assets:
                self._push("asset", "", at, account.asset, coin)
        elif isinstance(event, PositionUpdate):
            symbol = self._contract.listing.of(event.inst).symbol
            self._push("position", symbol, at, account.position, account.rounds.last(event.inst))
        elif isinstance(event, OrderUpdate) and self._contract.listing.has(event.order.inst):
            self._order(event)

    def _order(self, event: OrderUpdate) -> None:
        """A refused order is told by its answer alone."""
        order, trading, at = event.order, self._contract.trading, event.time_ns
        symbol = self._contract.listing.of(order.inst).symbol
        if order.type is OrderType.STOP and (waits(order) or event.change == "trigger"):
            self._push("plan.order", symbol, at, trading.plan_body, order)
        if event.fill is not None:
            self._push("order.deal", symbol, at, trading.fill_body, order, event.fill)
        if not waits(order) and event.change != "reject":
            self._push("order", symbol, at, trading.body, order)

    def _push(self, name: str, symbol: str, at: int, write: Callable[..., Body], *of: object) -> None:
        topics = {t for t in (_topic(name), _topic(name, symbol)) if self._server.wanted(t)}
        if topics:
            frame = text({"channel": f"push.personal.{name}", "data": write(*of), "ts": at // MS})
            for topic in topics:
                self._server.publish(topic, frame)


def _topic(name: str, symbol: str = "") -> str:
    return f"edge/personal.{name}@{symbol}" if symbol else f"edge/personal.{name}"


def _argument(name: str, param: Param) -> str | None:
    """What a channel wants besides a contract, "" for nothing; None where that is wrong."""
    if name == "kline":
        interval = str(param.get("interval", ""))
        return interval if interval in INTERVALS else None
    limit = str(param.get("limit") or 20)
    return "" if name != "depth.full" else limit if limit in ("5", "10", "20") else None
