"""What an earlier process left of a run in its journal."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from titan.execution.memory import Memory
from titan.model.errors import ConfigError
from titan.model.run import RunBegan


class Left(msgspec.Struct):
    """What the last run of a journal left: nothing where `began` is None. `events` are all of that run."""

    began: RunBegan | None
    memory: Memory
    events: list[msgspec.Struct]
    entries: int
    """Of the whole journal, earlier runs included."""


def left_by(events: Iterable[msgspec.Struct]) -> Left:
    """The last run's part of a journal, folded."""
    left = Left(None, Memory(), [], 0)
    for event in events:
        left.entries += 1
        if isinstance(event, RunBegan) and not event.resumed:
            left = Left(event, Memory(), [], left.entries)
        left.memory(event)
        left.events.append(event)
    return left


def check_mode(left: Left, mode: str) -> None:
    """Raises ConfigError where the run that would go on was of another mode: its books are not ours."""
    if left.began is not None and left.began.mode != mode:
        raise ConfigError(
            f"the run {left.began.run_id} in this store was begun with --mode {left.began.mode}",
            remedy=f"go on with that mode, begin another with --new, or give {mode} a folder of its own",
        )
