"""An order leaves when the journal that holds it is committed; a cancel leaves at once."""

from __future__ import annotations

from collections.abc import Callable

from titan.ports import Approved, OrderEntry


class AfterCommit:
    """`after(done)` calls back once all that was journalled so far is safe."""

    def __init__(self, entry: OrderEntry, after: Callable[[Callable[[], None]], None]) -> None:
        self._entry, self._after = entry, after

    def submit(self, order: Approved) -> None:
        self._after(lambda: self._entry.submit(order))

    def cancel(self, client_id: str) -> None:
        self._after(lambda: self._entry.cancel(client_id))
