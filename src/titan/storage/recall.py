"""Reading the journal back: every entry as the event it was, in order, while the chain is checked."""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from titan.model.errors import StorageError
from titan.storage.chain import WHOLE, Broken, Chain, Pruned, Verdict, verify
from titan.storage.schema import entries
from titan.storage.store import Store, shown

PRUNED: Final = "pruned"


def recall(store: Store, types: Sequence[type[msgspec.Struct]]) -> Iterator[msgspec.Struct]:
    """As `recalled`, the events alone."""
    return (event for event, _ in recalled(store, types))


def recalled(store: Store, types: Sequence[type[msgspec.Struct]]) -> Iterator[tuple[msgspec.Struct, int]]:
    """As `entries_of`, each event with the time of its entry (ns)."""
    return ((event, at_ns) for event, at_ns, _ in entries_of(store, types))


def entries_of(
    store: Store, types: Sequence[type[msgspec.Struct]]
) -> Iterator[tuple[msgspec.Struct, int, int]]:
    """Every event with the time of its entry (ns) and its number, decoded as one of `types` (msgspec Structs
    that share the tag field `what`).

    Raises StorageError for a chain that is broken, naming the entry, and for an entry of another type or with
    other fields: it was written by another version, and what it says cannot be left out.
    """
    return Recalling(types).read(store)


class Recalling:
    """As `entries_of`, for a journal that is still written: each `read` goes on where the last one ended."""

    def __init__(self, types: Sequence[type[msgspec.Struct]]) -> None:
        union: Any = functools.reduce(operator.or_, [*dict.fromkeys(types), Pruned])
        self._decode = msgspec.json.Decoder(union).decode
        self._chain: Chain | None = None
        self._seq = 0

    def read(self, store: Store) -> Iterator[tuple[msgspec.Struct, int, int]]:
        """What is new. Raises as `entries_of`."""
        chain = self._chain = self._chain or Chain(pruned_of(store))
        for block in _blocks(store, self._seq):
            held = chain.follow(block)
            for row in block[:held]:
                self._seq = row[0]
                try:
                    event = self._decode(row[2])
                except msgspec.DecodeError as e:
                    raise unreadable(store, row[0], row[2], e) from e
                if type(event) is not Pruned:
                    yield event, row[1], row[0]
            if held < len(block):
                break
        broken = chain.end()
        if broken is not None:
            raise StorageError(
                f"the journal in {shown(store.url)} is broken at entry {broken.seq}: {broken.why}",
                remedy="`titan journal verify` says how far it holds; restore a copy, or begin a new store",
            )


def verified(store: Store) -> Verdict:
    """Whether the chain of the whole journal holds, and each entry is listed as what it is."""
    verdict = verify(_blocks(store), pruned_of(store))
    if verdict.broken is None and (seq := _mislabelled(store)):
        return verdict._replace(broken=Broken(seq, "it is not of the kind that it is listed as"))
    return verdict


def numbered(store: Store, head: str) -> int:
    """The number of the entry that has this link; 0 for none. What was once the head of a journal is in it
    for ever, unless its end was cut off or that entry was pruned.
    """
    with store.reading() as read:
        return read.execute(sa.select(entries.c.seq).where(entries.c.link == head)).scalar() or 0


def _mislabelled(store: Store) -> int:
    """The first entry whose kind is not that of its body, which is in the chain; 0 for none."""
    c = entries.c
    begins = sa.literal('{"what":"') + c.what + sa.literal('"')
    wrong = sa.select(sa.func.min(c.seq)).where(sa.func.substr(c.body, 1, sa.func.length(begins)) != begins)
    with store.reading() as read:
        return read.execute(wrong).scalar() or 0


def pruned_of(store: Store) -> Pruned:
    """What the last pruning left."""
    ask = sa.select(entries.c.body).where(entries.c.what == PRUNED).order_by(entries.c.seq.desc()).limit(1)
    with store.reading() as read:
        body = read.execute(ask).scalar()
    if body is None:
        return WHOLE
    try:
        return msgspec.json.decode(body, type=Pruned)
    except msgspec.DecodeError:
        return WHOLE  # it was tampered with, and the chain will show it


def _blocks(store: Store, after: int = 0) -> Iterator[Sequence[Any]]:
    c = entries.c
    return store.blocks(sa.select(c.seq, c.at_ns, c.body, c.link).where(c.seq > after).order_by(c.seq))


def unreadable(store: Store, seq: int, body: str, error: Exception) -> StorageError:
    """For an entry that is no event of this version."""
    try:
        what = msgspec.json.decode(body, type=_Tagged).what
    except msgspec.DecodeError:
        what = "?"
    place = f"entry {seq} ({what}) of the journal in {shown(store.url)}"
    return StorageError(
        f"{place} is not one that this version knows: {error}",
        remedy="it was written by a newer version of Titan: run that one, or a later one",
    )


class _Tagged(msgspec.Struct):
    what: str
