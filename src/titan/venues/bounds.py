"""Types of numbers that can be true: what lies outside is refused while a message is decoded."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

Px = Annotated[float, Meta(gt=0, lt=1e15)]
Qty = Annotated[float, Meta(ge=0, lt=1e18)]
"""A size that may be zero."""
Size = Annotated[float, Meta(ge=1e-18, lt=1e18)]
"""Above zero, also as so many contracts."""
Rate = Annotated[float, Meta(gt=-1, lt=1)]
"""A funding rate of one interval."""
Ms = Annotated[int, Meta(ge=1_262_304_000_000, lt=4_102_444_800_000)]
"""ms UTC within the years 2010 to 2099."""
Count = Annotated[int, Meta(ge=0, lt=1 << 62)]
"""A number that counts states or messages."""
