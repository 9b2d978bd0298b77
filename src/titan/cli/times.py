"""Times as people write them on the command line."""

from __future__ import annotations

from datetime import UTC, datetime

from titan.model.errors import ConfigError


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
    return int(moment.timestamp()) * 1_000_000_000 + moment.microsecond * 1_000
