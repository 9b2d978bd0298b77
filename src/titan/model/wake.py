"""What a run writes down so that it can be replayed: by which settings it decides, and when it was woken."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from titan.model.pair import Lane


class RunSettings(msgspec.Struct, frozen=True, tag="settings", tag_field="what"):
    """What a process of a run decides by. `config` is in its canonical form; `tape` is the folder, within the
    run's, that keeps what this process hears; empty where it keeps nothing.
    """

    run_id: str
    config: dict[str, object]
    tape: str
    local_ns: int
    lanes: tuple[Lane, ...] = ()
    """Where quote may be carried between its venues."""


class SettingsChanged(msgspec.Struct, frozen=True, tag="settings_changed", tag_field="what"):
    """Settings that a running run took over: by their dotted keys, the value as in the canonical config. In
    force for all that is decided after the mark (`Woke`, `Why.SETTINGS`) that follows it.
    """

    changes: dict[str, object]
    by: str
    reason: str
    local_ns: int


class Why(StrEnum):
    """What a strategy was called for, or what of a run's course a replay must know."""

    RECALL = "recall"
    """It goes on where an earlier process ended."""
    BEGIN = "begin"
    """From here on signals are decided. Nobody is called."""
    SIGNAL = "signal"
    TICK = "tick"
    FINISHED = "finished"
    """A wish has ended."""
    LIQUIDATED = "liquidated"
    CLOSE_ALL = "close_all"
    FLATTEN = "flatten"
    """Something imposed says that it holds nothing."""
    GUARD = "guard"
    """Asked every few seconds; written down where wishes follow."""
    SETTINGS = "settings"
    """Settings that have just been changed are in force. Nobody is called."""
    STOP = "stop"
    """Nothing is decided any more. Nobody is called."""


class Woke(msgspec.Struct, frozen=True, tag="woke", tag_field="what"):
    """A strategy has just decided; its `wishes` follow, as entries of their own.

    `of` is what it was called about: the wish that ended, the fill, or the reason. It saw the world at
    `at_ns` (ns UTC, our clock) with the first `rows` rows that this process heard; `heard` is the digest of
    those (`market.tape.heard.Digest`), empty where no tape is kept.
    """

    strategy: str
    why: Why
    of: str
    at_ns: int
    rows: int
    heard: str
    wishes: int
