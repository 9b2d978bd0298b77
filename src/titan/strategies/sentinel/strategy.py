"""Sentinel's decisions: which pairs to open, close and reduce, given what the kernel noticed and what we
hold.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from titan.market.book import new_books
from titan.market.quotes import new_quotes
from titan.market.tape.rows import Rows
from titan.model.fill import Fill
from titan.model.instrument import Instrument
from titan.model.money import ZERO
from titan.model.outcome import Outcome
from titan.model.pair import HaltIntent, PairEnd, PairOutcome, PairType
from titan.model.signal import Purpose, Signal
from titan.strategies.protocol import Situation, Wish
from titan.strategies.sentinel import vacuum
from titan.strategies.sentinel.carrying import Carrying
from titan.strategies.sentinel.holdings import RETRY_NS, Holding, Holdings, at_most
from titan.strategies.sentinel.lending import spare
from titan.strategies.sentinel.margin import Margin
from titan.strategies.sentinel.pairing import Pairing
from titan.strategies.sentinel.params import NS, SentinelParams, find_pairs
from titan.strategies.sentinel.past import TYPE_OF, Past
from titan.strategies.sentinel.state import (
    CORE_CLOSE,
    CORE_OPEN,
    EXPAND,
    NAMES,
    VACUUM_CLOSE,
    VACUUM_OPEN,
    base_of,
    new_pairs,
)
from titan.strategies.sentinel.step import scan
from titan.strategies.sentinel.vacuum import Vacuums

YEAR_HOURS = 8760.0


class Sentinel:
    name = "sentinel"

    def __init__(
        self,
        run_id: str,
        params: Mapping[str, SentinelParams],
        instruments: Sequence[Instrument],
        assumed: tuple[float, float],
        closing_ns: Mapping[str, int | None],
    ) -> None:
        """`params` by pair name; account-wide settings are taken from the first. From `closing_ns` on a pair
        is only closed, because its data end soon after (None: never).

        `assumed` is (half spread as a fraction, displayed share of a bar's volume) where only bars are known.
        """
        self._params = params
        self.params = next(iter(params.values()))
        self.pairs = find_pairs(instruments)
        ticks = [float(i.tick) for i in instruments]
        self._quotes = new_quotes(ticks, half_spread=assumed[0], bar_share=assumed[1])
        self._books = new_books(ticks)
        self._record = np.concatenate([params[p.name].record() for p in self.pairs])
        self.states: NDArray[np.void] = new_pairs(self.pairs, params)
        self._base_of = base_of(self.pairs, instruments)
        self._pair_of = np.full(len(instruments), -1, np.int64)
        for n, pair in enumerate(self.pairs):
            self._pair_of[pair.spot_index] = self._pair_of[pair.perp_index] = n
        self.book = Holdings()
        self.pairing = Pairing(self.name, run_id, params, self.pairs, closing_ns, self.book)
        self.margin = Margin(self.params, self.pairing)
        self.carrying = Carrying(self.params, self.pairing, self.margin)
        self.vacuums = Vacuums(params, self.pairing)

    @property
    def holdings(self) -> dict[str, Holding]:
        """All that is held, or about to be, by id."""
        return self.book.by_id

    def retune(self, params: Mapping[str, SentinelParams]) -> None:
        """Decide by these from now on, as by those it was made with; the kernel from the next row. Windows
        and sampling times must be the same: what was sampled stays.
        """
        self._params, self.params = params, next(iter(params.values()))
        self._record[:] = np.concatenate([params[p.name].record() for p in self.pairs])
        self.pairing.retune(params)
        self.margin.retune(self.params)
        self.carrying.retune(self.params)
        self.vacuums.retune(params)

    def settings(self, pair: str) -> SentinelParams:
        """By what this pair is decided."""
        return self._params[pair]

    def recall(self, past: Past, now: Situation, holding: Callable[[str, str], Decimal]) -> None:
        """Go on where an earlier process ended; every instrument that is held has a price by now.

        `holding(owner, instrument)` is what the ledger says. What was at work on a holding is still so: its
        outcome comes to `finished` as any other. Statistics begin anew.
        """
        self.pairing.serial = past.serial
        self.book.recall(past, self.pairing.router.over, now, holding)
        self.margin.recall(past)
        self.carrying.recall(past)
        for n, pair in enumerate(self.pairs):
            self.states[n]["expanded"] = int((pair.name, PairType.SATELLITE) in past.stands)
            self.states[n]["core"] = int((pair.name, PairType.CORE) in past.stands)
        self.vacuums.recall(self.states, self.pairs)

    @property
    def timer_ns(self) -> int:
        return round(self.params.check_seconds * NS)

    def scan(self, rows: Rows, start: int, stop: int) -> tuple[int, int]:
        after, code = scan(
            self._record, self.states, self._pair_of, self._base_of, self._quotes, self._books,
            rows, start, stop,
        )  # fmt: skip
        return int(after), int(code)

    def signal(self, code: int, row: int, local_ns: int) -> Signal:
        kind, n = code % 16, code // 16
        state = self.states[n]
        fields = ("z", "basis", "mean", "std", "executable", "cost", "edge", "forecast")
        figures = {f: float(state[f]) for f in fields}
        figures["interval_hours"] = float(state["interval_ms"]) / 3_600_000.0
        if kind in (VACUUM_OPEN, VACUUM_CLOSE):
            figures |= vacuum.figures(state)
        return Signal(self.name, kind, NAMES[kind], self.pairs[n].name, row, local_ns, figures)

    def decide(self, signal: Signal, now: Situation) -> Sequence[Wish]:
        key = (signal.subject, TYPE_OF[signal.code])
        self.pairing.router.learn(self.states)
        over = self.vacuums.judge(now)
        if signal.code == VACUUM_OPEN:
            self.book.wanted.add(key)
            return [*over, *self.vacuums.open(signal, now)]
        if signal.code in (EXPAND, CORE_OPEN):
            self.book.wanted.add(key)
            spare = signal.figures["edge"] - self._params[key[0]].min_edge_bps
            cap = spare if key[1] is PairType.SATELLITE else None
            return [*over, *self.pairing.open(*key, now, self._because(signal), cap)]
        self.book.wanted.discard(key)
        self.pairing.look(now)
        return [*over, *self.pairing.close(*key, self._because(signal))]

    def _because(self, signal: Signal) -> str:
        """The signal in words, for the journal and the report."""
        f, p = signal.figures, self._params[signal.subject]
        if signal.code == EXPAND:
            return f"basis {f['z']:.1f} deviations above its mean, {f['edge']:.1f} bps to gain"
        if signal.code == CORE_OPEN:
            return f"funding forecast {f['forecast'] * YEAR_HOURS / f['interval_hours']:.1%} a year"
        if signal.code == VACUUM_CLOSE:
            return vacuum.reason(signal, opens=False)
        if signal.code == CORE_CLOSE:
            return f"funding forecast below zero {p.funding_exit_intervals} settlements in a row"
        return "basis back at its mean" if f["z"] <= p.exit_z else "no longer worth its funding"

    def tick(self, now: Situation) -> Sequence[Wish]:
        """Vacuums that are over, then exits that did not end, and entries that could not be made at their
        signal.
        """
        self.book.compare(now)
        busy = self.book.busy
        wishes = list(self.vacuums.judge(now))
        if busy:
            return wishes
        self.pairing.look(now)
        for holding in self.book:
            wishes += self._uncovered(holding, now)
            if self.pairing.router.closes(holding.pair, now.now_ns):
                wishes += self.pairing.exit(holding, holding.units, "the data of this pair end soon")
            elif not holding.wanted and not holding.flight:
                wishes += self.pairing.exit(holding, holding.units, "retry of an unfinished exit")
        for pair, kind in sorted(self.book.wanted):
            if kind is PairType.CORE and self._allowed(pair, now):
                wishes += self.pairing.open(pair, kind, now, "still wanted")
        return wishes

    def _uncovered(self, holding: Holding, now: Situation) -> Sequence[Wish]:
        """Coins that could not be sold when their short was liquidated, as far as no hedge has sold them."""
        if not holding.bare:
            return []
        lean = sum((now.holding(holding.id, leg.id) for leg in (holding.pair.spot, holding.pair.perp)), ZERO)
        holding.bare = min(holding.bare, max(lean, ZERO))
        sale = self.pairing.uncover(holding, now)
        if sale and holding.units == 0:
            del self.holdings[holding.id]
        return sale

    def _allowed(self, pair: str, now: Situation) -> bool:
        legs = self.pairing.pairs[pair]
        return bool(now.entry_scale(self.name, legs.spot.id, legs.perp.id))

    def guard(self, now: Situation) -> Sequence[Wish]:
        """Margin, at every venue and between them (SEN-7), and vacuums whose time or loss is up (SEN-6)."""
        return [*self.margin.check(now), *self.carrying.check(now), *self.vacuums.judge(now)]

    def finished(self, outcome: Outcome, now: Situation) -> Sequence[Wish]:
        self.carrying.ended(outcome, now)
        wishes = self._settled(outcome, now) if isinstance(outcome, PairOutcome) else []
        return [*wishes, *self.margin.ended(outcome, now)]

    def cleared(self, wish: str) -> None:
        for part in (self.book, self.margin, self.carrying):
            part.cleared(wish)

    def _settled(self, outcome: PairOutcome, now: Situation) -> Sequence[Wish]:
        """What a pair's end makes of its holding."""
        holding = self.holdings[outcome.intent.position]
        entry = outcome.intent.purpose is Purpose.ENTRY
        holding.units += outcome.units if entry else -outcome.units
        if not entry and holding.units:
            short = abs(now.holding(holding.id, holding.pair.perp.id)) + holding.bare
            holding.units = at_most(holding.units, short, holding.unit)
        holding.flight = ""
        if outcome.end is PairEnd.NEEDS_OPERATOR:
            self.book.leave_to_operator(outcome.intent.id, holding.pair.name)
        if outcome.end is not PairEnd.DONE:
            self.book.retry[holding.pair.name, holding.type] = now.now_ns + RETRY_NS
        sale = self.pairing.uncover(holding, now)
        if holding.units == 0:
            del self.holdings[holding.id]
        after = self.vacuums.finished(holding, outcome, now)
        if holding.units == 0:
            return [*sale, *after]
        # What got nowhere is not asked for again at the same moment: it would be refused again, for ever.
        went = outcome.end is PairEnd.DONE or outcome.units > 0
        if not holding.wanted and (entry or (holding.hurries and went)):
            self.pairing.look(now)
            halted = outcome.reason if outcome.end is PairEnd.DONE else ""
            return [*sale, *self.pairing.exit(holding, holding.units, halted or "no longer wanted")]
        return sale

    def owns(self, owner: str) -> bool:
        return owner.partition(":")[0] in self.pairing.pairs

    @property
    def holds(self) -> bool:
        return bool(self.holdings)

    def flatten(self, reason: str, now: Situation) -> Sequence[Wish]:
        """Both legs of pairs that must, clip after clip without the gaps. Signals that stand stand on."""
        legs = ((h, (h.pair.spot.id, h.pair.perp.id)) for h in self.book)
        closing = [h for h, ids in legs if now.must_close(self.name, h.id, *ids)]
        if closing:
            self.pairing.look(now)
        wishes: list[Wish] = []
        for holding in closing:
            wishes += self.pairing.hurry(holding, reason)
            wishes += self.pairing.close(holding.pair.name, holding.type, reason)
        return wishes

    def close_all(self, reason: str, now: Situation) -> Sequence[Wish]:
        """What cannot be closed at once is tried again by `finished` and `tick`."""
        self.pairing.look(now)
        self.book.wanted.clear()
        wishes: list[Wish] = []
        for holding in self.book:
            wishes += self.pairing.close(holding.pair.name, holding.type, reason)
        return wishes

    def liquidated(self, fill: Fill, owner: str, now: Situation) -> Sequence[Wish]:
        """The short is gone, so the coins that it covered are sold at once; the pair then waits for the
        operator.
        """
        holding = self.holdings.get(owner)
        if holding is None:
            return []
        self.book.blocked.add(holding.pair.name)
        holding.wanted = False
        wishes: list[Wish] = [HaltIntent(holding.flight, self.name, "liquidated")] if holding.flight else []
        holding.bare += holding.pair.perp.size(fill.lots)
        sale = self.pairing.uncover(holding, now)
        if sale and holding.units == 0 and not holding.flight:
            del self.holdings[owner]
        if spare(self.book, holding.pair) < 0:
            self.pairing.look(now)
            wishes += self.pairing.call_back(holding.pair)
        return [*wishes, *sale]
