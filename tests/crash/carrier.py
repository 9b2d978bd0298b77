"""Withdrawals over the wire of a crash world: refused, lost before or after they were taken, asked about."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from tests.crash.wire import Wire, fail, give
from titan.model.account import Arrival, Balance, Withdrawal, WithdrawalState
from titan.model.errors import VenueRefused, VenueUnknown
from titan.model.pair import TransferIntent


class WireCarrier:
    """Implements Carrier."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def fetch_balances(self) -> Sequence[Balance]:
        return await self._wire.fetch_balances()

    async def send(self, wish: TransferIntent) -> Withdrawal:
        done = self._wire.venue.loop.create_future()
        self._wire.say(f"withdraw {wish.id}")
        draw = self._wire.rng.random()
        if draw < 0.1:
            self._wire.later(0.1, fail, done, VenueRefused("no address is allowed"))
        elif self._wire.venue.down or draw < 0.1 + self._wire.faults.lose_request:
            self._wire.later(self._wire.faults.timeout_s, fail, done, VenueUnknown("no answer"))
        else:
            late = 5.0 if self._wire.rng.random() < 0.2 else 0.0
            self._wire.later(self._wire.delay() + late, self._wire.venue.withdraw, wish, alive=False)
            if late or self._wire.rng.random() < self._wire.faults.lose_answer * 2:
                self._wire.later(self._wire.faults.timeout_s, fail, done, VenueUnknown("no answer"))
            else:
                self._wire.later(5.0, give, done, _payout(wish, WithdrawalState.PENDING))
        answer: Withdrawal = await done
        return answer

    async def sent(self, wish: TransferIntent, since_ns: int, known: str = "") -> Withdrawal | None:
        assert known in ("", "w1")
        assert since_ns < self._wire.venue.loop.now()
        await self._asked()
        one = self._wire.venue.payouts.get(wish.id)
        return None if one is None else _payout(wish, one.state)

    async def arrived(self, wish: TransferIntent, txid: str, since_ns: int) -> Arrival | None:
        assert since_ns < self._wire.venue.loop.now()
        await self._asked()
        one = self._wire.venue.payouts[wish.id]
        return Arrival(txid, wish.asset, one.net, "TRC20", one.arrived)

    async def _asked(self) -> None:
        done = self._wire.venue.loop.create_future()
        if self._wire.venue.down or self._wire.rng.random() < self._wire.faults.lose_answer:
            self._wire.later(1.0, fail, done, VenueUnknown("no answer"))
        else:
            self._wire.later(self._wire.delay(), give, done, None)
        await done


def _payout(wish: TransferIntent, state: WithdrawalState) -> Withdrawal:
    txid = f"0x{wish.id}" if state is WithdrawalState.SENT else ""
    amount, none = Decimal(wish.amount), Decimal(0)
    return Withdrawal("w1", wish.asset, amount, none, "there", "", wish.network, state, txid)
