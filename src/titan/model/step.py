"""A step of an execution, as it is written down."""

from __future__ import annotations

from typing import Final

import msgspec

IN_DOUBT: Final = "in doubt"
"""The step of a saga that has just told the operator that it does not get on."""


class SagaStep(msgspec.Struct, frozen=True, tag="saga", tag_field="what"):
    """Journalled before the next begins. `lots` are those filled by then, leg by leg; `figures` are what a
    restart needs and no order tells.
    """

    intent_id: str
    step: str
    number: int
    lots: tuple[int, ...]
    local_ns: int
    note: str = ""
    figures: dict[str, str] = {}
