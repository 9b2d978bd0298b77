"""What goes over the stream besides rows."""

from __future__ import annotations

from typing import Any

import msgspec


class Snapshot(msgspec.Struct, frozen=True):
    """A channel whole: rows by table and key. `version` within `epoch` is what a resume names; `source_ms` is
    the moment at the run that it is of, 0 before there was one.
    """

    op: str
    channel: str
    epoch: str
    version: int
    at_ms: float
    source_ms: float
    tables: dict[str, dict[str, dict[str, Any]]]
