"""What a gateway and the process that reads its recorded runs say to one another.

A question is a line of JSON. An answer is its length, 4 bytes, the most significant first, and then as much
msgpack.
"""

from __future__ import annotations

from typing import Final

import msgspec

from titan.api.errors import ApiError, NotFound, NotYet, Unavailable
from titan.model.errors import StorageError, TitanError

HEAD: Final = 4
"""Bytes in front of an answer that say how long it is."""
READY: Final = 0
"""The number of the answer that nobody asked for: it has begun."""
_KINDS: Final[dict[str, type[TitanError]]] = {
    one.__name__: one for one in (NotFound, NotYet, StorageError, ApiError)
}


class Question(msgspec.Struct, frozen=True):
    """The moment of a run, or its timeline where `moment` is False."""

    name: str
    moment: bool
    at_ms: float | None = None
    seq: int | None = None


class Numbered(msgspec.Struct, frozen=True):
    number: int
    question: Question


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """A document that is JSON already, or what is wrong: the kind of it, its words, its remedy."""

    number: int
    body: bytes = b""
    kind: str = ""
    message: str = ""
    remedy: str = ""

    def result(self) -> bytes:
        """Raises what the other side raised."""
        if not self.kind:
            return self.body
        raise _KINDS.get(self.kind, Unavailable)(self.message, remedy=self.remedy)


def refusal(number: int, error: TitanError) -> Answer:
    return Answer(number, b"", type(error).__name__, error.message, error.remedy)


def packed(answer: Answer) -> bytes:
    body = msgspec.msgpack.encode(answer)
    return len(body).to_bytes(HEAD) + body
