"""The journal as a file: JSON lines, which can be verified like the journal itself, or Parquet for
analysis."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any, Final

import msgspec

from titan.model.errors import StorageError
from titan.storage.chain import WHOLE, Linked, Pruned, Verdict, verify
from titan.storage.search import Entry

_BLOCK: Final = 50_000
EXPORTED: Final = "is it an export, as it was written?"


class Line(msgspec.Struct):
    """`event` is kept to the byte: the link is over it."""

    seq: int
    at_ns: int
    what: str
    event: msgspec.Raw
    link: str


def lines(out: Path, entries: Iterable[Entry]) -> int:
    """How many were written; one JSON document a line. Raises StorageError, and leaves `out` as it was."""
    count = 0

    def write(partial: Path) -> None:
        nonlocal count
        with partial.open("wb") as file:
            for e in entries:
                line = Line(e.seq, e.at_ns, e.what, msgspec.Raw(e.body.encode()), e.link)
                file.write(msgspec.json.encode(line) + b"\n")
                count += 1
            file.flush()
            os.fsync(file.fileno())

    _whole(out, write)
    return count


def parquet(out: Path, entries: Iterable[Entry]) -> int:
    """As `lines`; columns as in `Entry`, with `at` as a timestamp (ns UTC) and the event as JSON in
    `body`."""
    import pyarrow as pa
    from pyarrow import parquet as pq

    names = [name for name in Entry._fields if name != "at_ns"]
    columns = [("at", pa.timestamp("ns", "UTC"))]
    columns += [(name, pa.int64() if name == "seq" else pa.string()) for name in names]
    schema = pa.schema(columns)
    count = 0

    def write(partial: Path) -> None:
        nonlocal count
        with pq.ParquetWriter(partial, schema, compression="zstd") as file:
            for block in _blocks(entries):
                arrays: dict[str, Any] = {"at": [e.at_ns for e in block]}
                arrays |= {name: [getattr(e, name) for e in block] for name in names}
                file.write_table(pa.table(arrays, schema=schema))
                count += len(block)

    _whole(out, write)
    return count


def verified_file(path: Path) -> Verdict:
    """Whether the chain of an export of all entries, or of all up to some point, holds. Raises StorageError
    for a file that is none."""
    decode = msgspec.json.Decoder(Line).decode
    pruned = _pruned(path)

    def blocks() -> Iterator[Sequence[Linked]]:
        with path.open("rb") as file:
            number = 0
            while some := list(islice(file, _BLOCK)):
                block: list[Linked] = []
                for text in some:
                    number += 1
                    try:
                        one = decode(text)
                    except msgspec.DecodeError as e:
                        raise StorageError(f"{path}, line {number}: {e}", remedy=EXPORTED) from e
                    if not bytes(one.event).startswith(f'{{"what":"{one.what}"'.encode()):
                        raise StorageError(f"{path}, line {number}: it is no '{one.what}'", remedy=EXPORTED)
                    block.append((one.seq, one.at_ns, bytes(one.event).decode(), one.link))
                yield block

    try:
        return verify(blocks(), pruned)
    except OSError as e:
        raise StorageError(f"{path} cannot be read: {e.strerror}") from e


def _pruned(path: Path) -> Pruned:
    """What the last pruning before the export left."""
    found = WHOLE
    try:
        with path.open("rb") as file:
            for text in file:
                if b'"what":"pruned"' in text:
                    line = msgspec.json.decode(text, type=Line)
                    if line.what == "pruned":
                        found = msgspec.json.decode(line.event, type=Pruned)
    except OSError as e:
        raise StorageError(f"{path} cannot be read: {e.strerror}") from e
    except msgspec.DecodeError:
        pass  # reading it for the chain will say where
    return found


def _blocks(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    rest = iter(entries)
    while block := list(islice(rest, _BLOCK)):
        yield block


def _whole(out: Path, write: Callable[[Path], None]) -> None:
    """Beside it first, then renamed: a file that is there is whole."""
    partial = out.with_name(f".{out.name}.part")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        write(partial)
        partial.replace(out)
    except OSError as e:
        raise StorageError(
            f"{out} could not be written: {e.strerror or e}", remedy="check the path, permissions and space"
        ) from e
    finally:
        with suppress(OSError):  # of a disk that is read-only, where there is nothing to take away
            partial.unlink()
