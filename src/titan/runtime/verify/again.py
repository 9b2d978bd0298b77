"""One process of a run, decided again: the parts that decide, without venues and without executions.

    rows            from the tape, in the order and at the times at which they were heard
    the clock       stands at the moment that the journal names
    the ledger      booked from the journal: fills, funding, transfers, deposits
    the strategy    called for what the journal says it was called for

Acknowledgements, outcomes of executions and gates' answers are the journal's: they are not made anew.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, NoReturn

import msgspec

from titan.engine.loop import FOREVER
from titan.execution.booking import book, holder_of
from titan.execution.memory import Booking, Memory
from titan.market.tape.heard import Heard
from titan.market.tape.local import LocalBlock
from titan.market.tape.share import Queue
from titan.model.errors import ConfigError, LedgerError, ReplayError
from titan.model.events import Submitted
from titan.model.fill import Fill, FundingPayment
from titan.model.instrument import Instrument
from titan.model.outcome import Outcome, doubted
from titan.model.pair import Lane
from titan.model.restraint import Lifted
from titan.model.settled import Settled
from titan.model.signal import Intent, Signal
from titan.model.wake import SettingsChanged, Why, Woke
from titan.runtime.assembly import Assembly, Blocks
from titan.runtime.config import Config
from titan.runtime.config.changing import changed
from titan.runtime.trading.run import live_setting
from titan.strategies.protocol import Wish
from titan.strategies.sentinel.past import past_of

NEVER: Final = FOREVER - 1
"""All rows that were given are in the past."""


class Still:
    """A clock that stands until it is set."""

    def __init__(self) -> None:
        self.at_ns = 0

    def now(self) -> int:
        return self.at_ns


class NoVenue:
    """Nothing leaves in a replay."""

    def submit(self, order: object) -> NoReturn:
        raise ReplayError(f"a replay sends nothing: {order}")

    def cancel(self, client_id: str) -> NoReturn:
        raise ReplayError(f"a replay cancels nothing: {client_id}")

    def transfer(self, asset: str, amount: object, source: str, target: str) -> NoReturn:
        raise ReplayError(f"a replay moves nothing: {amount} {asset} from {source} to {target}")


class Again:
    """`past` are the run's entries before this process, `memory` the same folded; both are empty where the
    process began the run.
    """

    def __init__(
        self, config: Config, run_id: str, instruments: Sequence[Instrument], heard: Heard,
        past: Sequence[msgspec.Struct], memory: Memory, lanes: tuple[Lane, ...] = (),
    ) -> None:  # fmt: skip
        self._clock, self._heard = Still(), heard
        self._for_cursor, self._for_view = Queue[LocalBlock](), Queue[LocalBlock]()
        self._config = config
        self._setting = partial(live_setting, run_id=run_id, instruments=instruments, lanes=lanes)
        parts = self._parts = Assembly(
            self._setting(config), self._clock, Blocks(self._for_cursor, self._for_view), NoVenue(), _nobody
        )
        self.strategy, self._view, self._cursor = parts.strategy, parts.view, parts.cursor
        self._ledger, self._present = parts.ledger, parts.present
        self._halts = parts.halts
        self._past = list(past)
        for entry in past:
            self._halts.hear(entry)
        self._intents = {name: order.submitted.intent for name, order in memory.orders.items()}
        self._outcomes: dict[str, Outcome] = {}
        self._closed: dict[str, tuple[Fill, str]] = {}
        self._began_at: int | None = None
        self._asked: SettingsChanged | None = None
        for event in memory.bookings:
            self._book(event)

    def hear(self, event: msgspec.Struct) -> None:
        """An entry of the journal that the strategy's world is made of; others are passed over."""
        if self._halts.hear(event):
            if isinstance(event, Lifted):
                self.strategy.cleared(doubted(event.name))
            return
        if isinstance(event, SettingsChanged):
            self._asked = event
        elif isinstance(event, Settled):
            self.strategy.cleared(event.intent_id)
        elif isinstance(event, Submitted):
            self._intents[event.client_id] = event.intent
        elif isinstance(event, Outcome):
            self._outcomes[event.intent.id] = event
        elif isinstance(event, Booking):
            if isinstance(event, Fill) and event.client_id not in self._intents:
                self._closed[event.id] = event, holder_of(self._ledger, event)
            self._book(event)

    def feed(self, rows: int) -> bool:
        """The first `rows` rows of the tape have been heard; False where it does not have as many."""
        for block in self._heard.until(rows):
            self._for_cursor.put(block)
            self._for_view.put(block)
        return self._heard.rows == rows

    def signal(self) -> Signal | None:
        """The next one that the rows so far raise."""
        self._cursor.more()
        self._cursor.peek(NEVER)
        return self._cursor.take(NEVER)

    def unheard(self, woke: Woke) -> Signal | None:
        """A signal that the run should have decided before `woke`, and that its journal does not have."""
        between = self._began_at is not None and woke.rows > self._began_at
        return self.signal() if between and woke.why is not Why.LIQUIDATED else None

    def decide(self, woke: Woke, signal: Signal | None) -> Sequence[Wish]:
        """What the strategy wishes now; `signal` is the one that the replay raised."""
        self._clock.at_ns = woke.at_ns
        if woke.why is Why.BEGIN:
            self._began_at = woke.rows
        elif woke.why is Why.SETTINGS:
            self._retune()
        call = self._call(woke, signal)
        with self._present.instant() as at_ns:
            self._view.advance_to(at_ns)
            return call()

    def _call(self, woke: Woke, signal: Signal | None) -> Callable[[], Sequence[Wish]]:
        strategy, now = self.strategy, self._present
        match woke.why:
            case Why.SIGNAL if signal is not None:
                return lambda: strategy.decide(signal, now)
            case Why.TICK:
                return lambda: strategy.tick(now)
            case Why.FINISHED if woke.of in self._outcomes:
                return lambda: strategy.finished(self._outcomes[woke.of], now)
            case Why.LIQUIDATED if woke.of in self._closed:
                return lambda: strategy.liquidated(*self._closed[woke.of], now)
            case Why.CLOSE_ALL:
                return lambda: strategy.close_all(woke.of, now)
            case Why.FLATTEN:
                return lambda: strategy.flatten(woke.of, now)
            case Why.GUARD:
                return lambda: strategy.guard(now)
            case Why.RECALL:
                return self._recall
            case Why.BEGIN | Why.STOP | Why.SETTINGS:
                return lambda: ()
            case _:
                raise ReplayError(f"the journal does not have what {woke.why} at {woke.at_ns} was about")

    def _retune(self) -> None:
        """Between the rows so far and the next, as the run did."""
        if self._asked is None:
            raise ReplayError("the journal says that settings were changed, and not which")
        try:
            self._config = changed(self._config, self._asked.changes)
        except ConfigError as e:
            raise ReplayError(
                f"the run took over settings that this version does not: {e.message}",
                remedy="replay it with the version that made it",
            ) from e
        self._asked = None
        self._parts.retune(self._setting(self._config))

    def _recall(self) -> Sequence[Wish]:
        self.strategy.recall(past_of(self.strategy.name, self._past), self._present, self._ledger.holding)
        return ()

    def _book(self, event: Booking) -> None:
        """As the run did: what a venue says and cannot be booked was left out, and told."""
        try:
            book(self._ledger, event, self._intent)
        except LedgerError:
            if not isinstance(event, Fill | FundingPayment):
                raise

    def _intent(self, client_id: str) -> Intent | None:
        return self._intents.get(client_id)


def _nobody(event: msgspec.Struct) -> None:
    del event
