"""The world as a strategy sees it at one moment: prices up to now, and what the ledger says we own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from fractions import Fraction

from titan.engine.view import MarketView
from titan.execution.sagas.legs import unit_size
from titan.execution.sagas.saga import Touch
from titan.market.freshness import NoPrice, Price
from titan.market.walk import Taken
from titan.model.errors import LedgerError
from titan.model.instrument import Instrument, InstrumentKind
from titan.model.money import ONE, ZERO
from titan.model.order import Side
from titan.portfolio.ledger import Ledger
from titan.portfolio.nav import nav, paid_at
from titan.portfolio.pricing import wallet_of
from titan.risk.overrides import Mode, Scope
from titan.risk.restraints import Restraints


class Present:
    """Implements `strategies.protocol.Situation` and `execution.sagas.saga.Prices` over the view and the
    ledger.
    """

    def __init__(
        self,
        clock: Callable[[], int],
        instruments: Mapping[str, Instrument],
        view: MarketView,
        ledger: Ledger,
        restraints: Restraints | None = None,
    ) -> None:
        """`restraints` are those that the gates read."""
        self._running = clock
        self._instruments, self._view, self._ledger = instruments, view, ledger
        self._restraints = restraints if restraints is not None else Restraints()
        self._units: dict[tuple[str, str], Decimal] = {}
        self._perps: dict[str, list[Instrument]] = {}
        for rules in instruments.values():
            if rules.kind is InstrumentKind.PERP:
                self._perps.setdefault(wallet_of(rules), []).append(rules)
        self._marked_ns, self._marks = -1, dict[str, Decimal]()
        self._marked_at: tuple[int, Decimal, int] | None = None
        self._lacking = False
        self.guessed = False
        """Whether something that is held is valued at what it cost: nothing was heard of it yet."""
        self._worth: tuple[Mapping[str, Decimal], int, Decimal] | None = None
        self._at: int | None = None

    @contextmanager
    def instant(self) -> Iterator[int]:
        """While this lasts the clock stands still here: whoever decides sees one moment of the world, and the
        same one again in a replay. Never a moment before one that was seen already; gives it, ns UTC.
        """
        self._at = max(self._running(), self._view.now_ns)
        self._view.look_again()
        self._marked_ns = -1
        try:
            yield self._at
        finally:
            self._at = None

    @property
    def now_ns(self) -> int:
        return self._clock()

    def _clock(self) -> int:
        """Whatever is asked here asks this clock: it stands still while somebody decides."""
        return self._running() if self._at is None else self._at

    def instrument(self, instrument: str) -> Instrument:
        return self._instruments[instrument]

    def unit(self, spot: str, perp: str) -> Decimal:
        key = (spot, perp)
        if key not in self._units:
            self._units[key] = unit_size(self._instruments[spot], self._instruments[perp])
        return self._units[key]

    def price(self, instrument: str) -> Price | NoPrice:
        return self._view.price(instrument, self._clock())

    def walk(self, instrument: str, side: Side, size: Decimal) -> Taken | NoPrice:
        return self._view.walk(instrument, side, float(size), self._clock())

    def touch(self, instrument: str) -> Touch | None:
        return self._view.touch(instrument, self._clock())

    def marks(self) -> dict[str, Decimal]:
        """Valuation prices of every instrument that has one; a stablecoin that was not quoted yet is worth
        what it was taken into the books at, a position what it cost (`guessed`).
        """
        now = self._clock()
        if now != self._marked_ns:
            self._view.advance_to(now)
            at = self._view.changes, self._ledger.deposits, self._ledger.version if self._lacking else 0
            if at != self._marked_at:
                found = {i: self._view.mark(i, now) for i in self._instruments}
                known = {i: price for i, price in found.items() if price is not None}
                self._lacking = len(known) < len(self._instruments)
                paid = paid_at(self._ledger, known) if self._lacking else {}
                self.guessed = bool(paid)
                self._marks = self._ledger.rated_at | paid | known
                self._marked_at = at
            self._marked_ns = now
        return self._marks

    def nav(self) -> Decimal:
        marks, version = self.marks(), self._ledger.version
        known = self._worth
        if known is None or known[0] is not marks or known[1] != version:
            known = self._worth = marks, version, nav(self._ledger, marks)
        return known[2]

    def wallet(self, wallet: str, asset: str) -> Decimal:
        return self._ledger.balance(wallet, asset)

    def cost(self, instrument: str) -> Decimal | None:
        return paid_at(self._ledger).get(instrument)

    def position_lots(self, instrument: str) -> int:
        return self._ledger.position(instrument).lots

    def rate(self, asset: str) -> Decimal | None:
        try:
            key = self._ledger.priced_by.rate(asset)
        except LedgerError:
            return None
        return self.marks().get(key) if key else ONE

    def holding(self, owner: str, instrument: str) -> Decimal:
        return self._ledger.holding(owner, instrument)

    def entry_scale(self, strategy: str, *instruments: str) -> Fraction:
        found = Fraction(1)
        for rules in map(self.instrument, instruments):
            subject = Scope(strategy, rules.venue, rules.base, rules.id)
            override = self._restraints.covering(subject).override
            found = min(found, override.factor if override.mode is Mode.SCALE else Fraction(0))
        return found

    def must_close(self, strategy: str, owner: str, *instruments: str) -> bool:
        modes = set[Mode]()
        for rules in map(self.instrument, instruments):
            subject = Scope(strategy, rules.venue, rules.base, rules.id, owner)
            modes.add(self._restraints.covering(subject).override.mode)
        return Mode.CLOSE in modes and Mode.NO_TRADING not in modes

    def perp_notional(self, wallet: str, asset: str = "") -> Decimal | None:
        total, marks = Decimal(0), self.marks()
        for rules in self._perps.get(wallet, ()):
            lots = self._ledger.position(rules.id).lots
            if not lots or (asset and rules.settle != asset):
                continue
            mark = marks.get(rules.id)
            if mark is None:
                return None
            total += rules.size(abs(lots)) * mark
        return total

    def perp_equity(self, wallet: str, asset: str = "") -> Decimal:
        gained: dict[str, Decimal] = {}
        for instrument in self._perps.get(wallet, ()):
            settle = instrument.settle
            gained.setdefault(settle, self._ledger.balance(wallet, settle))
            position = self._ledger.position(instrument.id)
            mark = self.marks().get(instrument.id) if position.lots else None
            if mark is not None:
                gained[settle] += position.lots * instrument.lot * mark - position.cost
        if asset:
            return gained.get(asset, ZERO)
        return sum((amount * (self.rate(name) or ZERO) for name, amount in gained.items()), ZERO)
