"""What OKX writes about the market and its instruments: one function for each object.

Field names: okx.com/docs-v5, "Public Data" and "Order Book Trading > Market Data" (read 2026-11-21). Every
value is text, times are milliseconds; sizes of swaps are contracts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Body = dict[str, object]
Level = Sequence[str]


def envelope(data: Sequence[object], code: str = "0", message: str = "") -> Body:
    """The frame of every REST answer."""
    return {"code": code, "msg": message, "data": data}


def refusal(code: str, message: str) -> Body:
    """The frame of a refusal before the request is looked at: no data."""
    return {"msg": message, "code": code}


def spot_instrument(
    inst: str, number: int, base: str, quote: str, *, tick: str, lot: str, min_size: str
) -> Body:
    own: Body = {"baseCcy": base, "quoteCcy": quote, "maxLmtSz": "9999999999", "maxMktSz": "1000000"}
    own |= {"maxLmtAmt": "20000000", "maxMktAmt": "1000000", "tradeQuoteCcyList": [quote]}
    return _instrument(inst, number, "SPOT", tick, lot, min_size, "") | own


def swap_instrument(
    inst: str, number: int, base: str, quote: str, *, tick: str, lot: str, min_size: str, contract: str,
    leverage: str,
) -> Body:  # fmt: skip
    """`contract` is the base currency in one contract."""
    own: Body = {"ctVal": contract, "ctMult": "1", "ctValCcy": base, "ctType": "linear", "settleCcy": quote}
    own |= {"uly": f"{base}-{quote}", "instFamily": f"{base}-{quote}"}
    own |= {"maxLmtSz": "100000000", "maxMktSz": "12000", "maxLmtAmt": "20000000"}
    return _instrument(inst, number, "SWAP", tick, lot, min_size, leverage) | own


def _instrument(inst: str, number: int, kind: str, tick: str, lot: str, min_size: str, leverage: str) -> Body:
    empty = (
        "alias", "auctionEndTime", "baseCcy", "contTdSwTime", "ctMult", "ctType", "ctVal", "ctValCcy",
        "expTime", "instFamily", "maxMktAmt", "maxPlatOILmt", "openType", "optType", "posLmtAmt", "posLmtPct",
        "preMktSwTime", "quoteCcy", "settleCcy", "stk", "uly",
    )  # fmt: skip
    return dict.fromkeys(empty, "") | {
        "instType": kind,
        "instId": inst,
        "instIdCode": number,
        "category": "1",
        "groupId": "1",
        "futureSettlement": False,
        "lever": leverage,
        "listTime": "1573557408000",
        "tickSz": tick,
        "lotSz": lot,
        "minSz": min_size,
        "maxTwapSz": "100000000",
        "maxIcebergSz": "100000000",
        "maxTriggerSz": "100000000",
        "maxStopSz": "1000000",
        "ruleType": "normal",
        "state": "live",
        "tradeQuoteCcyList": [],
        "upcChg": [],
    }


def push(arg: Mapping[str, object], data: Sequence[object], action: str = "") -> Body:
    """A push of a channel; books carry an action."""
    frame: Body = {"arg": dict(arg)}
    if action:
        frame["action"] = action
    frame["data"] = data
    return frame


def book(
    bids: Sequence[Level], asks: Sequence[Level], ts_ms: int, sequence: int, previous: int, checksum: int
) -> Body:
    """The data of `books`: `prevSeqId` is -1 in a snapshot. A level is price, size, "0" and orders."""
    return {
        "asks": asks,
        "bids": bids,
        "ts": str(ts_ms),
        "checksum": checksum,
        "seqId": sequence,
        "prevSeqId": previous,
    }


def trade(
    inst: str, trade_id: str, side: str, price: str, size: str, at_ms: int, *, streamed: bool = False,
    sequence: int = 0,
) -> Body:  # fmt: skip
    """`side` is the taker's; a push also says how many matches it sums."""
    body: Body = {
        "instId": inst,
        "tradeId": trade_id,
        "px": price,
        "sz": size,
        "side": side,
        "source": "0",
        "ts": str(at_ms),
    }
    return body | {"count": "1", "seqId": sequence} if streamed else body


def ticker(
    inst: str, kind: str, *, last: str, last_size: str, bid: Level, ask: Level, day: Sequence[str],
    volume: str, turnover: str, ts_ms: int,
) -> Body:  # fmt: skip
    """`day` is the price 24 hours ago, highest and lowest since."""
    opened, high, low = day
    return {
        "instType": kind,
        "instId": inst,
        "last": last,
        "lastSz": last_size,
        "askPx": ask[0] if ask else "",
        "askSz": ask[1] if ask else "",
        "bidPx": bid[0] if bid else "",
        "bidSz": bid[1] if bid else "",
        "open24h": opened,
        "high24h": high,
        "low24h": low,
        "volCcy24h": turnover,
        "vol24h": volume,
        "ts": str(ts_ms),
        "sodUtc0": opened,
        "sodUtc8": opened,
    }


def mark(inst: str, price: str, ts_ms: int) -> Body:
    return {"instType": "SWAP", "instId": inst, "markPx": price, "ts": str(ts_ms)}


def index(pair: str, price: str, ts_ms: int) -> Body:
    return {
        "instId": pair,
        "idxPx": price,
        "high24h": price,
        "low24h": price,
        "open24h": price,
        "sodUtc0": price,
        "sodUtc8": price,
        "ts": str(ts_ms),
    }


def open_interest(inst: str, contracts: str, coins: str, value: str, ts_ms: int) -> Body:
    return {
        "instType": "SWAP",
        "instId": inst,
        "oi": contracts,
        "oiCcy": coins,
        "oiUsd": value,
        "ts": str(ts_ms),
    }


def funding(inst: str, rate: str, settles_ms: int, next_ms: int, last_rate: str, ts_ms: int) -> Body:
    """`settles_ms` is when `rate` is paid, `next_ms` the settlement after it."""
    return {
        "instType": "SWAP",
        "instId": inst,
        "method": "current_period",
        "formulaType": "withRate",
        "fundingRate": rate,
        "nextFundingRate": "",
        "fundingTime": str(settles_ms),
        "nextFundingTime": str(next_ms),
        "minFundingRate": "-0.00375",
        "maxFundingRate": "0.00375",
        "interestRate": "0.0001",
        "impactValue": "20000",
        "premium": "0",
        "settState": "settled",
        "settFundingRate": last_rate,
        "ts": str(ts_ms),
    }


def past_funding(inst: str, rate: str, at_ms: int) -> Body:
    return {
        "instType": "SWAP",
        "instId": inst,
        "fundingRate": rate,
        "realizedRate": rate,
        "fundingTime": str(at_ms),
        "method": "current_period",
        "formulaType": "withRate",
    }


def candle(
    start_ms: int, prices: Sequence[str], volume: str, coins: str, turnover: str, *, done: bool
) -> list[str]:
    """`prices` are open, high, low, close; `volume` in contracts for swaps, `coins` in base."""
    return [str(start_ms), *prices, volume, coins, turnover, "1" if done else "0"]


def liquidation(inst: str, family: str, uly: str, side: str, price: str, size: str, at_ms: int) -> Body:
    """`side` of the order that closed: a sell closed a long."""
    return {
        "instType": "SWAP",
        "instId": inst,
        "instFamily": family,
        "uly": uly,
        "details": [
            {
                "side": side,
                "posSide": "long" if side == "sell" else "short",
                "bkPx": price,
                "sz": size,
                "bkLoss": "0",
                "ccy": "",
                "ts": str(at_ms),
            }
        ],
    }
