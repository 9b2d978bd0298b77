"""Types of numbers that can be true: what lies outside is refused while a message is decoded."""

from __future__ import annotations

from typing import Annotated, Final

from msgspec import Meta

PX_BELOW: Final = 1e15
QTY_BELOW: Final = 1e18
"""No price or size reaches these."""
FIRST_MS: Final = 1_262_304_000_000
LAST_MS: Final = 4_102_444_800_000
"""2010, and the first moment that is not believed any more, 2100, in ms UTC."""

Px = Annotated[float, Meta(gt=0, lt=PX_BELOW)]
PxIfAny = Annotated[float, Meta(ge=0, lt=PX_BELOW)]
"""A price, or 0 for none."""
Qty = Annotated[float, Meta(ge=0, lt=QTY_BELOW)]
"""A size that may be zero."""
Size = Annotated[float, Meta(ge=1e-18, lt=QTY_BELOW)]
"""Above zero, also as so many contracts."""
Rate = Annotated[float, Meta(gt=-1, lt=1)]
"""A funding rate of one interval."""
Ms = Annotated[int, Meta(ge=FIRST_MS, lt=LAST_MS)]
"""ms UTC within the years 2010 to 2099."""
Count = Annotated[int, Meta(ge=0, lt=1 << 62)]
"""A number that counts states or messages."""
