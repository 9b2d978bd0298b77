"""Files that another process reads at any moment: it finds the old one or the new one, and never a part."""

from __future__ import annotations

from pathlib import Path


def write_whole(place: Path, content: bytes) -> None:
    """Raises OSError; then what was there still is."""
    fresh = place.with_name(f"{place.name}.new")
    fresh.write_bytes(content)
    fresh.replace(place)
