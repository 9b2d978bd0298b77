"""P&L by source as steps from nothing to the total, shown in cents that add up to the cent."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

from titan.report.documents import SOURCES, ReportDocument, exact

CENT = Decimal("0.01")

LABELS = {
    "funding": ("Funding", "payments received less payments made, on the perp legs"),
    "basis": ("Basis", "both legs' price gains and losses together"),
    "fees": ("Fees", "taker and maker fees of both venues"),
    "slippage": ("Slippage", "fills against the price when the order was decided"),
    "transfers": ("Transfers", "moving money between wallets and venues"),
    "stablecoin": ("Stablecoins", "what other stablecoins' rates did to money held and owed in them"),
    "unexplained": ("Unexplained", "the sources do not add up to the change of the NAV: please report this"),
    "total": ("Total", "the change of the NAV"),
}


@dataclass(frozen=True)
class Step:
    """One bar. `start` and `end` are where it begins and ends, `left` and `width` its place in percent."""

    key: str
    label: str
    note: str
    value: Decimal
    exact: Decimal
    left: float
    width: float


def rounded_to_sum(values: list[Decimal], total: Decimal) -> list[Decimal]:
    """Round each value to cents so that they add up to `total`, itself in cents (largest remainder method).

    No value moves by a cent or more. `total` must be the values' sum rounded to cents.
    """
    floors = [value.quantize(CENT, rounding=ROUND_FLOOR) for value in values]
    spare = int((total - sum(floors, Decimal(0))) / CENT)
    by_remainder = sorted(range(len(values)), key=lambda i: floors[i] - values[i])
    for i in by_remainder[:spare]:
        floors[i] += CENT
    return floors


def steps(report: ReportDocument) -> list[Step]:
    """The sources, `unexplained` if they miss the NAV's change by a cent or more, and the total."""
    parts = {name: exact(report.pnl.get(name)) for name in SOURCES}
    if not parts["stablecoin"]:
        del parts["stablecoin"]  # where all settles in one currency there is nothing to tell
    total = exact(report.nav_end) - exact(report.nav_start)
    gap = total - sum(parts.values(), Decimal(0))
    if abs(gap) >= CENT:
        parts["unexplained"] = gap
    shown_total = sum(parts.values(), Decimal(0)).quantize(CENT)
    shown = rounded_to_sum(list(parts.values()), shown_total)
    marks, level = [Decimal(0)], Decimal(0)
    for value in shown:
        level += value
        marks.append(level)
    low, high = min(marks), max(marks)
    scale = float(high - low) or 1.0

    def step(key: str, value: Decimal, real: Decimal, start: Decimal) -> Step:
        label, note = LABELS[key]
        left = float(min(start, start + value) - low) / scale * 100
        return Step(key, label, note, value, real, round(left, 3), round(abs(float(value)) / scale * 100, 3))

    found = [step(key, value, parts[key], start) for key, value, start in zip(parts, shown, marks)]
    return [*found, step("total", shown_total, total, Decimal(0))]
