"""Channels of OKX's sockets: which stand at which entry, and how a refusal reads.

okx.com/docs-v5, "WebSocket" and the channel pages (read 2026-11-21): /ws/v5/public, /private and /business;
one `subscribe` event for each argument; refusals 60012 (request), 60018 (no such channel or instrument) and
60011 (not logged in).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

DEPTHS: Final[dict[str, tuple[int, int]]] = {
    "books": (400, 100),
    "books5": (5, 100),
    "bbo-tbt": (1, 10),
    "books50-l2-tbt": (50, 10),
    "books-l2-tbt": (400, 10),
}
"""Levels of a book channel and how often it is pushed, ms."""
INCREMENTAL: Final = frozenset({"books", "books50-l2-tbt", "books-l2-tbt"})
FOR_MEMBERS: Final = frozenset({"books50-l2-tbt", "books-l2-tbt", "orders-algo"})
"""Channels outside the private entry that want a login."""
SPOT_AND_SWAP: Final = frozenset(DEPTHS) | {"trades", "tickers"}
SWAP_ONLY: Final = frozenset({"mark-price", "funding-rate", "open-interest"})
PRIVATE: Final = frozenset({"orders", "account", "positions", "fills", "balance_and_position"})
BARS: Final[dict[str, int]] = {
    "1m": 60, "3m": 180, "5m": 300, "15m": 900, "30m": 1_800, "1H": 3_600, "2H": 7_200, "4H": 14_400,
    "6H": 21_600, "12H": 43_200, "1D": 86_400, "6Hutc": 21_600, "12Hutc": 43_200, "1Dutc": 86_400,
    "1W": 604_800, "1Wutc": 604_800,
}  # fmt: skip
"""Seconds of a candle, by OKX's name of the bar; those of days are cut at midnight UTC here."""


class Channel(NamedTuple):
    """One subscription: the argument as it was asked and will be repeated, channel and instrument."""

    arg: tuple[tuple[str, str], ...]
    name: str
    inst: str

    @property
    def said(self) -> dict[str, str]:
        return dict(self.arg)


def parse(arg: Mapping[str, object], entry: str, listed: Callable[[str], str]) -> Channel | tuple[str, str]:
    """The channel, or code and message of the refusal. `listed` gives an instrument's type, "" for none;
    `entry` is public, private or business."""
    name, inst = str(arg.get("channel", "")), str(arg.get("instId", ""))
    channel = Channel(tuple((str(k), str(v)) for k, v in arg.items()), name, inst)
    words = ",".join(f"{k}:{v}" for k, v in channel.arg)
    missing = ("60018", f"Wrong URL or {words} doesn't exist. Please use the correct URL, channel and"
               " parameters referring to API document.")  # fmt: skip
    if not name:
        return "60012", f"Illegal request: {words}"
    if entry == "private":
        return channel if name in PRIVATE else missing
    if entry == "business" and name == "orders-algo":
        return channel
    if entry == "business":
        known = name.startswith("candle") and name[6:] in BARS and listed(inst)
        return channel if known or (name == "trades-all" and listed(inst)) else missing
    kind = listed(inst)
    if name == "liquidation-orders" and arg.get("instType") == "SWAP":
        return channel
    if name == "index-tickers" and listed(f"{inst}-SWAP"):
        return channel
    if name in SPOT_AND_SWAP and kind:
        return channel
    return channel if name in SWAP_ONLY and kind == "SWAP" else missing
