"""What Titan can do at each venue, asked of the code itself: the lines say which channels they carry, the
gateway which capabilities it has. Nothing here is written down a second time.
"""

from __future__ import annotations

from typing import Final

import msgspec

from titan.model.instrument import InstrumentKind
from titan.venues import registry
from titan.venues.batch import Batch
from titan.venues.gateway.capabilities import Capabilities
from titan.venues.gateway.gateway import open_gateway
from titan.venues.stream import Channel, Market, Wish

GENERIC: Final = "ccxt:*"
_SAMPLE: Final = "ccxt:bitget"
"""Stands for every venue of the generic kind; what it lacks beyond them is its own."""
_QUOTES: Final = {"kraken": "USD"}


class VenueRow(msgspec.Struct, frozen=True):
    """`channels` by kind of instrument and channel: `stream` or `poll`; a channel that is absent is not
    carried."""

    venue: str
    first_class: bool
    channels: dict[str, dict[str, str]]
    gateway: Capabilities
    lacks: tuple[str, ...]


def matrix() -> list[VenueRow]:
    """The first-class venues by name, then the generic one. No network."""
    rows = [_first_class(venue) for venue in registry.VENUES]
    return [*rows, _generic()]


def _first_class(venue: str) -> VenueRow:
    gateway = open_gateway(venue, now=lambda: 0)
    return VenueRow(
        venue, True, _channels(venue, gateway.capabilities), gateway.capabilities, gateway.lacks()
    )


def _generic() -> VenueRow:
    gateway = open_gateway(_SAMPLE, now=lambda: 0)
    polled = {Channel.TRADES.value: "poll", Channel.DEPTH.value: "poll", Channel.BBO.value: "poll"}
    can = msgspec.structs.replace(
        gateway.capabilities, kinds=("spot", "perp"), amends=(), stops=(), order_types=("market", "limit"),
        leverage=False, margin_mode=False,
        funding=False, withdrawals=False, deposits=False, fee_tiers=False, switch=False, positions=True,
    )  # fmt: skip
    general = [
        words for words in gateway.lacks() if words.split()[0] not in ("no", "leverage", "the", "orders")
    ]
    words = ("what else it has depends on the exchange: `titan venues --venue ccxt:ID`", *general)
    return VenueRow(GENERIC, False, {"spot": polled, "perp": polled}, can, words)


def generic(venue: str) -> VenueRow:
    """One exchange of ccxt's list. Raises ConfigError for one that it does not list."""
    gateway = open_gateway(venue, now=lambda: 0)
    has = gateway.client.has
    names = (("fetchTrades", Channel.TRADES), ("fetchOrderBook", Channel.DEPTH), ("fetchTicker", Channel.BBO))
    polled = {channel.value: "poll" for name, channel in names if has.get(name)}
    can = gateway.capabilities
    return VenueRow(venue, False, dict.fromkeys(can.kinds, polled), can, gateway.lacks())


def _channels(venue: str, can: Capabilities) -> dict[str, dict[str, str]]:
    """Empty where the venue's lines are not part of this installation."""
    try:
        lines, names = registry.lines(venue, Batch()), registry.names(venue)
    except ModuleNotFoundError:
        return {}
    found: dict[str, dict[str, str]] = {}
    for kind in (InstrumentKind(k) for k in can.kinds):
        market = Market(0, names.native(kind, "BTC", _QUOTES.get(venue, "USDT")), kind)
        carried = found.setdefault(kind.value, {})
        for channel in Channel:
            wish = Wish(market, channel)
            if any(line.topics(wish) for line in lines):
                carried[channel.value] = "stream"
            elif any(line.fetches(wish) for line in lines):
                carried[channel.value] = "poll"
    return found
