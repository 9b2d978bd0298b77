"""The journal, and the tables beside it. Written out, because `schema` goes on and this step must not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from titan.storage.schema import Money

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TEXT, WHOLE, SMALL = sa.Text, sa.BigInteger, sa.SmallInteger

TABLES: dict[str, tuple[Sequence[str], dict[str, Any], Sequence[str]]] = {
    "entries": (
        ["seq"],
        {"seq": WHOLE, "at_ns": WHOLE, "what": TEXT, "saga": TEXT, "intent_id": TEXT, "client_id": TEXT,
         "body": TEXT, "link": TEXT},
        ["saga", "intent_id", "client_id"],
    ),
    "orders": (
        ["client_id"],
        {"client_id": TEXT, "intent_id": TEXT, "saga": TEXT, "strategy": TEXT, "owner": TEXT, "purpose": TEXT,
         "instrument": TEXT, "side": SMALL, "type": SMALL, "lots": WHOLE, "limit_ticks": WHOLE,
         "stop_ticks": WHOLE, "tif": SMALL, "reduce_only": sa.Boolean, "state": TEXT, "filled_lots": WHOLE,
         "filled_value": Money, "ceiling": WHOLE, "amend_lots": WHOLE, "amend_ticks": WHOLE,
         "reason": TEXT, "sent_ns": WHOLE, "updated_ns": WHOLE},
        [],
    ),
    "fills": (
        ["instrument", "id"],
        {"instrument": TEXT, "id": TEXT, "client_id": TEXT, "side": SMALL, "ticks": WHOLE, "lots": WHOLE,
         "fee": Money, "fee_asset": TEXT, "liquidity": TEXT, "finality": TEXT, "venue_ns": WHOLE,
         "local_ns": WHOLE},
        ["client_id"],
    ),
    "transfers": (
        ["id"],
        {"id": TEXT, "strategy": TEXT, "asset": TEXT, "source": TEXT, "target": TEXT, "amount": Money,
         "cost": Money, "state": TEXT, "reason": TEXT, "asked_ns": WHOLE, "updated_ns": WHOLE},
        [],
    ),
    "sagas": (
        ["id"],
        {"id": TEXT, "kind": TEXT, "strategy": TEXT, "step": TEXT, "steps": WHOLE, "end": TEXT,
         "reason": TEXT, "began_ns": WHOLE, "updated_ns": WHOLE},
        [],
    ),
    "instruments": (
        ["id"],
        {"id": TEXT, "base": TEXT, "quote": TEXT, "tick": Money, "lot": Money, "updated_ns": WHOLE},
        [],
    ),
    "marks": (["name"], {"name": TEXT, "value": TEXT}, []),
}  # fmt: skip
"""By name: its key, its columns, and the columns with an index."""

INDEXES = {"saga": "saga", "intent_id": "intent", "client_id": "order"}
MAY_BE_EMPTY = {"saga", "intent_id", "client_id"}


def upgrade() -> None:
    for table, (key, columns, indexed) in TABLES.items():
        op.create_table(
            table,
            *(
                sa.Column(
                    name,
                    kind,
                    primary_key=name in key,
                    nullable=table == "entries" and name in MAY_BE_EMPTY,
                    autoincrement=False,
                )
                for name, kind in columns.items()
            ),
        )
        for name in indexed:
            there = sa.text(f"{name} is not null") if table == "entries" else None
            index = f"{table}_by_{INDEXES[name]}"
            op.create_index(index, table, [name], sqlite_where=there, postgresql_where=there)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
