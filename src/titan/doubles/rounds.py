"""A net position as venues number positions: each from flat to flat, with its own result."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec

from titan.doubles.orders import Fill
from titan.doubles.world import World

FIRST: Final = 3_070_000_000
_EACH: Final = 1_000_000
"""Numbers for each instrument."""


class Round(msgspec.Struct):
    """One position. Values are ticks times lots; `closed_ns` is 0 while it is open."""

    number: int
    inst: int
    long: bool
    opened_ns: int
    updated_ns: int
    closed_ns: int = 0
    lots: int = 0
    opened_lots: int = 0
    opened_value: int = 0
    closed_lots: int = 0
    closed_value: int = 0
    realised: Decimal = Decimal(0)
    fee: Decimal = Decimal(0)
    changes: int = 0


class Rounds:
    """Follows the account's fills of perps. A fill that turns a position closes one and opens the next."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._read = 0
        self._rounds: dict[int, list[Round]] = {}

    def all(self) -> list[Round]:
        """Of every instrument, oldest first within each."""
        self._follow()
        return [one for rounds in self._rounds.values() for one in rounds]

    def last(self, inst: int) -> Round:
        """The latest position, open or closed. Raises KeyError where there never was one."""
        self._follow()
        return self._rounds[inst][-1]

    def number(self, inst: int) -> int:
        """Of the open position; 0 when flat."""
        self._follow()
        rounds = self._rounds.get(inst)
        return rounds[-1].number if rounds and not rounds[-1].closed_ns else 0

    def _follow(self) -> None:
        fills, orders = self._world.desk.fills, self._world.desk.orders
        for fill in fills[self._read :]:
            inst = orders[fill.order_id].inst
            if self._world.markets[inst].is_perp:
                self._take(inst, fill)
        self._read = len(fills)

    def _take(self, inst: int, fill: Fill) -> None:
        rounds, left, fee = self._rounds.setdefault(inst, []), fill.lots, fill.fee
        one = rounds[-1] if rounds and not rounds[-1].closed_ns else None
        if one is not None and one.long != (fill.side > 0):
            closed = min(left, one.lots)
            one.lots -= closed
            one.closed_lots += closed
            one.closed_value += closed * fill.ticks
            one.realised += fill.realised
            one.fee += fee
            one.changes, one.updated_ns = one.changes + 1, fill.time_ns
            left, fee = left - closed, Decimal(0)
            if not one.lots:
                one.closed_ns, one = fill.time_ns, None
        if not left:
            return
        if one is None:
            number = FIRST + inst * _EACH + len(rounds) + 1
            one = Round(number, inst, fill.side > 0, fill.time_ns, fill.time_ns)
            rounds.append(one)
        one.lots += left
        one.opened_lots += left
        one.opened_value += left * fill.ticks
        one.fee += fee
        one.changes, one.updated_ns = one.changes + 1, fill.time_ns
