"""An unmodified ccxt trades on the double of Bybit."""

from __future__ import annotations

import asyncio

import ccxt
import pytest

from tests.doubles.clients import client, hear, levels, until
from tests.doubles.servers import running
from tests.doubles.tapes import lively

SPOT, LINEAR = "BTC/USDT", "BTC/USDT:USDT"


async def test_markets_and_public_data() -> None:
    async with running("bybit") as venue, client(venue) as ex:
        assert set(ex.markets) == {SPOT, LINEAR}
        assert ex.markets[LINEAR]["linear"]
        assert ex.markets[LINEAR]["precision"] == {
            "amount": 0.001,
            "price": 0.1,
        }
        assert ex.markets[SPOT]["limits"]["cost"]["min"] == 5
        assert abs(await ex.fetch_time() - ex.milliseconds()) < 5000
        for symbol in (SPOT, LINEAR):
            book = await ex.fetch_order_book(symbol, 5)
            assert len(book["bids"]) == 5
            assert book["bids"][0][0] < book["asks"][0][0]
            ticker = await ex.fetch_ticker(symbol)
            assert 29_000 < ticker["last"] < 31_000
            assert ticker["bid"] < ticker["ask"]
        await until(lambda: all(m.trade_id > 3 for m in venue.world.markets))
        trades = await ex.fetch_trades(LINEAR, limit=3)
        assert len(trades) == 3
        assert trades[0]["timestamp"] <= trades[-1]["timestamp"]
        assert (await ex.fetch_ohlcv(SPOT, "1m"))[-1][4] == pytest.approx(30_000, abs=50)
        assert (await ex.fetch_funding_rate(LINEAR))["fundingRate"] == 0.0001
        assert len(await ex.fetch_funding_rate_history(LINEAR, limit=3)) == 3
        assert "openInterestAmount" in await ex.fetch_open_interest(LINEAR)


async def test_books_and_trades_equal_the_double_s_truth() -> None:
    async with running("bybit", lively(1.5), once=True) as venue, client(venue) as ex:
        for symbol in (SPOT, LINEAR):
            await ex.watch_order_book(symbol, 50)
            await ex.watch_trades(symbol)
        await until(lambda: venue.world.exchange.exhausted)
        for market, symbol in zip(venue.world.markets, (SPOT, LINEAR), strict=True):
            bids, asks = market.top(50)
            wanted = [
                [(float(market.price(t)), float(market.size(n))) for t, n in side] for side in (bids, asks)
            ]
            await until(
                lambda b=ex.orderbooks[symbol], w=wanted: (
                    [levels(b["bids"])[:50], levels(b["asks"])[:50]] == w
                )
            )
            last = market.trades[-1]
            await until(lambda s=symbol, t=last.time_ns // 1_000_000: ex.trades[s][-1]["timestamp"] == t)
            heard = ex.trades[symbol][-1]
            assert heard["price"] == float(market.price(last.ticks))
            assert heard["amount"] == float(market.size(last.lots))


async def test_an_order_rests_is_amended_and_cancelled_as_the_stream_tells() -> None:
    async with running("bybit") as venue, client(venue) as ex:
        first = asyncio.ensure_future(ex.watch_orders(LINEAR))
        await until(lambda: venue.server.wanted("order"))
        placed = await ex.create_order(LINEAR, "limit", "buy", 0.01, 29_000, {"clientOrderId": "mine-1"})
        assert [(o["id"], o["status"], o["clientOrderId"]) for o in await first] == [
            (placed["id"], "open", "mine-1")
        ]
        assert [o["id"] for o in await ex.fetch_open_orders(LINEAR)] == [placed["id"]]
        await ex.edit_order(placed["id"], LINEAR, "limit", "buy", 0.02, 29_100)
        seen = await ex.fetch_order(placed["id"], LINEAR, {"acknowledged": True})
        assert (seen["amount"], seen["price"], seen["status"]) == (0.02, 29_100, "open")
        gone = asyncio.ensure_future(
            hear(lambda: ex.watch_orders(LINEAR), lambda heard: heard[-1]["status"] == "canceled")
        )
        await ex.cancel_order(placed["id"], LINEAR)
        assert (await gone)[-1]["id"] == placed["id"]
        assert await ex.fetch_open_orders(LINEAR) == []
        assert (await ex.fetch_canceled_orders(LINEAR))[-1]["id"] == placed["id"]


async def test_fills_move_position_balance_and_streams() -> None:
    async with running("bybit") as venue, client(venue) as ex:
        waiting = [
            asyncio.ensure_future(ex.watch_my_trades(LINEAR)),
            asyncio.ensure_future(hear(ex.watch_balance, lambda b: b["USDT"]["total"] < 100_000)),
        ]
        await until(lambda: all(venue.server.wanted(t) for t in ("execution", "wallet")))
        order = await ex.create_order(LINEAR, "market", "buy", 0.5)
        trades, _ = await asyncio.gather(*waiting)
        assert {t["order"] for t in trades} == {order["id"]}
        seen = await ex.fetch_order(order["id"], LINEAR, {"acknowledged": True})
        assert (seen["status"], seen["filled"]) == ("closed", 0.5)
        mine = await ex.fetch_my_trades(LINEAR)
        assert sum(t["amount"] for t in mine) == pytest.approx(0.5)
        paid = sum(t["fee"]["cost"] for t in mine)
        assert paid == pytest.approx(seen["cost"] * 0.00055)
        [position] = await ex.fetch_positions([LINEAR])
        assert (position["contracts"], position["side"]) == (0.5, "long")
        assert position["entryPrice"] == pytest.approx(seen["average"])
        balance = await ex.fetch_balance()
        assert balance["USDT"]["total"] == pytest.approx(100_000 - paid)
        assert balance["USDT"]["used"] >= position["initialMargin"] * 0.99
        await ex.create_order(LINEAR, "market", "sell", 0.5, None, {"reduceOnly": True})
        assert await ex.fetch_positions() == []


async def test_spot_trades_move_both_coins() -> None:
    async with running("bybit") as venue, client(venue) as ex:
        order = await ex.create_order(SPOT, "market", "buy", 0.1)
        balance = await ex.fetch_balance()
        assert balance["BTC"]["total"] == pytest.approx(10.1)
        resting = await ex.create_order(SPOT, "limit", "sell", 1, 40_000, {"timeInForce": "PO"})
        assert (await ex.fetch_balance())["BTC"]["used"] == pytest.approx(1)
        assert (await ex.cancel_all_orders(SPOT))[0]["id"] == resting["id"]
        assert (await ex.fetch_my_trades(SPOT))[0]["order"] == order["id"]
        quote = await ex.create_market_buy_order_with_cost(SPOT, 3_000)
        seen = await ex.fetch_order(quote["id"], SPOT, {"acknowledged": True})
        assert 2_900 < seen["cost"] <= 3_000


async def test_orders_over_the_trade_socket_and_in_batches() -> None:
    async with running("bybit") as venue, client(venue) as ex:
        placed = await ex.create_order_ws(LINEAR, "limit", "buy", 0.01, 29_000)
        await ex.edit_order_ws(placed["id"], LINEAR, "limit", "buy", 0.03, 29_000)
        assert (await ex.fetch_open_orders(LINEAR))[0]["amount"] == 0.03
        await ex.cancel_order_ws(placed["id"], LINEAR)
        with pytest.raises(ccxt.OrderNotFound):
            await ex.cancel_order_ws(placed["id"], LINEAR)
        with pytest.raises(ccxt.InsufficientFunds):
            await ex.create_order_ws(LINEAR, "limit", "buy", 1_000, 30_000)
        rows = [
            {"symbol": LINEAR, "type": "limit", "side": "buy", "amount": 0.01, "price": 29_000},
            {"symbol": LINEAR, "type": "limit", "side": "buy", "amount": 900, "price": 29_000},
        ]
        good, bad = await ex.create_orders(rows)
        assert good["id"]
        assert bad["status"] == "rejected"
        assert len(await ex.cancel_orders([good["id"]], LINEAR)) == 1
        assert venue.world.desk.open_orders() == []


async def test_money_moves_between_wallets_and_out() -> None:
    async with running("bybit") as venue, client(venue) as ex:
        await ex.transfer("USDT", 1_500, "unified", "funding")
        assert (await ex.fetch_balance())["USDT"]["total"] == 98_500
        assert (await ex.fetch_balance({"type": "funding"}))["USDT"]["total"] == 101_500
        [moved] = await ex.fetch_transfers("USDT")
        assert (moved["amount"], moved["fromAccount"], moved["status"]) == (1_500, "unified", "ok")
        with pytest.raises(ccxt.InsufficientFunds):
            await ex.transfer("USDT", 1_000_000, "unified", "funding")
        address = (await ex.fetch_deposit_addresses_by_network("USDT"))["ERC20"]["address"]
        sent = await ex.withdraw("USDT", 10, address, {"network": "ERC20", "accountType": "FUND"})
        assert (await ex.fetch_withdrawals("USDT"))[0]["id"] == sent["id"]
        assert [e["amount"] for e in await ex.fetch_ledger("USDT")] == [1_500]


async def test_settings_and_fees() -> None:
    async with running("bybit") as venue, client(venue) as ex:
        await ex.set_leverage(7, LINEAR)
        assert venue.world.account.leverage[1] == 7
        with pytest.raises(ccxt.BadRequest):
            await ex.set_leverage(7, LINEAR)
        with pytest.raises(ccxt.NoChange):
            await ex.set_position_mode(False, LINEAR)
        await ex.set_margin_mode("isolated", LINEAR)
        assert venue.world.account.isolated[1]
        fee = await ex.fetch_trading_fee(LINEAR)
        assert (fee["maker"], fee["taker"]) == (0.0002, 0.00055)
