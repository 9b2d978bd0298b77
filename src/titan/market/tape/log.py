"""Rows of a tape that is still growing: one file of checked frames, appended to and never rewritten.

    {"log": 2, "after": 3, "meta": {...}, "parts": {...}}  TAB  digest      one line
    ROWS  crc32  count  | ts | recv | inst | ...   frames: a 16-byte head and the columns' bytes

A process may be killed at any byte: what follows the last whole frame is not read, and is cut off before the
file grows again. `after` is the number of parts that the tape had when the log began; a log whose rows have
since become a part is known by it and passed over. `parts` are the digests of these parts' bytes, by name;
the digest is of the JSON before it. Logs of format 1 have neither.
"""

from __future__ import annotations

import hashlib
import os
import struct
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
import numpy as np

from titan.market.tape.file import Group, Part, TapeMeta, digest
from titan.market.tape.rows import COLUMNS, ROW_BYTES, Rows, columns, concat, length, pack
from titan.model.errors import TapeError

LOG_NAME: Final = "rows.log"
_FORMAT: Final = 2
_UNSEALED: Final = 1
"""The format before lines had a digest."""
_FRAME: Final = struct.Struct("<4sIQ")
_MAGIC: Final = b"ROWS"
_MOST_ROWS: Final = 1 << 24


class Head(msgspec.Struct, frozen=True):
    """The log's first line."""

    log: int
    after: int
    meta: TapeMeta
    parts: dict[str, str] = {}

    @property
    def sealed(self) -> bool:
        """Whether it can be told that a byte of it, or of a part before it, is another."""
        return self.log > _UNSEALED and len(self.parts) == self.after


class TapeLog:
    """Appends frames to a log. `good` is the length in bytes up to the last whole frame."""

    def __init__(self, path: Path, good: int) -> None:
        self.path = path
        self.good = good
        self._file = os.open(path, os.O_RDWR | os.O_APPEND)
        os.ftruncate(self._file, good)

    @classmethod
    def begin(cls, path: Path, meta: TapeMeta, after: int, parts: Mapping[str, str] | None = None) -> TapeLog:
        """A new log with no rows, in place of any other. Raises OSError."""
        text = msgspec.json.encode(Head(_FORMAT, after, meta, dict(parts or {})))
        line = text + b"\t" + _digest(text) + b"\n"
        fresh = path.with_name(f"{path.name}.new")
        fresh.write_bytes(line)
        fresh.replace(path)
        return cls(path, len(line))

    def append(self, rows: Rows) -> None:
        """Add a frame; after this a killed process loses none of it. Raises OSError, and then nothing was
        added."""
        n = length(rows)
        if n == 0:
            return
        parts = [
            np.ascontiguousarray(c, d.newbyteorder("<")).tobytes()
            for c, d in zip(columns(rows), COLUMNS.values(), strict=True)
        ]
        payload = b"".join(parts)
        frame = memoryview(_FRAME.pack(_MAGIC, zlib.crc32(payload), n) + payload)
        try:
            written = 0
            while written < len(frame):
                written += os.write(self._file, frame[written:])
        except OSError:
            os.ftruncate(self._file, self.good)
            raise
        self.good += len(frame)

    def sync(self) -> None:
        """Wait until the disk has it, for the sake of a power cut."""
        os.fdatasync(self._file)

    def close(self) -> None:
        os.close(self._file)


def read_head(path: Path) -> Head:
    """The log's first line. Raises TapeError when it is none."""
    try:
        with path.open("rb") as file:
            text, tab, told = file.readline().removesuffix(b"\n").partition(b"\t")
            head = msgspec.json.decode(text, type=Head)
    except (OSError, UnicodeDecodeError, msgspec.DecodeError) as e:
        raise TapeError(
            f"{path} cannot be read as the end of a tape: {e}",
            remedy="remove this file: the parts beside it are whole",
        ) from e
    if head.log > _FORMAT:
        raise TapeError(f"{path} has format {head.log}, this titan reads {_FORMAT}", remedy="update titan")
    if (head.log == _FORMAT and told != _digest(text)) or (head.log != _FORMAT and tab) or head.log < 1:
        raise TapeError(
            f"the first line of {path} is not the one that was recorded (byte digest)",
            remedy="take the tape from where it was copied from",
        )
    return head


def read_frames(path: Path, *, checked: bool = True, after: int = 0) -> Iterator[tuple[int, Rows]]:
    """Each whole frame's rows and the length of the file up to its end; stops before the first torn one, and
    where `checked` before the first that does not match its checksum. `after` is such a length: the frames
    behind it; 0 for all.
    """
    with path.open("rb") as file:
        at = after or len(file.readline())
        file.seek(at)
        while True:
            head = file.read(_FRAME.size)
            if len(head) < _FRAME.size:
                return
            magic, crc, n = _FRAME.unpack(head)
            if magic != _MAGIC or n > _MOST_ROWS:
                return
            payload = file.read(n * ROW_BYTES)
            if len(payload) < n * ROW_BYTES or (checked and zlib.crc32(payload) != crc):
                return
            at += len(head) + len(payload)
            yield at, _rows(payload, n)


def tail(path: Path) -> str:
    """What is wrong after the last whole frame, in words; empty where nothing is there, or the beginning of a
    frame that a killed process could not finish.
    """
    with path.open("rb") as file:
        good = len(file.readline())
        for end, _ in read_frames(path):
            good = end
        file.seek(good)
        left = file.read()
    if len(left) < _FRAME.size:
        return "" if _MAGIC.startswith(left[:4]) else "it does not end with a frame"
    magic, crc, n = _FRAME.unpack_from(left)
    payload = memoryview(left)[_FRAME.size :]
    if magic != _MAGIC or n > _MOST_ROWS:
        return "there is no frame where one should begin"
    if n * ROW_BYTES <= len(payload):
        return "a frame does not match its checksum"
    lengths = (ROW_BYTES * (n ^ (1 << bit)) for bit in range(_MOST_ROWS.bit_length()))
    if any(0 < size <= len(payload) and zlib.crc32(payload[:size]) == crc for size in lengths):
        return "the length of a frame is not the one that was written"
    return ""


class LogEnd(NamedTuple):
    """What a log adds to its tape's parts."""

    meta: TapeMeta
    part: Part
    rows: Rows


def read_log(folder: Path, parts: int) -> LogEnd:
    """The rows after the tape's `parts`; none where the log's rows have become a part already.

    Raises TapeError when parts are missing that stood before the log.
    """
    path = folder / LOG_NAME
    head = read_head(path)
    if head.after > parts:
        raise TapeError(
            f"{folder} has {parts} parts, and a log that follows on {head.after}",
            remedy="if it is being recorded just now, read it again; else a part was removed",
        )
    blocks = [rows for _, rows in read_frames(path)] if head.after == parts else []
    rows = concat(blocks)
    return LogEnd(head.meta, describe(rows, parts, len(head.meta.instruments), last=False), rows)


def describe(rows: Rows, index: int, instruments: int, *, last: bool) -> Part:
    """One block as part `index` of a tape, with one row group."""
    n = length(rows)
    groups = (Group(n, int(rows.ts[0]), int(rows.ts[-1]), digest(rows)),) if n else ()
    counted = np.bincount(rows.inst.astype(np.int64) * 256 + rows.kind, minlength=instruments * 256)
    counts = tuple((int(at) // 256, int(at) % 256, int(counted[at])) for at in np.flatnonzero(counted))
    return Part(index, last, groups, counts)


def _digest(text: bytes) -> bytes:
    return hashlib.blake2b(text, digest_size=16).hexdigest().encode()


def _rows(payload: bytes, n: int) -> Rows:
    parts, offset = [], 0
    for dtype in COLUMNS.values():
        parts.append(np.frombuffer(payload, dtype.newbyteorder("<"), n, offset).astype(dtype, copy=True))
        offset += n * dtype.itemsize
    return pack(parts)
