"""Binance: combined streams, bare messages, answers of GET depth."""

from __future__ import annotations

from random import Random
from typing import ClassVar

from tests.properties.fuzz.truth import Entry
from tests.properties.fuzz.worlds import PERP, Said, World, dumped
from titan.venues.binance.lines import lines
from titan.venues.sink import Sink
from titan.venues.stream import Line


class BinanceSpot(World):
    venue = "binance"
    natives = ("BTCUSDT", "ETHUSDT")
    stride = 40
    merges = True
    by_rest = True
    at: ClassVar[int] = 0

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.asides = (
            self._trade, self._trade, self._trade, self._aggregate, self._quote, self._quote, self._quote,
            self._bar, self._answer, self._refusal, self._leave, self._ticker,
        )  # fmt: skip

    def make(self, sink: Sink) -> Line:
        return lines(sink)[self.at]

    def combined(self, stream: str, data: Said) -> bytes:
        if self.random.random() < 0.1:
            return dumped(data)
        return dumped({"stream": stream, "data": data})

    def update(self, native: str, entry: Entry) -> bytes:
        bids, asks = self.sides(entry)
        data: Said = {"e": "depthUpdate", "E": entry.ms, "s": native, "U": entry.first, "u": entry.last}
        return self.combined(f"{native.lower()}@depth@100ms", {**data, "b": bids, "a": asks})

    def snapshot(self, native: str) -> bytes:
        bids, asks = self.all(native)
        return dumped({"lastUpdateId": self.truths[native].version, "bids": bids, "asks": asks})

    def _of(self, native: str, stream: str, data: Said) -> bytes:
        return self.combined(f"{native.lower()}@{stream}", data)

    def _trade(self, native: str) -> bytes:
        data = {
            "e": "trade", "E": self.ms, "s": native, "t": self.number, "p": self.px(), "q": self.qty(),
            "T": self.ms - 1, "m": self.random.random() < 0.5, "M": True,
        }  # fmt: skip
        return self._of(native, "trade", data)

    def _aggregate(self, native: str) -> bytes:
        data = {
            "e": "aggTrade", "E": self.ms, "s": native, "a": self.number, "p": self.px(), "q": self.qty(),
            "f": 1, "l": 2, "T": self.ms, "m": False, "M": True,
        }  # fmt: skip
        return self._of(native, "aggTrade", data)

    def _quote(self, native: str) -> bytes:
        bid, ask = self.touch()
        data = {"u": self.number, "s": native, "b": bid, "B": self.qty(), "a": ask, "A": self.qty()}
        return self._of(native, "bookTicker", data)

    def _bar(self, native: str) -> bytes:
        o, h, low, c = self.bar()
        bar = {
            "t": self.minute,
            "T": self.minute + 59_999,
            "s": native,
            "i": "1m",
            "o": o,
            "c": c,
            "h": h,
            "l": low,
            "v": self.qty(),
            "n": 3,
            "x": self.random.random() < 0.5,
        }
        return self._of(native, "kline_1m", {"e": "kline", "E": self.ms, "s": native, "k": bar})

    def _answer(self, _native: str) -> Said:
        return {"result": None, "id": 1}

    def _refusal(self, _native: str) -> Said:
        return {"code": 2, "msg": "Invalid request", "id": 4}

    def _leave(self, _native: str) -> Said:
        return {"e": "serverShutdown", "E": self.ms}

    def _ticker(self, native: str) -> bytes:
        return self._of(native, "ticker", {"e": "24hrTicker", "E": self.ms, "s": native, "c": self.px()})


class BinancePerp(BinanceSpot):
    kind = PERP
    at = 1

    def update(self, native: str, entry: Entry) -> bytes:
        bids, asks = self.sides(entry)
        data: Said = {
            "e": "depthUpdate",
            "E": entry.ms,
            "T": entry.ms - 2,
            "s": native,
            "U": entry.first,
            "u": entry.last,
            "pu": entry.before,
            "b": bids,
            "a": asks,
        }
        return self.combined(f"{native.lower()}@depth@100ms", data)

    def snapshot(self, native: str) -> bytes:
        bids, asks = self.all(native)
        last = self.truths[native].version
        return dumped({"lastUpdateId": last, "E": self.ms, "T": self.ms - 2, "bids": bids, "asks": asks})

    def _quote(self, native: str) -> bytes:
        bid, ask = self.touch()
        data = {
            "e": "bookTicker", "u": self.number, "E": self.ms, "T": self.ms - 1, "s": native,
            "b": bid, "B": self.qty(), "a": ask, "A": self.qty(),
        }  # fmt: skip
        return self._of(native, "bookTicker", data)

    def _trade(self, native: str) -> bytes:
        data = {
            "e": "trade", "E": self.ms, "T": self.ms, "s": native, "t": self.number, "p": self.px(),
            "q": self.qty(), "X": self.random.choice(("MARKET",) * 5 + ("NA",)), "m": True,
        }  # fmt: skip
        return self._of(native, "trade", data)


class BinanceMarket(BinancePerp):
    """USD-M's socket of marks: no books."""

    at = 2
    books = False

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.asides = (self._mark, self._mark, self._liquidation, self._bar, self._answer)

    def _mark(self, native: str) -> bytes:
        data = {
            "e": "markPriceUpdate", "E": self.ms, "s": native, "p": self.px(), "i": self.px(), "P": self.px(),
            "r": "0.00010000", "T": self.ms + 3_600_000,
        }  # fmt: skip
        return self._of(native, "markPrice@1s", data)

    def _liquidation(self, native: str) -> bytes:
        order = {
            "s": native, "S": self.random.choice(("SELL", "BUY")), "o": "LIMIT", "f": "IOC", "q": self.qty(),
            "p": self.px(), "ap": self.px(), "X": "FILLED", "l": self.qty(), "z": self.qty(), "T": self.ms,
        }  # fmt: skip
        return self._of(native, "forceOrder", {"e": "forceOrder", "E": self.ms, "o": order})
