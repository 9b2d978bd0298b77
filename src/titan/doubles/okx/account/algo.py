"""OKX's algo orders: stops, take-profits, pairs of both, and trigger orders, from request to channel.

okx.com/docs-v5 "Order Book Trading > Algo Trading" (text of 2026-07-22, read 2026-11-21). One waits under
its `algoId`; set off, it is `effective` and a usual order stands for it, with an `ordId` of its own, no
`clOrdId`, and both ids of the algo order beside it. What cannot be placed then is `order_failed`; only a
trigger order is made smaller where the money does not suffice.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from titan.doubles.okx.account import algo_bodies as bodies
from titan.doubles.okx.account import reasons
from titan.doubles.okx.account.algo_requests import amended, read
from titan.doubles.okx.account.batches import Done, Params, many, named, page, query
from titan.doubles.okx.account.requests import CLIENT_ID
from titan.doubles.okx.account.trading import coin_of
from titan.doubles.okx.bodies import Body
from titan.doubles.okx.errors import NotDone, Refused
from titan.doubles.okx.listing import Listing
from titan.doubles.orders import Conditional, ConditionalUpdate, Stage, Ticket
from titan.doubles.refusal import Refusal
from titan.doubles.refusal import Refused as Undone
from titan.doubles.world import World

TOLD: Final = frozenset({Stage.WAITING, Stage.PLACED, Stage.CANCELLED, Stage.REFUSED})
"""Stages that the channel tells; it has no word for the others."""
MOST: Final = 10


class Algos:
    """Handlers by method and path; `params` is the query, or the body: an object or a list of them."""

    def __init__(self, world: World, listing: Listing) -> None:
        self._world, self._listing, self._waiting = world, listing, world.conditionals
        self.routes: Final[dict[tuple[str, str], Callable[[object], object]]] = {
            ("POST", "/api/v5/trade/order-algo"): lambda p: self._many([p], self.place),
            ("POST", "/api/v5/trade/cancel-algos"): lambda p: self._many(p, self.cancel),
            ("POST", "/api/v5/trade/amend-algos"): lambda p: self._many([p], self.amend),
            ("GET", "/api/v5/trade/order-algo"): lambda p: [self.details(query(p))],
            ("GET", "/api/v5/trade/orders-algo-pending"): lambda p: self.pending(query(p)),
            ("GET", "/api/v5/trade/orders-algo-history"): lambda p: self.history(query(p)),
        }

    def _many(self, params: object, act: Callable[[Params], Body]) -> Done:
        return many(params, act, self._failed, MOST)

    def _failed(self, asked: Params, e: NotDone) -> Body:
        given, client = str(asked.get("algoId") or ""), str(asked.get("algoClOrdId") or "")
        return bodies.answered(given, client, e.code, e.message)

    def _answered(self, one: Conditional) -> Body:
        extra = one.ticket.extra
        return bodies.answered(str(one.id), str(extra["named"]), tag=str(extra["tag"]))

    def place(self, params: Params) -> Body:
        market, client = self._listing.asked(params), str(params.get("algoClOrdId") or "")
        if client and not CLIENT_ID.fullmatch(client):
            raise NotDone("51000", "Parameter algoClOrdId error")
        ticket, legs = read(market, params)
        try:
            made = self._waiting.place(
                ticket, legs, client_id=client, whole=ticket.extra["whole"] is True,
                shrinks=ticket.extra["algo"] == "trigger",
            )  # fmt: skip
        except Undone as e:
            raise self._undone(e, ticket) from e
        return self._answered(made)

    def amend(self, params: Params) -> Body:
        """What is asked for takes the place of what was asked before; a price of 0 takes a leg away."""
        one = self._find(params, reasons.AMEND_GONE)
        ticket, legs = read(self._listing.of(one.instrument), amended(one.ticket, params))
        ticket.extra |= {"request": str(params.get("reqId") or ""), "amended": True}
        try:
            self._waiting.amend(one, ticket, legs)
        except Undone as e:
            raise self._undone(e, ticket, reasons.AMEND_GONE) from e
        return self._answered(one) | {"reqId": ticket.extra["request"]}

    def _undone(self, e: Undone, ticket: Ticket, gone: tuple[str, str] | None = None) -> NotDone:
        if e.reason is Refusal.ALREADY_DONE and gone is not None:
            return NotDone(*gone)
        if e.reason is Refusal.DUPLICATE_CLIENT_ID:
            name = ticket.extra["named"]
            return NotDone("51068", f"{name} already exists within algoClOrdId and attachAlgoClOrdId.")
        one = self._world.markets[ticket.inst].instrument
        return NotDone(*reasons.refusal(e.reason, coin_of(one, ticket.side)))

    def _find(self, params: Params, gone: tuple[str, str]) -> Conditional:
        given, client = str(params.get("algoId") or ""), str(params.get("algoClOrdId") or "")
        if not given and not client:
            raise NotDone("50014", "Parameter algoId can not be empty.")
        found = self._waiting.find((int(given) if given.isdigit() else -1) if given else None, client)
        if found is None or (
            params.get("instId") and self._listing.of(found.instrument).symbol != params["instId"]
        ):
            raise NotDone(*gone)
        return found

    def cancel(self, params: Params) -> Body:
        gone = reasons.REFUSALS[Refusal.UNKNOWN_ORDER]
        one = self._find(params, gone)
        try:
            self._waiting.cancel(one)
        except Undone as e:
            raise NotDone(*gone) from e
        return self._answered(one)

    def details(self, params: Params) -> Body:
        try:
            return self.body(self._find(params, ("51603", "Order does not exist")))
        except NotDone as e:
            raise Refused(e.code, e.message) from e

    def pending(self, params: Params) -> list[Body]:
        return self._listed(params, self._waiting.open())

    def history(self, params: Params) -> list[Body]:
        if not params.get("state") and not params.get("algoId"):
            raise Refused("50014", "Parameter state can not be empty.")
        return self._listed(params, [c for c in self._waiting.all.values() if not c.is_open])

    def _listed(self, params: Params, known: list[Conditional]) -> list[Body]:
        """Newest first. The type must be named; `conditional,oco` are two."""
        kinds = {k for k in str(params.get("ordType") or "").split(",") if k}
        if not kinds:
            raise Refused("50014", "Parameter ordType can not be empty.")
        rows = [self.body(c) for c in reversed(known) if c.ticket.extra["algo"] in kinds]
        kept = [row for row in rows if named(params, row, "algoId", "instType", "instId", "state")]
        return page(params, kept, "algoId", "cTime")

    def body(self, one: Conditional) -> Body:
        """As REST shows it."""
        market = self._listing.of(one.instrument)
        leverage = "" if market.spot else str(self._world.account.leverage[one.ticket.inst])
        code = reasons.refusal(one.reason, coin_of(one.instrument, one.ticket.side))[0] if one.reason else ""
        return bodies.algo(one, market, leverage=leverage, fail_code=code)

    def pushed(self, event: ConditionalUpdate) -> Body | None:
        """As the channel `orders-algo` shows it, None for what it does not tell."""
        one = event.conditional
        if one.stage not in TOLD:
            return None
        return self.body(one) | bodies.only_pushed(one.ticket.extra)
