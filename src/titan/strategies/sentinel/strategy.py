"""Sentinel's decisions: which pairs to open, close and reduce, given what the kernel noticed and what we
hold.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

import msgspec
import numpy as np
from numpy.typing import NDArray

from titan.market.book import new_books
from titan.market.freshness import NoPrice
from titan.market.quotes import new_quotes
from titan.market.tape.rows import Rows
from titan.model.errors import ConfigError
from titan.model.fill import Fill
from titan.model.instrument import Instrument
from titan.model.order import OrderType, Side, TimeInForce
from titan.model.outcome import Outcome
from titan.model.pair import HaltIntent, PairEnd, PairIntent, PairOutcome, PairType, TransferIntent
from titan.model.signal import Intent, Purpose, Signal, intent_id
from titan.strategies.protocol import Situation, Wish
from titan.strategies.sentinel.capital import capital_of, entry_notional, move_to_perp, utilisation
from titan.strategies.sentinel.params import NS, Pair, SentinelParams, find_pairs
from titan.strategies.sentinel.past import TYPE_OF, Past, lost_units
from titan.strategies.sentinel.state import CORE_CLOSE, CORE_OPEN, EXPAND, NAMES, new_pairs
from titan.strategies.sentinel.step import scan

LIQUIDATION_COLLAR = 0.005
"""How far through the bid the coins of a liquidated pair may be sold; what is left rests there."""
YEAR_HOURS = 8760.0
RETRY_NS = 3600 * NS
EXIT_PATIENCE = 3.0
"""An exit bears this many times the slippage of an entry before it stops: staying is a risk of its own."""


class Holding(msgspec.Struct):
    """One pair position. `flight` is the intent at work on it, `wanted` whether the signal that opened it
    still stands.
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

    @property
    def capital_notional(self) -> Decimal:
        """Spot notional at the entry price that this holding has, or is on its way to have."""
        units = max(self.units, self.planned) if self.flight and self.purpose is Purpose.ENTRY else self.units
        return units * self.unit * self.price


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
        self._run_id = run_id
        self._params, self._closing_ns = params, closing_ns
        self.params = next(iter(params.values()))
        self.pairs = find_pairs(instruments)
        self._by_name = {p.name: p for p in self.pairs}
        ticks = [float(i.tick) for i in instruments]
        self._quotes = new_quotes(ticks, half_spread=assumed[0], bar_share=assumed[1])
        self._books = new_books(ticks)
        self._record = np.concatenate([params[p.name].record() for p in self.pairs])
        self.states: NDArray[np.void] = new_pairs(self.pairs, params)
        self._pair_of = np.full(len(instruments), -1, np.int64)
        for n, pair in enumerate(self.pairs):
            self._pair_of[pair.spot_index] = self._pair_of[pair.perp_index] = n
        self._venues: dict[str, list[Pair]] = {}
        for pair in self.pairs:
            self._venues.setdefault(pair.spot.venue, []).append(pair)
        self.holdings: dict[str, Holding] = {}
        self._wanted: set[tuple[str, PairType]] = set()
        self._retry: dict[tuple[str, PairType], int] = {}
        self._blocked: set[str] = set()
        self._serial = 0

    def recall(self, past: Past, now: Situation, holding: Callable[[str, str], Decimal]) -> None:
        """Go on where an earlier process ended; every instrument that is held has a price by now.

        `holding(owner, instrument)` is what the ledger says. What was at work on a holding is still so: its
        outcome comes to `finished` as any other. Statistics begin anew.
        """
        self._serial, self._wanted, self._blocked = past.serial, set(past.stands), set(past.stuck)
        self._retry = {key: at_ns + RETRY_NS for key, at_ns in past.failed.items()}
        for held in past.holdings.values():
            pair = self._by_name.get(held.pair)
            price = now.price(pair.spot.id) if pair is not None else None
            if pair is None or price is None or isinstance(price, NoPrice):
                raise ConfigError(
                    f"{held.id} is held, and {held.pair} is not traded any more or has no price",
                    remedy="put its instruments back into the config, or begin a run with --new",
                )
            unit = now.unit(pair.spot.id, pair.perp.id)
            lost = lost_units(held, holding(held.id, pair.spot.id), holding(held.id, pair.perp.id), unit)
            if lost:
                self._blocked.add(held.pair)
            if held.units > lost or held.flight:
                self.holdings[held.id] = Holding(
                    held.id, pair, held.type, Decimal(repr(price.ask)), unit, held.planned,
                    held.units - lost, held.flight, held.purpose, held.wanted and not lost,
                )  # fmt: skip
        for n, pair in enumerate(self.pairs):
            self.states[n]["expanded"] = int((pair.name, PairType.SATELLITE) in past.stands)
            self.states[n]["core"] = int((pair.name, PairType.CORE) in past.stands)

    @property
    def timer_ns(self) -> int:
        return round(self.params.check_seconds * NS)

    def scan(self, rows: Rows, start: int, stop: int) -> tuple[int, int]:
        after, code = scan(
            self._record, self.states, self._pair_of, self._quotes, self._books, rows, start, stop
        )
        return int(after), int(code)

    def signal(self, code: int, row: int, local_ns: int) -> Signal:
        kind, n = code % 16, code // 16
        state = self.states[n]
        fields = ("z", "basis", "mean", "std", "executable", "cost", "edge", "forecast")
        figures = {f: float(state[f]) for f in fields}
        figures["interval_hours"] = float(state["interval_ms"]) / 3_600_000.0
        return Signal(self.name, kind, NAMES[kind], self.pairs[n].name, row, local_ns, figures)

    def decide(self, signal: Signal, now: Situation) -> Sequence[Wish]:
        key = (signal.subject, TYPE_OF[signal.code])
        if signal.code in (EXPAND, CORE_OPEN):
            self._wanted.add(key)
            spare = signal.figures["edge"] - self._params[key[0]].min_edge_bps
            cap = spare if key[1] is PairType.SATELLITE else None
            return self._open(*key, now, self._because(signal), cap)
        self._wanted.discard(key)
        return self._close(*key, self._because(signal))

    def _because(self, signal: Signal) -> str:
        """The signal in words, for the journal and the report."""
        f = signal.figures
        if signal.code == EXPAND:
            return f"basis {f['z']:.1f} deviations above its mean, {f['edge']:.1f} bps to gain"
        if signal.code == CORE_OPEN:
            return f"funding forecast {f['forecast'] * YEAR_HOURS / f['interval_hours']:.1%} a year"
        if signal.code == CORE_CLOSE:
            return f"funding forecast below zero {self.params.funding_exit_intervals} settlements in a row"
        return "basis back at its mean" if f["z"] <= self.params.exit_z else "no longer worth its funding"

    def tick(self, now: Situation) -> Sequence[Wish]:
        """Margin first, then the split of quote, then entries that could not be made at their signal."""
        wishes: list[Wish] = []
        busy = any(h.flight for h in self.holdings.values())
        for venue, pairs in self._venues.items():
            equity = now.perp_equity(f"{venue}.perp")
            notional = self._perp_notional(pairs, now)
            wishes += self._guard_margin(pairs, utilisation(self.params, notional, equity))
            if not busy:
                wishes += self._split(venue, pairs[0].spot.quote, equity, notional, now)
        if busy:
            return wishes
        for holding in list(self.holdings.values()):
            if self._closes(holding.pair.name, now):
                wishes += self._exit(holding, holding.units, "the data of this pair end soon")
            elif not holding.wanted and not holding.flight:
                wishes += self._exit(holding, holding.units, "retry of an unfinished exit")
        for pair, kind in sorted(self._wanted):
            if kind is PairType.CORE:
                wishes += self._open(pair, kind, now, "still wanted")
        return wishes

    def finished(self, outcome: Outcome, now: Situation) -> Sequence[Wish]:
        if not isinstance(outcome, PairOutcome):
            return []
        holding = self.holdings[outcome.intent.position]
        entry = outcome.intent.purpose is Purpose.ENTRY
        holding.units += outcome.units if entry else -outcome.units
        holding.flight = ""
        key = (holding.pair.name, holding.type)
        if outcome.end is PairEnd.NEEDS_OPERATOR:
            self._blocked.add(holding.pair.name)
        if outcome.end is not PairEnd.DONE:
            self._retry[key] = now.now_ns + RETRY_NS
        if holding.units == 0:
            del self.holdings[holding.id]
            return []
        if not holding.wanted and entry:
            return self._exit(holding, holding.units, "no longer wanted")
        return []

    @property
    def holds(self) -> bool:
        return bool(self.holdings)

    def close_all(self, reason: str, now: Situation) -> Sequence[Wish]:
        """What cannot be closed at once is tried again by `finished` and `tick`."""
        del now
        self._wanted.clear()
        wishes: list[Wish] = []
        for holding in list(self.holdings.values()):
            wishes += self._close(holding.pair.name, holding.type, reason)
        return wishes

    def liquidated(self, fill: Fill, owner: str, now: Situation) -> Sequence[Wish]:
        """The short is gone, so the coins that it covered are sold at once; the pair then waits for the
        operator.
        """
        holding = self.holdings.get(owner)
        if holding is None:
            return []
        pair = holding.pair
        self._blocked.add(pair.name)
        holding.wanted = False
        wishes: list[Wish] = [HaltIntent(holding.flight, self.name, "liquidated")] if holding.flight else []
        gone = min(holding.units, -int(-fill.lots * pair.perp.lot // holding.unit))
        holding.units -= gone
        lots = pair.spot.lots_within(gone * holding.unit)
        price = now.price(pair.spot.id)
        if lots < 1 or isinstance(price, NoPrice):
            return wishes
        self._serial += 1
        worst = price.bid * (1 - LIQUIDATION_COLLAR)
        wishes.append(
            Intent(
                id=intent_id(self._run_id, f"{self.name}.{pair.name}", self._serial, "liquidated"),
                strategy=self.name,
                owner=owner,
                instrument=pair.spot.id,
                side=Side.SELL,
                lots=lots,
                purpose=Purpose.HEDGE,
                reference_ticks=pair.spot.nearest_ticks(price.mid),
                type=OrderType.LIMIT,
                limit_ticks=pair.spot.limit_ticks(worst, Side.SELL),
                tif=TimeInForce.GTC,
            )
        )
        if holding.units == 0 and not holding.flight:
            del self.holdings[owner]
        return wishes

    def _find(self, pair: str, kind: PairType) -> Holding | None:
        return next((h for h in self.holdings.values() if h.pair.name == pair and h.type is kind), None)

    def _closes(self, pair: str, now: Situation) -> bool:
        closing = self._closing_ns[pair]
        return closing is not None and now.now_ns >= closing

    def _open(
        self, pair_name: str, kind: PairType, now: Situation, reason: str, spare_bps: float | None = None
    ) -> Sequence[Wish]:
        """A new holding. `spare_bps` is how much of the edge may be lost while it is built up in clips."""
        if pair_name in self._blocked or self._find(pair_name, kind) is not None:
            return []
        if self._closes(pair_name, now):
            return []
        if now.now_ns < self._retry.get((pair_name, kind), 0):
            return []
        pair = self._by_name[pair_name]
        price = now.price(pair.spot.id)
        if isinstance(price, NoPrice):
            return []
        spot_price = Decimal(repr(price.ask))
        used = sum(
            (capital_of(self.params, h.capital_notional) for h in self.holdings.values() if h.type is kind),
            Decimal(0),
        )
        committed = sum(
            (h.planned * h.unit * h.price for h in self.holdings.values() if h.flight), Decimal(0)
        )
        notional = entry_notional(
            self._params[pair_name],
            kind,
            nav=now.nav(),
            used=used,
            pairs=len(self.pairs),
            spot_quote=max(now.wallet(f"{pair.spot.venue}.spot", pair.spot.quote) - committed, Decimal(0)),
        )
        unit = now.unit(pair.spot.id, pair.perp.id)
        units = int(notional / (spot_price * unit))
        if units < 1 or pair.spot.accepts(
            int(spot_price / pair.spot.tick), int(units * unit / pair.spot.lot)
        ):
            return []
        self._serial += 1
        holding = Holding(f"{pair.name}:{kind}:{self._serial}", pair, kind, spot_price, unit, units)
        self.holdings[holding.id] = holding
        cap = self._params[pair_name].slippage_cap_bps
        cap = cap if spare_bps is None else min(cap, spare_bps)
        return [self._intent(holding, units, Purpose.ENTRY, reason, cap)]

    def _close(self, pair: str, kind: PairType, reason: str) -> Sequence[Wish]:
        holding = self._find(pair, kind)
        if holding is None:
            return []
        holding.wanted = False
        if not holding.flight:
            return self._exit(holding, holding.units, reason)
        if holding.purpose is Purpose.ENTRY:
            return [HaltIntent(holding.flight, self.name, reason)]
        return []

    def _exit(self, holding: Holding, units: int, reason: str) -> Sequence[Wish]:
        if holding.flight or units < 1:
            return []
        patience = EXIT_PATIENCE * self._params[holding.pair.name].slippage_cap_bps
        return [self._intent(holding, units, Purpose.EXIT, reason, patience)]

    def _intent(
        self, holding: Holding, units: int, purpose: Purpose, reason: str, arrival_cap_bps: float
    ) -> PairIntent:
        pair = holding.pair
        p = self._params[pair.name]
        self._serial += 1
        low, high = p.gap_seconds
        intent = PairIntent(
            id=intent_id(self._run_id, f"{self.name}.{pair.name}", self._serial, purpose),
            strategy=self.name,
            pair=pair.name,
            position=holding.id,
            type=holding.type,
            purpose=purpose,
            spot=pair.spot.id,
            perp=pair.perp.id,
            units=units,
            clip_units=max(1, int(p.clip / (holding.price * holding.unit))),
            reason=reason,
            gap_min_ns=round(low * NS),
            gap_max_ns=round(high * NS),
            leg_deadline_ns=round(p.leg_deadline_ms * 1e6),
            slippage_cap_bps=p.slippage_cap_bps,
            arrival_cap_bps=arrival_cap_bps,
        )
        holding.flight, holding.purpose, holding.planned = intent.id, purpose, units
        return intent

    def _perp_notional(self, pairs: Sequence[Pair], now: Situation) -> Decimal:
        total = Decimal(0)
        for pair in pairs:
            price = now.price(pair.perp.id)
            lots = abs(now.position_lots(pair.perp.id))
            if lots and not isinstance(price, NoPrice):
                total += lots * pair.perp.lot * Decimal(repr(price.ask))
        return total

    def _guard_margin(self, pairs: Sequence[Pair], used: Decimal) -> Sequence[Wish]:
        """SEN-7, tier 2 in its first form: above the ceiling, half of the largest holding is closed."""
        if used <= self.params.margin_ceiling:
            return []
        held = [h for h in self.holdings.values() if h.pair in pairs and h.units and not h.flight]
        if not held:
            return []
        largest = max(held, key=lambda h: h.units * h.unit * h.price)
        return self._exit(largest, max(1, largest.units // 2), f"margin utilisation {used:.0%}")

    def _split(
        self, venue: str, asset: str, equity: Decimal, notional: Decimal, now: Situation
    ) -> Sequence[Wish]:
        """SEN-7, tier 1 and profit sweep: quote follows the shorts' need for margin."""
        spot, perp = f"{venue}.spot", f"{venue}.perp"
        move = move_to_perp(
            self.params,
            nav=now.nav(),
            spot_quote=now.wallet(spot, asset),
            perp_equity=equity,
            perp_notional=notional,
        )
        if not move:
            return []
        self._serial += 1
        source, target = (spot, perp) if move > 0 else (perp, spot)
        name = intent_id(self._run_id, f"{self.name}.{venue}", self._serial, "transfer")
        return [TransferIntent(name, self.name, asset, source, target, str(abs(move)), "wallet split")]
