"""What happened last in a run: signals and what followed of each, routes, refusals, fills, settings."""

from __future__ import annotations

from collections import deque
from typing import Final, Generic, TypeVar

import msgspec

from titan.model.events import Refused, Submitted
from titan.model.fill import Fill
from titan.model.outcome import Outcome
from titan.model.pair import PairIntent
from titan.model.routing import Routed
from titan.model.signal import Intent, Signal
from titan.model.step import SagaStep
from titan.model.wake import SettingsChanged, Why, Woke
from titan.views.works import KINDS

KEPT: Final = 200
Event = TypeVar("Event", bound=msgspec.Struct)
_FOLLOW: Final[tuple[type[msgspec.Struct], ...]] = (Routed, Intent, Submitted, Refused, SagaStep, *KINDS)
"""What may be written between a signal and the last of its wishes."""


class Noted(msgspec.Struct, Generic[Event], frozen=True):
    """An entry of the journal."""

    seq: int
    at_ns: int
    event: Event


class Filled(msgspec.Struct, frozen=True):
    """A fill with the holding that it was for; `owner` and `saga` are empty where none is known."""

    seq: int
    at_ns: int
    fill: Fill
    owner: str
    saga: str
    purpose: str


class Refusal(msgspec.Struct, frozen=True):
    """What a gate said no to; `wish` is the one it was a part of, else the intent itself."""

    seq: int
    at_ns: int
    event: Refused
    wish: str


class Raised(msgspec.Struct):
    """A signal and what followed: `wish` is the first that its strategy wished about the same pair, `end` how
    that ended, empty while it goes on. `passed` is why no way was found to follow it, `reason` how its wish
    ended in words. With none of these, the strategy wished nothing.
    """

    seq: int
    at_ns: int
    signal: Signal
    wish: str = ""
    passed: str = ""
    end: str = ""
    reason: str = ""


class Latest:
    """Oldest first, the last `KEPT` of each. `gates` has the last refusal of each gate and reason."""

    def __init__(self) -> None:
        self.signals: deque[Raised] = deque()
        self.routes: deque[Noted[Routed]] = deque(maxlen=KEPT)
        self.refused: deque[Refusal] = deque(maxlen=KEPT)
        self.gates: dict[str, Refusal] = {}
        self.fills: deque[Filled] = deque(maxlen=KEPT)
        self.settings: deque[Noted[SettingsChanged]] = deque(maxlen=KEPT)
        self._deciding: Raised | None = None
        self._by_wish: dict[str, Raised] = {}

    def __call__(self, seq: int, at_ns: int, event: msgspec.Struct) -> None:
        """Every entry, of whatever type."""
        if isinstance(event, Signal):
            self._raised(Raised(seq, at_ns, event))
        elif isinstance(event, Woke):
            self._deciding = self._deciding if event.why is Why.SIGNAL else None
        elif not isinstance(event, _FOLLOW):
            self._deciding = None
        if isinstance(event, Routed):
            self.routes.append(Noted(seq, at_ns, event))
            if self._deciding is not None and event.pair == self._deciding.signal.subject:
                self._deciding.passed = "" if event.intent_id else event.reason
        elif isinstance(event, PairIntent):
            self._wished(event)
        elif isinstance(event, SettingsChanged):
            self.settings.append(Noted(seq, at_ns, event))

    def refusal(self, seq: int, at_ns: int, event: Refused, wish: str) -> None:
        one = Refusal(seq, at_ns, event, wish or event.intent_id)
        self.refused.append(one)
        self.gates[f"{event.gate}: {event.reason}"] = one

    def filled(self, one: Filled) -> None:
        self.fills.append(one)

    def ended(self, outcome: Outcome) -> None:
        raised = self._by_wish.get(outcome.intent.id)
        if raised is not None and not raised.end:
            raised.end, raised.reason = outcome.end.value, outcome.reason

    def _raised(self, one: Raised) -> None:
        self._deciding = one
        self.signals.append(one)
        if len(self.signals) > KEPT:
            self._by_wish.pop(self.signals.popleft().wish, None)

    def _wished(self, wish: PairIntent) -> None:
        raised = self._deciding
        if raised is not None and not raised.wish and raised.signal.subject == wish.pair:
            raised.wish = wish.id
            self._by_wish[wish.id] = raised
