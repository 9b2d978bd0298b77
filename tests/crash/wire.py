"""The way to the venue and back, as bad as it can be: late, lost, doubled, out of order, down for a while.

It keeps the gateway's word: a send is never repeated; one whose answer is lost is reported as TIMEOUT and
looked up until it is known, or until it cannot have arrived any more. The end of an order is told after its
fills, except for those that a world wants late.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from random import Random

from msgspec.structs import replace

from tests.crash.venue import ModelVenue, Resting
from titan.model.account import Balance, TransferReceipt
from titan.model.errors import VenueRefused, VenueUnknown
from titan.model.events import OrderReport, VenueEvent
from titan.model.fill import Fill
from titan.model.order import OrderEvent
from titan.model.signal import Intent
from titan.ports import Approved

NS = 1_000_000_000
VALID_NS = 5 * NS
"""A request that left so long ago cannot be accepted any more."""


@dataclass
class Faults:
    """Probabilities, and times in seconds."""

    lose_request: float = 0.0
    lose_answer: float = 0.0
    lose_report: float = 0.0
    double: float = 0.0
    slow: float = 0.0
    """A report takes seconds instead of milliseconds, so that others overtake it."""
    timeout_s: float = 3.0


class Sent:
    __slots__ = ("accepted", "cancelling", "client_id", "ended", "intent", "left_ns", "looking", "told")

    def __init__(self, client_id: str, intent: Intent, left_ns: int) -> None:
        self.client_id, self.intent, self.left_ns = client_id, intent, left_ns
        self.told: set[str] = set()
        self.accepted = self.ended = self.looking = self.cancelling = False


class Wire:
    """One process' connection; after `cut` nothing more comes out of it, and nothing goes in."""

    def __init__(
        self, venue: ModelVenue, rng: Random, faults: Faults, sink: Callable[[VenueEvent], None],
        say: Callable[[str], None],
    ) -> None:  # fmt: skip
        self.venue, self.rng, self.faults, self._sink, self.say = venue, rng, faults, sink, say
        self._loop = venue.loop
        self.sent: dict[str, Sent] = {}
        self.left: list[tuple[int, Intent]] = []
        self.alive = True
        venue.told = self._heard

    def cut(self) -> None:
        self.alive = False

    # -- orders

    def submit(self, order: Approved) -> None:
        if not self.alive:
            return
        assert order.client_id not in self.sent, "sent twice"
        sent = self.sent[order.client_id] = Sent(order.client_id, order.intent, self._loop.now())
        self.left.append((self._loop.now(), order.intent))
        self.say(f"leaves   {order.client_id} {_told(order.intent)}")
        lost = self.rng.random() < self.faults.lose_request or self.venue.down
        if not lost:
            self.later(self.delay(), self._arrives, sent, alive=False)
        if lost or self.rng.random() < self.faults.lose_answer:
            self.later(self.faults.timeout_s, self._times_out, sent)
        else:
            self.later(self.faults.timeout_s, self._look, sent)

    def _arrives(self, sent: Sent) -> None:
        if self.venue.down:
            return
        self.say(f"arrives  {sent.client_id}")
        self.venue.accept(sent.client_id, sent.intent)

    def _times_out(self, sent: Sent) -> None:
        if not sent.ended:
            self._report(sent, OrderEvent.TIMEOUT, "no answer")
            self._look(sent)

    def cancel(self, client_id: str) -> None:
        sent = self.sent[client_id]
        if not self.alive or sent.ended:
            return
        self.say(f"cancel   {client_id}")
        sent.cancelling = True
        if not self.venue.down and self.rng.random() >= self.faults.lose_request:
            self.later(self.delay(), self.venue.cancel, client_id, alive=False)
        self.later(1.0, self._look, sent)

    def recall(self, client_id: str, intent: Intent, sent_ns: int, known: Sequence[Fill]) -> None:
        """Of an earlier process: looked up, never sent."""
        del sent_ns
        sent = self.sent[client_id] = Sent(client_id, intent, self._loop.now())
        sent.told = {fill.id for fill in known}
        self.later(self.delay(), self._look, sent)

    def missed(self, known: set[str]) -> None:
        """`fills_since`: what the venue booked and the journal does not hold, of orders that have ended."""
        for fill in self.venue.fills:
            sent = self.sent.get(fill.client_id)
            if fill.id not in known and sent is None:
                self._deliver(fill)

    def _look(self, sent: Sent) -> None:
        if sent.looking or sent.ended:
            return
        sent.looking = True
        self._looking(sent, 0.3)

    def _looking(self, sent: Sent, wait_s: float) -> None:
        """Ask again and again until its end is known; what rests is looked at now and then."""
        if sent.ended:
            sent.looking = False
            return
        if not self.venue.down:
            order = self.venue.orders.get(sent.client_id)
            if order is None:
                if self._loop.now() - sent.left_ns > VALID_NS:
                    self._report(sent, OrderEvent.REJECT, "it never reached the venue")
                    return
            else:
                if sent.cancelling and not order.ended:
                    self.venue.cancel(sent.client_id)
                self._tell(sent, order, sure=True)
        self.later(wait_s, self._looking, sent, min(wait_s * 2, 4.0))

    # -- the venue's word

    def _heard(self, order: Resting, fill: Fill | None) -> None:
        """By the stream: each fact for itself."""
        sent = self.sent.get(order.client_id)
        if not self.alive or sent is None:
            return
        if self.venue.down or self.rng.random() < self.faults.lose_report:
            self.later(4.0 + self.rng.random() * 4, self._look, sent)
            return
        for _ in range(2 if self.rng.random() < self.faults.double else 1):
            if fill is not None:
                self.later(self.delay(), self._pass, sent, fill)
            self.later(self.delay(), self._tell, sent, order)

    def _pass(self, sent: Sent, fill: Fill) -> None:
        self._deliver(fill)
        sent.told.add(fill.id)
        sent.accepted = True
        order = self.venue.orders[sent.client_id]
        sent.ended = sent.ended or order.filled == len_told(sent, order) == order.intent.lots

    def _tell(self, sent: Sent, order: Resting, sure: bool = False) -> None:
        """All that is known now; the end last, and only behind its fills."""
        if sent.ended:
            if self.rng.random() < self.faults.double and order.ended is not OrderEvent.FILL and order.ended:
                self._deliver(self._made(sent, order.ended, order.reason))
            return
        if order.ended is not OrderEvent.REJECT and not sent.accepted:
            sent.accepted = True
            self._report(sent, OrderEvent.ACCEPT)
        if sure or order.ended:
            held = order.late if order.ended is OrderEvent.CANCEL else 0
            fills = order.fills[: len(order.fills) - held]
            for fill in fills:
                if fill.id not in sent.told:
                    self._pass(sent, fill)
            for fill in order.fills[len(fills) :]:
                self.later(0.5 + self.rng.random() * 8, self._pass, sent, fill)
        if order.ended and order.ended is not OrderEvent.FILL and not sent.ended:
            self._report(sent, order.ended, order.reason)

    def _report(self, sent: Sent, event: OrderEvent, reason: str = "") -> None:
        if event in (OrderEvent.REJECT, OrderEvent.CANCEL, OrderEvent.EXPIRE):
            sent.ended = True
        self._deliver(self._made(sent, event, reason))

    def _made(self, sent: Sent, event: OrderEvent, reason: str = "") -> OrderReport:
        return OrderReport(sent.client_id, event, self._loop.now(), self._loop.now(), reason)

    def _deliver(self, event: VenueEvent) -> None:
        if not self.alive:
            return
        if isinstance(event, Fill):
            event = replace(event, local_ns=self._loop.now())
            self.say(f"fill     {event.client_id} {event.lots} lots at {event.ticks} ({event.id})")
        elif isinstance(event, OrderReport):
            self.say(f"word     {event.client_id} {event.event} {event.reason}")
        self._sink(event)

    # -- money

    async def move(self, asset: str, amount: Decimal, source: str, target: str) -> TransferReceipt:
        """Lost on the way there, or on the way back, or booked a little later."""
        loop = self._loop
        done = loop.create_future()
        wish = f"{asset} {amount} {source} {target}"
        draw, late = self.rng.random(), self.rng.random() < 0.3
        self.say(f"move     {wish}")
        if draw < 0.1:
            self.later(0.1, fail, done, VenueRefused("not enough"))
        elif self.venue.down or draw < 0.1 + self.faults.lose_request:
            self.later(self.faults.timeout_s, fail, done, VenueUnknown("no answer"))
        else:
            self.later(
                self.delay() + late * 5, self.venue.move, wish, asset, amount, source, target, alive=False
            )
            if self.rng.random() < self.faults.lose_answer * 2:
                self.later(self.faults.timeout_s, fail, done, VenueUnknown("no answer"))
            else:
                receipt = TransferReceipt("r1", asset, amount, source, target, done=not late)
                self.later(0.2 + self.delay(), give, done, receipt)
        answer: TransferReceipt = await done
        return answer

    async def fetch_balances(self) -> Sequence[Balance]:
        done = self._loop.create_future()
        if self.venue.down or self.rng.random() < self.faults.lose_answer:
            self.later(1.0, fail, done, VenueUnknown("no answer"))
        else:
            told = [Balance(w, a, total, Decimal(0)) for (w, a), total in self.venue.wallets.items()]
            self.later(self.delay(), give, done, told)
        answer: Sequence[Balance] = await done
        return answer

    # -- within

    def delay(self) -> float:
        if self.rng.random() < self.faults.slow:
            return 0.2 + self.rng.random() * 4
        return 0.005 + self.rng.random() * 0.1

    def later(self, seconds: float, call: Callable[..., object], *args: object, alive: bool = True) -> None:
        def run() -> None:
            if self.alive or not alive:
                call(*args)

        self._loop.call_later(seconds, run)


def len_told(sent: Sent, order: Resting) -> int:
    """Lots of the fills that were told."""
    return sum(fill.lots for fill in order.fills if fill.id in sent.told)


def fail(done: object, error: Exception) -> None:
    if not done.done():  # type: ignore[attr-defined]
        done.set_exception(error)  # type: ignore[attr-defined]


def give(done: object, value: object) -> None:
    if not done.done():  # type: ignore[attr-defined]
        done.set_result(value)  # type: ignore[attr-defined]


def _told(intent: Intent) -> str:
    price = intent.stop_ticks or intent.limit_ticks
    return f"{intent.side.name.lower()} {intent.lots} {intent.instrument} at {price} {intent.id}"
