"""Which run is meant, where nobody says so but its journal."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from titan.api.control.standby import Target
from titan.api.settings import Settings
from titan.model.errors import TitanError
from titan.runtime.trading.knowing import knowing
from titan.runtime.trading.plan import read_plan
from titan.storage.store import look_into


class OfJournal:
    """The config and the mode that the last run of the gateway's journal was begun with; None while there is
    none, or its config is not there any more.
    """

    def __init__(self, settings: Settings, env: Mapping[str, str]) -> None:
        self._settings, self._env = settings, env
        self._found: Target | None = None

    def __call__(self) -> Target | None:
        if self._found is None:
            try:
                self._found = self._find()
            except TitanError:
                return None
        return self._found

    def _find(self) -> Target | None:
        url = self._settings.store
        look_into(url).close()
        with knowing(url) as known:
            began = known.read().began
        if began is None:
            return None
        place = Path(began.place)
        overrides: dict[str, object] = {"live.folder": str(self._settings.folder), "live.store": url}
        return Target(place, began.mode, overrides, read_plan(place, began.mode, self._env, overrides))
