"""Why a double did not do what was asked. Each venue maps these to its own code and text.

Numbers below 100 are the matching engine's own reasons (`titan.simulation.records`), so a table by either
kind of number works.
"""

from __future__ import annotations

from enum import IntEnum

from titan.simulation import records


class Refusal(IntEnum):
    NONE = records.NONE
    BAD_SIZE = records.BAD_SIZE
    BAD_PRICE = records.BAD_PRICE
    MIN_QTY = records.MIN_QTY
    MIN_NOTIONAL = records.MIN_NOTIONAL
    POST_ONLY_CROSSES = records.POST_ONLY_CROSSES
    REDUCE_ONLY = records.REDUCE_ONLY
    NO_BALANCE = records.NO_BALANCE
    NO_MARGIN = records.NO_MARGIN
    NO_LIQUIDITY = records.NO_LIQUIDITY
    IOC_REMAINDER = records.IOC_REMAINDER
    FOK_UNFILLED = records.FOK_UNFILLED
    SELF_TRADE = records.SELF_TRADE
    BY_USER = records.BY_USER
    BY_LIQUIDATION = records.BY_LIQUIDATION
    UNKNOWN_ORDER = records.UNKNOWN_ORDER
    UNKNOWN_INSTRUMENT = 100
    TICK_SIZE = 101
    """The price is no multiple of the tick."""
    LOT_SIZE = 102
    """The size is no multiple of the lot."""
    DUPLICATE_CLIENT_ID = 103
    NOT_CARRIED = 104
    """The venue has it, this double does not."""
    NOTHING_TO_AMEND = 105
    ALREADY_DONE = 106
    """The order was found, but it is filled, cancelled or expired."""
    NO_WALLET = 107
    BAD_AMOUNT = 108
    BAD_LEVERAGE = 109
    INJECTED = 110
    """A fault script asked for it."""
    UNCHANGED = 111
    """The setting already has this value."""
    ORDERS_OR_POSITION_OPEN = 112


class Refused(Exception):
    """Raised where no order can carry the refusal: amendments, cancels, transfers, settings."""

    def __init__(self, reason: Refusal, detail: str = "") -> None:
        super().__init__(detail or reason.name)
        self.reason = reason
        self.detail = detail
