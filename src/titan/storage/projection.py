"""What the journal says of orders, fills, transfers and sagas, as rows: kept beside it in the same
transaction, so that a query never sees one without the other.

Of orders only those at work and the last to end are kept in memory; a report of any other brings it back
from its row.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from titan.model.events import AmendAsked, OrderReport, Submitted
from titan.model.fill import Fill
from titan.model.listing import Listing
from titan.model.order import Order
from titan.model.run import RunBegan
from titan.storage.courses import write_courses
from titan.storage.rowing import Row, fill_row, insert_new, listing_row, order_of, order_row, upsert
from titan.storage.schema import fills, instruments, marks, orders

RUN_BEGAN: Final = "the run began"
"""Of `marks`: when the last run that is a new one did, ns."""
MOST_ENDED: Final = 5_000
"""Orders that ended and are kept at hand, for late reports."""
_ASKED: Final = 500
"""Keys of one query."""


class Projection:
    """`write` a group of events, then `keep` when it was committed, or `forget` when that is not known."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[Submitted, Order]] = {}
        self._moved: dict[str, tuple[Submitted, Order]] = {}
        self._room = 2 * MOST_ENDED

    def write(self, connection: Connection, entries: Sequence[tuple[msgspec.Struct, int]]) -> None:
        """Events with the times of their entries, ns."""
        events = [event for event, _ in entries]
        self._moved = {}
        new = self._new_fills(connection, [e for e in events if isinstance(e, Fill)])
        self._fetch(connection, events)
        rows: list[Row] = []
        for event in events:
            if isinstance(event, Submitted):
                if event.client_id in self._known:
                    continue  # an order is sent once; told again, it stays what became of it
                order = Order(event.request, sent_ns=event.local_ns, updated_ns=event.local_ns)
                self._moved.setdefault(event.client_id, (event, order))
            elif isinstance(event, Fill):
                if new.pop((event.instrument, event.id), None) is not None:
                    rows.append(fill_row(event))
                    self._move(event)
            elif isinstance(event, OrderReport | AmendAsked):
                self._move(event)
        upsert(connection, orders, [order_row(*pair) for pair in self._moved.values()])
        insert_new(connection, fills, rows)
        listed = {e.instrument.id: listing_row(e) for e in events if isinstance(e, Listing)}
        upsert(connection, instruments, list(listed.values()))
        write_courses(connection, entries)
        for event in events:
            if isinstance(event, RunBegan) and not event.resumed:
                upsert(connection, marks, [{"name": RUN_BEGAN, "value": str(event.local_ns)}])

    def keep(self) -> None:
        self._known.update(self._moved)
        self._moved = {}
        if len(self._known) > self._room:
            ended = [key for key, (_, order) in self._known.items() if order.state.is_final]
            for key in ended[:-MOST_ENDED]:
                del self._known[key]
            self._room = len(self._known) + MOST_ENDED

    def forget(self) -> None:
        """What is in the tables is what counts."""
        self._known, self._moved = {}, {}

    def _move(self, event: OrderReport | Fill | AmendAsked) -> None:
        found = self._moved.get(event.client_id)
        if found is None:
            before = self._known.get(event.client_id)
            if before is None:
                return
            found = self._moved[event.client_id] = (before[0], copy.copy(before[1]))
        order = found[1]
        if isinstance(event, Fill):
            order.apply_fill(event.ticks, event.lots, event.local_ns)
        elif isinstance(event, AmendAsked):
            order.amend(event.lots, event.limit_ticks)
        else:
            order.apply(event.event, event.local_ns, reason=event.reason)

    def _fetch(self, connection: Connection, events: Sequence[msgspec.Struct]) -> None:
        """Orders that are spoken of and not at hand."""
        asked = {
            e.client_id
            for e in events
            if isinstance(e, OrderReport | Fill | AmendAsked | Submitted) and e.client_id not in self._known
        }
        sent = {e.client_id for e in events if isinstance(e, Submitted)}
        strangers = sorted(asked - sent)
        for start in range(0, len(strangers), _ASKED):
            part = strangers[start : start + _ASKED]
            for row in connection.execute(sa.select(orders).where(orders.c.client_id.in_(part))):
                self._known[row.client_id] = order_of(row)

    def _new_fills(self, connection: Connection, told: Sequence[Fill]) -> dict[tuple[str, str], Fill]:
        """Those that no entry before told: the first word of a fill counts."""
        new: dict[tuple[str, str], Fill] = {}
        for fill in told:
            new.setdefault((fill.instrument, fill.id), fill)
        keys = list(new)
        for start in range(0, len(keys), _ASKED):
            part: Any = keys[start : start + _ASKED]
            known = sa.select(fills.c.instrument, fills.c.id).where(
                fills.c.id.in_([name for _, name in part]), fills.c.instrument.in_([name for name, _ in part])
            )
            for row in connection.execute(known):
                new.pop((row.instrument, row.id), None)
        return new
