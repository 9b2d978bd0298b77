"""The frame of a run, read from its folder: what is so now, or None."""

from __future__ import annotations

import mmap
import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from titan.views.frame import BODY, HEAD, MAGIC, NAME, Frame, checksum, decoded

TRIES: Final = 4
"""The writer needs some microseconds: who meets it in the middle looks again at once."""
LATE: Final = 10.0
LEAST_S: Final = 2.0
"""A frame older than so many of its intervals, and than this, is no longer what is so."""


class FrameReader:
    """`now` is ns UTC, the same clock as the run's. Look as often as you like: a frame that is no newer costs
    a look at the file's header, and is the same object.
    """

    def __init__(self, folder: Path, now: Callable[[], int]) -> None:
        self._place, self._now = folder / NAME, now
        self._map: mmap.mmap | None = None
        self._inode = (0, 0)
        self._last: tuple[int, Frame] | None = None

    def read(self) -> Frame | None:
        """None where there is none, where it is torn (its writer died in the middle), or too old, or the run
        has ended.
        """
        if not self._open():
            return None
        for _ in range(TRIES):
            frame = self._look()
            if frame is not None:
                late_s = max(LATE * frame.every_s, LEAST_S)
                return frame if self._now() - frame.at_ns <= late_s * 1e9 else None
        return None

    def close(self) -> None:
        if self._map is not None:
            self._map.close()
        self._map, self._inode, self._last = None, (0, 0), None

    def _open(self) -> bool:
        """Whether there is a file; another one than the last time is opened anew."""
        try:
            found = self._place.stat()
            key = found.st_dev, found.st_ino
            if key != self._inode or self._map is None:
                self.close()
                with self._place.open("rb") as file:
                    self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
                    own = os.fstat(file.fileno())
                self._inode = own.st_dev, own.st_ino
        except (OSError, ValueError):  # a file of no bytes cannot be mapped
            self.close()
            return False
        return True

    def _look(self) -> Frame | None:
        assert self._map is not None
        try:
            magic, sequence, length, check, ended = HEAD.unpack_from(self._map, 0)
        except struct.error:
            return None
        if magic != MAGIC or sequence % 2 or ended or not 0 < length <= len(self._map) - BODY:
            return None
        if self._last is not None and self._last[0] == sequence:
            return self._last[1]
        body = self._map[BODY : BODY + length]
        if checksum(body, sequence) != check:
            return None
        try:
            frame = decoded(body)
        except msgspec.DecodeError:
            return None
        self._last = sequence, frame
        return frame
