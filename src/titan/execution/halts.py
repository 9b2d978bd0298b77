"""Overrides as the desk and the operator set and lift them: written down first, in force from then on."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from titan.model.restraint import Lifted
from titan.risk.overrides import REDUCE_ONLY, Override, Scope
from titan.risk.restraints import Restraints, imposed


class Halts:
    """After a restart, `hear` the journal from its beginning; nothing is written for what it says."""

    def __init__(self, journal: Callable[[msgspec.Struct], None], now: Callable[[], int]) -> None:
        self._journal, self._now = journal, now
        self.restraints = Restraints()

    def hear(self, entry: msgspec.Struct) -> bool:
        """An entry that is in the journal already; False for what imposes and lifts nothing."""
        return self.restraints.hear(entry)

    def impose(self, name: str, scope: Scope, override: Override, *, reason: str, by: str) -> None:
        """In force until `name` is lifted; the same name again changes it."""
        self._write(imposed(name, scope, override, reason=reason, by=by, local_ns=self._now()))

    def halt(self, name: str, scope: Scope, *, reason: str, by: str) -> bool:
        """No entries in this scope; False where `name` stands already."""
        if self.restraints.stands(name):
            return False
        self.impose(name, scope, REDUCE_ONLY, reason=reason, by=by)
        return True

    def lift(self, name: str, *, by: str, reason: str = "") -> bool:
        """False where nothing of that name stands. Latches are re-armed, not lifted."""
        if not self.restraints.stands(name):
            return False
        self._write(Lifted(name, by, self._now(), reason))
        return True

    def _write(self, entry: msgspec.Struct) -> None:
        self._journal(entry)
        self.restraints.hear(entry)
