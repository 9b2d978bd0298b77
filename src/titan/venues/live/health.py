"""What a feed says of itself."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class State(StrEnum):
    CONNECTING = "connecting"
    SUBSCRIBING = "subscribing"
    """Open, and not every topic is acknowledged yet."""
    LIVE = "live"
    REPLACING = "replacing"
    """Live, and a second connection is about to take over."""
    WAITING = "waiting"
    """Not connected; tried again after a wait."""


class Health(msgspec.Struct, frozen=True):
    """One carrier of topics. Times in ns, `last_data` in ns UTC (0: none yet)."""

    line: str
    url: str
    connection: int
    """The number of its present connection, 0 for none."""
    state: State
    topics: int
    acked: int
    refused: dict[str, str]
    """Topics that the venue refused, and its words."""
    messages: int
    rows: int
    last_data: int
    reconnects: int
    rotations: int
    resubscribed: int
    latency_ns: int | None
    """Usual time from the venue to us, by its own clock; None where it sends no time."""
    error: str
    """Why the last connection ended or could not be opened; empty when all went well since."""


class FetchHealth(msgspec.Struct, frozen=True):
    """The GETs of a feed."""

    asked: int
    answered: int
    retried: int
    failed: int
    error: str
