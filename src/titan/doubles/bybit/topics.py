"""Topics of Bybit's public sockets: what may be asked where, and how a refusal reads.

bybit-exchange.github.io/docs/v5/ws/connect and the pages of websocket/public (read 2026-11-21): at most ten
topics in one request on spot, 21,000 characters of topics on a connection; depths 1, 50, 200 and 1000.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from titan.doubles.bybit.protection import TOPICS

SPOT_TOPICS: Final = 10
"""Topics in one subscribe request on spot."""
DEPTHS: Final[dict[int, int]] = {1: 10, 50: 20, 200: 100, 1000: 200}
"""Levels of `orderbook` and how often it is pushed, ms."""
INTERVALS: Final[dict[str, int]] = {
    "1": 60, "3": 180, "5": 300, "15": 900, "30": 1_800, "60": 3_600, "120": 7_200, "240": 14_400,
    "360": 21_600, "720": 43_200, "D": 86_400, "W": 604_800,
}  # fmt: skip
"""Seconds of a candle, by Bybit's name of the interval; months are not carried."""
PRIVATE: Final = frozenset(
    f"{topic}{kind}"
    for topic in ("order", "execution", "position", "execution.fast")
    for kind in ("", ".spot", ".linear", ".inverse", ".option")
) | {"wallet", "greeks", *TOPICS}
DCP: Final = frozenset(TOPICS)


class Topic(NamedTuple):
    """One subscription: `name` as asked, its `channel`, the symbol, and depth or interval if it has one."""

    name: str
    channel: str
    symbol: str
    parameter: str = ""


def parse(name: str, known: Callable[[str], bool], *, spot: bool) -> Topic | None:
    """The topic, or None for one that this socket does not have. `known` tells whether a symbol trades."""
    parts = name.split(".")
    if not known(parts[-1]):
        return None
    match parts:
        case ["publicTrade" | "tickers" as channel, symbol]:
            return Topic(name, channel, symbol)
        case ["allLiquidation", symbol] if not spot:
            return Topic(name, "allLiquidation", symbol)
        case ["orderbook", depth, symbol] if depth.isdigit() and int(depth) in DEPTHS:
            return Topic(name, "orderbook", symbol, depth)
        case ["kline", interval, symbol] if interval in INTERVALS:
            return Topic(name, "kline", symbol, interval)
    return None


def refusal(names: Sequence[str], known: Callable[[str], bool], *, spot: bool) -> str:
    """What is wrong with a subscribe request, in Bybit's words; empty when nothing is."""
    if spot and len(names) > SPOT_TOPICS:
        return "args size >10"
    for name in names:
        if parse(name, known, spot=spot) is None:
            return f"error:handler not found,topic:{name}"
    return ""
