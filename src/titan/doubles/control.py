"""The double's own paths, which no venue has: faults at run time, and the truth to compare with.

POST /_titan/faults   a fault, a list of faults or {"clear": true}; GET says how often each happened
GET  /_titan/truth    books, orders, fills, balances and positions; ?instrument=ID for one market's book
"""

from __future__ import annotations

import msgspec
from aiohttp import web

from titan.doubles.faults import Fault, Faults
from titan.doubles.market import Market
from titan.doubles.orders import Order
from titan.doubles.world import World


def add_control(app: web.Application, world: World, faults: Faults) -> None:
    async def inject(request: web.Request) -> web.Response:
        try:
            given = msgspec.json.decode(await request.read())
            if isinstance(given, dict) and given.get("clear"):
                faults.clear()
                return web.json_response({"faults": []})
            listed = given.get("fault", [given]) if isinstance(given, dict) else given
            faults.add(msgspec.convert(listed, list[Fault]))
        except msgspec.DecodeError as e:
            return web.json_response({"error": str(e)}, status=400)
        return web.json_response({"faults": faults.counts()})

    async def standing(request: web.Request) -> web.Response:
        del request
        return web.json_response({"faults": faults.counts()})

    async def tell(request: web.Request) -> web.Response:
        return web.json_response(truth(world, request.query.get("instrument")))

    app.router.add_post("/_titan/faults", inject)
    app.router.add_get("/_titan/faults", standing)
    app.router.add_get("/_titan/truth", tell)


def truth(world: World, instrument: str | None = None) -> dict[str, object]:
    """Everything the double knows, numbers as text."""
    markets = [m for m in world.markets if instrument in (None, m.instrument.id)]
    return {
        "venue": world.venue,
        "now_ns": world.now(),
        "markets": {m.instrument.id: _book(m) for m in markets},
        "orders": [_order(o) for o in world.desk.orders.values()],
        "balances": {
            wallet: {
                asset: {"total": str(b.total), "free": str(b.free), "locked": str(b.locked)}
                for asset, b in world.account.balances(wallet).items()
            }
            for wallet in ("spot", "perp", "fund")
        },
        "positions": {p.market.instrument.id: str(p.size) for p in world.account.positions()},
    }


def _book(m: Market) -> dict[str, object]:
    return {
        "bids": [[str(m.price(ticks)), str(m.size(lots))] for ticks, lots in reversed(m.bids.items())],
        "asks": [[str(m.price(ticks)), str(m.size(lots))] for ticks, lots in m.asks.items()],
        "update_id": m.update_id,
        "trade_id": m.trade_id,
        "last": str(m.price(m.last_ticks)),
        "mark": str(m.mark_price),
        "time_ns": m.book_ns,
    }


def _order(o: Order) -> dict[str, object]:
    return {
        "id": o.id,
        "client_id": o.client_id,
        "instrument": o.instrument.id,
        "side": o.side.name.lower(),
        "type": o.type.name.lower(),
        "qty": str(o.qty),
        "price": str(o.price),
        "state": str(o.state),
        "reason": o.reason.name,
        "filled": str(o.filled_qty),
        "value": str(o.quote_filled),
        "fills": [
            {"id": f.id, "price": str(o.instrument.price(f.ticks)), "qty": str(o.instrument.size(f.lots))}
            for f in o.fills
        ],
    }
