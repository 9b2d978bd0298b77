"""AUT-6 where the venue changes orders in place: the one replacement keeps the order live."""

from __future__ import annotations

import asyncio
from random import Random

import pytest
from msgspec.structs import replace

from tests.execution.sagas.told import limit
from tests.execution.scripted import INSTRUMENTS, PERP, Answer, Stage
from tests.execution.test_desk_changes import Amender, amending
from titan.execution.sagas.limit import LimitSaga
from titan.execution.sagas.saga import Parts, Touch
from titan.model.events import OrderReport
from titan.model.order import OrderEvent, OrderState
from titan.model.outcome import SagaOutcome
from titan.model.pair import PairEnd

MID = 500_000
FAR = 500_300


class Drifting:
    def __init__(self, stage: Stage) -> None:
        self.stage, self.since = stage, stage.loop.now()

    def touch(self, instrument: str) -> Touch | None:
        mid = MID if self.stage.loop.now() - self.since < 5 * 10**9 else FAR
        return Touch((mid - 1) / 10, (mid + 1) / 10, mid)


def played(answer: OrderEvent) -> tuple[Stage, Amender, SagaOutcome]:
    stage = Stage([Answer(silent=True)] * 3)
    venue = amending(stage)

    def asked(client_id: str, *, lots: int, limit_ticks: int) -> None:
        venue.asked.append((client_id, lots, limit_ticks))
        said = OrderReport(client_id, answer, 1, stage.loop.now())
        stage.loop.call_later(0.1, stage.desk.apply, said)

    venue.amend = asked  # type: ignore[method-assign]
    wish = replace(limit(), limit_ticks=MID - 5, reference_ticks=MID, instrument=PERP.id)
    parts = Parts(
        INSTRUMENTS.__getitem__, stage.desk, Drifting(stage), stage.lines.append, Random(1), stage.loop.now
    )  # fmt: skip
    saga = LimitSaga(wish, parts)

    async def story() -> SagaOutcome:
        work = asyncio.ensure_future(saga.run())
        await asyncio.sleep(0.2)
        for ticket in stage.desk.tickets:
            stage.desk.apply(OrderReport(ticket.order.request.client_id, OrderEvent.ACCEPT, 1, 1))
        return await work

    return stage, venue, stage.run(story())


@pytest.mark.parametrize("answer", [OrderEvent.AMEND, OrderEvent.AMEND_REFUSED])
def test_drift_moves_it_once_in_place_or_replaces_it(answer: OrderEvent) -> None:
    stage, venue, outcome = played(answer)
    first = stage.desk.tickets[0]
    assert venue.asked == [(first.order.request.client_id, 10, FAR - 1)]
    moved = answer is OrderEvent.AMEND
    assert len(stage.desk.tickets) == (1 if moved else 2)
    assert stage.desk.tickets[-1].order.request.limit_ticks == FAR - 1
    assert (outcome.end, outcome.reason) == (PairEnd.ABORTED, "patience is over")
    assert {t.order.state for t in stage.desk.tickets} == {OrderState.CANCELLED}
