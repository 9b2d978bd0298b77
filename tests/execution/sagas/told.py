"""Sagas over prices that a test writes down, at a venue without faults."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from tests.crash.market import PERP, SPOT, START, STEP_NS, Walk
from tests.crash.scenario import OWNER, STRATEGY, Scenario
from tests.crash.venue import Manners
from tests.crash.wire import NS, Faults
from tests.crash.world import World
from titan.execution.sagas.table import SagaWish
from titan.model.bracket import BracketIntent
from titan.model.events import Submitted
from titan.model.limit import LimitIntent
from titan.model.order import Side
from titan.model.outcome import SagaOutcome
from titan.model.pair import PairIntent, PairOutcome, PairType
from titan.model.signal import Intent, Purpose
from titan.model.step import SagaStep
from titan.model.twap import TwapIntent

MID = 500_000
"""Ticks of the perp at the start of each told market."""


class Told(Walk):
    """The perp's mid (ticks) from so many seconds on; the spot follows."""

    def __init__(self, *points: tuple[float, int]) -> None:
        self._points = points or ((0.0, MID),)

    def mid_ticks(self, instrument: str, at_ns: int) -> int:
        seconds = ((at_ns - START) // STEP_NS) * STEP_NS / NS
        mid = next(m for at, m in reversed(self._points) if at <= seconds or at == self._points[0][0])
        return mid if instrument == PERP.id else mid * 10


class Story:
    """One wish to its end, and what there is to look at. Whoever wants to leave holds that much before."""

    def __init__(
        self, wish: SagaWish, *points: tuple[float, int], manners: Manners | None = None,
        kill_at: Sequence[int] = (), halts_s: float = 0.0,
    ) -> None:  # fmt: skip
        made = Scenario("twap", 1, wish, Told(*points), manners or Manners(), Faults())
        made.at_entries, made.halts_s = list(kill_at), halts_s
        self.world = World(made)
        self.laws = self.world.run()
        assert not self.laws.broken, self.laws.notes
        self.entries: list[msgspec.Struct] = self.world.process.journal.entries
        self.outcome = next(e for e in self.entries if isinstance(e, SagaOutcome | PairOutcome))
        self.steps = [e for e in self.entries if isinstance(e, SagaStep)]

    def orders(self, leg: str) -> list[Intent]:
        found = [e.intent for e in self.entries if isinstance(e, Submitted)]
        return [i for i in found if i.saga and i.id.endswith(f"-{leg}")]

    def took(self, step: str) -> list[SagaStep]:
        return [s for s in self.steps if s.step == step]


def limit(**changes: object) -> LimitIntent:
    wish = LimitIntent(
        id="run-s-1-limit", strategy=STRATEGY, owner=OWNER, instrument=PERP.id, side=Side.BUY,
        purpose=Purpose.ENTRY, lots=10, limit_ticks=MID - 5, reference_ticks=MID, reason="wanted",
        patience_ns=30 * NS, look_ns=NS // 2, answer_ns=2 * NS, drift_bps=2.0, cap_bps=20.0,
    )  # fmt: skip
    return msgspec.structs.replace(wish, **changes)  # type: ignore[arg-type]


def bracket(**changes: object) -> BracketIntent:
    wish = BracketIntent(
        id="run-s-1-bracket", strategy=STRATEGY, owner=OWNER, instrument=PERP.id, side=Side.BUY, lots=10,
        atr_ticks=1000, reason="wanted", answer_ns=2 * NS, look_ns=NS // 2, entry_cap_bps=10.0,
        exit_cap_bps=10.0,
    )  # fmt: skip
    return msgspec.structs.replace(wish, **changes)  # type: ignore[arg-type]


def pair(**changes: object) -> PairIntent:
    wish = PairIntent(
        id="run-s-1-pair", strategy=STRATEGY, pair="BTC", position=OWNER, type=PairType.CORE,
        purpose=Purpose.ENTRY, spot=SPOT.id, perp=PERP.id, units=8, clip_units=2, reason="wanted",
        gap_min_ns=30 * NS, gap_max_ns=90 * NS, leg_deadline_ns=2 * NS, slippage_cap_bps=10.0,
        arrival_cap_bps=20.0,
    )  # fmt: skip
    return msgspec.structs.replace(wish, **changes)  # type: ignore[arg-type]


def twap(**changes: object) -> TwapIntent:
    wish = TwapIntent(
        id="run-s-1-twap", strategy=STRATEGY, owner=OWNER, instrument=PERP.id, side=Side.BUY,
        purpose=Purpose.ENTRY, lots=10, slice_lots=4, reason="wanted", gap_min_ns=30 * NS,
        gap_max_ns=90 * NS, slice_deadline_ns=2 * NS, deadline_ns=START + 3600 * NS, slippage_cap_bps=10.0,
        arrival_cap_bps=20.0,
    )  # fmt: skip
    return msgspec.structs.replace(wish, **changes)  # type: ignore[arg-type]
