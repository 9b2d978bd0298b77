"""What a restart, a reconciliation and a panic write down: capital, latches, differences."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

import msgspec


class Deposited(msgspec.Struct, frozen=True, tag="deposited", tag_field="what"):
    """Capital that came into a wallet. `price` is what one unit is taken into the books at; None for the
    ledger's own currency.
    """

    wallet: str
    asset: str
    amount: Decimal
    local_ns: int
    price: Decimal | None = None


class Latched(msgspec.Struct, frozen=True, tag="latched", tag_field="what"):
    """Entries stop until somebody re-arms by hand. `name` is what latched ("panic", "clock drift" ...), the
    same name latches once.
    """

    name: str
    reason: str
    by: str
    local_ns: int


class Rearmed(msgspec.Struct, frozen=True, tag="rearmed", tag_field="what"):
    """The latch `name` was taken back by `by`."""

    name: str
    by: str
    local_ns: int


class Found(StrEnum):
    """What kind of difference a reconciliation found."""

    MISSED = "missed reports"
    """The venue knows more of an order than we had heard."""
    IN_DOUBT = "order in doubt"
    """The venue does not know an order that we may have sent; it may still arrive."""
    STALE = "older than what we know"
    FORGOTTEN = "ours, but not in the journal"
    FOREIGN_ORDER = "foreign order"
    FOREIGN_FILL = "foreign fill"
    POSITION = "position"
    BALANCE = "balance"
    TRANSFER = "transfer in doubt"


class Difference(msgspec.Struct, frozen=True):
    """One thing that is not as we thought. `ours` and `theirs` are figures as text; `done` says what was done
    about it. Where `blocks`, entries at this venue stay closed.
    """

    kind: Found
    subject: str
    ours: str
    theirs: str
    done: str
    blocks: bool = False


class Reconciled(msgspec.Struct, frozen=True, tag="reconciled", tag_field="what"):
    """One pass over one venue. Only a `complete` pass without a difference that blocks opens its gate; `why`
    says what was missing from an incomplete one.
    """

    venue: str
    complete: bool
    why: str
    orders: int
    positions: int
    balances: int
    differences: tuple[Difference, ...]
    began_ns: int
    local_ns: int

    @property
    def opens(self) -> bool:
        return self.complete and not any(d.blocks for d in self.differences)


class Baseline(msgspec.Struct, frozen=True, tag="baseline", tag_field="what"):
    """By policy this much of a position or a balance is somebody else's and is left out of the comparison.
    `subject` is an instrument (then `amount` is in lots) or `wallet asset`.
    """

    venue: str
    subject: str
    amount: Decimal
    local_ns: int


class PanicStep(msgspec.Struct, frozen=True, tag="panic", tag_field="what"):
    """A step of a panic at one venue, written down before it is taken. `note` has its figures."""

    panic: str
    venue: str
    step: str
    local_ns: int
    note: str = ""


class PanicEnded(msgspec.Struct, frozen=True, tag="panic_ended", tag_field="what"):
    """`flat` are the venues that proved it twice, `open` those that could not and why; `dust` names what is
    too small for its venue to take, `unseen` by venue what an account may hold that nobody looked at. The
    latch stays.
    """

    panic: str
    flat: tuple[str, ...]
    open: dict[str, str]
    local_ns: int
    dust: tuple[str, ...] = ()
    unseen: dict[str, str] = {}
