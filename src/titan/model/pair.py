"""Two legs meant as one: long spot and short perp of the same base, or the way back."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

import msgspec

from titan.model.instrument import venue_of
from titan.model.signal import Purpose


class PairType(StrEnum):
    """What a pair is held for: funding, a stretched basis, or a liquidation vacuum."""

    CORE = "core"
    SATELLITE = "satellite"
    VACUUM = "vacuum"


class Terms(msgspec.Struct, frozen=True):
    """What a vacuum was opened for and what ends it (SEN-6). Basis is perp over spot, in bps."""

    entry_bps: float
    """The executable basis it was decided on."""
    target_bps: float
    """Converged: closed once the basis is at least this."""
    stop_bps: float
    """The loss limit: closed once the basis is at most this."""
    until_ns: int
    """The time limit."""

    def entered(self, basis_bps: float | None) -> Terms:
        """The same from the basis that was really got; the loss limit keeps its distance."""
        if basis_bps is None:
            return self
        moved = round(self.stop_bps + basis_bps - self.entry_bps, 4)
        return Terms(basis_bps, self.target_bps, moved, self.until_ns)

    def convergence(self, basis_bps: float) -> float:
        """How much of the way from the entry to the target the basis has come: 0 at the entry, 1 there."""
        way = self.target_bps - self.entry_bps
        return (basis_bps - self.entry_bps) / way if way > 0 else 1.0


class PairIntent(msgspec.Struct, frozen=True, tag="pair", tag_field="what"):
    """Open (`purpose` entry: buy spot, sell perp) or close (the way back) `units` of a pair, clip by clip.

    One unit is the smallest size that both legs can trade: the coarser of the two lots. `position` names
    the holding that
    is changed, and owns every fill, fee and funding payment that comes of it.

    A pair in `reverse` is opened by selling spot and buying the perp, and closed by buying the spot back.
    It sells coins that other holdings of the same pair have, so spot is never short, and its perp
    leg offsets their shorts at the venue: none of its orders is reduce-only.
    """

    id: str
    strategy: str
    pair: str
    position: str
    type: PairType
    purpose: Purpose
    spot: str
    perp: str
    units: int
    clip_units: int
    reason: str
    gap_min_ns: int
    gap_max_ns: int
    leg_deadline_ns: int
    slippage_cap_bps: float
    """How far through the touch a leg's limit stands."""
    arrival_cap_bps: float
    """The pair stops before a clip at which its executable basis is this much worse than it was at the
    first.
    """
    reverse: bool = False
    terms: Terms | None = None
    """Of a vacuum."""

    @property
    def buys_spot(self) -> bool:
        """Whether its legs buy spot and sell the perp; the other way round else."""
        return (self.purpose is Purpose.ENTRY) is not self.reverse


class PairEnd(StrEnum):
    DONE = "done"
    ABORTED = "aborted"
    """A leg failed; what was open is neutral again."""
    REFUSED = "refused"
    """A gate refused the first clip; nothing was sent."""
    NEEDS_OPERATOR = "needs operator"
    """Neutralising failed too: the residual is named and entries of this pair stop."""


class PairOutcome(msgspec.Struct, frozen=True, tag="pair_outcome", tag_field="what"):
    """How a pair intent ended. `residual_lots` is (spot, perp), each in its own lots, beyond the matched
    `units`.
    """

    intent: PairIntent
    end: PairEnd
    units: int
    clips: int
    aborted_clips: int
    reason: str
    at_ns: int
    residual_lots: tuple[int, int] = (0, 0)
    cost: Decimal = Decimal(0)
    """What the repairs paid beyond the mids they were decided at, taker fees included; in quote units."""
    basis_bps: float | None = None
    """Perp over spot of the average prices that the legs were filled at; None where one of them was not."""


class TransferIntent(msgspec.Struct, frozen=True, tag="transfer_intent", tag_field="what"):
    """Move money between two wallets of a venue, or withdraw it from one venue's spot wallet to another's.

    `amount` is a decimal text, exact: what leaves the source, the fee of a withdrawal included. What follows
    `patience_ns` is of withdrawals alone.
    """

    id: str
    strategy: str
    asset: str
    source: str
    target: str
    amount: str
    reason: str
    patience_ns: int = 120_000_000_000
    """How long the venue's word is waited for; longer than a request can be under way."""
    network: str = ""
    """Which of the allowed ways it takes, as ccxt names networks (TRC20); empty: the only one there is."""
    fee_limit: str = ""
    """Most that may be lost on the way, in the asset; empty: whatever the venue takes."""
    deadline_ns: int = 7_200_000_000_000
    """How long it may be under way before the operator is told; it is followed to its end all the same."""

    @property
    def crosses(self) -> bool:
        """Whether it leaves its venue: a withdrawal."""
        return venue_of(self.source) != venue_of(self.target)

    @property
    def lane(self) -> str:
        """The pair of venues of a withdrawal, in the direction of the money."""
        return f"{self.source.partition('.')[0]}>{self.target.partition('.')[0]}"


class Lane(msgspec.Struct, frozen=True):
    """A way for an asset from one venue's spot wallet to another's; `network` as ccxt names it, or empty."""

    source: str
    target: str
    asset: str
    network: str = ""


class HaltIntent(msgspec.Struct, frozen=True, tag="halt", tag_field="what"):
    """Stop the pair intent `intent_id` after its present clip; what it has filled stays."""

    intent_id: str
    strategy: str
    reason: str
