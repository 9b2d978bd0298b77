"""Every peer of the `desk` suite answers every new price with an order."""

from __future__ import annotations

import pytest

from benchmarks import cases
from benchmarks.drivers import desk


@pytest.mark.parametrize("peer", list(desk.PEERS))
async def test_every_price_is_answered(peer: str) -> None:
    figures = await desk.measured(1000, peer, 12)
    assert figures["orders"] == 12
    assert figures["p999_us"] >= figures["p99_us"] >= figures["p50_us"] > 0


def test_every_case_is_a_peer_that_exists() -> None:
    for case in cases.of(["desk"]):
        rate, _, peer = case.variant.partition("-")
        assert int(rate) > 0
        assert peer in desk.PEERS
