"""Instrument rules from the answers that a recorder keeps beside its frames: the venue's own, of that day.

Read are Binance's and MEXC's `exchangeInfo`, Bybit's `instruments-info`, Kraken's `AssetPairs`, OKX's
`instruments` and MEXC's `contract/detail`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NamedTuple

import msgspec
from msgspec.structs import replace

from titan.model.instrument import Instrument, InstrumentKind

SPOT, PERP = InstrumentKind.SPOT, InstrumentKind.PERP


class Given(NamedTuple):
    """`lot` and `min_qty` in base units; `contract` is base units for one unit of size on the wire."""

    tick: Decimal
    lot: Decimal
    min_qty: Decimal = Decimal(0)
    min_notional: Decimal = Decimal(0)
    contract: float = 1.0

    def into(self, instrument: Instrument) -> Instrument:
        """The instrument with these rules in place of the ones that were known or guessed."""
        return replace(
            instrument, tick=self.tick, lot=self.lot, min_qty=self.min_qty, min_notional=self.min_notional
        )


Rule = tuple[str, InstrumentKind, Given]
"""The venue's name of a market, its kind, and its rules."""


CONTRACTS: Final = {
    ("okx", "BTC", "USDT"): 0.01,
    ("okx", "ETH", "USDT"): 0.1,
    ("okx", "SOL", "USDT"): 1.0,
    ("okx", "XRP", "USDT"): 100.0,
    ("mexc", "BTC", "USDT"): 0.0001,
    ("mexc", "ETH", "USDT"): 0.01,
}
"""Base units in a contract, for captures that keep no answer of rules: OKX's instrument samples and the page
"Get contract info" of MEXC, November 2026."""

IN_CONTRACTS: Final = ("okx", "mexc")
"""Venues that count perpetuals in contracts."""


def rules(url: str, body: bytes) -> list[Rule] | None:
    """The rules in an answer; None when the URL asks for something else. Raises ValueError for a broken
    one.
    """
    for sign, read in _READERS.items():
        if sign in url:
            try:
                return list(read(msgspec.json.decode(body), url))
            except (LookupError, TypeError, AttributeError, InvalidOperation, msgspec.DecodeError) as e:
                raise ValueError(f"instrument rules that cannot be read: {e}") from e
    return None


def _exchange_info(said: Any, url: str) -> Iterator[Rule]:
    perpetual = "fapi" in url
    for market in said["symbols"]:
        if perpetual and market.get("contractType") != "PERPETUAL":
            continue
        filters = {f["filterType"]: f for f in market.get("filters") or ()}
        price, lot = filters.get("PRICE_FILTER", {}), filters.get("LOT_SIZE", {})
        notional = filters.get("MIN_NOTIONAL") or filters.get("NOTIONAL") or {}
        if price and lot:
            given = Given(
                _number(price["tickSize"]), _number(lot["stepSize"]), _number(lot["minQty"]),
                _number(notional.get("minNotional") or notional.get("notional") or 0),
            )  # fmt: skip
        elif "baseSizePrecision" in market:  # MEXC
            tick = Decimal(1).scaleb(-int(market["quotePrecision"]))
            lot_size = _number(market["baseSizePrecision"])
            lot_size = lot_size or Decimal(1).scaleb(-int(market["baseAssetPrecision"]))
            given = Given(tick, lot_size, lot_size, _number(market.get("quoteAmountPrecision", 0)))
        else:
            continue
        yield market["symbol"], PERP if perpetual else SPOT, given


def _bybit(said: Any, url: str) -> Iterator[Rule]:
    spot = "category=spot" in url or said["result"].get("category") == "spot"
    for market in said["result"]["list"]:
        lot = market["lotSizeFilter"]
        given = Given(
            _number(market["priceFilter"]["tickSize"]), _number(lot.get("qtyStep") or lot["basePrecision"]),
            _number(lot["minOrderQty"]), _number(lot.get("minNotionalValue") or lot.get("minOrderAmt") or 0),
        )  # fmt: skip
        yield market["symbol"], SPOT if spot else PERP, given


def _kraken(said: Any, _url: str) -> Iterator[Rule]:
    for market in said["result"].values():
        if "wsname" in market:
            tick = market.get("tick_size") or Decimal(1).scaleb(-int(market["pair_decimals"]))
            lot = Decimal(1).scaleb(-int(market["lot_decimals"]))
            given = Given(
                _number(tick), lot, _number(market.get("ordermin", 0)), _number(market.get("costmin", 0))
            )
            yield market["wsname"], SPOT, given


def _okx(said: Any, _url: str) -> Iterator[Rule]:
    for market in said["data"]:
        if market["instType"] == "SPOT":
            given = Given(_number(market["tickSz"]), _number(market["lotSz"]), _number(market["minSz"]))
            yield market["instId"], SPOT, given
        elif market["instType"] == "SWAP" and market["ctType"] == "linear":
            size = _number(market["ctVal"]) * _number(market["ctMult"] or 1)
            lot, least = _number(market["lotSz"]) * size, _number(market["minSz"]) * size
            yield market["instId"], PERP, Given(_number(market["tickSz"]), lot, least, contract=float(size))


def _mexc_contracts(said: Any, _url: str) -> Iterator[Rule]:
    data = said["data"]
    for market in data if isinstance(data, list) else [data]:
        size = _number(market["contractSize"])
        lot, least = _number(market["volUnit"]) * size, _number(market["minVol"]) * size
        yield market["symbol"], PERP, Given(_number(market["priceUnit"]), lot, least, contract=float(size))


def _number(value: Any) -> Decimal:
    number = Decimal(str(value)).normalize()
    if not number.is_finite() or number < 0:
        raise ValueError(f"a rule that cannot be: {value}")
    return Decimal(f"{number:f}")


_READERS: Final[dict[str, Callable[[Any, str], Iterator[Rule]]]] = {
    "xchangeInfo": _exchange_info,
    "instruments-info": _bybit,
    "AssetPairs": _kraken,
    "public/instruments": _okx,
    "contract/detail": _mexc_contracts,
}
