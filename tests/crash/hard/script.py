"""The strategy of a hard run: it reads no market and asks for wishes of every kind, as its seed says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import TYPE_CHECKING, Any

from titan.market.tape.rows import Rows
from titan.model.bracket import BracketIntent
from titan.model.instrument import InstrumentKind
from titan.model.limit import LimitIntent
from titan.model.order import OrderType, Side, TimeInForce
from titan.model.pair import HaltIntent, PairIntent, PairType, TransferIntent
from titan.model.signal import Intent, Purpose
from titan.model.twap import TwapIntent
from titan.strategies.protocol import Wish

if TYPE_CHECKING:
    from titan.runtime.trading.run import Run

MS = 1_000_000
NS = 1_000_000_000
TICK_S = 0.02
KINDS = ("pair", "twap", "limit", "bracket", "transfer", "plain")
MOST = 6
"""Wishes of one process that are carried out at a time."""


class Script:
    """`left` wishes are asked for, a few at a time; `beat` is called with every tick."""

    name, timer_ns = "hard", round(TICK_S * NS)
    pairs: tuple[Any, ...] = ()
    states: tuple[Any, ...] = ()
    book: tuple[Any, ...] = ()

    def __init__(self, run: Run, seed: str, serial: int, left: int, beat: Callable[[], object]) -> None:
        self._run, self._rng, self._serial, self._left, self._beat = run, Random(seed), serial, left, beat
        self._halted: set[str] = set()
        kinds = {i.kind: i for i in run.instruments}
        self.spot, self.perp = kinds[InstrumentKind.SPOT], kinds[InstrumentKind.PERP]
        self._makers: dict[str, Callable[[str], Wish | None]] = {
            "pair": self._pair, "twap": self._twap, "limit": self._limit, "bracket": self._bracket,
            "transfer": self._transfer, "plain": self._plain,
        }  # fmt: skip

    # -- what a strategy must offer

    def scan(self, rows: Rows, start: int, stop: int) -> tuple[int, int]:
        del rows, start
        return stop, 0

    def signal(self, code: int, row: int, local_ns: int) -> Any:
        raise AssertionError(f"no signal was raised: {code} {row} {local_ns}")

    def decide(self, signal: object, now: object) -> Sequence[Wish]:
        raise AssertionError(f"no signal was raised: {signal} {now}")

    def recall(self, past: object, present: object, holding: object) -> None:
        """Who holds what is read from the ledger each time."""

    def liquidated(self, fill: object, owner: str, now: object) -> Sequence[Wish]:
        raise AssertionError(f"a fill that nobody ordered: {fill} {owner} {now}")

    def guard(self, now: object) -> Sequence[Wish]:
        del now
        return ()

    def flatten(self, reason: str, now: object) -> Sequence[Wish]:
        raise AssertionError(f"nothing is to be flattened: {reason} {now}")

    def owns(self, owner: str) -> bool:
        del owner
        return False

    def cleared(self, wish: str) -> None:
        """Nothing waits for an operator."""

    def finished(self, outcome: object, now: object) -> Sequence[Wish]:
        del outcome, now
        return ()

    def tick(self, now: object) -> Sequence[Wish]:
        del now
        self._beat()
        wishes: list[Wish] = []
        while self._left and self._run.parts.engine.executions + len(wishes) < MOST:
            wish = self._wish()
            if wish is not None:
                wishes.append(wish)
                self._left -= 1
            if wish is None or self._rng.random() < 0.5:
                break
        if self._rng.random() < 0.01:
            running = [name for name in self._run.parts.engine._sagas if name not in self._halted]
            wishes += [HaltIntent(name, self.name, "halted") for name in running[:1]]
            self._halted.update(running[:1])
        return wishes

    # -- wishes

    def _wish(self) -> Wish | None:
        kind = self._rng.choice(KINDS)
        self._serial += 1
        return self._makers[kind](f"{self._run.run_id}-{self.name}-{self._serial}-{kind}")

    def _mid(self, instrument: str) -> int | None:
        touch = self._run.parts.present.touch(instrument)
        return None if touch is None else touch.mid_ticks

    def _free(self, owner: str) -> bool:
        """Whether no wish is at work for this holding."""
        wishes = self._run.parts.engine.working()
        return owner not in {getattr(w, "owner", None) or getattr(w, "position", None) for w in wishes}

    def _short(self) -> tuple[str, int] | None:
        """A holding of one instrument that may be bought back, and its lots; or None: sell for a new one.

        Owners of one perp that stand against each other could not reduce at the venue, which knows the sum
        alone.
        """
        ledger = self._run.parts.ledger
        found = [
            (owner, int(-ledger.holding(owner, self.perp.id) / self.perp.lot))
            for owner in ledger.holders()
            if owner.endswith((":twap", ":limit")) and self._free(owner)
        ]
        found = [one for one in found if one[1] > 0]
        return self._rng.choice(found) if found and self._rng.random() < 0.5 else None

    def _held(self) -> list[tuple[str, int]]:
        """Pairs that stand, with the units that both legs have."""
        ledger, found = self._run.parts.ledger, []
        for owner in ledger.holders():
            sizes = ledger.sources(owner).sizes
            spot, perp = sizes.get(self.spot.id, 0), sizes.get(self.perp.id, 0)
            units = int(min(spot, -perp) / self.perp.lot)
            if owner.startswith("BTC:core:") and units > 0 and self._free(owner):
                found.append((owner, units))
        return found

    def _pair(self, name: str) -> Wish:
        rng, held = self._rng, self._held()
        out = bool(held) and rng.random() < 0.6
        owner, units = rng.choice(held) if out else (f"BTC:core:{self._serial}", rng.randint(2, 8))
        return PairIntent(
            id=name, strategy=self.name, pair="BTC", position=owner, type=PairType.CORE,
            purpose=Purpose.EXIT if out else Purpose.ENTRY, spot=self.spot.id, perp=self.perp.id, units=units,
            clip_units=rng.randint(2, 4), reason="wanted", gap_min_ns=20 * MS, gap_max_ns=120 * MS,
            leg_deadline_ns=NS // 2, slippage_cap_bps=20.0, arrival_cap_bps=rng.choice([15.0, 200.0]),
        )  # fmt: skip

    def _twap(self, name: str) -> Wish:
        rng, now, held = self._rng, self._run.clock.now(), self._short()
        owner, lots = held or (f"{name}:twap", rng.randint(2, 12))
        return TwapIntent(
            id=name, strategy=self.name, owner=owner, instrument=self.perp.id,
            side=Side.BUY if held else Side.SELL, purpose=Purpose.EXIT if held else Purpose.ENTRY, lots=lots,
            slice_lots=rng.randint(2, 4), reason="wanted", gap_min_ns=20 * MS, gap_max_ns=120 * MS,
            slice_deadline_ns=NS // 2, deadline_ns=now + 4 * NS, slippage_cap_bps=20.0, arrival_cap_bps=200.0,
        )  # fmt: skip

    def _limit(self, name: str) -> Wish | None:
        rng, mid = self._rng, self._mid(self.perp.id)
        if mid is None:
            return None
        held = self._short()
        owner, lots = held or (f"{name}:limit", rng.randint(2, 8))
        side = Side.BUY if held else Side.SELL
        return LimitIntent(
            id=name, strategy=self.name, owner=owner, instrument=self.perp.id, side=side,
            purpose=Purpose.EXIT if held else Purpose.ENTRY, lots=lots,
            limit_ticks=mid - side * rng.choice([-10, 10, 40]), reference_ticks=mid, reason="wanted",
            patience_ns=rng.choice([NS // 2, 2 * NS]), look_ns=50 * MS,
            answer_ns=NS // 2, drift_bps=rng.choice([1.0, 5.0]), cap_bps=50.0,
            post_only=rng.random() < 0.5, convert=rng.random() < 0.5,
        )  # fmt: skip

    def _bracket(self, name: str) -> Wish:
        rng = self._rng
        return BracketIntent(
            id=name, strategy=self.name, owner=f"{name}:bracket", instrument=self.perp.id,
            side=Side.SELL, lots=rng.randint(2, 10), atr_ticks=rng.choice([20, 100]),
            reason="wanted", answer_ns=NS // 2, look_ns=50 * MS, entry_cap_bps=20.0, exit_cap_bps=20.0,
            deadline_ns=self._run.clock.now() + rng.choice([1, 3]) * NS, venue_stops=rng.random() < 0.7,
        )  # fmt: skip

    def _transfer(self, name: str) -> Wish:
        way = ["binance.spot", "binance.perp"]
        self._rng.shuffle(way)
        return TransferIntent(
            name, self.name, "USDT", way[0], way[1], str(self._rng.randint(1, 50)), "wanted", 8 * NS
        )

    def _plain(self, name: str) -> Wish | None:
        rules = self._rng.choice([self.spot, self.perp])
        mid = self._mid(rules.id)
        if mid is None:
            return None
        side = Side.BUY if rules is self.spot else Side.SELL
        lots = self._rng.randint(100, 500) if rules is self.spot else self._rng.randint(2, 5)
        far = round(mid * 0.002)
        return Intent(
            name, self.name, f"{name}:plain", rules.id, side, lots, Purpose.ENTRY, mid, OrderType.LIMIT,
            mid + side * far, tif=TimeInForce.IOC,
        )  # fmt: skip
