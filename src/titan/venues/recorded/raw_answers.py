"""What lines ask for by GET, and where a recording holds the answer: in a file of its own or among the
frames, before or after it was asked. Where it holds none the book begins without.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple, Protocol, cast
from urllib.parse import parse_qsl, urlsplit

from titan.model.instrument import InstrumentKind
from titan.venues.recorded.raw_files import DAMAGED, unpacked
from titan.venues.recorded.raw_lines import Entry, What, entry
from titan.venues.stream import Fetch, Line, Market

_SIGN: Final = b'"lastUpdateId"'
_NAMED: Final = re.compile(
    rb'\s*\{\s*"stream"\s*:\s*"(\w+)@depthSnapshot".*?"data"\s*:\s*(\{.*\})\s*\}\s*\Z', re.DOTALL
)
"""A snapshot as a stream of its symbol: how tardis.dev writes the snapshot that it asked for."""
_CHUNK: Final = 1 << 20
_NEAR: Final = 4
"""So many chunks of a file are near its beginning."""

Place = tuple[int | str, str]
"""Where a snapshot stands: file and symbol; or path and a value of the query of an answer to a URL."""


class Begins(Protocol):
    """A line that can follow what changes of a book whose snapshot is not to be had."""

    def go_without(self, fetch: Fetch) -> None: ...


class Asked(NamedTuple):
    line: Line
    fetch: Fetch


class Snapshot(NamedTuple):
    """A snapshot among the frames; `native` is empty when it names no symbol."""

    native: str
    body: bytes


def snapshot_in(body: bytes) -> Snapshot | None:
    """The snapshot that a frame is, if it is one."""
    if body.find(_SIGN, 0, 300) < 0:
        return None
    named = _NAMED.match(body)
    if named is not None:
        return Snapshot(named[1].decode().upper(), named[2])
    return Snapshot("", body) if _SIGN in body[:40] else None


class Spoken(NamedTuple):
    """What the first frames of a file speak of: symbols whose depth they carry, and their market if known."""

    depths: set[str]
    kind: InstrumentKind | None


class Answers:
    """Of one recording; `spoken` is of each of its files."""

    def __init__(self, paths: Sequence[Path], spoken: Sequence[Spoken]) -> None:
        self._paths, self._spoken = paths, spoken
        self._asked: dict[tuple[str, str], Asked] = {}
        self._early: dict[tuple[str, str], tuple[bytes, int]] = {}
        self._nameless: dict[int, tuple[bytes, int]] = {}
        self._held: dict[bool, Counter[Place]] = {}
        """All snapshots, and those near the beginnings of files."""
        self._seen: Counter[Place] = Counter()

    def asks(self, line: Line, fetch: Fetch, file: int) -> bool:
        """A line asks: it is given what was recorded before, or told that nothing will come. Whether its book
        begins without a snapshot.
        """
        key = (urlsplit(fetch.path).path, fetch.market.native.upper())
        again = key in self._asked
        self._asked[key] = Asked(line, fetch)
        early = self._early.pop(key, None)
        if early is None and "depth" in key[0] and self._speaks(file, fetch.market):
            early = self._nameless.pop(file, None)
        if early is not None:
            line.answer(fetch, *early)
        elif hasattr(line, "go_without") and not self._to_come(fetch, key, file, whole=again):
            cast(Begins, line).go_without(fetch)
            return True
        return False

    def answer(self, url: str, body: bytes, recv: int) -> Asked | None:
        """Who asked for this answer; kept for later when nobody did yet."""
        parts = urlsplit(url)
        values = [value.upper() for _, value in parse_qsl(parts.query)]
        for value in values:
            self._seen[parts.path, value] += 1
        named = [*values, *parts.path.upper().split("/")]
        for (path, native), asked in self._asked.items():
            if native in named and path == parts.path:
                return asked
        for value in values:
            self._early[parts.path, value] = (body, recv)
        return None

    def snapshot(self, found: Snapshot, recv: int, file: int) -> Asked | None:
        """Whose snapshot among the frames this is: that of the symbol it names, else of the only book of its
        file; kept for later when nobody asked for it yet.
        """
        self._seen[file, found.native] += 1
        asked = [
            a for (path, native), a in self._asked.items()
            if path.endswith("/depth") and native == (found.native or native)
        ]  # fmt: skip
        if not found.native:
            asked = [a for a in asked if self._speaks(file, a.fetch.market)]
        if len(asked) == 1:
            return asked[0]
        if not asked and not found.native:
            self._nameless[file] = (found.body, recv)
        return None

    def _speaks(self, file: int, market: Market) -> bool:
        """Whether a snapshot without a name in this file can be of this market only."""
        depths, kind = self._spoken[file]
        return depths <= {market.native.upper()} and kind in (None, market.kind)

    def _to_come(self, fetch: Fetch, key: tuple[str, str], file: int, *, whole: bool) -> bool:
        """Whether a snapshot follows. Without `whole` only one near the beginning of a file is looked for: a
        book that just begins is not held up for longer.
        """
        if whole not in self._held:
            self._held[whole] = Counter()
            for at, path in enumerate(self._paths):
                self._held[whole].update(_places(at, path, whole=whole))
        ahead = self._held[whole] - self._seen
        if ahead[key] or (ahead[file, ""] and self._speaks(file, fetch.market)):
            return True
        return any(place[1] == key[1] for place in ahead if isinstance(place[0], int))


def _places(file: int, path: Path, *, whole: bool) -> Iterator[Place]:
    """The snapshots in a file. One that cannot be read is for the reading itself to refuse."""
    try:
        with unpacked(path) as content:
            if not _holds(content, whole=whole):
                return
        with unpacked(path) as content:
            for line in content:
                if _SIGN in line:
                    yield from _place(file, entry(line.strip()))
    except DAMAGED:
        return


def _place(file: int, found: Entry) -> Iterator[Place]:
    if found.what is What.ANSWER:
        parts = urlsplit(found.about)
        for _, value in parse_qsl(parts.query):
            yield parts.path, value.upper()
    elif found.what is What.FRAME and (snapshot := snapshot_in(found.body)) is not None:
        yield file, snapshot.native


def _holds(content: BinaryIO, *, whole: bool) -> bool:
    tail = b""
    for _ in range(sys.maxsize if whole else _NEAR):
        chunk = content.read(_CHUNK)
        if not chunk or _SIGN in tail + chunk:
            return bool(chunk)
        tail = chunk[-len(_SIGN) :]
    return False
