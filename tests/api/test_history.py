"""NAV along a run, however long it goes on."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest

from titan.api.history import POINTS, History
from titan.model.valuation import Valued

MINUTE_NS = 60 * 10**9
ZERO = Decimal(0)


def valued(minute: int, nav: int) -> Valued:
    return Valued(Decimal(nav), ZERO, ZERO, {}, minute * MINUTE_NS)


def test_points_grow_thin_and_keep_the_first_the_last_and_the_order() -> None:
    history, minutes, most = History(), 60_000, 0
    for minute in range(1, minutes + 1):
        history.hear(valued(minute, 100_000 + minute))
        if minute % 97 == 0:
            most = max(most, len(history.points()))
    points = history.points()
    assert most <= POINTS
    assert len(points) >= POINTS // 3, "thin, not bare"
    assert (points[0].at_ms, points[-1].at_ms) == (60_000.0, minutes * 60_000.0)
    assert points[-1].nav == 100_000 + minutes
    apart = [after.at_ms - before.at_ms for before, after in pairwise(points)]
    assert min(apart) > 0
    assert max(apart) <= 4 * minutes * 60_000 / POINTS, "no hole in it"


def test_the_deepest_drawdown_is_known_where_its_point_went() -> None:
    history = History()
    for minute in range(1, 20_000):
        history.hear(valued(minute, 50_000 if minute == 1_234 else 100_000))
    assert history.deepest == pytest.approx(0.5)
    assert history.fallen(Decimal(90_000)) == pytest.approx(0.1)
    assert 1_234 * 60_000.0 not in {point.at_ms for point in history.points()}


def test_the_last_value_is_shown_at_once_also_between_two_points() -> None:
    history = History()
    for minute in range(1, POINTS + 2):
        history.hear(valued(minute, 100_000))
    history.hear(valued(POINTS + 2, 7))
    assert history.points()[-1].nav == 7
    history.hear(valued(POINTS + 3, 8))
    assert [point.nav for point in history.points()[-2:]] == [Decimal(100_000), Decimal(8)]
    history.clear()
    assert history.points() == ()
    assert history.deepest == 0.0
