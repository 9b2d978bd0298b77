"""A market as venues write it: prices and sizes as text, candles and statistics of the last day.

Bybit and OKX share it: both write numbers as plain decimals, newest rows first. `unit` is the base currency
in one unit of size: 1, or the contract where sizes are contracts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import NamedTuple

from titan.doubles.decimals import places
from titan.doubles.market import Candle, Levels, Liquidation, Market, Trade
from titan.model.instrument import HOUR_NS

MS = 1_000_000
SECOND_NS = 1_000_000_000
TextLevels = list[list[str]]


def plain(value: Decimal) -> str:
    """A decimal without exponent or trailing zeros."""
    text = format(value, "f")
    return (text.rstrip("0").rstrip(".") or "0") if "." in text else text


class TradeText(NamedTuple):
    """A public trade; `side` is the taker's, buy or sell."""

    id: str
    number: int
    side: str
    price: str
    size: str
    at_ms: int


class DayText(NamedTuple):
    """The last day: prices, volume in size units, coins in base, turnover in quote."""

    last: str
    last_size: str
    first: str
    high: str
    low: str
    volume: str
    coins: str
    turnover: str


class CandleText(NamedTuple):
    """`prices` are open, high, low, close."""

    start_ms: int
    prices: tuple[str, str, str, str]
    volume: str
    coins: str
    turnover: str
    done: bool


class MarketText:
    """One market under the venue's own `symbol`."""

    def __init__(
        self, market: Market, symbol: str, now_ns: Callable[[], int], unit: Decimal = Decimal(1)
    ) -> None:
        self.market = market
        self.symbol = symbol
        self.instrument = market.instrument
        self.unit = unit
        self._now_ns = now_ns
        self._per_lot = market.instrument.lot / unit
        self.contract = ContractText(market, now_ns, unit)

    @property
    def spot(self) -> bool:
        return not self.market.is_perp

    @property
    def now_ms(self) -> int:
        return self._now_ns() // MS

    @property
    def book_ms(self) -> int:
        return self.market.book_ns // MS

    @property
    def update_id(self) -> int:
        return self.market.update_id

    @property
    def sequence(self) -> int:
        """A number that grows with every change of the book, far from `update_id` so that none is taken for
        the other."""
        return 5_000_000_000 + self.market.update_id

    @property
    def price_decimals(self) -> int:
        return places(self.instrument.tick)

    def price(self, ticks: int) -> str:
        return plain(self.market.price(ticks))

    def size(self, lots: int) -> str:
        return plain(lots * self._per_lot)

    def text(self, levels: Levels) -> TextLevels:
        return [[self.price(ticks), self.size(lots)] for ticks, lots in levels]

    def levels(self, depth: int) -> tuple[TextLevels, TextLevels]:
        """Bids and asks now, best first."""
        bids, asks = self.market.top(depth)
        return self.text(bids), self.text(asks)

    def trade(self, trade: Trade) -> TradeText:
        unique = f"2290000000{self.market.index:02d}{trade.id:010d}"
        side = "buy" if trade.side > 0 else "sell"
        price, size = self.price(trade.ticks), self.size(trade.lots)
        return TradeText(unique, trade.id, side, price, size, trade.time_ns // MS)

    def trades(self, most: int) -> list[TradeText]:
        """Newest first."""
        kept = list(self.market.trades)[-most:]
        return [self.trade(t) for t in reversed(kept)]

    def liquidated(self, one: Liquidation) -> TradeText:
        """`side` is that of the position that was closed, as buy or sell."""
        side = "buy" if one.side > 0 else "sell"
        return TradeText("", 0, side, self.price(one.ticks), self.size(one.lots), one.time_ns // MS)

    @property
    def day(self) -> DayText:
        """Since the double began; where nothing was traded yet, the middle of the book."""
        day, last = self.market.day, self.market.last_ticks
        candle = day if day is not None else Candle(0, last, last, last, last)
        traded = self.market.trades[-1].lots if self.market.trades else 0
        return DayText(
            self.price(last), self.size(traded), self.price(candle.open), self.price(candle.high),
            self.price(candle.low), self.size(candle.lots), plain(self.market.size(candle.lots)),
            plain(self._value(candle.value)),
        )  # fmt: skip

    def _value(self, value: int) -> Decimal:
        return value * self.instrument.tick * self.instrument.lot

    def candle(self, one: Candle, span_ns: int) -> CandleText:
        prices = (self.price(one.open), self.price(one.high), self.price(one.low), self.price(one.close))
        return CandleText(
            one.open_ns // MS, prices, self.size(one.lots), plain(self.market.size(one.lots)),
            plain(self._value(one.value)), one.open_ns + span_ns <= self._now_ns(),
        )  # fmt: skip

    def candles(
        self, seconds: int, of: str, start_ms: int | None, end_ms: int | None, most: int
    ) -> list[CandleText]:
        """Newest first, those that begin within the times. `of` is last; of mark and index only the present
        value is known, so theirs is one flat candle."""
        span = seconds * SECOND_NS
        if of == "last":
            rows = [self.candle(one, span) for one in self.market.spans(span)]
        else:
            price = self.mark if of == "mark" else self.index
            begin = self._now_ns() // span * span // MS
            rows = [CandleText(begin, (price, price, price, price), "0", "0", "0", False)]
        kept = [
            c
            for c in rows
            if (start_ms is None or c.start_ms >= start_ms) and (end_ms is None or c.start_ms <= end_ms)
        ]
        return kept[::-1][:most]

    @property
    def mark(self) -> str:
        return plain(self.market.mark_price)

    @property
    def index(self) -> str:
        return plain(self.market.index_mark)


class ContractText:
    """What a contract has beside a spot market: open interest and funding."""

    def __init__(self, market: Market, now_ns: Callable[[], int], unit: Decimal) -> None:
        self._market = market
        self._now_ns = now_ns
        self._unit = unit

    @property
    def interest(self) -> str:
        return plain(self._open / self._unit)

    @property
    def interest_coins(self) -> str:
        return plain(self._open)

    @property
    def interest_value(self) -> str:
        return plain(self._open * self._market.mark_price)

    @property
    def _open(self) -> Decimal:
        return Decimal(repr(round(self._market.interest, 8)))

    @property
    def rate(self) -> str:
        return plain(self._market.funding_rate)

    @property
    def settles_ms(self) -> int:
        return self._market.next_funding_ms(self._now_ns())

    @property
    def funding_hours(self) -> int:
        return (self._market.instrument.funding_interval_ns or 8 * HOUR_NS) // HOUR_NS

    def funding_history(
        self, start_ms: int | None, end_ms: int | None, most: int
    ) -> Sequence[tuple[int, str]]:
        """(time in ms, rate) of the settlements before now, newest first; the present rate stands for those
        before the double began."""
        step = self.funding_hours * 3_600_000
        newest = self.settles_ms - step
        times = [newest - k * step for k in range(most)]
        return [
            (ms, self.rate)
            for ms in times
            if (start_ms is None or ms >= start_ms) and (end_ms is None or ms <= end_ms)
        ]
