"""A recording from beginning to end: rules of the instruments, a feed, the recorder, and what to tell."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from random import Random
from typing import Final

import msgspec

from titan.model.errors import ConfigError, VenueRefused
from titan.model.instrument import Instrument, InstrumentKind
from titan.runtime.record.recorder import Recorded, Recorder
from titan.runtime.signals import stopped_by_signals
from titan.venues.addresses import Addresses
from titan.venues.batch import Batch
from titan.venues.feed import Feed, Health
from titan.venues.gateway.gateway import open_gateway
from titan.venues.registry import VENUES, lines, names
from titan.venues.stream import Channel, Market

_SPOT: Final = (Channel.TRADES, Channel.DEPTH, Channel.BBO)
USUAL: Final = {
    InstrumentKind.SPOT: _SPOT,
    InstrumentKind.PERP: tuple(channel for channel in Channel if channel is not Channel.KLINES),
}
"""What is recorded when nothing is named: bars can be made of trades at any time."""
_SAY_S: Final = 1.0


class Outcome(msgspec.Struct, frozen=True):
    """A finished recording. `seconds` that it ran; `unknown` and `malformed` count messages."""

    venue: str
    out: str
    seconds: float
    instruments: tuple[Recorded, ...]
    left_out: tuple[str, ...]
    unknown: int
    malformed: int
    reconnects: int


class Wanted(msgspec.Struct, frozen=True):
    """What the user asked for. `instruments` as `spot.BTCUSDT`; no `channels`
    means the usual ones; `seconds` 0 runs until it is stopped."""

    venue: str
    instruments: tuple[str, ...]
    channels: tuple[Channel, ...]
    out: Path
    addresses: Addresses
    seconds: float = 0.0


async def record(
    wanted: Wanted,
    *,
    now: Callable[[], int],
    random: Random,
    tell: Callable[[str], None],
    progress: Callable[[Sequence[Recorded], Sequence[Health]], None],
) -> Outcome:
    """Record until a signal or the time given stops it. Raises ConfigError for what the venue has not."""
    stop = asyncio.Event()
    with stopped_by_signals(stop):
        tell(f"asking {wanted.venue} for its rules")
        instruments, markets = await _rules(wanted, now)
        note = f"recorded from {wanted.venue}'s public streams"
        recorder = Recorder(wanted.out, instruments, note=note, now=now, tell=tell)
        batch = Batch()
        all_lines = lines(wanted.venue, batch)
        began = now()
        left_out: list[str] = []
        asked = 0
        writing = asyncio.create_task(recorder.run(stop))
        async with Feed(
            wanted.venue, all_lines, wanted.addresses, batch, recorder.on_rows, now, random
        ) as feed:
            for instrument, market in zip(instruments, markets, strict=True):
                channels = wanted.channels or USUAL[instrument.kind]
                asked += len(channels)
                left_out.extend(_subscribe(feed, instrument, market, channels))
            if len(left_out) == asked:
                stop.set()
                raise ConfigError(
                    f"{wanted.venue} carries nothing of what was asked for",
                    remedy="`titan venues` shows what it carries",
                )
            async for _ in _until(stop, wanted.seconds, now):
                progress(recorder.recorded(), feed.health())
            health = feed.health()
        stop.set()
        await writing
    return Outcome(
        wanted.venue,
        str(wanted.out),
        (now() - began) / 1e9,
        tuple(recorder.recorded()),
        tuple(left_out),
        sum(line.tally.unknown for line in all_lines),
        sum(line.tally.malformed for line in all_lines),
        sum(one.reconnects for one in health),
    )


async def _rules(wanted: Wanted, now: Callable[[], int]) -> tuple[list[Instrument], list[Market]]:
    """The instruments by the venue's rules of now, and how its streams call them."""
    if wanted.venue not in VENUES:
        raise ConfigError(f"there is no venue {wanted.venue}", remedy=f"one of {', '.join(VENUES)}")
    gateway = open_gateway(wanted.venue, now=now, addresses=wanted.addresses)
    try:
        known = {one.id: one for one in await gateway.instruments()}
        instruments: list[Instrument] = []
        markets: list[Market] = []
        for name in wanted.instruments:
            instrument = known.get(f"{wanted.venue}.{name.removeprefix(wanted.venue + '.')}")
            listed = gateway.find(instrument.id) if instrument is not None else None
            if instrument is None or listed is None:
                raise ConfigError(
                    f"{wanted.venue} has no instrument {name}", remedy=_nearest(name, sorted(known))
                )
            native = names(wanted.venue).native(instrument.kind, instrument.base, instrument.quote)
            markets.append(Market(len(markets), native, instrument.kind, float(listed.contract)))
            instruments.append(instrument)
    finally:
        await gateway.close()
    return instruments, markets


def _nearest(name: str, known: Sequence[str]) -> str:
    kind, _, symbol = name.rpartition(".")
    similar = [one for one in known if f".{kind or 'spot'}." in one and symbol[:3].upper() in one][:5]
    shown = similar or list(known[:5])
    return f"write it as spot.BTCUSDT; there are {', '.join(one.partition('.')[2] for one in shown)} ..."


def _subscribe(feed: Feed, instrument: Instrument, market: Market, channels: Sequence[Channel]) -> list[str]:
    """Subscribe what the venue carries; returns what it does not, in words."""
    missing = []
    for channel in channels:
        try:
            feed.subscribe(market, (channel,))
        except VenueRefused:
            missing.append(f"{instrument.id}: no stream of {channel}")
    return missing


async def _until(stop: asyncio.Event, seconds: float, now: Callable[[], int]) -> AsyncIterator[None]:
    """Once a second, until `stop` is set or `seconds` have passed."""
    ends = now() + round(seconds * 1e9)
    while not stop.is_set() and (not seconds or now() < ends):
        left = (ends - now()) / 1e9 if seconds else _SAY_S
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), max(min(_SAY_S, left), 0.0))
        yield
