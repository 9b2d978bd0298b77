"""MEXC: protobuf on spot and what recorders make of it, JSON for perpetuals."""

from __future__ import annotations

from random import Random
from typing import Any

from tests.properties.fuzz.truth import Entry
from tests.properties.fuzz.worlds import PERP, Said, World, dumped
from titan.venues.mexc import wire
from titan.venues.mexc.perp import PerpLine
from titan.venues.mexc.spot import SpotLine
from titan.venues.sink import Sink
from titan.venues.stream import Line


class MexcSpot(World):
    venue = "mexc"
    natives = ("BTCUSDT", "ETHUSDT")
    stride = 9
    merges = True
    by_rest = True

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.recorded = random.random() < 0.2
        self.asides = (self._deals, self._deals, self._quote, self._quote, self._bar, self._pong)

    def make(self, sink: Sink) -> Line:
        return SpotLine(sink)

    def acknowledged(self, native: str) -> bytes:
        topic = f"spot@public.aggre.depth.v3.api.pb@100ms@{native}"
        return dumped({"id": 1, "code": 0, "msg": topic})

    def push(self, native: str, stream: str, ending: str = "") -> Any:
        channel = f"spot@public.{stream}.v3.api.pb@100ms@{native}"
        if ending:
            channel = f"spot@public.{stream}.v3.api.pb@{native}@{ending}"
        return wire.CLASSES["Push"](channel=channel, symbol=native, send_time=self.ms)

    def update(self, native: str, entry: Entry) -> bytes:
        bids, asks = self.sides(entry)
        if self.recorded:
            sides = [[{"price": p, "quantity": q} for p, q in side] for side in (bids, asks)]
            body = {
                "asks": sides[1],
                "bids": sides[0],
                "fromVersion": str(entry.first),
                "toVersion": str(entry.last),
            }
            channel = f"spot@public.aggre.depth.v3.api.pb@100ms@{native}"
            said = {
                "channel": channel,
                "publicAggreDepths": body,
                "symbol": native,
                "sendTime": str(entry.ms),
            }
            return dumped(said)
        made = self.push(native, "aggre.depth")
        made.send_time = entry.ms
        depths = made.public_aggre_depths
        depths.from_version, depths.to_version = str(entry.first), str(entry.last)
        for side, levels in ((depths.bids, bids), (depths.asks, asks)):
            for px, qty in levels:
                side.add(price=px, quantity=qty)
        return bytes(made.SerializeToString())

    def snapshot(self, native: str) -> bytes:
        bids, asks = self.all(native)
        return dumped({"lastUpdateId": self.truths[native].version, "bids": bids, "asks": asks})

    def _deals(self, native: str) -> bytes:
        made = self.push(native, "aggre.deals")
        for k in range(self.random.choice((1, 1, 3))):
            deal = made.public_aggre_deals.deals.add(
                price=self.px(), quantity=self.qty(), trade_type=self.random.choice((1, 2)), time=self.ms
            )
            deal.trade_id = f"{self.number}X{k}"
        return bytes(made.SerializeToString())

    def _quote(self, native: str) -> bytes:
        bid, ask = self.touch()
        made = self.push(native, "aggre.bookTicker")
        quote = made.public_aggre_book_ticker
        quote.bid_price, quote.bid_quantity, quote.ask_price, quote.ask_quantity = (
            bid,
            self.qty(),
            ask,
            self.qty(),
        )
        quote.version = str(self.number)
        return bytes(made.SerializeToString())

    def _bar(self, native: str) -> bytes:
        made = self.push(native, "kline", "Min1")
        k = made.public_spot_kline
        k.interval, k.window_start, k.window_end = "Min1", self.minute // 1000, self.minute // 1000 + 60
        k.opening_price, k.highest_price, k.lowest_price, k.closing_price = self.bar()
        k.volume = k.amount = self.qty()
        return bytes(made.SerializeToString())

    def _pong(self, _native: str) -> Said:
        return {"id": 0, "code": 0, "msg": "PONG"}


class MexcPerp(World):
    venue = "mexc"
    kind = PERP
    natives = ("BTC_USDT", "ETH_USDT")
    stride = 5
    merges = True
    by_rest = True
    contract = 0.0001

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.asides = (
            self._deals,
            self._deals,
            self._full,
            self._full,
            self._ticker,
            self._price,
            self._rate,
            self._bar,
            self._pong,
        )

    def make(self, sink: Sink) -> Line:
        return PerpLine(sink)

    def acknowledged(self, native: str) -> bytes:
        del native
        return dumped({"channel": "rs.sub.depth", "data": "success", "ts": self.ms})

    def _numbers(self, levels: Any) -> list[list[float]]:
        return [[float(px), float(qty), 1] for px, qty in levels]

    def _of(self, channel: str, native: str, data: object) -> Said:
        return {"symbol": native, "data": data, "channel": f"push.{channel}", "ts": self.ms}

    def update(self, native: str, entry: Entry) -> bytes:
        bids, asks = self.sides(entry)
        data = {
            "asks": self._numbers(asks),
            "bids": self._numbers(bids),
            "version": entry.last,
            "begin": entry.first,
            "end": entry.last,
            "cts": entry.ms - 1,
        }
        return dumped({"symbol": native, "data": data, "channel": "push.depth", "ts": entry.ms})

    def snapshot(self, native: str) -> bytes:
        bids, asks = self.all(native)
        data = {
            "asks": self._numbers(asks), "bids": self._numbers(bids), "version": self.truths[native].version,
            "timestamp": self.ms,
        }  # fmt: skip
        return dumped({"success": True, "code": 0, "data": data})

    def _deals(self, native: str) -> Said:
        deal = {
            "p": float(self.px()),
            "v": self.random.randrange(1, 900),
            "T": self.random.choice((1, 2)),
            "O": 3,
            "M": 1,
            "t": self.ms,
            "i": str(self.number),
        }
        return self._of("deal", native, [deal])

    def _full(self, native: str) -> Said:
        bid, ask = self.touch()
        data = {"asks": [[float(ask), 10, 1]], "bids": [[float(bid), 7, 1]], "version": self.number}
        return self._of("depth.full", native, data)

    def _ticker(self, native: str) -> Said:
        data = {
            "symbol": native,
            "fairPrice": float(self.px()),
            "indexPrice": float(self.px()),
            "fundingRate": 0.0001,
            "holdVol": 1000,
            "timestamp": self.ms,
        }
        return self._of("ticker", native, data)

    def _price(self, native: str) -> Said:
        which = self.random.choice(("fair.price", "index.price"))
        return self._of(which, native, {"symbol": native, "price": float(self.px())})

    def _rate(self, native: str) -> Said:
        data = {"symbol": native, "rate": 0.0001, "nextSettleTime": self.ms + 10**6}
        return self._of("funding.rate", native, data)

    def _bar(self, native: str) -> Said:
        o, h, low, c = map(float, self.bar())
        data = {
            "symbol": native, "interval": "Min1", "t": self.minute // 1000, "o": o, "h": h, "l": low, "c": c,
            "a": 1, "q": 5,
        }  # fmt: skip
        return self._of("kline", native, data)

    def _pong(self, _native: str) -> Said:
        return {"channel": "pong", "data": self.ms}
