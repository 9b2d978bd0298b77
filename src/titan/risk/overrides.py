"""What an operator or a drawdown may impose on trading, as an algebra.

    scale s (0 < s <= 1)  <  reduce-only  <  close  <  no-trading

`a & b` is both at once. The more severe wins; two scales multiply, because each halves whatever it finds. So
`&` is associative and commutative, FREE (scale 1) is its identity and NO_TRADING absorbs all; the three modes
are idempotent (a & a == a), a scale below 1 is not. Scale 0 is reduce-only. (The idea: pysystemtrade's
overrides.)

An override stands for a scope: a strategy, a venue, a base, an instrument, a holding, or any mixture; what is
left empty means all. All scopes that cover an intent combine.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from fractions import Fraction
from typing import Final

import msgspec


class Mode(IntEnum):
    """In order of severity."""

    SCALE = 0
    REDUCE_ONLY = 1
    CLOSE = 2
    """Only reductions, and whoever owns positions is to close them."""
    NO_TRADING = 3


class Override(msgspec.Struct, frozen=True):
    """Make one with `scale(...)` or take a constant; only the mode SCALE has a factor above 0."""

    mode: Mode = Mode.SCALE
    factor: Fraction = Fraction(1)

    def __post_init__(self) -> None:
        if not 0 <= self.factor <= 1:
            raise ValueError(f"a scale of {self.factor} is not between 0 and 1")
        if (self.mode is Mode.SCALE) is not (self.factor > 0):
            raise ValueError(f"{self.mode.name} with scale {self.factor}: use scale() or a constant")

    def __and__(self, other: Override) -> Override:
        if self.mode is Mode.SCALE and other.mode is Mode.SCALE:
            return Override(Mode.SCALE, self.factor * other.factor)
        return self if self.mode >= other.mode else other

    def __str__(self) -> str:
        words = self.mode.name.lower().replace("_", "-")
        return f"{words} {self.factor}" if self.mode is Mode.SCALE else words


FREE: Final = Override()
REDUCE_ONLY: Final = Override(Mode.REDUCE_ONLY, Fraction(0))
CLOSE: Final = Override(Mode.CLOSE, Fraction(0))
NO_TRADING: Final = Override(Mode.NO_TRADING, Fraction(0))


def scale(factor: Fraction | str | int) -> Override:
    """Entries at this part of their size; exact, so `scale("0.5")`, not a float."""
    part = Fraction(factor)
    return REDUCE_ONLY if part == 0 else Override(Mode.SCALE, part)


class Scope(msgspec.Struct, frozen=True):
    """What an override covers; "" covers all. `owner` is a holding, as `BTC:core:3`."""

    strategy: str = ""
    venue: str = ""
    base: str = ""
    instrument: str = ""
    owner: str = ""

    def __str__(self) -> str:
        return " ".join(f"{n} {v}" for n in self.__struct_fields__ if (v := getattr(self, n))) or "everything"

    def covers(self, subject: Scope) -> bool:
        """`subject` has every field filled in that a scope may name."""
        return (
            self.strategy in ("", subject.strategy)
            and self.venue in ("", subject.venue)
            and self.base in ("", subject.base)
            and self.instrument in ("", subject.instrument)
            and self.owner in ("", subject.owner)
        )


def effective(overrides: Mapping[Scope, Override], subject: Scope) -> Override:
    """All overrides that cover `subject`, combined."""
    result = FREE
    for scope, override in overrides.items():
        if scope.covers(subject):
            result &= override
    return result
