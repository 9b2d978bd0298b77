"""Deposit addresses: of the network that was asked for, or none."""

from __future__ import annotations

import time
from typing import Any

import pytest

from titan.model.errors import VenueRefused
from titan.venues.gateway.account import Desk
from titan.venues.gateway.call import Caller
from titan.venues.gateway.networks import Networks
from titan.venues.gateway.payouts import Incoming
from titan.venues.gateway.profile import PROFILES

WAYS = {"USDT": ["Tether USD (ERC20)", "Tether USD (TRC20)"], "BTC": ["Bitcoin"]}


class Client:
    """Of Kraken, as far as an address needs it; remembers what it was asked."""

    def __init__(self, address: str | None = "here") -> None:
        self.address = address
        self.asked: list[dict[str, Any]] = []

    async def fetch_deposit_methods(self, asset: str) -> list[dict[str, str]]:
        return [{"method": name} for name in WAYS[asset]]

    async def fetch_deposit_address(self, asset: str, params: dict[str, Any]) -> dict[str, Any] | None:
        self.asked.append(params)
        return {"address": self.address, "network": None} if self.address is not None else None


def incoming(client: Client) -> Incoming:
    desk = Desk(PROFILES["kraken"], Caller("kraken", client, time.time_ns), lambda _: None)
    return Incoming(desk, Networks(desk))


@pytest.mark.parametrize(
    ("asset", "network", "method", "told"),
    [
        ("USDT", "TRC20", "Tether USD (TRC20)", "TRC20"),
        ("USDT", "erc20", "Tether USD (ERC20)", "erc20"),
        ("BTC", "", "Bitcoin", "Bitcoin"),
    ],
)
async def test_krakens_method_is_the_one_of_the_network(
    asset: str, network: str, method: str, told: str
) -> None:
    client = Client()
    found = await incoming(client).deposit_address(asset, network)
    assert client.asked == [{"method": method}]
    assert (found.network, found.address) == (told, "here")


@pytest.mark.parametrize(("asset", "network"), [("USDT", "SOL"), ("USDT", ""), ("BTC", "BEP20")])
async def test_no_address_of_another_network_is_given(asset: str, network: str) -> None:
    client = Client()
    with pytest.raises(VenueRefused) as refused:
        await incoming(client).deposit_address(asset, network)
    assert WAYS[asset][0] in refused.value.remedy
    assert client.asked == []


@pytest.mark.parametrize("address", [None, ""])
async def test_an_answer_without_an_address_is_a_refusal(address: str | None) -> None:
    with pytest.raises(VenueRefused, match="tells no address"):
        await incoming(Client(address)).deposit_address("BTC")
