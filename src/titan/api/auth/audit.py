"""The audit log: who did what, when and from where, a line of JSON each, in the state folder's `audit.jsonl`.

Rows are only ever added. A file that is full is put aside (`audit.jsonl.1` is the youngest of them). What
cannot be written (a full disk) is kept in memory, told by `trouble` and written with the next row: a panic
must not wait for a disk. What strangers cause is counted instead of written, once it is much.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from titan.api.auth.keys import S
from titan.api.auth.state import Beside
from titan.api.shapes.control import AuditRow

LARGEST: Final = 8 * 1024 * 1024
FILES: Final = 10
UNWRITTEN: Final = 1_000
STRANGERS: Final = 30
"""Rows of one kind of refusal in a minute; the others are counted in the first row after it."""
LASTING: Final = {"trade", "admin"}

_log = logging.getLogger("titan.api.audit")


class Audit:
    def __init__(
        self, folder: Path, now: Callable[[], int], *, largest: int = LARGEST, files: int = FILES
    ) -> None:
        self.path = folder / "audit.jsonl"
        self.trouble = ""
        self._now = now
        self._largest = largest
        self._files = files
        self._turn = threading.Lock()
        self._unwritten: deque[AuditRow] = deque(maxlen=UNWRITTEN)
        self._beside = Beside()
        self._minute = 0
        self._refusals = Counter[str]()

    def write(self, row: AuditRow) -> None:
        """Add a row; one of trade or admin is on the disk when this returns. Never raises."""
        with self._turn:
            self._unwritten.append(row)
            rows = tuple(self._unwritten)
            try:
                with self._locked():
                    self._append(rows)
            except OSError as e:
                if not self.trouble:
                    _log.error("the audit log %s cannot be written: %s", self.path, e.strerror)
                self.trouble = f"{self.path.name} cannot be written: {e.strerror}"
            else:
                self._unwritten.clear()
                self.trouble = ""

    async def told(self, who: str, scope: str, what: str, text: str, *, ok: bool, address: str) -> None:
        """Add a row of now, beside the event loop."""
        row = AuditRow(self._now() / 1e6, _short(who), scope, what, _short(text), ok, address)
        await self._beside(self.write, row)

    async def refused(self, who: str, scope: str, what: str, text: str, address: str) -> None:
        """Add a row of what was refused to somebody, unless there are too many of them."""
        minute = self._now() // (60 * S)
        if minute != self._minute:
            more = sum(max(0, count - STRANGERS) for count in self._refusals.values())
            self._minute, self._refusals = minute, Counter()
            text = f"{text} (and {more} refusals before it)" if more else text
        self._refusals[what] += 1
        if self._refusals[what] <= STRANGERS:
            await self.told(who, scope, what, text, ok=False, address=address)

    def rows(self, *, limit: int, before_ms: float = 0.0) -> tuple[AuditRow, ...]:
        """The last ones, newest first; with `before_ms` those that are older than that."""
        found: list[AuditRow] = []
        with self._turn:
            unwritten = tuple(reversed(self._unwritten))
        for row in (*unwritten, *self._read()) if limit > 0 else ():
            if not before_ms or row.at_ms < before_ms:
                found.append(row)
                if len(found) >= limit:
                    break
        return tuple(found)

    def _read(self) -> Iterator[AuditRow]:
        for file in [self.path, *(self._aside(n) for n in range(1, self._files))]:
            try:
                lines = file.read_bytes().splitlines()
            except OSError:
                continue
            for line in reversed(lines):
                with contextlib.suppress(msgspec.DecodeError):  # a line that a crash cut short
                    yield msgspec.json.decode(line, type=AuditRow)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        lock = os.open(self.path.with_name(f"{self.path.name}.lock"), os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _append(self, rows: tuple[AuditRow, ...]) -> None:
        lines = b"".join(msgspec.json.encode(row) + b"\n" for row in rows)
        handle = os.open(self.path, os.O_CREAT | os.O_RDWR | os.O_APPEND, 0o600)
        try:
            size = os.fstat(handle).st_size
            if size and size + len(lines) > self._largest:
                os.close(handle)
                self._put_aside()
                handle, size = os.open(self.path, os.O_CREAT | os.O_RDWR | os.O_APPEND, 0o600), 0
            torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
            lines = b"\n" + lines if torn else lines
            if os.write(handle, lines) != len(lines):
                os.ftruncate(handle, size)
                raise OSError(28, "no space left on the device")
            if any(row.scope in LASTING for row in rows):
                os.fsync(handle)
        finally:
            os.close(handle)

    def _put_aside(self) -> None:
        for n in range(self._files - 1, 0, -1):
            younger = self._aside(n - 1) if n > 1 else self.path
            if younger.exists():
                younger.replace(self._aside(n))

    def _aside(self, n: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{n}")


def _short(text: str) -> str:
    """Of one line, and nothing in it that a terminal would obey."""
    text = text if len(text) <= 300 else f"{text[:299]}…"
    return "".join(letter if letter.isprintable() else "�" for letter in text)
