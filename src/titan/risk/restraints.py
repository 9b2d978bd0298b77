"""What is imposed on trading at this moment, by name. Its memory is the journal: `hear` every entry of it
again after a restart, and the same stands as before.

Two things that cover the same scope under different names are both in force, and each is lifted by its own
name. A latch (`model.recovery.Latched`) stops all entries everywhere until it is re-armed.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import chain
from typing import NamedTuple

import msgspec

from titan.model.recovery import Latched, Rearmed
from titan.model.restraint import Imposed, Lifted
from titan.risk.overrides import FREE, REDUCE_ONLY, Mode, Override, Scope


class InForce(NamedTuple):
    """What covers an intent: all overrides combined, and the names of those that are more than FREE."""

    override: Override
    names: tuple[str, ...]


NOTHING = InForce(FREE, ())


class Restraints:
    def __init__(self) -> None:
        self._standing: dict[str, tuple[Scope, Override, str]] = {}
        self._latches: dict[str, tuple[Scope, Override, str]] = {}
        self._heard: set[str] = set()

    def hear(self, entry: msgspec.Struct) -> bool:
        """One entry of the journal, in order; False for what imposes and lifts nothing. An override that
        cannot be read (a newer version wrote it) stops all entries in its scope.
        """
        match entry:
            case Imposed():
                scope = Scope(entry.strategy, entry.venue, entry.base, entry.instrument, entry.owner)
                self._set(entry.name, scope, _read(entry), entry.reason)
            case Latched():
                self._latches[_latch(entry.name)] = Scope(), REDUCE_ONLY, entry.reason
            case Lifted():
                self._standing.pop(entry.name, None)
            case Rearmed():
                self._latches.pop(_latch(entry.name), None)
            case _:
                return False
        return True

    def covering(self, subject: Scope) -> InForce:
        """For a subject with every field filled in."""
        if not self._standing and not self._latches:
            return NOTHING
        result, names = FREE, []
        for name, (scope, override, _) in chain(self._latches.items(), self._standing.items()):
            if scope.covers(subject) and override != FREE:
                result &= override
                names.append(name)
        return InForce(result, tuple(names))

    def standing(self) -> dict[str, tuple[Scope, Override, str]]:
        """By name: scope, override and reason of all that is in force and can be lifted."""
        return dict(self._standing)

    def latches(self) -> dict[str, tuple[Scope, Override, str]]:
        """As `standing`, of what is re-armed and not lifted."""
        return dict(self._latches)

    def stands(self, name: str) -> bool:
        return name in self._standing

    def was_heard(self, name: str) -> bool:
        """Whether it was ever imposed, lifted since or not."""
        return name in self._heard

    def _set(self, name: str, scope: Scope, override: Override, reason: str) -> None:
        self._standing[name] = scope, override, reason
        self._heard.add(name)


def imposed(
    name: str, scope: Scope, override: Override, *, reason: str, by: str, local_ns: int
) -> Imposed:  # fmt: skip
    """The entry that imposes it."""
    return Imposed(
        name, override.mode.name, str(override.factor), reason, by, local_ns,
        scope.strategy, scope.venue, scope.base, scope.instrument, scope.owner,
    )  # fmt: skip


def _read(entry: Imposed) -> Override:
    try:
        return Override(Mode[entry.mode], Fraction(entry.factor))
    except (KeyError, ValueError, ZeroDivisionError):
        return REDUCE_ONLY


def _latch(name: str) -> str:
    return f"latch {name}"
