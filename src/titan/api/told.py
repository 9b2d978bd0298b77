"""Which settings a run decides by, as its journal says: those it began with, and what it took over since."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from titan.model.run import RunBegan
from titan.model.wake import RunSettings, SettingsChanged
from titan.storage.search import Entry

_SETTINGS: Final = msgspec.json.Decoder(RunSettings)


class Told:
    """Hears every entry of the journal (`Follower.heard`). Values are as in the canonical config."""

    def __init__(self) -> None:
        self._config: dict[str, Any] = {}
        self._seq = 0

    def __call__(self, entry: Entry, event: msgspec.Struct) -> bool:
        """Whether another run begins here, in this journal or in another in its place."""
        other = entry.seq <= self._seq or (isinstance(event, RunBegan) and not event.resumed)
        if other:
            self._config = {}
        self._seq = entry.seq
        if entry.what == RunSettings.__struct_config__.tag:
            self._began(entry.body)
        elif isinstance(event, SettingsChanged):
            for key, value in event.changes.items():
                self._change(key, value)
        return other

    def value(self, key: str, default: Any = None) -> Any:
        """Of a dotted key."""
        found: Any = self._config
        for part in key.split("."):
            if not isinstance(found, dict) or part not in found:
                return default
            found = found[part]
        return found

    @property
    def sample_ns(self) -> int:
        """How often the kernel samples a basis; 0 where that is not said."""
        seconds = self.value("sentinel.sample_seconds")
        return round(seconds * 1e9) if isinstance(seconds, int | float) else 0

    def _began(self, body: str) -> None:
        try:
            self._config = dict(_SETTINGS.decode(body).config)
        except msgspec.DecodeError:
            self._config = {}  # of another version

    def _change(self, key: str, value: object) -> None:
        at, parts = self._config, key.split(".")
        for part in parts[:-1]:
            at[part] = at = dict(at.get(part) or {})
        at[parts[-1]] = value
