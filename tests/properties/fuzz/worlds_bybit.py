"""Bybit: one topic a stream, the snapshot first, `u` counts by one."""

from __future__ import annotations

from random import Random

from tests.properties.fuzz.truth import Entry
from tests.properties.fuzz.worlds import PERP, Said, World, dumped
from titan.venues.bybit.line import PerpLine, SpotLine
from titan.venues.sink import Sink
from titan.venues.stream import Line


class BybitSpot(World):
    venue = "bybit"
    natives = ("BTCUSDT", "ETHUSDT")

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.asides = (
            self._trades, self._trades, self._trades, self._touch, self._touch, self._touch, self._bar,
            self._answer, self._pong,
        )  # fmt: skip

    def make(self, sink: Sink) -> Line:
        return SpotLine(sink)

    def update(self, native: str, entry: Entry) -> bytes:
        bids, asks = self.sides(entry)
        return dumped(self._book(native, "delta", entry.ms, entry.last, bids, asks))

    def snapshot(self, native: str) -> bytes:
        bids, asks = self.all(native)
        return dumped(self._book(native, "snapshot", self.ms, self.truths[native].version, bids, asks))

    def _book(self, native: str, kind: str, ms: int, u: int, bids: object, asks: object) -> Said:
        data = {"s": native, "b": bids, "a": asks, "u": u, "seq": u * 10}
        return {"topic": f"orderbook.50.{native}", "ts": ms + 1, "type": kind, "data": data, "cts": ms}

    def _trades(self, native: str) -> Said:
        deals = [
            {
                "i": f"{self.number}-{k}", "T": self.ms, "p": self.px(), "v": self.qty(),
                "S": self.random.choice(("Buy", "Sell")), "s": native, "BT": False,
            }
            for k in range(self.random.choice((1, 1, 3)))
        ]  # fmt: skip
        return {"topic": f"publicTrade.{native}", "ts": self.ms, "type": "snapshot", "data": deals}

    def _touch(self, native: str) -> Said:
        bid, ask = self.touch()
        data = {"s": native, "b": [[bid, self.qty()]], "a": [[ask, self.qty()]], "u": self.number, "seq": 1}
        topic = f"orderbook.1.{native}"
        return {"topic": topic, "ts": self.ms, "type": "snapshot", "data": data, "cts": self.ms}

    def _bar(self, native: str) -> Said:
        o, h, low, c = self.bar()
        bar = {
            "start": self.minute,
            "end": self.minute + 59_999,
            "interval": "1",
            "open": o,
            "close": c,
            "high": h,
            "low": low,
            "volume": self.qty(),
            "confirm": self.random.random() < 0.5,
            "timestamp": self.ms,
        }
        return {"topic": f"kline.1.{native}", "data": [bar], "ts": self.ms, "type": "snapshot"}

    def _answer(self, _native: str) -> Said:
        return {"success": True, "ret_msg": "", "conn_id": "a", "req_id": "1", "op": "subscribe"}

    def _pong(self, _native: str) -> Said:
        return {"success": True, "ret_msg": "pong", "conn_id": "a", "req_id": "", "op": "ping"}


class BybitPerp(BybitSpot):
    kind = PERP

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.asides = (*self.asides, self._ticker, self._ticker, self._liquidated)

    def make(self, sink: Sink) -> Line:
        return PerpLine(sink)

    def _ticker(self, native: str) -> Said:
        data: Said = {"symbol": native, "markPrice": self.px(), "indexPrice": self.px()}
        if self.random.random() < 0.5:
            data |= {
                "openInterest": "1000.5",
                "fundingRate": "0.0001",
                "nextFundingTime": str(self.ms + 10**6),
            }
        kind = self.random.choice(("snapshot", "delta"))
        return {"topic": f"tickers.{native}", "type": kind, "data": data, "cs": self.number, "ts": self.ms}

    def _liquidated(self, native: str) -> Said:
        one = {"T": self.ms, "s": native, "S": "Sell", "v": self.qty(), "p": self.px()}
        return {"topic": f"allLiquidation.{native}", "type": "snapshot", "ts": self.ms, "data": [one]}
