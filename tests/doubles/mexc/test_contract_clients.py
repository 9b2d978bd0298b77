"""An unmodified ccxt trades contracts on the double of MEXC."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import ccxt
import pytest

from tests.doubles.clients import best, client, hear, levels, until
from tests.doubles.servers import Running, running
from tests.doubles.tapes import lively
from titan.doubles.orders import FundingUpdate

SWAP = "BTC/USDT:USDT"
CONTRACT = 0.001
SWAPS = {"defaultType": "swap", "maxTimeTillEnd": 7_776_000_000 - 1}


def contracts(venue: Running) -> Any:
    return client(venue, options=SWAPS)


async def logged_in(venue: Running) -> None:
    await until(lambda: any("edge/personal.order" in o.topics for o in venue.server.outlets))


async def test_markets_and_public_data() -> None:
    async with running("mexc") as venue, contracts(venue) as ex:
        market = ex.markets[SWAP]
        assert market["contractSize"] == CONTRACT
        assert market["precision"] == {"amount": 1, "price": 0.1}
        assert (market["maker"], market["taker"]) == (0, 0.0002)
        assert abs(await ex.fetch_time() - ex.milliseconds()) < 5000
        book = await ex.fetch_order_book(SWAP, 5)
        assert len(book["bids"]) == 5
        assert book["bids"][0][0] < book["asks"][0][0]
        assert 29_000 < (await ex.fetch_ticker(SWAP))["last"] < 31_000
        assert set(await ex.fetch_tickers()) == {SWAP}
        await until(lambda: all(m.trade_id > 3 for m in venue.world.markets))
        assert len(await ex.fetch_trades(SWAP, limit=3)) == 3
        assert (await ex.fetch_ohlcv(SWAP, "1m"))[-1][4] == pytest.approx(30_000, abs=50)
        assert (await ex.fetch_ohlcv(SWAP, "1m", params={"price": "mark"}))[-1][4] == 30_000
        assert (await ex.fetch_funding_rate(SWAP))["fundingRate"] == 0.0001
        assert len(await ex.fetch_funding_rate_history(SWAP, limit=3)) == 3
        for path in ("index_price", "fair_price"):
            said = await ex.fetch(f"{venue.base}/api/v1/contract/{path}/BTC_USDT")
            assert said["data"]["symbol"] == "BTC_USDT"
        commits = await ex.contractPublicGetDepthCommitsSymbolLimit({"symbol": "BTC_USDT", "limit": 3})
        versions = [int(c["version"]) for c in commits["data"]]
        assert versions == sorted(versions, reverse=True)
        assert (await ex.contractPublicGetSupportCurrencies())["data"] == ["USDT"]
        assert (await ex.fetch_leverage_tiers([SWAP]))[SWAP][0]["maxLeverage"] == 100


async def test_book_and_trades_equal_the_double_s_truth() -> None:
    async with running("mexc", lively(2.5), once=True) as venue, contracts(venue) as ex:
        await ex.watch_order_book(SWAP)
        await ex.watch_trades(SWAP)
        await until(lambda: venue.world.exchange.exhausted)
        market = venue.world.markets[1]
        wanted = [[(p, pytest.approx(q / CONTRACT)) for p, q in side] for side in best(market, 100)]
        book = ex.orderbooks[SWAP]
        await until(lambda: [levels(book[s]) for s in ("bids", "asks")] == wanted)
        last = market.trades[-1]
        await until(lambda: ex.trades[SWAP][-1]["timestamp"] == last.time_ns // 1_000_000)
        told = ex.trades[SWAP][-1]
        assert (told["price"], told["amount"]) == (float(market.price(last.ticks)), last.lots)
        assert told["side"] == ("buy" if last.side > 0 else "sell")


async def test_tickers_klines_and_funding_are_streamed() -> None:
    async with running("mexc") as venue, contracts(venue) as ex:
        assert 29_000 < (await ex.watch_ticker(SWAP))["bid"] < 31_000
        assert SWAP in await ex.watch_tickers([SWAP])
        assert (await ex.watch_ohlcv(SWAP, "1m"))[-1][4] == pytest.approx(30_000, abs=50)
        assert (await ex.watch_funding_rate(SWAP))["fundingRate"] == 0.0001


async def test_an_order_rests_and_is_cancelled_as_the_stream_tells() -> None:
    async with running("mexc") as venue, contracts(venue) as ex:
        first = asyncio.ensure_future(ex.watch_orders(SWAP))
        await logged_in(venue)
        placed = await ex.create_order(SWAP, "limit", "buy", 10, 29_000, {"clientOrderId": "mine1"})
        [told] = await first
        assert (told["id"], told["status"], told["side"]) == (placed["id"], "open", "buy")
        assert told["info"]["externalOid"] == "mine1"
        seen = await ex.fetch_order(placed["id"], SWAP)
        assert (seen["amount"], seen["price"], seen["status"]) == (10, 29_000, "open")
        assert [o["id"] for o in await ex.fetch_open_orders(SWAP)] == [placed["id"]]
        by_ours = {"symbol": "BTC_USDT", "external_oid": "mine1"}
        said = await ex.contractPrivateGetOrderExternalSymbolExternalOid(by_ours)
        assert said["data"]["orderId"] == placed["id"]
        gone = asyncio.ensure_future(
            hear(lambda: ex.watch_orders(SWAP), lambda heard: heard[-1]["status"] == "canceled")
        )
        await ex.cancel_order(placed["id"], SWAP)
        assert (await gone)[-1]["id"] == placed["id"]
        assert (await ex.fetch_canceled_orders(SWAP))[-1]["id"] == placed["id"]
        assert [o["id"] for o in await ex.fetch_orders_by_ids([placed["id"]], SWAP)] == [placed["id"]]


async def test_fills_move_position_balance_and_streams() -> None:
    async with running("mexc") as venue, contracts(venue) as ex:
        trades = asyncio.ensure_future(ex.watch_my_trades(SWAP))
        await logged_in(venue)
        money = asyncio.ensure_future(hear(ex.watch_balance, lambda b: b["USDT"]["total"] < 100_000))
        order = await ex.create_order(SWAP, "market", "buy", 500)
        told = await trades
        assert {(t["order"], t["side"]) for t in told} == {(order["id"], "buy")}
        await money
        seen = await ex.fetch_order(order["id"], SWAP)
        assert (seen["status"], seen["filled"]) == ("closed", 500)
        mine = await ex.fetch_my_trades(SWAP)
        assert len(await ex.fetch_order_trades(order["id"], SWAP)) == len(mine)
        assert sum(t["fee"]["cost"] for t in mine) == pytest.approx(0.5 * seen["average"] * 0.0002)
        [position] = await ex.fetch_positions([SWAP])
        assert (position["contracts"], position["side"]) == (500, "long")
        assert position["entryPrice"] == pytest.approx(seen["average"])
        cash = venue.world.account.total("perp", "USDT")
        assert cash == Decimal(100_000) - venue.world.desk.orders[int(order["id"])].fee
        [asset] = (await ex.contractPrivateGetAccountAssets())["data"]
        assert float(asset["cashBalance"]) == float(cash)
        assert float(asset["positionMargin"]) == pytest.approx(0.5 * 30_000 / 20, rel=0.01)
        await ex.create_order(SWAP, "market", "sell", 500, None, {"reduceOnly": True})
        assert await ex.fetch_positions() == []
        [closed] = await ex.fetch_positions_history([SWAP])
        assert (closed["side"], closed["info"]["closeVol"]) == ("long", 500)


async def test_a_short_position_and_one_that_turns() -> None:
    async with running("mexc") as venue, contracts(venue) as ex:
        await ex.create_order(SWAP, "market", "sell", 30)
        await ex.create_order(SWAP, "market", "buy", 50)
        [position] = await ex.fetch_positions()
        assert (position["contracts"], position["side"]) == (20, "long")
        [closed] = await ex.fetch_positions_history()
        assert (closed["side"], closed["info"]["closeVol"]) == ("short", 30)
        assert (await ex.fetch_my_trades(SWAP))[0]["info"]["side"] == 3


async def test_a_stop_waits_and_is_sent_at_market() -> None:
    async with running("mexc") as venue, contracts(venue) as ex:
        await until(lambda: venue.world.markets[1].trade_id > 3)
        above, below = {"triggerPrice": 31_000}, {"triggerPrice": 29_990, "triggerType": 1}
        waits = await ex.create_order(SWAP, "market", "buy", 7, None, above)
        [seen] = await ex.fetch_open_orders(SWAP, params={"trigger": True})
        assert (seen["id"], seen["triggerPrice"], seen["status"]) == (waits["id"], 31_000, "open")
        assert await ex.fetch_open_orders(SWAP) == []
        await ex.cancel_order(waits["id"], SWAP, {"trigger": True})
        assert await ex.fetch_open_orders(SWAP, params={"trigger": True}) == []
        sent = await ex.create_order(SWAP, "market", "buy", 7, None, below | {"clientOrderId": "unheard"})
        await until(lambda: venue.world.desk.fills != [])
        said = await ex.contractPrivateGetPlanorderListOrders({"states": 3})
        [plan] = said["data"]
        assert plan["id"] == sent["id"]
        order = await ex.fetch_order(plan["orderId"], SWAP)
        assert (order["filled"], order["info"]["externalOid"][:3]) == (7, "_m_")
        assert plan["orderId"] != plan["id"]
        with pytest.raises(ccxt.ExchangeError, match="2041"):
            await ex.cancel_order(sent["id"], SWAP, {"trigger": True})
        by_ours = {"symbol": "BTC_USDT", "external_oid": "unheard"}
        assert "data" not in await ex.contractPrivateGetOrderExternalSymbolExternalOid(by_ours)


async def test_settings() -> None:
    async with running("mexc") as venue, contracts(venue) as ex:
        for side in (1, 2):
            await ex.set_leverage(7, SWAP, {"openType": 2, "positionType": side})
        assert (await ex.fetch_leverage(SWAP))["longLeverage"] == 7
        await ex.set_margin_mode("isolated", SWAP, {"leverage": 5, "direction": "long"})
        said = await ex.fetch_leverage(SWAP)
        assert (said["marginMode"], said["shortLeverage"]) == ("isolated", 5)
        assert not (await ex.fetch_position_mode())["hedged"]
        await ex.set_position_mode(True)
        assert (await ex.fetch_position_mode())["hedged"]
        fees = (await ex.contractPrivateGetAccountTieredFeeRate())["data"]
        assert (float(fees["makerFee"]), float(fees["takerFee"])) == (0, 0.0002)
        assert "BTC_USDT" in (await ex.contractPrivateGetAccountRiskLimit())["data"]
        venue.world.account.transfer("USDT", Decimal(1_500), "perp", "spot")
        moved = await ex.fetch_transfers("USDT", params={"fromAccountType": "swap", "toAccountType": "spot"})
        assert [(m["amount"], m["status"]) for m in moved] == [(1_500, "ok")]
        assert (await ex.fetch_balance())["USDT"]["free"] == 98_500


async def test_funding_that_was_paid() -> None:
    async with running("mexc") as venue, contracts(venue) as ex:
        at_ms, rate = 1_700_000_000_000, Decimal("0.0001")
        paid = FundingUpdate(3, 1, rate, 500, Decimal(30_000), Decimal("-1.5"), at_ms * 10**6)
        venue.world.account.funding.append(paid)
        [row] = await ex.fetch_funding_history(SWAP)
        assert (row["amount"], row["timestamp"]) == (-1.5, at_ms)
        assert row["info"]["positionValue"] == 15_000
