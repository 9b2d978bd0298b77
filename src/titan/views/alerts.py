"""Entries of the journal that a person should see, in words and with how much they matter."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import Any, Final

import msgspec

from titan.model.events import Contradicted, OrderReport, Refused
from titan.model.guard import Band, DeltaReached, DrawdownReached, MarginStep, Rung, Tier
from titan.model.late import UndoIntent
from titan.model.order import OrderEvent
from titan.model.outcome import SagaOutcome
from titan.model.pair import HaltIntent, PairEnd, PairOutcome
from titan.model.recovery import Latched, PanicEnded, PanicStep, Rearmed, Reconciled
from titan.model.restraint import Imposed, Lifted
from titan.model.run import RunBegan, RunStopped
from titan.model.settled import Settled
from titan.model.step import IN_DOUBT, SagaStep
from titan.model.wake import SettingsChanged


class Weight(IntEnum):
    NOTE = 0
    WARNING = 1
    TROUBLE = 2


class Alert(msgspec.Struct, frozen=True):
    """`id` is what `titan trace` takes, empty for none. `seq` is 0 for what is no entry of the journal."""

    seq: int
    at_ns: int
    weight: Weight
    text: str
    id: str = ""


Told = tuple[Weight, str, str] | None
_NOTE, _WARN, _BAD = Weight.NOTE, Weight.WARNING, Weight.TROUBLE


def alert_of(event: msgspec.Struct, seq: int, at_ns: int) -> Alert | None:
    """None for what is everyday business."""
    find = _FINDERS.get(type(event))
    told = find(event) if find is not None else None
    return None if told is None else Alert(seq, at_ns, *told)


def _ended(event: PairOutcome | SagaOutcome) -> Told:
    if event.end is PairEnd.DONE:
        return None
    subject = getattr(event.intent, "position", "") or getattr(event.intent, "instrument", "transfer")
    why = f": {event.reason}" if event.reason else ""
    if event.end is PairEnd.NEEDS_OPERATOR:
        return _BAD, f"{subject} needs you{why}", event.intent.id
    return _WARN, f"{subject} {event.end.value}{why}", event.intent.id


def _report(event: OrderReport) -> Told:
    why = f": {event.reason}" if event.reason else ""
    return (_WARN, f"order rejected{why}", event.client_id) if event.event is OrderEvent.REJECT else None


def _step(event: SagaStep) -> Told:
    """A lost answer is asked for again, and is no alert; a doubt that lasts is."""
    return (_WARN, f"in doubt: {event.note}", event.intent_id) if event.step == IN_DOUBT else None


def _reconciled(event: Reconciled) -> Told:
    if not event.complete:
        return _NOTE, f"{event.venue} is asked again: {event.why}", ""  # while it lasts, its door says so
    if event.differences:
        blocks = [d for d in event.differences if d.blocks]
        first = (blocks or event.differences)[0]
        text = f"{event.venue} differs: {first.kind.value} {first.subject}, ours {first.ours}, theirs"
        return _BAD if blocks else _NOTE, f"{text} {first.theirs} ({first.done})", ""
    return None


def _panicked(event: PanicEnded) -> Told:
    if event.open:
        return _BAD, f"the panic ended with positions open at {', '.join(event.open)}", event.panic
    return _WARN, f"the panic ended: flat at {', '.join(event.flat)}", event.panic


def _began(event: RunBegan) -> Told:
    how = "went on" if event.resumed else "began"
    return _NOTE, f"the run {event.run_id} {how} ({event.mode}, {event.version})", ""


def _leant(event: DeltaReached) -> Told:
    weight = {Band.INSIDE: _NOTE, Band.WARN: _WARN, Band.HEDGE: _BAD}[event.band]
    told = {Band.INSIDE: "is inside its band again", Band.WARN: "warns", Band.HEDGE: "is hedged"}[event.band]
    return weight, f"delta {told}: {event.share:.2%} of NAV, limit {event.limit:.0%}", ""


def _fell(event: DrawdownReached) -> Told:
    weight = _WARN if event.rung is Rung.HALVE else _BAD
    return weight, f"drawdown of the day {event.drawdown:.2%}: {event.rung.value}", ""


def _stepped(event: MarginStep) -> Told:
    told = f"{event.venue}: margin {event.utilisation:.0%} used: {event.tier.name.lower().replace('_', ' ')}"
    return _WARN if event.tier is Tier.REDUCE else _NOTE, told, next(iter(event.wishes), "")


def _changes(event: SettingsChanged) -> str:
    return ", ".join(f"{key} = {value}" for key, value in event.changes.items())


_FINDERS: Final[dict[type[msgspec.Struct], Callable[[Any], Told]]] = {
    PairOutcome: _ended,
    SagaOutcome: _ended,
    OrderReport: _report,
    SagaStep: _step,
    Refused: lambda e: (_WARN, f"refused by {e.gate}: {e.reason}", e.intent_id),
    Contradicted: lambda e: (_BAD, f"{e.instrument}: the venue contradicts itself: {e.note}", e.client_id),
    UndoIntent: lambda e: (_WARN, f"{e.instrument}: a late fill is traded back", e.id),
    HaltIntent: lambda e: (_NOTE, f"halted: {e.reason}", e.intent_id),
    Imposed: lambda e: (_WARN, f"{e.mode} imposed ({e.name}): {e.reason}", ""),
    Lifted: lambda e: (_NOTE, f"{e.name} lifted by {e.by}", ""),
    Settled: lambda e: (_NOTE, f"{e.intent_id} {e}", e.intent_id),
    Latched: lambda e: (_BAD, f"entries stopped by {e.name}: {e.reason}", ""),
    Rearmed: lambda e: (_NOTE, f"{e.name} re-armed by {e.by}", ""),
    Reconciled: _reconciled,
    DeltaReached: _leant,
    DrawdownReached: _fell,
    MarginStep: _stepped,
    PanicStep: lambda e: (_BAD, f"panic at {e.venue}: {e.step}", e.panic),
    PanicEnded: _panicked,
    RunBegan: _began,
    SettingsChanged: lambda e: (_NOTE, f"settings changed by {e.by}: {_changes(e)}", ""),
    RunStopped: lambda e: (_NOTE, f"the run stopped: {e.why}", ""),
}
ALERTING: Final = tuple(_FINDERS)
