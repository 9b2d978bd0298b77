"""Numbers and times as a person reads them: thousands apart, a true minus, UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal

MINUS = "\u2212"
NOTHING = "\u2013"
DAY_S = 86_400

Number = Decimal | float | int


def number(value: Number | None, digits: int = 2, *, sign: bool = False) -> str:
    """`1,204.31`; with `sign` a plus stands before gains. None and NaN give a dash."""
    if value is None or value != value:
        return NOTHING
    rounded = Decimal(str(value)).quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_EVEN)
    text = f"{abs(rounded):,.{digits}f}"
    if rounded < 0:
        return MINUS + text
    return f"+{text}" if sign and rounded > 0 else text


def amount(value: Number | None, *, sign: bool = False) -> str:
    """Money in a sentence: whole units from 1,000 on, cents below."""
    return number(value, 0 if value is not None and abs(float(value)) >= 1000 else 2, sign=sign)


def percent(fraction: Number | None, digits: int = 2, *, sign: bool = False) -> str:
    """A fraction as `1.20 %`. What would round to nothing is given its first figure: `0.004 %`."""
    if fraction is None or fraction != fraction:
        return NOTHING
    value = Decimal(str(fraction)) * 100
    while value and digits < 5 and round(value, digits) == 0:
        digits += 1
    return number(value, digits, sign=sign) + " %"


def moment(ns: int, *, seconds: bool = False) -> str:
    """Nanoseconds since 1970 as `2024-01-31 08:00` in UTC."""
    at = datetime.fromtimestamp(ns // 1_000_000_000, UTC)
    return at.strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M")


def span(seconds: float) -> str:
    """A length of time in its natural unit: `243 days`, `7 minutes`."""
    for size, name in ((DAY_S, "day"), (3600, "hour"), (60, "minute"), (1, "second")):
        if seconds >= 2 * size or size == 1:
            count = round(seconds / size)
            return f"{count:,} {name}" + ("" if count == 1 else "s")
    raise AssertionError("a length of time has a unit")


def short_span(seconds: float) -> str:
    """The same for tables: `3 d 4 h`, `12 min`, `45 s`."""
    if seconds >= DAY_S:
        return f"{int(seconds // DAY_S)} d {int(seconds % DAY_S // 3600)} h"
    if seconds >= 3600:
        return f"{int(seconds // 3600)} h {int(seconds % 3600 // 60)} min"
    if seconds >= 60:
        return f"{int(seconds // 60)} min"
    return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"


def join(parts: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
