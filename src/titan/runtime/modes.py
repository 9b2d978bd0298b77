"""The table of parts by mode: the one place that knows what a mode is. Nothing else in Titan asks for it.

Engine, desk, gates, ledger and strategies are made by `runtime/assembly.py`, the same in every mode.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, Final, NamedTuple

from titan.model.errors import ConfigError


class Part:
    """A part by its place, `module:name`, imported when it is made: a backtest needs no exchange client."""

    def __init__(self, place: str) -> None:
        self.place = place

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        module, _, name = self.place.partition(":")
        make: Callable[..., Any] = getattr(import_module(module), name)
        return make(*args, **kwargs)


class Mode(NamedTuple):
    """`venue` takes orders, `rows` brings market data, `journal` keeps events; `shut` says why no order may
    leave at all, where none may."""

    name: str
    loop: Part
    clock: Part
    rows: Part
    venue: Part
    journal: Part
    keys: bool
    """Whether orders need keys of the venues, which then keep the truth of the account themselves."""
    shut: str = ""


_VIRTUAL: Final = Part("titan.engine.loop:VirtualLoop")
_REAL: Final = Part("uvloop:new_event_loop")
_WALL: Final = Part("titan.runtime.clock:WallClock")
_FEEDS: Final = Part("titan.runtime.trading.markets:Markets")
_STORED: Final = Part("titan.storage.journal:StoredJournal")
_PAPER: Final = Part("titan.runtime.trading.sides:PaperSide")
_VENUES: Final = Part("titan.runtime.trading.live:LiveSide")
_SIMULATED: Final = Part("titan.simulation.venue:SimVenue")
_IN_MEMORY: Final = Part("titan.engine.journal:Journal")
_TAPE: Final = Part("titan.simulation.feed:LocalBlocks")

MODES: Final = {
    mode.name: mode
    for mode in (
        #    name        loop      clock     rows    venue       journal     keys
        Mode("backtest", _VIRTUAL, _VIRTUAL, _TAPE, _SIMULATED, _IN_MEMORY, False),
        Mode("paper", _REAL, _WALL, _FEEDS, _PAPER, _STORED, False),
        Mode("observe", _REAL, _WALL, _FEEDS, _PAPER, _STORED, False, "this run only observes"),
        Mode("live", _REAL, _WALL, _FEEDS, _VENUES, _STORED, True),
    )
}
LIVE_DATA: Final = tuple(name for name, mode in MODES.items() if mode.rows is _FEEDS)


def mode_named(name: str) -> Mode:
    """A mode of `titan run`. Raises ConfigError for another."""
    if name not in LIVE_DATA:
        raise ConfigError(f"there is no mode {name}", remedy=f"one of {', '.join(LIVE_DATA)}")
    return MODES[name]
