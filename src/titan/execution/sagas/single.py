"""What the sagas of one instrument and one direction share: how much is left, and how they end."""

from __future__ import annotations

from typing import Final

from titan.execution.sagas.saga import Parts, Past, shortfall
from titan.execution.sagas.undo import TakingSaga
from titan.execution.tickets import Ticket
from titan.model.limit import LimitIntent
from titan.model.order import Side
from titan.model.outcome import SagaOutcome
from titan.model.pair import PairEnd
from titan.model.twap import TwapIntent

UNDO_CAP_BPS: Final = 50.0
"""How far through the touch the first try to trade an excess back stands."""


class SingleSaga(TakingSaga):
    def __init__(
        self, wish: TwapIntent | LimitIntent, parts: Parts, past: Past | None, *, wait_ns: int
    ) -> None:
        super().__init__(wish, parts, past, wait_ns=wait_ns)
        self._single = wish
        self.rules = parts.instruments(wish.instrument)

    @property
    def filled(self) -> int:
        """Lots in the direction of the wish, by the orders: a fill counts whenever it came."""
        return sum(_signed(t, self._single.side) for t in self.tickets)

    @property
    def left(self) -> int:
        return self._single.lots - self.filled

    def _count(self) -> tuple[int, ...]:
        return (self.filled,)

    async def _outcome(self, end: PairEnd, reason: str) -> SagaOutcome:
        """What filled beyond the wish, because a fill came after its order's cancel, is traded back first."""
        wish = self._single
        if self.left < 0:
            why = await self._take(
                wish.instrument, wish.owner, wish.side.other, lambda: -self.left, "excess", UNDO_CAP_BPS
            )
            if why:
                end, reason = PairEnd.NEEDS_OPERATOR, f"{-self.left} lots too many: {why}"
        value = sum(t.order.filled_value * (1 if t.intent.side is wish.side else -1) for t in self.tickets)
        back = [t for t in self.tickets if t.intent.side is not wish.side]
        outcome = SagaOutcome(
            wish, end, self.filled, value, reason, self._parts.now(), max(0, -self.left),
            shortfall(back, self._parts.instruments),
        )  # fmt: skip
        self._parts.journal(outcome)
        return outcome


def _signed(ticket: Ticket, side: Side) -> int:
    return ticket.order.filled_lots * (1 if ticket.intent.side is side else -1)
