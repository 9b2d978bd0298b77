"""A fill that came after its wish had ended."""

from __future__ import annotations

import msgspec

from titan.model.order import Side


class UndoIntent(msgspec.Struct, frozen=True, tag="undo", tag_field="what"):
    """Trade back `lots` that an order filled although its wish had ended: what the wish said of itself stays
    true. `side` is the side of the trade back.
    """

    id: str
    strategy: str
    owner: str
    instrument: str
    side: Side
    lots: int
    reference_ticks: int
    wait_ns: int
    cap_bps: float
