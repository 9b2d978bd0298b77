"""How the whole numbers of a journal are written for people: times, sizes, prices, ids."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from titan.storage.views import Rules

STEP: Final = 1_000_000_000
SHORT: Final = 10
"""Characters of an id that tell it from others."""


def when(ns: int, *, day: bool = True) -> str:
    """UTC, to the millisecond."""
    at = datetime.fromtimestamp(ns // STEP, UTC)
    return f"{at:%Y-%m-%d %H:%M:%S}.{ns // 1_000_000 % 1000:03d}" if day else f"{at:%H:%M:%S}"


def number(value: Decimal) -> str:
    """Without zeros at its end, thousands apart."""
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def size(lots: int, instrument: str, rules: Mapping[str, Rules]) -> str:
    """In base units; in lots where the journal does not say what a lot is."""
    known = rules.get(instrument)
    return number(lots * known.lot) if known else f"{lots:,} lots"


def price(ticks: Decimal | int, instrument: str, rules: Mapping[str, Rules]) -> str:
    """In quote units, to the tick and one digit more where it is an average; in ticks where unknown."""
    known = rules.get(instrument)
    if known is None:
        return f"{number(round(Decimal(ticks), 2))} ticks"
    exact = ticks * known.tick
    return number(exact if isinstance(ticks, int) else exact.quantize((known.tick / 10).normalize()))
