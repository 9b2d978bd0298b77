"""Which run is meant, where nobody says so but its journal."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from titan.api.control.standby import Target
from titan.api.settings import Settings
from titan.model.errors import TitanError
from titan.model.run import RunBegan
from titan.runtime.trading.plan import read_plan
from titan.storage.recall import unreadable
from titan.storage.search import Wanted, search
from titan.storage.store import look_into

_BEGAN: Final = str(RunBegan.__struct_config__.tag)


class OfJournal:
    """The config and the mode that the last run of the gateway's journal was begun with; None while there is
    none, or its config is not there any more.
    """

    def __init__(self, settings: Settings, env: Mapping[str, str]) -> None:
        self._settings, self._env = settings, env
        self._found: Target | None = None
        self._began: RunBegan | None = None
        self._seq = 0

    def __call__(self) -> Target | None:
        if self._found is None:
            try:
                self._found = self._find()
            except TitanError:
                return None
        return self._found

    def _find(self) -> Target | None:
        url, began = self._settings.store, self._last_begun()
        if began is None:
            return None
        place = Path(began.place)
        overrides: dict[str, object] = {"live.folder": str(self._settings.folder), "live.store": url}
        return Target(place, began.mode, overrides, read_plan(place, began.mode, self._env, overrides))

    def _last_begun(self) -> RunBegan | None:
        """Looked for in what is new since the last time only."""
        store = look_into(self._settings.store)
        try:
            head, _ = store.head()
            if head < self._seq:
                self._began, self._seq = None, 0  # another journal in its place
            for entry in search(store, Wanted(what=_BEGAN, after=self._seq)):
                try:
                    self._began = msgspec.json.decode(entry.body, type=RunBegan)
                except msgspec.DecodeError as e:
                    raise unreadable(store, entry.seq, entry.body, e) from e
            self._seq = head
        finally:
            store.close()
        return self._began
