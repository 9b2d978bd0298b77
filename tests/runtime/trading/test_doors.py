"""Entries stay inside while a door of theirs is closed; exits and hedges go out, unless all is shut."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, cast

import msgspec
import pytest

from titan.model.account import Balance, TransferReceipt
from titan.model.errors import VenueRefused
from titan.model.order import Side
from titan.model.signal import Intent, Purpose
from titan.risk.decision import Reason, Refuse
from titan.runtime.trading.doors import Doors, Guarded, GuardedMover

ENTRY = Intent("i", "s", "o", "binance.spot.BTCUSDT", Side.BUY, 1, Purpose.ENTRY, 1)
EXIT = Intent("e", "s", "o", "binance.spot.BTCUSDT", Side.SELL, 1, Purpose.EXIT, 1)
THROUGH: Any = object()


class Gate:
    def __call__(self, intent: Intent, beside: Any = ()) -> Any:
        return THROUGH

    def sent(self, ticket: Any) -> None: ...

    def changed(self, ticket: Any) -> None: ...


def guarded(doors: Doors) -> tuple[Guarded, list[str]]:
    said: list[str] = []
    return Guarded(cast(Any, Gate()), doors, passed=lambda: said.append("passed"), refused=said.append), said


def test_a_closed_door_says_why_and_an_open_one_leads_to_the_gates() -> None:
    doors = Doors()
    doors.close("start", "not yet")
    gate, said = guarded(doors)
    refused = gate(ENTRY)
    assert isinstance(refused, Refuse)
    assert (refused.reason, refused.numbers) == (Reason.CLOSED, {"why": "not yet"})
    assert gate(EXIT) is THROUGH
    assert doors.closed() == {"start": "not yet"}
    doors.open("start")
    assert gate(ENTRY) is THROUGH
    assert said == ["not yet", "passed", "passed"]


@pytest.mark.parametrize(("door", "closed"), [("venue:binance", True), ("venue:okx", False)])
def test_a_venue_door_is_of_that_venue(door: str, closed: bool) -> None:
    doors = Doors()
    doors.close(door, "its books are in doubt")
    assert bool(doors.why_not(ENTRY)) is closed


def test_nothing_leaves_for_a_venue_that_is_absent_and_all_for_the_others() -> None:
    doors = Doors()
    doors.close("absent:binance", "it does not answer")
    there = msgspec.structs.replace(EXIT, instrument="okx.spot.BTCUSDT")
    assert [doors.why_not(one) for one in (ENTRY, EXIT, there)] == ["it does not answer"] * 2 + [""]
    assert doors.why_not(msgspec.structs.replace(ENTRY, instrument="okx.spot.BTCUSDT")) == ""
    assert doors.away("okx.spot", "binance.spot") == "it does not answer"
    assert doors.away("okx.spot") == ""


def test_shut_is_shut_for_all() -> None:
    doors = Doors(shut="this run only observes")
    gate, said = guarded(doors)
    assert isinstance(gate(EXIT), Refuse)
    assert said == ["this run only observes"]


async def test_while_all_is_shut_no_money_moves_between_wallets() -> None:
    asked: list[Decimal] = []

    class Mover:
        async def move(self, asset: str, amount: Decimal, source: str, target: str) -> TransferReceipt:
            asked.append(amount)
            return TransferReceipt("t", asset, amount, source, target, done=True)

        async def fetch_balances(self) -> Sequence[Balance]:
            return ()

    doors = Doors()
    doors.close("start", "not yet")
    mover = GuardedMover(Mover(), doors)
    assert (await mover.move("USDT", Decimal(1), "a", "b")).done
    doors.shut = "panic: a drill"
    with pytest.raises(VenueRefused, match="a drill"):
        await mover.move("USDT", Decimal(2), "a", "b")
    assert asked == [1]
