"""Every choice that the simulated exchange makes for a run, in one struct, and what each means in plain
words.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final, Literal

import msgspec

from titan.model.errors import ConfigError
from titan.simulation import records

MS: Final = 1_000_000

LATENCIES: Final = {
    "constant": records.CONSTANT,
    "lognormal": records.LOGNORMAL,
    "recorded": records.RECORDED,
}
QUEUES: Final = {
    "risk_averse": records.RISK_AVERSE,
    "power": records.POWER,
    "logarithm": records.LOGARITHM,
}
MARGINS: Final = {"none": records.NO_MARGIN_CHECK, "cross": records.CROSS, "isolated": records.ISOLATED}


class Latency(msgspec.Struct, frozen=True):
    """Travel times in ns: `order` from us to the exchange, `response` back, `feed` for market data.

    constant: the times themselves. lognormal: the times are medians, the sigmas deviations of the logarithm.
    recorded: `scale` times the tape's own recv - ts (after adding `shift_ns` for clock skew, never below 0),
    plus the time; market data then arrives at its recorded moment.
    """

    kind: Literal["constant", "lognormal", "recorded"] = "constant"
    order_ns: int = 5 * MS
    response_ns: int = 5 * MS
    feed_ns: int = 5 * MS
    order_sigma: float = 0.3
    response_sigma: float = 0.3
    feed_sigma: float = 0.3
    order_scale: float = 1.0
    response_scale: float = 1.0
    feed_scale: float = 1.0
    shift_ns: int = 0

    def __post_init__(self) -> None:
        for name in self.__struct_fields__[1:]:
            if getattr(self, name) < 0:
                raise ConfigError(f"latency.{name} = {getattr(self, name)}: a latency cannot be negative")


class Models(msgspec.Struct, frozen=True):
    """`half_spread` and `bar_share` are used only where bars are all that is known. `leverage` is asked of
    every perp and cut to what its instrument allows. A withdrawal to another venue takes `withdrawal_ns` and
    costs `withdrawal_fees` of its asset; transfers within a venue are free and take no time."""

    latency: Latency = Latency()
    queue: Literal["risk_averse", "power", "logarithm"] = "risk_averse"
    queue_power: int = 3
    fill_on_touch: bool = False
    half_spread: float = 0.0001
    bar_share: float = 0.1
    margin: Literal["none", "cross", "isolated"] = "cross"
    leverage: Decimal = Decimal(3)
    withdrawal_ns: int = 1_800_000 * MS
    withdrawal_fees: dict[str, Decimal] = {}

    def __post_init__(self) -> None:
        if self.withdrawal_ns < 0 or any(fee < 0 for fee in self.withdrawal_fees.values()):
            raise ConfigError("models.withdrawal_ns and withdrawal_fees: neither can be negative")
        if self.queue_power < 1:
            raise ConfigError(f"models.queue_power = {self.queue_power}: must be at least 1")
        if not 0 < self.bar_share <= 1:
            raise ConfigError(f"models.bar_share = {self.bar_share}: must be above 0 and at most 1")
        if not 0 <= self.half_spread < 1:
            raise ConfigError(f"models.half_spread = {self.half_spread}: must be at least 0 and below 1")
        if self.leverage < 1:
            raise ConfigError(f"models.leverage = {self.leverage}: must be at least 1")
