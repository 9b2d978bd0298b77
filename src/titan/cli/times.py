"""Times as people write them on the command line."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from titan.model.errors import ConfigError

FARTHEST: Final = (1 << 63) - 1
"""ns from 1970: what 64 bits hold."""


def time_of(option: str, text: str) -> int | None:
    """A date or time as ns UTC; None when it is not given. Raises ConfigError."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as e:
        raise ConfigError(
            f"{option} {text} is no time", remedy="write it as 2025-01-31 or 2025-01-31T08:00"
        ) from e
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    ns = int(moment.timestamp()) * 1_000_000_000 + moment.microsecond * 1_000
    if not -FARTHEST <= ns <= FARTHEST:
        raise ConfigError(f"{option} {text} is too far away", remedy="times lie between 1678 and 2262")
    return ns
