"""The reducing orders of a panic: journalled before they leave, each with an id of its own, followed to their
end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Final

from titan.execution.panic_plan import Reduction
from titan.model.errors import TitanError
from titan.model.events import OrderReport, Submitted, VenueEvent
from titan.model.fill import Fill
from titan.model.instrument import Instrument, InstrumentKind
from titan.model.order import OrderEvent, OrderType, TimeInForce
from titan.model.signal import Intent, Purpose, intent_id
from titan.portfolio.ledger import HOUSE
from titan.ports import OrderEntry
from titan.risk.checks import reduction
from titan.risk.gates import Refuse, approve
from titan.risk.standing import Limits, Standing

ENDS: Final = (OrderEvent.CANCEL, OrderEvent.EXPIRE, OrderEvent.REJECT)
_LIMITS: Final = Limits(Decimal(0), blind_exits=True)


class Reducing:
    """Orders of one panic at one venue. `attempt` goes on where an earlier process ended."""

    def __init__(
        self, panic: str, entry: OrderEntry, sent: Callable[[Submitted], None], now: Callable[[], int],
        attempt: int = 0,
    ) -> None:  # fmt: skip
        self._panic, self._entry, self._sent, self._now = panic, entry, sent, now
        self._attempt = attempt
        self._left: dict[str, tuple[str, int]] = {}
        self.refused: dict[str, str] = {}
        """By instrument: why the venue did not take the last order."""
        self.sold: dict[str, Decimal] = {}
        """Base units sold so far, by spot instrument, as lots times the lot."""

    def flying(self, instrument: str = "") -> Sequence[str]:
        """Client ids of orders without an end, of one instrument or of all."""
        return [c for c, (i, _) in self._left.items() if instrument in ("", i)]

    def follow(self, client_id: str, instrument: str, lots: int) -> None:
        """An order that was sent before this process began."""
        if lots > 0:
            self._left[client_id] = (instrument, lots)

    def send(self, rules: Instrument, wanted: Reduction) -> str:
        """Journal and send; "" or why it could not be."""
        self._attempt += 1
        perp = rules.kind is InstrumentKind.PERP
        intent = Intent(
            id=intent_id(self._panic, rules.venue, self._attempt, rules.id), strategy="", owner=HOUSE,
            instrument=rules.id, side=wanted.side, lots=wanted.lots, purpose=Purpose.EXIT,
            reference_ticks=max(wanted.ticks, 1), type=OrderType.MARKET, tif=TimeInForce.IOC,
            reduce_only=perp, saga=self._panic,
        )  # fmt: skip
        standing = Standing(
            rules, wanted.ticks or None, Decimal(0), Decimal(0),
            reducible_lots=-int(wanted.side) * wanted.lots,
        )  # fmt: skip
        order = approve(intent, standing, _LIMITS, gates=(reduction,))
        if isinstance(order, Refuse):
            return f"{order.gate}: {order.reason}"
        self._sent(Submitted(order.client_id, intent, self._now()))
        self._left[order.client_id] = (rules.id, wanted.lots)
        try:
            self._entry.submit(order)
        except TitanError as e:  # never left
            del self._left[order.client_id]
            return e.message
        return ""

    def heard(self, event: VenueEvent, lot: Decimal) -> bool:
        """True for a report of one of these orders."""
        if not isinstance(event, OrderReport | Fill) or event.client_id not in self._left:
            return False
        instrument, lots = self._left[event.client_id]
        if isinstance(event, Fill):
            self.sold[instrument] = self.sold.get(instrument, Decimal(0)) + event.lots * lot
            self.refused.pop(instrument, None)
            self._left[event.client_id] = (instrument, lots - event.lots)
            if lots <= event.lots:
                del self._left[event.client_id]
        elif event.event in ENDS:
            del self._left[event.client_id]
            if event.event is OrderEvent.REJECT:
                self.refused[instrument] = event.reason or "refused"
        return True
