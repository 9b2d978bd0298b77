"""An unmodified ccxt trades spot on the double of MEXC."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import ccxt
import pytest

from tests.doubles.clients import best, client, hear, levels, until
from tests.doubles.servers import Running, running
from tests.doubles.tapes import lively

SPOT = "BTC/USDT"
QUICK = {"frequency": "10ms"}


def subscribed(venue: Running, topic: str) -> bool:
    return any(topic in t for o in venue.server.outlets for t in o.topics)


async def test_markets_and_public_data() -> None:
    async with running("mexc") as venue, client(venue) as ex:
        market = ex.markets[SPOT]
        assert (market["precision"], market["active"]) == ({"amount": 1e-5, "price": 0.01}, True)
        assert market["limits"]["cost"]["min"] == 5
        assert (market["maker"], market["taker"]) == (0, 0.0005)
        assert abs(await ex.fetch_time() - ex.milliseconds()) < 5000
        assert (await ex.fetch_status())["status"] == "ok"
        await until(lambda: venue.world.markets[0].trade_id > 3)
        book = await ex.fetch_order_book(SPOT, 5)
        assert len(book["bids"]) == len(book["asks"]) == 5
        assert book["bids"][0][0] < book["asks"][0][0]
        for ticker in (await ex.fetch_ticker(SPOT), (await ex.fetch_tickers())[SPOT]):
            assert 29_000 < ticker["last"] < 31_000
            assert ticker["bid"] < ticker["ask"]
        assert (await ex.fetch_bids_asks())[SPOT]["bid"] > 29_000
        trades = await ex.fetch_trades(SPOT, limit=3)
        assert len(trades) == 3
        assert trades[0]["timestamp"] <= trades[-1]["timestamp"]
        assert (await ex.fetch_ohlcv(SPOT, "1m"))[-1][4] == pytest.approx(30_000, abs=50)
        assert (await ex.spotPublicGetDefaultSymbols())["data"] == ["BTCUSDT"]
        assert float((await ex.spotPublicGetAvgPrice({"symbol": "BTCUSDT"}))["price"]) > 29_000


async def test_books_and_trades_equal_the_double_s_truth() -> None:
    async with running("mexc", lively(1.5), once=True) as venue, client(venue) as ex:
        ex.options["watchOrderBook"]["snapshotDelay"] = 3
        market = venue.world.markets[0]
        await asyncio.gather(ex.watch_trades(SPOT), ex.watch_order_book(SPOT, None, dict(QUICK)))
        await until(lambda: venue.world.exchange.exhausted)
        wanted = best(market, 5000)
        await until(lambda: [levels(ex.orderbooks[SPOT][s]) for s in ("bids", "asks")] == wanted)
        last = market.trades[-1]
        await until(lambda: ex.trades[SPOT][-1]["timestamp"] == last.time_ns // 1_000_000)
        heard = ex.trades[SPOT][-1]
        assert heard["side"] == ("buy" if last.side > 0 else "sell")
        assert (heard["price"], heard["amount"]) == (
            float(market.price(last.ticks)), float(market.size(last.lots)),
        )  # fmt: skip


async def test_tickers_and_candles_are_heard_and_left() -> None:
    async with running("mexc") as venue, client(venue) as ex:
        ticker = await ex.watch_ticker(SPOT)
        assert ticker["bid"] < ticker["ask"]
        candles = await ex.watch_ohlcv(SPOT, "1m")
        assert candles[-1][4] == pytest.approx(30_000, abs=50)
        await ex.un_watch_ticker(SPOT)
        await until(lambda: not subscribed(venue, "bookTicker"))


async def test_an_order_rests_and_is_cancelled_as_the_stream_tells() -> None:
    async with running("mexc") as venue, client(venue) as ex:
        first = asyncio.ensure_future(ex.watch_orders(SPOT))
        await until(lambda: subscribed(venue, "private.orders"))
        placed = await ex.create_order(SPOT, "limit", "buy", 0.01, 29_000, {"clientOrderId": "mine-1"})
        [told] = await first
        assert (told["id"], told["status"], told["clientOrderId"]) == (placed["id"], "open", "mine-1")
        assert (told["price"], told["amount"], told["side"]) == (29_000, 0.01, "buy")
        seen = await ex.fetch_order(None, SPOT, {"clientOrderId": "mine-1"})
        assert (seen["id"], seen["price"], seen["status"]) == (placed["id"], 29_000, "open")
        assert (await ex.fetch_balance())["USDT"]["used"] == 290
        assert [o["id"] for o in await ex.fetch_open_orders()] == [placed["id"]]
        gone = asyncio.ensure_future(
            hear(lambda: ex.watch_orders(SPOT), lambda heard: heard[-1]["status"] == "canceled")
        )
        cancelled = await ex.cancel_order(placed["id"], SPOT)
        assert (cancelled["id"], cancelled["status"]) == (placed["id"], "canceled")
        assert (await gone)[-1]["id"] == placed["id"]
        assert [o["status"] for o in await ex.fetch_orders(SPOT)] == ["canceled"]


async def test_fills_move_balances_and_streams() -> None:
    async with running("mexc") as venue, client(venue) as ex:
        trades = asyncio.ensure_future(ex.watch_my_trades(SPOT))
        await until(lambda: subscribed(venue, "private.deals"))
        money = asyncio.ensure_future(hear(ex.watch_balance, lambda b: b.get("BTC", {}).get("free") == 10.05))
        await until(lambda: subscribed(venue, "private.account"))
        order = await ex.create_order(SPOT, "market", "buy", 0.05)
        told = await trades
        assert {t["order"] for t in told} == {order["id"]}
        await money
        seen = await ex.fetch_order(order["id"], SPOT)
        assert (seen["status"], seen["filled"], seen["type"]) == ("closed", 0.05, "market")
        mine = await ex.fetch_my_trades(SPOT)
        assert sum(t["amount"] for t in mine) == pytest.approx(0.05)
        assert {t["id"] for t in told} <= {t["id"] for t in mine}
        assert sum(t["fee"]["cost"] for t in mine) == pytest.approx(seen["cost"] * 0.0005)
        assert mine == await ex.fetch_order_trades(order["id"], SPOT)
        cash = venue.world.account.total("spot", "USDT")
        assert (await ex.fetch_balance())["USDT"]["total"] == float(cash) < 100_000 - seen["cost"]


async def test_orders_for_money_and_in_time() -> None:
    async with running("mexc") as venue, client(venue) as ex:
        spent = await ex.create_market_buy_order_with_cost(SPOT, 600)
        assert 590 < (await ex.fetch_order(spent["id"], SPOT))["cost"] <= 600
        for tif, word in (("IOC", "IOC"), ("FOK", "FOK")):
            late = await ex.create_order(SPOT, "limit", "buy", 0.01, 29_000, {"timeInForce": tif})
            seen = await ex.fetch_order(late["id"], SPOT)
            assert (seen["status"], seen["timeInForce"]) == ("canceled", word)
        taken = await ex.create_order(SPOT, "limit", "sell", 0.01, 31_000, {"postOnly": True})
        assert (await ex.fetch_order(taken["id"], SPOT))["status"] == "open"
        await ex.create_order(SPOT, "limit", "buy", 0.01, 29_000)
        assert len(await ex.cancel_all_orders(SPOT)) == 2
        await ex.create_order(SPOT, "limit", "buy", 0.01, 29_000, {"test": True})
        assert venue.world.desk.open_orders() == []
        await ex.create_order(SPOT, "limit", "buy", 0.01, 29_000)
        await ex.cancel_all_orders()
        assert venue.world.desk.open_orders() == []


async def test_money_moves() -> None:
    async with running("mexc") as venue, client(venue) as ex:
        money = asyncio.ensure_future(ex.watch_balance())
        await until(lambda: subscribed(venue, "private.account"))
        moved = await ex.transfer("USDT", 1_500, "spot", "swap")
        assert (await money)["USDT"]["free"] == 98_500
        assert venue.world.account.total("perp", "USDT") == Decimal(101_500)
        params = {"fromAccountType": "spot", "toAccountType": "swap"}
        [seen] = await ex.fetch_transfers("USDT", params=params)
        assert (seen["id"], seen["amount"], seen["toAccount"]) == (moved["id"], 1_500, "swap")
        with pytest.raises(ccxt.InsufficientFunds, match="10101"):
            await ex.transfer("USDT", 1_000_000, "spot", "swap")
        sent = await ex.withdraw("USDT", 10, "T" + "1" * 33, {"network": "TRC20"})
        [gone] = await ex.fetch_withdrawals("USDT")
        assert (gone["id"], gone["status"], gone["network"]) == (sent["id"], "pending", "TRC20")
        await ex.spotPrivateDeleteCapitalWithdraw({"id": sent["id"]})
        assert venue.world.account.total("spot", "USDT") == 98_500
        assert (await ex.fetch_withdrawals("USDT"))[0]["status"] == "canceled"
        assert (await ex.fetch_deposit_address("USDT"))["network"] == "ERC20"
        assert await ex.fetch_deposits("USDT") == []
        assert (await ex.fetch_currencies())["USDT"]["networks"]["TRC20"]["withdraw"]
        fee = await ex.fetch_trading_fee(SPOT)
        assert (fee["maker"], fee["taker"]) == (0, 0.0005)
