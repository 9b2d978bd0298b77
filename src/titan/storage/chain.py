"""The links of the journal: each entry's is the hash over it and the link before, so that no entry can be
changed, taken out or put in without every later one showing it.

What was pruned left a `Pruned` entry behind: the last link of what went, and the hash over what was kept of
it. It stands in the chain itself, so it can be trusted as far as the chain can.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

import msgspec

FIRST: Final = "0" * 64
"""The link before the first entry."""


class Linked(NamedTuple):
    """What of an entry is in the chain."""

    seq: int
    at_ns: int
    body: str
    link: str


class Pruned(msgspec.Struct, frozen=True, tag="pruned", tag_field="what"):
    """Entries up to `through` were taken out, but for `kept` of them, whose hash is `digest`. `anchor` is the
    link of the entry `through`, on which the next one follows."""

    through: int
    anchor: str
    dropped: int
    kept: int
    digest: str
    local_ns: int


WHOLE: Final = Pruned(0, FIRST, 0, 0, "", 0)
"""Of a journal from which nothing was taken."""


def link(before: str, seq: int, at_ns: int, body: str) -> str:
    """64 hexadecimal characters."""
    return hashlib.blake2b(f"{before}{seq:016x}{at_ns:016x}{body}".encode(), digest_size=32).hexdigest()


class Digest:
    """Over entries that were kept where others went."""

    def __init__(self) -> None:
        self.count = 0
        self._hash = hashlib.blake2b(digest_size=32)

    def add(self, one: Linked) -> None:
        self.count += 1
        self._hash.update(link(one.link, one.seq, one.at_ns, one.body).encode())

    def says(self, pruned: Pruned) -> bool:
        return self.count == pruned.kept and (not self.count or self._hash.hexdigest() == pruned.digest)

    @property
    def value(self) -> str:
        return self._hash.hexdigest() if self.count else ""


class Broken(NamedTuple):
    """The first entry that does not follow on the one before."""

    seq: int
    why: str


class Verdict(NamedTuple):
    """`entries` that hold; `head` is the last link that does."""

    entries: int
    head: str
    broken: Broken | None = None


class Chain:
    """Hand it blocks of entries in their order; `broken` says where they stop to follow."""

    def __init__(self, pruned: Pruned = WHOLE) -> None:
        self._pruned, self._digest = pruned, Digest()
        self._passed = not pruned.through
        self.entries, self.last, self.head = 0, pruned.through, pruned.anchor
        self.broken: Broken | None = None

    def hold(self, rows: Iterable[Linked]) -> Iterator[Linked]:
        """Those that hold, up to the first that does not."""
        for row in rows:
            self.broken = self._check(row)
            if self.broken is not None:
                return
            self.entries += 1
            yield row

    def end(self) -> Broken | None:
        """After the last entry."""
        if self.broken is None and not self._passed:
            self.broken = self._kept()
        return self.broken

    def _check(self, row: Linked) -> Broken | None:
        seq, at_ns, body, said = row
        if not self._passed:
            if seq <= self._pruned.through:
                self._digest.add(row)
                return None
            if broken := self._kept():
                return broken
        if seq != self.last + 1:
            return Broken(seq, f"it follows on {self.last}: {seq - self.last - 1} are missing")
        if link(self.head, seq, at_ns, body) != said:
            return Broken(seq, "its content, or the one before it, was changed")
        self.last, self.head = seq, said
        return None

    def _kept(self) -> Broken | None:
        self._passed = True
        if self._digest.says(self._pruned):
            return None
        return Broken(self._pruned.through, "what was kept of the pruned entries was changed")


def verify(rows: Iterable[Linked], pruned: Pruned = WHOLE) -> Verdict:
    """Whether entries follow one another without a hole."""
    chain = Chain(pruned)
    for _ in chain.hold(rows):
        pass
    return Verdict(chain.entries, chain.head, chain.end())
