"""How a run is asked to halt and latch: by a file in its folder, which it looks for ten times a second."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from titan.execution.panic import LATCH
from titan.model.recovery import Latched
from titan.runtime.trading.whole import write_whole

REQUEST: Final = "panic.json"
"""Asks the run of this folder to halt and latch."""


class Request(msgspec.Struct, frozen=True):
    """What the file says."""

    name: str
    reason: str
    by: str
    at_ns: int


def ask(folder: Path, request: Request) -> None:
    """Leave the file, whole."""
    write_whole(folder / REQUEST, msgspec.json.encode(request))


def asked(folder: Path) -> Request | None:
    """What a run is asked by the file, if anything."""
    try:
        return msgspec.json.decode((folder / REQUEST).read_bytes(), type=Request)
    except (OSError, msgspec.DecodeError):
        return None


def latch_of(request: Request) -> Latched:
    return Latched(LATCH, request.reason, request.by, request.at_ns)
