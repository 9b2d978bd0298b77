"""Venues by name, imported when they are asked for."""

from __future__ import annotations

import pytest

from titan.model.errors import ConfigError
from titan.model.instrument import InstrumentKind
from titan.venues import registry
from titan.venues.batch import Batch


@pytest.mark.parametrize("venue", registry.VENUES)
def test_every_venue_has_its_lines_and_names(venue: str) -> None:
    pytest.importorskip(f"titan.venues.{venue}.lines")
    lines = registry.lines(venue, Batch())
    assert len({line.name for line in lines}) == len(lines)
    kinds = [InstrumentKind.SPOT] if venue == "kraken" else list(InstrumentKind)
    for kind in kinds:
        assert registry.line_for(venue, kind) in {line.name for line in lines}
        native = registry.names(venue).native(kind, "ETH", "USDT")
        assert registry.names(venue).listing(native, kind) == ("ETH", "USDT")


def test_another_venue_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(ConfigError, match="no venue krakn") as refused:
        registry.lines("krakn", Batch())
    assert "kraken" in refused.value.remedy
