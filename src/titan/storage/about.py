"""What an entry is about: the saga, the intent and the order that it belongs to, so that it can be found by
them.

The room knows the events of `model` only; those of others are read by the names that they all keep:
`client_id`, `intent`, `intent_id`, `saga`, `panic`, and for a wish `id` and `strategy`.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from titan.model.events import Refused, Submitted, Transfer
from titan.model.pair import HaltIntent
from titan.model.signal import Intent


class About(NamedTuple):
    """None where the entry is about none."""

    saga: str | None = None
    intent_id: str | None = None
    client_id: str | None = None


def about(event: msgspec.Struct) -> About:
    client_id: str | None = getattr(event, "client_id", None)
    if isinstance(event, Submitted):
        return About(event.intent.saga or None, event.intent.id, client_id)
    if isinstance(event, Intent):
        return About(event.saga or None, event.id)
    if isinstance(event, Refused):
        return About(None, event.intent_id)
    if isinstance(event, Transfer):
        return About(event.wish, None)
    saga = saga_of(event)
    return About(saga, getattr(event, "intent_id", None) or saga, client_id)


def saga_of(event: msgspec.Struct) -> str | None:
    """The id of the wish that a wish, a step or an outcome of a saga is of."""
    wish = getattr(event, "intent", None)
    if isinstance(wish, msgspec.Struct):
        return getattr(wish, "id", None)
    for name in ("saga", "intent_id", "panic"):
        found = getattr(event, name, None)
        if isinstance(found, str) and found:
            return found
    return getattr(event, "id", None) if is_wish(event) else None


def is_wish(event: msgspec.Struct) -> bool:
    """Whether a saga begins with it: something with an id that a strategy wants, beyond a single order."""
    fields = event.__struct_fields__
    return "id" in fields and "strategy" in fields and not isinstance(event, Intent | HaltIntent)


def is_outcome(event: msgspec.Struct) -> bool:
    """Whether a saga ends with it: it names its wish whole, and how it ended."""
    fields = event.__struct_fields__
    return "end" in fields and "intent" in fields


def tag_of(event: msgspec.Struct) -> str:
    return str(event.__struct_config__.tag or type(event).__name__)
