"""The way of an order is kept warm: a few hundred times a second an order is made up to the point of sending,
and thrown away.

A desk decides seldom and must then be quick, but what has not run for a twentieth of a second is out of the
processor's caches: the gates that take 0.1 ms when they are warm take 0.7 ms when they are not
(`benchmarks/`, suite `desk`). A rehearsal asks the gates, writes the request and signs it. It reserves,
journals, charges and sends nothing: no part of it is ever seen by a venue or by the books. The connection
that the next order takes is held open by the way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from itertools import cycle
from typing import Final

from titan.execution.desk import Gate
from titan.execution.sagas.legs import least_lots
from titan.execution.sagas.saga import Touch
from titan.model.instrument import Instrument
from titan.model.order import OrderType, Side, TimeInForce
from titan.model.signal import Intent, Purpose
from titan.ports import Approved
from titan.risk.gates import Refuse

NAME: Final = "rehearsal"
_SIDES: Final = (Side.BUY, Side.SELL)


class Rehearsal:
    """One order each `every_s`, over `instruments` in turn. `gate` must not remember what it was asked, `way`
    does all with an order but send it. Use on one event loop.
    """

    def __init__(
        self, instruments: Iterable[Instrument], touch: Callable[[str], Touch | None], gate: Gate,
        way: Callable[[Approved], None], every_s: float,
    ) -> None:  # fmt: skip
        self._next = cycle([(rules, side) for rules in instruments for side in _SIDES])
        self._touch, self._gate, self._way, self._every_s = touch, gate, way, every_s
        self._timer: asyncio.TimerHandle | None = None
        self.count = 0

    def start(self) -> None:
        """Nothing with `every_s` of 0."""
        if not self._every_s:
            return
        self._timer = asyncio.get_running_loop().call_later(self._every_s, self._play)

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _play(self) -> None:
        self.start()
        self.once()

    def once(self) -> None:
        """Nothing where there is no price."""
        rules, side = next(self._next)
        touch = self._touch(rules.id)
        if touch is None:
            return
        self.count += 1
        order = self._gate(_smallest(rules, side, touch.mid_ticks, self.count))
        if not isinstance(order, Refuse):
            self._way(order)


def _smallest(rules: Instrument, side: Side, ticks: int, number: int) -> Intent:
    """The least that a venue would take, at the price of the moment: no gate makes it smaller."""
    return Intent(
        f"{NAME}-{number}", NAME, NAME, rules.id, side, least_lots(rules, ticks), Purpose.ENTRY, ticks,
        OrderType.LIMIT, ticks, tif=TimeInForce.IOC,
    )  # fmt: skip
