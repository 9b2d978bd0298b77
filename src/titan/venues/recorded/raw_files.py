"""Raw captures as entries in the order in which they were received: files, zipped files, tarballs of samples.

A file is read line by line; a tarball's samples are read whole, because each is a document of several lines.
"""

from __future__ import annotations

import gzip
import heapq
import re
import tarfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from titan.model.errors import DataError
from titan.venues.recorded.names import TABLE_ENDS, parse_name
from titan.venues.recorded.raw_lines import Entry, What, entry, looks_raw

TAR_ENDS: Final = (".tar.gz", ".tgz", ".tar")
RAW_ENDS: Final = (".jsonl", ".ndjson", ".log", ".raw", *TAR_ENDS)
"""Ends of names that a folder is searched for; a file that is named itself may be called anything."""
_LONGEST: Final = 256 << 20
_SCRIPT: Final = re.compile(r"^([<>=])(\d*) ?", re.MULTILINE)
_SENT: Final = re.compile(r"\|[^|\s]*\|")
_NO_STREAM: Final = ("endpoints/", "http", "private", "user_data", "/account", "metadata", "manifest", "sbe")


class Placed(NamedTuple):
    """An entry with its file (index in the order given), line and member of a tarball."""

    file: int
    line: int
    entry: Entry
    member: str = ""


def is_raw(path: Path) -> bool:
    """Whether a file holds a raw capture; told by its name and its first bytes. False when it is damaged."""
    if path.name.lower().endswith(TAR_ENDS):
        return True
    if path.name.lower().endswith(TABLE_ENDS) or parse_name(path).content:
        return False
    try:
        with path.open("rb") as file:
            zipped = file.read(2) == b"\x1f\x8b"
        with gzip.open(path, "rb") if zipped else path.open("rb") as file:
            return looks_raw(file.read(400))
    except (OSError, EOFError, zlib.error):
        return False


def entries(paths: Sequence[Path]) -> Iterator[Placed]:
    """All entries by their receive time; those without one stand where their file has them.

    Raises DataError for a file that is damaged or empty.
    """
    merged = heapq.merge(*(_keyed(path, at) for at, path in enumerate(paths)), key=lambda pair: pair[0])
    return (placed for _, placed in merged)


def _keyed(path: Path, at: int) -> Iterator[tuple[int, Placed]]:
    latest = 0
    for placed in _placed(path, at):
        latest = max(latest, placed.entry.recv)
        yield latest, placed


def _placed(path: Path, at: int) -> Iterator[Placed]:
    if path.name.lower().endswith(TAR_ENDS):
        yield from _samples(path, at)
        return
    number = 0
    try:
        with path.open("rb") as file:
            zipped = file.read(2) == b"\x1f\x8b"
        with gzip.open(path, "rb") if zipped else path.open("rb") as file:
            for number, line in enumerate(iter(lambda: file.readline(_LONGEST), b""), 1):
                text = line.strip(b"\r\n\x00 ")
                if text:
                    yield Placed(at, number, entry(text))
    except (OSError, EOFError, zlib.error) as e:
        raise DataError(
            f"{path} cannot be unpacked after line {number}, it is damaged or cut short: {e}",
            remedy="copy it again from where it came",
        ) from e
    if number == 0:
        raise DataError(f"{path} is empty", remedy="give a capture with messages in it")


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
    except (OSError, EOFError, zlib.error, tarfile.TarError) as e:
        raise DataError(f"{path} cannot be unpacked: {e}", remedy="copy it again from where it came") from e


def _documents(content: bytes) -> Iterator[bytes]:
    text = content.decode("utf-8", "replace").strip()
    if text[:1] in ("<", ">", "="):
        marks = list(_SCRIPT.finditer(text))
        ends = [*(m.start() for m in marks[1:]), len(text)]
        for mark, end in zip(marks, ends, strict=True):
            said = text[mark.end() : end].strip()
            if mark[1] != ">" and said:
                yield _SENT.sub("0", said).encode()
        return
    try:
        whole = msgspec.json.decode(text, type=msgspec.Raw)
        parts = msgspec.json.decode(whole, type=list[msgspec.Raw]) if text[:1] == "[" else []
    except (msgspec.DecodeError, ValueError):
        yield from (line.encode() for line in text.splitlines() if line.strip())
        return
    if parts and all(bytes(part)[:1] == b"{" for part in parts):
        yield from (bytes(part) for part in parts)
    else:
        yield text.encode()
