"""A line that hears frames by hand: its rows, its books, and what it asked for."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tests.venues.books import Book, play
from titan.market.tape.rows import Kind, Rows
from titan.model.instrument import InstrumentKind
from titan.venues.audit import Audit
from titan.venues.batch import Batch
from titan.venues.sink import Sink
from titan.venues.stream import Market

MS = 1_700_000_000_000
RECV = MS * 1_000_000


class Heard:
    """`make` makes a line. With `everything` each symbol that it meets is a market."""

    def __init__(self, make: Callable[[Sink], Any], *, everything: bool = False) -> None:
        self.batch = Batch()
        self.line = make(self.batch)
        self.line.audit = self.audit = Audit()
        self.books: dict[int, Book] = {}
        self.kinds: Counter[Kind] = Counter()
        self.found: dict[str, Market] = {}
        if everything:
            self.line.discover = self._discover

    def hear(self, frame: bytes | dict[str, Any], recv: int = RECV, connection: int = 1) -> Rows:
        data = frame if isinstance(frame, bytes) else json.dumps(frame, separators=(",", ":")).encode()
        self.line.hear(data, recv, connection)
        return self.taken()

    def taken(self) -> Rows:
        rows = self.batch.take()
        assert np.isfinite(rows.px).all()
        assert np.isfinite(rows.qty).all()
        assert (rows.qty >= 0).all()
        for inst in set(rows.inst.tolist()):
            play(self.books.setdefault(inst, {}), rows, inst)
        self.kinds.update(Kind(kind) for kind in rows.kind.tolist())
        return rows

    def book(self, native: str) -> Book:
        return self.books.get(self.found[native].inst, {})

    def _discover(self, native: str, kind: InstrumentKind) -> Market:
        return self.found.setdefault(native, Market(len(self.found), native, kind))


def wrapped(path: Path, exchange: str = "") -> Iterator[bytes]:
    """The frames of a file of one JSON object a line, each with its frame in `message` or `raw`."""
    for line in path.read_text().splitlines():
        said = json.loads(line)
        if not exchange or said.get("exchange") == exchange:
            frame = said["raw"] if "raw" in said else said["message"]
            yield (frame if isinstance(frame, str) else json.dumps(frame, separators=(",", ":"))).encode()
