"""The prices at which a run valued what it holds last: in the status.json beside its journal."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final, NamedTuple

import msgspec

from titan.cli.looking import when
from titan.runtime.clock import WallClock
from titan.storage.store import Store


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


class _Status(msgspec.Struct):
    at_ns: int
    prices: tuple[_Price, ...]


def marks_beside(store: Store) -> Marks:
    """Of the run in whose folder the journal is; none for a journal on a server. A price that the run did not
    trust any more is none.
    """
    if store.file is None:
        return NONE
    try:
        body = (store.file.parent / "status.json").read_bytes()
        status = msgspec.json.decode(body, type=_Status)
    except (OSError, msgspec.DecodeError):
        return NONE
    prices = {one.instrument: one.mark for one in status.prices if not one.why and one.mark is not None}
    age = (WallClock().now() - status.at_ns) / 1e9
    old = "" if age < 10 else f", {_ago(age)} ago: nothing newer is known here"
    without = [f"; none of {one.instrument}: {one.why}" for one in status.prices if one.why]
    return Marks(prices, status.at_ns, f"marks of {when(status.at_ns)} UTC{old}{''.join(without)}")


def _ago(seconds: float) -> str:
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:,.0f} {unit}"
    return f"{seconds:,.0f} s"
