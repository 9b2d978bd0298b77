"""Every client of the `socket` suite gets every message, whichever way it receives them."""

from __future__ import annotations

import pytest

from benchmarks import cases
from benchmarks.drivers import socket_receive


@pytest.mark.parametrize("peer", list(socket_receive.CLIENTS))
@pytest.mark.parametrize("mode", ["burst", "paced"])
def test_all_messages_arrive(mode: str, peer: str) -> None:
    figures = socket_receive.measured(mode, peer, 250)
    assert figures["messages"] == 250
    assert figures["messages_per_s"] > 0
    assert ("p50_us" in figures) == (mode == "paced")


def test_every_case_is_a_client_that_exists() -> None:
    for case in cases.of(["socket"]):
        mode, _, peer = case.variant.partition("-")
        assert mode == case.subject
        assert peer in socket_receive.CLIENTS
