"""Withdrawals between the venues of one simulated exchange: each takes its time and costs its fee."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from titan.model.account import Arrival, Balance, Withdrawal, WithdrawalState
from titan.model.errors import VenueRefused
from titan.model.money import ZERO
from titan.model.pair import TransferIntent
from titan.ports import Clock
from titan.simulation.models import Models
from titan.simulation.venue import SimVenue


class _OnItsWay(msgspec.Struct):
    """`due_ns` is when it arrives; `there` once it was credited."""

    wish: TransferIntent
    net: Decimal
    due_ns: int
    there: bool = False


class SimCarrier:
    """Implements Carrier. Money leaves at once, and lies at its target from the first look at or after its
    time; nothing fails on the way.
    """

    def __init__(self, venue: SimVenue, models: Models, clock: Clock) -> None:
        self._venue, self._models, self._clock = venue, models, clock
        self._known: dict[str, _OnItsWay] = {}

    async def send(self, wish: TransferIntent) -> Withdrawal:
        """Raises VenueRefused for what is not free, and for what would not pay its own fee."""
        for wallet in (wish.source, wish.target):
            if not wallet.endswith(".spot"):
                raise VenueRefused(f"{wallet} neither sends nor takes withdrawals", remedy="spot wallets do")
        amount, fee = Decimal(wish.amount), self._models.withdrawal_fees.get(wish.asset, ZERO)
        if amount <= fee:
            raise VenueRefused(f"a withdrawal of {amount} {wish.asset} does not pay its fee of {fee}")
        self._venue.check_wallets(wish.source, wish.target)
        self._venue.withdraw(wish.source, wish.asset, amount)
        due = self._clock.now() + self._models.withdrawal_ns
        one = self._known[wish.id] = _OnItsWay(wish, amount - fee, due)
        return self._told(one)

    def recall(self, wish: TransferIntent) -> None:
        """Of an earlier process, whose venue died with it: what had left and not arrived is on its way anew,
        for a whole way.
        """
        fee = self._models.withdrawal_fees.get(wish.asset, ZERO)
        due = self._clock.now() + self._models.withdrawal_ns
        self._known[wish.id] = _OnItsWay(wish, Decimal(wish.amount) - fee, due)

    async def sent(self, wish: TransferIntent, since_ns: int, known: str = "") -> Withdrawal | None:
        del since_ns, known
        one = self._known.get(wish.id)
        return None if one is None else self._told(one)

    async def arrived(self, wish: TransferIntent, txid: str, since_ns: int) -> Arrival | None:
        del since_ns
        one = self._known.get(wish.id)
        if one is None or self._clock.now() < one.due_ns:
            return None
        if not one.there:
            one.there = True
            self._venue.deposit(wish.target, wish.asset, one.net)
        return Arrival(txid, wish.asset, one.net, wish.network, credited=True)

    async def fetch_balances(self) -> Sequence[Balance]:
        return [Balance(w, asset, total, ZERO) for (w, asset), total in self._venue.balances().items()]

    def _told(self, one: _OnItsWay) -> Withdrawal:
        wish, gone = one.wish, self._clock.now() >= one.due_ns
        return Withdrawal(
            wish.id, wish.asset, Decimal(wish.amount), Decimal(wish.amount) - one.net, "", "", wish.network,
            WithdrawalState.SENT if gone else WithdrawalState.PENDING, wish.id if gone else "",
        )  # fmt: skip
