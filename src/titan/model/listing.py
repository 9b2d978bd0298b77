"""The rules of an instrument as a session met them, for whoever reads its journal later."""

from __future__ import annotations

import msgspec

from titan.model.instrument import Instrument


class Listing(msgspec.Struct, frozen=True, tag="listing", tag_field="what"):
    """Written once a session for each instrument that it trades, and again when its rules change: without
    tick and lot the whole numbers of the journal say nothing to a reader.
    """

    instrument: Instrument
    local_ns: int
