"""What a run is worth goes into its journal now and then: so the last day is known after a restart too."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from titan.execution.desk import Journal
from titan.model.valuation import Valued
from titan.runtime.trading.whole import write_whole
from titan.views.status import Status, encoded

EVERY_NS: Final = 60_000_000_000


class Valuing:
    """Call it with every status of the run."""

    def __init__(self, journal: Journal, every_ns: int = EVERY_NS) -> None:
        self._journal, self._every_ns, self._next_ns = journal, every_ns, 0

    def __call__(self, now: Status) -> None:
        if now.state != "trading" or now.at_ns < self._next_ns:
            return
        if now.nav is not None and now.delta is not None and now.deployed is not None:
            self._next_ns = now.at_ns + self._every_ns
            self._journal(Valued(now.nav, now.delta, now.deployed, now.pnl, now.at_ns))


def write(status: Status, place: Path) -> None:
    """The document, whole at every moment. Raises OSError."""
    write_whole(place, encoded(status))
