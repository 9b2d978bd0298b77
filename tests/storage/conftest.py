"""Every test that asks for `url` runs on each engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.storage.stores import ENGINES, url_of


@pytest.fixture(params=ENGINES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return url_of(request.param, tmp_path)
