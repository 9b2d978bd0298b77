"""The journal, orders and fills."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from titan.storage.schema import Money

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "entries",
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at_ns", sa.BigInteger, nullable=False),
        sa.Column("what", sa.String(32), nullable=False),
        sa.Column("intent_id", sa.String(160)),
        sa.Column("client_id", sa.String(64)),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("link", sa.String(64), nullable=False),
    )
    op.create_index("entries_by_intent", "entries", ["intent_id"])
    op.create_index("entries_by_order", "entries", ["client_id"])
    op.create_index("entries_by_time", "entries", ["at_ns"])
    whole = [
        (name, sa.BigInteger)
        for name in (
            "lots",
            "limit_ticks",
            "stop_ticks",
            "filled_lots",
            "filled_value",
            "sent_ns",
            "updated_ns",
        )
    ]
    op.create_table(
        "orders",
        sa.Column("client_id", sa.String(64), primary_key=True),
        sa.Column("intent_id", sa.String(160), nullable=False),
        sa.Column("strategy", sa.String(64), nullable=False),
        sa.Column("instrument", sa.String(96), nullable=False),
        sa.Column("side", sa.SmallInteger, nullable=False),
        sa.Column("type", sa.SmallInteger, nullable=False),
        sa.Column("tif", sa.SmallInteger, nullable=False),
        sa.Column("reduce_only", sa.Boolean, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        *(sa.Column(name, kind, nullable=False) for name, kind in whole),
    )
    op.create_index("orders_by_state", "orders", ["state"])
    op.create_index("orders_by_intent", "orders", ["intent_id"])
    op.create_table(
        "fills",
        sa.Column("id", sa.String(160), primary_key=True),
        sa.Column("client_id", sa.String(64), nullable=False),
        sa.Column("instrument", sa.String(96), nullable=False),
        sa.Column("side", sa.SmallInteger, nullable=False),
        sa.Column("ticks", sa.BigInteger, nullable=False),
        sa.Column("lots", sa.BigInteger, nullable=False),
        sa.Column("fee", Money, nullable=False),
        sa.Column("fee_asset", sa.String(32), nullable=False),
        sa.Column("liquidity", sa.String(8), nullable=False),
        sa.Column("finality", sa.String(16), nullable=False),
        sa.Column("venue_ns", sa.BigInteger, nullable=False),
        sa.Column("local_ns", sa.BigInteger, nullable=False),
    )
    op.create_index("fills_by_order", "fills", ["client_id"])


def downgrade() -> None:
    for table in ("fills", "orders", "entries"):
        op.drop_table(table)
