"""Kraken's public REST: docs.kraken.com/api/docs/rest-api (market data), read 2026-11-21."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Final

from titan.doubles.kraken import errors
from titan.doubles.kraken.errors import Refused
from titan.doubles.kraken.pairs import Body, Pair, code, old
from titan.doubles.world import World

Params = Mapping[str, str]
MINUTES: Final = (1, 5, 15, 30, 60, 240, 1440, 10080, 21600)
_SECOND: Final = 1_000_000_000


class Pairs:
    """All pairs, by any of their names."""

    def __init__(self, world: World) -> None:
        self.all = [Pair(m) for m in world.of_kind("spot")]
        self._by_name = {name: pair for pair in self.all for name in pair.names}

    def get(self, name: str) -> Pair:
        """Raises Refused for a name that no pair has."""
        pair = self._by_name.get(name) or self._by_name.get(name.upper())
        if pair is None:
            raise Refused(errors.PAIR)
        return pair

    def find(self, name: str) -> Pair | None:
        return self._by_name.get(name)

    def of(self, index: int) -> Pair:
        """By the market's index."""
        return next(pair for pair in self.all if pair.market.index == index)

    def named(self, names: str) -> list[Pair]:
        """Those of a comma list; all when it is empty."""
        return [self.get(name) for name in names.split(",")] if names else self.all

    @property
    def assets(self) -> list[str]:
        return sorted({asset for pair in self.all for asset in (pair.base, pair.quote)})


class Public:
    """Methods by name, each from parameters to the `result`."""

    def __init__(self, world: World, pairs: Pairs) -> None:
        self._world, self._pairs = world, pairs
        self.methods: dict[str, Callable[[Params], object]] = {
            "Time": self._time, "SystemStatus": self._status, "Assets": self._assets,
            "AssetPairs": self._asset_pairs, "Ticker": self._ticker, "Depth": self._depth,
            "Trades": self._trades, "OHLC": self._candles, "Spread": self._spread,
        }  # fmt: skip

    def _time(self, _: Params) -> Body:
        seconds = self._world.now() // _SECOND
        return {"unixtime": seconds, "rfc1123": f"{_at(seconds):%a, %d %b %y %H:%M:%S +0000}"}

    def _status(self, _: Params) -> Body:
        return {"status": "online", "timestamp": f"{_at(self._world.now() // _SECOND):%Y-%m-%dT%H:%M:%SZ}"}

    def _assets(self, params: Params) -> Body:
        wanted = params.get("asset", "")
        known = {code(a): a for a in self._pairs.assets}
        names = {n: known.get(n) or next((a for a in known.values() if old(a) == n or a == n), None)
                 for n in wanted.split(",")} if wanted else known  # fmt: skip
        if None in names.values():
            raise Refused(errors.ASSET)
        return {
            code(a or ""): {
                "aclass": "currency", "altname": old(a or ""), "decimals": 10, "display_decimals": 5,
                "collateral_value": 1.0, "status": "enabled",
            }
            for a in names.values()
        }  # fmt: skip

    def _asset_pairs(self, params: Params) -> Body:
        """A pair asked for as on sockets (BTC/USD) is answered by that name: python-kraken-sdk's book
        relies on it."""
        asked = params.get("pair", "").split(",")
        return {
            pair.symbol if pair.symbol in asked else pair.key: pair.rules()
            for pair in self._pairs.named(params.get("pair", ""))
        }

    def _ticker(self, params: Params) -> Body:
        return {pair.key: _ticker(pair) for pair in self._pairs.named(params.get("pair", ""))}

    def _depth(self, params: Params) -> Body:
        pair = self._pairs.get(params.get("pair", ""))
        bids, asks = pair.market.top(_number(params, "count", 100, 500))
        at = pair.market.book_ns // _SECOND

        def rows(levels: Iterable[tuple[int, int]]) -> list[list[object]]:
            return [[pair.price(ticks), f"{pair.market.size(lots):.3f}", at] for ticks, lots in levels]

        return {pair.key: {"asks": rows(asks), "bids": rows(bids)}}

    def _trades(self, params: Params) -> Body:
        pair = self._pairs.get(params.get("pair", ""))
        since = _number(params, "since", 0)
        if since and since < 10_000_000_000:
            since *= _SECOND
        found = [t for t in pair.market.trades if t.time_ns > since][: _number(params, "count", 1000, 1000)]
        rows = [
            [
                pair.price(t.ticks), pair.size(t.lots), t.time_ns / 1e9, "b" if t.side > 0 else "s", "m", "",
                t.id,
            ]
            for t in found
        ]  # fmt: skip
        return {pair.key: rows, "last": str(found[-1].time_ns if found else self._world.now())}

    def _candles(self, params: Params) -> Body:
        pair = self._pairs.get(params.get("pair", ""))
        minutes = _number(params, "interval", 1)
        if minutes not in MINUTES:
            raise Refused(errors.ARGUMENTS)
        since = _number(params, "since", 0)
        rows = []
        for c in pair.market.spans(minutes * 60 * _SECOND):
            if c.open_ns // _SECOND <= since:
                continue
            mean = c.value // c.lots if c.lots else c.close
            prices = [pair.price(p) for p in (c.open, c.high, c.low, c.close, mean)]
            rows.append([c.open_ns // _SECOND, *prices, pair.size(c.lots), c.count])
        return {pair.key: rows[-720:], "last": rows[-1][0] if rows else 0}

    def _spread(self, params: Params) -> Body:
        pair = self._pairs.get(params.get("pair", ""))
        at = self._world.now() // _SECOND
        bid, ask = pair.market.bid[0], pair.market.ask[0]
        return {pair.key: [[at, pair.price(bid), pair.price(ask)]], "last": at}


def _ticker(pair: Pair) -> Body:
    market = pair.market
    (bid, bid_lots), (ask, ask_lots) = market.bid, market.ask
    last = market.last_ticks
    day = market.day
    lots = market.trades[-1].lots if market.trades else 0
    volume = pair.size(day.lots if day else 0)
    low, high = (day.low, day.high) if day else (last, last)
    mean = day.value // day.lots if day and day.lots else last
    return {
        "a": [pair.price(ask), "1", f"{market.size(ask_lots):.3f}"],
        "b": [pair.price(bid), "1", f"{market.size(bid_lots):.3f}"],
        "c": [pair.price(last), pair.size(lots)],
        "v": [volume, volume],
        "p": [pair.price(mean)] * 2,
        "t": [day.count if day else 0] * 2,
        "l": [pair.price(low)] * 2,
        "h": [pair.price(high)] * 2,
        "o": pair.price(day.open if day else last),
    }


def _number(params: Params, name: str, default: int, most: int = 0) -> int:
    text = params.get(name, "")
    if not text:
        return default
    whole = text.partition(".")[0]
    if not whole.isdecimal():
        raise Refused(f"{errors.ARGUMENTS}:{name}")
    return min(int(whole), most) if most else int(whole)


def _at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
