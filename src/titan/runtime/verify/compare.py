"""Whether two entries say the same, and where they first do not."""

from __future__ import annotations

import hashlib

import msgspec

from titan.model.signal import Intent, Signal
from titan.runtime.verify.verdict import Difference

_encode = msgspec.json.Encoder(decimal_format="string", order="deterministic").encode
NOTHING = "(nothing)"


class Hash:
    """Over entries, in their order."""

    def __init__(self) -> None:
        self._hash = hashlib.blake2b(digest_size=16)

    def add(self, event: msgspec.Struct) -> None:
        self._hash.update(_encode(event) + b"\n")

    @property
    def value(self) -> str:
        return self._hash.hexdigest()


def compared(
    entry: int, at_ns: int, recorded: msgspec.Struct | None, replayed: msgspec.Struct | None
) -> Difference | None:
    """None where they are equal to the last bit."""
    if recorded is None or replayed is None:
        some = recorded if recorded is not None else replayed
        if some is None:
            return None
        sides = [NOTHING if one is None else text(one) for one in (recorded, replayed)]
        return Difference(entry, at_ns, name(some), "the whole of it", *sides)
    if _encode(recorded) == _encode(replayed):
        return None
    one, other = msgspec.to_builtins(recorded), msgspec.to_builtins(replayed)
    field, a, b = _first(one, other, "")
    return Difference(entry, at_ns, name(recorded), field, a, b)


def name(event: msgspec.Struct) -> str:
    """What an entry is, in a few words."""
    if isinstance(event, Signal):
        return f"signal {event.name} {event.subject}"
    kind = "order wish" if isinstance(event, Intent) else f"wish {event.__struct_config__.tag}"
    return f"{kind} {getattr(event, 'id', getattr(event, 'intent_id', ''))}"


def text(event: msgspec.Struct) -> str:
    return _encode(event).decode()


def _first(one: object, other: object, path: str) -> tuple[str, str, str]:
    if isinstance(one, dict) and isinstance(other, dict):
        for key in [*one, *(k for k in other if k not in one)]:
            a, b = one.get(key, NOTHING), other.get(key, NOTHING)
            if a != b:
                return _first(a, b, f"{path}.{key}" if path else str(key))
    return path or "type", repr(one), repr(other)
