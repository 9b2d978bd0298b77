"""The transfer saga: asked once, confirmed by the venue's word, never repeated (SEN-7).

    see where the money is ──> written down for good ──> ask ──> receipt ──> done
                                                           │
                                                           └─ no answer, or a restart ──> look where it is

Where the money is, is told by the gap between what the venue says of a wallet and what our ledger holds
there: fills and fees move both, a transfer that is not booked yet moves the gap alone. After a lost answer
the gap has moved by the amount in both wallets (it happened) or in neither (it did not, once no request can
be under way any more); anything else cannot be told apart, and the operator is called. One transfer at a
time, so that no other is mistaken for this one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from titan.execution.desk import NS
from titan.execution.sagas.saga import RESTARTED, Parts, Past, Saga
from titan.model.account import Balance, TransferReceipt
from titan.model.errors import VenueError, VenueUnknown
from titan.model.events import Transfer
from titan.model.outcome import SagaOutcome
from titan.model.pair import PairEnd, TransferIntent
from titan.ports import Transfers

ASKED: Final = "asked"
LOOKS: Final = 40
"""How often within the patience of a transfer the venue is asked where the money is."""
Gap = tuple[Decimal, Decimal]


class AtOnce:
    """A `Mover` over a venue that moves money within the call, as the simulated one does."""

    def __init__(self, transfers: Transfers) -> None:
        self._transfers = transfers

    async def move(self, asset: str, amount: Decimal, source: str, target: str) -> TransferReceipt:
        name = self._transfers.transfer(asset, amount, source, target)
        return TransferReceipt(name, asset, amount, source, target, done=True)

    async def fetch_balances(self) -> Sequence[Balance]:
        return ()


class TransferSaga(Saga):
    def __init__(self, wish: TransferIntent, parts: Parts, past: Past | None = None) -> None:
        super().__init__(wish, parts, past, wait_ns=wish.patience_ns // LOOKS)
        if parts.mover is None:
            raise VenueUnknown(f"transfer {wish.id}: nobody here moves money", remedy="give the saga a mover")
        self.wish, self._mover = wish, parts.mover
        self._amount = Decimal(wish.amount)
        self._blind = False
        """The venue tells no balances: it moves money within the call."""

    async def run(self) -> SagaOutcome:
        async with self._parts.turn:
            if self._past is None:
                return await self._ask()
            if self._past.took(ASKED):
                said = self._past.figure("gap")
                self._note(RESTARTED)
                return await self._find(_gap(said) if said else None, "restarted after it was asked for")
            return self._outcome(PairEnd.ABORTED, RESTARTED)

    async def _ask(self) -> SagaOutcome:
        if self._halted:
            return self._outcome(PairEnd.ABORTED, self._halted)
        before = await self._still()
        if self._halted or (before is None and not self._blind):
            return self._outcome(PairEnd.ABORTED, self._halted or "where the money is cannot be told before")
        said = {} if before is None else {"gap": f"{before[0]} {before[1]}"}
        self._note(ASKED, f"{self.wish.amount} {self.wish.asset}", **said)
        await self._parts.safe()
        wish = self.wish
        try:
            receipt = await asyncio.wait_for(
                self._mover.move(wish.asset, self._amount, wish.source, wish.target), wish.patience_ns / NS
            )
        except (VenueUnknown, TimeoutError):
            return await self._find(before, "the venue did not answer")
        except VenueError as e:
            return self._outcome(PairEnd.ABORTED, f"refused: {e.message}")
        self._note("accepted", receipt.id)
        if receipt.done:
            return self._done(receipt.id)
        return await self._find(before, f"accepted as {receipt.id}, not booked yet", accepted=True)

    async def _still(self) -> Gap | None:
        """The gap before, once two looks agree; without an order in flight if that can be waited for. Nothing
        is asked for without it.
        """
        half = self._parts.now() + self.wish.patience_ns // 2
        last: Gap | None = None
        while self._parts.now() < half + self.wish.patience_ns // 2 and not self._halted:
            now = await self._look()
            if self._blind:
                return None
            busy = self._parts.desk.open_orders() and self._parts.now() < half
            if now is not None and now == last and not busy:
                return now
            last = None if busy else now
            await self._sleep()
        return None

    async def _find(self, before: Gap | None, why: str, *, accepted: bool = False) -> SagaOutcome:
        """Where the money is by the venue's word; nothing is asked a second time."""
        self._note("look", why)
        until = self._parts.now() + self.wish.patience_ns
        moved = None if before is None else (before[0] - self._amount, before[1] + self._amount)
        now: Gap | None = None
        while before is not None:
            now = await self._look()
            if now is not None and now == moved:
                return self._done("")
            if self._parts.now() >= until:
                break
            await self._sleep()
        if now is not None and now == before and not accepted:
            return self._outcome(PairEnd.ABORTED, f"{why}; the money did not move")
        return self._outcome(PairEnd.NEEDS_OPERATOR, f"{why}; whether the money moved cannot be told")

    async def _look(self) -> Gap | None:
        """(source, target): what the venue holds beyond our ledger; None without an answer."""
        wish = self.wish
        try:
            told = await asyncio.wait_for(self._mover.fetch_balances(), wish.patience_ns / NS)
        except (VenueError, TimeoutError):
            return None
        self._blind = not told
        held = {b.wallet: b.total for b in told if b.asset == wish.asset}
        if not told:
            return None
        gaps = [
            held.get(w, Decimal(0)) - self._parts.booked(w, wish.asset) for w in (wish.source, wish.target)
        ]
        return gaps[0], gaps[1]

    def _done(self, receipt: str) -> SagaOutcome:
        wish = self.wish
        self._parts.transferred(
            Transfer(
                wish.id, wish.asset, wish.source, wish.target, self._amount, Decimal(0), self._parts.now()
            )
        )
        return self._outcome(PairEnd.DONE, f"{wish.reason} {receipt}".strip())

    def _outcome(self, end: PairEnd, reason: str) -> SagaOutcome:
        outcome = SagaOutcome(self.wish, end, 0, 0, reason, self._parts.now())
        self._parts.journal(outcome)
        return outcome


def _gap(said: str) -> Gap:
    source, target = said.split()
    return Decimal(source), Decimal(target)
