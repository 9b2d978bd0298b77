"""What Sentinel holds, wants and must leave alone: all that its decisions remember between two calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Final

import msgspec

from titan.market.freshness import NoPrice
from titan.model.errors import ConfigError
from titan.model.instrument import Instrument
from titan.model.money import ZERO
from titan.model.pair import PairType, Terms
from titan.model.signal import Purpose
from titan.strategies.protocol import Situation
from titan.strategies.sentinel.capital import capital_of
from titan.strategies.sentinel.lending import owed
from titan.strategies.sentinel.params import NS, Pair, SentinelParams
from titan.strategies.sentinel.past import Held, Key, Past, lost_units

RETRY_NS: Final = 3600 * NS
SLIGHT: Final = 50
"""A holding may lack one in so many of its units by the books."""


class Holding(msgspec.Struct):
    """One pair position. `pair` is named after the one whose signal opened it, and has the legs that it was
    opened with; `price` is the spot's in the ledger's currency. `flight` is the intent at work on it,
    `wanted` whether the signal that opened it still stands.
    """

    id: str
    pair: Pair
    type: PairType
    price: Decimal
    unit: Decimal
    planned: int
    units: int = 0
    flight: str = ""
    purpose: Purpose = Purpose.ENTRY
    wanted: bool = True
    terms: Terms | None = None
    """Of a vacuum: what ends it."""
    hurried: bool = False
    """Whether the exit at work on it leaves out its gaps."""
    hurries: bool = False
    """Whether its exits leave out the gaps between their clips: it is to be closed."""
    bare: Decimal = ZERO
    """Base units of coins whose short was liquidated, and that are not sold yet."""

    @property
    def notional(self) -> Decimal:
        """Spot notional of what is held, at the entry price."""
        return self.units * self.unit * self.price

    @property
    def planned_notional(self) -> Decimal:
        """The same of what its last intent was made for."""
        return self.planned * self.unit * self.price

    @property
    def sells_perp(self) -> bool:
        """Whether its last intent makes a short larger: an entry, or the way back of a vacuum."""
        return (self.purpose is Purpose.ENTRY) is not (self.type is PairType.VACUUM)

    @property
    def capital_notional(self) -> Decimal:
        """Spot notional at the entry price that this holding has, or is on its way to have."""
        coming = self.planned if self.flight and self.purpose is Purpose.ENTRY else 0
        return (self.units + coming) * self.unit * self.price


class Holdings:
    """By id, in the order in which they were opened. `wanted`: pairs and types whose opening signal stands;
    `retry`: until when one of them is left alone, ns; `blocked`: pairs that wait for the operator.
    """

    def __init__(self) -> None:
        self.by_id: dict[str, Holding] = {}
        self.wanted: set[Key] = set()
        self.retry: dict[Key, int] = {}
        self.blocked: set[str] = set()
        self.stuck: dict[str, str] = {}
        """Pairs by the wish that needs the operator."""
        self._suspects: dict[str, int] = {}

    def __iter__(self) -> Iterator[Holding]:
        """A copy: what is asked of one may end another."""
        return iter(list(self.by_id.values()))

    @property
    def busy(self) -> bool:
        """Whether an intent is at work on any."""
        return any(h.flight for h in self.by_id.values())

    def of_pair(self, pair: Pair) -> list[Holding]:
        """Those of all types."""
        return [h for h in self.by_id.values() if h.pair.name == pair.name]

    def find(self, pair: str, kind: PairType) -> Holding | None:
        return next((h for h in self.by_id.values() if h.pair.name == pair and h.type is kind), None)

    def tied(self, params: SentinelParams, kind: PairType) -> Decimal:
        """Capital that holdings of this type tie up, or are on their way to."""
        found = (capital_of(params, h.capital_notional) for h in self.by_id.values() if h.type is kind)
        return sum(found, ZERO)

    def committed(self, venue: str, quote: str) -> Decimal:
        """Notional that entries at work may yet spend of what a spot wallet has of `quote`, and that vacuums
        need to buy their coins back.
        """
        wallet = venue, quote
        here = (h for h in self.by_id.values() if (h.pair.spot.venue, h.pair.spot.quote) == wallet)
        return sum((_spends(h) for h in here), ZERO)

    def coming(self, perp: Instrument) -> Decimal:
        """Notional that intents at work may yet add to the wallet that carries this instrument."""
        wallet = perp.venue, perp.settle
        here = (h for h in self.by_id.values() if (h.pair.perp.venue, h.pair.perp.settle) == wallet)
        return sum((h.planned_notional for h in here if h.flight and h.sells_perp), ZERO)

    def leave_to_operator(self, wish: str, pair: str) -> None:
        """A wish ended with something that only a person can set right: nothing is opened before that."""
        self.stuck[wish] = pair
        self.blocked.add(pair)

    def cleared(self, wish: str) -> None:
        """Somebody has looked at what it left."""
        pair = self.stuck.pop(wish, "")
        if pair not in self.stuck.values():
            self.blocked.discard(pair)

    def compare(self, now: Situation) -> None:
        """A holding that has fewer units by the books than it counts, at two looks in a row, has what the
        books say: part of it went without an exit, and a hedge took the rest of its other leg. It is not
        wanted any more, and its pair waits for the operator. A fee paid in the coin is no loss of units.
        """
        suspects, self._suspects = self._suspects, {}
        for holding in self:
            spot, perp = (now.holding(holding.id, leg.id) for leg in (holding.pair.spot, holding.pair.perp))
            lost = holding.units - int(min(abs(spot), abs(perp)) / holding.unit)
            if holding.flight or slight(lost, holding.units):
                continue
            if suspects.get(holding.id) != lost:
                self._suspects[holding.id] = lost
                continue
            holding.units -= lost
            holding.wanted = False
            self.blocked.add(holding.pair.name)
            if holding.units == 0:
                del self.by_id[holding.id]

    def recall(
        self,
        past: Past,
        over: Callable[[str, str, str], Pair | None],
        now: Situation,
        holding: Callable[[str, str], Decimal],
    ) -> None:
        """As an earlier process left them; `over(pair, spot, perp)` is the pair with those legs, None where
        they are not traded, and `holding(owner, instrument)` what the ledger says.
        """
        self.wanted, self.stuck = set(past.stands), dict(past.stuck)
        self.blocked = set(self.stuck.values())
        self.retry = {key: at_ns + RETRY_NS for key, at_ns in past.failed.items()}
        for held in past.holdings.values():
            self._take_up(held, over(held.pair, held.spot, held.perp), now, holding)

    def _take_up(
        self, held: Held, pair: Pair | None, now: Situation, holding: Callable[[str, str], Decimal]
    ) -> None:
        worth = _worth(pair.spot.id, now) if pair is not None else None
        rate = now.rate(pair.spot.quote) if pair is not None else None
        if pair is None or rate is None or worth is None:
            raise ConfigError(
                f"{held.id} is held, and {held.pair} is not traded any more or has no price",
                remedy="put its instruments back into the config, or begin a run with --new",
            )
        unit = now.unit(pair.spot.id, pair.perp.id)
        spot, perp = holding(held.id, pair.spot.id), holding(held.id, pair.perp.id)
        lost, wanted = lost_units(held, spot, perp, unit), held.wanted
        if slight(lost, held.units) or (lost == 1 and abs(spot) < unit):
            lost = 0 if held.flight else held.units - at_most(held.units, perp, unit)
        elif lost:
            wanted = False
            self.blocked.add(held.pair)
        if held.units > lost or held.flight:
            self.by_id[held.id] = Holding(
                held.id, pair, held.type, worth * rate, unit, held.planned,
                held.units - lost, held.flight, held.purpose, wanted, held.terms,
            )  # fmt: skip


def slight(lost: int, units: int) -> bool:
    """Whether so many units may be gone without anybody having to look: fees that were paid in the coin, or
    the part of a unit by which the legs of an exit differed.
    """
    return lost * SLIGHT <= units or lost == 1 < units


def at_most(units: int, perp: Decimal, unit: Decimal) -> int:
    """Units of which the books have the perp's leg: an exit can close no more. `perp` in base units."""
    return min(units, int(abs(perp) / unit))


def _worth(spot: str, now: Situation) -> Decimal | None:
    """The ask; where nothing is heard of it, because its venue does not answer, what the coins cost."""
    price = now.price(spot)
    return now.cost(spot) if isinstance(price, NoPrice) else Decimal(repr(price.ask))


def _spends(holding: Holding) -> Decimal:
    if holding.type is PairType.VACUUM:
        return owed(holding)
    entry = holding.flight and holding.purpose is Purpose.ENTRY
    return holding.planned_notional if entry else ZERO
