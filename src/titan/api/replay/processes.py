"""The processes of a run on live data, as its journal has them: each decides by settings of its own, hears
rows of its own, and begins its statistics anew.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import msgspec
from pydantic import ValidationError

from titan.model.errors import ConfigError
from titan.model.wake import RunSettings, SettingsChanged, Why, Woke
from titan.runtime.config import Config
from titan.runtime.config.changing import changed
from titan.storage.lines import Lines

_SETTINGS: Final = msgspec.json.Decoder(RunSettings)
_CHANGED: Final = msgspec.json.Decoder(SettingsChanged)
_WOKE: Final = msgspec.json.Decoder(Woke)
_SOON: Final = 50
"""Entries between a change of settings and the mark from where on it holds."""


class Turn(NamedTuple):
    """Settings that were changed at `place` of the journal, in force after the first `rows` rows."""

    place: int
    rows: int
    changes: dict[str, object]


class Process(NamedTuple):
    """From the entry at `place` on. `settings` is None where they are those of another version."""

    place: int
    settings: RunSettings | None
    turns: tuple[Turn, ...]

    def config(self, place: int) -> Config | None:
        """By which it decides after the first `place` entries of the journal; None where this version does
        not know such settings.
        """
        if self.settings is None:
            return None
        try:
            found = Config.model_validate(self.settings.config)
            for turn in self.turns:
                if turn.place < place:
                    found = changed(found, turn.changes)
        except (ValidationError, ConfigError):
            return None
        return found


class Processes:
    """Of one journal, also while it grows."""

    def __init__(self, lines: Lines) -> None:
        self._lines, self._known = lines, list[Process]()
        self._seen = 0

    def at(self, place: int) -> Process | None:
        """Whose entry is the last of the first `place`; None before the first process."""
        self._grow()
        return next((one for one in reversed(self._known) if one.place < place), None)

    def _grow(self) -> None:
        """Raises StorageError."""
        index, first = self._lines.index, self._seen
        self._seen = len(index)
        for place in index.places("settings", "settings_changed", first=first):
            (entry,) = self._lines.read(place, place + 1)
            if entry.what == "settings":
                self._known.append(Process(place, _read(_SETTINGS, entry.body), ()))
            elif self._known:
                rows = self._mark(place)
                if rows is None and place + _SOON > len(index):
                    self._seen = place  # it is still to be written
                    return
                told = _read(_CHANGED, entry.body)
                if rows is not None and told is not None:
                    last = self._known.pop()
                    self._known.append(last._replace(turns=(*last.turns, Turn(place, rows, told.changes))))

    def _mark(self, place: int) -> int | None:
        """How many rows had been heard when what was written at `place` took effect; None where that is not
        said.
        """
        behind = self._lines.read(place + 1, min(place + _SOON, len(self._lines.index)))
        for entry in behind:
            woke = _read(_WOKE, entry.body) if entry.what == "woke" else None
            if woke is not None and woke.why is Why.SETTINGS:
                return int(woke.rows)
        return None


def _read(decoder: msgspec.json.Decoder[Any], body: str) -> Any:
    try:
        return decoder.decode(body)
    except msgspec.DecodeError:
        return None
