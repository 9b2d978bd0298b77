"""A panic at one venue: ask, cancel, reduce, ask again, until it is flat by the venue's own word, twice.

    ask ──> cancel what rests, reduce what is held ──> wait for the orders' ends ──> ask ...
     └─ nothing rests, nothing is held, nothing is on its way ──> again, a second later ──> flat

A venue that does not answer is asked for ever, slower and slower, and the operator is paged; nothing else
waits for it. An order is never sent twice: each round has orders of its own, and a spot coin is sold again
only once the end of its last order is known.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Final

import msgspec

from titan.execution.panic_orders import Reducing
from titan.execution.panic_plan import Plan, Reduction, Word, is_dust, plan
from titan.execution.venue_ports import VenuePorts
from titan.model.account import VenueOrder, VenuePosition
from titan.model.errors import TitanError, VenueBusy, VenueRefused
from titan.model.events import VenueEvent
from titan.model.fill import Fill
from titan.model.instrument import InstrumentKind

NS: Final = 1_000_000_000
SHRINKS: Final = 3
"""How often a refused order is halved; what is below the venue's minimum is tried so often as it is."""


class PanicTimes(msgspec.Struct, frozen=True):
    """In ns. `bound_ns` ends the attempt; 0 is never."""

    proof_gap_ns: int = NS
    """At least so long lies between the two proofs."""
    settle_ns: int = 3 * NS
    """How long a round waits for the ends of its orders."""
    answer_ns: int = 30 * NS
    """How long one question may take, waiting for the venue's rate limit included: Kraken's counter gives a
    call back in 3 s.
    """
    first_wait_ns: int = NS // 4
    longest_wait_ns: int = 10 * NS
    page_after_ns: int = 10 * NS
    bound_ns: int = 0


class PanicAt:
    """`owned` are base units of spot coins by instrument; `unsettled` gives the client ids of orders of this
    run at this venue whose end nobody knows; `step` and `page` write down and tell; `answered` is called
    after each whole answer.
    """

    def __init__(
        self, side: VenuePorts, reducing: Reducing, owned: Mapping[str, Decimal],
        prices: Mapping[str, Decimal], unsettled: Callable[[], Sequence[str]], *,
        step: Callable[[str, str], None], page: Callable[[str], None], now: Callable[[], int],
        times: PanicTimes, answered: Callable[[], None],
    ) -> None:  # fmt: skip
        self._side, self._reducing, self._unsettled = side, reducing, unsettled
        self._owned, self._prices = dict(owned), prices
        self._step, self._page, self._now, self._times = step, page, now, times
        self._answered = answered
        self._halvings: dict[str, int] = {}
        self._news = asyncio.Event()
        self._asked: set[str] = set()
        self._pause = 0
        self._left: set[str] = set()
        self.dust: dict[str, None] = {}
        """What is too small for the venue to take, in words."""
        self.trouble = "it has not been asked yet"
        """Why it is not known to be flat; "" once it is."""

    def heard(self, event: VenueEvent) -> bool:
        """True for a report of one of this panic's orders here."""
        rules = self._side.instruments.get(getattr(event, "instrument", ""))
        mine = self._reducing.heard(event, rules.lot if rules is not None else Decimal(0))
        if mine:
            self._news.set()
        return mine

    def gained(self, fill: Fill) -> None:
        """A fill of an order that was on its way when the panic began: a coin bought then is ours to sell."""
        rules = self._side.instruments.get(fill.instrument)
        if rules is not None and rules.kind is InstrumentKind.SPOT:
            fee = fill.fee if fill.fee_asset == rules.base else Decimal(0)
            size = int(fill.side) * rules.size(fill.lots) - fee
            self._owned[rules.id] = self._owned.get(rules.id, Decimal(0)) + size

    async def run(self) -> None:
        """Until it is flat, or the bound has passed; then `trouble` says why not."""
        began, wait, paged = self._now(), self._times.first_wait_ns, False
        proven = 0
        while True:
            sold = dict(self._reducing.sold)
            proven = await self._round(proven)
            if proven or sold != self._reducing.sold:
                wait = self._times.first_wait_ns
            if proven < 0:
                self.trouble = ""
                return
            late = self._now() - began
            if not paged and not proven and late > self._times.page_after_ns:
                paged = True
                self._page(f"panic: {self._side.venue} is not flat: {self.trouble}")
            if self._times.bound_ns and late > self._times.bound_ns:
                if not paged:
                    self._page(f"panic: {self._side.venue} is not flat: {self.trouble}")
                return
            if proven:
                await asyncio.sleep(self._times.proof_gap_ns / NS)
            else:
                await asyncio.sleep(max(wait, self._pause) / NS)
                wait = min(2 * wait, self._times.longest_wait_ns)

    async def _round(self, proven: int) -> int:
        """One question and what follows of it. 0: not flat; ns of the first proof; -1: proven twice."""
        self._pause = 0
        asked = self._now()
        try:
            word = await asyncio.wait_for(self._ask(), self._times.answer_ns / NS)
        except TimeoutError:
            return self._fail(f"it does not answer within {self._times.answer_ns / NS:g} s")
        except TitanError as e:
            self._pause = e.retry_after_ns if isinstance(e, VenueBusy) else 0
            return self._fail(e.message)
        self._answered()
        left = {i: size - self._reducing.sold.get(i, Decimal(0)) for i, size in self._owned.items()}
        todo = self._without_dust(plan(self._side.venue, word, self._side.instruments, left, self._prices))
        doubt = [*self._unsettled(), *self._reducing.flying()]
        if todo.flat and not doubt:
            self.trouble = "proven flat once"
            if proven and asked - proven >= self._times.proof_gap_ns:
                self._step("proof 2", _told(word))
                return -1
            if not proven:
                self._step("proof 1", _told(word))
            return proven or asked
        self.trouble = _why(todo, doubt)
        await self._act(todo)
        return 0

    def _fail(self, why: str) -> int:
        self.trouble = why
        self._step("no answer", why)
        return 0

    async def _ask(self) -> Word:
        asked = self._side.positions
        orders, positions, balances = await asyncio.gather(
            self._side.orders.open_orders(),
            asked.fetch_positions() if asked is not None else _no_positions(),
            self._side.balances.fetch_balances(),
        )
        return Word(orders, positions, balances)

    async def _act(self, todo: Plan) -> None:
        """Cancels and reductions leave together: nothing waits for a cancel that is not answered."""
        self._news.clear()
        if todo.cancels:
            self._step("cancel", f"{len(todo.cancels)} resting orders")
        spawn = asyncio.get_running_loop().create_task
        cancels = [spawn(self._cancel(order)) for order in todo.cancels]
        self._cancel_ours()
        for one in todo.reductions:
            self._reduce(one)
        if cancels:
            _, late = await asyncio.wait(cancels, timeout=self._times.settle_ns / NS)
            for task in late:
                task.cancel()
        await self._settle()

    def _reduce(self, one: Reduction) -> None:
        rules = self._side.instruments[one.instrument]
        if rules.kind is InstrumentKind.SPOT and self._reducing.flying(one.instrument):
            return
        if one.instrument in self._reducing.refused:
            tried = self._halvings[one.instrument] = self._halvings.get(one.instrument, 0) + 1
            dust = is_dust(rules, one.lots, one.ticks)
            if dust and tried > SHRINKS:
                self._left.add(f"{one.instrument} {one.lots}")
                self._say_dust(
                    f"{one.lots} lots of {one.instrument}: {self._reducing.refused[one.instrument]}"
                )
                return
            lots = one.lots if dust else max(1, one.lots >> min(tried, SHRINKS))
            one = msgspec.structs.replace(one, lots=lots)
        self._step("reduce", f"{one.side.name.lower()} {one.lots} lots of {one.instrument}")
        failed = self._reducing.send(rules, one)
        if failed:
            self.trouble = failed
            self._step("not sent", f"{one.instrument}: {failed}")

    def _without_dust(self, todo: Plan) -> Plan:
        """What the venue did not take because it is too small is left, and was said."""
        for text in todo.dust:
            self._say_dust(text)
        keep = [r for r in todo.reductions if f"{r.instrument} {r.lots}" not in self._left]
        return msgspec.structs.replace(todo, reductions=keep)

    def _say_dust(self, text: str) -> None:
        if text not in self.dust:
            self.dust[text] = None
            self._step("dust", text)

    async def _cancel(self, order: VenueOrder) -> None:
        try:
            await self._side.removal.cancel_order(order)
        except VenueRefused:
            return  # it is gone, or the next answer still shows it
        except TitanError as e:
            self.trouble = f"cancelling {order.instrument} {order.venue_id}: {e.message}"

    def _cancel_ours(self) -> None:
        """Orders of this run whose end nobody knows are not seen resting, perhaps: cancelled by our id,
        once.
        """
        for client_id in self._unsettled():
            if client_id in self._asked:
                continue
            self._asked.add(client_id)
            try:
                self._side.entry.cancel(client_id)
            except TitanError as e:
                self.trouble = f"cancelling {client_id}: {e.message}"

    async def _settle(self) -> None:
        """Until the orders of this round have ended, a while at most."""
        try:
            async with asyncio.timeout(self._times.settle_ns / NS):
                while self._reducing.flying():
                    await self._news.wait()
                    self._news.clear()
        except TimeoutError:
            return


async def _no_positions() -> Sequence[VenuePosition]:
    return ()


def _why(todo: Plan, doubt: Sequence[str]) -> str:
    parts = [f"{len(todo.cancels)} orders rest"] if todo.cancels else []
    parts += [f"{r.lots} lots of {r.instrument} are held" for r in todo.reductions]
    parts += [f"the end of {c} is not known" for c in doubt]
    return ", ".join([*parts, *todo.strange])


def _told(word: Word) -> str:
    return f"{len(word.orders)} orders, {len(word.positions)} positions"
