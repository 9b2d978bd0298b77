"""Trades that take the market until a size is done: the way back of a late fill, a bracket's close."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from titan.execution.desk import NS
from titan.execution.sagas.saga import Parts, Past, Saga, at_once, refused, shortfall
from titan.model.fill import Fill
from titan.model.late import UndoIntent
from titan.model.order import Side
from titan.model.outcome import SagaOutcome
from titan.model.pair import PairEnd
from titan.model.signal import Intent, Purpose
from titan.risk.gates import Refuse

TRIES: Final = 6
WAIT_NS: Final = 2 * NS
CAP_BPS: Final = 20.0


def undo_of(fill: Fill, intent: Intent) -> UndoIntent:
    """The wish to trade back `fill`, of an order that was sent for `intent`; the same fill, the same wish."""
    return UndoIntent(
        id=f"{intent.saga}-late-{fill.id}", strategy=intent.strategy, owner=intent.owner,
        instrument=fill.instrument, side=fill.side.other, lots=fill.lots, reference_ticks=fill.ticks,
        wait_ns=WAIT_NS, cap_bps=CAP_BPS,
    )  # fmt: skip


class TakingSaga(Saga):
    """A saga that can take what it needs from the market."""

    async def _take(
        self, instrument: str, owner: str, side: Side, left: Callable[[], int], leg: str, cap_bps: float,
        purpose: Purpose = Purpose.HEDGE, *, reduces: bool = False,
    ) -> str:  # fmt: skip
        """Orders that fill at once, each with a wider cap, until `left()` lots are done. Says why they are
        not; "" when they are.
        """
        rules = self._parts.instruments(instrument)
        why = ""
        for n in range(1, TRIES + 1):
            lots = left()
            if lots <= 0:
                return ""
            touch = await self._price(instrument)
            if touch is None:
                why = "no trustworthy price"
                continue
            intent = at_once(
                self._name(instrument, leg), self._wish.id, self._wish.strategy, owner, rules, side, lots,
                purpose, touch, cap_bps * n, reduces=reduces,
            )  # fmt: skip
            answer = self._parts.desk.approve(intent)
            if isinstance(answer, Refuse):
                why = refused(answer)
                await self._sleep()
                continue
            self._note(leg, f"{side.name.lower()} {lots} lots")
            ticket = self._send(answer)
            await self._end([ticket], self._wait_ns)
            why = f"order {ticket.order.state} {ticket.order.reason}".strip()
        return "" if left() <= 0 else why


class UndoSaga(TakingSaga):
    """After a restart it goes on where it was: what it has to trade back is real."""

    def __init__(self, wish: UndoIntent, parts: Parts, past: Past | None = None) -> None:
        super().__init__(wish, parts, past, wait_ns=wish.wait_ns)
        self.wish = wish

    @property
    def closes(self) -> bool:
        return True

    async def run(self) -> SagaOutcome:
        wish = self.wish
        await self._withdraw(self.tickets)
        why = await self._take(wish.instrument, wish.owner, wish.side, self._left, "undo", wish.cap_bps)
        done = wish.lots - self._left()
        end = PairEnd.NEEDS_OPERATOR if why else PairEnd.DONE
        outcome = SagaOutcome(
            wish, end, done, sum(t.order.filled_value for t in self.tickets), why or "traded back",
            self._parts.now(), self._left(), shortfall(self.tickets, self._parts.instruments),
        )  # fmt: skip
        self._parts.journal(outcome)
        return outcome

    def _left(self) -> int:
        return self.wish.lots - sum(t.order.filled_lots for t in self.tickets)

    def _count(self) -> tuple[int, ...]:
        return (self.wish.lots - self._left(),)
