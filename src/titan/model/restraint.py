"""What an operator, a monitor or the desk imposes on trading, and takes back: as it is written down."""

from __future__ import annotations

from typing import Final

import msgspec

PAUSED: Final = "paused by operator"
"""The name of the override by which an operator keeps all entries back; exits go on."""


def pause_of(strategy: str = "") -> str:
    """As `PAUSED`, of one strategy."""
    return f"{PAUSED}: {strategy}" if strategy else PAUSED


class Imposed(msgspec.Struct, frozen=True, tag="imposed", tag_field="what"):
    """The override `name` stands from now on, until it is lifted. The five that say what it covers are empty
    for all; `mode` is a name of `risk.overrides.Mode`, `factor` the exact scale of the mode SCALE as text.
    """

    name: str
    mode: str
    factor: str
    reason: str
    by: str
    local_ns: int
    strategy: str = ""
    venue: str = ""
    base: str = ""
    instrument: str = ""
    owner: str = ""


class Lifted(msgspec.Struct, frozen=True, tag="lifted", tag_field="what"):
    """The override `name` was taken back by `by`."""

    name: str
    by: str
    local_ns: int
    reason: str = ""
