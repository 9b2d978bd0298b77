"""What a reconciliation is handed, and what one pass of it finds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import msgspec

from titan.execution.tickets import Ticket
from titan.model.events import Submitted, VenueEvent
from titan.model.instrument import venue_of
from titan.model.recovery import Deposited, Difference, Found, Reconciled
from titan.model.signal import Intent


class Tickets(Protocol):
    """Of the desk: every order of the run."""

    @property
    def tickets(self) -> Sequence[Ticket]: ...

    def ticket(self, client_id: str) -> Ticket | None: ...


class Gates(Protocol):
    """Whether entries may go to a venue. Exits and hedges always may."""

    def close(self, venue: str, why: str) -> None: ...

    def open(self, venue: str) -> None: ...


class VenueGates:
    """Every venue is closed until it was opened."""

    def __init__(self, venues: Sequence[str]) -> None:
        self.closed: dict[str, str] = dict.fromkeys(venues, "not reconciled yet")
        """By venue: why entries do not go there."""

    def close(self, venue: str, why: str) -> None:
        self.closed[venue] = why

    def open(self, venue: str) -> None:
        self.closed.pop(venue, None)

    def why(self, instrument: str) -> str:
        """Why entries of an instrument are not let through; "" where they are."""
        return self.closed.get(venue_of(instrument), "")


@dataclass(frozen=True)
class Hands:
    """What a reconciliation may do. Each is expected to journal first."""

    hear: Callable[[VenueEvent], None]
    """A venue's word that was missed: into the journal, the ledger and the desk (`Engine.on_event`)."""
    journal: Callable[[msgspec.Struct], None]
    deposit: Callable[[Deposited], None]
    """Capital that came without us, into the journal and the ledger."""
    adopt: Callable[[Submitted], None]
    """An order that is not in the journal: into the journal and the desk, not sent."""
    close: Callable[[Intent], None]
    """An order that closes what is not ours: through the desk and its gates."""
    page: Callable[[str], None]
    """Tell the operator."""


@dataclass
class Findings:
    """Of one pass. `lacking` says why it is not complete."""

    orders: int = 0
    positions: int = 0
    balances: int = 0
    differences: list[Difference] = field(default_factory=list)
    lacking: list[str] = field(default_factory=list)
    moving: bool = False
    """Events came while the accounts were compared: no conclusion, and no reason to close a gate either."""

    def say(
        self, kind: Found, subject: str, ours: object, theirs: object, done: str, *, blocks: bool = False
    ) -> None:
        self.differences.append(Difference(kind, subject, str(ours), str(theirs), done, blocks))

    def stale(self, what: str) -> None:
        self.lacking.append(f"an answer older than our last event: {what}")

    def missing(self, what: str) -> None:
        self.lacking.append(f"an answer with parts missing: {what}")

    def result(self, venue: str, began_ns: int, now_ns: int) -> Reconciled:
        complete = not self.lacking and not self.moving
        why = "; ".join(self.lacking) or ("events came while it was compared" if self.moving else "")
        return Reconciled(
            venue, complete, why, self.orders, self.positions, self.balances, tuple(self.differences),
            began_ns, now_ns,
        )  # fmt: skip
