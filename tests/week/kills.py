"""When a process is killed: while something is at stake that a restart has to find out about."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import msgspec

from titan.execution.sagas.withdrawal import ASKED, SENT
from titan.model.events import Submitted
from titan.model.step import SagaStep


class Aim(NamedTuple):
    """A kill comes a drawn moment, at most `within_s`, after the run wrote down an entry that `fits`."""

    name: str
    fits: Callable[[msgspec.Struct], bool]
    within_s: float


def _step(kind: str, step: str) -> Callable[[msgspec.Struct], bool]:
    def fits(event: msgspec.Struct) -> bool:
        return isinstance(event, SagaStep) and event.step == step and event.intent_id.endswith(kind)

    return fits


def _order(event: msgspec.Struct) -> bool:
    return isinstance(event, Submitted)


AIMS = (
    Aim("as a withdrawal is asked for", _step("-withdrawal", ASKED), 0.1),
    Aim("as orders leave", _order, 0.05),
    Aim("with a withdrawal on its way", _step("-withdrawal", SENT), 400.0),
    Aim("as a transfer is asked for", _step("-transfer", ASKED), 0.1),
)
"""In turn."""
