"""Which double speaks for a venue: the `Server` of `titan.doubles.<venue>.server`, imported on demand."""

from __future__ import annotations

import importlib
import importlib.util

from titan.doubles.faults import Faults
from titan.doubles.playback import FEES_BPS
from titan.doubles.server import VenueServer
from titan.doubles.world import World
from titan.model.errors import ConfigError


def venues() -> list[str]:
    """Venues that have a double here."""
    return sorted(v for v in FEES_BPS if importlib.util.find_spec(f"titan.doubles.{v}") is not None)


def double(venue: str, world: World, faults: Faults) -> VenueServer:
    """The venue's server over a world, not yet listening. Raises ConfigError for a venue without one."""
    check_venue(venue)
    module = importlib.import_module(f"titan.doubles.{venue}.server")
    server: VenueServer = module.Server(world, faults)
    return server


def check_venue(venue: str) -> None:
    """Raises ConfigError, which names those there are."""
    if venue not in venues():
        raise ConfigError(f"there is no double of {venue}", remedy=f"one of {', '.join(venues())}")
