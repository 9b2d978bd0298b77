"""What a message says, read a second time and by other means: `json`, and ccxt's declarations of protobuf.

Nothing here decides whether a message may be used; it reads as much as can be read. What a line refused is
not asked about, so reading more than the line does is no harm, and reading less is found.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

from ccxt.protobuf.mexc import PushDataV3ApiWrapper_pb2 as theirs
from google.protobuf.message import DecodeError

Levels = list[tuple[float, float]]
_MS: Final = 1_000_000


BY_TIME: Final = -2
"""The state before a message that is not numbered."""


class Text(str):
    """A number of JSON as it was written."""


class Told(NamedTuple):
    """A message of a book: from state `before` to `last`; a snapshot has no `before`. `ts` in ns."""

    symbol: str
    snapshot: bool
    before: int
    last: int
    ts: int
    bids: Levels
    asks: Levels
    texts: tuple[list[tuple[str, str]], list[tuple[str, str]]] = ([], [])
    checksum: int | None = None
    deep: int = 0
    """The depth of the book, where the message says it (Kraken)."""
    confirms: bool = False
    """It says nothing but the depth."""
    damaged: bool = False
    anew: bool = False
    """The venue counts from the beginning."""


class Deal(NamedTuple):
    symbol: str
    side: int
    px: float
    qty: float


class Quote(NamedTuple):
    symbol: str
    side: int
    px: float
    qty: float


def _long(text: str) -> float:
    return float(text) if len(text) > 4000 else int(text)


_PLAIN: Final = json.JSONDecoder(strict=False, parse_int=_long).decode
_FIRST: Final = json.JSONDecoder(
    strict=False, parse_int=_long, object_pairs_hook=lambda pairs: dict(reversed(pairs))
).decode
_WRITTEN: Final = json.JSONDecoder(strict=False, parse_int=Text, parse_float=Text).decode
_WRITTEN_FIRST: Final = json.JSONDecoder(
    strict=False, parse_int=Text, parse_float=Text, object_pairs_hook=lambda pairs: dict(reversed(pairs))
).decode
UNREADABLE: Final = (
    ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError, RecursionError,
    DecodeError,
)  # fmt: skip


def whole(value: Any) -> int:
    """A whole number, from text too."""
    if isinstance(value, bool) or value is None:
        raise ValueError("no number")
    if isinstance(value, int):
        return value
    if isinstance(value, str):
        try:
            return int(value)
        except ValueError:
            pass
    number = float(value)
    if number != int(number):
        raise ValueError("not whole")
    return int(number)


def number(value: Any) -> float:
    if isinstance(value, bool) or value is None:
        raise ValueError("no number")
    return float(value)


def truth(value: Any) -> bool:
    """True or false, from text and from one or nought too."""
    if isinstance(value, bool):
        return value
    said = {"false": 0, "true": 1}.get(str(value).lower())
    said = whole(value) if said is None else said
    if said not in (0, 1):
        raise ValueError("neither true nor false")
    return bool(said)


def given(value: Any) -> Any:
    """None for what is not there, in any of the ways to say so."""
    return None if value in (None, "null", "Null", "NULL", "") else value


def pairs(levels: Any, contract: float = 1.0) -> Levels:
    return [(number(level[0]), number(level[1]) * contract) for level in levels]


class Reading:
    """Reads the messages of one kind of socket. Of two equal keys the last counts, with `first` the
    first. What a message is about is said by its beginning, where there is one, but for `whole`."""

    def __init__(self, contract: float = 1.0, *, first: bool = False, whole: bool = False) -> None:
        self.contract = contract
        self.begins = not first and not whole
        self.decode: Callable[[str], Any] = _FIRST if first else _PLAIN

    def json(self, frame: bytes) -> Any:
        try:
            return self.decode(frame.decode())
        except UnicodeDecodeError:
            return self.decode(frame.decode("latin-1"))

    def books(self, frame: bytes) -> list[Told]:
        """The messages of books in a frame. Raises what `UNREADABLE` names."""
        raise NotImplementedError

    def answer(self, symbol: str, body: bytes) -> Told:
        """The snapshot that a GET brought."""
        raise NotImplementedError

    def deals(self, frame: bytes) -> list[Deal]:
        raise NotImplementedError

    def quotes(self, frame: bytes) -> list[Quote]:
        raise NotImplementedError

    def _touch(self, symbol: str, bids: Levels, asks: Levels) -> list[Quote]:
        return [Quote(symbol, side, px, qty) for side, of in ((1, bids), (-1, asks)) for px, qty in of]


_STREAM: Final = re.compile(rb'\{"stream":"([0-9a-z]+@(?:depth|trade|bookTicker)[^"]*)"')


class Binance(Reading):
    def _begins(self, frame: bytes) -> str:
        """What a message is about is said by how it begins."""
        found = _STREAM.match(frame) if self.begins else None
        return found[1].decode() if found else ""

    def _data(self, frame: bytes) -> Iterator[tuple[str, Any]]:
        """Each message and the name of its stream."""
        said = self.json(frame)
        waiting = [("", one) for one in (said if isinstance(said, list) else [said])]
        while waiting:
            stream, one = waiting.pop(0)
            if "data" in one and ("stream" in one or "e" not in one):
                data = one["data"]
                name = (one is said and self._begins(frame)) or str(one.get("stream", ""))
                waiting[:0] = [(name, x) for x in (data if isinstance(data, list) else [data])]
            else:
                if not isinstance(one, dict):
                    raise ValueError("no message")
                yield stream.partition("@")[2].split("@")[0], one

    def books(self, frame: bytes) -> list[Told]:
        made = []
        for name, one in self._data(frame):
            if {"U", "u", "b", "a", "s"} <= one.keys() and (name == "depth" or not name.startswith("depth")):
                before = given(one.get("pu"))
                before = whole(before) if before is not None else -1
                before = before if before >= 0 else whole(one["U"]) - 1
                ts = whole(given(one.get("T")) or one["E"])
                bids, asks = pairs(one["b"]), pairs(one["a"])
                made.append(Told(one["s"], False, before, whole(one["u"]), ts * _MS, bids, asks))
        return made

    def answer(self, symbol: str, body: bytes) -> Told:
        one = self.json(body)
        return Told(symbol, True, -1, whole(one["lastUpdateId"]), 0, pairs(one["bids"]), pairs(one["asks"]))

    def deals(self, frame: bytes) -> list[Deal]:
        return [
            Deal(
                one["s"],
                -1 if truth(one["m"]) else 1,
                number(one["p"]),
                number(one["q"]),
            )
            for _, one in self._data(frame)
            if "m" in one
        ]

    def quotes(self, frame: bytes) -> list[Quote]:
        made = []
        for _, one in self._data(frame):
            if "B" in one:
                bids = [(number(one["b"]), number(one["B"]))]
                made += self._touch(one["s"], bids, [(number(one["a"]), number(one["A"]))])
        return made


class Bybit(Reading):
    def _topic(self, said: Any, frame: bytes) -> str:
        """What a message is about is said by how it begins."""
        if frame.startswith(b'{"topic":"') and self.begins:
            topic = frame[10 : frame.find(b'"', 10)].decode("latin-1")
            if topic.startswith(("orderbook.50.", "orderbook.1.", "publicTrade.")):
                return topic
        return str(said.get("topic") or "")

    def books(self, frame: bytes) -> list[Told]:
        said = self.json(frame)
        topic = self._topic(said, frame)
        if not topic.startswith("orderbook.50."):
            return []
        data = said["data"]
        u = whole(data["u"])
        anew = said["type"] == "snapshot" or u == 1
        cts = given(said.get("cts"))
        ts = whole(cts if cts is not None else said["ts"]) * _MS
        sides = pairs(data["b"]), pairs(data["a"])
        symbol = topic.removeprefix("orderbook.50.")
        return [Told(symbol, anew, u - 1, u, ts, *sides, anew=u == 1)]

    def deals(self, frame: bytes) -> list[Deal]:
        said = self.json(frame)
        symbol = self._topic(said, frame).rpartition(".")[2]
        sides = {"Buy": 1, "Sell": -1}
        return [Deal(symbol, sides[one["S"]], number(one["p"]), number(one["v"])) for one in said["data"]]

    def quotes(self, frame: bytes) -> list[Quote]:
        said = self.json(frame)
        data = said["data"]
        return self._touch(self._topic(said, frame).rpartition(".")[2], pairs(data["b"]), pairs(data["a"]))


class Okx(Reading):
    def _arg(self, said: Any, frame: bytes) -> Any:
        """What a message is about is said by how it begins."""
        if frame.startswith(b'{"arg":{') and self.begins:
            arg = self.json(frame[7 : frame.find(b"}") + 1])
            if arg.get("channel") in ("books", "trades", "bbo-tbt", "tickers") and arg.get("instId"):
                return arg
        return said.get("arg") or {}

    def books(self, frame: bytes) -> list[Told]:
        said = self.json(frame)
        arg = self._arg(said, frame)
        if arg.get("channel") != "books":
            return []
        made = []
        for one in said["data"]:
            before, last = given(one.get("prevSeqId")), given(one.get("seqId"))
            before = whole(before) if before is not None else None
            snapshot = said.get("action") == "snapshot" or (not said.get("action") and before == -1)
            if snapshot and not one["bids"] and not one["asks"]:
                continue
            texts = tuple([(str(x[0]), str(x[1])) for x in one[side]] for side in ("bids", "asks"))
            sides = pairs(one["bids"]), pairs(one["asks"])
            ts, checksum = whole(one["ts"]), whole(one.get("checksum", 0))
            if last is None:  # of before 2023: ordered by time
                before, last = BY_TIME, ts
            before = -1 if before is None else before
            made.append(Told(arg["instId"], snapshot, before, whole(last), ts * _MS, *sides, texts, checksum))
        return made

    def answer(self, symbol: str, body: bytes) -> Told:
        (one,) = self.json(body)["data"]
        sides = pairs(one["bids"]), pairs(one["asks"])
        return Told(symbol, True, -1, whole(one["seqId"]), whole(one["ts"]) * _MS, *sides, ([], []), 0)

    def deals(self, frame: bytes) -> list[Deal]:
        said = self.json(frame)
        symbol, sides = self._arg(said, frame)["instId"], {"buy": 1, "sell": -1}
        return [
            Deal(symbol, sides[one["side"]], number(one["px"]), number(one["sz"])) for one in said["data"]
        ]

    def quotes(self, frame: bytes) -> list[Quote]:
        said = self.json(frame)
        symbol, made = self._arg(said, frame)["instId"], []
        for one in said["data"]:
            if "bids" in one:
                made += self._touch(symbol, pairs(one["bids"][:1]), pairs(one["asks"][:1]))
            else:
                bid, ask = (one["bidPx"], one["bidSz"]), (one["askPx"], one["askSz"])
                made += self._touch(symbol, pairs([bid]), pairs([ask]))
        return made


def _modern(symbol: str) -> str:
    names = {"XBT": "BTC", "XDG": "DOGE"}
    return "/".join(names.get(part, part) for part in symbol.split("/"))


class Kraken(Reading):
    def __init__(self, contract: float = 1.0, *, first: bool = False, whole: bool = False) -> None:
        super().__init__(contract, whole=whole)
        self.decode = _WRITTEN_FIRST if first else _WRITTEN

    def books(self, frame: bytes) -> list[Told]:
        said = self.json(frame)
        if isinstance(said, list):
            return self._v1(said)
        if said.get("method") == "subscribe" and isinstance(said.get("result"), dict):
            result = said["result"]
            if result.get("channel") == "book" and result.get("depth"):
                return [
                    Told(result["symbol"], False, 0, 0, 0, [], [], deep=int(result["depth"]), confirms=True)
                ]
        if said.get("channel") != "book":
            return []
        made = []
        for one in said["data"]:
            texts = tuple(
                [(self._text(x["price"]), self._text(x["qty"])) for x in one.get(side, ())]
                for side in ("bids", "asks")
            )
            checksum = int(one["checksum"]) if one.get("checksum") is not None else None
            made.append(self._told(one["symbol"], said["type"] == "snapshot", texts, checksum))
        return made

    def _text(self, value: Any) -> str:
        if not isinstance(value, Text):
            raise ValueError("not a number")
        return str(value)

    def _told(self, symbol: str, snapshot: bool, texts: Any, checksum: int | None, deep: int = 0) -> Told:
        bids, asks = (pairs(side) for side in texts)
        return Told(_modern(symbol), snapshot, 0, 0, 0, bids, asks, texts, checksum, deep)

    def _v1(self, said: list[Any]) -> list[Told]:
        name, symbol = str(said[-2]), str(said[-1])
        if not name.startswith("book"):
            return []
        contents = [one for one in said[1:-2] if one is not None]
        deep = int(name.partition("-")[2] or 10)
        if contents[0].get("as") is not None or contents[0].get("bs") is not None:
            texts = tuple(
                [(str(x[0]), str(x[1])) for x in contents[0].get(side) or ()] for side in ("bs", "as")
            )
            return [self._told(symbol, True, texts, None, deep)]
        checksum = next((int(c["c"]) for c in contents if c.get("c") is not None), None)
        texts = tuple(
            [(str(x[0]), str(x[1])) for c in contents for x in c.get(side, ())] for side in ("b", "a")
        )
        return [self._told(symbol, False, texts, checksum, deep)]

    def deals(self, frame: bytes) -> list[Deal]:
        said = self.json(frame)
        made = []
        for one in said[1] if isinstance(said, list) else said["data"]:
            try:  # those before a broken one are used
                if isinstance(said, list):
                    side = {"b": 1, "s": -1}[one[3]]
                    made.append(Deal(_modern(said[-1]), side, number(one[0]), number(one[1])))
                else:
                    side = {"buy": 1, "sell": -1}[one["side"]]
                    made.append(Deal(_modern(one["symbol"]), side, number(one["price"]), number(one["qty"])))
            except UNREADABLE:
                break
        return made

    def quotes(self, frame: bytes) -> list[Quote]:
        made = []
        for one in self.json(frame)["data"]:
            bids = [(number(one["bid"]), number(one["bid_qty"]))]
            asks = [(number(one["ask"]), number(one["ask_qty"]))]
            made += self._touch(_modern(one["symbol"]), bids, asks)
        return made


class MexcSpot(Reading):
    def _push(self, frame: bytes) -> Any:
        return theirs.PushDataV3ApiWrapper.FromString(frame)

    def books(self, frame: bytes) -> list[Told]:
        if frame[:1] in (b"{", b"["):
            said = self.json(frame)
            body = said.get("publicAggreDepths")
            if body is None:
                snapshot = said.get("publicAggreDepthsSnapshot")
                return [self._snapshot(said["symbol"], snapshot)] if snapshot is not None else []
            sides = [[(x["price"], x["quantity"]) for x in body.get(side, ())] for side in ("bids", "asks")]
            span = body["fromVersion"], body["toVersion"]
            return [self._told(said["symbol"], *span, whole(said["sendTime"]), *sides)]
        push = self._push(frame)
        if push.WhichOneof("body") != "publicAggreDepths":
            return []
        body = push.publicAggreDepths
        sides = [[(x.price, x.quantity) for x in side] for side in (body.bids, body.asks)]
        return [self._told(push.symbol, body.fromVersion, body.toVersion, push.sendTime, *sides)]

    def _told(self, symbol: str, first: str, last: str, ms: int, bids: Any, asks: Any) -> Told:
        return Told(symbol, False, int(first) - 1, int(last), ms * _MS, pairs(bids), pairs(asks))

    def answer(self, symbol: str, body: bytes) -> Told:
        one = self.json(body)
        return Told(symbol, True, -1, whole(one["lastUpdateId"]), 0, pairs(one["bids"]), pairs(one["asks"]))

    def deals(self, frame: bytes) -> list[Deal]:
        sides = {1: 1, 2: -1}
        if frame[:1] == b"{":
            said = self.json(frame)
            body = said.get("publicAggreDeals") or said["publicDeals"]
            return [
                Deal(said["symbol"], sides[whole(d["tradeType"])], number(d["price"]), number(d["quantity"]))
                for d in body["deals"]
            ]
        push = self._push(frame)
        body = getattr(push, push.WhichOneof("body"))
        return [Deal(push.symbol, sides[d.tradeType], float(d.price), float(d.quantity)) for d in body.deals]

    def _snapshot(self, symbol: str, one: Any) -> Told:
        return Told(symbol, True, -1, whole(one["lastUpdateId"]), 0, pairs(one["bids"]), pairs(one["asks"]))

    def quotes(self, frame: bytes) -> list[Quote]:
        if frame[:1] == b"{":
            said = self.json(frame)
            q = said.get("publicAggreBookTicker") or said["publicBookTicker"]
            bids = pairs([(q["bidPrice"], q["bidQuantity"])])
            return self._touch(said["symbol"], bids, pairs([(q["askPrice"], q["askQuantity"])]))
        push = self._push(frame)
        q = getattr(push, push.WhichOneof("body"))
        bids = [(float(q.bidPrice), float(q.bidQuantity))]
        return self._touch(push.symbol, bids, [(float(q.askPrice), float(q.askQuantity))])


class MexcPerp(Reading):
    def books(self, frame: bytes) -> list[Told]:
        said = self.json(frame)
        if not isinstance(said, dict) or said.get("channel") not in ("push.depth", "push.depth.snapshot"):
            return []
        return [self._told(said["symbol"], said["data"], said["channel"] != "push.depth")]

    def _told(self, symbol: str, one: Any, snapshot: bool) -> Told:
        sides = pairs(one.get("bids", ()), self.contract), pairs(one.get("asks", ()), self.contract)
        version = whole(one["version"])
        if snapshot:
            return Told(symbol, True, -1, version, 0, *sides)
        first, last = whole(one.get("begin", 0)) or version, whole(one.get("end", 0)) or version
        return Told(symbol, False, first - 1, last, 0, *sides)

    def answer(self, symbol: str, body: bytes) -> Told:
        return self._told(symbol, self.json(body)["data"], True)

    def deals(self, frame: bytes) -> list[Deal]:
        said = self.json(frame)
        data = said["data"]
        sides = {1: 1, 2: -1}
        return [
            Deal(said["symbol"], sides[whole(d["T"])], number(d["p"]), number(d["v"]) * self.contract)
            for d in (data if isinstance(data, list) else [data])
        ]

    def quotes(self, frame: bytes) -> list[Quote]:
        said = self.json(frame)
        data = said["data"]
        sides = pairs(data["bids"], self.contract), pairs(data["asks"], self.contract)
        return self._touch(said["symbol"], *sides)
