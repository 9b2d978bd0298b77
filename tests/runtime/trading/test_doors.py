"""Entries stay inside while a door of theirs is closed; exits and hedges go out, unless all is shut."""

from __future__ import annotations

from typing import Any, cast

import pytest

from titan.model.order import Side
from titan.model.signal import Intent, Purpose
from titan.risk.decision import Reason, Refuse
from titan.runtime.trading.doors import Doors, Guarded

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


def test_shut_is_shut_for_all() -> None:
    doors = Doors(shut="this run only observes")
    gate, said = guarded(doors)
    assert isinstance(gate(EXIT), Refuse)
    assert said == ["this run only observes"]
