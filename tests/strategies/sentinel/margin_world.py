"""Sentinel holding one pair, its wallets set by hand; wishes end when they are told to."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal as D
from fractions import Fraction
from typing import Any

import msgspec

from tests.doubles.tapes import PERP, SPOT
from titan.market.freshness import NoPrice, Price, Reason
from titan.model.guard import MarginStep
from titan.model.outcome import SagaOutcome
from titan.model.pair import PairEnd, PairIntent, PairOutcome, PairType, TransferIntent
from titan.model.signal import Purpose, Signal
from titan.strategies.sentinel.params import SentinelParams
from titan.strategies.sentinel.past import past_of
from titan.strategies.sentinel.state import CORE_OPEN, NAMES
from titan.strategies.sentinel.strategy import Sentinel

UNIT, MID = D("0.001"), D(30_000)
CORE = "BTC:core:1"
S = 1_000_000_000


class World:
    """1,000 units (30,000) are held; the wallets are set by hand, and wishes end when they are told to."""

    def __init__(self, journal: Sequence[msgspec.Struct] = ()) -> None:
        self.now_ns = 1_000 * S
        self.units, self.liquidated = 1000, 0
        self.equity, self.cash, self.idle = D(50_000), D(50_000), D(10_000)
        self.part, self.mid, self.blind, self.closing = Fraction(1), MID, False, True
        opened = PairIntent(
            "run-sentinel.BTC-2-entry", "sentinel", "BTC", CORE, PairType.CORE, Purpose.ENTRY, SPOT.id,
            PERP.id, 1000, 10, "before", 1, 2, 3, 10.0, 10.0,
        )  # fmt: skip
        self.journal: list[msgspec.Struct] = list(journal) or [
            Signal("sentinel", CORE_OPEN, NAMES[CORE_OPEN], "BTC", 1, 1, {}), opened,
            PairOutcome(opened, PairEnd.DONE, 1000, 1, 0, "", 1),
        ]  # fmt: skip
        self.seen = len(self.journal)
        self.sentinel = Sentinel("run", {"BTC": SentinelParams()}, (SPOT, PERP), (0.0001, 0.1), {"BTC": None})
        now: Any = self
        self.now = now
        self.sentinel.recall(past_of("sentinel", self.journal), now, self.holding)

    def restarted(self) -> World:
        again = World(self.journal)
        names = ("now_ns", "units", "liquidated", "equity", "cash", "idle", "part", "mid")
        for name in names:
            setattr(again, name, getattr(self, name))
        return again

    # -- what Sentinel sees

    def unit(self, spot: str, perp: str) -> D:
        return UNIT

    def rate(self, asset: str) -> D:
        return D(1)

    def price(self, instrument: str) -> Price | NoPrice:
        if self.blind:
            return NoPrice(Reason.GAPPED, 1)
        return Price(float(self.mid) - 0.01, 1.0, float(self.mid), 1.0, self.now_ns, False)

    def nav(self) -> D:
        return self.equity + self.idle + self.units * UNIT * self.mid

    def wallet(self, wallet: str, asset: str) -> D:
        return self.cash if wallet.endswith("perp") else self.idle

    def holding(self, owner: str, instrument: str) -> D:
        if instrument == PERP.id:
            return -(self.units - self.liquidated) * UNIT
        return self.units * UNIT

    def perp_equity(self, wallet: str, asset: str = "") -> D:
        return self.equity

    def perp_notional(self, wallet: str, asset: str = "") -> D:
        return self.units * UNIT * self.mid

    def entry_scale(self, strategy: str, *instruments: str) -> Fraction:
        return self.part

    def must_close(self, strategy: str, owner: str, *instruments: str) -> bool:
        return self.closing

    # -- what happens

    def look(self, after_s: float = 2.0) -> list[Any]:
        self.now_ns += round(after_s * S)
        return self.take(self.sentinel.guard(self.now))

    def take(self, wishes: Sequence[Any]) -> list[Any]:
        self.journal += wishes
        return [w for w in wishes if not isinstance(w, MarginStep)]

    def end(self, wish: Any, end: PairEnd = PairEnd.DONE) -> list[Any]:
        outcome: Any
        if isinstance(wish, TransferIntent):
            outcome = SagaOutcome(wish, end, 0, 0, "", self.now_ns)
            if end is PairEnd.DONE:
                amount = D(wish.amount) if wish.target.endswith("perp") else -D(wish.amount)
                self.equity, self.cash, self.idle = (
                    self.equity + amount, self.cash + amount, self.idle - amount
                )  # fmt: skip
        else:
            done = wish.units if end is PairEnd.DONE else 0
            outcome = PairOutcome(wish, end, done, 1, 0, "", self.now_ns)
            sign = 1 if wish.purpose is Purpose.ENTRY else -1
            self.units += sign * done
            self.idle -= sign * done * UNIT * MID
        self.journal.append(outcome)
        return self.take(self.sentinel.finished(outcome, self.now))

    @property
    def steps(self) -> list[MarginStep]:
        return [e for e in self.journal if isinstance(e, MarginStep)]
