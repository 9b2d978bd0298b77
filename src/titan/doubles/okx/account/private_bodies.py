"""What OKX writes about an account: orders, fills, positions, balances, bills, from plain values.

Field names: okx.com/docs-v5, "Trading Account", "Order Book Trading > Trade" and "Funding Account" (read
2026-11-21). A fee is negative when paid; sizes of swaps are contracts.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from titan.doubles.okx.bodies import Body


def answered(
    order_id: str, client_id: str, ts_ms: int, code: str = "0", message: str = "", tag: str = ""
) -> Body:
    """One row of the answer to place, amend or cancel."""
    return {
        "ordId": order_id,
        "clOrdId": client_id,
        "tag": tag,
        "ts": str(ts_ms),
        "sCode": code,
        "sMsg": message,
        "subCode": "",
    }


def order(
    *, kind: str, inst: str, order_id: str, client_id: str, tag: str, side: str, order_type: str, price: str,
    size: str, target: str, mode: str, filled: str, average: str, fee: str, fee_coin: str, pnl: str,
    state: str, reduce_only: bool, leverage: str, cancel_source: str, created_ms: int, updated_ms: int,
) -> Body:  # fmt: skip
    """An order as REST shows it; `last_fill` adds what its last match was."""
    empty = (
        "algoClOrdId", "algoId", "attachAlgoClOrdId", "cancelSourceReason", "ccy", "fillPx", "fillTime",
        "pxType", "pxUsd", "pxVol", "quickMgnType", "slOrdPx", "slTriggerPx", "slTriggerPxType", "source",
        "stpId", "tpOrdPx", "tpTriggerPx", "tpTriggerPxType", "tradeId", "tradeQuoteCcy",
    )  # fmt: skip
    return dict.fromkeys(empty, "") | {
        "instType": kind,
        "instId": inst,
        "ordId": order_id,
        "clOrdId": client_id,
        "tag": tag,
        "side": side,
        "posSide": "net" if kind == "SWAP" else "",
        "ordType": order_type,
        "category": "normal",
        "tdMode": mode,
        "tgtCcy": target,
        "px": price,
        "sz": size,
        "accFillSz": filled,
        "fillSz": "0",
        "avgPx": average,
        "state": state,
        "fee": fee,
        "feeCcy": fee_coin,
        "rebate": "0",
        "rebateCcy": fee_coin,
        "pnl": pnl,
        "lever": leverage,
        "reduceOnly": "true" if reduce_only else "false",
        "cancelSource": cancel_source,
        "stpMode": "cancel_maker",
        "isTpLimit": "false",
        "attachAlgoOrds": [],
        "linkedAlgoOrd": {"algoId": ""},
        "cTime": str(created_ms),
        "uTime": str(updated_ms),
    }


def last_fill(
    *, trade_id: str, price: str, size: str, at_ms: int, maker: bool, fee: str, fee_coin: str, pnl: str,
    notional: str, streamed: bool,
) -> Body:  # fmt: skip
    """What an order shows of its last match; the channel shows more of it than REST."""
    body: Body = {"tradeId": trade_id, "fillPx": price, "fillSz": size, "fillTime": str(at_ms)}
    if streamed:
        body |= {
            "fillFee": fee,
            "fillFeeCcy": fee_coin,
            "fillPnl": pnl,
            "fillNotionalUsd": notional,
            "execType": "M" if maker else "T",
        }
    return body


def pushed(amend_result: str = "", request_id: str = "") -> Body:
    """What only the channel writes beside an order."""
    empty = ("fillFee", "fillFeeCcy", "fillPnl", "fillNotionalUsd", "execType", "notionalUsd", "lastPx")
    body: Body = dict.fromkeys(empty, "")
    return body | {
        "amendResult": amend_result,
        "amendSource": "",
        "reqId": request_id,
        "code": "0",
        "msg": "",
    }


def fill(
    *, kind: str, inst: str, trade_id: str, order_id: str, client_id: str, bill_id: str, tag: str, side: str,
    price: str, size: str, fee: str, fee_coin: str, rate: str, pnl: str, maker: bool, mark: str, at_ms: int,
) -> Body:  # fmt: skip
    return {
        "instType": kind,
        "instId": inst,
        "tradeId": trade_id,
        "ordId": order_id,
        "clOrdId": client_id,
        "billId": bill_id,
        "subType": "1" if side == "buy" else "2",
        "tag": tag,
        "side": side,
        "posSide": "net",
        "fillPx": price,
        "fillSz": size,
        "fillIdxPx": "",
        "fillPnl": pnl,
        "fillPxVol": "",
        "fillPxUsd": "",
        "fillMarkVol": "",
        "fillFwdPx": "",
        "fillMarkPx": mark,
        "execType": "M" if maker else "T",
        "fee": fee,
        "feeCcy": fee_coin,
        "feeRate": rate,
        "tradeQuoteCcy": "",
        "fillTime": str(at_ms),
        "ts": str(at_ms),
    }


def position(
    *, inst: str, coin: str, size: Decimal, entry: str, mark: str, leverage: str, mode: str, margin: str,
    initial: str, maintenance: str, notional: str, unrealised: str, ratio: str, realised: str, fee: str,
    funding: str, liquidation: str, trade_id: str, position_id: str, created_ms: int, updated_ms: int,
) -> Body:  # fmt: skip
    """A net position; `size` is signed, in contracts."""
    empty = (
        "availPos", "baseBal", "baseBorrowed", "baseInterest", "bizRefId", "bizRefType", "clSpotInUseAmt",
        "deltaBS", "deltaPA", "gammaBS", "gammaPA", "liab", "liabCcy", "maxSpotInUseAmt", "optVal",
        "pendingCloseOrdLiabVal", "posCcy", "quoteBal", "quoteBorrowed", "quoteInterest", "spotInUseAmt",
        "spotInUseCcy", "thetaBS", "thetaPA", "vegaBS", "vegaPA",
    )  # fmt: skip
    return dict.fromkeys(empty, "") | {
        "instType": "SWAP",
        "instId": inst,
        "mgnMode": mode,
        "posId": position_id,
        "posSide": "net",
        "pos": format(size, "f"),
        "ccy": coin,
        "avgPx": entry,
        "nonSettleAvgPx": "",
        "markPx": mark,
        "idxPx": mark,
        "last": mark,
        "bePx": entry,
        "lever": leverage,
        "margin": margin,
        "imr": initial,
        "mmr": maintenance,
        "mgnRatio": "",
        "notionalUsd": notional,
        "upl": unrealised,
        "uplRatio": ratio,
        "uplLastPx": unrealised,
        "uplRatioLastPx": ratio,
        "realizedPnl": realised,
        "settledPnl": "",
        "pnl": realised,
        "fee": fee,
        "fundingFee": funding,
        "liqPenalty": "0",
        "liqPx": liquidation,
        "interest": "",
        "adl": "1" if size else "",
        "usdPx": "1",
        "tradeId": trade_id,
        "closeOrderAlgo": [],
        "cTime": str(created_ms),
        "uTime": str(updated_ms),
    }


def detail(
    coin: str, *, cash: str, equity: str, available: str, frozen: str, in_orders: str, initial: str,
    maintenance: str, unrealised: str, usd: str, updated_ms: int,
) -> Body:  # fmt: skip
    """One currency of the trading account."""
    empty = (
        "accAvgPx", "clSpotInUseAmt", "colBorrAutoConversion", "colRes", "maxSpotInUse", "maxSpotInUseAmt",
        "mgnRatio", "notionalLever", "openAvgPx", "spotBal", "spotInUseAmt", "spotUpl", "spotUplRatio",
        "totalPnl", "totalPnlRatio",
    )  # fmt: skip
    zero = (
        "borrowFroz", "crossLiab", "fixedBal", "interest", "isoEq", "isoLiab", "isoUpl", "liab", "maxLoan",
        "rewardBal", "smtSyncEq", "spotCopyTradingEq", "spotIsoBal", "stgyEq", "twap", "uplLiab",
    )  # fmt: skip
    return dict.fromkeys(empty, "") | dict.fromkeys(zero, "0") | {
        "ccy": coin,
        "cashBal": cash,
        "eq": equity,
        "eqUsd": usd,
        "disEq": usd,
        "availBal": available,
        "availEq": available,
        "frozenBal": frozen,
        "ordFrozen": in_orders,
        "imr": initial,
        "mmr": maintenance,
        "upl": unrealised,
        "collateralEnabled": False,
        "collateralRestrict": False,
        "uTime": str(updated_ms),
    }  # fmt: skip


def account(details: Sequence[Body], *, total: str, initial: str, maintenance: str, updated_ms: int) -> Body:
    empty = (
        "availEq", "borrowFroz", "delta", "deltaLever", "deltaNeutralStatus", "mgnRatio", "notionalUsd",
        "notionalUsdForBorrow", "notionalUsdForFutures", "notionalUsdForOption", "notionalUsdForSwap",
        "ordFroz", "upl",
    )  # fmt: skip
    return dict.fromkeys(empty, "") | {
        "totalEq": total,
        "adjEq": total,
        "isoEq": "0",
        "imr": initial,
        "mmr": maintenance,
        "details": list(details),
        "uTime": str(updated_ms),
    }


def funding_balance(coin: str, balance: str) -> Body:
    return {"ccy": coin, "bal": balance, "availBal": balance, "frozenBal": "0"}


def bill(
    *, bill_id: str, kind: str, sub_kind: str, inst: str, inst_kind: str, coin: str, change: str,
    balance: str, size: str, price: str, fee: str, pnl: str, order_id: str, client_id: str, trade_id: str,
    execution: str, at_ms: int,
) -> Body:  # fmt: skip
    """One bill of the trading account: `kind` 1 transfer, 2 trade, 5 liquidation, 8 funding fee."""
    return {
        "billId": bill_id,
        "type": kind,
        "subType": sub_kind,
        "ts": str(at_ms),
        "fillTime": str(at_ms) if trade_id else "",
        "bal": balance,
        "balChg": change,
        "posBal": "0",
        "posBalChg": "0",
        "ccy": coin,
        "sz": size,
        "px": price,
        "pnl": pnl,
        "fee": fee,
        "instType": inst_kind,
        "instId": inst,
        "mgnMode": "cross" if inst_kind == "SWAP" else "",
        "ordId": order_id,
        "clOrdId": client_id,
        "tradeId": trade_id,
        "execType": execution,
        "from": "",
        "to": "",
        "notes": "",
        "interest": "0",
        "tag": "",
        "earnAmt": "",
        "earnApr": "",
        "fillFwdPx": "",
        "fillIdxPx": "",
        "fillMarkPx": "",
        "fillMarkVol": "",
        "fillPxUsd": "",
        "fillPxVol": "",
    }


def config(*, user: str, label: str, permissions: str, level: str, hedged: bool) -> Body:
    """What `account/config` tells about account and key; `permissions` as `read_only,trade,withdraw`."""
    return {
        "uid": user,
        "mainUid": user,
        "acctLv": level,
        "acctStpMode": "cancel_maker",
        "posMode": "long_short_mode" if hedged else "net_mode",
        "autoLoan": False,
        "greeksType": "PA",
        "level": "Lv1",
        "levelTmp": "",
        "ctIsoMode": "automatic",
        "mgnIsoMode": "automatic",
        "spotOffsetType": "",
        "roleType": "0",
        "traderInsts": [],
        "spotRoleType": "0",
        "spotTraderInsts": [],
        "opAuth": "0",
        "kycLv": "2",
        "label": label,
        "ip": "",
        "perm": permissions,
        "liquidationGear": "-1",
        "enableSpotBorrow": False,
        "spotBorrowAutoRepay": False,
        "feeType": "0",
        "settleCcy": "USDC",
        "settleCcyList": ["USD", "USDC"],
        "stgyType": "0",
        "type": "0",
    }


def withdrawal(
    *,
    withdraw_id: str,
    coin: str,
    chain: str,
    amount: str,
    fee: str,
    address: str,
    client_id: str,
    at_ms: int,
) -> Body:
    """One record of the withdrawal history; state 0 waits."""
    return {
        "wdId": withdraw_id,
        "clientId": client_id,
        "ccy": coin,
        "chain": chain,
        "amt": amount,
        "fee": fee,
        "feeCcy": coin,
        "from": "",
        "to": address,
        "areaCodeFrom": "",
        "areaCodeTo": "",
        "toAddrType": "1",
        "state": "0",
        "txId": "",
        "nonTradableAsset": False,
        "note": "",
        "ts": str(at_ms),
    }
