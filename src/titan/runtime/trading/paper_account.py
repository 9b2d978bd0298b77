"""The account on paper as a panic sees it: what it asks and does at a venue, at the simulated exchange."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from titan.execution.venue_ports import VenuePorts
from titan.model.account import Balance, MarginMode, VenueOrder, VenuePosition
from titan.model.errors import OrderError, VenueRefused
from titan.model.events import VenueEvent
from titan.model.fill import Fill
from titan.model.instrument import Instrument, InstrumentKind, venue_of
from titan.model.money import ZERO
from titan.model.order import OrderState, OrderType
from titan.model.signal import Intent
from titan.ports import Approved
from titan.simulation.paper import PaperVenue


class PaperAccount:
    """Of one venue. `marks` are prices of now."""

    def __init__(self, venue: str, paper: PaperVenue, marks: Callable[[], Mapping[str, Decimal]]) -> None:
        self._venue, self._paper, self._marks = venue, paper, marks

    def submit(self, order: Approved) -> None:
        self._paper.submit(order)

    def cancel(self, client_id: str) -> None:
        self._paper.cancel(client_id)

    def subscribe(self, sink: Callable[[VenueEvent], None]) -> None:
        """There is one sink, the run's, which hands on what it hears."""

    def recall(
        self, client_id: str, intent: Intent, sent_ns: int, *, known: Sequence[Fill] = (), left_ns: int = 0
    ) -> None:
        """Orders of an earlier process died with the exchange that it simulated; the run has said so."""

    async def open_orders(self) -> Sequence[VenueOrder]:
        return [
            VenueOrder(name, name, instrument, side, OrderType.LIMIT, OrderState.OPEN, lots, 0, 0, 0, 0)
            for name, instrument, side, lots in self._paper.sim.resting()
            if venue_of(instrument) == self._venue
        ]

    async def find_order(self, client_id: str, instrument: str) -> VenueOrder | None:
        """Only what rests is known here."""
        del instrument
        return next((one for one in await self.open_orders() if one.client_id == client_id), None)

    async def fills_since(self, instrument: str, since_ns: int) -> Sequence[Fill]:
        """The run has heard them all."""
        del instrument, since_ns
        return ()

    async def cancel_order(self, order: VenueOrder) -> None:
        try:
            self._paper.cancel(order.client_id)
        except OrderError as e:
            raise VenueRefused(e.message) from e

    async def fetch_balances(self) -> Sequence[Balance]:
        return [
            Balance(wallet, asset, amount, ZERO)
            for (wallet, asset), amount in self._paper.balances().items()
            if venue_of(wallet) == self._venue
        ]

    async def fetch_positions(self) -> Sequence[VenuePosition]:
        exchange, marks = self._paper.exchange, self._marks()
        insts = exchange.state.insts
        held = zip(exchange.instruments, insts["position"].tolist(), insts["entry"].tolist(), strict=True)
        return [
            VenuePosition(
                one.id, lots, Decimal(repr(entry)), marks.get(one.id, ZERO), ZERO, Decimal(1),
                MarginMode.CROSS,
            )
            for one, lots, entry in held
            if lots and one.kind is InstrumentKind.PERP and one.venue == self._venue
        ]  # fmt: skip

    def ports(self, instruments: Mapping[str, Instrument]) -> VenuePorts:
        mine = {name: one for name, one in instruments.items() if one.venue == self._venue}
        return VenuePorts(self._venue, mine, self, self, self, self, self)
