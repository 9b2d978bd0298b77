"""Reconciliation: the journal's story beside each venue's own word, at start and ever again.

Entries at a venue are closed until one whole pass over it was answered completely and left nothing open. An
answer that is refused, lost, older than what we know or has parts missing closes them again and is asked for
anew with backoff; nothing is ever traded on it. Exits and hedges go on. What is found is journalled with its
figures.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Sequence
from typing import Final

import msgspec

from titan.execution.account_check import AccountCheck
from titan.execution.memory import Memory
from titan.execution.order_check import OrderCheck
from titan.execution.policy import Policies
from titan.execution.recovery_parts import Findings, Gates, Hands, Tickets
from titan.execution.sagas.table import saga_wish
from titan.execution.venue_ports import VenuePorts
from titan.model.errors import InstrumentError, TitanError, VenueBusy, VenueError, VenueFatal
from titan.model.instrument import venue_of
from titan.model.pair import TransferIntent
from titan.model.recovery import Baseline, Reconciled
from titan.portfolio.ledger import Ledger

NS: Final = 1_000_000_000


class Times(msgspec.Struct, frozen=True):
    """How often and how long, in ns."""

    period_ns: int = 60 * NS
    """Between two passes while all is well."""
    first_wait_ns: int = NS // 2
    """After a pass that did not open the gate; doubled each time up to `longest_wait_ns`."""
    longest_wait_ns: int = 30 * NS
    settle_ns: int = 2 * NS
    """How long a difference of positions or balances must last."""
    grace_ns: int = 10 * NS
    """How long an order may be on its way before it counts as in doubt."""
    pass_ns: int = 120 * NS
    """How long one pass may take."""
    late_ns: int = 600 * NS
    """Orders that ended so shortly before the crash are asked about too: a fill may have come after."""
    page_after: int = 5
    """Passes in a row that did not open a gate before the operator is told."""


class Reconciler:
    """`since_ns`: the journal knows all that happened before. `transfers` gives those without an outcome."""

    def __init__(
        self, venues: Sequence[VenuePorts], desk: Tickets, ledger: Ledger, gates: Gates, hands: Hands, *,
        now: Callable[[], int], since_ns: int, policies: Policies | None = None, times: Times | None = None,
        baselines: Iterable[Baseline] = (), transfers: Callable[[], Sequence[TransferIntent]] = tuple,
    ) -> None:  # fmt: skip
        self._sides = {side.venue: side for side in venues}
        self._gates, self._hands, self._now = gates, hands, now
        self._times = times or Times()
        known = {(b.venue, b.subject): b for b in baselines}
        rules = policies or Policies()
        self._accounts = {
            s.venue: AccountCheck(
                s, desk, ledger, hands, rules, known, transfers, now, self._times.settle_ns
            )
            for s in venues
        }  # fmt: skip
        self._orders = {
            s.venue: OrderCheck(
                s, desk, ledger, hands, rules, now, self._times.grace_ns, self._accounts[s.venue].differs
            )
            for s in venues
        }  # fmt: skip
        self._since = {s.venue: since_ns for s in venues}
        """Fills and funding of before are known."""
        self._open: set[str] = set()
        self._pause = dict.fromkeys(self._sides, 0)
        self._said: dict[str, str] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._woken = {s.venue: asyncio.Event() for s in venues}
        self.latest: dict[str, Reconciled] = {}
        """The last pass of each venue."""
        for venue in self._sides:
            gates.close(venue, "not reconciled yet")

    def recall(self, memory: Memory) -> int:
        """Hand the orders of the earlier process to their venues' entries: those without an end, and those
        whose end is recent; and have the venues asked for what its executions sent beyond them. Call once,
        after the desk and the ledger were rebuilt and before the first pass.
        """
        count = 0
        for venue, at_ns in memory.known.items():
            if venue in self._since:
                self._since[venue] = min(self._since[venue], at_ns)
        open_ = [wish for one in memory.wishes.values() if (wish := saga_wish(one)) is not None]
        for check in self._orders.values():
            check.wishes = list(open_)
        for order in memory.orders.values():
            sent = order.submitted
            side = self._sides.get(venue_of(sent.intent.instrument))
            heard = max((e.local_ns for e in order.heard), default=sent.local_ns)
            whole = sum(f.lots for f in order.fills) >= sent.intent.lots
            if side is None or whole or (order.ended and memory.last_ns - heard > self._times.late_ns):
                continue
            try:
                side.entry.recall(sent.client_id, sent.intent, sent.local_ns, known=order.fills)
                self._orders[side.venue].recalled.add(sent.client_id)
                count += 1
            except InstrumentError as e:
                self._hands.page(f"{sent.client_id} cannot be looked up: {e.message}")
        return count

    async def once(self, venue: str) -> Reconciled:
        """One pass over one venue; its gate is set by what came of it. Raises nothing for what venues do."""
        side, began = self._sides[venue], self._now()
        found = Findings()
        self._pause[venue] = 0
        try:
            async with asyncio.timeout(self._times.pass_ns / NS):
                await self._orders[venue].run(found)
                await self._accounts[venue].run(found, self._since[venue])
        except TimeoutError:
            found.lacking.append(f"no answer within {self._times.pass_ns / NS:g} s")
        except VenueBusy as e:
            found.lacking.append(e.message)
            self._pause[venue] = e.retry_after_ns
        except TitanError as e:  # the venue's no, or a report that our books cannot take
            found.lacking.append(e.message)
            if not isinstance(e, VenueError) or isinstance(e, VenueFatal):
                self._page(venue, f"{venue} cannot be reconciled: {e}")
        result = found.result(side.venue, began, self._now())
        self._judge(venue, result, moving=found.moving and not found.lacking)
        return result

    async def start(self) -> None:
        """Watch every venue until `close`; each by itself, so that one that is down holds up no other."""
        spawn = asyncio.get_running_loop().create_task
        for venue in self._sides:
            task = spawn(self._watch(venue))
            task.add_done_callback(lambda done, venue=venue: self._broke(venue, done))  # type: ignore[misc]
            self._tasks.append(task)

    async def until_open(self, timeout_s: float, but: Iterable[str] = ()) -> bool:
        """Wait until the first pass of every venue, `but` these, opened its gate; False when the time ran out
        first.
        """
        needed = set(self._sides) - set(but)
        try:
            async with asyncio.timeout(timeout_s):
                while needed - self._open:
                    await asyncio.sleep(0.01)
        except TimeoutError:
            return False
        return True

    def hurry(self) -> None:
        """Ask every venue now instead of when its time has come."""
        for woken in self._woken.values():
            woken.set()

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()

    def _broke(self, venue: str, task: asyncio.Task[None]) -> None:
        """A watch that ended by itself is our own fault; what it guarded stays closed."""
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self._open.discard(venue)
            self._gates.close(venue, f"its reconciliation broke: {error!r}")
            self._hands.page(f"{venue}: reconciliation broke: {error!r}")

    def _judge(self, venue: str, result: Reconciled, *, moving: bool) -> None:
        known = self.latest.get(venue)
        if known is None or not same(known, result):
            self._hands.journal(result)
        self.latest[venue] = result
        if result.opens:
            self._since[venue] = result.began_ns
            self._said.pop(venue, None)
            self._open.add(venue)
            self._gates.open(venue)
        elif not moving or any(d.blocks for d in result.differences):
            self._open.discard(venue)
            self._gates.close(venue, result.why or blocked(result))

    async def _watch(self, venue: str) -> None:
        wait, failed = self._times.first_wait_ns, 0
        while True:
            result = await self.once(venue)
            if result.opens:
                wait, failed = self._times.first_wait_ns, 0
                await self._rest(venue, self._times.period_ns)
                continue
            failed += 1
            if failed == self._times.page_after and venue not in self._said:
                self._page(venue, f"{venue} is not reconciled: {result.why or blocked(result)}")
            await self._rest(venue, max(wait, self._pause[venue]))
            wait = min(2 * wait, self._times.longest_wait_ns)

    def _page(self, venue: str, text: str) -> None:
        """Once for as long as it is so."""
        if self._said.get(venue) != text:
            self._said[venue] = text
            self._hands.page(text)

    async def _rest(self, venue: str, wait_ns: int) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._woken[venue].wait(), wait_ns / NS)
        self._woken[venue].clear()


def blocked(result: Reconciled) -> str:
    """The differences that keep the gate closed, in words."""
    return "; ".join(f"{d.kind} {d.subject}: {d.done}" for d in result.differences if d.blocks)


def same(one: Reconciled, other: Reconciled) -> bool:
    """Whether two passes found the same, so that a journal need not hold it twice."""
    return (one.complete, one.why, one.differences) == (other.complete, other.why, other.differences)
