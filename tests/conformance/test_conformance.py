"""Every case in every place that claims it."""

from __future__ import annotations

import pytest

import tests.conformance.fills
import tests.conformance.market_data
import tests.conformance.money
import tests.conformance.recovery
import tests.conformance.stops
import tests.conformance.trading  # noqa: F401
from tests.conformance.cases import CASES, Case, Place, places

ALL = [(one, place) for one in sorted(CASES.values()) for place in places() if one.needs(place)]


@pytest.mark.parametrize(("one", "place"), ALL, ids=[f"{c.number}-{p}" for c, p in ALL])
async def test_case(one: Case, place: Place) -> None:
    await one.run(place)
