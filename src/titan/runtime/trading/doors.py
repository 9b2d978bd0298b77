"""What keeps entries from leaving at present, by reason. Exits and hedges go through all but `shut`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Final

from titan.execution.desk import Gate
from titan.execution.tickets import Ticket
from titan.model.account import Balance, TransferReceipt, Withdrawal
from titan.model.errors import VenueRefused
from titan.model.instrument import venue_of
from titan.model.pair import TransferIntent
from titan.model.signal import Intent, Purpose
from titan.ports import Carrier, Mover
from titan.risk.decision import Reason, refuse
from titan.risk.gates import Approved, Refuse

_OF_VENUES: Final = ("venue", "absent")


class Doors:
    """Closed from the start: whoever closes a door opens it. A door `venue:<name>` is of that venue alone;
    `absent:<name>` as well, and exits do not go through it either.
    """

    def __init__(self, *, shut: str = "") -> None:
        self.shut = shut
        """Why nothing at all may leave, exits included; empty: it may."""
        self._closed: dict[str, str] = {}

    def close(self, door: str, why: str) -> None:
        self._closed[door] = why

    def open(self, door: str) -> None:
        self._closed.pop(door, None)

    def closed(self) -> dict[str, str]:
        """Why entries do not leave, by door."""
        return ({"all orders": self.shut} if self.shut else {}) | self._closed

    def away(self, *places: str) -> str:
        """Why nothing at all may be asked for where these instruments or wallets are; empty: it may."""
        doors = (f"absent:{venue_of(place)}" for place in places)
        return self.shut or next((self._closed[door] for door in doors if door in self._closed), "")

    def why_not(self, intent: Intent) -> str:
        """Empty where the intent may go on to the gates."""
        away = self.away(intent.instrument)
        if away or intent.purpose is not Purpose.ENTRY:
            return away
        venue = venue_of(intent.instrument)
        for door, why in self._closed.items():
            of, _, name = door.partition(":")
            if of not in _OF_VENUES or name == venue:
                return why
        return ""


class Guarded:
    """The gates behind the doors. `passed` is told of every order that passed, `refused` why one did not."""

    def __init__(
        self, gate: Gate, doors: Doors, *, passed: Callable[[], None], refused: Callable[[str], None]
    ) -> None:
        self._gate, self._doors = gate, doors
        self._passed, self._refused = passed, refused

    def __call__(self, intent: Intent, beside: Sequence[Approved] = ()) -> Approved | Refuse:
        why = self._doors.why_not(intent)
        answer = refuse("doors", Reason.CLOSED, why=why) if why else self._gate(intent, beside)
        if isinstance(answer, Refuse):
            self._refused(why or f"{answer.gate}: {answer.reason}")
        else:
            self._passed()
        return answer

    def sent(self, ticket: Ticket) -> None:
        self._gate.sent(ticket)

    def changed(self, ticket: Ticket) -> None:
        self._gate.changed(ticket)


class GuardedMover:
    """Implements Mover: while nothing at all may leave, no money moves between wallets either."""

    def __init__(self, mover: Mover, doors: Doors) -> None:
        self._mover, self._doors = mover, doors

    async def move(self, asset: str, amount: Decimal, source: str, target: str) -> TransferReceipt:
        """Raises VenueRefused before anything is asked for."""
        if away := self._doors.away(source, target):
            raise VenueRefused(f"{amount} {asset} from {source} to {target}: {away}")
        return await self._mover.move(asset, amount, source, target)

    async def fetch_balances(self) -> Sequence[Balance]:
        return await self._mover.fetch_balances()


class GuardedCarrier:
    """Implements Carrier: as `GuardedMover`, nothing leaves for another venue; what left is followed on."""

    def __init__(self, carrier: Carrier, doors: Doors) -> None:
        self._carrier, self._doors = carrier, doors
        self.sent, self.arrived = carrier.sent, carrier.arrived
        self.fetch_balances = carrier.fetch_balances

    async def send(self, wish: TransferIntent) -> Withdrawal:
        """Raises VenueRefused before anything is asked for."""
        if away := self._doors.away(wish.source, wish.target):
            raise VenueRefused(f"{wish.amount} {wish.asset} to {wish.target}: {away}")
        return await self._carrier.send(wish)
