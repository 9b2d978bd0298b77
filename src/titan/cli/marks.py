"""The prices at which a run valued what it holds last: in the status.json beside its journal."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from titan.runtime.clock import WallClock
from titan.runtime.watching.written import when
from titan.storage.store import Store, shown


class Marks(NamedTuple):
    """By instrument, of the time `at_ns`; `said` tells people how old they are, or why there are none."""

    prices: Mapping[str, Decimal]
    at_ns: int | None
    said: str


NONE: Final = Marks({}, None, "no marks: no run has written its prices beside this journal")


class _Price(msgspec.Struct):
    instrument: str
    why: str
    mark: Decimal | None = None


class _Journal(msgspec.Struct, frozen=True):
    store: str


class _Status(msgspec.Struct):
    at_ns: int
    prices: tuple[_Price, ...]
    journal: _Journal = _Journal("")


def marks_beside(store: Store) -> Marks:
    """Of the run in whose folder the journal is; for a journal on a server, of the run here that names it. A
    price that the run did not trust any more is none.
    """
    if store.file is not None:
        status = _read(store.file.parent / "status.json")
    else:
        here = [found for place in Path("runs").glob("*/status.json") if (found := _read(place)) is not None]
        named = [found for found in here if found.journal.store == shown(store.url)]
        status = max(named, key=lambda found: found.at_ns, default=None)
    if status is None:
        return NONE
    prices = {one.instrument: one.mark for one in status.prices if not one.why and one.mark is not None}
    age = (WallClock().now() - status.at_ns) / 1e9
    old = "" if age < 10 else f", {_ago(age)} ago: nothing newer is known here"
    without = ", ".join(one.instrument for one in status.prices if one.instrument not in prices)
    none = f"; no price that the run trusted: {without}" if without else ""
    return Marks(prices, status.at_ns, f"marks of {when(status.at_ns)} UTC{old}{none}")


def _read(place: Path) -> _Status | None:
    try:
        return msgspec.json.decode(place.read_bytes(), type=_Status)
    except (OSError, msgspec.DecodeError):
        return None


def _ago(seconds: float) -> str:
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:,.0f} {unit}"
    return f"{seconds:,.0f} s"
