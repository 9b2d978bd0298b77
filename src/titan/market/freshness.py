"""Freshness is a type: whoever asks for a price gets a `Price`, or a `NoPrice` that says why there is none.

Judged by content: the venue's time of the last row that stated the touch, gaps, and whether bid and ask make
sense.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final

import msgspec
import numpy as np

from titan.market.compiled import compiled
from titan.market.grid import NO_PRICE


class Reason(IntEnum):
    """Why there is no price, in the order in which they are looked for."""

    GAPPED = 1
    """Data was lost, and the touch has not been stated since."""
    EMPTY = 2
    """Neither a bid nor an ask."""
    ONE_SIDED = 3
    CROSSED = 4
    """The bid is not below the ask. An assumed touch (bars) may have both on one price, when its spread is
    set to 0.
    """
    STALE = 5
    """The touch was last stated longer ago than asked for."""


_FRESH: Final = 0
_GAPPED, _EMPTY, _ONE_SIDED = int(Reason.GAPPED), int(Reason.EMPTY), int(Reason.ONE_SIDED)
_CROSSED, _STALE = int(Reason.CROSSED), int(Reason.STALE)


class Price(msgspec.Struct, frozen=True):
    """A touch that may be traded on. Quantities in base units; `ts` is venue time, ns UTC."""

    bid: float
    bid_qty: float
    ask: float
    ask_qty: float
    ts: int
    assumed: bool
    """The touch is assumed around a bar's price, it was not quoted."""

    @property
    def mid(self) -> float:
        return self.bid + (self.ask - self.bid) * 0.5


class NoPrice(msgspec.Struct, frozen=True):
    """There is no price to trade on. `age_ns` is how long ago the touch was last stated."""

    reason: Reason
    age_ns: int


@compiled
def judge(quote: np.void, now_ns: int, max_age_ns: int) -> int:
    """0 when the quote is a price at `now_ns`, else the number of a `Reason`. For compiled steps."""
    bid = quote["bid"]
    ask = quote["ask"]
    if not (bid > NO_PRICE and ask > NO_PRICE):
        if not (bid > NO_PRICE or ask > NO_PRICE):
            return _GAPPED if quote["gaps"] > 0 and quote["gap_ts"] >= quote["touch_ts"] else _EMPTY
        return _ONE_SIDED
    if bid > ask or (bid == ask and quote["bars"] == 0):
        return _CROSSED
    return _STALE if now_ns - quote["touch_ts"] > max_age_ns else _FRESH


def price_of(quote: np.void, now_ns: int, max_age_ns: int) -> Price | NoPrice:
    """The touch of a quote (one QUOTE record) at `now_ns`, if it was stated within the last `max_age_ns`."""
    code = judge(quote, now_ns, max_age_ns)
    if code:
        return NoPrice(Reason(code), now_ns - int(quote["touch_ts"]))
    return Price(
        bid=float(quote["bid"]),
        bid_qty=float(quote["bid_qty"]),
        ask=float(quote["ask"]),
        ask_qty=float(quote["ask_qty"]),
        ts=int(quote["touch_ts"]),
        assumed=bool(quote["bars"]),
    )
