"""Rebalancing by margin utilisation, venue by venue: what was begun, what is awaited, what follows (SEN-7).

What to do is pure (`tiers`). A step is journalled after the wishes that carry it out, so that after a restart
either both are known or neither; `past` folds them again. Of a venue's wallets one transfer is under way at a
time, none while the end of one is in doubt, and a refused one is not asked for again within the hour.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from titan.model.guard import MarginStep, Tier
from titan.model.money import ONE, ZERO
from titan.model.outcome import Outcome
from titan.model.pair import HaltIntent, PairEnd, PairIntent, PairType, TransferIntent
from titan.model.signal import Purpose
from titan.strategies.protocol import Situation, Wish
from titan.strategies.sentinel.capital import AFFORD, utilisation
from titan.strategies.sentinel.holdings import RETRY_NS, Holding
from titan.strategies.sentinel.pairing import Pairing
from titan.strategies.sentinel.params import NS, SentinelParams
from titan.strategies.sentinel.past import Begun, Past, Purse
from titan.strategies.sentinel.tiers import Figures, Step, needed, step_of, tier_of

STRATEGY: Final = "sentinel"
PATIENCE_NS: Final = 60 * NS
"""After a reduction that did not succeed, until the next is tried."""


class Margin:
    """Looks at every venue's positions and the equity that carries them."""

    def __init__(self, params: SentinelParams, pairing: Pairing) -> None:
        self._params, self._pairing = params, pairing
        perps = (pair.perp for pair in pairing.pairs.values())
        self._purses = list(dict.fromkeys(Purse(perp.venue, perp.settle) for perp in perps))
        self.begun: dict[Purse, Begun] = {}
        """Steps of which more follows."""
        self.moving: dict[str, Purse] = {}
        """By transfer under way."""
        self.doubtful: dict[str, Purse] = {}
        """By transfer of which nobody could tell whether it happened."""
        self.retry: dict[Purse, int] = {}
        """Until when no transfer is asked for, ns."""
        self._halted: set[str] = set()
        self._again: dict[Purse, int] = {}

    def retune(self, params: SentinelParams) -> None:
        """Steps that were begun go on, and end by these."""
        self._params = params

    def recall(self, past: Past) -> None:
        """As an earlier process left it."""
        self.begun, self.moving = dict(past.begun), dict(past.moving)
        self.doubtful = dict(past.doubtful)
        self.retry = {purse: at_ns + RETRY_NS for purse, at_ns in past.unmoved.items()}

    def check(self, now: Situation) -> Sequence[Wish]:
        """What margin asks for at every venue."""
        wishes: list[Wish] = []
        for purse in self._purses:
            begun = self.begun.get(purse)
            if begun is not None and not begun.waits:
                wishes += self._follow(purse, begun, now)
            else:
                wishes += self._begin(purse, begun, now)
        return wishes

    def ended(self, outcome: Outcome, now: Situation) -> Sequence[Wish]:
        """A wish has ended, perhaps one that a step waits for; what follows of it."""
        name = outcome.intent.id
        if isinstance(outcome.intent, TransferIntent):
            purse = self.moving.pop(name, None)
            if purse is not None and outcome.end is not PairEnd.DONE:
                self.begun.pop(purse, None)
                self.retry[purse] = now.now_ns + RETRY_NS
            if purse is not None and outcome.end is PairEnd.NEEDS_OPERATOR:
                self.doubtful[name] = purse
        for purse, begun in list(self.begun.items()):
            if name in begun.waits:
                begun.waits.discard(name)
                if outcome.end is not PairEnd.DONE:
                    self._again[purse] = now.now_ns + PATIENCE_NS
                return self._follow(purse, begun, now) if not begun.waits else []
        return []

    def cleared(self, wish: str) -> None:
        """Somebody has looked at the one in doubt."""
        self.doubtful.pop(wish, None)

    def _calm(self, purse: Purse, now: Situation) -> bool:
        """Whether no tier applies: nearly always, and told without asking much."""
        used = self._used(purse, now)
        return used is None or tier_of(self._params, used, held=used > 0 or bool(self._here(purse))) is None

    def _used(self, purse: Purse, now: Situation) -> Decimal | None:
        """Utilisation, without asking much; None while a position there cannot be valued."""
        wallet, asset = f"{purse.venue}.perp", purse.asset
        notional = now.perp_notional(wallet, asset)
        if notional is None:
            return None
        return utilisation(self._params, notional, now.perp_equity(wallet, asset) if notional else ZERO)

    def occupied(self, purse: Purse) -> bool:
        """Whether a step or a transfer of these wallets is under way, or the end of one is in doubt."""
        return purse in self.begun or self._moving(purse)

    def _moving(self, purse: Purse) -> bool:
        """Whether a transfer of these wallets is under way, or the end of one is in doubt."""
        return purse in self.moving.values() or purse in self.doubtful.values()

    def tight(self, purse: Purse, now: Situation) -> bool:
        """Whether utilisation is above the top-up's; told without asking much."""
        used = self._used(purse, now)
        return used is not None and used > self._params.margin_top_up

    def figures(self, purse: Purse, now: Situation) -> Figures | None:
        """How things stand; None while a position there cannot be valued."""
        wallet, asset = f"{purse.venue}.perp", purse.asset
        notional, rate = now.perp_notional(wallet, asset), now.rate(asset)
        if notional is None or not rate:
            return None
        here = self._here(purse)
        paid = self._pairing.holdings.committed(purse.venue, asset)
        return Figures(
            nav=now.nav() / rate,
            notional=notional,
            equity=now.perp_equity(wallet, asset),
            cash=now.wallet(wallet, asset),
            idle=max(now.wallet(f"{purse.venue}.spot", asset) - paid / rate, ZERO),
            room=self._room(purse, now),
            held=bool(notional or here),
            busy=any(h.flight for h in here),
        )

    # -- steps

    def _begin(self, purse: Purse, begun: Begun | None, now: Situation) -> Sequence[Wish]:
        """A new step. While one is under way only a reduction may come, and not into another."""
        if self._calm(purse, now):
            return []
        figures = self.figures(purse, now)
        step = step_of(self._params, figures) if figures is not None else None
        if figures is None or step is None:
            return []
        if step.tier is Tier.REDUCE:
            reducing = begun is not None and begun.tier is Tier.REDUCE
            waits = reducing or now.now_ns < self._again.get(purse, 0)
            return [] if waits else self._reduce(purse, step, now)
        if begun is not None or not self._may_move(purse, now):
            return []
        move = self._transfer(purse, step.to_perp, _WHY[step.tier].format(step.utilisation))
        if step.tier is Tier.SWEEP:
            self.begun[purse] = Begun(step.tier, {move.id}, step.grow)
        return [move, self._step(purse, step, (move.id,), now, begins=step.tier is Tier.SWEEP)]

    def _reduce(self, purse: Purse, step: Step, now: Situation) -> Sequence[Wish]:
        """Close the largest holdings first; those that are being built up stop, and are closed when they
        have.
        """
        wishes: list[Wish] = []
        why, left = _WHY[step.tier].format(step.utilisation), step.close * self._rate(purse, now)
        here = [h for h in self._here(purse) if h.type is not PairType.VACUUM]
        for holding in here:
            if holding.flight and holding.purpose is Purpose.ENTRY and holding.flight not in self._halted:
                self._halted.add(holding.flight)
                wishes.append(HaltIntent(holding.flight, STRATEGY, why))
        if any(h.flight and h.purpose is Purpose.EXIT for h in here):
            return wishes
        exits: list[Wish] = []
        self._pairing.look(now)
        for holding in sorted(here, key=lambda h: (-h.units * self._worth(h, now), h.id)):
            if left > 0 and holding.units and not holding.flight:
                units = min(holding.units, int(left / self._worth(holding, now)) + 1)
                left -= units * self._worth(holding, now)
                exits += self._pairing.exit(holding, units, why)
        if exits:
            names = tuple(wish.id for wish in exits if isinstance(wish, PairIntent))
            self.begun[purse] = Begun(step.tier, set(names), ZERO)
            exits.append(self._step(purse, step, names, now, begins=True))
        return [*wishes, *exits]

    def _follow(self, purse: Purse, begun: Begun, now: Situation) -> Sequence[Wish]:
        """What a step waited for has ended: the proceeds of a reduction move, a pair grows by what was
        swept.
        """
        figures = self.figures(purse, now)
        if figures is None:
            return []
        used = utilisation(self._params, figures.notional, figures.equity)
        if begun.tier is Tier.REDUCE:
            if purse in self.moving.values():
                return []
            lacking = needed(figures.notional, figures.equity, self._params, self._params.margin_top_up)
            move = min(lacking, figures.idle).quantize(Decimal("0.01"), rounding="ROUND_DOWN")
            del self.begun[purse]
            if move <= 0 or not self._may_move(purse, now):
                return [self._step(purse, Step(begun.tier, used), (), now, why="no transfer follows")]
            transfer = self._transfer(purse, move, "what was closed for margin")
            return [transfer, self._step(purse, Step(begun.tier, used, move), (transfer.id,), now)]
        del self.begun[purse]
        grown = self._grow(purse, min(begun.grow, figures.room, figures.idle * AFFORD), now)
        names = tuple(wish.id for wish in grown if isinstance(wish, PairIntent))
        why = "grows by what was swept" if grown else "what was swept stays idle"
        return [*grown, self._step(purse, Step(begun.tier, used), names, now, why=why)]

    def _grow(self, purse: Purse, notional: Decimal, now: Situation) -> Sequence[Wish]:
        for holding in self._growing(purse, now):
            units = int(notional * self._rate(purse, now) / self._worth(holding, now))
            return self._pairing.grow(holding, units, "profit of its short", now)
        return []

    # -- within

    def _here(self, purse: Purse) -> list[Holding]:
        """Holdings whose perp is carried by this wallet."""
        return [h for h in self._pairing.holdings if (h.pair.perp.venue, h.pair.perp.settle) == purse]

    def _growing(self, purse: Purse, now: Situation) -> list[Holding]:
        """Those that may grow, the largest first."""
        found = [
            h
            for h in self._here(purse)
            if h.units and h.wanted and not h.flight and h.type is PairType.CORE
            and h.pair.name not in self._pairing.holdings.blocked
            and now.now_ns >= self._pairing.holdings.retry.get((h.pair.name, h.type), 0)
            and h.pair.spot.venue == purse.venue and not self._pairing.router.closes(h.pair, now.now_ns)
            and now.entry_scale(STRATEGY, h.pair.spot.id, h.pair.perp.id)
        ]  # fmt: skip
        return sorted(found, key=lambda h: (-h.units * self._worth(h, now), h.id))

    def _room(self, purse: Purse, now: Situation) -> Decimal:
        """Notional by which the pair that would grow may grow by its limits."""
        for holding in self._growing(purse, now):
            return self._pairing.growth(holding, self._worth(holding, now), now) / self._rate(purse, now)
        return ZERO

    def _worth(self, holding: Holding, now: Situation) -> Decimal:
        """A unit's notional now in the ledger's currency; at the entry price while there is no other."""
        return holding.unit * (self._pairing.price(holding.pair, now) or holding.price)

    def _rate(self, purse: Purse, now: Situation) -> Decimal:
        return now.rate(purse.asset) or ONE

    def _may_move(self, purse: Purse, now: Situation) -> bool:
        return not self._moving(purse) and now.now_ns >= self.retry.get(purse, 0)

    def _transfer(self, purse: Purse, to_perp: Decimal, why: str) -> TransferIntent:
        wish = self._pairing.transfer(purse.venue, purse.asset, to_perp, why)
        self.moving[wish.id] = purse
        return wish

    def _step(
        self, purse: Purse, step: Step, wishes: tuple[str, ...], now: Situation, *, begins: bool = False,
        why: str = "",
    ) -> MarginStep:  # fmt: skip
        return MarginStep(
            STRATEGY, purse.venue, purse.asset, step.tier, round(step.utilisation, 6), step.to_perp, wishes,
            begins, why or _WHY[step.tier].format(step.utilisation), now.now_ns, step.grow,
        )  # fmt: skip


_WHY: Final = {
    Tier.REDUCE: "margin utilisation {:.1%}: a part is closed",
    Tier.TOP_UP: "margin utilisation {:.1%}: quote moves to the shorts",
    Tier.SWEEP: "margin utilisation {:.1%}: profit of the shorts moves to spot",
    Tier.SPLIT: "nothing is held here: the wallets go back to their shares",
}
