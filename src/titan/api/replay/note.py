"""What a backtest's folder says of itself in `run.json`, as far as a replay asks for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from titan.model.errors import StorageError
from titan.runtime.run_folder import RUN_FILE
from titan.storage.finished import AGAIN
from titan.views.status import BACKTEST


class TapeNote(msgspec.Struct, frozen=True):
    """Where the tape is and what was played of it, venue time."""

    path: str
    fingerprint: str
    start_ns: int
    end_ns: int


class RunNote(msgspec.Struct, frozen=True):
    """Times are ns UTC, capital is in the quote asset."""

    run_id: str
    strategy: str
    simulated: bool
    capital: str
    seed: int
    config: dict[str, Any]
    tape: TapeNote
    mode: str = BACKTEST


def note_of(folder: Path) -> RunNote:
    """Raises StorageError."""
    try:
        return msgspec.json.decode((folder / RUN_FILE).read_bytes(), type=RunNote)
    except (OSError, msgspec.DecodeError) as e:
        raise StorageError(f"{folder / RUN_FILE} cannot be read: {e}", remedy=AGAIN) from e
