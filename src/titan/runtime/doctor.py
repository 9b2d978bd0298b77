"""Is everything well between this machine and a venue? Addresses, clock, latency, sockets, key and limits.

Each check says what it found and, where it is not well, what to do about it. Nothing here trades.
"""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import AsyncIterator, Sequence
from enum import StrEnum
from random import Random
from typing import Final, NamedTuple

import msgspec

from titan.market.tape.rows import Kind, Rows
from titan.model.account import KeyRights
from titan.model.credentials import Credentials
from titan.model.errors import TitanError, VenueFatal
from titan.model.instrument import Instrument, InstrumentKind
from titan.runtime.clock import WallClock
from titan.venues import registry
from titan.venues.addresses import Addresses
from titan.venues.batch import Batch
from titan.venues.feed import Feed
from titan.venues.gateway.gateway import Gateway, open_gateway
from titan.venues.stream import Channel, Market

SAMPLES: Final = 7
"""Requests for latency and clock: few enough that no limiter delays them."""
_MS: Final = 1_000_000
_SLOW_MS: Final = 500.0
_CLOCK_WARN_MS: Final = 250.0
_CLOCK_FAIL_MS: Final = 1000.0
"""Binance refuses what is 1 s ahead of its clock, whatever the receive window."""
_FULL: Final = 0.8
_FAVOURITES: Final = ("BTCUSDT", "BTCUSD", "ETHUSDT", "BTCUSDC")


class Status(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


class Trip(NamedTuple):
    """One question for the time (ms): what the venue said, when we asked, and how long it took."""

    said: int
    before: float
    took: float


class Finding(msgspec.Struct, frozen=True):
    """One line of the doctor's report; `figures` are what it measured (ms, counts, rates)."""

    check: str
    status: Status
    said: str
    remedy: str = ""
    figures: dict[str, float] = {}


async def examine(
    venue: str, addresses: Addresses | None, credentials: Credentials | None, *, book_s: float = 10.0
) -> AsyncIterator[Finding]:
    """Findings as they are made; after a venue that cannot be reached nothing more is asked."""
    clock = WallClock()
    gateway = open_gateway(venue, now=clock.now, addresses=addresses, credentials=credentials)
    try:
        reached = True
        async for finding in _addresses(gateway, clock):
            reached = reached and not (finding.check == "address" and finding.status is Status.FAIL)
            yield finding
        if not reached:
            return
        async for finding in _rules(gateway):
            yield finding
        if venue in registry.VENUES and addresses is not None:
            for kind in gateway.profile.kinds:
                if (finding_ := await _socket(gateway, addresses, kind, clock, book_s)) is not None:
                    yield finding_
        async for finding in _key(gateway, credentials):
            yield finding
        yield _headroom(gateway)
    finally:
        await gateway.close()


async def _addresses(gateway: Gateway, clock: WallClock) -> AsyncIterator[Finding]:
    """Reachability, latency and clock from the same few requests."""
    client, caller = gateway.client, gateway.caller
    if not client.has.get("fetchTime"):
        yield Finding(
            "address", Status.WARN, "the venue does not tell its time: latency and clock are not known"
        )
        return
    trips: list[Trip] = []
    try:
        await caller.query(client.fetch_time, attempts=2)  # opens the connection
        for _ in range(SAMPLES):
            begun, before = clock.elapsed(), clock.now()
            said = int(await caller.query(client.fetch_time, attempts=2))
            took = (clock.elapsed() - begun) * 1e3
            trips.append(Trip(said, before / _MS, took))
            if said % 1000 == 0:  # whole seconds: wait to meet the moment when the next begins
                await asyncio.sleep(1 / SAMPLES)
    except TitanError as e:
        yield Finding("address", Status.FAIL, e.message, e.remedy or "check the network, or the --url-file")
        return
    yield Finding("address", Status.OK, "the venue answers")
    yield _latency([trip.took for trip in trips])
    yield _clock(*offset(trips))


def _latency(took: list[float]) -> Finding:
    p50, p99 = statistics.median(took), max(took)
    said = f"a request takes {p50:.1f} ms, {p99:.1f} ms at worst (of {len(took)})"
    figures = {"p50_ms": round(p50, 3), "p99_ms": round(p99, 3)}
    if p50 > _SLOW_MS:
        return Finding("latency", Status.WARN, said, "trade from a machine nearer to the venue", figures)
    return Finding("latency", Status.OK, said, "", figures)


def offset(trips: Sequence[Trip]) -> tuple[float, float]:
    """How far the venue's clock is ahead of ours, and the error either way (ms).

    Each answer bounds it from both sides: it was made between our two looks at the clock, and the venue cuts
    its time to whole milliseconds, or to seconds (Kraken). All bounds hold together.
    """
    step = 1000.0 if all(trip.said % 1000 == 0 for trip in trips) else 1.0
    least = max(trip.said - trip.before - trip.took for trip in trips)
    most = min(trip.said + step - trip.before for trip in trips)
    return (least + most) / 2, max(most - least, 0.0) / 2


def _clock(offset_ms: float, bound: float) -> Finding:
    side = "behind" if offset_ms > 0 else "ahead of"
    said = f"our clock is {abs(offset_ms):.1f} ms {side} the venue's, give or take {bound:.1f} ms"
    figures = {"offset_ms": round(offset_ms, 3), "bound_ms": round(bound, 3)}
    surely = abs(offset_ms) - bound
    remedy = "set the clock by NTP (chronyd or systemd-timesyncd)"
    if surely > _CLOCK_FAIL_MS:
        return Finding("clock", Status.FAIL, said, remedy, figures)
    status = Status.WARN if surely > _CLOCK_WARN_MS else Status.OK
    return Finding("clock", status, said, remedy if status is Status.WARN else "", figures)


async def _rules(gateway: Gateway) -> AsyncIterator[Finding]:
    try:
        found = await gateway.instruments()
    except TitanError as e:
        yield Finding("instruments", Status.FAIL, e.message, e.remedy or "try again later")
        return
    count = {kind: sum(i.kind is kind for i in found) for kind in InstrumentKind}
    said = f"{count[InstrumentKind.SPOT]} spot pairs, {count[InstrumentKind.PERP]} perpetuals"
    status = Status.OK if found else Status.FAIL
    yield Finding("instruments", status, said, "" if found else "the venue lists nothing that Titan trades")


async def _socket(
    gateway: Gateway, addresses: Addresses, kind: InstrumentKind, clock: WallClock, seconds: float
) -> Finding | None:
    """Connect, subscribe and wait for the first whole book."""
    venue = gateway.profile.venue
    chosen = _favourite(gateway, kind)
    if chosen is None:
        return None
    try:
        batch = Batch()
        lines, names = registry.lines(venue, batch), registry.names(venue)
    except ModuleNotFoundError:
        return None
    listed = gateway.find(chosen.id)
    contract = float(listed.contract) if listed else 1.0
    market = Market(0, names.native(kind, chosen.base, chosen.quote), kind, contract)
    heard = asyncio.Event()

    def on_rows(rows: Rows) -> None:
        if (rows.kind == Kind.LEVEL).any():
            heard.set()

    begun = clock.elapsed()
    random = Random(clock.now())  # noqa: S311  jitter of reconnects, no secret
    async with Feed(venue, lines, addresses, batch, on_rows, clock.now, random) as feed:
        feed.subscribe(market, (Channel.DEPTH,))
        try:
            await asyncio.wait_for(heard.wait(), seconds)
        except TimeoutError:
            why = next((h.error for h in feed.health() if h.error), "") or "no book came"
            remedy = "check that WebSockets are not blocked by a proxy or a firewall"
            return Finding(
                f"{kind} socket", Status.FAIL, f"{chosen.symbol}: {why} within {seconds:g} s", remedy
            )
    took = (clock.elapsed() - begun) * 1e3
    return Finding(
        f"{kind} socket", Status.OK, f"{chosen.symbol}: connected, first book after {took:.0f} ms", "",
        {"first_book_ms": round(took, 1)},
    )  # fmt: skip


def _favourite(gateway: Gateway, kind: InstrumentKind) -> Instrument | None:
    venue = gateway.profile.venue
    for symbol in _FAVOURITES:
        if (found := gateway.find(f"{venue}.{kind}.{symbol}")) is not None:
            return found.instrument
    return next((i for i in gateway.known() if i.kind is kind), None)


async def _key(gateway: Gateway, credentials: Credentials | None) -> AsyncIterator[Finding]:
    venue = gateway.profile.venue
    if credentials is None:
        yield Finding(
            "key", Status.WARN, "no key: public data only", f"add one with `titan keys add {venue}`"
        )
        return
    try:
        balances = await gateway.balances.fetch_balances()
        rights = await gateway.limits.key_rights() if gateway.limits is not None else None
    except TitanError as e:
        remedy = (
            e.remedy
            if not isinstance(e, VenueFatal)
            else f"change it with `titan keys rotate {credentials.name}`"
        )
        yield Finding("key", Status.FAIL, e.message, remedy or "check the key at the venue")
        return
    assets = len({b.asset for b in balances})
    yield Finding("key", Status.OK, f"{credentials.name} is valid; {assets} assets", "", {"assets": assets})
    if rights is not None:
        for finding in permissions(rights):
            yield finding
    if gateway.fees is not None and (chosen := _favourite(gateway, gateway.profile.kinds[0])) is not None:
        try:
            tier = await gateway.fees.fee_tier(chosen.id)
        except TitanError as e:
            yield Finding("fees", Status.WARN, e.message, "base rates are assumed")
            return
        maker, taker = float(tier.fees.maker), float(tier.fees.taker)
        said = f"{chosen.symbol}: {maker:.4%} maker, {taker:.4%} taker"
        yield Finding("fees", Status.OK, said, "", {"maker": maker, "taker": taker})


def permissions(rights: KeyRights) -> Sequence[Finding]:
    """What a key may do, and what it had better not."""
    names = ("read", "trade", "transfer", "withdraw")
    may = [name for name in names if getattr(rights, name)]
    untold = [name for name in names if getattr(rights, name) is None]
    said = f"may {', '.join(may) or 'nothing'}" + (f"; not told: {', '.join(untold)}" if untold else "")
    found = [Finding("permissions", Status.OK, said)]
    if rights.trade is False:
        remedy = "allow trading for this key at the venue"
        found[0] = Finding("permissions", Status.WARN, f"{said}; it cannot trade", remedy)
    if rights.withdraw:
        remedy = "take that permission away unless Titan is to withdraw: whoever has the key has the money"
        found.append(Finding("withdrawals", Status.WARN, "this key may withdraw", remedy))
    if rights.ip_bound is False:
        remedy = "bind it to this machine's address at the venue"
        found.append(Finding("key address", Status.WARN, "this key works from anywhere", remedy))
    return found


def _headroom(gateway: Gateway) -> Finding:
    windows = [h for limiter in gateway.client.meter.limiters for h in limiter.headroom()]
    fullest = max(windows, key=lambda h: h.used / h.limit)
    share = fullest.used / fullest.limit
    window = f"{fullest.name}: {fullest.limit:g} in {fullest.seconds:g} s"
    said = f"{share:.0%} of the fullest rate limit is used ({window})"
    remedy = "something else uses this address or key: give Titan its own" if share > _FULL else ""
    return Finding(
        "rate limits", Status.WARN if share > _FULL else Status.OK, said, remedy, {"used": round(share, 4)}
    )
