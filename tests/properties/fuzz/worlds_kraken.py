"""Kraken: no sequence, a checksum with each message; in a quarter of the episodes the frames of v1."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random

from tests.properties.fuzz.truth import Entry, Truth
from tests.properties.fuzz.worlds import Said, World, dumped
from titan.venues.kraken.line import SpotLine
from titan.venues.sink import Sink
from titan.venues.stream import Line


class Kraken(World):
    venue = "kraken"
    natives = ("BTC/USD", "ETH/USD")

    def __init__(self, random: Random) -> None:
        self.deep = random.choice((10, 10, 25))
        super().__init__(random)
        self.old = random.random() < 0.25
        self.asides = (
            self._trades, self._trades, self._ticker, self._ticker, self._bar, self._heartbeat, self._pong,
            self._status,
        )  # fmt: skip

    def make(self, sink: Sink) -> Line:
        return SpotLine(sink)

    def truth(self) -> Truth:
        return Truth(self.random, deep=self.deep)

    def acknowledged(self, native: str) -> bytes:
        result = {"channel": "book", "symbol": native, "depth": self.deep, "snapshot": True}
        return dumped({"method": "subscribe", "req_id": 1, "result": result, "success": True})

    def next_update(self, native: str, connection: int) -> bytes:
        truth = self.truths[native]
        truth.tick(self.ms)
        truth.log[-1] = truth.log[-1]._replace(checksum=truth.kraken_sum())
        return self.told(native, connection)

    def update(self, native: str, entry: Entry) -> bytes:
        bids, asks = self.sides(entry)
        if self.old:
            return self._v1_update(native, entry, bids, asks)
        return self._v2(native, "update", bids, asks, entry.checksum)

    def snapshot(self, native: str) -> bytes:
        bids, asks = self.all(native)
        if not self.old:
            return self._v2(native, "snapshot", bids, asks, self.truths[native].kraken_sum())
        at = self._seconds()
        sides = {"as": [[p, q, at] for p, q in asks], "bs": [[p, q, at] for p, q in bids]}
        return dumped([0, sides, f"book-{self.deep}", self._v1_name(native)])

    def _v2(self, native: str, kind: str, bids: object, asks: object, checksum: int) -> bytes:
        """Numbers stand as they are, with all their zeros."""

        def written(levels: object) -> str:
            assert isinstance(levels, list)
            return ",".join(f'{{"price":{px},"qty":{qty}}}' for px, qty in levels)

        return (
            f'{{"channel":"book","type":"{kind}","data":[{{"symbol":"{native}","bids":[{written(bids)}],'
            f'"asks":[{written(asks)}],"checksum":{checksum},"timestamp":"{self._stamp()}"}}]}}'
        ).encode()

    def _v1_update(self, native: str, entry: Entry, bids: list[list[str]], asks: list[list[str]]) -> bytes:
        at = self._seconds()
        parts: list[Said] = []
        if asks:
            parts.append({"a": [[p, q, at] for p, q in asks]})
        if bids:
            parts.append({"b": [[p, q, at] for p, q in bids]})
        if not parts:
            parts.append({"a": []})
        parts[-1]["c"] = str(entry.checksum)
        return dumped([0, *parts, f"book-{self.deep}", self._v1_name(native)])

    def _v1_name(self, native: str) -> str:
        return native.replace("BTC", "XBT")

    def _seconds(self) -> str:
        return f"{self.ms // 1000}.{self.ms % 1000:03d}000"

    def _stamp(self) -> str:
        return datetime.fromtimestamp(self.ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def _trades(self, native: str) -> object:
        side = self.random.choice(("buy", "sell"))
        if self.old:
            trade = [self.px(), self.qty(), self._seconds(), side[0], "l", ""]
            return [0, [trade], "trade", self._v1_name(native)]
        one = {
            "symbol": native, "side": side, "price": float(self.px()), "qty": float(self.qty()),
            "ord_type": "market", "trade_id": self.number, "timestamp": self._stamp(),
        }  # fmt: skip
        return {"channel": "trade", "type": "update", "data": [one]}

    def _ticker(self, native: str) -> object:
        bid, ask = self.touch()
        one = {
            "symbol": native, "bid": float(bid), "bid_qty": float(self.qty()), "ask": float(ask),
            "ask_qty": float(self.qty()), "last": float(bid), "timestamp": self._stamp(),
        }  # fmt: skip
        return {"channel": "ticker", "type": "update", "data": [one]}

    def _bar(self, native: str) -> object:
        o, h, low, c = map(float, self.bar())
        begin = datetime.fromtimestamp(self.minute / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        one = {
            "symbol": native, "open": o, "high": h, "low": low, "close": c, "volume": float(self.qty()),
            "interval_begin": begin, "interval": 1, "timestamp": self._stamp(),
        }  # fmt: skip
        return {"channel": "ohlc", "type": "update", "timestamp": self._stamp(), "data": [one]}

    def _heartbeat(self, _native: str) -> object:
        return {"channel": "heartbeat"}

    def _pong(self, _native: str) -> object:
        return {"method": "pong", "req_id": 1, "time_in": self._stamp(), "time_out": self._stamp()}

    def _status(self, _native: str) -> object:
        return {"channel": "status", "type": "update", "data": [{"system": "online", "api_version": "v2"}]}
