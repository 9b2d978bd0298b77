"""What is stored, for every engine alike: the journal, and beside it what it says of orders, fills, transfers
and sagas. Sizes and prices are whole lots and ticks; money is exact. Texts have no length: a venue's word of
any size is kept as it came, and can never be the reason why an entry is not stored.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Index,
    MetaData,
    Numeric,
    SmallInteger,
    Table,
    text,
)
from sqlalchemy import Text as Words
from sqlalchemy.types import TypeDecorator, TypeEngine


class Money(TypeDecorator[Decimal]):
    """NUMERIC of any precision where the engine has it; SQLite's would be a float, so there it is the
    number's own text."""

    impl = Words
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        kind: TypeEngine[Any] = Words() if dialect.name == "sqlite" else Numeric()
        return dialect.type_descriptor(kind)

    def process_bind_param(self, value: Decimal | int | None, dialect: Dialect) -> Any:
        if value is None or dialect.name != "sqlite":
            return value
        return format(value, "f") if isinstance(value, Decimal) else str(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        del dialect
        return None if value is None else Decimal(value)


def _text(name: str, *, key: bool = False, empty: bool = False) -> Column[str]:
    return Column(name, Words, primary_key=key, nullable=empty)


def _whole(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False)


def _money(name: str) -> Column[Decimal]:
    return Column(name, Money, nullable=False)


def _where_known(table: str, **columns: str) -> Iterator[Index]:
    """Indexes without the rows that have none of it. There are few of them, because each costs every commit a
    page: what is asked by time or state is rare, and may read the table."""
    for name, column in columns.items():
        there = text(f"{column} is not null")
        yield Index(f"{table}_by_{name}", column, sqlite_where=there, postgresql_where=there)


metadata: Final = MetaData()

entries: Final = Table(
    "entries", metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    _whole("at_ns"), _text("what"), _text("saga", empty=True), _text("intent_id", empty=True),
    _text("client_id", empty=True), _text("body"), _text("link"),
    *_where_known("entries", saga="saga", intent="intent_id", order="client_id"),
)  # fmt: skip
"""The journal. `link` is the hash over this entry and the link before it; saga, intent and order are what the
entry is about, where it is about one."""

orders: Final = Table(
    "orders", metadata,
    _text("client_id", key=True), _text("intent_id"), _text("saga"), _text("strategy"), _text("owner"),
    _text("purpose"), _text("instrument"),
    Column("side", SmallInteger, nullable=False), Column("type", SmallInteger, nullable=False),
    _whole("lots"), _whole("limit_ticks"), _whole("stop_ticks"), Column("tif", SmallInteger, nullable=False),
    Column("reduce_only", Boolean, nullable=False), _text("state"), _whole("filled_lots"),
    _money("filled_value"), _whole("ceiling"), _whole("amend_lots"), _whole("amend_ticks"),
    _text("reason"), _whole("sent_ns"), _whole("updated_ns"),
)  # fmt: skip
"""`filled_value` sums ticks times lots: larger than 64 bits for the cheapest coins. `ceiling` is the
largest size ever asked for; `amend_lots` and `amend_ticks` are a change whose answer is outstanding, 0 for
none."""

fills: Final = Table(
    "fills", metadata,
    _text("instrument", key=True), _text("id", key=True), _text("client_id"),
    Column("side", SmallInteger, nullable=False), _whole("ticks"), _whole("lots"),
    _money("fee"), _text("fee_asset"), _text("liquidity"), _text("finality"),
    _whole("venue_ns"), _whole("local_ns"),
    Index("fills_by_order", "client_id"),
)  # fmt: skip
"""A venue's ids of trades are unique within an instrument, and only there."""

transfers: Final = Table(
    "transfers", metadata,
    _text("id", key=True), _text("strategy"), _text("asset"), _text("source"), _text("target"),
    _money("amount"), _money("cost"), _text("state"), _text("reason"), _whole("asked_ns"),
    _whole("updated_ns"),
)  # fmt: skip
"""`state` is "asked" until the money is booked ("booked"), or until its saga said how else it ended; a
withdrawal is "on its way" in between, and one of which nobody could tell is "settled: ..." by an operator."""

sagas: Final = Table(
    "sagas", metadata,
    _text("id", key=True), _text("kind"), _text("strategy"), _text("step"), _whole("steps"), _text("end"),
    _text("reason"), _whole("began_ns"), _whole("updated_ns"),
)  # fmt: skip
"""`kind` is the wish's tag, `step` the last step journalled, `end` empty while it is at work."""

instruments: Final = Table(
    "instruments", metadata,
    _text("id", key=True), _text("base"), _text("quote"), _money("tick"), _money("lot"), _whole("updated_ns"),
)  # fmt: skip

marks: Final = Table("marks", metadata, _text("name", key=True), _text("value"))
"""What the store says of itself."""
