"""What a run says of itself: one document for the terminal, for `status.json` and for `--json`."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import msgspec

from titan.engine.situation import Present
from titan.execution.desk import Desk
from titan.market.freshness import NoPrice
from titan.model.instrument import Instrument
from titan.portfolio.ledger import Ledger
from titan.portfolio.nav import pnl
from titan.risk.restraints import Restraints
from titan.runtime.trading.histogram import Percentiles
from titan.runtime.trading.whole import write_whole
from titan.venues.feed import Feed, State


class PriceLine(msgspec.Struct, frozen=True):
    """`why` is empty while there is a price; then `mid` is one. `mark` is what a position is valued at."""

    instrument: str
    mid: float
    age_ms: float
    why: str = ""
    mark: Decimal | None = None


class PositionLine(msgspec.Struct, frozen=True):
    """`size` in base units, signed; `value` and `unrealised` at the mark, None where there is none; exact."""

    instrument: str
    size: Decimal
    entry: Decimal
    mark: Decimal | None
    value: Decimal | None
    unrealised: Decimal | None


class OrderLine(msgspec.Struct, frozen=True):
    client_id: str
    instrument: str
    side: str
    size: Decimal
    filled: Decimal
    price: Decimal
    state: str
    age_ms: float


class VenueLine(msgspec.Struct, frozen=True):
    """`live` of `connections` bring data; `silent_ms` since the last data row, the worst of them."""

    venue: str
    live: int
    connections: int
    silent_ms: float | None
    latency_ms: float | None
    reconnects: int
    error: str


class JournalLine(msgspec.Struct, frozen=True):
    """`waiting` entries are not in the store yet; `trouble` says why it takes none."""

    store: str
    entries: int
    waiting: int
    trouble: str


class Status(msgspec.Struct, frozen=True):
    """One moment of a run. Money in the quote asset. `state`: starting, trading, halted (by a panic),
    stopping, stopped. `nav` is None while something that is held has no price, `start_nav` until the run has
    looked around; `traded` is false for one that was stopped before it had.
    """

    run_id: str
    mode: str
    state: str
    at_ns: int
    seconds: float
    simulated: bool
    resumed: bool
    traded: bool
    quote: str
    nav: Decimal | None
    start_nav: Decimal | None
    pnl: dict[str, Decimal]
    rows: int
    signals: int
    orders: int
    fills: int
    refusals: dict[str, int]
    prices: tuple[PriceLine, ...]
    positions: tuple[PositionLine, ...]
    in_flight: tuple[OrderLine, ...]
    executions: int
    venues: tuple[VenueLine, ...]
    closed: dict[str, str]
    journal: JournalLine
    latency: dict[str, Percentiles]
    notes: tuple[str, ...] = ()


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
    for ticket in desk.tickets:
        order, request = ticket.order, ticket.order.request
        if not order.state.is_final:
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


def write(status: Status, place: Path) -> None:
    """The document, whole at every moment. Raises OSError."""
    write_whole(place, msgspec.json.format(encoded(status)))


def encoded(status: Status) -> bytes:
    return msgspec.json.Encoder(decimal_format="string").encode(status)
