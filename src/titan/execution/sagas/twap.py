"""The TWAP saga: slices that take the touch, with drawn gaps, under two caps and a deadline.

After a restart what was in flight is withdrawn and counted. An entry then ends, aborted as "restarted"; an
exit or a hedge goes on with what is left, against the same arrival price, after a gap as between any two
slices. A saga that was halted, or whose
deadline passed, ends with what it has.
"""

from __future__ import annotations

from titan.execution.sagas.saga import BPS, RESTARTED, Parts, Past, Touch, at_once, refused
from titan.execution.sagas.single import SingleSaga
from titan.model.order import Side
from titan.model.outcome import SagaOutcome
from titan.model.pair import PairEnd
from titan.model.signal import Intent, Purpose
from titan.model.twap import TwapIntent
from titan.risk.gates import Refuse


class TwapSaga(SingleSaga):
    def __init__(self, wish: TwapIntent, parts: Parts, past: Past | None = None) -> None:
        super().__init__(wish, parts, past, wait_ns=wish.slice_deadline_ns)
        self.wish = wish
        said = past.figure("arrival") if past else None
        self._arrival = float(said) if said else 0.0

    async def run(self) -> SagaOutcome:
        if self._past is not None:
            self._note(RESTARTED)
            await self._withdraw(self.tickets)
            if self.wish.purpose is Purpose.ENTRY and self.left > 0:
                return await self._outcome(PairEnd.ABORTED, RESTARTED)
            if self.tickets and self.left > 0:
                await self._gap()
        while self.left > 0:
            why, refusal = await self._slice()
            if why:
                nothing = refusal and not self.tickets
                return await self._outcome(PairEnd.REFUSED if nothing else PairEnd.ABORTED, why)
            if self.left > 0:
                await self._gap()
        return await self._outcome(PairEnd.DONE, self.wish.reason)

    async def _gap(self) -> None:
        await self._pause(self.wish.gap_min_ns, self.wish.gap_max_ns)

    async def _slice(self) -> tuple[str, bool]:
        """One slice; why no other may follow, and whether a gate said so."""
        touch = None if self._halted else await self._price(self.wish.instrument)
        if self._halted:
            return self._halted, False
        if touch is None:
            return "no trustworthy price", False
        if self._parts.now() >= self.wish.deadline_ns:
            return "the deadline passed", False
        price = touch.ask if self.wish.side is Side.BUY else touch.bid
        first = not self._arrival
        self._arrival = self._arrival or price
        slipped = (price - self._arrival) / self._arrival * self.wish.side * BPS
        if slipped > self.wish.arrival_cap_bps:
            return f"slippage against arrival is {slipped:.1f} bps", False
        lots = min(self.wish.slice_lots, self.left)
        answer = self._parts.desk.approve(self._intent(lots, touch))
        if isinstance(answer, Refuse):
            return refused(answer), True
        self._note("slice", f"{lots} lots", **({"arrival": repr(price)} if first else {}))
        await self._end([self._send(answer)], self.wish.slice_deadline_ns)
        return "", False

    def _intent(self, lots: int, touch: Touch) -> Intent:
        wish = self.wish
        return at_once(
            self._name(wish.instrument, "slice"), wish.id, wish.strategy, wish.owner, self.rules, wish.side,
            lots, wish.purpose, touch, wish.slippage_cap_bps, reduces=wish.purpose is Purpose.EXIT,
        )  # fmt: skip
