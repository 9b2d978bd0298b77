"""Counts what a line met, and keeps the first raw message of each kind that it could not use."""

from __future__ import annotations

from collections import Counter
from typing import Final

import msgspec

_KEPT_BYTES: Final = 4096
_KEPT_KINDS: Final = 64


class Sample(msgspec.Struct, frozen=True):
    """A message that could not be used, cut to 4096 bytes. `recv` in ns UTC."""

    kind: str
    reason: str
    recv: int
    raw: bytes


class Tally:
    """`messages` are frames heard. An unknown message is one whose kind the line does not know; a message of
    a known kind that Titan has no use for is neither unknown nor malformed, it is `passed`."""

    def __init__(self) -> None:
        self.messages = 0
        self.unknown = 0
        self.malformed = 0
        self.passed: Counter[str] = Counter()
        self.gaps = 0
        self.resyncs = 0
        self.checksums_ok = 0
        self.checksums_bad = 0
        self.noticed: Counter[str] = Counter()
        """Anything else worth a number: duplicates, stale updates, snapshots not needed."""
        self.wrong: tuple[str, str] | None = None
        """Kind and reason of the last message that could not be used; whoever has read it sets it to None."""
        self.samples: dict[str, Sample] = {}
        """The first message of each kind that was unknown or malformed, for diagnosis."""

    def say_unknown(self, kind: str, raw: bytes, recv: int) -> None:
        self.unknown += 1
        self._keep(f"unknown {kind}", "a kind of message that is not known", raw, recv)

    def say_malformed(self, kind: str, reason: str, raw: bytes, recv: int) -> None:
        self.malformed += 1
        self._keep(f"malformed {kind}", reason, raw, recv)

    def _keep(self, kind: str, reason: str, raw: bytes, recv: int) -> None:
        self.wrong = (kind, reason)
        if kind not in self.samples and len(self.samples) < _KEPT_KINDS:
            self.samples[kind] = Sample(kind, reason, recv, bytes(raw[:_KEPT_BYTES]))
