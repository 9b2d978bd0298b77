"""What a panic knows of a run by its journal. Read ahead, only what is new is left to read when it counts."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal

import msgspec

from titan.execution.memory import Memory
from titan.execution.panic_plan import owned_by
from titan.model.errors import StorageError
from titan.model.fill import Fill
from titan.model.recovery import Latched
from titan.runtime.entries import TYPES
from titan.runtime.modes import MODES
from titan.runtime.trading.left import Left, left_by
from titan.runtime.trading.own_panic import is_own
from titan.storage.recall import Recalling
from titan.storage.store import Store, look_into

Tell = Callable[[str], None]


def _nobody(event: msgspec.Struct) -> None:
    del event


class Known:
    """Of the last run in the journal at `url`. `heard` is told every entry that is new; `close` it."""

    def __init__(self, url: str, heard: Callable[[msgspec.Struct], None] = _nobody) -> None:
        self._url, self._heard = url, heard
        self._store: Store | None = None
        self._begin()

    def _begin(self) -> None:
        self._reading, self._left = Recalling(TYPES), Left(None, Memory(), [], 0, {})

    def read(self, tell: Tell | None = None) -> Left:
        """What that run left, without its events. With `tell` trouble is told and what was read before it
        counts, else it raises StorageError.
        """
        try:
            if self._store is None:
                self._store = look_into(self._url)
            for event, _, _ in self._reading.read(self._store):
                self._left = left_by((event,), self._left, keep=False)
                self._heard(event)
        except StorageError as e:
            if tell is None:
                raise
            if self._left.entries:
                tell(f"what the run did is known in part only, look for coins that it bought: {e.message}")
            else:
                tell(f"no coins are known that a run has bought, and none are sold: {e.message}")
        return self._left

    def memory(self, tell: Tell) -> Memory:
        """What counts for a panic at the venues, as far as it can be read: a journal that is gone or broken
        stops no panic, and what is not known for that is told. Of a run that sent nothing to the venues only
        the panics and the latches count: coins that were bought on paper are not ours to sell.
        """
        left = self.read(tell)
        mode = MODES.get(left.began.mode) if left.began is not None else None
        if left.began is not None and mode is not None and not mode.keys:
            tell(f"the run in the journal was one of mode {mode.name}: no coins at the venues are its own")
            return without_trades(left.memory)
        return left.memory

    def close(self) -> None:
        if self._store is not None:
            self._store.close()
            self._store = None


@contextlib.contextmanager
def knowing(url: str) -> Iterator[Known]:
    known = Known(url)
    try:
        yield known
    finally:
        known.close()


def known(url: str, tell: Tell) -> Memory:
    """As `Known.memory`, read once."""
    with knowing(url) as one:
        return one.memory(tell)


def latches(url: str) -> Mapping[str, Latched]:
    """By name, those that nobody re-armed; none where there is no journal. Raises StorageError."""
    try:
        look_into(url).close()
    except StorageError:
        return {}
    with knowing(url) as one:
        return one.read().memory.latches


def without_trades(memory: Memory) -> Memory:
    """Latches, and panics at venues that did not end with the orders that they sent."""
    found = copy.copy(memory)
    panics = [name for name in memory.panics() if not is_own(name)]
    found.orders = {n: o for n, o in memory.orders.items() if o.submitted.intent.saga in panics}
    found.sagas = {name: memory.sagas[name] for name in panics if name in memory.sagas}
    found.bookings, found.wishes = [], {}
    return found


def unfinished_there(memory: Memory) -> str:
    """The name of a panic at the venues that began and did not end; empty for none."""
    return next((name for name in memory.panics() if not is_own(name)), "")


def owned(memory: Memory) -> dict[str, Decimal]:
    """Coins that the run bought, by spot instrument: what lay there before is not ours to sell."""
    fills = [one for one in memory.bookings if isinstance(one, Fill)]
    return owned_by(fills, memory.instruments)


def holds(memory: Memory) -> bool:
    """Whether fills left anything open, of spot or of perps."""
    lots: dict[str, int] = {}
    for one in memory.bookings:
        if isinstance(one, Fill):
            lots[one.instrument] = lots.get(one.instrument, 0) + int(one.side) * one.lots
    return any(lots.values())
