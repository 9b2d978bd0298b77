"""What was decided and what came of it, gathered from a journal: of a run, and of a backtest."""

from __future__ import annotations

from decimal import Decimal
from typing import Final, get_args

import msgspec

from titan.model.events import Refused, Submitted
from titan.model.fill import Fill
from titan.model.instrument import Instrument
from titan.model.outcome import SagaOutcome
from titan.model.pair import PairIntent, PairOutcome, TransferIntent
from titan.model.run import RunBegan
from titan.model.signal import Intent, Signal
from titan.model.twap import TwapIntent
from titan.model.wake import Why, Woke
from titan.strategies.protocol import Wish

BPS: Final = Decimal(10_000)
_WISHES: Final[tuple[type[msgspec.Struct], ...]] = get_args(Wish)


class Decision(msgspec.Struct):
    """A wish of the strategy. `signal` is the one that it answers, by its place among the signals."""

    wish: PairIntent | TransferIntent | Intent | TwapIntent
    at_ns: int
    why: Why
    signal: int | None = None
    refused: str = ""

    @property
    def id(self) -> str:
        return self.wish.id

    @property
    def key(self) -> tuple[str, ...]:
        """What it is about: decisions of the two sides that may be the same have the same."""
        match self.wish:
            case PairIntent() as w:
                return "pair", w.pair, w.type, w.purpose
            case TransferIntent() as w:
                return "transfer", w.asset, w.source, w.target
            case w:
                return "order", w.instrument, str(w.side), str(w.purpose)

    @property
    def text(self) -> str:
        match self.wish:
            case PairIntent() as w:
                verb = "open" if w.purpose == "entry" else "close"
                return f"{verb} {w.units:,} units of {w.pair} ({w.type})"
            case TransferIntent() as w:
                return f"move {w.amount} {w.asset} from {w.source} to {w.target}"
            case w:
                return f"{w.side.name.lower()} {w.lots:,} lots of {w.instrument}"

    @property
    def size(self) -> str:
        """What may differ between two decisions about the same."""
        match self.wish:
            case PairIntent() as w:
                return str(w.units)
            case TransferIntent() as w:
                return w.amount
            case w:
                return str(w.lots)


class Order(msgspec.Struct):
    """One order and its fills. Where nobody sent it, `intent` is None: a liquidation."""

    id: str
    rules: Instrument
    side: int
    sent_ns: int
    intent: Intent | None
    fills: list[Fill] = []

    @property
    def wish(self) -> str:
        """The decision that it carries out."""
        return "" if self.intent is None else self.intent.saga or self.intent.id

    @property
    def lots(self) -> int:
        return sum(fill.lots for fill in self.fills)

    @property
    def price(self) -> Decimal | None:
        """The average; None without a fill."""
        lots = self.lots
        return self.rules.tick * sum(f.ticks * f.lots for f in self.fills) / lots if lots else None

    @property
    def reference(self) -> Decimal | None:
        return None if self.intent is None else self.rules.price(self.intent.reference_ticks)

    @property
    def slippage_bps(self) -> Decimal | None:
        """Of the average against the price that it was decided on; positive is worse."""
        if self.price is None or not self.reference:
            return None
        return self.side * (self.price - self.reference) / self.reference * BPS

    @property
    def fee(self) -> Decimal:
        return sum((fill.fee for fill in self.fills), Decimal(0))

    def worth(self, mark: Decimal, rate: Decimal) -> Decimal:
        """What its fills have gained or lost by the time of the mark, fees included; `rate` is what one unit
        of its quote is worth then.
        """
        total = Decimal(0)
        for fill in self.fills:
            size = self.rules.size(fill.lots)
            total += int(fill.side) * size * (mark - self.rules.price(fill.ticks))
            total -= fill.fee * (mark if fill.fee_asset == self.rules.base else 1)
        return total * rate


class Story:
    """`take` the entries of a journal in their order."""

    def __init__(self) -> None:
        self.signals: list[Signal] = []
        self.decisions: list[Decision] = []
        self.orders: dict[str, Order] = {}
        self.refused: list[Refused] = []
        self.ends: dict[str, str] = {}
        """How the execution of each decision ended, in words."""
        self.processes: list[Process] = []
        self._rules: dict[str, Instrument] = {}
        self._woke: Woke | None = None
        self._left = 0

    def know(self, instrument: Instrument) -> None:
        self._rules[instrument.id] = instrument

    def take(self, event: msgspec.Struct) -> None:
        match event:
            case RunBegan():
                self.processes.append(Process(event.local_ns))
            case Signal():
                self.signals.append(event)
            case Woke():
                self._wake(event)
            case Submitted():
                self._sent(event)
            case Fill():
                self._filled(event)
            case Refused():
                self.refused.append(event)
            case PairOutcome() | SagaOutcome():
                self.ends[event.intent.id] = f"{event.end}{f', {event.reason}' if event.reason else ''}"
            case _ if self._left and isinstance(event, _WISHES):
                self._left -= 1
                self._decided(event)
            case _:
                pass

    def refusal(self, wish: str) -> str:
        """Why a gate refused an order of this decision; empty where none did."""
        found = (r for r in self.refused if r.intent_id == wish or r.intent_id.startswith(f"{wish}-"))
        first = next(found, None)
        return f"{first.gate}: {first.reason}" if first is not None else ""

    def _decided(self, wish: msgspec.Struct) -> None:
        if isinstance(wish, PairIntent | TransferIntent | Intent | TwapIntent) and self._woke is not None:
            answers = len(self.signals) - 1 if self._woke.why is Why.SIGNAL else None
            self.decisions.append(Decision(wish, self._woke.at_ns, self._woke.why, answers))

    def _wake(self, woke: Woke) -> None:
        self._woke, self._left = woke, woke.wishes
        if self.processes:
            process = self.processes[-1]
            process.last_ns = woke.at_ns
            if woke.why is Why.BEGIN:
                process.decides_ns = woke.at_ns

    def _sent(self, event: Submitted) -> None:
        intent = event.intent
        rules = self._rules[intent.instrument]
        self.orders.setdefault(
            event.client_id, Order(intent.id, rules, int(intent.side), event.local_ns, intent)
        )

    def _filled(self, fill: Fill) -> None:
        order = self.orders.get(fill.client_id)
        if order is None:
            rules = self._rules[fill.instrument]
            order = Order(f"{fill.instrument} {fill.id}", rules, int(fill.side), fill.local_ns, None)
            self.orders[f"{fill.instrument} {fill.id}"] = order
        if all(fill.id != one.id for one in order.fills):
            order.fills.append(fill)


class Process(msgspec.Struct):
    """When a process of the run began, decided first (0: never), and was last heard of, ns."""

    began_ns: int
    decides_ns: int = 0
    last_ns: int = 0
