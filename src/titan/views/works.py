"""Executions as the journal tells them: every wish that takes a saga, its steps and orders, to its end."""

from __future__ import annotations

from collections import deque
from decimal import Decimal
from typing import Final

import msgspec

from titan.model.bracket import BracketIntent
from titan.model.late import UndoIntent
from titan.model.limit import LimitIntent
from titan.model.money import ZERO
from titan.model.order import Order
from titan.model.outcome import Outcome, SagaOutcome
from titan.model.pair import PairIntent, TransferIntent
from titan.model.signal import Purpose
from titan.model.step import SagaStep
from titan.model.twap import TwapIntent

KEPT: Final = 200
"""Works that have ended."""
STEPS: Final = 100
ORDERS: Final = 200
"""Of one work: the last so many."""
PANIC: Final = "panic"
"""How a work ended that a panic has ended."""

SagaWish = PairIntent | TwapIntent | LimitIntent | BracketIntent | TransferIntent | UndoIntent
KINDS: Final[dict[type[msgspec.Struct], str]] = {
    PairIntent: "pair", TwapIntent: "twap", LimitIntent: "limit", BracketIntent: "bracket",
    TransferIntent: "transfer", UndoIntent: "undo",
}  # fmt: skip


class Sent(msgspec.Struct):
    """An order, what became of it, and the holding that it was for."""

    order: Order
    owner: str
    saga: str
    purpose: str


class Step(msgspec.Struct, frozen=True):
    """As its saga wrote it down. `lots` are those filled by then, leg by leg."""

    at_ns: int
    step: str
    note: str
    lots: tuple[int, ...]


class Work(msgspec.Struct):
    """A wish and what is done about it. `end` is empty while it goes on. `units` are those of a pair, else
    lots in the direction of the wish; they, `clips`, `aborted` and `cost` (of repairs, in quote) are told at
    the end. `seq` is the wish's own entry, that of its outcome where it was pruned.
    """

    wish: SagaWish
    seq: int
    began_ns: int
    steps: list[Step] = []
    orders: list[Sent] = []
    ended_ns: int = 0
    end: str = ""
    reason: str = ""
    units: int = 0
    clips: int = 0
    aborted: int = 0
    cost: Decimal = ZERO

    @property
    def id(self) -> str:
        return self.wish.id

    @property
    def kind(self) -> str:
        return KINDS[type(self.wish)]

    @property
    def subject(self) -> str:
        """The pair, the instrument, or what is moved from where to where."""
        match self.wish:
            case PairIntent() as wish:
                return wish.pair
            case TransferIntent() as wish:
                return f"{wish.asset} {wish.source} > {wish.target}"
            case wish:
                return wish.instrument

    @property
    def purpose(self) -> str:
        """Empty for what is neither entry, exit nor hedge."""
        return str(getattr(self.wish, "purpose", Purpose.ENTRY if self.kind == "bracket" else ""))

    @property
    def planned(self) -> int:
        """Units of a pair, else lots; 0 for a transfer."""
        wish = self.wish
        if isinstance(wish, PairIntent):
            return wish.units
        return 0 if isinstance(wish, TransferIntent) else wish.lots

    @property
    def why(self) -> str:
        """What the strategy wished it for."""
        return str(getattr(self.wish, "reason", ""))

    def close(self, outcome: Outcome) -> None:
        self.ended_ns, self.end, self.reason = outcome.at_ns, outcome.end.value, outcome.reason
        self.cost = outcome.cost
        if isinstance(outcome, SagaOutcome):
            self.units = outcome.lots
        else:
            self.units, self.clips, self.aborted = outcome.units, outcome.clips, outcome.aborted_clips


class Works:
    """`working` by the wish's id, in the order of beginning; `ended` the last that did, oldest first."""

    def __init__(self) -> None:
        self.working: dict[str, Work] = {}
        self.ended: deque[Work] = deque(maxlen=KEPT)

    def wished(self, wish: SagaWish, seq: int, at_ns: int) -> None:
        if wish.id not in self.working:
            self.working[wish.id] = Work(wish, seq, at_ns)

    def stepped(self, event: SagaStep) -> None:
        work = self.working.get(event.intent_id)
        if work is not None:
            work.steps.append(Step(event.local_ns, event.step, event.note, event.lots))
            del work.steps[:-STEPS]

    def ordered(self, sent: Sent) -> None:
        work = self.working.get(sent.saga)
        if work is not None:
            work.orders.append(sent)
            del work.orders[:-ORDERS]

    def finished(self, outcome: Outcome, seq: int) -> None:
        """Also one whose wish was pruned; one that is known to have ended already stays as it was."""
        name = outcome.intent.id
        if name not in self.working and any(one.id == name for one in self.ended):
            return
        work = self.working.pop(name, None) or Work(outcome.intent, seq, outcome.at_ns)
        work.close(outcome)
        self.ended.append(work)

    def panicked(self, at_ns: int) -> None:
        """A panic ended all but the transfers."""
        for work in [one for one in self.working.values() if not isinstance(one.wish, TransferIntent)]:
            work.end, work.ended_ns = PANIC, at_ns
            self.ended.append(self.working.pop(work.id))

    def of(self, intent_id: str) -> str:
        """The wish that an intent of this id belongs to: its own id begins with that; empty for none."""
        return next((name for name in self.working if intent_id.startswith(f"{name}-")), "")
