"""What the double of Bybit trades, by category and symbol."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from titan.doubles.bybit import bodies
from titan.doubles.bybit.bodies import Body
from titan.doubles.market_text import MarketText, plain
from titan.model.instrument import Instrument

NS_PER_MINUTE: Final = 60_000_000_000


class Listing:
    """Spot and linear markets; a symbol is base and quote together in both."""

    def __init__(self, markets: Iterable[MarketText]) -> None:
        self._by_name = {("spot" if m.spot else "linear", m.symbol): m for m in markets}
        self._by_id = {m.instrument.id: m for m in self._by_name.values()}

    def market(self, category: str, symbol: str) -> MarketText | None:
        return self._by_name.get((category, symbol))

    def of(self, instrument: Instrument) -> MarketText:
        return self._by_id[instrument.id]

    def markets(self, category: str) -> list[MarketText]:
        return [m for (of, _), m in self._by_name.items() if of == category]

    def describe(self, market: MarketText) -> Body:
        """As `instruments-info` shows it."""
        one = market.instrument
        tick, lot = plain(one.tick), plain(one.lot)
        least = plain(one.min_qty or one.lot)
        if market.spot:
            return bodies.spot_instrument(
                market.symbol, one.base, one.quote, tick=tick, lot=lot, quote_step=plain(one.tick * one.lot),
                min_qty=least, min_amount=plain(one.min_notional),
            )  # fmt: skip
        return bodies.linear_instrument(
            market.symbol, one.base, one.quote, tick=tick, lot=lot, min_qty=least,
            min_notional=plain(one.min_notional), max_leverage=f"{one.max_leverage}.00",
            funding_minutes=one.funding_interval_ns // NS_PER_MINUTE, scale=market.price_decimals,
        )  # fmt: skip
