"""Raw captures as entries in the order in which they were received: files, packed files, tarballs of samples.

A file is read line by line, or whole where it is one JSON document of several lines; a tarball's samples are
read whole, because each is such a document.
"""

from __future__ import annotations

import bz2
import gzip
import heapq
import io
import lzma
import re
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple, cast

import msgspec

from titan.model.errors import DataError
from titan.venues.recorded.names import TABLE_ENDS, parse_name
from titan.venues.recorded.raw_lines import Entry, What, entry, heads_table, looks_raw, parts_of

TAR_ENDS: Final = (".tar.gz", ".tgz", ".tar")
RAW_ENDS: Final = (".jsonl", ".ndjson", ".log", ".raw", ".zst", ".bz2", ".xz", *TAR_ENDS)
"""Ends of names that a folder is searched for; a file that is named itself may be called anything."""
DAMAGED: Final = (OSError, EOFError, zlib.error, lzma.LZMAError, tarfile.TarError, zipfile.BadZipFile)
"""What unpacking may raise; pyarrow's errors are among OSError."""
_LONGEST: Final = 256 << 20
_BLANK: Final = b"\xef\xbb\xbf\r\n\x00\t "
"""What may stand before and behind the content, the mark of UTF-8 included."""
_BUFFER: Final = 1 << 18
_TABLE_HEAD: Final = re.compile(rb"(?:[^\n]*\n)?(?:[^\n]*[,;])?\"?(?:\{\"|\[[\d{])")
"""A table that holds JSON in a column."""
_SCRIPT: Final = re.compile(r"^([<>=])(\d*) ?", re.MULTILINE)
_SENT: Final = re.compile(r"\|[^|\s]*\|")
_NO_STREAM: Final = (
    "endpoints/", "http", "private", "user_data", "account", "metadata", "manifest", "sbe", "common_",
)  # fmt: skip


class Placed(NamedTuple):
    """An entry with its file (index in the order given), line, and member of a tarball or connection."""

    file: int
    line: int
    entry: Entry
    member: str = ""
    moved: bool = False
    """Its receive time could not be, and is that of its neighbour."""


def unpacked(path: Path) -> BinaryIO:
    """The file's content, unpacked by what it begins with: gzip, Zstandard, bzip2, xz, zip, or plain."""
    with path.open("rb") as file:
        magic = file.read(6)
    opens = next((opens for sign, opens in _PACKED if magic.startswith(sign)), io.FileIO)
    return io.BufferedReader(cast(io.RawIOBase, opens(path)), _BUFFER)


def _zstd(path: Path) -> object:
    import pyarrow as pa

    return pa.CompressedInputStream(pa.OSFile(str(path)), "zstd")


def _zip(path: Path) -> object:
    with zipfile.ZipFile(path) as packed:
        inside = [one for one in packed.infolist() if not one.is_dir()]
        if len(inside) != 1:
            raise OSError(f"it holds {len(inside)} files")
        return packed.open(inside[0])


def _utf16(path: Path) -> object:
    return io.BytesIO(path.read_bytes().decode("utf-16", "replace").encode())


_PACKED: Final[tuple[tuple[bytes, Callable[[Path], object]], ...]] = (
    (b"\x1f\x8b", gzip.open),
    (b"\x28\xb5\x2f\xfd", _zstd),
    (b"PK\x03\x04", _zip),
    (b"\xff\xfe", _utf16),
    (b"BZh", bz2.open),
    (b"\xfd7zXZ\x00", lzma.open),
)
"""By what a file begins with."""


def is_raw(path: Path) -> bool:
    """Whether a file holds a raw capture; told by its name and its first bytes. A damaged one that is no
    table may be one: reading it says what is wrong.
    """
    name = path.name.lower()
    if name.endswith(TAR_ENDS):
        return True
    table = name.endswith(TABLE_ENDS)
    if parse_name(path).content:
        return False
    try:
        with unpacked(path) as file:
            head = file.read(4000 if table else 400)
    except DAMAGED:
        return not table and not name.endswith(".zip")
    if table:
        return _TABLE_HEAD.match(head) is not None
    return looks_raw(head)


def check(path: Path) -> None:
    """Raises DataError for a file that cannot be unpacked to its end."""
    if path.name.lower().endswith(TAR_ENDS):
        return
    try:
        with unpacked(path) as file:
            while file.read(_BUFFER):
                pass
    except DAMAGED as e:
        raise _damaged(path, e) from e


def entries(paths: Sequence[Path]) -> Iterator[Placed]:
    """All entries by their receive time; those without one stand where their file has them. A receive time
    that stands alone before its neighbours or after them cannot be: the one above it stands for it.

    Raises DataError for a file that is damaged or empty.
    """
    files = [_in_order(path, at) for at, path in enumerate(paths)]
    if len(files) == 1:
        return files[0]
    latest = [0] * len(files)

    def when(placed: Placed) -> int:
        latest[placed.file] = max(latest[placed.file], placed.entry.recv)
        return latest[placed.file]

    return heapq.merge(*files, key=when)


def _in_order(path: Path, at: int) -> Iterator[Placed]:
    """The entries of a file. A receive time that fits neither to the one above nor to the one below is
    replaced by the one above.
    """
    above, waits = 0, None
    for placed in _placed(path, at):
        if waits is not None:
            recv, below = waits.entry.recv, placed.entry.recv
            if recv and 0 < (above or below) <= below and not above <= recv <= below:
                waits = _move(waits, above or below)
            above = waits.entry.recv or above
            yield waits
        waits = placed
    if waits is not None:
        yield waits


def _move(placed: Placed, recv: int) -> Placed:
    return placed._replace(entry=placed.entry._replace(recv=recv), moved=True)


def _placed(path: Path, at: int) -> Iterator[Placed]:
    if path.name.lower().endswith(TAR_ENDS):
        yield from _samples(path, at)
        return
    number = 0
    try:
        for number, frame in enumerate(_document(path), 1):
            yield _at(at, number, entry(frame))
        if number:
            return
        with unpacked(path) as file:
            for number, line in enumerate(file, 1):
                text = line.strip(_BLANK if number == 1 else b"\r\n\x00 ")
                if text[-1:] == b",":
                    text = text.rstrip(b", ")
                if text[:1] == b"[" and (parts := parts_of(text)):
                    for part in parts:
                        yield _at(at, number, entry(part))
                elif text and not (number == 1 and heads_table(text)):
                    yield _at(at, number, entry(text))
    except DAMAGED as e:
        raise _damaged(path, e, f" after line {number}") from e
    if number == 0:
        raise DataError(f"{path} is empty", remedy="give a capture with messages in it")


def _at(file: int, line: int, found: Entry) -> Placed:
    return Placed(file, line, found, found.connection)


def _document(path: Path) -> list[bytes]:
    """The parts of a file that is one JSON document of several lines; none of any other."""
    with unpacked(path) as file:
        head = file.read(_BUFFER)
        first, more, _ = head.lstrip(_BLANK).partition(b"\n")
        if first[:1] not in (b"[", b"{") or not more or first.rstrip(b" \r")[-1:] in (b"}", b"]"):
            return []
        content = head + file.read(_LONGEST)
    try:
        msgspec.json.decode(content.strip(_BLANK), type=msgspec.Raw)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return []
    return list(_documents(content))


def _samples(path: Path, at: int) -> Iterator[Placed]:
    """The members that hold streams: JSON documents, and scripts of `>` sent, `<` answered and `=` pushed."""
    try:
        with tarfile.open(path) as tar:
            for member in sorted(tar.getmembers(), key=lambda m: m.name):
                name = member.name.lower()
                file = tar.extractfile(member) if member.isfile() and member.size < _LONGEST else None
                if file is None or not name.endswith((".txt", ".json", ".jsonl")):
                    continue
                if any(word in name for word in _NO_STREAM):
                    continue
                for number, frame in enumerate(_documents(file.read()), 1):
                    found = Entry(What.FRAME, 0, frame, member.name)
                    yield Placed(at, number, found, member.name)
    except DAMAGED as e:
        raise _damaged(path, e) from e


def _damaged(path: Path, error: Exception, after: str = "") -> DataError:
    return DataError(
        f"{path} cannot be unpacked{after}, it is damaged or cut short: {error}",
        remedy="copy it again from where it came",
    )


def _documents(content: bytes) -> Iterator[bytes]:
    text = content.decode("utf-8", "replace").strip("\ufeff \t\r\n")
    if text[:1] in ("<", ">", "="):
        marks = list(_SCRIPT.finditer(text))
        ends = [*(m.start() for m in marks[1:]), len(text)]
        for mark, end in zip(marks, ends, strict=True):
            said = text[mark.end() : end].strip()
            if mark[1] != ">" and said:
                yield _SENT.sub("0", said).encode()
        return
    try:
        msgspec.json.decode(text, type=msgspec.Raw)
    except (msgspec.DecodeError, ValueError):
        yield from (line.encode() for line in text.splitlines() if line.strip())
        return
    yield from parts_of(text.encode()) or (text.encode(),)
