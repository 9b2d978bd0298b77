"""The contracts of MEXC's double, and how its requests, numbers and pages are read and written.

www.mexc.com/api-docs/futures/market-endpoints "Get contract information" (read 2026-11-21). Numbers are JSON
numbers, ids of orders and deals text, times milliseconds. One contract is one lot, so sizes are whole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Final

from titan.doubles.feeds import Body
from titan.doubles.market_text import MarketText
from titan.doubles.mexc.contracts.gate import Refused
from titan.doubles.world import World

Params = Mapping[str, object]
"""Path, query and body of a request; a body that is a list stands under `ROWS`."""
Handler = Callable[[Params], object]
"""Gives the `data` of the answer; None for an answer without."""
ROWS: Final = "rows"
MOST: Final = 100_000_000
"""Contracts of an order."""
LONGEST, LARGEST = 18, 10**12
"""Digits of a number that a client writes, and how much it may be."""


def number(value: Decimal | str) -> int | float:
    """As JSON has it: without a point where it is whole."""
    exact = Decimal(value)
    return int(exact) if exact == exact.to_integral_value() else float(exact)


class Listing:
    """All contracts."""

    def __init__(self, world: World) -> None:
        found = [m for m in world.markets if m.is_perp]
        names = [f"{m.instrument.base}_{m.instrument.quote}" for m in found]
        self.all = [
            MarketText(m, name, world.now, m.instrument.lot) for m, name in zip(found, names, strict=True)
        ]
        self._by_name = {m.symbol: m for m in self.all}
        self._by_index = {m.market.index: m for m in self.all}

    def has(self, named: object) -> bool:
        """Whether a symbol or the index of an instrument is a contract's."""
        return named in self._by_name or named in self._by_index

    def named(self, name: object) -> MarketText:
        """Raises Refused 1001."""
        market = self._by_name.get(str(name))
        if market is None:
            raise Refused(1001)
        return market

    def of(self, inst: int) -> MarketText:
        """By index of the instrument."""
        return self._by_index[inst]

    def describe(self, market: MarketText) -> Body:
        one = market.instrument
        initial = max(Decimal(1) / one.max_leverage, one.initial_margin)
        return {
            "symbol": market.symbol, "displayName": f"{market.symbol} PERPETUAL",
            "displayNameEn": f"{market.symbol} PERPETUAL", "positionOpenType": 3, "baseCoin": one.base,
            "quoteCoin": one.quote, "settleCoin": one.settle, "contractSize": number(market.unit),
            "minLeverage": 1, "maxLeverage": one.max_leverage, "priceScale": market.price_decimals,
            "volScale": 0, "amountScale": 4, "priceUnit": number(one.tick), "volUnit": 1,
            "minVol": max(int(one.min_qty / one.lot), 1), "maxVol": MOST, "limitMaxVol": MOST,
            "bidLimitPriceRate": 0.1, "askLimitPriceRate": 0.1, "takerFeeRate": number(one.fees.taker),
            "makerFeeRate": number(one.fees.maker), "initialMarginRate": number(initial),
            "maintenanceMarginRate": number(one.maintenance_margin), "riskBaseVol": MOST,
            "liquidationFeeRate": number(one.liquidation_fee), "riskIncrVol": MOST, "riskIncrMmr": 0.005,
            "riskIncrImr": 0.005, "riskLevelLimit": 1, "priceCoefficientVariation": 0.1,
            "indexOrigin": ["BINANCE", "OKX", "BYBIT"], "state": 0, "isNew": False, "isHot": True,
            "isHidden": False, "apiAllowed": True,
        }  # fmt: skip


def digits(value: object) -> int:
    """What stands there in digits; -1 for anything else."""
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST else -1


def whole(params: Params, name: str, usual: int, most: int = 1 << 62) -> int:
    """A number of a request. Raises Refused 600."""
    value = digits(params.get(name) or usual)
    if value < 0:
        raise Refused(600)
    return min(value, most)


def choice(params: Params, name: str, last: int, code: int, usual: object = None) -> int:
    """A number from 1 to `last` that stands for a choice. Raises Refused with `code`."""
    given = params.get(name)
    value = digits(usual if given in (None, "") else given)
    if not 1 <= value <= last:
        raise Refused(code)
    return value


def decimal(params: Params, name: str, code: int) -> Decimal:
    """A number above zero. Raises Refused with `code`."""
    try:
        value = Decimal(str(params.get(name) or ""))
    except InvalidOperation:
        raise Refused(code) from None
    if not value.is_finite() or not 0 < value < LARGEST:
        raise Refused(code)
    return value


def chosen(params: Params, rows: Sequence[Body], *names: str, time: str = "createTime") -> list[Body]:
    """Rows that fit the parameters: values of `names`, `states`, `start_time` and `end_time`."""
    states = {v for v in str(params.get("states") or "").split(",") if v}
    start, end = whole(params, "start_time", 0), whole(params, "end_time", 1 << 59)
    return [
        row
        for row in rows
        if start <= int(str(row[time])) <= end
        and (not states or str(row["state"]) in states)
        and all(params.get(n) in (None, "", row[n], str(row[n])) for n in names)
    ]


def page(params: Params, rows: Sequence[Body], most: int = 100) -> list[Body]:
    """`page_num` from 1 and `page_size` of rows, newest first."""
    size, at = max(whole(params, "page_size", 20, most), 1), max(whole(params, "page_num", 1), 1)
    return list(rows[(at - 1) * size : at * size])


def paged(params: Params, rows: Sequence[Body]) -> Body:
    """A page in the frame that some endpoints put around it."""
    size, at = max(whole(params, "page_size", 20, 100), 1), max(whole(params, "page_num", 1), 1)
    frame: Body = {"pageSize": size, "totalCount": len(rows), "totalPage": -(-len(rows) // size)}
    return frame | {"currentPage": at, "resultList": page(params, rows)}
