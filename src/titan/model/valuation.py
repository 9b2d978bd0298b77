"""What a run was worth at one moment, written down now and then: the history that no fill can tell."""

from __future__ import annotations

from decimal import Decimal

import msgspec


class Valued(msgspec.Struct, frozen=True, tag="valued", tag_field="what"):
    """In the quote asset, at the marks of that moment. `delta` is how far the whole moves with prices,
    `deployed` the value of the coins held, `pnl` the profit by source since the run's capital came in.
    """

    nav: Decimal
    delta: Decimal
    deployed: Decimal
    pnl: dict[str, Decimal]
    local_ns: int
