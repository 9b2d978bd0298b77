"""The markets of a run: their rules by the venues' word of now, and the feeds that bring their rows."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from random import Random
from types import MappingProxyType
from typing import Final

import msgspec

from titan.market.tape.rows import Rows
from titan.model.errors import ConfigError, TitanError, VenueRefused
from titan.model.instrument import Instrument, InstrumentKind
from titan.runtime.trading.plan import VenuePlan
from titan.venues.addresses import Addresses
from titan.venues.batch import Batch
from titan.venues.feed import Feed
from titan.venues.gateway.gateway import Gateway
from titan.venues.registry import lines, names
from titan.venues.socket.pace import Doors
from titan.venues.stream import Channel, Market

_SPOT: Final = (Channel.TRADES, Channel.DEPTH, Channel.BBO)
CHANNELS: Final = {
    InstrumentKind.SPOT: _SPOT,
    InstrumentKind.PERP: (*_SPOT, Channel.MARK, Channel.INDEX, Channel.FUNDING, Channel.LIQUIDATIONS),
}
"""What a strategy and the simulated venue read. What a venue does not carry is left out, and said."""


NONE: Final[Mapping[str, Instrument]] = MappingProxyType({})


class Markets:
    """`instruments` by the index that rows carry; `start` when everybody who listens is ready."""

    def __init__(self, now: Callable[[], int], random: Random) -> None:
        self._now, self._random = now, random
        self._of: dict[str, tuple[Addresses, list[Market]]] = {}
        self._open = AsyncExitStack()
        self._doors = Doors()
        self.instruments: list[Instrument] = []
        self.feeds: dict[str, Feed] = {}
        self.left_out: list[str] = []
        self.absent: dict[str, int] = {}
        """Venues that do not answer yet, and since when (ns) the rules are that they once told."""

    async def add(
        self, plan: VenuePlan, addresses: Addresses, gateway: Gateway, *, own_fees: bool = False,
        before: Mapping[str, Instrument] = NONE,
    ) -> None:  # fmt: skip
        """Ask a venue for the rules of what is planned there where they are not known, with `own_fees` for
        what this account pays too. `before` is by id what an earlier process traded by: that of a venue that
        does not answer. Raises ConfigError for what it has not.
        """
        known = {one.id: one for one in gateway.known() or await gateway.instruments()}
        markets: list[Market] = []
        for name in plan.instruments:
            instrument = known.get(f"{plan.venue}.{name}")
            listed = gateway.find(instrument.id) if instrument is not None else None
            if instrument is None or listed is None:
                raise ConfigError(
                    f"{plan.venue} has no instrument {name}", remedy=nearest(name, sorted(known))
                )
            native = names(plan.venue).native(instrument.kind, instrument.base, instrument.quote)
            if gateway.remembered:
                instrument = before.get(instrument.id, instrument)
            elif own_fees:
                instrument = await self._tiered(gateway, instrument)
            markets.append(Market(len(self.instruments), native, instrument.kind, float(listed.contract)))
            self.instruments.append(instrument)
        self._of[plan.venue] = addresses, markets

    async def _tiered(self, gateway: Gateway, instrument: Instrument) -> Instrument:
        """With the rates of the account; with the base rates where the venue does not tell."""
        if gateway.fees is None:
            return instrument
        try:
            tier = await gateway.fees.fee_tier(instrument.id)
        except TitanError as e:
            self.left_out.append(f"what this account pays for {instrument.id} is not known: {e.message}")
            return instrument
        if tier.fees.taker <= 0:  # told as nothing, or a gift that may end any day: never counted on
            return instrument
        return msgspec.structs.replace(instrument, fees=tier.fees)

    async def start(self, on_rows: Callable[[Rows], None]) -> None:
        """Connect and subscribe; rows flow from now on."""
        for venue, (addresses, markets) in self._of.items():
            batch = Batch()
            batch.prepare()
            feed = await self._open.enter_async_context(
                Feed(
                    venue,
                    lines(venue, batch),
                    addresses,
                    batch,
                    on_rows,
                    self._now,
                    self._random,
                    doors=self._doors,
                )
            )
            self.feeds[venue] = feed
            for market in markets:
                self._subscribe(feed, venue, market)

    def _subscribe(self, feed: Feed, venue: str, market: Market) -> None:
        for channel in CHANNELS[market.kind]:
            try:
                feed.subscribe(market, (channel,))
            except VenueRefused:
                self.left_out.append(f"{venue} has no stream of {channel} for {market.native}")

    async def close(self) -> None:
        await self._open.aclose()

    async def priced(
        self, has_price: Callable[[str], bool], seconds: float, stop: asyncio.Event
    ) -> list[str]:  # fmt: skip
        """Wait until every instrument of a venue that answers has a price; returns those that still have none
        in the end.
        """
        ends = self._now() + round(seconds * 1e9)
        while True:
            missing = [i.id for i in self.instruments if i.venue not in self.absent and not has_price(i.id)]
            if not missing or self._now() >= ends or stop.is_set():
                return missing
            await asyncio.sleep(0.02)


def nearest(name: str, known: Sequence[str]) -> str:
    """A remedy for a name that a venue has not."""
    kind, _, symbol = name.rpartition(".")
    similar = [one for one in known if f".{kind or 'spot'}." in one and symbol[:3].upper() in one][:5]
    shown = similar or list(known[:5])
    return f"write it as spot.BTCUSDT; there are {', '.join(one.partition('.')[2] for one in shown)} ..."
