"""What an earlier process left of a run in its journal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from titan.execution.memory import Memory
from titan.model.errors import ConfigError
from titan.model.listing import Listing
from titan.model.recovery import Baseline, Deposited, Latched, Rearmed
from titan.model.restraint import Imposed, Lifted
from titan.model.run import RunBegan
from titan.model.wake import RunSettings
from titan.runtime.modes import mode_named

_OPENING: Final = (RunBegan, RunSettings, Listing, Deposited, Baseline, Imposed, Latched, Lifted, Rearmed)
"""What a run writes before it asks the venues anything, trades, or stops."""


class Left(msgspec.Struct):
    """What the last run of a journal left: nothing where `began` is None. `events` are all of that run, after
    what was in force when it began.
    """

    began: RunBegan | None
    memory: Memory
    events: list[msgspec.Struct]
    entries: int
    """Of the whole journal, earlier runs included."""
    imposed: dict[str, Imposed | Latched]
    """By name: what nobody has lifted or re-armed. It holds for every later run of the journal."""

    @property
    def untouched(self) -> bool:
        """Whether that run ended before it had looked at anything: perhaps without all of its capital."""
        return all(isinstance(event, _OPENING) for event in self.events)

    def anew(self, began: RunBegan | None = None) -> Left:
        """For a run that begins now: no books and no orders, but what was imposed stands."""
        memory = Memory()
        memory.latches = {e.name: e for e in self.imposed.values() if isinstance(e, Latched)}
        return Left(began, memory, list(self.imposed.values()), self.entries, self.imposed)


def left_by(events: Iterable[msgspec.Struct], left: Left | None = None, *, keep: bool = True) -> Left:
    """The last run's part of a journal, folded; onto `left`, what was read of it before. Without `keep` its
    `events` are not kept."""
    left = left if left is not None else Left(None, Memory(), [], 0, {})
    for event in events:
        left.entries += 1
        if isinstance(event, RunBegan) and not event.resumed:
            left = left.anew(event)
        left.memory(event)
        if keep:
            left.events.append(event)
        impose(left.imposed, event)
    return left


def impose(standing: dict[str, Imposed | Latched], event: msgspec.Struct) -> None:
    """Keep `standing` what nobody has lifted or re-armed, by name, after one more entry."""
    match event:
        case Imposed():
            standing[event.name] = event
        case Latched():
            standing.setdefault(f"latch {event.name}", event)
        case Lifted():
            if isinstance(standing.get(event.name), Imposed):
                del standing[event.name]
        case Rearmed():
            standing.pop(f"latch {event.name}", None)
        case _:
            pass


def gone_on_with(left: Left, mode: str) -> Left:
    """What a run of `mode` begins with: all that the last one left; nothing of one that had not looked around
    yet, nor of one that only observed, when this does more. Raises ConfigError where the last one was of
    another mode that traded: its books are not ours.
    """
    began = left.began
    if began is None or left.untouched or (began.mode != mode and mode_named(began.mode).shut):
        return left.anew()
    if began.mode != mode:
        raise ConfigError(
            f"the run {began.run_id} in this store was begun with --mode {began.mode}",
            remedy=f"go on with that mode, begin another with --new, or give {mode} a folder of its own",
        )
    return left
