"""Rows of the streams `fills`, `sagas` and `opportunities`: what was done, as the replica keeps it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from titan.api.rows.status import Rows
from titan.api.rows.trading import price, size
from titan.api.shapes.trading import (
    FillRow,
    OpportunityRow,
    RouteRow,
    SagaOrderShape,
    SagaRow,
    SagaStepShape,
)
from titan.api.wire import ms
from titan.model.instrument import Instrument
from titan.model.pair import PairEnd
from titan.model.routing import Routed
from titan.model.signal import Purpose
from titan.views.latest import Filled, Noted, Raised
from titan.views.replica import Sent
from titan.views.works import Work

Rules = Mapping[str, Instrument]
SOON_NS: Final = 1_000_000_000
"""A signal that nothing followed within this was passed."""


def fills(filled: Iterable[Filled], rules: Rules) -> Rows:
    for one in filled:
        yield fill_key(one), fill(one, rules.get(one.fill.instrument))


def fill_key(one: Filled) -> str:
    """A venue's ids of fills are unique within an instrument only."""
    return f"{one.fill.instrument} {one.fill.id}"


def fill(one: Filled, known: Instrument | None) -> FillRow:
    f = one.fill
    at, of = price(f.ticks, known), size(f.lots, known)
    return FillRow(
        fill_key(one), f.id, f.client_id, one.owner, f.instrument, f.side.name.lower(), at, of, at * of,
        f.fee, f.fee_asset, f.liquidity.value, ms(f.local_ns),
    )  # fmt: skip


def sagas(works: Iterable[Work], rules: Rules) -> Rows:
    for one in works:
        yield one.id, saga(one, rules)


def saga(one: Work, rules: Rules) -> SagaRow:
    steps = tuple(SagaStepShape(ms(s.at_ns), s.step, s.note, s.lots) for s in one.steps)
    orders = tuple(_bar(sent, rules.get(sent.order.request.instrument)) for sent in one.orders)
    clips = one.clips or sum(step.step == "clip" for step in one.steps)
    return SagaRow(
        one.id, one.kind, one.wish.strategy, one.subject, one.purpose, one.end or "working",
        one.reason or one.why, one.planned, one.units, clips, one.aborted, one.cost, ms(one.began_ns),
        ms(one.ended_ns), steps, orders,
    )  # fmt: skip


def _bar(sent: Sent, known: Instrument | None) -> SagaOrderShape:
    order, asked = sent.order, sent.order.request
    return SagaOrderShape(
        asked.client_id, asked.instrument, asked.side.name.lower(), size(asked.lots, known),
        size(order.filled_lots, known), order.state.value, ms(order.sent_ns),
        ms(order.updated_ns) if order.state.is_final else 0.0,
    )  # fmt: skip


def signals(raised: Iterable[Raised], works: Mapping[str, Work], then_ns: int) -> Rows:
    """`works` by id; by `then_ns` a signal that nothing followed was passed."""
    for one in raised:
        s, key = one.signal, str(one.seq)
        outcome, why = _outcome(one, works, then_ns)
        yield (
            key,
            OpportunityRow(
                key, ms(one.at_ns), s.strategy, s.name, s.subject, s.figures, outcome, why, one.wish
            ),
        )


def _outcome(one: Raised, works: Mapping[str, Work], then_ns: int) -> tuple[str, str]:
    if one.wish:
        work = works.get(one.wish)
        why = one.reason or (work.why if work is not None else "")
        if one.end == PairEnd.REFUSED.value:
            return "refused", why
        exits = work.purpose == Purpose.EXIT.value if work is not None else one.wish.endswith("-exit")
        return "closed" if exits else "entered", why
    if one.passed or then_ns - one.at_ns > SOON_NS:
        return "passed", one.passed
    return "watching", ""


def routes(noted: Iterable[Noted[Routed]]) -> Rows:
    """The route that was taken, else the best that could be had."""
    for one in noted:
        r, key = one.event, str(one.seq)
        had = [way for way in (r.single, r.cross) if way is not None]
        way = r.chosen or max(had, key=lambda way: way.all_in_bps, default=None)
        yield (
            key,
            RouteRow(
                key, ms(one.at_ns), r.pair, r.type, r.notional,
                way.spot if way else "", way.perp if way else "", way.basis_bps if way else None,
                way.fees_bps if way else None, way.funding_bps if way else None,
                way.transfer_bps if way else None, way.all_in_bps if way else None, r.reason, r.intent_id,
            ),
        )  # fmt: skip
