"""Panic over real gateways and doubles: flat and proven, or paged, and latched, whatever fails in its
middle.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from tests.doubles.servers import Running, running
from tests.execution.recovery_world import MS, PRICE, Life, life, opened
from tests.execution.scripted import SPOT
from titan.doubles.faults import Fault
from titan.execution.memory import fold
from titan.execution.panic import Panic, PanicHands, panic_alone, unfinished
from titan.execution.panic_plan import Word, plan
from titan.execution.panic_venue import PanicTimes
from titan.execution.venue_ports import VenuePorts
from titan.model.account import MarginMode, VenuePosition
from titan.model.events import OrderReport, Submitted
from titan.model.fill import Fill
from titan.model.order import OrderState, OrderType, Side
from titan.model.pair import TransferIntent
from titan.model.recovery import Deposited, Latched, PanicEnded, PanicStep
from titan.venues.gateway.entry import Entry
from titan.venues.gateway.limiter import Limiter

TIMES = PanicTimes(
    proof_gap_ns=1000 * MS, settle_ns=1500 * MS, answer_ns=4000 * MS, first_wait_ns=20 * MS,
    longest_wait_ns=200 * MS, page_after_ns=15_000 * MS, bound_ns=25_000 * MS,
)  # fmt: skip
Journal = list[msgspec.Struct]


def panic(lives: Sequence[Life], journal: Journal, pages: list[str], **more: Any) -> Panic:
    """As `titan panic` runs it: by itself, with its own keys."""
    owned = {x.spot.id: x.ledger.balance(f"{x.name}.spot", "BTC") - funded(x) for x in lives}
    wanted: dict[str, Any] = {
        "now": time.time_ns, "reason": "drawdown", "by": "test", "owned": owned, "times": TIMES, "alone":
        True, "prices": dict.fromkeys(owned, PRICE),
    }  # fmt: skip
    return Panic(
        more.pop("name", "panic-1"), [x.ports() for x in lives], PanicHands(journal.append, pages.append),
        **(wanted | more),
    )  # fmt: skip


def funded(one: Life) -> Decimal:
    """The coins that were there before we traded: not ours to sell."""
    came = [e for e in one.journal if isinstance(e, Deposited) and e.asset == "BTC"]
    return sum((e.amount for e in came), Decimal(0))


def held(venue: Running) -> tuple[int, int]:
    """(orders that rest, positions that are open), by the double's own word."""
    return len(venue.world.desk.open_orders()), len([p for p in venue.world.account.positions() if p.lots])


def coins(venue: Running) -> Decimal:
    return venue.world.account.balances("spot")["BTC"].total


@asynccontextmanager
async def at_venues(*names: str) -> AsyncIterator[list[Running]]:
    async with AsyncExitStack() as open_:
        yield [await open_.enter_async_context(running(name)) for name in names]


async def exposed(one: Life) -> None:
    """A pair, a resting order of ours and one of somebody else."""
    await one.trade("spot", one.spot)
    await one.trade("perp", one.perp, Side.SELL)
    rests = one.send("rests", one.perp, type=OrderType.LIMIT)
    await one.until(lambda: rests.order.state is OrderState.OPEN)
    one.elsewhere(one.spot, Side.BUY, one.spot.lots_within(Decimal("0.01")), Decimal(28_000))


@pytest.mark.parametrize("name", ["binance", "bybit", "okx", "mexc"])
async def test_everything_is_cancelled_and_closed_and_proven_twice(name: str) -> None:
    async with running(name) as venue:
        journal: Journal = []
        async with life(venue, journal) as one:
            before = coins(venue)
            await exposed(one)
            assert held(venue) == (2, 1)
            pages: list[str] = []
            ended = await panic([one], journal, pages, memory=fold(journal)).run()
            assert held(venue) == (0, 0)
            assert coins(venue) == before
            assert (ended.flat, ended.open) == ((name,), {})
            assert len(pages) == 1  # that it began
        steps = [e for e in journal if isinstance(e, PanicStep)]
        proofs = [e.local_ns for e in steps if e.step.startswith("proof")]
        assert len(proofs) == 2
        assert proofs[1] - proofs[0] >= TIMES.proof_gap_ns
        began = journal.index(steps[0])
        assert (steps[0].step, steps[0].note) == ("began", "drawdown")
        assert isinstance(journal[began + 1], Latched)
        reductions = [e for e in journal if isinstance(e, Submitted) and e.intent.saga == "panic-1"]
        assert all(e.intent.reduce_only for e in reductions if ".perp." in e.intent.instrument)
        assert all(e.intent.side is Side.SELL for e in reductions if ".spot." in e.intent.instrument)
        assert "panic" in fold(journal).latches


async def test_a_venue_that_is_down_holds_up_no_other_and_is_paged() -> None:
    async with at_venues("binance", "okx", "bybit") as venues, AsyncExitStack() as open_:
        journal: Journal = []
        lives = [await open_.enter_async_context(life(v, [], timeout_ms=400)) for v in venues]
        for one in lives:
            await exposed(one)
        venues[0].inject(Fault(kind="http_5xx", on="http", count=0))
        pages: list[str] = []
        work = panic(lives, journal, pages, times=msgspec.structs.replace(TIMES, page_after_ns=500 * MS))
        task = asyncio.create_task(work.run())
        await lives[0].until(lambda: held(venues[1]) == held(venues[2]) == (0, 0))
        await lives[0].until(lambda: set(work.trouble()) == {"binance"})
        await lives[0].until(lambda: any("binance" in p for p in pages))
        assert held(venues[0]) == (2, 1)
        venues[0].faults.clear()
        ended = await task
        assert held(venues[0]) == (0, 0)
        assert set(ended.flat) == {"binance", "okx", "bybit"}


async def test_what_cannot_be_closed_is_paged_and_named_and_stays_latched() -> None:
    async with running("binance") as venue, life(venue, [], timeout_ms=300) as one:
        await exposed(one)
        venue.inject(Fault(kind="timeout_before", match="/fapi/v3/positionRisk", on="http", count=0))
        journal: Journal = []
        pages: list[str] = []
        times = msgspec.structs.replace(TIMES, bound_ns=1500 * MS, page_after_ns=200 * MS)
        ended = await panic([one], journal, pages, times=times).run()
        assert ended.flat == ()
        assert "no answer" in ended.open["binance"]
        assert any("binance is not flat" in p for p in pages)
        memory = fold(journal)
        assert ("panic" in memory.latches, unfinished(memory)) == (True, "")


@pytest.mark.parametrize(
    ("name", "after"), [*(("binance", n) for n in range(1, 10)), ("okx", 4), ("okx", 6), ("bybit", 5)]
)
async def test_after_a_crash_in_its_middle_it_goes_on_and_nothing_is_doubled(
    name: str, after: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process dies as soon as so many entries of the panic are written; the next finds the journal."""
    monkeypatch.setattr(Entry, "_too_late", lambda self, left_ns: time.time_ns() - left_ns > 1000 * MS)
    async with running(name) as venue:
        journal: Journal = []
        async with life(venue, journal) as one:
            before = coins(venue)
            await exposed(one)
            died = asyncio.Event()

            def append(entry: msgspec.Struct) -> None:
                if died.is_set():
                    raise asyncio.CancelledError  # nothing happens after death
                journal.append(entry)
                if len(journal) - start == after:
                    died.set()

            start = len(journal)
            quick = msgspec.structs.replace(TIMES, proof_gap_ns=100 * MS)
            work = panic([one], journal, [], memory=fold(journal), times=quick)
            object.__setattr__(work._hands, "journal", append)
            for reducing in work._reducing.values():
                reducing._sent = append
            task = asyncio.create_task(work.run())
            await one.until(lambda: died.is_set() or task.done())
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            assert unfinished(fold(journal)) == "panic-1"
        async with life(venue, journal) as two:
            pages: list[str] = []
            memory = fold(journal)
            ended = await panic(
                [two], journal, pages, memory=memory, name=unfinished(memory), times=quick
            ).run()
        assert ended.flat == (name,)
        assert held(venue) == (0, 0)
        assert coins(venue) == before
        sent = [e.client_id for e in journal if isinstance(e, Submitted)]
        assert len(sent) == len(set(sent))
        assert sum(isinstance(e, Latched) for e in journal) == 1
        assert unfinished(fold(journal)) == ""
        fills = {e.id for e in journal if isinstance(e, Fill)}
        assert len(fills) == len(venue.world.desk.fills)


@pytest.mark.parametrize("doubt", ["spot", "perp"])
async def test_in_the_middle_of_a_pair_and_of_a_transfer_it_ends_flat_and_names_the_transfer(
    doubt: str,
) -> None:
    """One leg is unanswered: it is at the venue, and nobody knows. A transfer's end is unknown as well."""
    async with running("binance") as venue:
        journal: Journal = []
        async with life(venue, journal, timeout_ms=400) as one:
            before = coins(venue)
            path = "POST /fapi/v1/order" if doubt == "perp" else "POST /api/v3/order"
            venue.inject(Fault(kind="timeout_after", match=path, on="http"))
            legs = {"spot": one.send("spot", one.spot), "perp": one.send("perp", one.perp, Side.SELL)}
            leg = legs[doubt]
            journal.append(TransferIntent("w", "s", "USDT", "binance.spot", "binance.perp", "12.5", "margin"))
            await one.until(lambda: len(venue.world.desk.fills) >= 2)
            await one.until(lambda: sum(t.order.state.is_final for t in legs.values()) == 1)
            assert not leg.order.state.is_final
        async with life(venue, journal, timeout_ms=400) as two:
            pages: list[str] = []
            ended = await panic([two], journal, pages, memory=fold(journal)).run()
            assert ended.flat == ("binance",)
            assert held(venue) == (0, 0)
            assert coins(venue) == before
            assert any("transfer w" in p for p in pages)
        fills = [e for e in journal if isinstance(e, Fill) and e.client_id == leg.order.request.client_id]
        assert sum(f.lots for f in fills) == leg.order.request.lots


class Dated:
    """The venue's own positions, and one of a dated future."""

    def __init__(self, one: Life) -> None:
        self._one, self.lots = one, 3

    async def fetch_positions(self) -> Sequence[VenuePosition]:
        assert self._one.gateway.positions is not None
        zero = Decimal(0)
        name = "binance.untraded.BTC/USDT:USDT-261225"
        dated = VenuePosition(name, self.lots, zero, zero, zero, Decimal(1), MarginMode.CROSS)
        return [*await self._one.gateway.positions.fetch_positions(), *([dated] if self.lots else [])]


async def test_what_it_cannot_trade_is_paged_and_keeps_the_venue_from_being_flat() -> None:
    async with running("binance") as venue, life(venue, []) as one:
        await exposed(one)
        dated, journal, pages = Dated(one), list[msgspec.Struct](), list[str]()
        times = msgspec.structs.replace(TIMES, bound_ns=0, page_after_ns=200 * MS)
        ports = one.ports(positions=dated, unseen=("options", "margin loans"))
        owned = {one.spot.id: one.ledger.balance("binance.spot", "BTC") - funded(one)}
        work = Panic(
            "p", [ports], PanicHands(journal.append, pages.append), now=time.time_ns, reason="drill", by="me",
            owned=owned, times=times, alone=True,
        )  # fmt: skip
        task = asyncio.create_task(work.run())
        await one.until(lambda: any("3 of binance.untraded.BTC/USDT" in p for p in pages))
        await one.until(lambda: held(venue) == (0, 0))
        assert "binance: not looked at, and not closed: options, margin loans" in pages[1]
        assert not task.done()
        dated.lots = 0  # closed by hand
        ended = await task
        assert ended.flat == ("binance",)
        assert ended.unseen == {"binance": "options, margin loans"}


async def test_an_order_that_may_still_arrive_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running("binance") as venue:
        journal: Journal = []
        async with life(venue, journal) as one:
            monkeypatch.setattr(one.gateway.entry, "submit", lambda order: None)
            lost = one.send("lost", one.perp)
        async with life(venue, journal) as two:
            times = msgspec.structs.replace(TIMES, page_after_ns=500 * MS)
            work = panic([two], journal, two.pages, memory=fold(journal), times=times)
            task = asyncio.create_task(work.run())
            await two.until(lambda: any("is not known" in p for p in two.pages))
            assert not task.done()
            monkeypatch.setattr("titan.venues.gateway.entry._MARGIN_S", -5.0)
            assert (await task).flat == ("binance",)
            ends = [e for e in journal if isinstance(e, OrderReport)]
            assert ends[-1].client_id == lost.order.request.client_id


async def test_dust_is_named_and_not_looped_on() -> None:
    async with running("binance") as venue, life(venue, []) as one:
        journal: Journal = []
        ended = await panic([one], journal, [], owned={one.spot.id: Decimal("0.00002")}).run()
        assert ended.flat == ("binance",)
        assert len(ended.dust) == 1
        assert one.spot.id in ended.dust[0]
        assert not any(isinstance(e, Submitted) for e in journal)


async def test_a_refused_reduction_is_tried_again_in_smaller_pieces() -> None:
    async with running("binance") as venue, life(venue, []) as one:
        await exposed(one)
        venue.inject(Fault(kind="reject", count=2))
        journal: Journal = []
        ended = await panic([one], journal, []).run()
        assert ended.flat == ("binance",)
        assert held(venue) == (0, 0)
        assert isinstance(journal[-1], PanicEnded)


def test_a_position_that_is_no_perps_is_never_traded() -> None:
    """A margin loan in a spot market: buying coins for it would not end it, and would be done again."""
    zero = Decimal(0)
    name = SPOT.id
    owes = VenuePosition(name, -5, zero, Decimal(50_000), zero, Decimal(3), MarginMode.CROSS)
    made = plan("binance", Word([], [owes], []), {SPOT.id: SPOT}, {}, {})
    assert (made.reductions, made.flat) == ([], False)
    assert name in made.strange[0]


@pytest.mark.parametrize(("refusals", "left"), [(2, 0), (0, 1)])
async def test_a_position_below_the_minimum_is_left_only_when_the_venue_refuses_it_again_and_again(
    refusals: int, left: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One refusal may have had another cause; 0 refuses for ever."""
    monkeypatch.setattr("titan.execution.panic_venue.is_dust", lambda *_: True)
    async with running("binance") as venue, life(venue, []) as one:
        await one.trade("perp", one.perp, Side.SELL, lots=4)
        venue.inject(Fault(kind="reject", count=refusals))
        journal: Journal = []
        ended = await panic([one], journal, [], owned={}).run()
        assert (ended.flat, held(venue)) == (("binance",), (0, left))
        assert len(ended.dust) == left
        sizes = [e.intent.lots for e in journal if isinstance(e, Submitted)]
        assert sizes == [4] * (refusals + 1 if refusals else 4)


async def test_beside_a_desk_it_is_handed_events_and_stops_the_desk_first() -> None:
    async with running("binance") as venue, life(venue, []) as one:
        await exposed(one)
        halted: list[tuple[str, int]] = []
        adopted: list[Submitted] = []

        def sent(order: Submitted) -> None:
            adopted.append(order)
            one.adopt(order)

        hands = PanicHands(
            one.journal.append, one.pages.append, sent=sent,
            halt=lambda why: halted.append((why, len(adopted))),
            unsettled=lambda _: [
                t.order.request.client_id for t in one.desk.tickets if not t.order.state.is_final
            ],
        )  # fmt: skip
        size = one.spot.size(one.spot.lots_within(Decimal("0.01")))
        work = Panic(
            "p", [one.ports()], hands, now=time.time_ns, reason="by hand", by="operator",
            owned={one.spot.id: size}, times=TIMES,
        )  # fmt: skip

        def both(event: Any) -> None:
            one.hear(event)
            work.heard(event)

        one.gateway.entry.subscribe(both)
        ended = await work.run()
        assert ended.flat == ("binance",)
        assert halted == [("by hand", 0)]
        assert len(adopted) == 2
        assert all(t.order.state.is_final for t in one.desk.tickets)
        assert one.ledger.position(one.perp.id).lots == 0
        assert held(venue) == (0, 0)


async def test_a_venue_without_positions_has_its_coins_sold(monkeypatch: pytest.MonkeyPatch) -> None:
    async def at_once(*_: object) -> None:
        return  # Kraken's counter gives a call back in 3 s

    monkeypatch.setattr(Limiter, "take", at_once)
    async with running("kraken") as venue, life(venue, []) as one:
        before = coins(venue)
        await one.trade("spot", one.spot)
        one.elsewhere(one.spot, Side.BUY, one.spot.lots_within(Decimal("0.01")), Decimal(28_000))
        ended = await panic([one], [], []).run()
        assert (ended.flat, coins(venue)) == (("kraken",), before)
        assert held(venue)[0] == 0


async def test_a_venue_whose_rules_cannot_be_asked_yet_is_waited_for_and_never_called_flat() -> None:
    """It was down when the panic's process began: nothing that it says could be understood before."""
    async with running("binance") as venue:
        journal: Journal = []
        async with life(venue, journal) as one:
            before = coins(venue)
            await exposed(one)
            owned = {one.spot.id: one.ledger.balance("binance.spot", "BTC") - funded(one)}
        venue.inject(Fault(kind="http_5xx", match="exchangeInfo", on="http", count=0))
        gateway = opened(venue, timeout_ms=400)
        g, pages = gateway, list[str]()
        ports = VenuePorts(
            "binance", g.rules, g.entry, g.orders, g.removal, g.balances, g.positions, g.funding
        )
        work = asyncio.create_task(
            panic_alone(
                [ports], name="panic-1", reason="drawdown", by="test", now=time.time_ns,
                journal=journal.append, page=pages.append, owned=owned, memory=fold(journal),
                times=msgspec.structs.replace(TIMES, page_after_ns=300 * MS),
            )
        )  # fmt: skip
        await one.until(lambda: len(pages) > 1)
        assert held(venue) == (2, 1)
        venue.faults.clear()
        ended = await work
        assert ended.flat == ("binance",)
        assert held(venue) == (0, 0)
        assert coins(venue) == before
        await gateway.close()
