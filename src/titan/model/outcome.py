"""How the wishes of one instrument, and transfers, ended."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec

from titan.model.bracket import BracketIntent
from titan.model.late import UndoIntent
from titan.model.limit import LimitIntent
from titan.model.pair import PairEnd, PairIntent, PairOutcome, TransferIntent
from titan.model.twap import TwapIntent


class SagaOutcome(msgspec.Struct, frozen=True, tag="saga_outcome", tag_field="what"):
    """`lots` were filled in the direction of the wish, for `value` (ticks times lots). A bracket that ended
    flat has 0 lots and the signed value of its round trip. `cost` is what repairs paid, in quote units.
    """

    intent: TwapIntent | LimitIntent | BracketIntent | TransferIntent | UndoIntent
    end: PairEnd
    lots: int
    value: int
    reason: str
    at_ns: int
    residual_lots: int = 0
    """What stands and should not: named for the operator."""
    cost: Decimal = Decimal(0)

    @property
    def average_ticks(self) -> float:
        return self.value / self.lots if self.lots else 0.0


Outcome = PairOutcome | SagaOutcome
_DOUBT: Final = "needs operator "


def doubt_halt(wish: str, subject: str) -> str:
    """The name of the halt of `subject` that stands since this wish ended with something for an operator."""
    return f"{_DOUBT}{wish} {subject}"


def doubted(halt: str) -> str:
    """The wish that left a halt of this name; empty where none did."""
    return halt.removeprefix(_DOUBT).partition(" ")[0] if halt.startswith(_DOUBT) else ""


def traded_by(outcome: Outcome) -> tuple[str, ...]:
    """The instruments that its wish was about; for a withdrawal its lane, for another transfer none."""
    match outcome.intent:
        case PairIntent() as wish:
            return wish.spot, wish.perp
        case TransferIntent() as wish:
            return (wish.lane,) if wish.crosses else ()
        case wish:
            return (wish.instrument,)
