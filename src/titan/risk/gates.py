"""The gate between wanting and doing: an intent goes in, an `Approved` order or a `Refuse` comes out.

`Approved` cannot be made anywhere else: its construction asks for a seal that only this module holds, so
`Approved(intent, id)` neither type-checks nor runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import InitVar, dataclass
from typing import Final, final

import msgspec

from titan.model.signal import Intent, client_order_id
from titan.risk.checks import IN_ORDER, Gate
from titan.risk.decision import ALLOW, Allow, Decision, Reason, Refuse, Shrink
from titan.risk.standing import Limits, Standing

__all__ = ["Allow", "Approved", "Decision", "Reason", "Refuse", "Shrink", "approve", "judge"]


@final
class _Seal:
    """Proof of having passed the gates. There is one, and it stays here."""


_SEAL: Final = _Seal()


@final
@dataclass(frozen=True, slots=True)
class Approved:
    """An order that passed the gates, at the size they allowed; `shrinks` tells which made it smaller."""

    intent: Intent
    client_id: str
    shrinks: tuple[Shrink, ...]
    seal: InitVar[_Seal]

    def __post_init__(self, seal: _Seal) -> None:
        if seal is not _SEAL:
            raise TypeError("an Approved order is made by titan.risk.gates.approve and nowhere else")


def judge(
    intent: Intent, standing: Standing, limits: Limits, *, gates: Sequence[Gate] = IN_ORDER
) -> Decision:
    """All gates in order, each on what the ones before it left; the first refusal ends it."""
    decision, _, _ = _pass(intent, standing, limits, gates)
    return decision


def approve(
    intent: Intent,
    standing: Standing,
    limits: Limits,
    *,
    attempt: int = 0,
    may_shrink: bool = True,
    gates: Sequence[Gate] = IN_ORDER,
) -> Approved | Refuse:
    """The order to send, or why not. With `may_shrink=False` a shrink is a refusal: whole or not at all."""
    decision, left, shrinks = _pass(intent, standing, limits, gates)
    if isinstance(decision, Refuse):
        return decision
    if shrinks and not may_shrink:
        return Refuse(shrinks[0].gate, shrinks[0].reason, shrinks[0].numbers)
    return Approved(left, client_order_id(intent.id, attempt), shrinks, _SEAL)


def _pass(
    intent: Intent, standing: Standing, limits: Limits, gates: Sequence[Gate]
) -> tuple[Decision, Intent, tuple[Shrink, ...]]:
    """The decision in all, the intent as it was left, and every shrink on the way."""
    left = intent
    shrinks: list[Shrink] = []
    for gate in gates:
        answer = gate(left, standing, limits)
        if answer is ALLOW:
            continue
        if isinstance(answer, Refuse):
            return answer, left, tuple(shrinks)
        if isinstance(answer, Shrink):
            left = msgspec.structs.replace(left, lots=answer.lots)
            shrinks.append(answer)
    return (shrinks[-1] if shrinks else Allow()), left, tuple(shrinks)
