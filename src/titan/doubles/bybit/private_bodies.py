"""What Bybit writes about an account: orders, executions, positions, wallets, from plain values.

Field names: bybit-exchange.github.io/docs/v5 (order, position, account, asset and websocket/private pages,
read 2026-11-21). Numbers are text; an absent price or time is "" or "0" exactly where Bybit writes it so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from titan.doubles.bybit.bodies import Body

STATUS: Final[dict[str, str]] = {
    "open": "New",
    "partial": "PartiallyFilled",
    "filled": "Filled",
    "cancelled": "Cancelled",
    "part cancelled": "PartiallyFilledCanceled",
    "rejected": "Rejected",
    "untriggered": "Untriggered",
    "deactivated": "Deactivated",
}


def order(
    *, category: str, symbol: str, order_id: str, link_id: str, side: str, kind: str, tif: str, price: str,
    qty: str, filled: str, value: str, left: str, left_value: str, average: str, fee: str, fee_coin: str,
    status: str, cancel: str, reason: str, trigger: str, trigger_direction: int, reduce_only: bool,
    position_index: int, market_unit: str, created_ms: int, updated_ms: int, last: str,
) -> Body:  # fmt: skip
    """An order as REST and the `order` topic show it."""
    body: Body = {
        "category": category,
        "symbol": symbol,
        "orderId": order_id,
        "orderLinkId": link_id,
        "blockTradeId": "",
        "side": side,
        "positionIdx": position_index,
        "orderStatus": status,
        "createType": "CreateByUser",
        "cancelType": cancel,
        "rejectReason": reason,
        "timeInForce": tif,
        "isLeverage": "0" if category == "spot" else "",
        "price": price,
        "qty": qty,
        "avgPrice": average,
        "leavesQty": left,
        "leavesValue": left_value,
        "cumExecQty": filled,
        "cumExecValue": value,
        "cumExecFee": fee,
        "cumFeeDetail": {fee_coin: fee} if fee_coin and fee not in ("", "0") else {},
        "orderType": kind,
        "stopOrderType": "Stop" if trigger else "",
        "orderIv": "",
        "triggerPrice": trigger,
        "takeProfit": "",
        "stopLoss": "",
        "triggerBy": "LastPrice" if trigger else "",
        "tpTriggerBy": "",
        "slTriggerBy": "",
        "triggerDirection": trigger_direction,
        "placeType": "",
        "lastPriceOnCreated": last,
        "closeOnTrigger": False,
        "reduceOnly": reduce_only,
        "smpGroup": 0,
        "smpType": "None",
        "smpOrderId": "",
        "slLimitPrice": "0",
        "tpLimitPrice": "0",
        "marketUnit": market_unit,
        "feeCurrency": fee_coin,
        "createdTime": str(created_ms),
        "updatedTime": str(updated_ms),
    }
    if category != "spot":
        body["tpslMode"] = "UNKNOWN"
    return body


def execution(
    *, category: str, symbol: str, exec_id: str, order_id: str, link_id: str, side: str, kind: str,
    order_price: str, order_qty: str, left: str, price: str, qty: str, value: str, fee: str, fee_rate: str,
    fee_coin: str, maker: bool, exec_type: str, mark: str, closed: str, at_ms: int, sequence: int,
) -> Body:  # fmt: skip
    """One execution: a trade, or a funding settlement (`exec_type` Funding)."""
    return {
        "category": category,
        "symbol": symbol,
        "orderId": order_id,
        "orderLinkId": link_id,
        "side": side,
        "orderPrice": order_price,
        "orderQty": order_qty,
        "leavesQty": left,
        "createType": "CreateByUser",
        "orderType": kind,
        "stopOrderType": "UNKNOWN",
        "execFee": fee,
        "execFeeV2": "",
        "execId": exec_id,
        "execPrice": price,
        "execQty": qty,
        "execType": exec_type,
        "execValue": value,
        "execTime": str(at_ms),
        "execPnl": "0",
        "feeCurrency": fee_coin,
        "isMaker": maker,
        "isLeverage": "0",
        "feeRate": fee_rate,
        "tradeIv": "",
        "markIv": "",
        "markPrice": mark,
        "indexPrice": "",
        "underlyingPrice": "",
        "blockTradeId": "",
        "closedSize": closed,
        "extraFees": "",
        "seq": sequence,
    }


def position(
    *, symbol: str, size: Decimal, entry: str, mark: str, value: str, leverage: str, initial: str,
    maintenance: str, unrealised: str, realised: str, liquidation: str, isolated: bool, created_ms: int,
    updated_ms: int, sequence: int, streamed: bool = False,
) -> Body:  # fmt: skip
    """A one-way position; `size` is signed. A flat one has an empty side."""
    side = "Buy" if size > 0 else "Sell" if size < 0 else ""
    body: Body = {
        "positionIdx": 0,
        "riskId": 1,
        "riskLimitValue": "2000000",
        "symbol": symbol,
        "side": side,
        "size": format(abs(size), "f"),
        "avgPrice": entry,
        "positionValue": value if size else "",
        "tradeMode": 1 if isolated else 0,
        "autoAddMargin": 0,
        "positionStatus": "Normal",
        "leverage": leverage,
        "positionBalance": initial if isolated else "0",
        "markPrice": mark,
        "liqPrice": liquidation,
        "bustPrice": "",
        "positionIM": initial,
        "positionIMByMp": initial,
        "positionMM": maintenance,
        "positionMMByMp": maintenance,
        "takeProfit": "",
        "stopLoss": "",
        "trailingStop": "0",
        "sessionAvgPrice": "",
        "tpslMode": "Full",
        "unrealisedPnl": unrealised,
        "curRealisedPnl": realised,
        "cumRealisedPnl": realised,
        "adlRankIndicator": 2 if size else 0,
        "isReduceOnly": False,
        "mmrSysUpdatedTime": "",
        "leverageSysUpdatedTime": "",
        "createdTime": str(created_ms),
        "updatedTime": str(updated_ms),
        "seq": sequence,
    }
    if streamed:
        body |= {"category": "linear", "entryPrice": body.pop("avgPrice")}
    return body


def coin(
    name: str, *, wallet: str, equity: str, usd: str, locked: str, order_margin: str, position_margin: str,
    maintenance: str, unrealised: str, realised: str,
) -> Body:  # fmt: skip
    """One coin of a unified wallet; `locked` is what open spot orders hold."""
    return {
        "coin": name,
        "equity": equity,
        "usdValue": usd,
        "walletBalance": wallet,
        "free": "",
        "locked": locked,
        "spotHedgingQty": "0",
        "borrowAmount": "0",
        "availableToBorrow": "",
        "availableToWithdraw": "",
        "accruedInterest": "0",
        "totalOrderIM": order_margin,
        "totalPositionIM": position_margin,
        "totalPositionMM": maintenance,
        "unrealisedPnl": unrealised,
        "cumRealisedPnl": realised,
        "bonus": "0",
        "marginCollateral": True,
        "collateralSwitch": True,
        "spotBorrow": "0",
    }


def wallet(coins: Sequence[Body], totals: Mapping[str, str]) -> Body:
    """A unified account; `totals` by Bybit's own names (totalEquity, totalAvailableBalance ...)."""
    zero = "accountIMRate", "accountMMRate", "accountIMRateByMp", "accountMMRateByMp", "accountLTV"
    return {
        **dict.fromkeys(zero, "0"),
        "totalEquity": "0",
        "totalWalletBalance": "0",
        "totalMarginBalance": "0",
        "totalAvailableBalance": "0",
        "totalPerpUPL": "0",
        "totalInitialMargin": "0",
        "totalInitialMarginByMp": "0",
        "totalMaintenanceMargin": "0",
        "totalMaintenanceMarginByMp": "0",
        **totals,
        "accountType": "UNIFIED",
        "coin": list(coins),
    }


def log_entry(
    *, entry_id: str, symbol: str, category: str, side: str, kind: str, at_ms: int, qty: str, size: str,
    price: str, funding: str, fee: str, change: str, balance: str, coin_name: str, order_id: str,
    link_id: str, trade_id: str,
) -> Body:  # fmt: skip
    """One line of the transaction log: `kind` TRADE, SETTLEMENT, TRANSFER_IN, TRANSFER_OUT."""
    return {
        "id": entry_id,
        "symbol": symbol,
        "category": category,
        "side": side,
        "transactionTime": str(at_ms),
        "type": kind,
        "transSubType": "",
        "qty": qty,
        "size": size,
        "currency": coin_name,
        "tradePrice": price,
        "funding": funding,
        "fee": fee,
        "cashFlow": "0",
        "change": change,
        "cashBalance": balance,
        "feeRate": "",
        "bonusChange": "",
        "tradeId": trade_id,
        "orderId": order_id,
        "orderLinkId": link_id,
        "extraFees": "",
    }


def transfer(transfer_id: str, coin_name: str, amount: str, source: str, target: str, at_ms: int) -> Body:
    return {
        "transferId": transfer_id,
        "coin": coin_name,
        "amount": amount,
        "fromAccountType": source,
        "toAccountType": target,
        "timestamp": str(at_ms),
        "status": "SUCCESS",
    }


def withdrawal(
    *, withdraw_id: str, coin_name: str, chain: str, amount: str, fee: str, address: str, tag: str, at_ms: int
) -> Body:
    return {
        "coin": coin_name,
        "chain": chain,
        "amount": amount,
        "txID": "",
        "status": "Pending",
        "toAddress": address,
        "tag": tag,
        "withdrawFee": fee,
        "createTime": str(at_ms),
        "updateTime": str(at_ms),
        "withdrawId": withdraw_id,
        "withdrawType": 0,
    }


def key_info(
    *, key: str, note: str, read_only: bool, permissions: Mapping[str, Sequence[str]], user: int
) -> Body:
    """What `query-api` tells about the key that asks."""
    names = (
        "ContractTrade", "Spot", "Wallet", "Options", "Derivatives", "CopyTrading", "BlockTrade", "Exchange",
        "NFT", "Affiliate", "Earn",
    )  # fmt: skip
    rights: Body = {name: [] for name in names}
    return {
        "id": str(user),
        "note": note,
        "apiKey": key,
        "readOnly": int(read_only),
        "secret": "",
        "permissions": rights | {name: list(values) for name, values in permissions.items()},
        "ips": ["*"],
        "type": 1,
        "deadlineDay": 90,
        "expiredAt": "2027-12-31T00:00:00Z",
        "createdAt": "2026-01-01T00:00:00Z",
        "unified": 0,
        "uta": 1,
        "userID": user,
        "inviterID": 0,
        "vipLevel": "No VIP",
        "mktMakerLevel": "0",
        "affiliateID": 0,
        "rsaPublicKey": "",
        "isMaster": True,
        "parentUid": "0",
        "kycLevel": "LEVEL_DEFAULT",
        "kycRegion": "",
    }
