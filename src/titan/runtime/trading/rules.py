"""What a venue said of its instruments, kept beside the run's memory: so that a run can come up while that
venue is down. Nothing is traded there by it (`absent`).
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from titan.model.errors import VenueBusy, VenueError, VenueUnknown
from titan.runtime.trading.whole import write_whole
from titan.venues.gateway.gateway import Gateway

FOLDER: Final = "rules"
"""In the folder of the run: a file for each venue."""


class Told(msgspec.Struct):
    """The markets of one venue as ccxt has them, and when it told them, ns UTC."""

    at_ns: int
    markets: list[dict[str, object]]


async def ask_rules(
    gateway: Gateway, instruments: Sequence[str], folder: Path, now: Callable[[], int], *, resumed: bool
) -> int:
    """Ask for its rules, and keep those of `instruments` (ids). Where it does not answer, and the run goes on
    with an earlier one, its rules are those that are kept: since when, ns; 0 where they are of now. Raises
    VenueError where there are none, and for a venue that says no.
    """
    place = folder / FOLDER / f"{gateway.profile.venue}.json"
    try:
        await gateway.instruments()
    except (VenueBusy, VenueUnknown) as e:
        told = _kept(place) if resumed else None
        if told is None:
            raise _without(e, resumed=resumed) from e
        gateway.recollect(told.markets)
        return told.at_ns
    keep(gateway, instruments, place, now())
    return 0


def keep(gateway: Gateway, instruments: Sequence[str], place: Path, at_ns: int) -> None:
    """Where that cannot be written the run goes on: the next start wants the venue to answer then."""
    with contextlib.suppress(OSError):
        place.parent.mkdir(exist_ok=True)
        write_whole(place, msgspec.json.encode(Told(at_ns, gateway.catalogue(instruments))))


def _kept(place: Path) -> Told | None:
    try:
        return msgspec.json.decode(place.read_bytes(), type=Told)
    except (OSError, msgspec.DecodeError):
        return None


def _without(error: VenueError, *, resumed: bool) -> VenueError:
    why = "no rules of it are kept" if resumed else "a new run needs its rules and what it holds"
    return VenueUnknown(f"{error.message}; {why}", remedy="try again when it answers, or leave it out")
