"""From a wish to its saga, and what of all this a journal holds: the one place that knows every saga."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol, cast

import msgspec

from titan.execution.sagas.bracket import BracketSaga
from titan.execution.sagas.limit import LimitSaga
from titan.execution.sagas.pair import PairSaga
from titan.execution.sagas.saga import Parts, Past
from titan.execution.sagas.transfer import TransferSaga
from titan.execution.sagas.twap import TwapSaga
from titan.execution.sagas.undo import UndoSaga
from titan.execution.sagas.withdrawal import WithdrawalSaga
from titan.model.bracket import BracketIntent
from titan.model.late import UndoIntent
from titan.model.limit import LimitIntent
from titan.model.outcome import Outcome, SagaOutcome
from titan.model.pair import PairIntent, PairOutcome, TransferIntent
from titan.model.step import SagaStep
from titan.model.twap import TwapIntent

SagaWish = PairIntent | TwapIntent | LimitIntent | BracketIntent | TransferIntent | UndoIntent


class Running(Protocol):
    """A saga of any kind."""

    async def run(self) -> Outcome: ...

    def halt(self, reason: str) -> None: ...

    @property
    def closes(self) -> bool: ...

    @property
    def protected(self) -> bool | None: ...


def _moving(wish: TransferIntent, parts: Parts, past: Past | None) -> Running:
    return WithdrawalSaga(wish, parts, past) if wish.crosses else TransferSaga(wish, parts, past)


_SAGAS: Final[dict[type, Callable[..., Running]]] = {
    PairIntent: PairSaga,
    TwapIntent: TwapSaga,
    LimitIntent: LimitSaga,
    BracketIntent: BracketSaga,
    TransferIntent: _moving,
    UndoIntent: UndoSaga,
}
WISHES: Final[tuple[type[msgspec.Struct], ...]] = tuple(_SAGAS)
OUTCOMES: Final = (PairOutcome, SagaOutcome)
STEPS: Final = (SagaStep,)


def saga_of(wish: SagaWish, parts: Parts, past: Past | None = None) -> Running:
    """The saga that carries out `wish`; made again from its past after a restart."""
    return _SAGAS[type(wish)](wish, parts, past)


def saga_wish(wish: object) -> SagaWish | None:
    """The wish, when it takes a saga to carry it out."""
    return cast("SagaWish", wish) if type(wish) in _SAGAS else None
