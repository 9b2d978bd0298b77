"""Sentinel over a tape of seconds, with executions that end as a script says, and processes that die: what is
journalled is all that the next one gets.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

import msgspec

from titan.market.freshness import Price
from titan.market.tape.rows import END, Kind, Rows, empty
from titan.model.instrument import FeeSchedule, Instrument, InstrumentKind
from titan.model.pair import HaltIntent, PairEnd, PairIntent, PairOutcome, PairType
from titan.model.signal import Purpose, Signal
from titan.strategies.protocol import Wish
from titan.strategies.sentinel.params import SentinelParams
from titan.strategies.sentinel.past import past_of
from titan.strategies.sentinel.state import CORE_CLOSE, CORE_OPEN, NAMES
from titan.strategies.sentinel.strategy import Sentinel

S = 1_000_000_000
START = 1_700_000_000 * S
SPOT, PERP = (
    Instrument(
        "x", kind, "AB", "A", "B", Decimal("0.01"), Decimal("0.001"), FeeSchedule(Decimal(0), Decimal(0))
    )
    for kind in InstrumentKind
)
UNIT = Decimal("0.001")
CORE = "A:core:1"
UNITS = 3000
"""3,000 quote units of coins."""


@dataclass(frozen=True)
class Second:
    """`bps` is the basis; `forced` quote units that are liquidated in it. What is asked for then is carried
    out to a `share`, after `lasts` seconds; then the process `dies`. `closes` ends the core.
    """

    bps: float
    forced: float = 0.0
    share: float = 1.0
    lasts: int = 0
    dies: bool = False
    closes: bool = False


@dataclass
class Flight:
    wish: PairIntent
    due_ns: int
    share: float
    halted: str = ""


@dataclass
class World:
    params: SentinelParams
    nav_: Decimal = Decimal(100_000)
    journal: list[msgspec.Struct] = field(default_factory=list)
    flights: dict[str, Flight] = field(default_factory=dict)
    now_ns: int = START
    bps: float = 0.0
    share: float = 1.0
    lasts: int = 0
    checks: int = 0
    units: int = UNITS
    """What the core holds at the beginning."""

    def __post_init__(self) -> None:
        opened = PairIntent(
            "run-sentinel.A-2-entry", "sentinel", "A", CORE, PairType.CORE, Purpose.ENTRY, SPOT.id, PERP.id,
            self.units, 10, "before", 1, 2, 3, 10.0, 10.0,
        )  # fmt: skip
        self.journal += [
            self._signal(CORE_OPEN), opened, PairOutcome(opened, PairEnd.DONE, self.units, 1, 0, "", START)
        ]  # fmt: skip
        self.process = self._began()

    # -- what Sentinel sees

    def unit(self, spot: str, perp: str) -> Decimal:
        return UNIT

    def rate(self, asset: str) -> Decimal:
        return Decimal(1)

    def price(self, instrument: str) -> Price:
        mid = 1000.0 if instrument == SPOT.id else 1000.0 * (1 + self.bps / 1e4)
        return Price(mid - 0.01, 1.0, mid + 0.01, 1.0, self.now_ns, False)

    def nav(self) -> Decimal:
        return self.nav_

    def wallet(self, wallet: str, asset: str) -> Decimal:
        return self.nav_

    def perp_equity(self, wallet: str, asset: str = "") -> Decimal:
        return self.nav_

    def perp_notional(self, wallet: str, asset: str = "") -> Decimal:
        return Decimal(0)

    def holding(self, owner: str, instrument: str) -> Decimal:
        holding = self.process.holdings[owner]
        return holding.units * holding.unit

    def entry_scale(self, strategy: str, *instruments: str) -> Fraction:
        return Fraction(1)

    def position_lots(self, instrument: str) -> int:
        return 0

    # -- what happens

    def play(self, story: Sequence[Second]) -> None:
        for second in story:
            self.now_ns += S
            self.bps, self.share, self.lasts = second.bps, second.share, second.lasts
            self.heard(rows_of(self.now_ns, second))
            if second.closes:
                self._told(self._signal(CORE_CLOSE))
            self.land()
            if second.dies:
                self.process = self._began()

    def heard(self, rows: Rows) -> None:
        k = 0
        while k < len(rows.ts):
            k, code = self.process.scan(rows, k, len(rows.ts))
            if code:
                self._told(self.process.signal(code, k - 1, self.now_ns))

    def tick(self, after_s: float) -> None:
        """Time passes without a word of the market; what was at work ends well."""
        self.now_ns += round(after_s * S)
        for flight in self.flights.values():
            flight.due_ns, flight.share = 0, 1.0
        self.share, self.lasts = 1.0, 0
        self.land()
        self.fulfil(self.process.tick(self.situation))
        self.land()

    def fulfil(self, wishes: Sequence[Wish]) -> None:
        for wish in wishes:
            self.journal.append(wish)
            if isinstance(wish, PairIntent):
                self.flights[wish.id] = Flight(wish, self.now_ns + self.lasts * S, self.share)
            elif isinstance(wish, HaltIntent) and wish.intent_id in self.flights:
                flight = self.flights[wish.intent_id]
                flight.due_ns, flight.halted = 0, wish.reason
            self._check()

    def land(self) -> None:
        """Executions that are due end, in their order, also those that the ends bring about."""
        while due := [f for f in self.flights.values() if f.due_ns <= self.now_ns]:
            flight = due[0]
            del self.flights[flight.wish.id]
            wish = flight.wish
            units = int(wish.units * flight.share)
            end = PairEnd.DONE if units == wish.units or flight.halted else PairEnd.ABORTED
            outcome = PairOutcome(
                wish, end, units, 1, 0, flight.halted or wish.reason, self.now_ns, basis_bps=self.bps
            )
            self.journal.append(outcome)
            self.fulfil(self.process.finished(outcome, self.situation))
            self._check()

    # -- what has happened

    def held(self, owner: str) -> int:
        """What an owner holds, as the outcomes say."""
        found = (e for e in self.journal if isinstance(e, PairOutcome) and e.intent.position == owner)
        return sum(e.units if e.intent.purpose is Purpose.ENTRY else -e.units for e in found)

    def vacuums(self) -> list[str]:
        """All that there ever were."""
        found = (e for e in self.journal if isinstance(e, PairIntent) and e.type is PairType.VACUUM)
        return list(dict.fromkeys(e.position for e in found))

    def intents(self, owner: str, purpose: Purpose) -> list[PairIntent]:
        found = (e for e in self.journal if isinstance(e, PairIntent))
        return [e for e in found if (e.position, e.purpose) == (owner, purpose)]

    def ends(self, owner: str, purpose: Purpose) -> Iterator[PairOutcome]:
        for e in self.journal:
            if isinstance(e, PairOutcome) and (e.intent.position, e.intent.purpose) == (owner, purpose):
                yield e

    def _check(self) -> None:
        """Coins that were sold, or are about to be, were there: spot is never short."""
        self.checks += 1
        coins = self.held(CORE) - sum(self.held(owner) for owner in self.vacuums())
        for flight in self.flights.values():
            wish = flight.wish
            coins -= 0 if wish.buys_spot else wish.units
        assert coins >= 0, f"{coins} units of coins once all that is sold is sold"

    @property
    def situation(self) -> Any:
        return self

    def _told(self, signal: Signal) -> None:
        self.journal.append(signal)
        self.fulfil(self.process.decide(signal, self.situation))

    def _signal(self, code: int) -> Signal:
        return Signal("sentinel", code, NAMES[code], "A", 0, self.now_ns, {"z": 0.0})

    def _began(self) -> Sentinel:
        made = Sentinel("run", {"A": self.params}, (SPOT, PERP), (0.0, 0.1), {"A": None})

        def holding(owner: str, instrument: str) -> Decimal:
            sign = 1 if instrument == SPOT.id else -1
            return self.held(owner) * UNIT * (sign if owner == CORE else -sign)

        made.recall(past_of("sentinel", self.journal), self.situation, holding)
        return made


def rows_of(ts: int, second: Second) -> Rows:
    """A liquidation where there is one, and the touches of both legs."""
    found: list[tuple[int, Kind, int, float, float, int]] = []
    if second.forced:
        found.append((1, Kind.LIQUIDATION, 1, 1000.0, second.forced / 1000.0, END))
    for leg, mid in ((0, 1000.0), (1, 1000.0 * (1 + second.bps / 1e4))):
        for side in (1, -1):
            found.append((leg, Kind.BBO, side, round(mid, 2) - side * 0.01, 1000.0, END if side < 0 else 0))
    rows = empty(len(found))
    for k, (inst, kind, side, px, qty, flags) in enumerate(found):
        rows.ts[k] = rows.recv[k] = ts
        rows.inst[k], rows.kind[k], rows.side[k] = inst, kind, side
        rows.px[k], rows.qty[k], rows.flags[k] = px, qty, flags
    return rows
