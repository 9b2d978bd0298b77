"""The links of the journal: each entry's is the hash over its body and the link before, so that no entry can
be changed, taken out or put in without every later one showing it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Final, NamedTuple

FIRST: Final = "0" * 64
"""The link before the first entry."""


def link(before: str, seq: int, body: str) -> str:
    """64 hexadecimal characters."""
    h = hashlib.blake2b(before.encode(), digest_size=32)
    h.update(seq.to_bytes(8, "big"))
    h.update(body.encode())
    return h.hexdigest()


class Broken(NamedTuple):
    """The first entry that does not follow on the one before."""

    seq: int
    why: str


class Verdict(NamedTuple):
    """`entries` that hold; `head` is the last link that does."""

    entries: int
    head: str
    broken: Broken | None = None


def verify(rows: Iterable[tuple[int, str, str]], *, after: int = 0, before: str = FIRST) -> Verdict:
    """Whether (seq, body, link) follow one another without a hole, from the entry `after` on."""
    count, last, head = 0, after, before
    for seq, body, said in rows:
        if seq != last + 1:
            return Verdict(count, head, Broken(seq, f"it follows on {last}: {seq - last - 1} are missing"))
        if link(head, seq, body) != said:
            return Verdict(count, head, Broken(seq, "its content, or the one before it, was changed"))
        count, last, head = count + 1, seq, said
    return Verdict(count, head)
