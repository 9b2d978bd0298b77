"""Journals long enough to be folded in parts, and what a replica says of itself, to the last digit."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any

import msgspec

from tests.views.scripts import script
from titan.engine.journal import Journal
from titan.model.fill import Fill
from titan.storage.finished import LINES
from titan.storage.lines import FileLines
from titan.views.replica import Replica

SECOND = 10**9
HEAD = 5
"""Entries of the script before anything is traded."""


def rounds(count: int) -> Iterator[msgspec.Struct]:
    """The script again and again: pairs that come and go, orders and fills under new names each time."""
    written = script()
    yield from (event for _, event in written[:HEAD])
    base = written[-1][0]
    for n in range(count):
        for k, (_, event) in enumerate(written[HEAD:]):
            yield renamed(event, n, base + (n * 40 + k) * SECOND // 10)


def renamed(event: msgspec.Struct, n: int, at_ns: int) -> msgspec.Struct:
    fields = event.__struct_fields__
    changes: dict[str, Any] = {name: at_ns for name in ("local_ns", "at_ns", "venue_ns") if name in fields}
    if isinstance(event, Fill):
        changes["id"] = f"{n}-{event.id}"
    if "client_id" in fields:
        changes["client_id"] = f"{getattr(event, 'client_id')}{n}"  # noqa: B009
    return msgspec.structs.replace(event, **changes)


def lines_of(place: Path, count: int) -> FileLines:
    journal = Journal()
    for event in rounds(count):
        journal(event)
    journal.save(place / LINES)
    found = FileLines(place)
    while found.grow():
        pass
    return found


def told(one: Any) -> Any:
    """All that a replica holds as plain values; what is one thing in two places is told in both."""
    if isinstance(one, dict):
        return {str(key): told(value) for key, value in one.items()}
    if isinstance(one, list | deque | tuple):
        return [told(value) for value in one]
    if isinstance(one, msgspec.Struct):
        return {name: told(getattr(one, name)) for name in one.__struct_fields__}
    if hasattr(one, "__dict__") and not isinstance(one, Enum):
        return {name: told(value) for name, value in vars(one).items()}
    return str(one)


def alike(one: Replica, other: Replica) -> bool:
    return bool(told(one) == told(other))
