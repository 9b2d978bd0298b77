"""Orders, fills, positions and transfers as the tables beside the journal have them, for whoever looks in."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa

from titan.model.fill import FundingPayment
from titan.model.order import FINAL, OrderType, Side, TimeInForce
from titan.model.pair import PairEnd
from titan.storage.courses import ASKED, ON_ITS_WAY
from titan.storage.projection import RUN_BEGAN
from titan.storage.schema import entries, fills, instruments, marks, orders, transfers
from titan.storage.store import Store
from titan.storage.writer import BEHIND


class Rules(NamedTuple):
    """What a lot and a tick of an instrument are worth."""

    base: str
    quote: str
    tick: Decimal
    lot: Decimal


class OrderView(msgspec.Struct, frozen=True):
    """Sizes in lots, prices in ticks; `average_ticks` of what filled, None for nothing."""

    client_id: str
    intent_id: str
    saga: str
    strategy: str
    owner: str
    purpose: str
    instrument: str
    side: str
    type: str
    lots: int
    limit_ticks: int
    stop_ticks: int
    tif: str
    reduce_only: bool
    state: str
    filled_lots: int
    average_ticks: Decimal | None
    reason: str
    sent_ns: int
    updated_ns: int


class FillView(msgspec.Struct, frozen=True):
    """`owner` is empty for a fill that no order of ours caused."""

    id: str
    client_id: str
    owner: str
    instrument: str
    side: str
    ticks: int
    lots: int
    fee: Decimal
    fee_asset: str
    liquidity: str
    finality: str
    venue_ns: int
    local_ns: int


class TransferView(msgspec.Struct, frozen=True):
    id: str
    strategy: str
    asset: str
    source: str
    target: str
    amount: Decimal
    cost: Decimal
    state: str
    reason: str
    asked_ns: int
    updated_ns: int


def rules_of(store: Store) -> dict[str, Rules]:
    """By instrument, as they were last written down."""
    ask = sa.select(instruments)
    return {r.id: Rules(r.base, r.quote, r.tick, r.lot) for r in store.rows(ask)}


def behind(store: Store) -> str:
    """Since when and why the tables do not say all that the journal does; empty where they do."""
    with store.reading() as read:
        return str(read.execute(sa.select(marks.c.value).where(marks.c.name == BEHIND)).scalar() or "")


def run_began(store: Store) -> int:
    """When the last run did that did not go on with an earlier one, ns; 0 where the journal does not say."""
    with store.reading() as read:
        return int(read.execute(sa.select(marks.c.value).where(marks.c.name == RUN_BEGAN)).scalar() or 0)


def orders_in(store: Store, *, since_ns: int = 0, is_open: bool = False, limit: int = 0) -> list[OrderView]:
    """The newest `limit` (0 for all) that were sent or changed since, oldest first."""
    c = orders.c
    ask = sa.select(orders)
    if since_ns:
        ask = ask.where(c.updated_ns >= since_ns)
    if is_open:
        ask = ask.where(c.state.not_in([state.value for state in FINAL]))
    return [_order(row) for row in _newest(store, ask, c.sent_ns, c.client_id, limit)]


def fills_in(
    store: Store, *, since_ns: int = 0, is_open: bool = False, limit: int = 0
) -> list[FillView]:  # fmt: skip
    """As `orders_in`; open are those of orders that have not ended."""
    c = fills.c
    ask = sa.select(fills, orders.c.owner).outerjoin(orders, orders.c.client_id == c.client_id)
    if since_ns:
        ask = ask.where(c.local_ns >= since_ns)
    if is_open:
        ask = ask.where(orders.c.state.not_in([state.value for state in FINAL]))
    return [_fill(row) for row in _newest(store, ask, c.local_ns, c.id, limit)]


def every_fill(store: Store, since_ns: int = 0) -> Iterable[FillView]:
    """Of the last run, from its first on, or heard since: an earlier run of the same store had other
    books."""
    c = fills.c
    ask = sa.select(fills, orders.c.owner).outerjoin(orders, orders.c.client_id == c.client_id)
    ask = ask.where(c.local_ns >= max(run_began(store), since_ns))
    return (_fill(row) for row in store.rows(ask.order_by(c.local_ns, c.venue_ns, c.id)))


def funding_in(store: Store, since_ns: int = 0) -> dict[str, dict[str, Decimal]]:
    """Of the last run, or heard since: what each instrument received (+) or paid, by asset; each payment
    once."""
    c = entries.c
    ask = sa.select(c.body).where(c.what == "funding", c.at_ns >= max(run_began(store), since_ns))
    found: dict[str, dict[str, Decimal]] = {}
    heard: set[tuple[str, str]] = set()
    for row in store.rows(ask.order_by(c.seq)):
        one = msgspec.json.decode(row.body, type=FundingPayment)
        if (one.instrument, one.id) not in heard:
            heard.add((one.instrument, one.id))
            sums = found.setdefault(one.instrument, {})
            sums[one.asset] = sums.get(one.asset, Decimal(0)) + one.amount
    return found


def transfers_in(
    store: Store, *, since_ns: int = 0, is_open: bool = False, limit: int = 0
) -> list[TransferView]:
    """As `orders_in`."""
    c = transfers.c
    ask = sa.select(transfers)
    if since_ns:
        ask = ask.where(c.updated_ns >= since_ns)
    if is_open:
        ask = ask.where(c.state.in_([ASKED, ON_ITS_WAY, PairEnd.NEEDS_OPERATOR.value]))
    rows = _newest(store, ask, c.asked_ns, c.id, limit)
    return [TransferView(**row._mapping) for row in rows]


def _newest(store: Store, ask: sa.Select[Any], by: Any, then: Any, limit: int) -> list[Any]:
    ask = ask.order_by(by.desc(), then.desc())
    return list(store.rows(ask.limit(limit) if limit else ask))[::-1]


def _order(row: Any) -> OrderView:
    found = dict(row._mapping)
    value = found.pop("filled_value")
    for name in ("ceiling", "amend_lots", "amend_ticks"):
        del found[name]
    found["side"] = Side(row.side).name.lower()
    found["type"] = OrderType(row.type).name.lower()
    found["tif"] = TimeInForce(row.tif).name.lower().replace("_", "-")
    found["average_ticks"] = value / row.filled_lots if row.filled_lots else None
    return OrderView(**found)


def _fill(row: Any) -> FillView:
    found = dict(row._mapping)
    found["side"] = Side(row.side).name.lower()
    found["owner"] = row.owner or ""
    return FillView(**found)
