"""What every test may ask for: the folder of recorded market data."""

from __future__ import annotations

import decimal
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A property is judged by what holds, never by how busy the machine is.
settings.register_profile(
    "untimed", settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("untimed")

REPO = Path(__file__).resolve().parent.parent


def pytest_xdist_auto_num_workers() -> int:
    """Three for two cores: much of what runs whole processes waits for them."""
    cores = os.cpu_count() or 1
    return cores + cores // 2


@pytest.fixture(scope="session")
def data() -> Path:
    """The recorded market data. Absent, the test skips with a reason; CI, which has it, fails instead."""
    folder = Path(os.environ.get("TITAN_DATA", REPO.parent / "shared" / "data"))
    if not folder.is_dir():
        message = f"no recorded market data at {folder}: set TITAN_DATA to the folder"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return folder


@pytest.fixture(autouse=True)
def _own_decimal_context() -> Iterator[None]:
    """ccxt sets rounding and traps of the Decimal context it is called in; no later test may feel that."""
    with decimal.localcontext():
        yield
