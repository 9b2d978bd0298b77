"""`titan replay` of a run on live data: from its folder to the verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import msgspec
import sqlalchemy as sa

from titan.model.errors import ReplayError
from titan.model.recovery import Latched
from titan.model.restraint import Imposed
from titan.model.run import RunBegan
from titan.runtime.entries import TYPES
from titan.runtime.trading.left import impose
from titan.runtime.verify.course import Course
from titan.runtime.verify.verdict import LiveVerdict
from titan.storage.recall import entries_of
from titan.storage.schema import entries
from titan.storage.store import Store, look_into

STORE: Final = "titan.db"
TAPES: Final = "tape"
_SHOWN: Final = 2_000
Progress = Callable[[str, int, int], None]
Numbered = tuple[int, msgspec.Struct]


def is_live_run(folder: Path) -> bool:
    """Whether it is the folder of a run on live data."""
    return (folder / STORE).is_file()


def replay_live(folder: Path, *, tape: Path | None, store: str, progress: Progress) -> LiveVerdict:
    """The last run of a journal, decided again. `tape` is where its tapes are now, `store` where its journal
    is; both are in its folder where nothing is named. Raises ReplayError and StorageError.
    """
    opened = look_into(store or f"sqlite:///{folder / STORE}")
    try:
        course = Course(tape if tape is not None else folder / TAPES, _standing(opened))
        total = _count(opened)
        progress("replaying", 0, total)
        for done, (entry, event) in enumerate(last_run(opened)):
            course.take(entry, event)
            if done % _SHOWN == 0:
                progress("replaying", min(entry, total), total)
    finally:
        opened.close()
    return course.verdict()


def last_run(store: Store) -> Iterator[Numbered]:
    """The entries of the last run of a journal, from its beginning, numbered."""
    first = 0
    for event, _, entry in entries_of(store, TYPES):
        if isinstance(event, RunBegan) and not event.resumed:
            first = entry
    if not first:
        raise ReplayError(
            "the beginning of the run is not in its journal", remedy="it was pruned: replay a run before that"
        )
    for event, _, entry in entries_of(store, TYPES):
        if entry >= first:
            yield entry, event


def _standing(store: Store) -> list[msgspec.Struct]:
    """What earlier runs of the journal had left imposed when the last one began."""
    now: dict[str, Imposed | Latched] = {}
    before: list[msgspec.Struct] = []
    for event, _, _ in entries_of(store, TYPES):
        if isinstance(event, RunBegan) and not event.resumed:
            before = list(now.values())
        impose(now, event)
    return before


def _count(store: Store) -> int:
    with store.reading() as read:
        return int(read.execute(sa.select(sa.func.max(entries.c.seq))).scalar() or 0)
