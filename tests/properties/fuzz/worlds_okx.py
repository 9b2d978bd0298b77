"""OKX: a chain of `seqId`; in half of the episodes with the checksum of the years in which there was one."""

from __future__ import annotations

from random import Random

from tests.properties.fuzz.truth import Entry
from tests.properties.fuzz.worlds import PERP, SPOT, Said, World, dumped
from titan.model.instrument import InstrumentKind
from titan.venues.okx.line import BusinessLine, PublicLine
from titan.venues.sink import Sink
from titan.venues.stream import Line


class OkxPublic(World):
    venue = "okx"
    natives = ("BTC-USDT", "ETH-USDT-SWAP")
    stride = 30

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.summed = random.random() < 0.5
        self.merges = not self.summed  # type: ignore[misc]
        self.asides = (
            self._trades,
            self._trades,
            self._trades,
            self._touch,
            self._touch,
            self._touch,
            self._ticker,
            self._mark,
            self._index,
            self._funding,
            self._interest,
            self._liquidated,
            self._answer,
            self._refusal,
            self._pong,
        )

    def make(self, sink: Sink) -> Line:
        return PublicLine(sink)

    def kind_of(self, native: str) -> InstrumentKind:
        return PERP if native.endswith("-SWAP") else SPOT

    def _rows(self, levels: list[list[str]] | list[tuple[str, str]]) -> list[list[str]]:
        return [[px, qty, "0", "1"] for px, qty in levels]

    def update(self, native: str, entry: Entry) -> bytes:
        bids, asks = self.sides(entry)
        truth = self.truths[native]
        now = entry is truth.log[-1]
        return dumped(
            self._book(native, "update", entry.ms, entry.before, entry.last, bids, asks, self.summed and now)
        )

    def next_update(self, native: str, connection: int) -> bytes:
        if self.summed:  # the checksum is that of the book as it is: all before was told
            self.cursors[connection, native] = len(self.truths[native].log)
        return super().next_update(native, connection)

    def told(self, native: str, connection: int) -> bytes:
        if self.summed:
            self.cursors[connection, native] = max(0, len(self.truths[native].log) - 1)
        return super().told(native, connection)

    def snapshot(self, native: str) -> bytes:
        bids, asks = self.all(native)
        version = self.truths[native].version
        return dumped(self._book(native, "snapshot", self.ms, -1, version, bids, asks, self.summed))

    def rest(self, native: str) -> bytes:
        """The answer of GET books."""
        bids, asks = self.all(native)
        book = {
            "asks": self._rows(asks), "bids": self._rows(bids), "ts": str(self.ms),
            "seqId": self.truths[native].version,
        }  # fmt: skip
        return dumped({"code": "0", "msg": "", "data": [book]})

    def _book(
        self,
        native: str,
        action: str,
        ms: int,
        before: int,
        last: int,
        bids: list[list[str]],
        asks: list[list[str]],
        summed: bool,
    ) -> Said:
        book = {
            "asks": self._rows(asks), "bids": self._rows(bids), "ts": str(ms),
            "checksum": self.truths[native].okx_sum() if summed else 0, "seqId": last, "prevSeqId": before,
        }  # fmt: skip
        return {"arg": {"channel": "books", "instId": native}, "action": action, "data": [book]}

    def _of(self, channel: str, native: str, one: object) -> Said:
        return {"arg": {"channel": channel, "instId": native}, "data": [one]}

    def _trades(self, native: str) -> Said:
        one = {
            "instId": native, "tradeId": str(self.number), "px": self.px(), "sz": self.qty(),
            "side": self.random.choice(("buy", "sell")), "ts": str(self.ms), "count": "1",
        }  # fmt: skip
        return self._of("trades", native, one)

    def _touch(self, native: str) -> Said:
        bid, ask = self.touch()
        one = {
            "asks": [[ask, self.qty(), "0", "1"]], "bids": [[bid, self.qty(), "0", "1"]], "ts": str(self.ms),
            "seqId": self.number,
        }  # fmt: skip
        return self._of("bbo-tbt", native, one)

    def _ticker(self, native: str) -> Said:
        bid, ask = self.touch()
        one = {
            "instId": native,
            "last": bid,
            "bidPx": bid,
            "bidSz": self.qty(),
            "askPx": ask,
            "askSz": self.qty(),
            "ts": str(self.ms),
        }
        return self._of("tickers", native, one)

    def _mark(self, native: str) -> Said:
        return self._of("mark-price", native, {"instId": native, "markPx": self.px(), "ts": str(self.ms)})

    def _index(self, _native: str) -> Said:
        one = {"instId": "ETH-USDT", "idxPx": self.px(), "ts": str(self.ms)}
        return self._of("index-tickers", "ETH-USDT", one)

    def _funding(self, _native: str) -> Said:
        native = "ETH-USDT-SWAP"
        one = {
            "instId": native,
            "fundingRate": "0.0001",
            "fundingTime": str(self.ms + 10**6),
            "ts": str(self.ms),
        }
        return self._of("funding-rate", native, one)

    def _interest(self, _native: str) -> Said:
        native = "ETH-USDT-SWAP"
        one = {"instId": native, "oi": "5000", "oiCcy": "500", "ts": str(self.ms)}
        return self._of("open-interest", native, one)

    def _liquidated(self, _native: str) -> Said:
        detail = {"bkPx": self.px(), "sz": self.qty(), "side": "buy", "posSide": "short", "ts": str(self.ms)}
        one = {"instId": "ETH-USDT-SWAP", "instType": "SWAP", "details": [detail]}
        return {"arg": {"channel": "liquidation-orders", "instType": "SWAP"}, "data": [one]}

    def _answer(self, native: str) -> Said:
        return {"id": "1", "event": "subscribe", "arg": {"channel": "books", "instId": native}, "connId": "a"}

    def _refusal(self, _native: str) -> Said:
        return {"event": "error", "code": "60018", "msg": "Wrong channel:books,instId:X-Y doesn't exist"}

    def _pong(self, _native: str) -> bytes:
        return b"pong"


class OkxBusiness(OkxPublic):
    """The socket of candles: no books."""

    books = False

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.asides = (self._bar, self._bar, self._bar, self._trades, self._answer)

    def make(self, sink: Sink) -> Line:
        return BusinessLine(sink)

    def _bar(self, native: str) -> Said:
        confirm = self.random.choice(("0", "1"))
        bar = [str(self.minute), *self.bar(), self.qty(), self.qty(), self.qty(), confirm]
        return self._of("candle1m", native, bar)
