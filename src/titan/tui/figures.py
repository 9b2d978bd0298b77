"""Figures as people read them: signs always shown where they matter, thousands apart, a dash for unknown."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

NONE: Final = "—"
MINUS: Final = "−"
Number = Decimal | float
_BARS: Final = "▁▂▃▄▅▆▇█"
_UNITS: Final = ((86_400, "d"), (3600, "h"), (60, "m"))


def money(value: Number | None, places: int = 2, *, sign: bool = False) -> str:
    """As 1,234.56, or +1,234.56; what rounds to nothing has no sign."""
    if value is None:
        return NONE
    text = f"{value:{'+' if sign else ''},.{places}f}"
    if not any(digit in text for digit in "123456789"):
        text = text.lstrip("+-")
    return text.replace("-", MINUS)


def short(value: Number | None, *, sign: bool = False) -> str:
    """Without cents where nobody looks at them: from ten thousand on."""
    return money(value, 0 if value is not None and abs(float(value)) >= 10_000 else 2, sign=sign)


def within(value: Number | None, room: int, *, sign: bool = False) -> str:
    """With as many places as `room` characters have, then in thousands or millions: a figure is never cut."""
    for places in (2, 0):
        text = money(value, places, sign=sign)
        if len(text) <= room:
            return text
    assert value is not None
    for scale, unit in ((10**3, "k"), (10**6, "M"), (10**9, "G"), (10**12, "T")):
        for places in (2, 1, 0):
            text = f"{money(value / scale, places, sign=sign)}{unit}"
            if len(text) <= room:
                return text
    return f"{float(value):.0e}"


def price(value: Number | None) -> str:
    """Seven digits, thousands apart, four of them where zeros come first; a dash for 0, which no price is."""
    if not value:
        return NONE
    found = abs(float(value))
    if found < 1e-5:
        return f"{value:.3e}"
    if found < 0.001:
        return f"{value:.{3 - math.floor(math.log10(found))}f}"
    whole = len(str(int(found))) if found >= 1 else 0
    return f"{value:,.{max(7 - max(whole, 1), 2) if whole < 5 else 2}f}"


def size(value: Decimal | None, room: int = 99) -> str:
    """With every digit that it has; with fewer where `room` characters do not hold them."""
    if value is None:
        return NONE
    text = f"{value:,f}".replace("-", MINUS)
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text if len(text) <= room else within(value, room)


def bps(value: float | None, places: int = 1) -> str:
    return money(value, places, sign=True)


def share(value: float | None, places: int = 2, *, sign: bool = True) -> str:
    """A fraction as per cent."""
    return NONE if value is None else f"{money(value * 100, places, sign=sign)} %"


def clock(ns: int, *, day: bool = False) -> str:
    """UTC; a dash for never."""
    if ns <= 0:
        return NONE
    at = datetime.fromtimestamp(ns // 1_000_000_000, UTC)
    return f"{at:%m-%d %H:%M:%S}" if day else f"{at:%H:%M:%S}"


def moment(ns: int, now_ns: int) -> str:
    """As short as it can be told apart at `now_ns`: the time of this UTC day, else day and time, at last the
    date. At most 11 characters.
    """
    day = 86_400 * 10**9
    if ns <= 0 or ns // day == now_ns // day:
        return clock(ns)
    at = datetime.fromtimestamp(ns // 1_000_000_000, UTC)
    return f"{at:%m-%d %H:%M}" if abs(now_ns - ns) < 300 * day else f"{at:%Y-%m-%d}"


def dated(ns: int) -> str:
    """The day in UTC."""
    return f"{datetime.fromtimestamp(ns // 1_000_000_000, UTC):%Y-%m-%d}"


def counted(number: int, one: str) -> str:
    """As 1 order, or 1,200 orders."""
    return f"{number:,} {one}{'' if number == 1 else 's'}"


def span(seconds: float) -> str:
    """As 12 s, 3 m 20 s, 5 h 03 m or 2 d 5 h."""
    seconds = max(seconds, 0)
    if seconds < 60:
        return f"{seconds:,.0f} s"
    if seconds < 3600:
        return f"{seconds // 60:.0f} m {seconds % 60:02.0f} s"
    if seconds < 86_400:
        return f"{seconds // 3600:.0f} h {seconds % 3600 // 60:02.0f} m"
    return f"{seconds // 86_400:.0f} d {seconds % 86_400 // 3600:.0f} h"


def ago(ns: int, now_ns: int) -> str:
    """As 3 s, 5 m, 2 h."""
    seconds = max((now_ns - ns) / 1e9, 0)
    for size_s, unit in _UNITS:
        if seconds >= size_s:
            return f"{seconds / size_s:.0f} {unit}"
    return f"{seconds:.0f} s"


def sparkline(values: tuple[float, ...], width: int) -> str:
    """The last `width` values between the least and the greatest of them; a line in the middle where all are
    one.
    """
    shown = values[-width:] if width > 0 else ()
    if not shown:
        return ""
    low, high = min(shown), max(shown)
    if high - low < 1e-9:
        return _BARS[3] * len(shown)
    step = (len(_BARS) - 1) / (high - low)
    return "".join(_BARS[round((one - low) * step)] for one in shown)


def gauge(used: float, width: int, marks: tuple[float, ...] = ()) -> str:
    """A share of 1 as a bar, with ticks where something happens."""
    filled = min(max(round(used * width), 1 if used > 0 else 0), width)
    bar = ["█" if n < filled else "░" for n in range(width)]
    for mark in marks:
        place = min(round(mark * width), width - 1)
        bar[place] = "┃"
    return "".join(bar)


def band(lean: float | None, warn: float, act: float, half: int) -> str:
    """Where delta stands between the shares at which it is hedged: as `┣──╂──◆──╂──┫`, 2 * half + 1 wide."""
    line = ["─"] * (2 * half + 1)
    line[0], line[-1] = "┣", "┫"
    inner = round(warn / act * half) if act else half
    line[half - inner] = line[half + inner] = "╂"
    line[half] = "┼"
    if lean is not None and act:
        line[half + max(-half, min(half, round(lean / act * half)))] = "◆"
    return "".join(line)
