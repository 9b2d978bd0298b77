"""The day's drawdown and what it brings: smaller sizes, no entries, flat (SEN-8). Pure.

    drawdown = (first NAV of the UTC day - NAV now, both without what was paid in since) / first NAV

A rung once reached stands for the day, whatever NAV does; a jump past several takes each in its order. The
next UTC day begins with none, but what FLATTEN imposed stands until an operator lifts it. `judge` says what
is new, `hear` remembers it: after a restart it hears the journal again.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Final

import msgspec

from titan.model.guard import DayOpened, DrawdownReached, Rung
from titan.model.money import ZERO, exact
from titan.risk.overrides import CLOSE, REDUCE_ONLY, Override, scale

DAY_NS: Final = 86_400_000_000_000
_EPOCH: Final = date(1970, 1, 1).toordinal()
LADDER: Final = (Rung.HALVE, Rung.NO_ENTRIES, Rung.FLATTEN)
RESPONSES: Final = {Rung.HALVE: scale("0.5"), Rung.NO_ENTRIES: REDUCE_ONLY, Rung.FLATTEN: CLOSE}
BY: Final = "drawdown"
"""Who imposes, and lifts again."""


class DrawdownLimits(msgspec.Struct, frozen=True):
    """Fractions of the day's first NAV, each at least the one before."""

    halve: Decimal = Decimal("0.02")
    no_entries: Decimal = Decimal("0.04")
    flatten: Decimal = Decimal("0.06")

    def __post_init__(self) -> None:
        if not 0 < self.halve <= self.no_entries <= self.flatten:
            raise ValueError(f"drawdown limits {self.halve}, {self.no_entries}, {self.flatten} do not rise")

    def of(self, rung: Rung) -> Decimal:
        return (self.halve, self.no_entries, self.flatten)[LADDER.index(rung)]


class Drawdown:
    """The ladder of one portfolio."""

    def __init__(self, limits: DrawdownLimits) -> None:
        self.limits = limits
        self.opened: DayOpened | None = None
        self.reached: tuple[Rung, ...] = ()
        """The rungs of this day, in their order."""

    def hear(self, entry: msgspec.Struct) -> bool:
        """One entry of the journal; False for what is not of the ladder."""
        match entry:
            case DayOpened():
                self.opened, self.reached = entry, ()
            case DrawdownReached():
                if self.opened is not None and entry.day == self.opened.day:
                    self.reached = LADDER[: LADDER.index(entry.rung) + 1]
            case _:
                return False
        return True

    def judge(self, nav: Decimal, deposits: Decimal, now_ns: int) -> tuple[DayOpened | DrawdownReached, ...]:
        """What is new at this NAV, in its order. A clock that goes back opens no day."""
        day, opened = day_of(now_ns), self.opened
        if opened is None or day > opened.day:
            first = DayOpened(day, nav, deposits, now_ns)
            return (first, *self._rungs(first, ZERO if nav > 0 else Decimal(1), nav, (), now_ns))
        return self._rungs(opened, self.depth(nav, deposits), nav, self.reached, now_ns)

    def depth(self, nav: Decimal, deposits: Decimal) -> Decimal:
        """The drawdown of the day; below 0 for a gain, 1 where the day began with nothing."""
        if self.opened is None:
            return ZERO
        first = self.opened
        if first.nav <= 0:
            return Decimal(1)
        with exact():
            lost = first.nav - (nav - (deposits - first.deposits))
        return lost / first.nav

    def _rungs(
        self, opened: DayOpened, depth: Decimal, nav: Decimal, had: tuple[Rung, ...], now_ns: int
    ) -> tuple[DrawdownReached, ...]:
        return tuple(
            DrawdownReached(opened.day, rung, round(depth, 6), self.limits.of(rung), opened.nav, nav, now_ns)
            for rung in LADDER[len(had) :]
            if depth >= self.limits.of(rung)
        )


def day_of(now_ns: int) -> str:
    """The UTC day as 2026-11-21: the order of such texts is that of the days."""
    return _text_of(now_ns // DAY_NS)


@lru_cache(maxsize=64)
def _text_of(day: int) -> str:
    return date.fromordinal(_EPOCH + day).isoformat()


def name_of(rung: Rung, day: str) -> str:
    """What its response is called among the restraints, and lifted by."""
    return f"{BY} {rung} {day}"


def response_of(rung: Rung) -> Override:
    return RESPONSES[rung]


def outlived(name: str, day: str) -> bool:
    """Whether a restraint is a response of an earlier day that ends with its day."""
    passing = (Rung.HALVE, Rung.NO_ENTRIES)
    return any(name.startswith(f"{BY} {r} ") and name != name_of(r, day) for r in passing)
