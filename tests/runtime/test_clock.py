"""The wall clock speaks ns UTC."""

from __future__ import annotations

from datetime import UTC, datetime

from titan.ports import Clock
from titan.runtime.clock import WallClock


def test_now_is_ns_utc() -> None:
    clock: Clock = WallClock()
    before, now = datetime.now(UTC).timestamp(), clock.now()
    assert before - 1 <= now / 1e9 <= before + 60
