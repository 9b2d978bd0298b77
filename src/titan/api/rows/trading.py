"""Rows of the streams `orders` and `metrics`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final

from titan.api.rows.status import Rows
from titan.api.shapes.trading import OrderRow, StageRow
from titan.api.wire import ms
from titan.model.instrument import Instrument
from titan.model.order import Side
from titan.views.replica import Sent
from titan.views.status import Percentiles

_TENTH: Final = Decimal("0.1")


def orders(sent: Iterable[Sent], rules: Mapping[str, Instrument]) -> Rows:
    """Sizes and prices are whole lots and ticks where the journal does not say what these are worth."""
    for one in sent:
        yield one.order.request.client_id, order(one, rules.get(one.order.request.instrument))


def order(one: Sent, known: Instrument | None) -> OrderRow:
    of, asked = one.order, one.order.request
    return OrderRow(
        client_id=asked.client_id, instrument=asked.instrument, strategy=asked.strategy,
        side=asked.side.name.lower(), type=asked.type.name.lower(),
        tif=asked.tif.name.lower().replace("_", "-"), size=size(asked.lots, known),
        filled=size(of.filled_lots, known), price=price(asked.limit_ticks or asked.stop_ticks, known),
        average=average(of.filled_value, of.filled_lots, known), reduce_only=asked.reduce_only,
        purpose=one.purpose, state=of.state.value, reason=of.reason, owner=one.owner, saga=one.saga,
        sent_ms=ms(of.sent_ns), updated_ms=ms(of.updated_ns),
    )  # fmt: skip


def size(lots: int, known: Instrument | None) -> Decimal:
    return known.size(lots) if known is not None else Decimal(lots)


def price(ticks: int, known: Instrument | None) -> Decimal:
    return known.price(ticks) if known is not None else Decimal(ticks)


def average(value: int, lots: int, known: Instrument | None) -> Decimal | None:
    """Of ticks times lots, to a tenth of a tick."""
    if not lots:
        return None
    return (Decimal(value) / lots).quantize(_TENTH) * (known.tick if known is not None else 1)


def side_of(side: Side) -> str:
    return side.name.lower()


def stages(latency: Mapping[str, Percentiles]) -> Rows:
    for name, told in latency.items():
        yield name, StageRow(name, told.count, told.p50, told.p99, told.p999, told.most)
