"""What the double of OKX trades, by instrument id and by its number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from titan.doubles.market_text import MarketText, plain
from titan.doubles.okx import bodies
from titan.doubles.okx.bodies import Body
from titan.doubles.okx.errors import NotDone
from titan.model.instrument import Instrument, InstrumentKind

FIRST_NUMBER: Final = 10_459


def native(instrument: Instrument) -> str:
    """`BTC-USDT` for spot, `BTC-USDT-SWAP` for a perpetual."""
    pair = f"{instrument.base}-{instrument.quote}"
    return pair if instrument.kind is InstrumentKind.SPOT else f"{pair}-SWAP"


class Listing:
    """Spot and swap markets; one contract of a swap is one lot, so sizes are whole contracts."""

    def __init__(self, markets: Iterable[MarketText]) -> None:
        self._by_name = {m.symbol: m for m in markets}
        self._by_id = {m.instrument.id: m for m in self._by_name.values()}
        self._numbers = {name: FIRST_NUMBER + i for i, name in enumerate(self._by_name)}
        self._names = {number: name for name, number in self._numbers.items()}

    def market(self, name: str) -> MarketText | None:
        return self._by_name.get(name)

    def by_number(self, number: object) -> MarketText | None:
        """By `instIdCode`, which orders over a socket carry."""
        return self._by_name.get(self._names.get(int(str(number)), "")) if str(number).isdigit() else None

    def asked(self, params: Mapping[str, object]) -> MarketText:
        """The market of an order request. Raises NotDone 51001."""
        if params.get("instIdCode") not in (None, ""):
            found = self.by_number(params["instIdCode"])
        else:
            found = self.market(str(params.get("instId", "")))
        if found is None:
            raise NotDone("51001", "Instrument ID, Instrument ID code, or Spread ID doesn't exist.")
        return found

    def of(self, instrument: Instrument) -> MarketText:
        return self._by_id[instrument.id]

    def kind(self, name: str) -> str:
        """SPOT or SWAP, "" for what is not listed."""
        market = self._by_name.get(name)
        return "" if market is None else "SPOT" if market.spot else "SWAP"

    def markets(self, kind: str) -> list[MarketText]:
        return [m for m in self._by_name.values() if self.kind(m.symbol) == kind]

    def pair(self, market: MarketText) -> str:
        """The underlying, as `BTC-USDT`."""
        return f"{market.instrument.base}-{market.instrument.quote}"

    def describe(self, market: MarketText) -> Body:
        one, number = market.instrument, self._numbers[market.symbol]
        least = plain((one.min_qty or one.lot) / market.unit)
        tick, lot = plain(one.tick), plain(one.lot / market.unit)
        if market.spot:
            return bodies.spot_instrument(
                market.symbol, number, one.base, one.quote, tick=tick, lot=lot, min_size=least
            )
        return bodies.swap_instrument(
            market.symbol, number, one.base, one.quote, tick=tick, lot=lot, min_size=least,
            contract=plain(market.unit), leverage=str(one.max_leverage),
        )  # fmt: skip
