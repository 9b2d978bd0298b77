"""An unmodified ccxt trades on the double of OKX."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import ccxt
import pytest

from tests.doubles.clients import best, client, hear, levels, until
from tests.doubles.servers import running
from tests.doubles.tapes import lively

SPOT, SWAP = "BTC/USDT", "BTC/USDT:USDT"
CONTRACT = 0.001


async def test_markets_and_public_data() -> None:
    async with running("okx") as venue, client(venue) as ex:
        assert set(ex.markets) == {SPOT, SWAP}
        assert ex.markets[SWAP]["contractSize"] == CONTRACT
        assert ex.markets[SWAP]["precision"] == {"amount": 1, "price": 0.1}
        assert abs(await ex.fetch_time() - ex.milliseconds()) < 5000
        for symbol in (SPOT, SWAP):
            book = await ex.fetch_order_book(symbol, 5)
            assert len(book["bids"]) == 5
            assert book["bids"][0][0] < book["asks"][0][0]
            assert 29_000 < (await ex.fetch_ticker(symbol))["last"] < 31_000
        await until(lambda: all(m.trade_id > 3 for m in venue.world.markets))
        assert len(await ex.fetch_trades(SWAP, limit=3)) == 3
        assert (await ex.fetch_ohlcv(SPOT, "1m"))[-1][4] == pytest.approx(30_000, abs=50)
        assert (await ex.fetch_funding_rate(SWAP))["fundingRate"] == 0.0001
        assert len(await ex.fetch_funding_rate_history(SWAP, limit=3)) == 3
        assert (await ex.fetch_mark_price(SWAP))["markPrice"] == pytest.approx(30_000, abs=50)
        assert "openInterestAmount" in await ex.fetch_open_interest(SWAP)


async def test_books_and_trades_equal_the_double_s_truth() -> None:
    async with running("okx", lively(1.5), once=True) as venue, client(venue) as ex:
        for symbol in (SPOT, SWAP):
            await ex.watch_order_book(symbol)
            await ex.watch_trades(symbol)
        await until(lambda: venue.world.exchange.exhausted)
        for market, symbol in zip(venue.world.markets, (SPOT, SWAP), strict=True):
            unit = CONTRACT if market.is_perp else 1
            wanted = [[(p, pytest.approx(q / unit)) for p, q in side] for side in best(market, 400)]
            book = ex.orderbooks[symbol]
            await until(lambda b=book, w=wanted: [levels(b[s]) for s in ("bids", "asks")] == w)
            last = str(market.trades[-1].id)
            await until(lambda s=symbol, n=last: ex.trades[s][-1]["id"] == n)


async def test_an_order_rests_is_amended_and_cancelled_as_the_stream_tells() -> None:
    async with running("okx") as venue, client(venue) as ex:
        first = asyncio.ensure_future(ex.watch_orders(SWAP))
        await until(lambda: any("private/orders" in t for o in venue.server.outlets for t in o.topics))
        placed = await ex.create_order(SWAP, "limit", "buy", 10, 29_000, {"clientOrderId": "mine1"})
        [told] = await first
        assert (told["id"], told["status"], told["clientOrderId"]) == (placed["id"], "open", "mine1")
        await ex.edit_order(placed["id"], SWAP, "limit", "buy", 20, 29_100)
        seen = await ex.fetch_order(placed["id"], SWAP)
        assert (seen["amount"], seen["price"], seen["status"]) == (20, 29_100, "open")
        assert [o["id"] for o in await ex.fetch_open_orders()] == [placed["id"]]
        gone = asyncio.ensure_future(
            hear(lambda: ex.watch_orders(SWAP), lambda heard: heard[-1]["status"] == "canceled")
        )
        await ex.cancel_order(placed["id"], SWAP)
        assert (await gone)[-1]["id"] == placed["id"]
        assert (await ex.fetch_canceled_orders(SWAP))[-1]["id"] == placed["id"]


async def test_fills_move_position_balance_and_streams() -> None:
    async with running("okx") as venue, client(venue) as ex:
        trades = asyncio.ensure_future(ex.watch_my_trades(SWAP))
        await until(lambda: any("private/orders" in t for o in venue.server.outlets for t in o.topics))
        money = asyncio.ensure_future(hear(ex.watch_balance, lambda b: b["USDT"]["total"] < 100_000))
        held = asyncio.ensure_future(
            hear(ex.watch_positions, lambda ps: any(p["contracts"] == 500 for p in ps))
        )
        await until(lambda: any("private/positions" in t for o in venue.server.outlets for t in o.topics))
        order = await ex.create_order(SWAP, "market", "buy", 500)
        assert {t["order"] for t in await trades} == {order["id"]}
        await asyncio.gather(money, held)
        seen = await ex.fetch_order(order["id"], SWAP)
        assert (seen["status"], seen["filled"]) == ("closed", 500)
        mine = await ex.fetch_my_trades(SWAP)
        paid = sum(t["fee"]["cost"] for t in mine)
        assert paid == pytest.approx(0.5 * seen["average"] * 0.0005)
        [position] = await ex.fetch_positions([SWAP])
        assert (position["contracts"], position["side"]) == (500, "long")
        assert position["entryPrice"] == pytest.approx(seen["average"])
        cash = venue.world.account.total("perp", "USDT")
        assert cash == Decimal(100_000) - venue.world.desk.orders[int(order["id"])].fee
        await ex.create_order(SWAP, "market", "sell", 500, None, {"reduceOnly": True})
        assert await ex.fetch_positions() == []
        bills = await ex.fetch_ledger("USDT", params={"type": "swap"})
        assert [b["type"] for b in bills] == ["trade"] * len(venue.world.desk.fills)


async def test_orders_over_the_socket_and_in_batches() -> None:
    async with running("okx") as venue, client(venue) as ex:
        placed = await ex.create_order_ws(SPOT, "limit", "buy", 0.01, 29_000)
        await ex.edit_order_ws(placed["id"], SPOT, "limit", "buy", 0.03, 29_000)
        assert (await ex.fetch_open_orders(SPOT))[0]["amount"] == 0.03
        await ex.cancel_order_ws(placed["id"], SPOT)
        assert venue.world.desk.open_orders() == []
        rows = [
            {"symbol": SWAP, "type": "limit", "side": "buy", "amount": 10, "price": 29_000},
            {"symbol": SWAP, "type": "limit", "side": "buy", "amount": 900_000, "price": 29_000},
        ]
        good, bad = await ex.create_orders(rows)
        assert good["id"]
        assert bad["status"] == "rejected"
        assert len(await ex.cancel_orders([good["id"]], SWAP)) == 1


async def test_money_and_settings() -> None:
    async with running("okx") as venue, client(venue) as ex:
        moved = await ex.transfer("USDT", 1_500, "trading", "funding")
        assert moved["amount"] == 1_500
        assert (await ex.fetch_balance())["USDT"]["total"] == 98_500
        assert (await ex.fetch_balance({"type": "funding"}))["USDT"]["total"] == 101_500
        with pytest.raises(ccxt.InsufficientFunds, match="58350"):
            await ex.transfer("USDT", 1_000_000, "trading", "funding")
        sent = await ex.withdraw("USDT", 10, "0x" + "1" * 40)
        assert (await ex.fetch_withdrawals("USDT"))[0]["id"] == sent["id"]
        assert (await ex.privateGetAssetDepositAddress({"ccy": "USDT"}))["data"][0]["addr"].startswith("0x")
        await ex.set_leverage(7, SWAP)
        assert (await ex.fetch_leverage(SWAP))["longLeverage"] == 7
        assert not (await ex.fetch_position_mode())["hedged"]
        fee = await ex.fetch_trading_fee(SWAP)
        assert (fee["maker"], fee["taker"]) == (0.0002, 0.0005)
