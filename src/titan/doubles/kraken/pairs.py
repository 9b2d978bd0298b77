"""How Kraken calls assets and pairs, and how it writes their numbers.

REST: pairs by `XBTUSDT`, assets as `XXBT`; sockets: `BTC/USDT`. Prices and sizes have fixed decimals,
trailing zeros included, and checksums are taken over that text. Source: docs.kraken.com/api/docs/rest-api
(get-asset-info, get-tradable-asset-pairs) and /websocket-v2/instrument, read 2026-11-21.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from titan.doubles.decimals import FixedText
from titan.doubles.market import Levels, Market

Body = dict[str, object]
_OLD: Final = {"BTC": "XBT", "DOGE": "XDG"}
_LONG: Final = frozenset({"XBT", "XDG", "ETH", "LTC", "XRP", "XMR", "ETC", "ZEC", "REP", "XLM", "MLN"})
_MONEY: Final = frozenset({"USD", "EUR", "GBP", "CAD", "JPY", "AUD"})
TOP: Final = 10


def old(asset: str) -> str:
    """BTC as XBT."""
    return _OLD.get(asset, asset)


def code(asset: str) -> str:
    """BTC as XXBT, USD as ZUSD."""
    name = old(asset)
    if name in _LONG:
        return f"X{name}"
    return f"Z{name}" if name in _MONEY else name


def asset_of(name: str) -> str:
    """Any of Kraken's names of an asset as ours."""
    plain = name[1:] if len(name) == 4 and name[0] in "XZ" else name
    return {"XBT": "BTC", "XDG": "DOGE"}.get(plain, plain)


class Pair:
    """One market under all its names. `digits` and `lot_digits` are the decimals of `price` and `size`, which
    write ticks and lots."""

    def __init__(self, market: Market) -> None:
        self.market = market
        one = market.instrument
        self.base, self.quote = one.base, one.quote
        self.symbol = f"{one.base}/{one.quote}"
        self.wsname = f"{old(one.base)}/{old(one.quote)}"
        self.altname = f"{old(one.base)}{old(one.quote)}"
        self.key = self.altname if code(one.base) == one.base else f"{code(one.base)}{code(one.quote)}"
        if not code(one.quote).startswith("Z"):
            self.key = self.altname
        self._text = FixedText(market)
        self.digits, self.lot_digits = self._text.price_places, self._text.size_places
        self.price, self.size = self._text.px, self._text.qty

    @property
    def names(self) -> Iterable[str]:
        return {self.key, self.altname, self.wsname, self.symbol, self.market.instrument.symbol}

    def money(self, value: Decimal) -> str:
        """An amount of the quote asset."""
        return f"{value:.8f}"

    def rules(self) -> Body:
        """The pair in AssetPairs."""
        one = self.market.instrument
        taker = [[0, float(one.fees.taker * 100)], [10_000_000, 0.1]]
        maker = [[0, float(one.fees.maker * 100)], [10_000_000, 0.0]]
        return {
            "altname": self.altname, "wsname": self.wsname, "aclass_base": "currency",
            "base": code(self.base), "aclass_quote": "currency", "quote": code(self.quote), "lot": "unit",
            "cost_decimals": 8,
            "pair_decimals": self.digits, "lot_decimals": self.lot_digits, "lot_multiplier": 1,
            "leverage_buy": [], "leverage_sell": [], "fees": taker, "fees_maker": maker,
            "fee_volume_currency": "ZUSD", "margin_call": 80, "margin_stop": 40,
            "ordermin": f"{one.min_qty or one.lot:f}", "costmin": f"{one.min_notional or Decimal('0.5'):f}",
            "tick_size": f"{one.tick:f}", "status": "online", "execution_venue": "international",
        }  # fmt: skip

    def checksum(self) -> int:
        """CRC32 over the ten best asks and bids, as docs.kraken.com/api/docs/guides/spot-ws-book-v2 says."""
        bids, asks = self.market.top(TOP)
        return checksum(self, bids, asks)


def checksum(pair: Pair, bids: Levels, asks: Levels) -> int:
    """Prices and sizes as text, without the point and leading zeros: asks from the lowest, then bids."""
    text = "".join(
        number.replace(".", "").lstrip("0")
        for ticks, lots in (*asks[:TOP], *bids[:TOP])
        for number in (pair.price(ticks), pair.size(lots))
    )
    return zlib.crc32(text.encode())
