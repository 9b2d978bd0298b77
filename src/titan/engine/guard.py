"""The guard: looks at the whole portfolio every few seconds, and steps in (SEN-8).

    day's drawdown   each rung of the ladder is written down, told, and imposed on all trading
    close            what is imposed in that mode makes strategies close what they hold in its scope
    delta            of market-neutral holdings: a warning, then a hedge, never into a pair under way
    margin           strategies look at theirs (`Strategy.guard`)

What it decides is pure (`risk.drawdown`, `risk.delta`, `risk.hedge`) and journalled before it is done, so a
restart hears it again. While something that is held cannot be valued nothing is judged: the gates let no
entry pass then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Final, Protocol

import msgspec

from titan.engine.situation import Present
from titan.execution.desk import Desk, Journal
from titan.execution.sagas.table import SagaWish
from titan.market.freshness import NoPrice
from titan.model.errors import LedgerError
from titan.model.guard import Band, DayOpened, DeltaReached, DrawdownReached, Rung
from titan.model.instrument import Instrument
from titan.model.money import ZERO
from titan.model.pair import PairIntent
from titan.model.signal import Intent, Purpose
from titan.model.wake import Why
from titan.portfolio.ledger import Ledger
from titan.portfolio.nav import coin_worth
from titan.risk.capital import type_of
from titan.risk.delta import DeltaLimits, judged, unexplained
from titan.risk.drawdown import BY, Drawdown, DrawdownLimits, name_of, outlived, response_of
from titan.risk.hedge import Leg, hedge_of, intent_of
from titan.risk.overrides import Mode, Scope
from titan.strategies.protocol import Strategy, Wish

AGAIN_NS: Final = 60_000_000_000
"""How long a strategy that is to close has before it is asked again."""
RESTS_NS: Final = 5_000_000_000
"""How long a hedge may rest before it is taken back and made anew."""
SLACK: Final = Decimal("1.1")
"""A clip may be a little larger than planned, where its rest would be too small to trade."""
Event = DayOpened | DrawdownReached | DeltaReached


class Reach(Protocol):
    """What a guard may do with an engine."""

    @property
    def strategies(self) -> Sequence[Strategy]: ...

    @property
    def desk(self) -> Desk: ...

    def working(self) -> Iterable[SagaWish]:
        """Wishes that are being carried out."""
        ...

    def decide(
        self,
        strategy: Strategy,
        why: Why,
        of: str,
        call: Callable[[], Sequence[Wish]],
        *,
        quiet: bool = False,
    ) -> None:
        """Ask a strategy, and do what it wishes."""
        ...

    def fulfil(self, strategy: Strategy, wishes: Sequence[Wish]) -> None: ...


class Guard:
    """`told` hears every event, for the report; `page` tells the operator; `period_ns` is its pace."""

    def __init__(
        self, present: Present, ledger: Ledger, instruments: Mapping[str, Instrument], journal: Journal,
        *, run_id: str, period_ns: int, drawdown: DrawdownLimits, delta: DeltaLimits,
        told: Callable[[Event], None], page: Callable[[str], None],
    ) -> None:  # fmt: skip
        self._present, self._ledger, self._instruments = present, ledger, instruments
        self._journal, self._told, self._page = journal, told, page
        self._run_id, self.period_ns, self._delta = run_id, period_ns, delta
        self.drawdown = Drawdown(drawdown)
        self.band = Band.INSIDE
        self._money = {i.quote for i in instruments.values()} | {i.settle for i in instruments.values()}
        self._again: dict[str, int] = {}

    def retune(self, drawdown: DrawdownLimits, delta: DeltaLimits) -> None:
        """Judge by these from the next look on. Rungs that were reached today stay reached."""
        self.drawdown.limits, self._delta = drawdown, delta

    def hear(self, entry: msgspec.Struct) -> None:
        """An entry of this run's journal, in order."""
        if isinstance(entry, DeltaReached):
            self.band = entry.band
        else:
            self.drawdown.hear(entry)

    def look(self, reach: Reach) -> None:
        try:
            nav = self._present.nav()
            if not self._present.guessed:
                self._judge(reach, nav)
        except LedgerError:  # a price is missing: nothing is judged at a guess
            return
        for strategy in reach.strategies:
            reach.decide(strategy, Why.GUARD, "", partial(strategy.guard, self._present), quiet=True)

    def _judge(self, reach: Reach, nav: Decimal) -> None:
        now = self._present.now_ns
        for entry in self.drawdown.judge(nav, self._ledger.deposits, now):
            self._write(entry)
        self._respond(reach)
        for strategy in reach.strategies:
            self._close(reach, strategy, now)
        self._balance(reach, nav, now)

    def _write(self, entry: Event) -> None:
        self._journal(entry)
        self.hear(entry)
        self._told(entry)

    # -- drawdown

    def _respond(self, reach: Reach) -> None:
        """What the rungs of the day impose, each once, after a crash between the two as well."""
        halts, opened = reach.desk.halts, self.drawdown.opened
        if opened is None:
            return
        for name in [n for n in halts.restraints.standing() if outlived(n, opened.day)]:
            halts.lift(name, by=BY)
        for rung in self.drawdown.reached:
            name = name_of(rung, opened.day)
            if halts.restraints.was_heard(name):
                continue
            limit = self.drawdown.limits.of(rung)
            why = f"NAV fell by {limit:.1%} or more since this UTC day began with {opened.nav:.2f}"
            halts.impose(name, Scope(), response_of(rung), reason=why, by=BY)
            until = f"until 'titan halts lift \"{name}\"'" if rung is Rung.FLATTEN else "for the day"
            self._page(f"{rung}: {why}; {response_of(rung)} {until}")

    def _close(self, reach: Reach, strategy: Strategy, now: int) -> None:
        """What it holds of what is to be closed, as long as that is imposed and allowed."""
        restraints = reach.desk.halts.restraints
        inforce = restraints.covering(Scope(strategy=strategy.name))
        names = inforce.names if inforce.override.mode is Mode.CLOSE else ()
        if inforce.override.mode < Mode.CLOSE:
            scoped = {n: o for n, (_, o, _) in restraints.standing().items() if o.mode is Mode.CLOSE}
            names = tuple(scoped) if scoped and self._must_close(strategy) else ()
        if not names:
            self._again.pop(strategy.name, None)
        elif strategy.holds and now >= self._again.get(strategy.name, 0):
            self._again[strategy.name] = now + AGAIN_NS
            why = ", ".join(names)
            reach.decide(strategy, Why.FLATTEN, why, partial(strategy.flatten, why, self._present))

    def _must_close(self, strategy: Strategy) -> bool:
        """Whether any of its holdings lies in a scope that is to be closed."""
        owners = [owner for owner in self._ledger.holders() if strategy.owns(owner)]
        return any(
            self._present.must_close(strategy.name, owner, *self._ledger.sources(owner).sizes)
            for owner in owners
        )

    # -- delta

    def _balance(self, reach: Reach, nav: Decimal, now: int) -> None:
        leans = self._leans()
        totals: dict[str, Decimal] = {}
        for base, owners in leans.items():
            mark = self._mark(base)
            totals[base] = sum((sum(sizes.values(), ZERO) for sizes in owners.values()), ZERO) * mark
        beyond = unexplained(totals, self._explained(reach)) if any(totals.values()) else {}
        for entry in judged(beyond, nav, self.band, self._delta, now):
            self._write(entry)
            if entry.band is not Band.INSIDE:
                held = ", ".join(f"{value:+.0f} of {base}" for base, value in entry.lean.items())
                self._page(f"delta is {entry.share:.1%} of NAV ({held}): {_WORDS[entry.band]}")
        if self.band is Band.HEDGE:
            for base in sorted(beyond, key=lambda b: (-abs(beyond[b]), b)):
                self._hedge(reach, base, leans[base], beyond[base], now)

    def _leans(self) -> dict[str, dict[str, dict[str, Decimal]]]:
        """By base, holding and instrument: base units of pair holdings. What is not theirs is not judged."""
        found: dict[str, dict[str, dict[str, Decimal]]] = {}
        for owner in self._ledger.holders():
            if type_of(owner) is None:
                continue
            for instrument, size in self._ledger.sources(owner).sizes.items():
                rules = self._instruments.get(instrument)
                if size and rules is not None and rules.base not in self._money:
                    found.setdefault(rules.base, {}).setdefault(owner, {})[instrument] = size
        return found

    def _mark(self, base: str) -> Decimal:
        worth = coin_worth(self._ledger, base, self._present.marks())
        if worth is None:
            raise LedgerError(f"no mark for {base}")
        return worth

    def _explained(self, reach: Reach) -> dict[str, Decimal]:
        """By base: what pairs under way may lean by, a clip each."""
        found: dict[str, Decimal] = {}
        for wish in reach.working():
            if isinstance(wish, PairIntent):
                base = self._instruments[wish.spot].base
                clip = wish.clip_units * self._present.unit(wish.spot, wish.perp) * self._mark(base)
                found[base] = found.get(base, ZERO) + clip * SLACK
        return found

    def _hedge(
        self, reach: Reach, base: str, owners: Mapping[str, Mapping[str, Decimal]], beyond: Decimal, now: int
    ) -> None:  # fmt: skip
        """One order for the holding that leans most, of those that no pair is under way for: that sees to its
        own lean. One hedge at a time is at work: what rests is taken back first.
        """
        at_work = {wish.position for wish in reach.working() if isinstance(wish, PairIntent)}
        live = [
            t
            for t in reach.desk.tickets
            if not t.order.state.is_final and self._instruments[t.intent.instrument].base == base
        ]
        for ticket in live:
            resting = not ticket.intent.saga and ticket.intent.purpose is Purpose.HEDGE
            if resting and now - ticket.order.sent_ns >= RESTS_NS:
                reach.desk.cancel(ticket)
        leans = {o: sum(sizes.values(), ZERO) for o, sizes in owners.items() if o not in at_work}
        leans = {o: lean for o, lean in leans.items() if lean * beyond > 0}
        if live or not leans:
            return
        owner = max(sorted(leans), key=lambda o: abs(leans[o]))
        hedge = hedge_of(leans[owner], self._legs(base, owners[owner]))
        strategy = next((s for s in reach.strategies if s.owns(owner)), None)
        if hedge is not None and strategy is not None:
            name = f"{self._run_id}-guard-{base}-{hedge.leg.rules.kind}-t{now}"
            wish: Intent = intent_of(hedge, name, strategy.name, owner)
            reach.fulfil(strategy, [wish])

    def _legs(self, base: str, held: Mapping[str, Decimal]) -> list[Leg]:
        """At the venues where the holding has anything."""
        venues = {self._instruments[i].venue for i in held}
        found: list[Leg] = []
        for rules in self._instruments.values():
            price = self._present.price(rules.id) if rules.base == base and rules.venue in venues else None
            if price is not None and not isinstance(price, NoPrice):
                size = held.get(rules.id, ZERO)
                found.append(Leg(rules, size, price.bid, price.ask, price.bid_qty, price.ask_qty))
        return found


_WORDS: Final = {
    Band.WARN: "it should be near zero",
    Band.HEDGE: "it is hedged now",
}
