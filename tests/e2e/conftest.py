"""A small simulated market as a tape, made once for all end-to-end tests of a worker."""

from __future__ import annotations

from pathlib import Path

import pytest

from titan.simulation.market.instruments import simulated_pairs
from titan.simulation.market.scenario import scenario_named
from titan.simulation.market.write import write_market

START_NS = 1_785_542_400_000_000_000
HOUR_NS = 3_600_000_000_000


@pytest.fixture(scope="session")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve hours of BTC in the demo's moods: a funding settlement, a trend and a cascade are among them."""
    path = tmp_path_factory.mktemp("market") / "tape"
    write_market(
        path,
        scenario_named("demo"),
        instruments=simulated_pairs(["BTC"]),
        start_ns=START_NS,
        duration_ns=12 * HOUR_NS,
        seed=3,
    )
    return path
