"""What a run would have said of itself at a moment (`views.status`), from its replica and its market then.

What neither tells is left out: connections, latencies, wallets. NAV and profit are those of the last
valuation before the moment; positions and holdings are valued at the moment's own prices.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final, NamedTuple

import msgspec

from titan.api.replay.market import Seen
from titan.execution.sagas.legs import unit_size
from titan.model.errors import InstrumentError
from titan.model.instrument import Instrument, InstrumentKind
from titan.model.money import ZERO, exact
from titan.model.signal import Purpose
from titan.runtime.config.limits import LimitsConfig
from titan.runtime.trading.showing import deployable, ladder
from titan.strategies.sentinel.params import SentinelParams
from titan.views.course import Course
from titan.views.frame import WHY
from titan.views.replica import Replica, Sent
from titan.views.status import (
    BACKTEST,
    HoldingLine,
    JournalLine,
    OrderLine,
    PairLine,
    PositionLine,
    PriceLine,
    Status,
)

Marks = Mapping[str, Decimal]
Rules = Mapping[str, Instrument]
NO_LIMITS: Final = LimitsConfig()


class Facts(NamedTuple):
    """What is so of a run at all its moments; `store` is where its journal is."""

    run_id: str
    mode: str
    simulated: bool
    strategy: str
    quote: str
    start_nav: Decimal | None
    began_ns: int
    ended_ns: int
    store: str


class Worth(NamedTuple):
    """Of the last valuation, at `at_ns`."""

    nav: Decimal
    delta: Decimal
    deployed: Decimal
    pnl: dict[str, Decimal]
    at_ns: int


class Counts(NamedTuple):
    """Of the run, up to the moment."""

    entries: int = 0
    rows: int = 0
    signals: int = 0
    orders: int = 0


def status_at(
    at_ns: int, replica: Replica, facts: Facts, worth: Worth | None, seen: Seen, counts: Counts,
    limits: LimitsConfig, params: SentinelParams | None,
) -> Status:  # fmt: skip
    nav = worth.nav if worth is not None else None
    rules = replica.rules
    return Status(
        run_id=facts.run_id, mode=facts.mode, state=_state(replica, facts, at_ns), at_ns=at_ns,
        seconds=max(at_ns - facts.began_ns, 0) / 1e9, simulated=facts.simulated,
        resumed=replica.resumed > 0, traded=True, quote=facts.quote, nav=nav, start_nav=facts.start_nav,
        pnl=worth.pnl if worth is not None else {}, rows=counts.rows, signals=counts.signals,
        orders=counts.orders, fills=replica.fills, refusals=dict(replica.refusals),
        prices=tuple(_prices(at_ns, seen)), positions=tuple(_positions(replica, seen.marks)),
        in_flight=tuple(_orders(replica, at_ns)), executions=len(replica.wishes), venues=(),
        closed={one.name: f"{one.mode.lower().replace('_', '-')}: {one.reason}"
                for one in replica.imposed.values()},
        journal=JournalLine(facts.store, counts.entries, 0, ""), latency={}, strategy=facts.strategy,
        delta=worth.delta if worth is not None else None, warn=limits.delta_warn, act=limits.delta_hedge,
        ladder=ladder(limits), deployed=worth.deployed if worth is not None else None,
        deployable=deployable(params, nav) if params is not None else None,
        pairs=tuple(_pairs(replica, seen)),
        holdings=tuple(_holding(one, rules, seen.marks, facts.quote) for one in replica.holdings.values()),
    )  # fmt: skip


def _state(replica: Replica, facts: Facts, at_ns: int) -> str:
    if replica.stopped is not None or (facts.mode == BACKTEST and at_ns >= facts.ended_ns):
        return "stopped"
    return "halted" if "panic" in replica.latches else "trading"


def _prices(at_ns: int, seen: Seen) -> Iterator[PriceLine]:
    for name, one in zip(seen.names, seen.shown, strict=True):
        heard = int(one["heard_ns"])
        age_ms = (at_ns - heard) / 1e6 if heard else -1.0
        yield PriceLine(name, float(one["mid"]), age_ms, WHY[int(one["why"])], seen.marks.get(name))


def _pairs(replica: Replica, seen: Seen) -> Iterator[PairLine]:
    """A pair that an execution left to the operator is opened by him only."""
    stuck = {course.pair for course in replica.holdings.values() if course.stuck}
    for line in seen.pairs:
        yield msgspec.structs.replace(line, blocked=True) if line.pair in stuck else line


def _positions(replica: Replica, marks: Marks) -> Iterator[PositionLine]:
    for one in replica.positions.values():
        rules, mark = replica.rules[one.instrument], marks.get(one.instrument)
        if not one.lots:
            continue
        with exact():
            size = one.lots * rules.lot
            value = None if mark is None else size * mark
            gained = None if value is None else value - one.cost
        yield PositionLine(one.instrument, size, one.cost / size, mark, value, gained)


def _orders(replica: Replica, at_ns: int) -> Iterator[OrderLine]:
    for sent in replica.working.values():
        rules = replica.rules.get(sent.order.request.instrument)
        if rules is not None:
            yield _order(sent, rules, at_ns)


def _order(sent: Sent, rules: Instrument, at_ns: int) -> OrderLine:
    order, asked = sent.order, sent.order.request
    return OrderLine(
        asked.client_id, asked.instrument, asked.side.name.lower(), rules.size(asked.lots),
        rules.size(order.filled_lots), rules.price(asked.limit_ticks), order.state.value,
        (at_ns - order.sent_ns) / 1e6,
    )  # fmt: skip


def _holding(one: Course, rules: Rules, marks: Marks, quote: str) -> HoldingLine:
    held, goal = one.units, one.units
    if one.flight:
        goal = max(one.planned, held) if one.purpose is Purpose.ENTRY else max(held - one.planned, 0)
    unit, mark = _unit(one, rules), marks.get(one.spot)
    with exact():
        value = None if mark is None else held * unit * mark
        pnl = _pnl(one, rules, marks, quote)
    return HoldingLine(
        one.id, one.pair, one.type, one.spot, one.perp, held * unit, goal * unit, value, pnl, one.flight,
        one.purpose.value if one.flight else "",
    )  # fmt: skip


def _unit(one: Course, rules: Rules) -> Decimal:
    try:
        return unit_size(rules[one.spot], rules[one.perp])
    except (KeyError, InstrumentError):
        return ZERO


def _pnl(one: Course, rules: Rules, marks: Marks, quote: str) -> dict[str, Decimal] | None:
    """By source, with slippage in the basis; None where something of it has no price in `quote`."""
    basis, fees = ZERO, ZERO
    for leg in one.legs.values():
        known, mark = rules.get(leg.instrument), marks.get(leg.instrument)
        if known is None or known.quote != quote or (leg.lots and mark is None):
            return None
        basis += leg.realised + (leg.unrealised(known, mark) if mark is not None else ZERO)
    for asset, amount in one.fees.items():
        price = Decimal(1) if asset == quote else _price(asset, rules, marks, quote)
        if amount and price is None:
            return None
        fees -= amount * (price or ZERO)
    return {"funding": one.funding, "basis": basis, "fees": fees}


def _price(asset: str, rules: Rules, marks: Marks, quote: str) -> Decimal | None:
    """Of a coin that fees were paid in."""
    spots = (i for i in rules.values() if i.kind is InstrumentKind.SPOT and i.id in marks)
    return next((marks[i.id] for i in spots if (i.base, i.quote) == (asset, quote)), None)
