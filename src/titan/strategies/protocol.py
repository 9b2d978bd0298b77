"""All that a strategy sees, and all that it must offer.

A strategy is two halves. Its *kernel* steps through rows, compiled, and stops where it noticed something;
it knows nothing
of orders or positions, so it may run ahead of them. Its *decisions* are plain Python, called one at a time
with the
situation as it stands, and answer with wishes. It never sees a venue, an order or a clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Protocol

from titan.market.freshness import NoPrice, Price
from titan.market.tape.rows import Rows
from titan.market.walk import Taken
from titan.model.bracket import BracketIntent
from titan.model.fill import Fill
from titan.model.guard import MarginStep
from titan.model.instrument import Instrument
from titan.model.late import UndoIntent
from titan.model.limit import LimitIntent
from titan.model.order import Side
from titan.model.outcome import Outcome
from titan.model.pair import HaltIntent, PairIntent, TransferIntent
from titan.model.routing import Routed
from titan.model.signal import Intent, Signal
from titan.model.twap import TwapIntent

Wish = (
    PairIntent
    | TwapIntent
    | LimitIntent
    | BracketIntent
    | TransferIntent
    | UndoIntent
    | HaltIntent
    | Intent
    | Routed
    | MarginStep
)
"""`Routed` and `MarginStep` ask for nothing: they are written down beside the wishes that they explain."""


class Situation(Protocol):
    """The world at the moment of a decision: never a row newer than has reached us."""

    @property
    def now_ns(self) -> int: ...

    def instrument(self, instrument: str) -> Instrument: ...

    def unit(self, spot: str, perp: str) -> Decimal:
        """The smallest base size that both legs can trade."""
        ...

    def price(self, instrument: str) -> Price | NoPrice: ...

    def rate(self, asset: str) -> Decimal | None:
        """What one unit of an asset is worth in the ledger's currency; None while nothing says so."""
        ...

    def walk(self, instrument: str, side: Side, size: Decimal) -> Taken | NoPrice:
        """What a taker order of `size` base units would get now, book or touch; a book too thin for it says
        so.
        """
        ...

    def nav(self) -> Decimal: ...

    def cost(self, instrument: str) -> Decimal | None:
        """What a base unit of the position in it cost on average, in the quote; None where none is held."""
        ...

    def wallet(self, wallet: str, asset: str) -> Decimal: ...

    def position_lots(self, instrument: str) -> int: ...

    def holding(self, owner: str, instrument: str) -> Decimal:
        """Signed base units that a holding has, by the ledger."""
        ...

    def perp_equity(self, wallet: str, asset: str = "") -> Decimal:
        """What a perp wallet holds of the settle asset plus the unrealised P&L of the positions that settle
        in it, in that asset; without one all of them together, in the ledger's currency.
        """
        ...

    def perp_notional(self, wallet: str, asset: str = "") -> Decimal | None:
        """What the positions of a perp wallet are worth, longs and shorts alike, or those alone that settle
        in `asset`; None while one of them cannot be valued.
        """
        ...

    def entry_scale(self, strategy: str, *instruments: str) -> Fraction:
        """What part of its size an entry in these may have by all that is imposed: 0 for none at all."""
        ...

    def must_close(self, strategy: str, owner: str, *instruments: str) -> bool:
        """Whether it is imposed that a holding with these legs is closed, and allowed to close it."""
        ...


class Strategy(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def timer_ns(self) -> int:
        """How often `tick` is called; 0 for never."""
        ...

    def scan(self, rows: Rows, start: int, stop: int) -> tuple[int, int]:
        """Step rows [start, stop); stop behind the first that says something. Returns (next row, code or
        0).
        """
        ...

    def signal(self, code: int, row: int, local_ns: int) -> Signal:
        """The signal just raised by `scan`, with the figures that made it, copied out of the kernel's
        state.
        """
        ...

    def decide(self, signal: Signal, now: Situation) -> Sequence[Wish]: ...

    def tick(self, now: Situation) -> Sequence[Wish]: ...

    def liquidated(self, fill: Fill, owner: str, now: Situation) -> Sequence[Wish]:
        """A venue closed a position of the holding `owner` by force; `fill` is already booked."""
        ...

    @property
    def holds(self) -> bool:
        """Whether it holds anything, or is about to."""
        ...

    def close_all(self, reason: str, now: Situation) -> Sequence[Wish]:
        """The run ends and is to be left with nothing: what closes all that is held; nothing is opened
        again.
        """
        ...

    def flatten(self, reason: str, now: Situation) -> Sequence[Wish]:
        """What closes all that is to be closed (`Situation.must_close`), fast. It may be asked for again, and
        what is then allowed to be opened is for the gates to say.
        """
        ...

    def guard(self, now: Situation) -> Sequence[Wish]:
        """Asked every few seconds: what must not wait for the next `tick`, as margin. Where it answers
        nothing it has not changed either: such a call is not written down.
        """
        ...

    def owns(self, owner: str) -> bool:
        """Whether this is the name of a holding of its own, past ones too."""
        ...

    def cleared(self, wish: str) -> None:
        """An operator has looked at what this wish left in doubt: nobody need wait for that any more. Of a
        wish that left nothing it may be told too.
        """
        ...

    def finished(self, outcome: Outcome, now: Situation) -> Sequence[Wish]:
        """A wish has ended. Undoing late fills ends here as well: nothing but a note for most."""
        ...
