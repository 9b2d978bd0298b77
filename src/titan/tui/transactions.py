"""What was done for one position, line by line: signal, wishes, orders, fills, funding, refusals, ends."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import islice
from typing import Any, Final, NamedTuple

import msgspec
from rich.text import Text

from titan.model.events import OrderReport, Refused, Submitted
from titan.model.fill import Fill, FundingPayment
from titan.model.money import ZERO
from titan.model.order import OrderEvent, Side
from titan.model.outcome import SagaOutcome
from titan.model.pair import PairEnd, PairIntent, PairOutcome
from titan.model.routing import Routed
from titan.model.signal import Signal
from titan.storage.search import Entry
from titan.storage.views import Rules
from titan.tui.figures import bps, counted, moment, money, price, size
from titan.tui.palette import AMBER, BLUE, DIM, GREEN, LIME, RED, TEXT, right
from titan.tui.rows import Column, Row

Known = Mapping[str, Rules]

NARROW: Final = (
    Column("at", "UTC", 11, right=False), Column("what", "what", 7, right=False),
    Column("told", "", 0, right=False), Column("fee", "money", 9),
)  # fmt: skip
WIDE: Final = (
    Column("at", "UTC", 11, right=False), Column("what", "what", 8, right=False),
    Column("leg", "leg", 4, right=False), Column("side", "side", 4, right=False),
    Column("size", "size", 10), Column("price", "price", 10), Column("fee", "money", 9),
    Column("note", "", 0, right=False),
)  # fmt: skip
EMPTY: Final = "nothing was done for it yet"
_COLOURS: Final = {
    "signal": BLUE, "wish": LIME, "fill": GREEN, "funding": BLUE, "refused": RED, "reject": RED,
    "timeout": RED, "end": LIME, "abort": AMBER,
}  # fmt: skip


class Transaction(NamedTuple):
    """One line. `amount` is the fee paid (negative) or the funding received; `trace` what its story is of."""

    seq: int
    at_ns: int
    what: str
    leg: str = ""
    side: str = ""
    size: str = ""
    price: str = ""
    amount: Decimal | None = None
    note: str = ""
    trace: str = ""


def transactions(
    entries: Iterable[tuple[Entry, msgspec.Struct]], rules: Known, perp: str
) -> list[Transaction]:
    """Of a holding, in the order of the journal; of a funding payment its share by size."""
    found, held, seen = [], 0, set[str]()
    for entry, event in entries:
        if isinstance(event, Fill):
            if f"{event.instrument} {event.id}" in seen:
                continue
            seen.add(f"{event.instrument} {event.id}")
            held += event.side * event.lots if event.instrument == perp else 0
        if isinstance(event, FundingPayment):
            if held and event.position_lots:
                found.append(_funding(entry, event, held))
            continue
        make = _MAKERS.get(type(event))
        line = make(entry, event, rules) if make is not None else None
        if line is not None:
            found.append(line)
    return found


def _signal(entry: Entry, event: Signal, rules: Known) -> Transaction:
    del rules
    figures = event.figures
    note = f"{event.name}  z {bps(figures.get('z'), 2)}  basis {bps(figures.get('basis'))} bps"
    edge = figures.get("edge")
    return _line(entry, "signal", note=f"{note}  edge {bps(edge)}" if edge is not None else note)


def _wish(entry: Entry, event: PairIntent, rules: Known) -> Transaction:
    del rules
    verb = "open" if event.purpose == "entry" else "close"
    note = f"{verb} {event.units} units, {event.clip_units} a clip: {event.reason}"
    return _line(entry, "wish", note=note, trace=event.id)


def _sent(entry: Entry, event: Submitted, rules: Known) -> Transaction:
    intent = event.intent
    at = _price(intent.limit_ticks, intent.instrument, rules) if intent.limit_ticks else "market"
    return _line(
        entry, "order", leg_of(intent.instrument), Side(intent.side).name.lower(),
        _size(intent.lots, intent.instrument, rules), at, note=intent.purpose.value, trace=event.client_id,
    )  # fmt: skip


def _fill(entry: Entry, event: Fill, rules: Known) -> Transaction:
    return _line(
        entry, "fill", leg_of(event.instrument), Side(event.side).name.lower(),
        _size(event.lots, event.instrument, rules), _price(event.ticks, event.instrument, rules), -event.fee,
        f"{event.fee_asset} {event.liquidity.value}", event.client_id,
    )  # fmt: skip


def _funding(entry: Entry, event: FundingPayment, held: int) -> Transaction:
    part = event.amount if held == event.position_lots else event.amount * held / event.position_lots
    note = f"{event.asset} at {bps(float(event.rate) * 1e4, 2)} bps"
    return _line(entry, "funding", leg_of(event.instrument), amount=part, note=note)


def _report(entry: Entry, event: OrderReport, rules: Known) -> Transaction | None:
    del rules
    if event.event not in (OrderEvent.REJECT, OrderEvent.TIMEOUT):
        return None
    return _line(entry, event.event.value, note=event.reason, trace=event.client_id)


def _refused(entry: Entry, event: Refused, rules: Known) -> Transaction:
    del rules
    return _line(entry, "refused", note=f"{event.gate}: {event.reason}")


def _routed(entry: Entry, event: Routed, rules: Known) -> Transaction:
    del rules
    way = event.chosen
    taken = f"{way.spot} and {way.perp}, {bps(way.all_in_bps)} bps all in" if way is not None else "no route"
    return _line(entry, "route", note=f"{taken}: {event.reason}" if event.reason else taken)


def _ended(entry: Entry, event: PairOutcome, rules: Known) -> Transaction:
    del rules
    why = f": {event.reason}" if event.reason else ""
    done = f"{event.units} of {event.intent.units} units in {counted(event.clips, 'clip')}{why}"
    what = "end" if event.end is PairEnd.DONE else "abort"
    cost = -event.cost if event.cost else None
    said = "" if event.end is PairEnd.DONE else f"{event.end.value}, "
    return _line(entry, what, amount=cost, note=said + done, trace=event.intent.id)


def _undone(entry: Entry, event: SagaOutcome, rules: Known) -> Transaction:
    del rules
    return _line(entry, "end", note=f"{event.end.value}: {event.reason}", trace=event.intent.id)


_MAKERS: Final[dict[type[msgspec.Struct], Callable[[Entry, Any, Known], Transaction | None]]] = {
    Signal: _signal, PairIntent: _wish, Submitted: _sent, Fill: _fill, OrderReport: _report,
    Refused: _refused, Routed: _routed, PairOutcome: _ended, SagaOutcome: _undone,
}  # fmt: skip


def _line(
    entry: Entry, what: str, leg: str = "", side: str = "", size_: str = "", price_: str = "",
    amount: Decimal | None = None, note: str = "", trace: str = "",
) -> Transaction:  # fmt: skip
    return Transaction(entry.seq, entry.at_ns, what, leg, side, size_, price_, amount, note, trace)


def leg_of(instrument: str) -> str:
    """spot or perp."""
    parts = instrument.split(".")
    return parts[1] if len(parts) > 2 else instrument


def _size(lots: int, instrument: str, rules: Known) -> str:
    known = rules.get(instrument)
    return size(lots * known.lot) if known else f"{lots:,} lots"


def _price(ticks: int, instrument: str, rules: Known) -> str:
    known = rules.get(instrument)
    return price(ticks * known.tick) if known else f"{ticks:,}"


def summed(lines: Iterable[Transaction]) -> tuple[int, Decimal, Decimal]:
    """How many fills, what they cost in fees, and the funding received."""
    fills, fees, funding = 0, ZERO, ZERO
    for one in lines:
        if one.what == "fill":
            fills, fees = fills + 1, fees + (one.amount or ZERO)
        elif one.what == "funding":
            funding += one.amount or ZERO
    return fills, fees, funding


def transaction_rows(lines: Sequence[Transaction], now_ns: int, most: int, *, orders: bool) -> list[Row]:
    """The newest `most` first; orders only where asked: their fills say the same and more."""
    wanted = (one for one in reversed(lines) if orders or one.what != "order")
    return [_row(one, now_ns) for one in islice(wanted, most)]


def _row(one: Transaction, now_ns: int) -> Row:
    colour = _COLOURS.get(one.what, DIM)
    places = 2 if one.amount is None or abs(one.amount) >= 1 else 4
    amount = "" if one.amount is None else money(one.amount, places, sign=True)
    tint = "" if not one.amount else GREEN if one.amount > 0 else DIM
    bought, note = GREEN if one.side == "buy" else AMBER, " ".join(one.note.split())
    told = Text(f"{one.leg} {one.side} {one.size} at {one.price}" if one.price else note, bought)
    if one.price:
        told.append(f"  {note}", DIM)
    cells = {
        "at": Text(moment(one.at_ns, now_ns), DIM), "what": Text(one.what, colour),
        "leg": Text(one.leg, TEXT),
        "side": Text(one.side, bought), "size": right(one.size, TEXT), "price": right(one.price, TEXT),
        "fee": right(amount, tint), "note": Text(note, DIM), "told": told if one.price else Text(note, DIM),
    }  # fmt: skip
    return Row(str(one.seq), cells, {"at": one.at_ns, "what": one.what, "fee": float(one.amount or 0)})
