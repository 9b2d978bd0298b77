"""Every patience of a feed that no venue prescribes. Tests give short ones."""

from __future__ import annotations

from typing import NamedTuple


class Timings(NamedTuple):
    tick_s: float = 0.25
    """How often deadlines are looked at; what arrives is handled at once."""
    connect_s: float = 10.0
    ack_s: float = 5.0
    """A request to subscribe is asked once more after this; after twice this the connection is given up."""
    first_retry_s: float = 0.25
    most_retry_s: float = 30.0
    steady_s: float = 10.0
    """A connection that brought data for so long was a good one: the backoff begins anew."""
    refused_s: float = 30.0
    """A topic that the venue refused is asked for again after this, three times a connection."""
    overlap_s: float = 3.0
    """Least time for which an old and a new connection both deliver, and the most."""
    overlap_most_s: float = 30.0
    stale_least_s: float = 20.0
    stale_factor: float = 50.0
    """A book is stale when it is silent for so many of its usual intervals while others change."""
    close_s: float = 1.0
    fetch_s: float = 10.0
    fetch_tries: int = 6
