"""What the venues' own accounts say while the week passes: NAV and delta, at every step and at every fill."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from titan.doubles.orders import AccountEvent, OrderUpdate
from titan.model.instrument import InstrumentKind

if TYPE_CHECKING:
    from tests.week.venues import Venue


class Delta(msgspec.Struct, frozen=True):
    """Shares of NAV. `least` and `most` are of every sample; the rest of its amount."""

    samples: int
    least: float
    most: float
    median: float
    p99: float
    p999: float


class Lean(msgspec.Struct):
    """How long the delta of a base has been above its clip without a pause."""

    since_ns: int = 0
    longest_ns: int = 0
    longest_from_ns: int = 0


class Watch:
    """Exposure by base over all venues. `lean_quote`: beyond what clips at work may, a base leans."""

    def __init__(self, venues: Mapping[str, Venue], now: Callable[[], int], *, lean_quote: float) -> None:
        self._venues, self._now, self._lean_quote = list(venues.values()), now, lean_quote
        self._legs = [
            (v.world, m.index, i.base, i.kind is InstrumentKind.PERP, float(i.lot))
            for v in self._venues for m in v.world.markets for i in (m.instrument,)
        ]  # fmt: skip
        self.bases = sorted({leg[2] for leg in self._legs})
        self.at = array("q")
        self.delta = array("d")
        self.leans: dict[str, Lean] = {base: Lean() for base in self.bases}
        self.worst: dict[str, tuple[float, int]] = dict.fromkeys(self.bases, (0.0, 0))
        self.fills = 0
        for venue in self._venues:
            venue.world.listen_account(self._told)

    def _told(self, event: AccountEvent) -> None:
        if isinstance(event, OrderUpdate) and event.fill is not None:
            self.fills += 1
            self.sample(self._now())

    def sample(self, now_ns: int) -> None:
        by_base = dict.fromkeys(self.bases, 0.0)
        gained = 0.0
        for world, index, base, perp, lot in self._legs:
            held = world.account.books.positions[index]
            if not held.lots:
                continue
            quote = world.exchange.state.quotes[index]
            bid, ask = float(quote["bid"]), float(quote["ask"])
            price = (bid + ask) / 2 if bid > 0 and ask > 0 else 0.0
            value = held.lots * lot * price
            by_base[base] += value
            gained += value - math.copysign(float(held.cost), held.lots) if perp else value
        nav = gained + sum(self._cash(venue) for venue in self._venues)
        self.at.append(now_ns)
        self.delta.append(sum(by_base.values()) / nav)
        for base, value in by_base.items():
            self._leans(base, value, now_ns)

    def _cash(self, venue: Venue) -> float:
        balances = venue.world.account.books.balances()
        return sum(float(amount) for (_, asset), amount in balances.items() if asset == "USDT")

    def _leans(self, base: str, value: float, now_ns: int) -> None:
        if abs(value) > abs(self.worst[base][0]):
            self.worst[base] = value, now_ns
        lean = self.leans[base]
        if abs(value) <= self._lean_quote:
            lean.since_ns = 0
        elif not lean.since_ns:
            lean.since_ns = now_ns
        elif now_ns - lean.since_ns > lean.longest_ns:
            lean.longest_ns, lean.longest_from_ns = now_ns - lean.since_ns, lean.since_ns

    def summary(self) -> Delta:
        values = np.array(self.delta)
        amounts = np.abs(values)
        return Delta(
            len(values), float(values.min()), float(values.max()), *(float(q) for q in _quantiles(amounts))
        )


def _quantiles(amounts: Sequence[float] | np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
    return np.asarray(np.quantile(amounts, [0.5, 0.99, 0.999]))
