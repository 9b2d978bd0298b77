"""The withdrawal saga: money from one venue to another, asked for once and followed till it is there (SEN-7).

    wished ─> asked ─> on the way ─────────────> arrived ─> done     by the deposit's id and by the balance
                │           └─ failed: the money is back ─> aborted
                └─ no answer, or a restart: looked up by its own name, never asked again
                        ├─ the venue has it ─> on the way
                        ├─ the venue does not know it and the money is there ─> aborted
                        └─ neither can be told until its deadline ─> an operator

An operator's word (`settle`) ends it at any time after it was asked for, and the books follow it.

On its way it stands in the ledger's account `transit`, so that NAV neither jumps nor loses it; the fee is
booked when it arrives. What a venue accepted is never given up: past its deadline the operator is told, once,
and it is followed on, also by the next process. One withdrawal at a time between two venues in one direction;
one that needs an operator halts that lane until somebody lifts the halt.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Sequence
from decimal import Decimal
from typing import Final, TypeVar

from titan.execution.comparison import wallet_there
from titan.execution.desk import NS
from titan.execution.sagas.saga import RESTARTED, Parts, Past, Saga
from titan.execution.verdict import bookings
from titan.model.account import Arrival, Balance, Withdrawal, WithdrawalState
from titan.model.errors import VenueError, VenueRefused, VenueUnknown
from titan.model.events import CAME_BACK, LEFT, Transfer
from titan.model.instrument import venue_of
from titan.model.outcome import SagaOutcome
from titan.model.pair import PairEnd, TransferIntent
from titan.model.settled import Fate, Settled
from titan.portfolio.entries import TRANSIT
from titan.risk.overrides import Mode, Scope

T = TypeVar("T")
ASKED: Final = "asked"
SENT: Final = "on the way"
ARRIVED: Final = "arrived"
LOOKS: Final = 40
"""How often within its patience an unanswered withdrawal is looked up."""
SLOWEST_NS: Final = 60 * NS
"""Between two looks at one that is long on its way. Looks thin out from the first on: Binance answers ten
such questions a minute ("Withdraw History", weight 18000 of 180000).
"""
SKEW_NS: Final = 10 * NS
"""The venue's clock may be behind ours by this much when it says when something was asked for. Less than any
withdrawal takes, so that the one before is not taken for it.
"""
ITS_WORD: Final = 5
"""Patiences after which a venue's word that money was credited is enough: what came in with the fills of
another moment can have made the gap before it so wide that the balance never shows it.
"""
_NO_ANSWER: Final = object()
Gap = tuple[Decimal, Decimal]


class Nobody:
    """A carrier of a run that has none: nothing leaves, and of what has left nobody tells."""

    async def send(self, wish: TransferIntent) -> Withdrawal:
        raise VenueRefused(
            f"nobody here carries money from {wish.source} to {wish.target}",
            remedy="a run with both venues does",
        )

    async def sent(self, wish: TransferIntent, since_ns: int, known: str = "") -> Withdrawal | None:
        raise VenueUnknown(f"nobody here tells of {wish.id} ({known or since_ns})")

    async def arrived(self, wish: TransferIntent, txid: str, since_ns: int) -> Arrival | None:
        raise VenueUnknown(f"nobody here tells of {wish.id} ({txid}, {since_ns})")

    async def fetch_balances(self) -> Sequence[Balance]:
        return ()


class WithdrawalSaga(Saga):
    def __init__(self, wish: TransferIntent, parts: Parts, past: Past | None = None) -> None:
        super().__init__(wish, parts, past, wait_ns=wish.patience_ns // LOOKS)
        self.wish, self._carrier = wish, parts.carrier or Nobody()
        self._amount = Decimal(wish.amount)
        self._asked_ns = int((past.figure("asked_ns") if past else None) or 0)
        self._before = _gap(past.figure("gap")) if past else None
        self._least = self._before[1] if self._before else None
        """The least that the target was seen to hold beyond our ledger, before the money was there."""
        self._credited_ns = 0
        self._said: Settled | None = None
        self._spoken = asyncio.Event()
        self._going = past is not None and past.took(SENT)
        self._known = (past.figure("venue_id") if past else None) or ""

    @property
    def protected(self) -> bool | None:
        """On its way it needs nobody here: the next process follows it."""
        return True if self._going else None

    def settle(self, said: Settled) -> None:
        """What an operator says of it ends it as soon as it can be booked. Journal it first."""
        self._said = said
        self._spoken.set()

    async def run(self) -> SagaOutcome:
        lanes, lane = self._parts.lanes, self.wish.lane
        why = self._blocked() if self._past is None else ""
        if why:
            return self._outcome(PairEnd.ABORTED, why)
        lanes[lane] = self.wish.id
        try:
            return await self._begin() or await self._follow()
        finally:
            if lanes.get(lane) == self.wish.id:
                del lanes[lane]

    def _blocked(self) -> str:
        """Why no withdrawal may leave between these venues."""
        lane = self.wish.lane
        if lane in self._parts.lanes:
            return f"another withdrawal {lane} is under way: {self._parts.lanes[lane]}"
        venue = lane.partition(">")[0]
        subject = Scope(self.wish.strategy, venue, self.wish.asset, lane, self.wish.strategy)
        held = self._parts.desk.halts.restraints.covering(subject)
        if held.override.mode is Mode.SCALE:
            return ""
        return f"withdrawals {lane} are halted by {', '.join(held.names)}"

    async def _begin(self) -> SagaOutcome | None:
        """Until it is on its way (None) or has ended."""
        if self._past is None:
            return await self._ask()
        if not self._past.took(ASKED):
            return self._outcome(PairEnd.ABORTED, RESTARTED)
        self._note(RESTARTED)
        if self._going:
            return None
        return await self._find("restarted after it was asked for")

    async def _ask(self) -> SagaOutcome | None:
        why = "the venue did not answer"
        async with self._parts.turn:
            before = await self._still()
            if self._halted or before is _NO_ANSWER:
                why = self._halted or "where the money is cannot be told before"
                return self._outcome(PairEnd.ABORTED, why)
            self._before, self._asked_ns = before if isinstance(before, tuple) else None, self._parts.now()
            self._least = self._before[1] if self._before else None
            said = {"gap": f"{self._before[0]} {self._before[1]}"} if self._before else {}
            self._note(ASKED, f"{self.wish.amount} {self.wish.asset}", asked_ns=str(self._asked_ns), **said)
            await self._parts.safe()
            try:
                told = await asyncio.wait_for(self._carrier.send(self.wish), self.wish.patience_ns / NS)
                return self._accepted(told)
            except (VenueUnknown, TimeoutError):
                pass
            except VenueError as e:
                self._parts.desk.page(f"{self.wish.id} was not sent: {e}")
                return self._outcome(PairEnd.ABORTED, f"refused: {e.message}")
        return await self._find(why)

    async def _find(self, why: str) -> SagaOutcome | None:
        """Whether the venue has it; nothing is asked for a second time."""
        self._note("look", why)
        began = self._parts.now()
        async with self._parts.turn:
            told = await self._search(began, began + self.wish.patience_ns)
        if told is _NO_ANSWER:
            self._doubt(f"{why}; whether the withdrawal left cannot be told yet")
            told = await self._search(began, began + self.wish.deadline_ns)
        if isinstance(told, SagaOutcome):
            return told
        if isinstance(told, Withdrawal):
            return self._accepted(told)
        if told is None:
            return self._outcome(PairEnd.ABORTED, f"{why}; the venue knows no such withdrawal")
        return self._outcome(PairEnd.NEEDS_OPERATOR, f"{why}; whether the withdrawal left cannot be told")

    async def _search(self, began: int, until: int) -> object:
        """The withdrawal; None once it cannot be under way any more, the venue does not know it and the
        money is there; _NO_ANSWER when that could not be told in time; its end where an operator said it.
        """
        now, pause = self._parts.now, self._wait_ns
        while True:
            if (end := self._settled()) is not None:
                return end
            told = await self._answer(self._carrier.sent(self.wish, self._asked_ns - SKEW_NS))
            if isinstance(told, Withdrawal):
                return told
            if now() >= began + self.wish.patience_ns and told is None and await self._there():
                return None
            if now() >= until:
                return _NO_ANSWER
            await self._nap(pause)
            pause = min(pause * 3 // 2, SLOWEST_NS)

    def _accepted(self, told: Withdrawal) -> SagaOutcome | None:
        self._going = True
        self._known = told.id
        self._note(SENT, told.id, venue_id=told.id)
        return None

    async def _follow(self) -> SagaOutcome:
        """From its leaving to its arrival; the books are made again where a crash kept them back."""
        wish, now = self.wish, self._parts.now
        self._book(wish.id + LEFT, wish.source, TRANSIT, self._amount)
        since, late = self._asked_ns - SKEW_NS, self._asked_ns + wish.deadline_ns
        pause, txid = 2 * self._wait_ns, ""
        while True:
            if (end := self._settled()) is not None:
                return end
            told = await self._answer(self._carrier.sent(wish, since, self._known))
            if isinstance(told, Withdrawal):
                if told.state is WithdrawalState.FAILED:
                    self._book(wish.id + CAME_BACK, TRANSIT, wish.source, self._amount)
                    self._parts.desk.page(f"{wish.id}: the withdrawal failed, the money is back")
                    return self._outcome(PairEnd.ABORTED, "the withdrawal failed, the money is back")
                txid = told.txid or txid
            gap = await self._look()
            there = await self._answer(self._carrier.arrived(wish, txid, since)) if txid else None
            if isinstance(there, Arrival) and there.credited:
                if await self._take(there):
                    return self._outcome(PairEnd.DONE, f"{wish.reason} {txid}".strip())
            elif isinstance(gap, tuple) and there is not _NO_ANSWER:
                self._least = gap[1] if self._least is None else min(self._least, gap[1])
            if now() >= late:
                self._doubt(f"not there after {wish.deadline_ns / NS / 60:g} minutes; it is followed on")
            await self._nap(pause)
            pause = min(pause * 3 // 2, SLOWEST_NS)

    async def _nap(self, pause_ns: int) -> None:
        """An operator's word ends it."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._spoken.wait(), pause_ns / NS)
        self._spoken.clear()

    def _settled(self) -> SagaOutcome | None:
        """Its end by an operator's word; None while there is none, or no price to book it at."""
        wish, said = self.wish, self._said
        if said is None:
            return None
        price = self._parts.worth(wish.source, wish.asset)
        booked = bookings(wish, said, left=self._going, price=price, now_ns=self._parts.now())
        if booked is None:
            return None
        for one in booked:
            self._parts.transferred(one)
        return self._outcome(PairEnd.DONE if said.fate is Fate.ARRIVED else PairEnd.ABORTED, str(said))

    async def _take(self, there: Arrival) -> bool:
        """Book what arrived, once the balance shows it too or long has not; False where it does not yet."""
        wish, now = self.wish, self._parts.now()
        self._credited_ns = self._credited_ns or now
        trusted = now >= self._credited_ns + ITS_WORD * wish.patience_ns
        price = self._parts.worth(wish.source, wish.asset)
        if price is None:
            return False
        amount = min(there.amount, self._amount)
        async with self._parts.turn:
            gap = await self._look()
            if gap is _NO_ANSWER:
                return False
            short = isinstance(gap, tuple) and self._least is not None and gap[1] - self._least < amount
            if short and not trusted:
                return False
            self._note(ARRIVED, there.txid, amount=str(there.amount))
            lost = self._amount - amount
            self._book(wish.id, TRANSIT, wish.target, amount, lost, price)
        if wish.fee_limit and lost > Decimal(wish.fee_limit):
            self._parts.desk.page(f"{wish.id}: {lost} {wish.asset} were lost on the way, above its limit")
        return True

    def _book(
        self, name: str, source: str, target: str, amount: Decimal, cost: Decimal = Decimal(0),
        price: Decimal | None = None,
    ) -> None:  # fmt: skip
        asset, now = self.wish.asset, self._parts.now()
        self._parts.transferred(Transfer(name, asset, source, target, amount, cost, now, price))

    def _doubt(self, why: str) -> None:
        """Once."""
        if not self._doubted:
            self._doubted = True
            self._tell(why)

    async def _there(self) -> bool:
        """Whether the money lies at the source as before; True where nobody tells of balances."""
        gap = await self._look()
        if gap is _NO_ANSWER:
            return False
        return self._before is None or gap is None or (isinstance(gap, tuple) and gap[0] == self._before[0])

    async def _still(self) -> object:
        """The gap before, once two looks agree; None where nobody tells of balances, _NO_ANSWER where it
        never stood still.
        """
        now, until = self._parts.now, self._parts.now() + self.wish.patience_ns
        half = until - self.wish.patience_ns // 2
        last: object = _NO_ANSWER
        while now() < until and not self._halted:
            gap = await self._look()
            busy = self._parts.desk.open_orders() and now() < half  # what they fill moves the gap
            if gap is None or (gap is not _NO_ANSWER and gap == last and not busy):
                return gap
            last = _NO_ANSWER if busy else gap
            await self._sleep()
        return _NO_ANSWER

    async def _look(self) -> object:
        """(source, target): what each venue holds beyond our ledger; None where it tells no balances,
        _NO_ANSWER without an answer.
        """
        told = await self._answer(self._carrier.fetch_balances())
        if told is _NO_ANSWER or not told:
            return _NO_ANSWER if told is _NO_ANSWER else None
        assert isinstance(told, list | tuple)
        names, gaps = {b.wallet for b in told}, []
        for ours in (self.wish.source, self.wish.target):
            venue = venue_of(ours)
            there = wallet_there(venue, ours, names)
            total = sum(
                (b.total for b in told if (b.wallet, b.asset) == (there, self.wish.asset)), Decimal(0)
            )
            kept = [w for w in (f"{venue}.spot", f"{venue}.perp") if wallet_there(venue, w, names) == there]
            gaps.append(total - sum((self._parts.booked(w, self.wish.asset) for w in kept), Decimal(0)))
        return gaps[0], gaps[1]

    async def _answer(self, asked: Awaitable[T]) -> T | object:
        """The venue's word; _NO_ANSWER where there is none."""
        try:
            return await asyncio.wait_for(asked, self.wish.patience_ns / NS)
        except (VenueError, TimeoutError):
            return _NO_ANSWER

    def _outcome(self, end: PairEnd, reason: str) -> SagaOutcome:
        outcome = SagaOutcome(self.wish, end, 0, 0, reason, self._parts.now())
        self._parts.journal(outcome)
        return outcome


def _gap(said: str | None) -> Gap | None:
    if not said:
        return None
    source, target = said.split()
    return Decimal(source), Decimal(target)
