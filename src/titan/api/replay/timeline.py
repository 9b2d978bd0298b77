"""The slider of a run: what it was worth along its way, and the moments that a person would go to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from titan.api.replay.scene import Source
from titan.api.rows.entries import said
from titan.api.shapes.history import NavPoint, ReplayMark
from titan.api.wire import ms
from titan.model.pair import PairOutcome
from titan.model.signal import Purpose
from titan.runtime.watching.follower import event_of
from titan.storage.search import Entry
from titan.storage.views import Rules
from titan.views.alerts import Weight, alert_of

MARKS: Final = 2000
NAVS: Final = 1500
_RANKS: Final[tuple[tuple[str, ...], ...]] = (
    ("stopped", "panic_ended", "latched", "drawdown", "settings_changed"),
    ("pair_outcome", "saga_outcome"),
    ("reconciled", "imposed", "lifted", "rearmed", "delta", "contradicted", "settled"),
    ("signal",),
    ("refused",),
    ("fill",),
)
"""Kinds of entries, the weightiest first. Where there is no room for all of a rank, some are left out."""
_KINDS: Final = {
    "stopped": "stop", "panic_ended": "stop", "signal": "signal", "refused": "refusal", "fill": "fill",
}  # fmt: skip
_LONGEST: Final = 160
"""Characters of a text."""


def marks(source: Source, rules: Mapping[str, Rules], most: int = MARKS) -> list[ReplayMark]:
    """In the order of the journal. Raises StorageError."""
    index, chosen = source.lines.index, list[int]()
    for rank in _RANKS:
        chosen += spread(index.places(*rank, first=source.first), most - len(chosen))
    found = (_mark(entry, rules) for entry in source.lines.pick(sorted(chosen)))
    return [one for one in found if one is not None]


def thinned(points: Sequence[NavPoint]) -> tuple[NavPoint, ...]:
    """The first and the last, and as many in between as a chart needs."""
    return tuple(points[n] for n in spread(range(len(points)), NAVS))


def spread(places: Sequence[int], most: int) -> list[int]:
    """All of them, or `most` of them evenly, with the first and the last."""
    if len(places) <= most:
        return list(places)
    if most < 2:
        return list(places[: max(most, 0)])
    return [places[n * (len(places) - 1) // (most - 1)] for n in range(most)]


def _mark(entry: Entry, rules: Mapping[str, Rules]) -> ReplayMark | None:
    """None for what is no moment: an execution that ended without anything, a venue that agrees."""
    event = event_of(entry)
    if event is None:
        return None
    kind, text = _KINDS.get(entry.what, ""), ""
    if isinstance(event, PairOutcome) and event.units:
        intent = event.intent
        entered = intent.purpose is Purpose.ENTRY
        kind, verb = ("entry", "opened") if entered else ("exit", "closed")
        text = f"{intent.pair} {intent.type.value} {verb}: {intent.reason}"
    if not kind:
        kind, text = _alert(event, entry)
    text = text or said(entry, rules)
    return ReplayMark(ms(entry.at_ns), entry.seq, kind, text[:_LONGEST]) if kind else None


def _alert(event: msgspec.Struct, entry: Entry) -> tuple[str, str]:
    told = alert_of(event, entry.seq, entry.at_ns)
    return ("alert", told.text) if told is not None and told.weight > Weight.NOTE else ("", "")
