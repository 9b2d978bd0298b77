"""What is stored, for every engine alike: the journal, and beside it what it says of orders, fills, transfers
and sagas. Sizes and prices are whole lots and ticks; money is exact.
"""

from __future__ import annotations

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
    String,
    Table,
)
from sqlalchemy import Text as Words
from sqlalchemy.types import TypeDecorator, TypeEngine

DIGITS: Final = 38
PLACES: Final = 18


class Money(TypeDecorator[Decimal]):
    """NUMERIC where the engine has it; SQLite's would be a float, so there it is the number's own text."""

    impl = Words
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        kind: TypeEngine[Any] = Words() if dialect.name == "sqlite" else Numeric(DIGITS, PLACES)
        return dialect.type_descriptor(kind)

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        if value is None or dialect.name != "sqlite":
            return value
        return format(value, "f")

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        del dialect
        return None if value is None else Decimal(value)


metadata: Final = MetaData()

entries: Final = Table(
    "entries", metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at_ns", BigInteger, nullable=False),
    Column("what", String(32), nullable=False),
    Column("intent_id", String(160)),
    Column("client_id", String(64)),
    Column("body", Words, nullable=False),
    Column("link", String(64), nullable=False),
    Index("entries_by_intent", "intent_id"),
    Index("entries_by_order", "client_id"),
    Index("entries_by_time", "at_ns"),
)  # fmt: skip
"""The journal. `link` is the hash over this body and the link before it."""

orders: Final = Table(
    "orders", metadata,
    Column("client_id", String(64), primary_key=True),
    Column("intent_id", String(160), nullable=False),
    Column("strategy", String(64), nullable=False),
    Column("instrument", String(96), nullable=False),
    Column("side", SmallInteger, nullable=False),
    Column("type", SmallInteger, nullable=False),
    Column("lots", BigInteger, nullable=False),
    Column("limit_ticks", BigInteger, nullable=False),
    Column("stop_ticks", BigInteger, nullable=False),
    Column("tif", SmallInteger, nullable=False),
    Column("reduce_only", Boolean, nullable=False),
    Column("state", String(16), nullable=False),
    Column("filled_lots", BigInteger, nullable=False),
    Column("filled_value", BigInteger, nullable=False),
    Column("reason", Words, nullable=False),
    Column("sent_ns", BigInteger, nullable=False),
    Column("updated_ns", BigInteger, nullable=False),
    Index("orders_by_state", "state"),
    Index("orders_by_intent", "intent_id"),
)  # fmt: skip

fills: Final = Table(
    "fills", metadata,
    Column("id", String(160), primary_key=True),
    Column("client_id", String(64), nullable=False),
    Column("instrument", String(96), nullable=False),
    Column("side", SmallInteger, nullable=False),
    Column("ticks", BigInteger, nullable=False),
    Column("lots", BigInteger, nullable=False),
    Column("fee", Money, nullable=False),
    Column("fee_asset", String(32), nullable=False),
    Column("liquidity", String(8), nullable=False),
    Column("finality", String(16), nullable=False),
    Column("venue_ns", BigInteger, nullable=False),
    Column("local_ns", BigInteger, nullable=False),
    Index("fills_by_order", "client_id"),
)  # fmt: skip
