"""Numbered cases that every venue runs, as far as it claims to be able to.

A case is an async function of a place (a venue and a kind of market). `needs` says in which places it runs.
Numbers never change their meaning: a case that goes leaves a hole.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from importlib.util import find_spec
from typing import Final, NamedTuple

from titan.doubles.registry import venues
from titan.model.instrument import InstrumentKind
from titan.venues.batch import Batch
from titan.venues.gateway.profile import PROFILES
from titan.venues.registry import lines
from titan.venues.stream import Channel, Market, Wish


class Place(NamedTuple):
    """Where a case runs."""

    venue: str
    kind: InstrumentKind

    def __str__(self) -> str:
        return f"{self.venue}-{self.kind}"


Run = Callable[[Place], Awaitable[None]]
Needs = Callable[[Place], bool]


class Case(NamedTuple):
    """`number` as `D-01`; `title` a sentence that holds when the case passes."""

    number: str
    title: str
    needs: Needs
    run: Run


CASES: Final[dict[str, Case]] = {}


def case(number: str, title: str, needs: Needs = lambda _: True) -> Callable[[Run], Run]:
    """Registers an async function of a place as a case."""

    def register(run: Run) -> Run:
        assert number not in CASES, f"two cases are called {number}"
        CASES[number] = Case(number, title, needs, run)
        return run

    return register


def places() -> list[Place]:
    """Every market of every venue that has both a double and lines."""
    parts = ("titan.doubles.{}.server", "titan.venues.{}.lines")
    here = [v for v in venues() if all(find_spec(part.format(v)) is not None for part in parts)]
    return [Place(v, kind) for v in here for kind in PROFILES[v].kinds]


def carries(*channels: Channel) -> Needs:
    """The venue's lines carry these channels, by stream or by poll."""

    def needs(place: Place) -> bool:
        market = Market(0, "", place.kind)
        made = lines(place.venue, Batch())
        return all(
            any(line.topics(Wish(market, channel)) or line.fetches(Wish(market, channel)) for line in made)
            for channel in channels
        )

    return needs


def has_checksums(place: Place) -> bool:
    """The venue's books carry checksums."""
    return place.venue in ("kraken",)
