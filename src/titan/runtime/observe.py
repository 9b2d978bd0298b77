"""What a run looked like, gathered while it happens: the raw material of the report. It decides nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal

import msgspec

from titan.engine.situation import Present
from titan.model.fill import Fill, FundingPayment
from titan.model.guard import DayOpened, DeltaReached, DrawdownReached, MarginStep
from titan.model.instrument import Instrument, InstrumentKind
from titan.model.money import exact
from titan.model.pair import PairEnd, PairOutcome, PairType
from titan.model.routing import Routed
from titan.model.signal import Purpose, Signal
from titan.portfolio.ledger import Ledger
from titan.portfolio.nav import PnL, delta, nav, pnl

ZERO = Decimal(0)
Intervention = DrawdownReached | DeltaReached | MarginStep


class EquityPoint(msgspec.Struct, frozen=True):
    """Valuation at one moment, in the ledger's currency. `deployed` is the value of coins held."""

    ts: int
    nav: Decimal
    delta_usd: Decimal
    deployed: Decimal
    margin_utilisation: float
    pnl: PnL


class SignalRow(msgspec.Struct, frozen=True):
    ts: int
    pair: str
    name: str
    z: float
    basis_bps: float
    edge_bps: float
    action: str


class HoldingTrace(msgspec.Struct):
    """One pair position from its first clip to its last, as its outcomes told it."""

    id: str
    pair: str
    type: PairType
    spot: str
    perp: str
    opened_ns: int
    closed_ns: int = 0
    units: int = 0
    peak_units: int = 0
    clips: int = 0
    aborted: int = 0
    reason: str = ""


class Observer:
    """Implements `engine.Observer`."""

    def __init__(self, instruments: Mapping[str, Instrument], ledger: Ledger, present: Present) -> None:
        self._instruments, self._ledger, self._present = instruments, ledger, present
        self.equity: list[EquityPoint] = []
        self.signals: list[SignalRow] = []
        self.fills: list[tuple[Fill, str]] = []
        self.funding_payments: list[FundingPayment] = []
        self.holdings: dict[str, HoldingTrace] = {}
        self.routes: list[Routed] = []
        self.interventions: list[Intervention] = []
        self.outcomes: Counter[tuple[str, str]] = Counter()

    def signal(self, signal: Signal, wishes: int) -> None:
        f = signal.figures
        opens = signal.name in ("EXPAND", "CORE_OPEN", "VACUUM_OPEN")
        action = ("opened" if opens else "closed") if wishes else ("not opened" if opens else "nothing held")
        self.signals.append(
            SignalRow(signal.local_ns, signal.subject, signal.name, f["z"], f["basis"], f["edge"], action)
        )

    def routed(self, routed: Routed) -> None:
        self.routes.append(routed)

    def outcome(self, outcome: PairOutcome) -> None:
        intent = outcome.intent
        if outcome.end is not PairEnd.DONE:
            self.outcomes[f"pair {outcome.end}", outcome.reason] += 1
        entry = intent.purpose is Purpose.ENTRY
        trace = self.holdings.get(intent.position)
        if trace is None:
            trace = HoldingTrace(
                intent.position, intent.pair, intent.type, intent.spot, intent.perp, outcome.at_ns
            )
            self.holdings[intent.position] = trace
        trace.units += outcome.units if entry else -outcome.units
        trace.peak_units = max(trace.peak_units, trace.units)
        trace.clips += outcome.clips
        trace.aborted += outcome.aborted_clips
        trace.reason = outcome.reason
        if trace.units == 0:
            trace.closed_ns = outcome.at_ns

    def fill(self, fill: Fill, owner: str) -> None:
        self.fills.append((fill, owner))

    def funding(self, payment: FundingPayment) -> None:
        self.funding_payments.append(payment)

    def rebalanced(self, step: MarginStep) -> None:
        self.interventions.append(step)

    def guarded(self, event: DayOpened | DrawdownReached | DeltaReached) -> None:
        """What the guard did; days that merely began are not kept."""
        if not isinstance(event, DayOpened):
            self.interventions.append(event)

    def sample(self, leverage: Decimal, at_ns: int) -> None:
        """Value everything as it stands now; the point is stamped `at_ns`."""
        marks, ledger = self._present.marks(), self._ledger
        coins, gross = ZERO, ZERO
        wallets: set[str] = set()
        priced: set[tuple[str, str]] = set()
        for instrument in self._instruments.values():
            if instrument.kind is InstrumentKind.SPOT:
                coin = f"{instrument.venue}.spot", instrument.base
                held = ledger.balance(*coin) if instrument.base not in ledger.rates else ZERO
                if held and coin not in priced:
                    coins += held * ledger.worth(ledger.held_as(instrument), marks)
                priced.add(coin)
            else:
                lots = ledger.position(instrument.id).lots
                gross += abs(lots) * instrument.lot * ledger.worth(instrument.id, marks) if lots else ZERO
                wallets.add(f"{instrument.venue}.perp")
        while self.equity and self.equity[-1].ts >= at_ns:
            self.equity.pop()
        equity = sum((self._present.perp_equity(w) for w in sorted(wallets)), ZERO)
        used = float(gross / (leverage * equity)) if gross and equity > 0 else 0.0
        with exact():
            worth, lean, made = nav(ledger, marks), delta(ledger, marks), pnl(ledger, marks)
        self.equity.append(EquityPoint(at_ns, worth, lean.total_usd, coins, used, made))
