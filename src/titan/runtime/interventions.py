"""What stepped in during a run, in words: margin tiers, rungs of the drawdown ladder, bands of delta."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from titan.model.guard import DeltaReached, DrawdownReached, MarginStep, Tier
from titan.runtime.observe import Intervention

MOST: Final = 200
"""Rows of a report: the rest is in the journal."""
_TIERS: Final = {
    Tier.SPLIT: "wallets split", Tier.TOP_UP: "tier 1: quote to the shorts",
    Tier.REDUCE: "tier 2: a part closed", Tier.SWEEP: "tier 3: profit to spot",
}  # fmt: skip


def interventions(events: Sequence[Intervention]) -> list[dict[str, object]]:
    """As a report shows them: when, what, and the figures behind it."""
    return [
        {"ts_ns": event.local_ns, "kind": kind, "what": what, "detail": detail}
        for event in events[:MOST]
        for kind, what, detail in [_told(event)]
    ]


def _told(event: Intervention) -> tuple[str, str, str]:
    match event:
        case MarginStep():
            moved = f"{event.to_perp:+,} {event.asset} to the perp wallet of {event.venue}"
            used = "" if "utilisation" in event.reason else f"utilisation {event.utilisation:.1%}: "
            return (
                "margin",
                _TIERS[event.tier],
                f"{used}{event.reason}; {moved if event.to_perp else event.venue}",
            )
        case DrawdownReached():
            fell = f"{event.drawdown:.2%} below the day's first NAV of {event.first_nav:,.2f}"
            return "drawdown", str(event.rung), f"{fell} (from {event.limit:.1%})"
        case DeltaReached():
            lean = ", ".join(f"{value:+,.0f} of {base}" for base, value in event.lean.items())
            return "delta", str(event.band), f"{event.share:.2%} of NAV{f': {lean}' if lean else ''}"
