"""Many copies of one replica on its way, in little memory.

What gets things at its end and loses them at its front (ids that were heard, owners of orders, the values of
a day) is long, and almost alike in every copy: it is kept as a window of one list. That is checked, not
believed: what is no such window is kept with the rest, which is packed.
"""

from __future__ import annotations

import pickle
import zlib
from collections import deque
from typing import Any, Final, NamedTuple

import msgspec

from titan.views.replica import Replica

LONG: Final = 256
_PLAIN: Final = (type(None), int, str, tuple)
_LEVEL: Final = 1
"""Of compression: the fastest."""


class Window(NamedTuple):
    kind: type
    first: int
    last: int


class Kept(NamedTuple):
    """A replica without what is long in it, packed, and the windows that this is."""

    packed: bytes
    windows: dict[str, Window]


class Rolls:
    """Of one journal. A replica that `copy` gives shares nothing that may change with any other."""

    def __init__(self) -> None:
        self._rolls: dict[str, _Roll] = {}

    def keep(self, replica: Replica) -> Kept:
        """`replica` stays as it is, and may be folded on."""
        own, windows = vars(replica), dict[str, Window]()
        light = object.__new__(Replica)
        for name, value in own.items():
            window = self._window(name, value)
            if window is None:
                setattr(light, name, value)
            else:
                windows[name] = window
        return Kept(zlib.compress(pickle.dumps(light, pickle.HIGHEST_PROTOCOL), _LEVEL), windows)

    def copy(self, kept: Kept) -> Replica:
        made: Replica = pickle.loads(zlib.decompress(kept.packed))  # noqa: S301  what was packed here
        for name, (kind, first, last) in kept.windows.items():
            roll = self._rolls[name]
            keys, values = roll.keys[first:last], roll.values[first:last]
            setattr(made, name, dict(zip(keys, values, strict=True)) if kind is dict else deque(keys))
        return made

    def _window(self, name: str, value: Any) -> Window | None:
        kind = type(value)
        if kind not in (dict, deque) or len(value) < LONG or getattr(value, "maxlen", None) is not None:
            return None
        keys, values = list(value), list(value.values()) if kind is dict else []
        if not _fixed(keys) or not _fixed(values):
            return None
        return self._rolls.setdefault(name, _Roll([], [])).window(kind, keys, values)


def _fixed(values: list[Any]) -> bool:
    """Whether none of them can change."""
    return all(
        issubclass(kind, _PLAIN) or (issubclass(kind, msgspec.Struct) and kind.__struct_config__.frozen)
        for kind in set(map(type, values))
    )


class _Roll(NamedTuple):
    keys: list[Any]
    values: list[Any]

    def window(self, kind: type, keys: list[Any], values: list[Any]) -> Window | None:
        """Where these stand here, those that are new being put at the end; None where they do not."""
        try:
            first = self.keys.index(keys[0])
        except ValueError:
            first = len(self.keys)
        n = min(len(self.keys) - first, len(keys))
        if self.keys[first : first + n] != keys[:n] or self.values[first : first + n] != values[:n]:
            return None
        self.keys.extend(keys[n:])
        self.values.extend(values[n:])
        return Window(kind, first, first + len(keys))
