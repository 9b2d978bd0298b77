"""What an operator says of a transfer of which no venue tells."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Fate(StrEnum):
    ARRIVED = "arrived"
    BACK = "back"
    """At its source: it never left, or it came back."""
    LOST = "lost"


class Settled(msgspec.Struct, frozen=True, tag="settled", tag_field="what"):
    """From a look at both venues' own pages. `intent_id` is the transfer's; `amount` what came to its target,
    exact decimal text, empty where nothing did. Written down before the books follow.
    """

    intent_id: str
    fate: Fate
    amount: str
    by: str
    reason: str
    local_ns: int

    def __str__(self) -> str:
        said = f"{self.amount} arrived" if self.fate is Fate.ARRIVED else f"it is {self.fate}"
        return f"settled by {self.by}: {said}" + (f", {self.reason}" if self.reason else "")
