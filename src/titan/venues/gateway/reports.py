"""What a venue says of our orders, by stream or by poll, as events: each fact once, in whatever order.

A fill is known by its instrument and trade id. A fill whose order id is not ours yet (the stream was quicker
than the answer) waits until it is. An order that ended is reported only when all its fills were, so that
nobody sees "cancelled" while a fill is on its way; whoever feeds this asks for them where `owed` says so.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import msgspec

from titan.model.account import VenueOrder
from titan.model.events import OrderReport, VenueEvent
from titan.model.fill import Fill, Liquidity
from titan.model.order import OrderEvent, OrderState, OrderType, Side, TimeInForce
from titan.model.signal import Intent
from titan.venues.gateway.ids import IdFormat
from titan.venues.gateway.mexc import mended
from titan.venues.gateway.rules import Listed, decimal

MS: Final = 1_000_000
_KEPT: Final = 10_000
"""Fills of orders that nobody here sent are kept this many, in case they turn out to be ours."""
_STATES: Final = {
    "open": OrderState.OPEN, "closed": OrderState.FILLED, "canceled": OrderState.CANCELLED,
    "canceling": OrderState.OPEN, "expired": OrderState.EXPIRED, "rejected": OrderState.REJECTED,
}  # fmt: skip
_IDS: Final = ("clientOrderId", "orderLinkId", "clOrdId", "algoClOrdId", "cl_ord_id", "externalOid", "c")


class Sent(msgspec.Struct):
    """An order of ours. `venue_ids` are all ids that it goes by: a stop gets another when it is triggered."""

    client_id: str
    intent: Intent
    listed: Listed
    sent_ns: int
    venue_ids: set[str] = set()
    accepted: bool = False
    cancelling: bool = False
    ended: OrderEvent | None = None
    """Its end was reported, or it is known and waits for the fills that are owed."""
    end_reason: str = ""
    end_ns: int = 0
    told_end: bool = False
    filled: int = 0
    said_filled: int = 0
    """Lots that the venue says are filled; more than `filled` while fills are owed."""

    @property
    def owed(self) -> bool:
        return self.said_filled > self.filled

    @property
    def done(self) -> bool:
        return self.told_end or self.filled >= self.intent.lots


class Reports:
    """`find` gives the instrument of a ccxt symbol; `now` is ns UTC."""

    def __init__(self, ids: IdFormat, find: Callable[[str], Listed | None], now: Callable[[], int]) -> None:
        self._ids, self._find, self._now = ids, find, now
        self._sink: Callable[[VenueEvent], None] | None = None
        self.sent: dict[str, Sent] = {}
        self._by_venue_id: dict[str, Sent] = {}
        self._seen: set[str] = set()
        self._early: OrderedDict[str, list[Mapping[str, Any]]] = OrderedDict()
        self.strange = 0
        """Fills that could not be read."""

    def subscribe(self, sink: Callable[[VenueEvent], None]) -> None:
        self._sink = sink

    def open(self) -> list[Sent]:
        return [s for s in self.sent.values() if not s.done]

    def add(self, sent: Sent) -> None:
        self.sent[sent.client_id] = sent

    def recall(self, sent: Sent, known: Sequence[Fill]) -> None:
        """An order of an earlier process, of which these fills were told."""
        self.add(sent)
        for fill in known:
            if fill.id not in self._seen:
                self._seen.add(fill.id)
                sent.filled += fill.lots
                sent.accepted = True

    def tell(self, client_id: str, event: OrderEvent, reason: str = "", venue_ns: int = 0) -> None:
        """Our own word, or the venue's that came as an error."""
        sent = self.sent.get(client_id)
        if sent is None or sent.done:
            return
        if event in (OrderEvent.REJECT, OrderEvent.CANCEL, OrderEvent.EXPIRE):
            self._end(sent, event, reason, venue_ns)
            return
        self._emit(OrderReport(client_id, event, venue_ns, self._now(), reason))

    def order(self, order: Mapping[str, Any]) -> Sent | None:
        """One ccxt order, of any time; None when it is not ours."""
        sent = self._of(order)
        if sent is None:
            return None
        self._learn(sent, order)
        state = _STATES.get(str(order.get("status")))
        when = int(decimal(order.get("lastUpdateTimestamp") or order.get("timestamp"))) * MS
        if state is not None and state is not OrderState.REJECTED:
            self._accept(sent, when)
        filled = order.get("filled")
        if filled is not None:
            sent.said_filled = max(sent.said_filled, sent.listed.lots(filled))
        if state in (OrderState.CANCELLED, OrderState.EXPIRED, OrderState.REJECTED):
            self._end(sent, _end_of(sent, state), _reason(order), when)
        elif state is OrderState.FILLED:
            sent.said_filled = max(sent.said_filled, sent.intent.lots if filled is None else 0)
            if 0 < sent.said_filled < sent.intent.lots:  # "closed" with a remainder: it will not fill
                self._end(sent, _end_of(sent, OrderState.CANCELLED), _reason(order), when)
        for trade in order.get("trades") or ():
            if trade.get("price") is not None and trade.get("id") is not None:
                self.trade({**trade, "order": trade.get("order") or order.get("id")})
        return sent

    def unknown(self, sent: Sent, order: Mapping[str, Any]) -> list[str]:
        """Ids of fills that a ccxt order names and that were not told yet."""
        ids = (str(trade["id"]) for trade in order.get("trades") or () if trade.get("id"))
        return [one for one in ids if f"{sent.listed.instrument.id}-{one}" not in self._seen]

    def trade(self, trade: Mapping[str, Any]) -> bool:
        """One ccxt trade of our account; True when it told something new."""
        listed = self._find(str(trade.get("symbol")))
        if listed is None or trade.get("id") is None:
            return False
        key = f"{listed.instrument.id}-{trade['id']}"
        if key in self._seen:
            return False
        sent = self._of(trade)
        if sent is None:
            self._keep(trade)
            return False
        try:
            fill = fill_of(trade, listed, sent.client_id, key, self._now())
        except ValueError:
            self.strange += 1
            return False
        self._seen.add(key)
        sent.filled += fill.lots
        sent.accepted = True
        self._emit(fill)
        self._settle(sent)
        return True

    def owner(self, trade: Mapping[str, Any]) -> str:
        """The client order id of our order that this trade filled, else ""."""
        sent = self._of(trade)
        return sent.client_id if sent is not None else ""

    def client_id_of(self, venue_id: str) -> str:
        """Of our order that the venue calls so, else ""."""
        sent = self._by_venue_id.get(venue_id)
        return sent.client_id if sent is not None else ""

    def _of(self, said: Mapping[str, Any]) -> Sent | None:
        venue_id = said.get("order") if "takerOrMaker" in said else said.get("id")
        sent = self._by_venue_id.get(str(venue_id)) if venue_id else None
        if sent is not None:
            return sent
        info = said.get("info") or {}
        for written in (said.get("clientOrderId"), *(info.get(n) for n in _IDS if isinstance(info, Mapping))):
            if isinstance(written, str) and (sent := self.sent.get(self._ids.to_ours(written))) is not None:
                if venue_id:
                    self._name(sent, str(venue_id))
                return sent
        return None

    def _learn(self, sent: Sent, order: Mapping[str, Any]) -> None:
        info = order.get("info")
        others = (info.get("actualOrderId"), info.get("ordId")) if isinstance(info, Mapping) else ()
        for venue_id in (order.get("id"), *others):
            if venue_id not in (None, "", 0, "0"):
                self._name(sent, str(venue_id))

    def _name(self, sent: Sent, venue_id: str) -> None:
        """From now on this id means this order; fills that waited for it are heard."""
        if venue_id in sent.venue_ids:
            return
        sent.venue_ids = sent.venue_ids | {venue_id}
        self._by_venue_id[venue_id] = sent
        for trade in self._early.pop(venue_id, ()):
            self.trade(trade)

    def name(self, client_id: str, venue_id: str) -> None:
        """The answer to a submission said its id."""
        self._name(self.sent[client_id], venue_id)

    def _keep(self, trade: Mapping[str, Any]) -> None:
        self._early.setdefault(str(trade.get("order")), []).append(trade)
        while len(self._early) > _KEPT:
            self._early.popitem(last=False)

    def _accept(self, sent: Sent, when: int) -> None:
        if not sent.accepted and not sent.done:
            sent.accepted = True
            self._emit(OrderReport(sent.client_id, OrderEvent.ACCEPT, when, self._now()))

    def _end(self, sent: Sent, event: OrderEvent, reason: str, when: int) -> None:
        if sent.ended is None:
            if event is OrderEvent.REJECT and sent.accepted:
                event = OrderEvent.CANCEL  # accepted first and turned down later: it did rest
            sent.ended, sent.end_reason, sent.end_ns = event, reason, when
        self._settle(sent)

    def _settle(self, sent: Sent) -> None:
        if sent.ended is not None and not sent.told_end and not sent.owed and sent.filled < sent.intent.lots:
            sent.told_end = True
            self._emit(OrderReport(sent.client_id, sent.ended, sent.end_ns, self._now(), sent.end_reason))

    def _emit(self, event: VenueEvent) -> None:
        if self._sink is not None:
            self._sink(event)


def fill_of(trade: Mapping[str, Any], listed: Listed, client_id: str, key: str, local_ns: int) -> Fill:
    """Raises ValueError for a trade that cannot be: no side, no whole lots, no price."""
    trade = mended(trade, listed)
    side, lots, price = trade.get("side"), listed.lots(trade.get("amount")), decimal(trade.get("price"))
    if side not in ("buy", "sell") or lots <= 0 or price <= 0:
        raise ValueError(f"{key}: {side} {lots} lots at {price}")
    cost, asset = _fee(trade, listed)
    return Fill(
        id=key,
        client_id=client_id,
        instrument=listed.instrument.id,
        side=Side.BUY if side == "buy" else Side.SELL,
        ticks=listed.ticks(price),
        lots=lots,
        fee=cost,
        fee_asset=asset,
        liquidity=Liquidity.MAKER if trade.get("takerOrMaker") == "maker" else Liquidity.TAKER,
        venue_ns=int(decimal(trade.get("timestamp"))) * MS,
        local_ns=local_ns,
    )


def venue_order(order: Mapping[str, Any], listed: Listed, ids: IdFormat) -> VenueOrder:
    """A ccxt order as reconciliation sees it. A filled order is FILLED only when it is whole."""
    order = mended(order, listed)
    lots, filled = listed.lots_begun(order.get("amount")), listed.lots_begun(order.get("filled") or 0)
    state = _STATES.get(str(order.get("status")), OrderState.UNKNOWN)
    if state is OrderState.OPEN and filled:
        state = OrderState.PARTIAL
    if state is OrderState.FILLED and filled < lots:
        state = OrderState.CANCELLED
    stop = order.get("stopLossPrice") or order.get("triggerPrice")
    limit = order.get("price") if order.get("type") == "limit" else None
    kind = OrderType.STOP if decimal(stop) > 0 else OrderType.LIMIT if limit else OrderType.MARKET
    return VenueOrder(
        client_id=ids.to_ours(_written(order)),
        venue_id=str(order.get("id") or ""),
        instrument=listed.instrument.id,
        side=Side.BUY if order.get("side") == "buy" else Side.SELL,
        type=kind,
        state=state,
        lots=lots,
        filled_lots=filled,
        limit_ticks=listed.ticks(limit),
        stop_ticks=listed.ticks(stop) if kind is OrderType.STOP else 0,
        venue_ns=int(decimal(order.get("timestamp"))) * MS,
        reason=_reason(order),
    )


def untraded_order(order: Mapping[str, Any], name: str) -> VenueOrder:
    """An order of what Titan does not trade, as far as that can be told without its rules: no prices, and
    its size in whole contracts, rounded up.
    """
    return VenueOrder(
        client_id="",
        venue_id=str(order.get("id") or ""),
        instrument=name,
        side=Side.BUY if order.get("side") == "buy" else Side.SELL,
        type=OrderType.LIMIT if order.get("type") == "limit" else OrderType.MARKET,
        state=_STATES.get(str(order.get("status")), OrderState.UNKNOWN),
        lots=math.ceil(decimal(order.get("amount"))),
        filled_lots=math.floor(decimal(order.get("filled"))),
        limit_ticks=0,
        stop_ticks=0,
        venue_ns=int(decimal(order.get("timestamp"))) * MS,
        reason=_reason(order),
    )


def _written(order: Mapping[str, Any]) -> str:
    info = order.get("info")
    found = order.get("clientOrderId")
    if not found and isinstance(info, Mapping):
        found = next((info[n] for n in _IDS if info.get(n)), "")
    return str(found or "")


def _fee(trade: Mapping[str, Any], listed: Listed) -> tuple[Decimal, str]:
    fees = [f for f in (trade.get("fees") or [trade.get("fee")]) if f and f.get("cost") is not None]
    if not fees:
        return Decimal(0), listed.instrument.quote
    info = trade.get("info")
    said = info.get("feeCurrency") if isinstance(info, Mapping) else None
    if said:  # Bybit's word; ccxt's own guesses, and guesses the coin that was bought
        return sum((decimal(f["cost"]) for f in fees), Decimal(0)), str(said)
    asset = str(fees[0].get("currency") or listed.instrument.quote)
    return sum((decimal(f["cost"]) for f in fees if (f.get("currency") or asset) == asset), Decimal(0)), asset


def _end_of(sent: Sent, state: OrderState) -> OrderEvent:
    """Venues call it cancelled when an IOC's remainder ends; only what we asked for is a cancel."""
    if state is OrderState.REJECTED:
        return OrderEvent.REJECT
    at_once = sent.intent.tif in (TimeInForce.IOC, TimeInForce.FOK) or sent.intent.type is OrderType.MARKET
    return (
        OrderEvent.EXPIRE
        if (state is OrderState.EXPIRED or at_once) and not sent.cancelling
        else OrderEvent.CANCEL
    )


_NO_REASON: Final = ("EC_NoError", "EC_PerCancelRequest", "0", "NONE", "")


def _reason(order: Mapping[str, Any]) -> str:
    info = order.get("info")
    if not isinstance(info, Mapping):
        return ""
    for name in ("rejectReason", "cancelType", "reason", "cancelSourceReason", "failCode", "r"):
        said = info.get(name)
        if isinstance(said, str) and said not in _NO_REASON:
            return said
    return ""
