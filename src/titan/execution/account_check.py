"""Positions and balances of one venue beside the ledger: each difference is explained by what was not heard
(fills, funding, a transfer in doubt), or it is dealt with as declared.

Venues' answers lag behind their own streams, so a difference counts only when it is seen again, a while after
the last event of that venue and without one in between.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Final

from titan.execution.comparison import (
    Gap,
    balance_gaps,
    position_gaps,
    transfer_gaps,
    wallet_there,
    withdrawal_gap,
)
from titan.execution.order_check import LOOK_BACK_NS, open_tickets
from titan.execution.policy import Foreign, Policies, declared
from titan.execution.recovery_parts import Findings, Hands, Tickets
from titan.execution.settling import Settling
from titan.execution.venue_ports import VenuePorts
from titan.model.account import Balance, VenuePosition
from titan.model.errors import InstrumentError
from titan.model.events import LEFT
from titan.model.fill import Fill
from titan.model.instrument import InstrumentKind, venue_of
from titan.model.money import ZERO
from titan.model.pair import TransferIntent
from titan.model.recovery import Baseline, Found
from titan.portfolio.ledger import HOUSE, Ledger

ROUNDS: Final = 6
"""How often the accounts are asked for in one pass."""
SAME: Final = 2
"""How many answers must show the same differences."""


class AccountCheck:
    """`baselines` is shared and grows; `transfers` are those whose outcome is not known."""

    def __init__(
        self, side: VenuePorts, desk: Tickets, ledger: Ledger, hands: Hands, policies: Policies,
        baselines: dict[tuple[str, str], Baseline], transfers: Callable[[], Sequence[TransferIntent]],
        now: Callable[[], int], settle_ns: int,
    ) -> None:  # fmt: skip
        self._side, self._desk, self._ledger, self._hands = side, desk, ledger, hands
        self._policies, self._baselines, self._transfers = policies, baselines, transfers
        self._now, self._settle_ns = now, settle_ns
        self._settling = Settling(side, ledger, hands, policies, baselines, now)

    async def run(self, found: Findings, since_ns: int) -> None:
        """`since_ns`: all fills and funding of before are known. Raises VenueError."""
        last: list[Gap] = []
        seen = 0
        for _ in range(ROUNDS):
            before = self._stamp()
            positions, balances = await self._ask()
            found.positions, found.balances = len(positions), len(balances)
            if self._stamp() != before:
                found.moving, last, seen = True, [], 0
                continue
            gaps = self._gaps(positions, balances)
            found.moving = False
            if not gaps:
                self._note_transfers(found, [], balances)
                self._close_left(found)
                return
            if await self._explain(gaps, since_ns, found):
                last, seen = [], 0
                continue
            seen = seen + 1 if gaps == last else 1
            last = gaps
            if seen >= SAME:
                self._believe(gaps, positions, balances, found)
                return
            await asyncio.sleep(self._settle_ns / 1e9)
        if not found.moving:
            found.stale("positions and balances differ from one answer to the next")

    async def differs(self) -> bool:
        """One look: whether positions or balances are other than the ledger's. Raises VenueError."""
        return bool(self._gaps(*await self._ask()))

    async def _ask(self) -> tuple[Sequence[VenuePosition], Sequence[Balance]]:
        asked = self._side.positions
        positions = await asked.fetch_positions() if asked is not None else ()
        return positions, await self._side.balances.fetch_balances()

    def _stamp(self) -> tuple[object, ...]:
        """Changes with every event of this venue that moves money, and with every order that is sent."""
        tickets = open_tickets(self._desk, self._side.venue)
        return (len(self._ledger.entries), *((id(t), t.order.filled_lots) for t in tickets))

    def _gaps(self, positions: Sequence[VenuePosition], balances: Sequence[Balance]) -> list[Gap]:
        venue = self._side.venue
        return [
            *position_gaps(self._ledger, venue, positions, self._baselines),
            *balance_gaps(self._ledger, venue, balances, self._baselines, self._policies.tolerances),
        ]

    async def _explain(self, gaps: Sequence[Gap], since_ns: int, found: Findings) -> bool:
        """Ask for what could have made the differences; True when something new was told."""
        told = False
        for name in self._suspects(gaps):
            try:
                fills = await self._side.orders.fills_since(name, since_ns - LOOK_BACK_NS)
            except InstrumentError:
                continue
            foreign = 0
            for fill in fills:
                if not self._ledger.has("fill", fill.id, name):
                    told |= self._unheard(fill, found)
                    ours = self._desk.ticket(fill.client_id) is not None
                    foreign += 0 if ours else int(fill.side) * fill.lots
            if declared(self._policies.positions, self._side.venue, name) is Foreign.CLOSE:
                self._settling.close(name, foreign)
        return await self._funding(gaps, since_ns, found) or told

    def _suspects(self, gaps: Sequence[Gap]) -> list[str]:
        """Instruments whose fills could explain a difference."""
        subjects = {g.subject for g in gaps}
        assets = {s.partition(" ")[2] for s in subjects}
        return sorted(
            i.id
            for i in self._side.instruments.values()
            if i.id in subjects or (i.kind is InstrumentKind.SPOT and i.base in assets)
        )

    def _unheard(self, fill: Fill, found: Findings) -> bool:
        text = f"{fill.side.name.lower()} {fill.lots} lots at {fill.ticks} ticks"
        if fill.client_id and self._desk.ticket(fill.client_id) is not None:
            self._hands.hear(fill)
            found.say(Found.MISSED, fill.client_id, "not heard", text, "fill told")
            return True
        subject = f"{fill.instrument} {fill.id}"
        if any(d.subject == subject for d in found.differences):
            return False
        policy = declared(self._policies.positions, self._side.venue, fill.instrument)
        if policy in (Foreign.ADOPT, Foreign.CLOSE):
            self._hands.hear(fill)
            found.say(Found.FOREIGN_FILL, subject, "none", text, "booked for whose position it changed")
            return True
        found.say(Found.FOREIGN_FILL, subject, "none", text, f"not booked ({policy})")
        return False

    async def _funding(self, gaps: Sequence[Gap], since_ns: int, found: Findings) -> bool:
        if self._side.funding is None:
            return False
        told = False
        assets = {g.subject.partition(" ")[2] for g in gaps}
        for one in self._side.instruments.values():
            held = self._ledger.position(one.id)
            if one.kind is InstrumentKind.PERP and one.settle in assets and (held.lots or held.realised):
                for payment in await self._side.funding.funding_since(one.id, since_ns - LOOK_BACK_NS):
                    if not self._ledger.has("funding", payment.id, one.id):
                        self._hands.hear(payment)
                        found.say(Found.MISSED, one.id, "not heard", f"funding {payment.amount}", "booked")
                        told = True
        return told

    def _believe(
        self, gaps: list[Gap], positions: Sequence[VenuePosition], balances: Sequence[Balance],
        found: Findings,
    ) -> None:  # fmt: skip
        left = self._note_transfers(found, gaps, balances)
        entries = {p.instrument: p for p in positions}
        for gap in left:
            if " " in gap.subject:
                self._settling.balance(gap, found)
            else:
                self._settling.position(gap, entries.get(gap.subject), found)

    def _close_left(self, found: Findings) -> None:
        """What was adopted to be closed and still stands: its order was refused, filled in part, or never
        left.
        """
        venue, flying = self._side.venue, open_tickets(self._desk, self._side.venue)
        for rules in self._side.instruments.values():
            lots = int(self._ledger.sources(HOUSE).sizes.get(rules.id, ZERO) / rules.lot)
            if (
                lots
                and declared(self._policies.positions, venue, rules.id) is Foreign.CLOSE
                and not any(t.intent.owner == HOUSE and t.intent.instrument == rules.id for t in flying)
                and self._settling.close(rules.id, lots)
            ):
                found.say(Found.POSITION, rules.id, lots, lots, "adopted before, and being closed again")

    def _note_transfers(
        self, found: Findings, gaps: list[Gap], balances: Sequence[Balance]
    ) -> list[Gap]:  # fmt: skip
        """Say of each transfer in doubt what the balances tell; the gaps that none of them explains."""
        left, venue = list(gaps), self._side.venue
        wallets = {b.wallet for b in balances}
        for wish in self._transfers():
            if wish.crosses:
                left = self._withdrawn(wish, left, wallets, found)
                continue
            if venue_of(wish.source) != venue:
                continue
            text = f"{Decimal(wish.amount)} {wish.asset} from {wish.source} to {wish.target}"
            moved = transfer_gaps(venue, wish, left, wallets)
            if moved is not None:
                left = [g for g in left if g not in moved]
                found.say(Found.TRANSFER, wish.id, "no answer", text, "it happened, by the balances")
            elif any(g.subject.endswith(f" {wish.asset}") for g in left):
                found.say(Found.TRANSFER, wish.id, "no answer", text, "cannot be told", blocks=True)
                left = [g for g in left if not g.subject.endswith(f" {wish.asset}")]  # it may be half done
            else:
                found.say(Found.TRANSFER, wish.id, "no answer", text, "it has not happened, by the balances")
        return left

    def _withdrawn(
        self, wish: TransferIntent, gaps: list[Gap], wallets: set[str], found: Findings
    ) -> list[Gap]:  # fmt: skip
        """The gaps that a withdrawal under way does not touch. No other of its asset, in a wallet that it
        leaves or comes to, is taken for anything else.
        """
        venue, text = self._side.venue, f"{wish.amount} {wish.asset} from {wish.source} to {wish.target}"
        left = gaps
        for ours in (wish.source, wish.target):
            subject = f"{wallet_there(venue, ours, wallets)} {wish.asset}"
            gap = next((g for g in gaps if g.subject == subject), None)
            if gap is None or venue_of(ours) != venue:
                continue
            said = withdrawal_gap(wish, ours, gap, left_books=self._ledger.has("transfer", wish.id + LEFT))
            found.say(
                Found.TRANSFER, wish.id, "under way", text, said or "cannot be told", blocks=not said
            )  # fmt: skip
            left = [g for g in left if g is not gap]
        return left
