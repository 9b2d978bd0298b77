"""Market data: what a feed must hear, and what it must survive."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest

from tests.conformance.cases import Place, carries, case, has_checksums
from tests.conformance.listening import CHANNELS, Listening, listening
from tests.conformance.trading_at import Clock
from tests.doubles.tapes import MS, MemoryTape, Row, lively, rows_of
from titan.doubles.faults import Fault
from titan.market.tape.rows import END, Kind
from titan.venues.stream import Channel

MENDED_S = 2.0


@case("D-01", "the book becomes the venue's and stays it", carries(Channel.DEPTH))
async def book(place: Place) -> None:
    async with listening(place, (Channel.DEPTH,)) as at:
        for _ in range(5):
            await at.until(at.same)
            await asyncio.sleep(0.1)
        assert (at.tally("gaps"), at.tally("malformed"), at.tally("unknown")) == (0, 0, 0)


@case("D-02", "every trade is heard once", carries(Channel.TRADES))
async def trades(place: Place) -> None:
    async with listening(place, (Channel.TRADES,)) as at:
        await at.until(lambda: len(at.of(Kind.TRADE)) >= 20)
        every_trade_once(at)
        assert at.tally("malformed") == at.tally("unknown") == 0


def every_trade_once(at: Listening) -> None:
    """Between the first and the last one heard."""
    heard = at.of(Kind.TRADE)
    first, last = heard[0][0], heard[-1][0]
    price, size = at.truth.price, at.truth.size
    ms = 1_000_000
    said = [t for t in at.truth.trades if first // ms < t.time_ns // ms < last // ms]
    truth = Counter((t.side, float(price(t.ticks)), round(float(size(t.lots)), 9)) for t in said)
    ours = Counter((s, px, round(q, 9)) for ts, s, px, q in heard if first // ms < ts // ms < last // ms)
    assert ours == truth


@case("D-03", "the stated touch is the venue's", carries(Channel.BBO))
async def touch(place: Place) -> None:
    async with listening(place, (Channel.BBO,)) as at:
        await at.until(lambda: len(at.of(Kind.BBO)) >= 20)
        await at.until(lambda: tuple(px for _, _, px, _ in at.of(Kind.BBO)[-2:]) == at.touch())
        assert not at.wrong


@case("D-04", "mark, index and funding are heard", carries(Channel.MARK, Channel.INDEX, Channel.FUNDING))
async def marks(place: Place) -> None:
    async with listening(place, (Channel.MARK, Channel.INDEX, Channel.FUNDING)) as at:
        await at.until(lambda: {Kind.MARK, Kind.FUNDING} <= at.kinds(), 45)
        _, _, mark, _ = at.of(Kind.MARK)[-1]
        assert abs(mark - float(at.truth.mark_price)) < 0.05 * mark
        _, _, rate, settles = at.of(Kind.FUNDING)[-1]
        assert -0.01 < rate < 0.01
        assert settles > 1.7e12


@case("D-05", "open interest is heard", carries(Channel.OPEN_INTEREST))
async def interest(place: Place) -> None:
    async with listening(place, (Channel.OPEN_INTEREST,)) as at:
        await at.until(lambda: Kind.OPEN_INTEREST in at.kinds(), 45)
        assert all(qty >= 0 for *_, qty in at.of(Kind.OPEN_INTEREST))


@case("D-06", "a subscriber that leaves ends the stream only when it was the last")
async def leaving(place: Place) -> None:
    async with listening(place, CHANNELS) as at:
        at.feed.subscribe(at.market, (Channel.TRADES,))
        at.feed.unsubscribe(at.market, (Channel.TRADES,))
        before = len(at.of(Kind.TRADE))
        await at.until(lambda: len(at.of(Kind.TRADE)) > before + 3)
        at.feed.unsubscribe(at.market, (Channel.TRADES,))
        await asyncio.sleep(0.3)
        before = len(at.of(Kind.TRADE))
        await asyncio.sleep(0.5)
        assert len(at.of(Kind.TRADE)) <= before + 1


@case("D-07", "liquidations are heard, with the side of the position", carries(Channel.LIQUIDATIONS))
async def liquidations(place: Place) -> None:
    tape = lively()
    perp, lot = len(tape.instruments) - 1, float(tape.instruments[-1].lot)
    told = [(1, 29_990.0, 40 * lot), (-1, 30_010.0, 70 * lot)]
    forced: list[Row] = [
        (tape.start + n * 250 * MS, perp, Kind.LIQUIDATION, side, END, px, size)
        for n in range(1, 200)
        for side, px, size in (told[n % 2],)
    ]
    columns = zip(*(c.tolist() for c in tape.rows), strict=True)
    table = [(ts, inst, kind, side, flags, px, qty) for ts, _, inst, kind, side, flags, px, qty in columns]
    tape = MemoryTape(tape.instruments, rows_of([*table, *forced]))
    async with listening(place, (Channel.LIQUIDATIONS,), tape=tape) as at:
        await at.until(lambda: len(at.of(Kind.LIQUIDATION)) >= 4)
        assert {(side, px, round(qty, 9)) for _, side, px, qty in at.of(Kind.LIQUIDATION)} == {
            (side, px, round(size, 9)) for side, px, size in told
        }


async def survives(place: Place, *faults: Fault, gap: bool = False, seconds: float = MENDED_S) -> None:
    """After the faults the books are the venue's within two seconds, and nothing stale was read as fresh."""
    async with listening(place, CHANNELS) as at:
        await at.until(at.same)
        at.venue.inject(*faults)
        await at.until(lambda: all(c["hits"] for c in at.venue.faults.counts()), 45)
        at.venue.faults.clear()
        took = await at.until(at.same, 45 if gap else seconds)
        await asyncio.sleep(0.3)
        await at.until(at.same, seconds)
        assert not at.wrong, at.wrong[:3]
        if gap:
            assert at.tally("gaps") >= 1
            assert Kind.GAP in at.kinds()
        assert took <= seconds, f"the book was the venue's again after {took:.1f} s"


def on_frames(kind: Any, **more: Any) -> Fault:
    return Fault(kind=kind, on="ws", count=more.pop("count", 1), **more)


@case("D-10", "a delayed frame does no harm")
async def delayed(place: Place) -> None:
    await survives(place, on_frames("delay", seconds=0.3))


@case("D-11", "lost frames are noticed and made up for")
async def dropped(place: Place) -> None:
    await survives(place, on_frames("drop", count=5, probability=0.3))


@case("D-12", "doubled frames change nothing")
async def doubled(place: Place) -> None:
    await survives(place, on_frames("duplicate", count=20, probability=0.5))


@case("D-13", "frames in another order do not make a wrong book")
async def reordered(place: Place) -> None:
    await survives(place, on_frames("reorder", count=5, probability=0.3))


@case("D-14", "a missing update is a gap, and then a book again", carries(Channel.DEPTH))
async def sequence(place: Place) -> None:
    await survives(place, Fault(kind="sequence_gap", count=1), gap=True)


@case("D-15", "a wrong checksum is a gap, and then a book again", has_checksums)
async def checksum(place: Place) -> None:
    await survives(place, Fault(kind="wrong_checksum", count=1), gap=True)


@case("D-16", "a cut connection is a gap, and then a book again")
async def cut(place: Place) -> None:
    await survives(place, on_frames("disconnect"), gap=True)


@case("D-17", "a socket that answers pings and sends nothing is dead")
async def half_open(place: Place) -> None:
    async with listening(place, CHANNELS) as at:
        await at.until(at.same)
        at.venue.inject(on_frames("half_open", count=3))
        await at.until(lambda: at.tally("gaps") >= 1, 45)
        at.venue.faults.clear()
        await at.until(at.same, 45)
        assert not at.wrong, at.wrong[:3]


@case("D-18", "servers that fail for a while delay the book, no more")
async def failing(place: Place) -> None:
    async with listening(place, CHANNELS) as at:
        await at.until(at.same)
        at.venue.inject(Fault(kind="http_5xx", on="http", count=2), Fault(kind="sequence_gap", count=1))
        await at.until(lambda: at.tally("gaps") >= 1, 45)
        await at.until(at.same, 45)
        assert not at.wrong, at.wrong[:3]


@case("D-19", "a clock that is wrong by seconds stops nothing")
async def skewed(place: Place) -> None:
    async with listening(place, CHANNELS) as at:
        await at.until(at.same)
        at.venue.inject(Fault(kind="clock_skew", shift=-0.4, seconds=1.0))
        await asyncio.sleep(1.3)
        await at.until(at.same, MENDED_S)
        assert (at.tally("malformed"), at.tally("unknown")) == (0, 0)


@case("D-20", "connections are replaced in time, and no row is lost or doubled")
async def replaced(place: Place) -> None:
    async with listening(place, CHANNELS, lifetime_s=1.5) as at:
        await at.until(at.same)
        await at.until(lambda: sum(one.rotations for one in at.feed.health()) >= 2, 20)
        await at.until(at.same, MENDED_S)
        every_trade_once(at)
        assert at.tally("gaps") == 0
        assert not at.wrong, at.wrong[:3]


@case("D-21", "a bar is told when its minute has passed, as it was", carries(Channel.KLINES))
async def bars(place: Place) -> None:
    minute, clock = 60_000_000_000, Clock()
    clock.ahead_s = 20 - clock() % minute / 1e9 - 600  # the past: a bar of the future is told as it arrives
    async with listening(place, (Channel.KLINES,), now=clock) as at:
        await at.until(lambda: at.truth.trade_id > 3 and at.tally("messages") > 2)
        clock.ahead_s += 41
        await at.until(lambda: Kind.BAR_CLOSE in at.kinds())
        rows = [at.of(kind)[0] for kind in (Kind.BAR_OPEN, Kind.BAR_HIGH, Kind.BAR_LOW, Kind.BAR_CLOSE)]
        (end,) = {ts for ts, *_ in rows}
        truth = next(c for c in at.truth.candles if c.open_ns // minute == end // minute)
        price = [float(at.truth.price(t)) for t in (truth.open, truth.high, truth.low, truth.close)]
        assert [px for _, _, px, _ in rows] == price
        assert sum(qty for *_, qty in rows) == pytest.approx(float(at.truth.size(truth.lots)))
        assert at.tally("malformed") == at.tally("unknown") == 0
