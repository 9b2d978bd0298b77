"""Digests of a tape's files, byte for byte: what its rows do not say (a footer, a note) counts too."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path

from titan.model.errors import TapeError


def seals(files: Iterable[Path]) -> dict[str, str]:
    """By file name, 32 hexadecimal characters of BLAKE2b. Raises TapeError where one cannot be read."""
    return {file.name: seal(file) for file in files}


def seal(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            return hashlib.file_digest(opened, partial(hashlib.blake2b, digest_size=16)).hexdigest()
    except OSError as e:
        raise TapeError(f"{file} cannot be read: {e.strerror or e}") from e


def broken(recorded: Mapping[str, str], found: Mapping[str, str]) -> str:
    """The first file that is not as it was recorded, one that is gone or new included; empty for none. A tape
    of one file may have another name by now.
    """
    if len(recorded) == len(found) == 1 and set(recorded.values()) == set(found.values()):
        return ""
    names = sorted({*recorded, *found})
    return next((name for name in names if recorded.get(name) != found.get(name)), "")


def told(name: str) -> str:
    return f"tape file {name} is not the one that was recorded (byte digest)"
