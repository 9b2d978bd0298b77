"""Account paths: balances, positions, settings, income, and the wallet's transfers, deposits and withdrawals.

developers.binance.com, "Account endpoints" of spot, "Account" of USD-M futures, "Capital" and "Asset" of the
wallet (read 2026-11-21).
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

import msgspec

from titan.doubles.account import Balance, Movement, Position
from titan.doubles.binance.calls import MS, Call, Endpoint, Table
from titan.doubles.binance.errors import BinanceError, refused
from titan.doubles.binance.numbers import fixed
from titan.doubles.rails import address_of, networks_of
from titan.doubles.refusal import Refused
from titan.model.instrument import FeeSchedule

Body = dict[str, object]

_TRANSFERS: Final = {
    "MAIN_UMFUTURE": ("spot", "perp"), "UMFUTURE_MAIN": ("perp", "spot"), "MAIN_FUNDING": ("spot", "fund"),
    "FUNDING_MAIN": ("fund", "spot"), "UMFUTURE_FUNDING": ("perp", "fund"),
    "FUNDING_UMFUTURE": ("fund", "perp"),
}  # fmt: skip
_NOTHING: Final = Balance(Decimal(0), Decimal(0), Decimal(0))


def _fees(call: Call) -> FeeSchedule:
    return call.world.of_kind("perp" if call.perp else "spot")[0].instrument.fees


def spot_account(call: Call) -> Body:
    fees = _fees(call)
    rates = {"maker": fixed(fees.maker), "taker": fixed(fees.taker), "buyer": fixed(0), "seller": fixed(0)}
    may = call.key is not None and call.key.may("trade")
    balances = [
        {"asset": asset, "free": fixed(b.free), "locked": fixed(b.locked)}
        for asset, b in sorted(call.world.account.balances("spot").items())
        if b.total or call.params.get("omitZeroBalances") != "true"
    ]
    return {
        "makerCommission": int(fees.maker * 10_000), "takerCommission": int(fees.taker * 10_000),
        "buyerCommission": 0, "sellerCommission": 0, "commissionRates": rates, "canTrade": may,
        "canWithdraw": call.key is not None and call.key.may("withdraw"), "canDeposit": True,
        "brokered": False, "requireSelfTradePrevention": False, "preventSor": False,
        "updateTime": call.world.now_ms(), "accountType": "SPOT", "balances": balances,
        "permissions": ["SPOT"], "uid": 354937868,
    }  # fmt: skip


def spot_commission(call: Call) -> Body:
    fees = call.market().instrument.fees
    none = {"maker": fixed(0), "taker": fixed(0), "buyer": fixed(0), "seller": fixed(0)}
    standard = none | {"maker": fixed(fees.maker), "taker": fixed(fees.taker)}
    discount = {"enabledForAccount": False, "enabledForSymbol": False, "discountAsset": "BNB"}
    return {
        "symbol": call.market().instrument.symbol, "standardCommission": standard, "taxCommission": none,
        "specialCommission": none, "discount": discount | {"discount": fixed(0)},
    }  # fmt: skip


def _unrealised(call: Call) -> Decimal:
    return sum((p.unrealised for p in call.world.account.positions()), Decimal(0))


def perp_balance(call: Call) -> list[Body]:
    gained = _unrealised(call)
    return [
        {
            "accountAlias": "SgsR", "asset": asset, "balance": fixed(b.total),
            "crossWalletBalance": fixed(b.total), "crossUnPnl": fixed(gained),
            "availableBalance": fixed(b.free), "maxWithdrawAmount": fixed(b.free), "marginAvailable": True,
            "updateTime": call.world.now_ms(),
        }
        for asset, b in call.world.account.balances("perp").items()
    ]  # fmt: skip


def perp_account(call: Call) -> Body:
    gained = _unrealised(call)
    held = call.world.account.positions()
    initial = sum((p.initial_margin for p in held), Decimal(0))
    maintenance = sum((p.maintenance_margin for p in held), Decimal(0))
    balances = call.world.account.balances("perp")
    main = balances.get("USDT", next(iter(balances.values()), _NOTHING))

    def sums(b: Balance) -> Body:
        waiting = max(b.locked - initial, Decimal(0))
        return {
            "walletBalance": fixed(b.total), "unrealizedProfit": fixed(gained),
            "marginBalance": fixed(b.total + gained), "maintMargin": fixed(maintenance),
            "initialMargin": fixed(initial + waiting), "positionInitialMargin": fixed(initial),
            "openOrderInitialMargin": fixed(waiting), "crossWalletBalance": fixed(b.total),
            "crossUnPnl": fixed(gained), "availableBalance": fixed(b.free),
            "maxWithdrawAmount": fixed(b.free), "marginAvailable": True, "updateTime": call.world.now_ms(),
        }  # fmt: skip

    total = sums(main)
    free = {name: total.pop(name) for name in ("availableBalance", "maxWithdrawAmount")}
    del total["marginAvailable"], total["updateTime"]
    body = account_config(call) | free | {f"total{name[0].upper()}{name[1:]}": v for name, v in total.items()}
    del body["dualSidePosition"]
    return body | {
        "assets": [{"asset": asset} | sums(b) for asset, b in balances.items()],
        "positions": [position_body(p) | _account_extras(p) for p in held],
    }


def _account_extras(p: Position) -> Body:
    return {"unrealizedProfit": fixed(p.unrealised), "isolated": p.isolated, "maxNotional": "40000000"}


def position_body(p: Position) -> Body:
    one = p.market.instrument
    return {
        "symbol": one.symbol, "positionSide": "BOTH", "positionAmt": f"{p.size:f}",
        "entryPrice": f"{p.entry:f}", "breakEvenPrice": f"{p.entry:f}", "markPrice": fixed(p.mark),
        "unRealizedProfit": fixed(p.unrealised), "liquidationPrice": "0", "isolatedMargin": "0.00000000",
        "notional": fixed(p.notional), "marginAsset": one.settle, "isolatedWallet": "0",
        "initialMargin": fixed(p.initial_margin), "maintMargin": fixed(p.maintenance_margin),
        "positionInitialMargin": fixed(p.initial_margin), "openOrderInitialMargin": "0", "adl": 1,
        "bidNotional": "0", "askNotional": "0", "leverage": str(p.leverage),
        "marginType": "isolated" if p.isolated else "cross", "isAutoAddMargin": "false",
        "maxNotionalValue": "40000000", "updateTime": p.updated_ns // MS,
    }  # fmt: skip


def positions(call: Call) -> list[Body]:
    chosen = {m.index for m in call.markets()}
    return [position_body(p) for p in call.world.account.positions() if p.inst in chosen]


def open_positions(call: Call) -> list[Body]:
    """The v3 path: flat ones are left out."""
    return [body for body in positions(call) if Decimal(str(body["positionAmt"]))]


def set_leverage(call: Call) -> Body:
    m, leverage = call.market(), call.integer("leverage")
    try:
        call.world.account.set_leverage(m.index, leverage)
    except Refused as no:
        raise refused(no.reason, perp=True, leverage=leverage) from no
    return {"leverage": leverage, "maxNotionalValue": "40000000", "symbol": m.instrument.symbol}


def set_margin(call: Call) -> Body:
    wanted = call.text("marginType").upper()
    if wanted not in ("ISOLATED", "CROSSED"):
        raise BinanceError(-4048, "Invalid margin type.")
    try:
        call.world.account.set_isolated(call.market().index, wanted == "ISOLATED")
    except Refused as no:
        raise refused(no.reason, perp=True) from no
    return {"code": 200, "msg": "success"}


def set_dual(call: Call) -> Body:
    if call.text("dualSidePosition").lower() == "true":
        raise BinanceError(-4060, "Invalid position side: this double has one-way positions only.")
    raise BinanceError(-4059, "No need to change position side.")


def brackets(call: Call) -> list[Body]:
    found: list[Body] = []
    for one in (m.instrument for m in call.markets()):
        only = {
            "bracket": 1, "initialLeverage": one.max_leverage, "notionalCap": 40_000_000, "cum": 0.0,
            "notionalFloor": 0, "maintMarginRatio": float(one.maintenance_margin),
        }  # fmt: skip
        found.append({"symbol": one.symbol, "notionalCoef": 1.0, "brackets": [only]})
    return found


def symbol_config(call: Call) -> list[Body]:
    account = call.world.account
    return [
        {
            "symbol": m.instrument.symbol,
            "marginType": "ISOLATED" if account.isolated[m.index] else "CROSSED", "isAutoAddMargin": False,
            "leverage": account.leverage[m.index], "maxNotionalValue": "40000000",
        }
        for m in call.markets()
    ]  # fmt: skip


def account_config(call: Call) -> Body:
    del call
    return {
        "feeTier": 0, "canTrade": True, "canDeposit": True, "canWithdraw": True, "dualSidePosition": False,
        "updateTime": 0, "multiAssetsMargin": False, "tradeGroupId": -1,
    }  # fmt: skip


def perp_commission(call: Call) -> Body:
    one = call.market().instrument
    return {
        "symbol": one.symbol, "makerCommissionRate": f"{one.fees.maker:f}",
        "takerCommissionRate": f"{one.fees.taker:f}",
    }  # fmt: skip


def income(call: Call) -> list[Body]:
    """Funding, realised profit and fees, oldest first."""
    chosen = {m.index: m for m in call.markets()}
    found: list[tuple[int, int, str, Decimal, int]] = [
        (p.time_ns, p.inst, "FUNDING_FEE", p.amount, p.id) for p in call.world.account.funding
    ]
    for f in call.world.desk.fills:
        inst = call.world.desk.orders[f.order_id].inst
        found.append((f.time_ns, inst, "COMMISSION", -f.fee, f.id))
        if f.realised:
            found.append((f.time_ns, inst, "REALIZED_PNL", f.realised, f.id))
    wanted, start = call.params.get("incomeType", ""), call.integer("startTime")
    rows = [
        {
            "symbol": chosen[inst].instrument.symbol, "incomeType": what, "income": fixed(amount),
            "asset": chosen[inst].instrument.settle, "info": what, "time": at // MS, "tranId": number,
            "tradeId": str(number) if what != "FUNDING_FEE" else "",
        }
        for at, inst, what, amount, number in sorted(found)
        if inst in chosen and wanted in ("", what) and at // MS >= start
    ]  # fmt: skip
    return rows[-call.limit(100, 1000) :]


# The wallet.


def transfer(call: Call) -> Body:
    route = _TRANSFERS.get(call.text("type"))
    if route is None:
        raise BinanceError(-1102, "Mandatory parameter 'type' was not sent, was empty/null, or malformed.")
    try:
        moved = call.world.account.transfer(call.text("asset"), call.number("amount") or Decimal(0), *route)
    except Refused as no:
        raise BinanceError(-5013, "Asset transfer failed: insufficient balance") from no
    return {"tranId": moved.id}


def futures_transfer(call: Call) -> Body:
    """The older way: type 1 is from spot to USD-M futures, 2 the way back."""
    route = {1: "MAIN_UMFUTURE", 2: "UMFUTURE_MAIN"}.get(call.integer("type"), "")
    return transfer(msgspec.structs.replace(call, params={**call.params, "type": route}))


def transfers(call: Call) -> Body:
    named = {route: name for name, route in _TRANSFERS.items()}
    rows = [
        {
            "asset": m.asset, "amount": f"{m.amount:f}", "type": named[m.source, m.target],
            "status": "CONFIRMED", "tranId": m.id, "timestamp": m.time_ns // MS,
        }
        for m in call.world.account.history("transfer")
        if call.params.get("type", "") in ("", named[m.source, m.target])
    ]  # fmt: skip
    return {"total": len(rows), "rows": rows[::-1]}


def deposit_address(call: Call) -> Body:
    coin = call.text("coin")
    networks = networks_of("binance", coin)
    network = call.params.get("network") or networks[0]
    for name, known in (
        ("coin", coin in call.world.account.balances("spot")),
        ("network", network in networks),
    ):
        if not known:
            raise BinanceError(-1130, f"Data sent for parameter '{name}' is not valid.")
    return {"address": address_of("binance", coin, network), "coin": coin, "tag": "", "url": ""}


def withdraw(call: Call) -> Body:
    networks = networks_of("binance", call.text("coin"))
    if call.params.get("network") and call.params["network"] not in networks:
        raise BinanceError(-4019, "The current currency is not open for withdrawal")
    try:
        moved = call.world.account.withdraw(
            call.text("coin"), call.number("amount") or Decimal(0), wallet="spot",
            address=call.text("address"), network=call.params.get("network") or networks[0],
            client_id=call.params.get("withdrawOrderId", ""),
        )  # fmt: skip
    except Refused as no:
        raise BinanceError(-4026, "The user has insufficient balance available.") from no
    return {"id": f"{moved.id:032x}"}


def withdrawals(call: Call) -> list[Body]:
    return [
        _moved(m) | {
            "id": f"{m.id:032x}", "amount": f"{m.net:f}", "transactionFee": f"{m.fee:f}",
            "status": {"completed": 6, "failed": 5}.get(m.state, 4), "withdrawOrderId": m.client_id,
            "applyTime": f"{datetime.fromtimestamp(m.time_ns // 1_000_000_000, UTC):%Y-%m-%d %H:%M:%S}",
            "info": "", "confirmNo": 3, "walletType": 0, "txKey": "",
        }
        for m in reversed(call.world.account.history("withdrawal"))
        if call.params.get("withdrawOrderId", "") in ("", m.client_id)
    ]  # fmt: skip


def deposits(call: Call) -> list[Body]:
    return [
        _moved(m) | {
            "amount": f"{m.amount:f}", "status": 1 if m.state == "completed" else 0, "confirmTimes": "1/1",
            "insertTime": m.time_ns // MS, "unlockConfirm": 0, "walletType": 0,
        }
        for m in reversed(call.world.account.history("deposit"))
        if call.params.get("coin", "") in ("", m.asset)
    ]  # fmt: skip


def _moved(m: Movement) -> Body:
    return {
        "coin": m.asset, "address": m.address, "addressTag": "", "txId": m.txid, "network": m.network,
        "transferType": 0,
    }  # fmt: skip


def coins(call: Call) -> list[Body]:
    return [
        {
            "coin": asset, "name": asset, "free": fixed(b.free), "locked": fixed(b.locked), "freeze": "0",
            "withdrawing": "0", "ipoing": "0", "ipoable": "0", "storage": "0", "isLegalMoney": False,
            "trading": True, "depositAllEnable": True, "withdrawAllEnable": True,
            "networkList": [_network(call, asset, network) for network in networks_of("binance", asset)],
        }
        for asset, b in sorted(call.world.account.balances("spot").items())
    ]  # fmt: skip


def _network(call: Call, asset: str, network: str) -> Body:
    return {
        "network": network, "coin": asset, "name": network, "depositEnable": True, "withdrawEnable": True,
        "isDefault": network == networks_of("binance", asset)[0],
        "withdrawFee": f"{call.world.account.fees.get(asset, 0):f}", "withdrawMin": "0.00000001",
        "withdrawMax": "1000000", "minConfirm": 1, "withdrawIntegerMultiple": "0.00000001",
        "unLockConfirm": 0, "busy": False,
    }  # fmt: skip


def trade_fees(call: Call) -> list[Body]:
    return [
        {
            "symbol": m.instrument.symbol, "makerCommission": f"{m.instrument.fees.maker:f}",
            "takerCommission": f"{m.instrument.fees.taker:f}",
        }
        for m in call.markets()
    ]  # fmt: skip


def funding_assets(call: Call) -> list[Body]:
    return [
        {"asset": asset, "free": fixed(b.free), "locked": "0", "freeze": "0", "withdrawing": "0",
         "btcValuation": "0"}
        for asset, b in call.world.account.balances("fund").items()
    ]  # fmt: skip


def restrictions(call: Call) -> Body:
    key = call.key
    trade = key is not None and key.may("trade")
    return {
        "ipRestrict": False, "createTime": call.world.start_ns // MS, "enableReading": True,
        "enableSpotAndMarginTrading": trade, "enableFutures": trade,
        "enableWithdrawals": key is not None and key.may("withdraw"), "enableInternalTransfer": False,
        "permitsUniversalTransfer": key is not None and key.may("transfer"), "enableVanillaOptions": False,
        "enableMargin": False, "enablePortfolioMarginTrading": False, "enableFixApiTrade": False,
        "enableFixReadOnly": False,
    }  # fmt: skip


SPOT: Final[Table] = {
    ("GET", "/api/v3/account"): Endpoint(spot_account, "read", 20),
    ("GET", "/api/v3/account/commission"): Endpoint(spot_commission, "read", 20),
    ("GET", "/sapi/v1/capital/config/getall"): Endpoint(coins, "read", 10),
    ("POST", "/sapi/v1/asset/transfer"): Endpoint(transfer, "transfer"),
    ("GET", "/sapi/v1/asset/transfer"): Endpoint(transfers, "read"),
    ("POST", "/sapi/v1/futures/transfer"): Endpoint(futures_transfer, "transfer"),
    ("GET", "/sapi/v1/capital/deposit/address"): Endpoint(deposit_address, "read", 10),
    ("GET", "/sapi/v1/capital/deposit/hisrec"): Endpoint(deposits, "read"),
    ("POST", "/sapi/v1/capital/withdraw/apply"): Endpoint(withdraw, "withdraw"),
    ("GET", "/sapi/v1/capital/withdraw/history"): Endpoint(withdrawals, "read"),
    ("GET", "/sapi/v1/asset/tradeFee"): Endpoint(trade_fees, "read"),
    ("POST", "/sapi/v1/asset/get-funding-asset"): Endpoint(funding_assets, "read"),
    ("GET", "/sapi/v1/account/apiRestrictions"): Endpoint(restrictions, "read"),
    ("GET", "/sapi/v1/account/status"): Endpoint(lambda _: {"data": "Normal"}, "read"),
    ("GET", "/sapi/v1/system/status"): Endpoint(lambda _: {"status": 0, "msg": "normal"}),
    ("GET", "/sapi/v1/margin/allPairs"): Endpoint(lambda _: [], "key"),
    ("GET", "/sapi/v1/margin/isolated/allPairs"): Endpoint(lambda _: [], "key"),
}
PERP: Final[Table] = {
    ("GET", "/fapi/v2/account"): Endpoint(perp_account, "read", 5),
    ("GET", "/fapi/v3/account"): Endpoint(perp_account, "read", 5),
    ("GET", "/fapi/v2/balance"): Endpoint(perp_balance, "read", 5),
    ("GET", "/fapi/v3/balance"): Endpoint(perp_balance, "read", 5),
    ("GET", "/fapi/v2/positionRisk"): Endpoint(positions, "read", 5),
    ("GET", "/fapi/v3/positionRisk"): Endpoint(open_positions, "read", 5),
    ("POST", "/fapi/v1/leverage"): Endpoint(set_leverage, "trade"),
    ("POST", "/fapi/v1/marginType"): Endpoint(set_margin, "trade"),
    ("GET", "/fapi/v1/positionSide/dual"): Endpoint(lambda _: {"dualSidePosition": False}, "read", 30),
    ("POST", "/fapi/v1/positionSide/dual"): Endpoint(set_dual, "trade"),
    ("GET", "/fapi/v1/multiAssetsMargin"): Endpoint(lambda _: {"multiAssetsMargin": False}, "read", 30),
    ("GET", "/fapi/v1/leverageBracket"): Endpoint(brackets, "read"),
    ("GET", "/fapi/v1/symbolConfig"): Endpoint(symbol_config, "read", 5),
    ("GET", "/fapi/v1/accountConfig"): Endpoint(account_config, "read", 5),
    ("GET", "/fapi/v1/commissionRate"): Endpoint(perp_commission, "read", 20),
    ("GET", "/fapi/v1/income"): Endpoint(income, "read", 30),
}
