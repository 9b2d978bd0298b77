"""What stands in a tape's files beside its rows, and how the files are named.

A tape is a folder of Parquet parts, `part-00000.parquet` onwards (a single part may also stand alone as a
file). Each part carries two JSON documents in its footer: `titan.tape`, the `TapeMeta` of the whole tape, and
`titan.part`, the `Part` that says which rows stand in it. The last part's `TapeMeta` counts, because counters
are known at the end.

Rows are written in row groups of exactly `GROUP_ROWS` (the last may be shorter), and each row group has a
digest of its column bytes. The tape's fingerprint is the digest of its instruments and of these digests: it
depends on what the market said and on nothing else, neither compression nor library versions nor how the rows
were handed to the writer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from titan import __version__
from titan.market.tape.rows import COLUMNS, Rows, columns
from titan.model.instrument import Instrument

FORMAT: Final = 1
GROUP_ROWS: Final = 1 << 20
GROUPS_A_PART: Final = 64
META_KEY: Final = b"titan.tape"
PART_KEY: Final = b"titan.part"


class Source(msgspec.Struct, frozen=True):
    """One file that went into the tape. `format` names the importer, `rows` the tape rows it gave."""

    name: str
    sha256: str
    bytes: int
    format: str
    rows: int = 0


class TapeMeta(msgspec.Struct, frozen=True):
    """What a tape says about itself.

    `quality` maps an instrument id to counters of what was wrong (`bad_rows`, `gaps`, `clock_skew` ...),
    `measured` to figures that are no fault (`messages`, `latency_median_ns` ...). `bar_intervals` maps an
    instrument id to the length of its bars in ns; absent where it has none.
    """

    instruments: tuple[Instrument, ...]
    sources: tuple[Source, ...] = ()
    simulated: bool = False
    scenario: str = ""
    """The generator's scenario and seed, empty for recorded data."""
    bar_intervals: dict[str, int] = {}
    quality: dict[str, dict[str, int]] = {}
    measured: dict[str, dict[str, int]] = {}
    notes: tuple[str, ...] = ()
    """Plain sentences a reader of results should know, as `depth starts without a snapshot`."""
    heard: bool = False
    """Whether the rows stand in the order in which a run heard them (`heard.py`): no tape for a backtest."""
    created_by: str = f"titan {__version__}"
    format: int = FORMAT


class Group(msgspec.Struct, frozen=True, array_like=True):
    """One row group: its rows, venue time of its first and last row (ns), and its digest."""

    rows: int
    start: int
    end: int
    digest: str


class Part(msgspec.Struct, frozen=True):
    """What one file holds. `counts` are (instrument index, kind, rows)."""

    index: int
    last: bool
    groups: tuple[Group, ...]
    counts: tuple[tuple[int, int, int], ...]


def part_name(index: int) -> str:
    """`part-00000.parquet`."""
    return f"part-{index:05d}.parquet"


def is_tape(path: Path) -> bool:
    """True for a folder that holds a tape and nothing else: only such a folder may be replaced."""
    if not path.is_dir():
        return False
    names = [child.name for child in path.iterdir()]
    return bool(names) and all(_of_tape(name) for name in names)


def _of_tape(name: str) -> bool:
    """Parts, and the log of a tape that still grows."""
    return name == "rows.log" or (name.startswith("part-") and name.endswith(".parquet"))


def digest(rows: Rows) -> str:
    """BLAKE2b of the bytes of the columns, in their order (little endian)."""
    h = hashlib.blake2b(digest_size=16)
    for column, dtype in zip(columns(rows), COLUMNS.values(), strict=True):
        h.update(np.ascontiguousarray(column, dtype.newbyteorder("<")).data)
    return h.hexdigest()


def fingerprint(instruments: Sequence[Instrument], groups: Iterable[Group]) -> str:
    """32 hex digits over the instruments and the row groups' digests."""
    h = hashlib.blake2b(msgspec.json.encode(instruments), digest_size=16)
    for group in groups:
        h.update(f"{group.rows}:{group.digest};".encode())
    return h.hexdigest()
