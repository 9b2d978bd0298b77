"""The audit stream: one line an event, in order, chained into one hash.

Two runs decided the same exactly when their hashes are equal; when they are not, the first line that
differs says where.
Nothing in a line depends on the wall clock, the process or the machine.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

from titan.model.events import Refused


class Journal:
    """Kept in memory while a run lasts; `save` writes it as JSON lines."""

    def __init__(self) -> None:
        self._encoder = msgspec.json.Encoder(decimal_format="string", order="deterministic")
        self._hash = hashlib.blake2b(digest_size=16)
        self._hashed = 0
        self.lines: list[bytes] = []
        self.refusals: list[tuple[str, str]] = []
        """(gate, reason) of every refusal, for the report."""

    def __call__(self, event: msgspec.Struct) -> None:
        if isinstance(event, Refused):
            self.refusals.append((event.gate, event.reason))
        self.lines.append(self._encoder.encode(event))

    @property
    def digest(self) -> str:
        """The hash over every line so far, 32 hex characters."""
        self._hash.update(b"".join(line + b"\n" for line in self.lines[self._hashed :]))
        self._hashed = len(self.lines)
        return self._hash.hexdigest()

    def save(self, path: Path) -> None:
        with path.open("wb") as out:
            for line in self.lines:
                out.write(line)
                out.write(b"\n")
