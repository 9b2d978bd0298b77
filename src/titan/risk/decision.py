"""What a gate may answer. There is no fourth answer, and no answer without its figures."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import msgspec


class Reason(StrEnum):
    """Why a gate shrank or refused: stable codes, for journals and alarms."""

    NO_TRADING = "no trading"
    REDUCE_ONLY = "only reductions are allowed"
    SCALED = "scaled down by an override"
    LEASE_LAPSED = "the lease has lapsed"
    EXPIRED = "its time is over"
    DUPLICATE = "this intent was sent before"
    NO_PRICE = "no price can be trusted"
    NOT_A_REDUCTION = "it would not reduce the position"
    BEYOND_POSITION = "more than the position holds"
    BEYOND_COLLAR = "the price is beyond the collar"
    PRICE_MOVED = "the price has left what was decided on"
    TOO_MANY_ORDERS = "too many open orders"
    TOO_MANY_HERE = "too many open orders of this instrument"
    TOO_FAST = "too many orders a second"
    SELF_TRADE = "it would trade with an order of our own"
    SELF_TRADE_CLEARING = "our own order that it would trade with is cancelled first"
    SIZE = "the size is too large"
    ORDER_TOO_LARGE = "the order's notional is too large"
    NO_NAV = "there is no capital left"
    NO_VALUE = "what is held cannot be valued"
    POSITION = "the position would be too large"
    LEVERAGE = "gross exposure would pass the leverage limit"
    CAPITAL_SHARE = "its share of the capital is used up"
    VENUE_RULES = "the venue would not take it"
    UNKNOWN_INSTRUMENT = "nothing is known of the instrument"
    DUST = "what is left is too small to trade"
    CLOSED = "entries are closed at present"


class Allow(msgspec.Struct, frozen=True):
    """As it is."""


class Shrink(msgspec.Struct, frozen=True):
    """No more than `lots` (at least 1, fewer than were asked)."""

    lots: int
    gate: str
    reason: Reason
    numbers: Mapping[str, str]


class Refuse(msgspec.Struct, frozen=True):
    """Not at all. `numbers` are the figures that were compared, as text."""

    gate: str
    reason: Reason
    numbers: Mapping[str, str]


Decision = Allow | Shrink | Refuse
ALLOW: Final = Allow()


def cap(lots: int, at_most: int, gate: str, reason: Reason, /, **numbers: object) -> Decision:
    """Allow when `lots` fit, shrink to what fits, refuse when nothing does."""
    if lots <= at_most:
        return ALLOW
    told = {name: str(value) for name, value in numbers.items()}
    if at_most <= 0:
        return Refuse(gate, reason, told)
    return Shrink(at_most, gate, reason, told)


def refuse(gate: str, reason: Reason, /, **numbers: object) -> Refuse:
    return Refuse(gate, reason, {name: str(value) for name, value in numbers.items()})
