"""Every peer of the `desk` suite answers every new price with an order."""

from __future__ import annotations

import socket

import pytest

from benchmarks import cases
from benchmarks.drivers import desk, desk_account, desk_server


@pytest.mark.parametrize("peer", list(desk.PEERS))
async def test_every_price_is_answered(peer: str) -> None:
    """But for ccxt's: a price stands for 50 ms, and on a busy machine it was seen to miss one."""
    figures = await desk.measured(1000, desk.PEERS[peer], 12)
    least = 11 if peer == "ccxt" else 12
    assert least <= figures["orders"] <= 12
    assert figures["p999_us"] >= figures["p99_us"] >= figures["p50_us"] > 0


def test_every_case_is_a_peer_that_exists() -> None:
    for case in cases.of(["desk"]):
        rate, _, peer = case.variant.partition("-")
        assert int(rate) > 0
        assert peer in desk.PEERS if case.module == "desk" else (case.module, peer) == ("desk_nautilus", "")


def test_the_user_stream_hears_how_an_order_ended() -> None:
    (venue, client), (teller, ear) = socket.socketpair(), socket.socketpair()
    user, stamps = desk_account.UserStream(), desk_server.Stamps(1)
    user.open(teller)
    with client, ear, teller:
        client.sendall(
            b"POST /fapi/v1/order?price=30000.00&newClientOrderId=mine HTTP/1.1\r\n\r\n"
            b"GET /fapi/v1/positionSide/dual?timestamp=1 HTTP/1.1\r\n\r\n"
        )
        client.shutdown(socket.SHUT_WR)
        desk_server.serve(venue, stamps, user)
        venue.close()
        answers = client.makefile("rb").read()
        heard = ear.recv(65536)
    assert stamps.came[0] > 0
    assert answers.endswith(b'{"dualSidePosition": false}')
    assert [heard.count(part) for part in (b'"c": "mine"', b'"X": "NEW"', b'"X": "EXPIRED"')] == [2, 1, 1]
    assert heard.find(b'"NEW"') < heard.find(b'"EXPIRED"')
