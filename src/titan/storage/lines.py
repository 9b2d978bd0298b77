"""A journal read by place, any part of it at any time: of a store, or of a finished backtest's JSON lines.

Only an index is kept in memory: of each entry its number, when it was written and what it is. Places count
from 0; numbers (`seq`) begin with 1 and have gaps where a journal was pruned.
"""

from __future__ import annotations

import mmap
from array import array
from bisect import bisect_right
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

import sqlalchemy as sa

from titan.model.errors import StorageError
from titan.storage.finished import AGAIN, LINES, entry_of_line, head_of_line
from titan.storage.schema import entries
from titan.storage.search import COLUMNS, Entry, entry_of
from titan.storage.store import Store, look_into

_NONE: Final = (1 << 16) - 1
PART: Final = 20_000
"""Entries that are indexed in one go."""


_PICKED: Final = 500


class Index:
    """`times` are when an entry was written, ns UTC, never before the one in front of it."""

    def __init__(self) -> None:
        self.seqs = array("q")
        self.times = array("q")
        self._codes = array("H")
        self._names: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self.seqs)

    def add(self, seq: int, at_ns: int, what: str) -> None:
        self.seqs.append(seq)
        self.times.append(max(at_ns, self.times[-1]) if self.times else at_ns)
        self._codes.append(self._names.setdefault(what, len(self._names)))

    def by_seq(self, seq: int) -> int:
        """How many entries have a number of at most `seq`."""
        return bisect_right(self.seqs, seq)

    def by_time(self, at_ns: int) -> int:
        """How many entries were written by then."""
        return bisect_right(self.times, at_ns)

    def places(self, *whats: str, first: int = 0) -> list[int]:
        """Where entries stand, from `first` on, that are one of these."""
        wanted = {self._names[what] for what in whats if what in self._names}
        if not wanted:
            return []
        return [place for place in range(first, len(self)) if self._codes[place] in wanted]

    def count(self, what: str, first: int, last: int) -> int:
        """How many from place `first` up to before `last` are this."""
        return self._codes[first:last].count(self._names.get(what, _NONE))


class Lines(Protocol):
    """What both kinds of journal have. Raises StorageError from every method."""

    index: Index

    def grow(self) -> bool:
        """Index a part of what is new; whether there may be more."""
        ...

    def read(self, first: int, last: int) -> list[Entry]:
        """The entries from place `first` up to before `last`."""
        ...

    def pick(self, places: Sequence[int]) -> list[Entry]:
        """The entries that stand there, in the order of the journal; `places` are in order too."""
        ...

    def changed(self) -> bool:
        """Whether another journal lies here now than the one that was indexed."""
        ...

    def close(self) -> None: ...


class StoreLines:
    """Of a store, also while a run writes it."""

    def __init__(self, url: str) -> None:
        self.index = Index()
        self._store: Store = look_into(url)
        self._inode = _inode(self._store.file)

    @property
    def store(self) -> Store:
        return self._store

    def grow(self) -> bool:
        c, known = entries.c, self.index
        after = known.seqs[-1] if known.seqs else 0
        ask = sa.select(c.seq, c.at_ns, c.what).where(c.seq > after).order_by(c.seq).limit(PART)
        found = 0
        for seq, at_ns, what in self._store.rows(ask):
            known.add(seq, at_ns, what)
            found += 1
        return found == PART

    def read(self, first: int, last: int) -> list[Entry]:
        seqs = self.index.seqs
        if first >= last:
            return []
        c = entries.c
        ask = sa.select(*COLUMNS).where(c.seq.between(seqs[first], seqs[last - 1])).order_by(c.seq)
        return self._whole([entry_of(row) for row in self._store.rows(ask)], last - first)

    def pick(self, places: Sequence[int]) -> list[Entry]:
        seqs, c, found = self.index.seqs, entries.c, list[Entry]()
        for at in range(0, len(places), _PICKED):
            some = [seqs[place] for place in places[at : at + _PICKED]]
            ask = sa.select(*COLUMNS).where(c.seq.in_(some)).order_by(c.seq)
            found += [entry_of(row) for row in self._store.rows(ask)]
        return self._whole(found, len(places))

    def _whole(self, found: list[Entry], wanted: int) -> list[Entry]:
        if len(found) == wanted:
            return found
        raise StorageError(
            f"{self._store.file or 'the journal'} was pruned while it was read",
            remedy="ask again: it is indexed anew",
        )

    def changed(self) -> bool:
        return _inode(self._store.file) != self._inode

    def close(self) -> None:
        self._store.close()


class FileLines:
    """Of a finished backtest; its folder may be replaced by another run's, and the old one is read on until
    somebody looks (`changed`).
    """

    def __init__(self, folder: Path) -> None:
        self.index = Index()
        self._file = folder / LINES
        self._starts = array("q", [0])
        self._inode = _inode(self._file)
        try:
            with self._file.open("rb") as file:
                whole = file.seek(0, 2)
                self._bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if whole else None
        except OSError as e:
            raise StorageError(f"{self._file} cannot be read: {e.strerror or e}", remedy=AGAIN) from e

    def grow(self) -> bool:
        text, at = self._bytes, self._starts[-1]
        if text is None:
            return False
        times = self.index.times
        at_ns, size = times[-1] if times else 0, len(text)
        for _ in range(PART):
            if at >= size:
                return False
            end = text.find(b"\n", at) + 1 or size
            number = len(self.index) + 1
            what, at_ns = head_of_line(self._file, number, text[at:end], at_ns)
            self.index.add(number, at_ns, what)
            self._starts.append(end)
            at = end
        return True

    def read(self, first: int, last: int) -> list[Entry]:
        return self.pick(range(first, last))

    def pick(self, places: Sequence[int]) -> list[Entry]:
        if self._bytes is None:
            return []
        starts, times, found = self._starts, self.index.times, []
        for place in places:
            text = self._bytes[starts[place] : starts[place + 1]]
            found.append(entry_of_line(self._file, place + 1, text, times[place]))
        return found

    def changed(self) -> bool:
        return _inode(self._file) != self._inode

    def close(self) -> None:
        if self._bytes is not None:
            self._bytes.close()
            self._bytes = None


def _inode(file: Path | None) -> int:
    """0 where it is gone."""
    try:
        return file.stat().st_ino if file is not None else 0
    except OSError:
        return 0
