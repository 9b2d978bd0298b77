"""Over which venues a pair is opened, and what each way would have cost (SEN-5)."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from titan.model.instrument import venue_of


class Route(msgspec.Struct, frozen=True):
    """One spot and one perp of a base. Figures are in bps of the spot price that the decision started from,
    both legs in the ledger's currency.

    all_in = basis - fees + funding - transfer; `why` says why the route cannot be had, and is empty where it
    can.
    """

    spot: str
    perp: str
    basis_bps: float = 0.0
    """The perp's price over the spot's, as walking both books for a clip would fill them."""
    fees_bps: float = 0.0
    """Taker fees of both legs, in and out."""
    funding_bps: float = 0.0
    """What the short is expected to receive while the pair is held."""
    transfer_bps: float = 0.0
    """Withdrawals between the two venues while the pair is held; 0 at a single one."""
    all_in_bps: float = 0.0
    why: str = ""

    @property
    def cross(self) -> bool:
        """Whether its legs stand at two venues."""
        return venue_of(self.spot) != venue_of(self.perp)


class Routed(msgspec.Struct, frozen=True, tag="routed", tag_field="what"):
    """A routing decision: the best route at a single venue, the best over two, and which of them was taken.

    `intent_id` is the wish that follows, empty where no route was left; `out` are the routes that could not
    be had. `hurdle_bps` is by how much the cross route has to be better.
    """

    intent_id: str
    strategy: str
    pair: str
    type: str
    notional: Decimal
    hurdle_bps: float
    chosen: Route | None
    single: Route | None
    cross: Route | None
    out: tuple[Route, ...]
    reason: str
    at_ns: int
