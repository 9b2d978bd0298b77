"""Requests of one key that overtake each other on their way."""

from __future__ import annotations

import asyncio
from typing import Any

import ccxt
import pytest

from tests.conformance.cases import Place
from tests.conformance.trading_at import trading_at
from titan.model.errors import VenueRefused
from titan.model.instrument import InstrumentKind
from titan.venues.gateway.call import Caller
from titan.venues.gateway.errors import ANSWER

KRAKEN = Place("kraken", InstrumentKind.SPOT)


async def test_a_signed_request_that_comes_after_a_later_one_goes_out_again() -> None:
    async with trading_at(KRAKEN) as at:
        client = at.gateway.client
        send, slow, answers = client.fetch, asyncio.Event(), []

        async def fetch(url: str, *more: Any) -> Any:
            if not slow.is_set() and "/private/" in url:
                slow.set()
                await asyncio.sleep(0.1)
            answers.append(url)
            return await send(url, *more)

        client.fetch = fetch
        first = asyncio.create_task(at.gateway.balances.fetch_balances())
        await slow.wait()
        second = await at.gateway.balances.fetch_balances()
        assert await first == second
        assert sum("Balance" in url for url in answers) >= 3
        slow.clear()
        first_id = asyncio.create_task(at.send("overtaken", far=0.02))
        await slow.wait()
        await at.gateway.balances.fetch_balances()
        client_id = await first_id
        await at.until(lambda: bool(at.told()))
        assert [o.client_id for o in await at.gateway.orders.open_orders()] == [client_id]


async def test_a_nonce_that_is_never_taken_is_told_with_what_to_look_at() -> None:
    asked = []

    async def refused() -> None:
        asked.append(1)
        answer = ANSWER.get()
        assert answer is not None
        answer.status = 200
        raise ccxt.InvalidNonce("kraken EAPI:Invalid nonce")

    for venue, times in (("kraken", 4), ("binance", 1)):
        asked.clear()
        with pytest.raises(VenueRefused) as e:
            await Caller(venue, None, lambda: 0).change(refused)
        assert "doctor" in str(e.value.remedy)
        assert len(asked) == times
