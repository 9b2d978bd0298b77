"""The double of Binance: every path of spot, USD-M futures and the wallet on the main port; a second port for
futures, where the old `/ws` means futures.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec
from aiohttp import web

from titan.doubles.binance import accounts, algo, listen_keys, market_data, trading
from titan.doubles.binance.calls import Call, Endpoint, Table, admit, parameters
from titan.doubles.binance.errors import BANNED, TOO_MANY, BinanceError
from titan.doubles.binance.rules import PERP_WEIGHT, SPOT_WEIGHT
from titan.doubles.binance.sockets import ApiSocket, MarketSocket
from titan.doubles.binance.streams import Streams
from titan.doubles.binance.user_events import (
    account_position,
    account_update,
    execution_report,
    order_trade_update,
)
from titan.doubles.faults import Faults
from titan.doubles.limits import Limiter, Verdict, Window
from titan.doubles.orders import AccountEvent, BalanceUpdate, ConditionalUpdate, OrderUpdate
from titan.doubles.outlet import Frame, Outlet
from titan.doubles.publish import Tick
from titan.doubles.server import Handler, VenueServer
from titan.doubles.world import World

PING_S: Final = 20.0
"""The venue pings every 20 s on spot and every 3 minutes on futures; a client must answer within a minute."""


class Server(VenueServer):
    """`main` carries everything, `perp` the same with futures under /ws and /stream."""

    def __init__(self, world: World, faults: Faults) -> None:
        super().__init__(world, faults)
        self.keys = listen_keys.ListenKeys(world.random)
        spot: Table = (
            market_data.SPOT | trading.SPOT | accounts.SPOT | self.keys.table("/api/v3/userDataStream")
        )
        perp: Table = market_data.PERP | trading.PERP | algo.PERP | accounts.PERP
        perp |= self.keys.table("/fapi/v1/listenKey")
        self._tables = {"spot": spot, "perp": perp}
        self._limits = {
            "spot": Limiter(Window("1M", 60, SPOT_WEIGHT)),
            "perp": Limiter(Window("1M", 60, PERP_WEIGHT)),
        }
        self._orders = {
            "spot": Limiter(Window("10S", 10, 100), Window("1D", 86_400, 200_000)),
            "perp": Limiter(Window("10S", 10, 300), Window("1M", 60, 1200)),
        }
        self._streams = {
            kind: Streams(world, kind, wanted=self.wanted, publish=self._told) for kind in ("spot", "perp")
        }
        self._sockets = {
            kind: MarketSocket(kind, self.subscribe, self.unsubscribe, self.keys.live)
            for kind in ("spot", "perp")
        }
        self._apis = {
            kind: ApiSocket(world, kind, self._tables[kind], user_topic=f"{kind}|user")
            for kind in ("spot", "perp")
        }

    def _told(self, topic: str, frame: str, numbered: bool) -> None:
        if self.wanted(topic):
            self.publish(topic, frame, numbered=numbered)

    def sites(self) -> Mapping[str, web.Application]:
        return {"main": self._site("spot"), "perp": self._site("perp")}

    def _site(self, bare: str) -> web.Application:
        app = self.application()
        for kind, table in self._tables.items():
            for (method, path), endpoint in table.items():
                app.router.add_route(method, path, self._door(kind, endpoint, method, path))
        for prefix, kind in (("", bare), ("/public", "perp"), ("/market", "perp"), ("/private", "perp")):
            app.router.add_get(f"{prefix}/ws", self._socket(kind))
            app.router.add_get(f"{prefix}/ws/{{names:.*}}", self._socket(kind))
            app.router.add_get(f"{prefix}/stream", self._socket(kind))
        # ccxt.pro takes a socket for spot's where "/stream" is in its address, as in the venue's host.
        app.router.add_get("/stream/ws", self._socket("spot"))
        app.router.add_get("/stream/ws/{names:.*}", self._socket("spot"))
        app.router.add_get("/ws-api/v3", self._api("spot"))
        app.router.add_get("/ws-fapi/v1", self._api("perp"))
        return app

    # REST.

    def _door(self, kind: str, endpoint: Endpoint, method: str, path: str) -> Handler:
        orders = method != "GET" and path.endswith(("/order", "/algoOrder", "/batchOrders", "/cancelReplace"))

        async def answer(request: web.Request) -> web.Response:
            caller, now = request.remote or "", self.world.now()
            verdict = self._limits[kind].charge(caller, endpoint.weight, now)
            headers = {f"X-MBX-USED-WEIGHT-{k}": str(v) for k, v in verdict.used.items()}
            headers["X-MBX-USED-WEIGHT"] = headers.get("X-MBX-USED-WEIGHT-1M", "0")
            if verdict.status == 200 and orders and method != "DELETE":
                verdict = self._orders[kind].charge(request.headers.get("X-MBX-APIKEY", ""), 1, now)
                headers |= {f"X-MBX-ORDER-COUNT-{k}": str(v) for k, v in verdict.used.items()}
            if verdict.status != 200:
                return self._limited(kind, verdict, headers)
            body = (await request.read()).decode("utf-8", "replace")
            query = request.rel_url.raw_query_string
            call = Call(self.world, parameters(query, body), perp=kind == "perp")
            try:
                admit(call, endpoint.permission, request.headers.get("X-MBX-APIKEY", ""), query, body)
                return _json(endpoint.answer(call), 200, headers)
            except BinanceError as no:
                return _json(no.body(), no.status, headers)

        return answer

    def _limited(self, kind: str, verdict: Verdict, headers: dict[str, str]) -> web.Response:
        limit = SPOT_WEIGHT if kind == "spot" else PERP_WEIGHT
        until = self.world.now_ms() + verdict.retry_s * 1000
        text = (TOO_MANY if verdict.status == 429 else BANNED).format(limit=limit, until=until)
        error = BinanceError(-1003, text)
        return _json(error.body(), verdict.status, headers | {"Retry-After": str(verdict.retry_s)})

    def too_many(self, request: web.Request, status: int, retry_s: int) -> web.Response:
        kind = "perp" if request.path.startswith("/fapi") else "spot"
        used = str((SPOT_WEIGHT if kind == "spot" else PERP_WEIGHT) + 1)
        headers = {"X-MBX-USED-WEIGHT-1M": used, "X-MBX-USED-WEIGHT": used}
        return self._limited(kind, Verdict({}, status, retry_s), headers)

    def broken(self, request: web.Request, status: int) -> web.Response:
        error = BinanceError(-1001, "Internal error; unable to process your request. Please try again.")
        return super().broken(request, status) if status != 500 else _json(error.body(), status, {})

    # Sockets.

    def _socket(self, kind: str) -> Handler:
        async def run(request: web.Request) -> web.WebSocketResponse:
            names = [n for n in request.match_info.get("names", "").split("/") if n]
            names += [n for n in request.query.get("streams", "").split("/") if n]
            combined = request.path.endswith("/stream")
            given = {request.query.get("listenKey", ""), *names} & self.keys.live
            of_user = [(listen_keys.TOPIC.format(kind=kind, key=key)) for key in given]
            market = self._sockets[kind]
            begin = market.opened(names, combined=combined)

            def opened(outlet: Outlet) -> None:
                begin(outlet)
                for topic in of_user:
                    self.subscribe(outlet, topic)

            return await self.serve(request, market.heard, opened=opened, heartbeat_s=PING_S)

        return run

    def _api(self, kind: str) -> Handler:
        api = self._apis[kind]

        async def run(request: web.Request) -> web.WebSocketResponse:
            return await self.serve(request, api.heard, closed=api.closed, heartbeat_s=PING_S)

        return run

    # What is told.

    def on_tick(self, tick: Tick) -> None:
        self._streams[str(tick.market.instrument.kind)].on_tick(tick)

    def beat(self) -> None:
        for streams in self._streams.values():
            streams.beat(self.world.now())

    def on_account(self, event: AccountEvent) -> None:
        if isinstance(event, OrderUpdate):
            if event.change == "reject":
                return
            kind = str(event.order.instrument.kind)
            write = execution_report if kind == "spot" else order_trade_update
            self._tell_user(kind, write(self.world, event))
        elif isinstance(event, ConditionalUpdate):
            self._tell_user("perp", algo.algo_update(self.world, event))
        elif isinstance(event, BalanceUpdate) and event.wallet in ("spot", "perp"):
            shown = account_position if event.wallet == "spot" else account_update
            self._tell_user(event.wallet, shown(self.world, event))

    def _tell_user(self, kind: str, event: dict[str, object]) -> None:
        self._apis[kind].tell(event)
        frame: Frame = msgspec.json.encode(event).decode()
        for key in self.keys.live:
            self.publish(listen_keys.TOPIC.format(kind=kind, key=key), frame)
            combined = listen_keys.COMBINED.format(kind=kind, key=key)
            if self.wanted(combined):
                wrapped = msgspec.json.encode({"stream": key, "data": event}).decode()
                self.publish(combined, wrapped)


def _json(body: object, status: int, headers: dict[str, str]) -> web.Response:
    return web.Response(
        body=msgspec.json.encode(body), status=status, headers=headers, content_type="application/json"
    )
