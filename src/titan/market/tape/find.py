"""Finds the tapes below a folder: a recording is one for each venue, instrument and day."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from titan.market.tape.log import LOG_NAME
from titan.model.errors import TapeError


def tapes_in(path: Path) -> list[Path]:
    """`path` itself when it is a tape, else every tape below it, by path. Raises TapeError for none."""
    if path.is_file() or _is_one(path):
        return [path]
    found = sorted({file.parent for name in ("part-*.parquet", LOG_NAME) for file in path.rglob(name)})
    if not found:
        raise TapeError(
            f"{path} holds no tape" if path.is_dir() else f"there is no tape at {path}",
            remedy="check the path; recorded series become a tape with `titan tape import`",
        )
    return found


def all_tapes(paths: Sequence[Path]) -> list[Path]:
    """The tapes of all paths, in their order, each once."""
    return list(dict.fromkeys(tape for path in paths for tape in tapes_in(path)))


def _is_one(path: Path) -> bool:
    return path.is_dir() and (any(path.glob("part-*.parquet")) or (path / LOG_NAME).exists())
