"""The links of the journal: each entry's is the hash over it and the link before, so that no entry can be
changed, taken out or put in without every later one showing it.

What was pruned left a `Pruned` entry behind: the last link of what went, and the hash over what was kept of
it. It stands in the chain itself, so it can be trusted as far as the chain can.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Final, NamedTuple

import msgspec

FIRST: Final = "0" * 64
"""The link before the first entry."""


Linked = tuple[int, int, str, str]
"""What of an entry is in the chain: its number, its time (ns), its body and its link."""


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
    return blake2b(f"{before}{seq:016x}{at_ns:016x}{body}".encode(), digest_size=32).hexdigest()


class Digest:
    """Over entries that were kept where others went."""

    def __init__(self) -> None:
        self.count = 0
        self._hash = blake2b(digest_size=32)

    def add(self, one: Linked) -> None:
        self.count += 1
        seq, at_ns, body, said = one
        self._hash.update(link(said, seq, at_ns, body).encode())

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

    def follow(self, block: Sequence[Linked]) -> int:
        """How many of them hold: all, or those before the first that does not."""
        start = self._keep(block)
        last, head = self.last, self.head
        for seq, at_ns, body, said in block[start:] if start else block:
            if self.broken is not None:
                break
            if seq != last + 1:
                self.broken = Broken(seq, f"it follows on {last}: {seq - last - 1} are missing")
            elif link(head, seq, at_ns, body) != said:
                self.broken = Broken(seq, "its content, or the one before it, was changed")
            else:
                last, head, start = seq, said, start + 1
        self.last, self.head = last, head
        self.entries += start
        return start

    def end(self) -> Broken | None:
        """After the last entry."""
        self._pass()
        return self.broken

    def _keep(self, block: Sequence[Linked]) -> int:
        """How many at the beginning of `block` were kept of what was pruned."""
        if self._passed:
            return 0
        kept = 0
        for row in block:
            if row[0] > self._pruned.through:
                self._pass()
                break
            self._digest.add(row)
            kept += 1
        return kept

    def _pass(self) -> None:
        if not self._passed:
            self._passed = True
            if self.broken is None and not self._digest.says(self._pruned):
                why = "what was kept of the pruned entries was changed"
                self.broken = Broken(self._pruned.through, why)


def verify(blocks: Iterable[Sequence[Linked]], pruned: Pruned = WHOLE) -> Verdict:
    """Whether entries follow one another without a hole."""
    chain = Chain(pruned)
    for block in blocks:
        if chain.follow(block) < len(block):
            break
    return Verdict(chain.entries, chain.head, chain.end())
