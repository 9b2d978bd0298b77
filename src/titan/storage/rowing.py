"""Events as rows of tables and back. A row can always be stored: what no engine takes (a NUL in a text, a
time beyond 64 bits) is made harmless here, and stands as it came in the journal.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from titan.model.events import Submitted
from titan.model.fill import Fill
from titan.model.listing import Listing
from titan.model.order import Amendment, Order, OrderState, OrderType, Side, TimeInForce
from titan.model.signal import Intent, Purpose

Row = dict[str, Any]
_LARGEST: Final = (1 << 63) - 1


def plain(text: str) -> str:
    """Without NUL characters, which PostgreSQL does not store."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}") if "\0" in text else text


def whole(number: int) -> int:
    """Within 64 bits."""
    return max(-_LARGEST, min(_LARGEST, number))


def harmless(row: Row) -> Row:
    for name, value in row.items():
        if isinstance(value, str):
            row[name] = plain(value)
        elif type(value) is int:
            row[name] = whole(value)
    return row


def order_row(submitted: Submitted, order: Order) -> Row:
    intent, request = submitted.intent, order.request
    asked = order.amending or Amendment(0, 0)
    row = {
        "client_id": request.client_id, "intent_id": intent.id, "saga": intent.saga,
        "strategy": intent.strategy, "owner": intent.owner, "purpose": intent.purpose.value,
        "instrument": request.instrument, "side": int(request.side), "type": int(request.type),
        "lots": request.lots, "limit_ticks": request.limit_ticks, "stop_ticks": request.stop_ticks,
        "tif": int(request.tif), "reduce_only": request.reduce_only, "state": order.state.value,
        "filled_lots": order.filled_lots, "ceiling": order.ceiling, "amend_lots": asked.lots,
        "amend_ticks": asked.limit_ticks, "reason": order.reason, "sent_ns": order.sent_ns,
        "updated_ns": order.updated_ns,
    }  # fmt: skip
    return harmless(row) | {"filled_value": order.filled_value}


def order_of(row: Any) -> tuple[Submitted, Order]:
    """The order of a row of the table; the price it was decided on is in the journal only."""
    intent = Intent(
        id=row.intent_id, strategy=row.strategy, owner=row.owner, instrument=row.instrument,
        side=Side(row.side), lots=row.lots, purpose=Purpose(row.purpose), reference_ticks=0,
        type=OrderType(row.type), limit_ticks=row.limit_ticks, stop_ticks=row.stop_ticks,
        tif=TimeInForce(row.tif), reduce_only=bool(row.reduce_only), saga=row.saga,
    )  # fmt: skip
    submitted = Submitted(row.client_id, intent, row.sent_ns)
    state, value = OrderState(row.state), int(row.filled_value)
    asked = Amendment(row.amend_lots, row.amend_ticks) if row.amend_lots else None
    order = Order(
        submitted.request, row.sent_ns, state, row.filled_lots, value, row.reason, row.updated_ns, asked,
        row.ceiling,
    )  # fmt: skip
    return submitted, order


def fill_row(fill: Fill) -> Row:
    row = {
        "instrument": fill.instrument, "id": fill.id, "client_id": fill.client_id, "side": int(fill.side),
        "ticks": fill.ticks, "lots": fill.lots, "fee_asset": fill.fee_asset,
        "liquidity": fill.liquidity.value, "finality": fill.finality.value, "venue_ns": fill.venue_ns,
        "local_ns": fill.local_ns,
    }  # fmt: skip
    return harmless(row) | {"fee": fill.fee}


def listing_row(listing: Listing) -> Row:
    one = listing.instrument
    return {
        "id": one.id, "base": one.base, "quote": one.quote, "tick": one.tick, "lot": one.lot,
        "updated_ns": listing.local_ns,
    }  # fmt: skip


def insert_new(connection: Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows whose key is not there yet. A row has every column."""
    if rows:
        _put(connection.dialect, table, None)(connection, rows)


def upsert(
    connection: Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]], only: Sequence[str] = ()
) -> None:
    """Insert rows, or write them over what stands under their key; of that all columns, or `only` some."""
    if rows:
        _put(connection.dialect, table, tuple(only))(connection, rows)


def insert(connection: Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows; a key that is there already is an IntegrityError."""
    _put(connection.dialect, table, _PLAIN)(connection, rows)


class _Put:
    """A statement made by SQLAlchemy once, and from then on given to the engine's driver as it is: an order
    waits for these, and run by SQLAlchemy each takes several times as long after a pause.

    Raises what SQLAlchemy would.
    """

    def __init__(self, dialect: sa.Dialect, table: sa.Table, put: sa.Insert) -> None:
        made = put.compile(dialect=dialect)
        self._dialect, self._text = dialect, str(made)
        self._order: Sequence[str] | None = getattr(made, "positiontup", None)
        self._fit = {
            column.name: fit
            for column in table.columns
            if (fit := column.type.dialect_impl(dialect).bind_processor(dialect)) is not None
        }

    def __call__(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        error: Any = self._dialect.loaded_dbapi.Error
        cursor = connection.connection.cursor()
        try:
            cursor.executemany(self._text, [self._fitted(row) for row in rows])
        except error as e:
            raise DBAPIError.instance(self._text, None, e, error, dialect=self._dialect) from e
        finally:
            cursor.close()

    def _fitted(self, row: Mapping[str, Any]) -> Any:
        given = {n: self._fit[n](v) if n in self._fit else v for n, v in row.items()}
        return given if self._order is None else [given[name] for name in self._order]


_PLAIN: Final = ("",)
"""Of `_put`: nothing is said of a key that is there."""


@functools.cache
def _put(dialect: sa.Dialect, table: sa.Table, changed: tuple[str, ...] | None) -> _Put:
    put = (sqlite.insert if dialect.name == "sqlite" else postgresql.insert)(table)
    if changed == _PLAIN:
        return _Put(dialect, table, put)
    if changed is None:
        return _Put(dialect, table, put.on_conflict_do_nothing())
    keys = [column.name for column in table.primary_key]
    names = changed or [c.name for c in table.columns if c.name not in keys]
    update = put.on_conflict_do_update(index_elements=keys, set_={n: put.excluded[n] for n in names})
    return _Put(dialect, table, update)
