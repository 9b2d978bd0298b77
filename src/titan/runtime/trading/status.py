"""The lines of what a run says of itself (`views.status`), from its parts as they are."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from titan.engine.situation import Present
from titan.execution.desk import Desk
from titan.market.freshness import NoPrice
from titan.model.instrument import Instrument
from titan.portfolio.ledger import Ledger
from titan.portfolio.nav import pnl
from titan.risk.restraints import Restraints
from titan.venues.feed import Feed, State
from titan.views.status import OrderLine, PositionLine, PriceLine, VenueLine


def prices(present: Present, instruments: Mapping[str, Instrument]) -> tuple[PriceLine, ...]:
    found, marks = [], present.marks()
    for name in instruments:
        price, mark = present.price(name), marks.get(name)
        if isinstance(price, NoPrice):
            why = price.reason.name.lower().replace("_", " ")
            found.append(PriceLine(name, 0.0, price.age_ns / 1e6, why, mark))
        else:
            found.append(PriceLine(name, price.mid, (present.now_ns - price.ts) / 1e6, mark=mark))
    return tuple(found)


def positions(
    ledger: Ledger, present: Present, instruments: Mapping[str, Instrument]
) -> tuple[PositionLine, ...]:
    marks, found = present.marks(), []
    for position in ledger.positions():
        rules, mark = instruments[position.instrument], marks.get(position.instrument)
        if position.lots == 0:
            continue
        size = position.lots * rules.lot
        value = size * mark if mark is not None else None
        gained = value - position.cost if value is not None else None
        found.append(PositionLine(position.instrument, size, position.cost / size, mark, value, gained))
    return tuple(found)


def in_flight(desk: Desk, instruments: Mapping[str, Instrument], now_ns: int) -> tuple[OrderLine, ...]:
    found = []
    for ticket in desk.live:
        order, request = ticket.order, ticket.order.request
        rules = instruments[request.instrument]
        found.append(
            OrderLine(
                request.client_id, request.instrument, request.side.name.lower(),
                rules.size(request.lots), rules.size(order.filled_lots),
                rules.price(request.limit_ticks), str(order.state), (now_ns - order.sent_ns) / 1e6,
            )
        )  # fmt: skip
    return tuple(found)


def venues(feeds: Mapping[str, Feed], now_ns: int) -> tuple[VenueLine, ...]:
    found = []
    for name, feed in feeds.items():
        health = feed.health()
        heard = [h.last_data for h in health if h.last_data]
        late = [h.latency_ns for h in health if h.latency_ns is not None]
        found.append(
            VenueLine(
                name,
                sum(h.state in (State.LIVE, State.REPLACING) for h in health),
                len(health),
                (now_ns - min(heard)) / 1e6 if heard else None,
                max(late) / 1e6 if late else None,
                sum(h.reconnects for h in health),
                "; ".join(dict.fromkeys(h.error for h in health if h.error)),
            )
        )
    return tuple(found)


def money(ledger: Ledger, present: Present) -> dict[str, Decimal]:
    """Where the profit comes from, by name."""
    found = pnl(ledger, present.marks())
    return {name: getattr(found, name) for name in found.__struct_fields__}


def imposed(restraints: Restraints) -> dict[str, str]:
    """What stands besides latches, by name: as "reduce-only for binance.spot.BTCUSDT: why"."""
    return {
        name: f"{override} for {scope}: {reason}"
        for name, (scope, override, reason) in restraints.standing().items()
    }
