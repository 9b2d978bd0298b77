"""A venue that answers each order as a script says, in virtual time: fills, part fills, rejections,
silence.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from typing import Any, cast

import msgspec

from titan.engine.loop import VirtualLoop
from titan.execution.desk import Desk
from titan.execution.sagas.pair import PairSaga
from titan.execution.sagas.saga import Parts, Touch
from titan.execution.sagas.twap import TwapSaga
from titan.execution.tickets import Ticket
from titan.model.events import OrderReport
from titan.model.fill import Fill, Liquidity
from titan.model.instrument import FeeSchedule, Instrument, InstrumentKind
from titan.model.order import OrderEvent, Side
from titan.model.outcome import SagaOutcome
from titan.model.pair import PairIntent, PairOutcome, PairType
from titan.model.signal import Intent, Purpose
from titan.model.twap import TwapIntent
from titan.ports import Approved as ApprovedPort
from titan.risk.gates import Approved, Refuse, approve
from titan.risk.standing import Limits, Standing

START = 1_700_000_000_000_000_000
MS = 1_000_000

SPOT = Instrument(
    "binance", InstrumentKind.SPOT, "BTCUSDT", "BTC", "USDT", Decimal("0.01"), Decimal("0.00001"),
    FeeSchedule(Decimal("0.001"), Decimal("0.001")),
)  # fmt: skip
PERP = Instrument(
    "binance", InstrumentKind.PERP, "BTCUSDT", "BTC", "USDT", Decimal("0.1"), Decimal("0.001"),
    FeeSchedule(Decimal("0.0002"), Decimal("0.0005")),
)  # fmt: skip
INSTRUMENTS = {i.id: i for i in (SPOT, PERP)}


@dataclass(frozen=True)
class Answer:
    """What the venue does with one order: fill a share of it, or refuse it, after a delay; or say nothing."""

    share: float = 1.0
    reject: bool = False
    silent: bool = False
    delay_ms: int = 20


@dataclass
class ScriptedVenue:
    loop: VirtualLoop
    answers: list[Answer]
    sink: Callable[[OrderReport | Fill], object] = field(default=lambda event: None)
    sent: list[tuple[int, Intent]] = field(default_factory=list)
    open: dict[str, Intent] = field(default_factory=dict)
    fills: int = 0

    def submit(self, order: ApprovedPort) -> None:
        answer = self.answers.pop(0) if self.answers else Answer()
        self.sent.append((self.loop.now(), order.intent))
        self.open[order.client_id] = order.intent
        if not answer.silent:
            self.loop.call_later(answer.delay_ms / 1e3, self._answer, order.client_id, answer)

    def cancel(self, client_id: str) -> None:
        self.loop.call_later(0.02, self._cancelled, client_id)

    def _cancelled(self, client_id: str) -> None:
        if self.open.pop(client_id, None) is not None:
            self._report(client_id, OrderEvent.CANCEL)

    def _answer(self, client_id: str, answer: Answer) -> None:
        intent = self.open.pop(client_id, None)
        if intent is None:
            return
        if answer.reject:
            self._report(client_id, OrderEvent.REJECT)
            return
        lots = int(intent.lots * answer.share)
        if lots:
            self.fills += 1
            now = self.loop.now()
            fill = Fill(
                f"f{self.fills}", client_id, intent.instrument, intent.side, intent.reference_ticks, lots,
                Decimal(0), "USDT", Liquidity.TAKER, now, now,
            )  # fmt: skip
            self.sink(fill)
        if lots < intent.lots:
            self._report(client_id, OrderEvent.EXPIRE)

    def _report(self, client_id: str, event: OrderEvent) -> None:
        self.sink(OrderReport(client_id, event, self.loop.now(), self.loop.now()))


class Still:
    """A market in which nothing happens: time simply passes."""

    def move(self, until_ns: int) -> int:
        return until_ns


class Prices:
    """50,000 for ever, or `moves`: by instrument, bps above it in each 30 s, the last of which stays."""

    def __init__(
        self, now: Callable[[], int] = lambda: START, moves: Mapping[str, Sequence[float]] | None = None
    ) -> None:
        self._now, self._moves = now, dict(moves or {})

    def mid(self, instrument: str) -> Decimal:
        moves = self._moves.get(instrument) or (0.0,)
        n = min((self._now() - START) // (30_000 * MS), len(moves) - 1)
        return (50_000 * (1 + Decimal(repr(moves[n])) / 10_000)).quantize(Decimal("0.1"))

    def touch(self, instrument: str) -> Touch | None:
        half = Decimal("0.05") if instrument == PERP.id else Decimal("0.005")
        rules, mid = INSTRUMENTS[instrument], self.mid(instrument)
        return Touch(float(mid - half), float(mid + half), rules.nearest_ticks(mid))


class Gate:
    """The real gates, told that all is well."""

    def __init__(self, now: Callable[[], int] | None = None) -> None:
        self.tickets: list[Ticket] = []
        self.held: dict[str, int] = {}
        """Lots by instrument that were there before."""
        self.now = now
        self.prices = Prices()

    def __call__(self, intent: Intent, beside: Sequence[Approved] = ()) -> Approved | Refuse:
        rules = INSTRUMENTS[intent.instrument]
        held = self.lots(rules.id)
        standing = Standing(
            rules, rules.nearest_ticks(self.prices.mid(rules.id)), Decimal(100_000), Decimal(0),
            reducible_lots=held,
            now_ns=self.now() if self.now is not None else None,
        )  # fmt: skip
        return approve(intent, standing, Limits(Decimal(10_000)), may_shrink=False)

    def lots(self, instrument: str) -> int:
        """Held now."""
        return self.held.get(instrument, 0) + sum(
            t.order.filled_lots * t.order.request.side
            for t in self.tickets
            if t.order.request.instrument == instrument
        )

    def coins(self, _wallet: str, asset: str) -> Decimal:
        """What was bought and not sold: in base units."""
        return self.lots(SPOT.id) * SPOT.lot if asset == SPOT.base else Decimal(0)

    def sent(self, ticket: Ticket) -> None:
        self.tickets.append(ticket)

    def changed(self, ticket: Ticket) -> None: ...


def pair_intent(units: int, clip_units: int, purpose: Purpose = Purpose.ENTRY, **changes: Any) -> PairIntent:
    intent = PairIntent(
        id="run-sentinel.BTC-1", strategy="sentinel", pair="BTC", position="BTC:core:1", type=PairType.CORE,
        purpose=purpose, spot=SPOT.id, perp=PERP.id, units=units, clip_units=clip_units, reason="test",
        gap_min_ns=30_000 * MS, gap_max_ns=90_000 * MS, leg_deadline_ns=2_000 * MS, slippage_cap_bps=10.0,
        arrival_cap_bps=10.0,
    )  # fmt: skip
    return msgspec.structs.replace(intent, **changes)


def twap_intent(lots: int, slice_lots: int, **changes: Any) -> TwapIntent:
    intent = TwapIntent(
        id="run-sentinel.BTC-2", strategy="sentinel", owner="BTC:core:1", instrument=PERP.id, side=Side.BUY,
        purpose=Purpose.ENTRY, lots=lots, slice_lots=slice_lots, reason="test", gap_min_ns=30_000 * MS,
        gap_max_ns=90_000 * MS, slice_deadline_ns=2_000 * MS, deadline_ns=START + 10**17,
        slippage_cap_bps=10.0, arrival_cap_bps=10.0,
    )  # fmt: skip
    return msgspec.structs.replace(intent, **changes)


@dataclass
class Stage:
    """A desk, a scripted venue and a clock."""

    answers: Sequence[Answer] = ()
    moves: Mapping[str, Sequence[float]] | None = None
    seed: int = 7

    def __post_init__(self) -> None:
        self.loop = VirtualLoop(START)
        self.prices = Prices(self.loop.now, self.moves)
        self.loop.attach(Still())
        self.venue = ScriptedVenue(self.loop, list(self.answers))
        self.gate = Gate(self.loop.now)
        self.gate.prices = self.prices
        self.lines: list[msgspec.Struct] = []
        self.desk = Desk(self.loop, self.venue, self.gate, self.lines.append)
        self.venue.sink = self.desk.apply

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        try:
            return self.loop.run_until_complete(asyncio.wait_for(work, 1e7))
        finally:
            self.loop.close()

    def parts(self) -> Parts:
        return Parts(
            INSTRUMENTS.__getitem__, self.desk, self.prices, self.lines.append, Random(self.seed),
            self.loop.now, booked=self.gate.coins,
        )  # fmt: skip

    def pair(self, intent: PairIntent) -> tuple[PairSaga, PairOutcome]:
        saga = PairSaga(intent, self.parts())
        return saga, self.run(saga.run())

    def twap(self, wish: TwapIntent) -> SagaOutcome:
        return cast(SagaOutcome, self.run(TwapSaga(wish, self.parts()).run()))


def net_base(venue: ScriptedVenue, tickets: Sequence[Ticket]) -> tuple[Decimal, Decimal]:
    """(spot, perp) base units filled, signed by side."""
    totals = {SPOT.id: Decimal(0), PERP.id: Decimal(0)}
    for ticket in tickets:
        request = ticket.order.request
        totals[request.instrument] += (
            ticket.order.filled_lots * INSTRUMENTS[request.instrument].lot * Decimal(int(request.side))
        )
    return totals[SPOT.id], totals[PERP.id]


BUY, SELL = Side.BUY, Side.SELL
