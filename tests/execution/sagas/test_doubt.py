"""A lost answer is told by asking again; the operator is told of a doubt that lasts, once."""

from __future__ import annotations

import pytest

from tests.execution.scripted import Answer, Stage, twap_intent
from titan.execution.sagas.saga import LASTS_NS, NS
from titan.model.pair import PairEnd
from titan.model.step import IN_DOUBT, SagaStep


@pytest.mark.parametrize(("silent_s", "pages"), [(1, 0), (40, 0), (80, 0), (100, 1), (4000, 1)])
def test_the_operator_is_told_of_a_doubt_that_lasts(silent_s: float, pages: int) -> None:
    stage, told = Stage(answers=[Answer(silent=True)]), list[tuple[str, int]]()
    venue, began = stage.venue, stage.loop.now()
    stage.desk._page = lambda text: told.append((text, stage.loop.now()))

    def cancel(client_id: str) -> None:
        late = began + round(silent_s * NS) - stage.loop.now()
        stage.loop.call_later(max(late / NS, 0.02), venue._cancelled, client_id)

    venue.cancel = cancel  # type: ignore[method-assign]
    outcome = stage.twap(twap_intent(10, 10, arrival_cap_bps=100.0))
    assert outcome.end is PairEnd.DONE  # what the lost order did not do, the next one does
    steps = [one for one in stage.lines if isinstance(one, SagaStep)]
    assert [len(told), sum(one.step == IN_DOUBT for one in steps)] == [pages, pages]
    assert any(one.step == "withdraw" for one in steps)  # the journal has it either way
    for text, at_ns in told:
        assert "no word of" in text
        assert LASTS_NS <= at_ns - began < LASTS_NS + 35 * NS
