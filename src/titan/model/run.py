"""The beginning and the end of a run on live market data, as its journal tells them."""

from __future__ import annotations

from decimal import Decimal

import msgspec


class RunBegan(msgspec.Struct, frozen=True, tag="began", tag_field="what"):
    """A process took up the run `run_id`; `resumed` where an earlier one had begun it. A run has one mode."""

    run_id: str
    mode: str
    strategy: str
    place: str
    capital: Decimal
    seed: int
    version: str
    resumed: bool
    local_ns: int


class RunStopped(msgspec.Struct, frozen=True, tag="stopped", tag_field="what"):
    """A process left the run on purpose. What it says stood then: orders of unknown end and positions; `nav`
    is None where what was held had no price.
    """

    run_id: str
    why: str
    nav: Decimal | None
    open_orders: int
    positions: dict[str, int]
    local_ns: int
