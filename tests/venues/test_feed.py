"""A feed against a venue that refuses, falls silent, breaks off and asks to leave: nothing is lost unsaid."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from random import Random

import pytest
import uvloop

from tests.venues.live.fakes import BTC, ETH, QUICK, RULES, Bench, FakeVenue, market
from tests.venues.socket.server import until
from titan.model.errors import VenueRefused
from titan.venues.feed import State
from titan.venues.stream import Channel, Heartbeat

TRADES, DEPTH = (Channel.TRADES,), (Channel.DEPTH,)
BTC_TRADES, BTC_DEPTH, ETH_DEPTH = "trades.BTC.", "depth.BTC.", "depth.ETH."


async def _publishing(venue: FakeVenue, *topics: str) -> None:
    """Numbers without end, every millisecond."""
    while True:
        for topic in topics:
            venue.publish(topic)
        await asyncio.sleep(0.001)


async def _stopped(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_a_subscription_is_acknowledged_and_its_rows_come_in_order() -> None:
    async with FakeVenue() as venue:
        bench = Bench(ws=venue.url)
        async with bench.feed as feed:
            feed.subscribe(BTC, TRADES)
            await until(lambda: bool(venue.carriers(BTC_TRADES)))
            for _ in range(50):
                venue.publish(BTC_TRADES)
            await until(lambda: len(bench.numbers()) == 50)
            assert bench.numbers() == list(range(1, 51))
            (health,) = feed.health()
            assert (health.state, health.topics, health.acked, health.rows) == (State.LIVE, 1, 1, 50)
            assert health.messages == 51
            assert health.latency_ns == 5
            assert health.last_data > 0
            assert health.error == ""
            assert venue.peers[0].path == "/stream"
        assert not venue.open or await _closes(venue)


async def _closes(venue: FakeVenue) -> bool:
    await until(lambda: not venue.open)
    return True


def test_it_runs_under_uvloop_and_a_burst_comes_in_blocks() -> None:
    async def main() -> Bench:
        async with FakeVenue() as venue:
            bench = Bench(ws=venue.url)
            async with bench.feed as feed:
                feed.subscribe(BTC, TRADES)
                await until(lambda: bool(venue.carriers(BTC_TRADES)))
                for _ in range(2000):
                    venue.publish(BTC_TRADES)
                await until(lambda: len(bench.numbers()) == 2000)
        return bench

    bench = uvloop.run(main())
    assert bench.numbers() == list(range(1, 2001))
    assert len(bench.blocks) < 200


async def test_subscribers_of_one_stream_share_it_and_the_last_one_leaves_it() -> None:
    async with FakeVenue() as venue:
        bench = Bench(ws=venue.url)
        async with bench.feed as feed:
            feed.subscribe(BTC, TRADES)
            feed.subscribe(BTC, (Channel.TRADES, Channel.DEPTH))
            await until(lambda: bool(venue.carriers(BTC_TRADES) and venue.carriers(BTC_DEPTH)))
            assert sorted(topic for topics in venue.subs() for topic in topics) == [BTC_DEPTH, BTC_TRADES]
            assert len(venue.peers) == 1
            feed.unsubscribe(BTC, TRADES)
            feed.unsubscribe(BTC, DEPTH)
            await until(lambda: not venue.carriers(BTC_DEPTH))
            assert venue.carriers(BTC_TRADES)
            assert bench.line.losses == [(BTC_DEPTH,)]
            feed.unsubscribe(BTC, TRADES)
            await until(lambda: not venue.open)
            assert feed.health() == ()
            assert bench.line.losses == [(BTC_DEPTH,), (BTC_TRADES,)]
            with pytest.raises(VenueRefused, match="not subscribed"):
                feed.unsubscribe(BTC, TRADES)
            feed.subscribe(BTC, TRADES)
            await until(lambda: bool(venue.carriers(BTC_TRADES)))


async def test_what_the_venue_does_not_have_is_refused_before_anything_is_done() -> None:
    async with FakeVenue() as venue, Bench(ws=venue.url).feed as feed:
        with pytest.raises(VenueRefused, match="no stream of mark"):
            feed.subscribe(BTC, (Channel.TRADES, Channel.MARK))
        assert feed.health() == ()


async def test_topics_keep_the_limits_of_connections_and_requests() -> None:
    rules = RULES._replace(topics_a_connection=5, topics_a_request=2)
    async with FakeVenue() as venue:
        bench = Bench(rules, ws=venue.url)
        async with bench.feed as feed:
            for i in range(12):
                feed.subscribe(market(i), TRADES)
            await until(lambda: sum(health.acked for health in feed.health()) == 12)
            assert sorted(len(venue.subscribed[peer]) for peer in venue.open) == [2, 5, 5]
            assert max(map(len, venue.subs())) == 2


async def test_one_bad_topic_does_not_spoil_the_others() -> None:
    async with FakeVenue() as venue:
        venue.refuses = {"trades.C7."}
        bench = Bench(ws=venue.url)
        async with bench.feed as feed:
            for i in range(10):
                feed.subscribe(market(i), TRADES)
            await until(lambda: feed.health()[0].acked == 9 and bool(feed.health()[0].refused))
            assert feed.health()[0].refused == {"trades.C7.": "bad trades.C7."}
            venue.refuses = set()
            await until(lambda: feed.health()[0].acked == 10)
            assert feed.health()[0].refused == {}


async def test_a_request_nobody_answers_is_asked_again_then_the_connection_is_left() -> None:
    async with FakeVenue() as venue:
        venue.silent = True
        bench = Bench(timings=QUICK._replace(ack_s=0.03), ws=venue.url)
        async with bench.feed as feed:
            feed.subscribe(BTC, TRADES)
            await until(lambda: len(venue.peers) > 1)
            assert len([message for message in venue.peers[0].heard if b"sub" in message]) == 2
            assert "not answered" in feed.health()[0].error
            venue.silent = False
            await until(lambda: feed.health()[0].state is State.LIVE)


async def test_a_broken_connection_is_a_gap_at_once_and_comes_back() -> None:
    async with FakeVenue() as venue:
        bench = Bench(ws=venue.url)
        async with bench.feed as feed:
            feed.subscribe(BTC, DEPTH)
            feed.subscribe(ETH, DEPTH)
            await until(lambda: bool(venue.carriers(ETH_DEPTH)))
            venue.publish(BTC_DEPTH)
            await until(lambda: bench.numbers() == [1])
            venue.open[0].close(1012, b"restart")
            await until(lambda: bool(bench.line.losses))
            assert bench.line.losses == [(BTC_DEPTH, ETH_DEPTH)]
            assert feed.health()[0].error == "closed by the venue with code 1012 (restart)"
            await until(lambda: bench.gaps() == 2)
            await until(lambda: len(venue.peers) == 2 and bool(venue.carriers(BTC_DEPTH)))
            venue.publish(BTC_DEPTH)
            await until(lambda: bench.numbers() == [1, 2])
            assert feed.health()[0].reconnects == 1
            assert bench.line.connections == {1, 2}


async def test_a_half_open_socket_that_answers_pings_is_dead() -> None:
    rules = RULES._replace(silence_s=0.1, heartbeat=Heartbeat(0.02, b'{"beat": 1}'))
    async with FakeVenue() as venue:
        bench = Bench(rules, ws=venue.url)
        async with bench.feed as feed:
            feed.subscribe(BTC, DEPTH)
            await until(lambda: bool(venue.carriers(BTC_DEPTH)))
            publishing = asyncio.create_task(_publishing(venue, BTC_DEPTH))
            await until(lambda: len(bench.numbers()) > 5)
            assert len(venue.peers) == 1
            first = venue.open[0]
            venue.muted.add(first)
            beats = asyncio.create_task(_pinging(first))
            await until(lambda: len(venue.peers) == 2)
            assert bench.line.losses == [(BTC_DEPTH,)]
            assert {"beat": 1} in venue.requests
            before = len(bench.numbers())
            await until(lambda: len(bench.numbers()) > before)
            await _stopped(publishing)
            await _stopped(beats)


async def test_while_our_own_loop_stood_still_the_venue_was_not_silent() -> None:
    async with FakeVenue() as venue:
        bench = Bench(RULES._replace(silence_s=0.2), ws=venue.url)
        async with bench.feed as feed:
            feed.subscribe(BTC, DEPTH)
            await until(lambda: bool(venue.carriers(BTC_DEPTH)))
            for n in range(1, 4):
                venue.publish(BTC_DEPTH)
                await until(lambda n=n: len(bench.numbers()) == n)  # type: ignore[misc]
                await asyncio.sleep(0.02)
                time.sleep(0.3)
                await asyncio.sleep(0.02)
            assert len(venue.peers) == 1
            assert not bench.line.losses


async def _pinging(peer) -> None:  # type: ignore[no-untyped-def]
    while True:
        peer.transport.send_ping(b"?")
        peer.say(b'{"pong": 1}')
        await asyncio.sleep(0.005)


async def test_without_a_pong_an_idle_connection_is_left() -> None:
    rules = RULES._replace(heartbeat=Heartbeat(0.02, b'{"beat": 1}'))
    async with FakeVenue() as venue, Bench(rules, ws=venue.url).feed as feed:
        feed.subscribe(BTC, (Channel.LIQUIDATIONS,))
        await until(lambda: len(venue.peers) > 1)
        assert "pong" in feed.health()[0].error


async def test_patience_grows_with_each_silence_and_quiet_channels_have_more() -> None:
    rules = RULES._replace(silence_s=0.02)
    async with FakeVenue() as venue, Bench(rules, ws=venue.url).feed as feed:
        feed.subscribe(BTC, DEPTH)
        await until(lambda: len(venue.peers) == 4)
        assert "no data" in feed.health()[0].error
    async with FakeVenue() as venue, Bench(rules, ws=venue.url).feed as feed:
        feed.subscribe(BTC, (Channel.LIQUIDATIONS,))
        await until(lambda: feed.health()[0].state is State.LIVE)
        await asyncio.sleep(0.1)
        assert len(venue.peers) == 1


@pytest.mark.parametrize("why", ["age", "leave"])
async def test_a_replaced_connection_loses_and_doubles_nothing(why: str) -> None:
    rules = RULES._replace(lifetime_s=0.15 if why == "age" else 3600.0)
    async with FakeVenue() as venue:
        bench = Bench(rules, ws=venue.url)
        async with bench.feed as feed:
            feed.subscribe(BTC, TRADES)
            feed.subscribe(ETH, DEPTH)
            await until(lambda: bool(venue.carriers(ETH_DEPTH)))
            publishing = asyncio.create_task(_publishing(venue, BTC_TRADES, ETH_DEPTH))
            if why == "leave":
                await until(lambda: len(bench.numbers()) > 5)
                venue.told(leave="maintenance")
            await until(lambda: feed.health()[0].rotations >= (2 if why == "age" else 1))
            await _stopped(publishing)
            last = venue.numbers[BTC_TRADES]
            await until(lambda: max(bench.numbers(0)) == max(bench.numbers(1)) == last)
            assert sorted(bench.numbers(0)) == sorted(bench.numbers(1)) == list(range(1, last + 1))
            assert bench.line.losses == []
            assert len(bench.line.connections) >= 2
            assert feed.health()[0].reconnects == 0


async def test_the_new_connection_waits_for_what_only_the_old_one_brings() -> None:
    async with FakeVenue() as venue:
        bench = Bench(ws=venue.url)
        async with bench.feed as feed:
            feed.subscribe(BTC, TRADES)
            await until(lambda: bool(venue.carriers(BTC_TRADES)))
            old = venue.open[0]
            publishing = asyncio.create_task(_publishing(venue, BTC_TRADES))
            await until(lambda: len(bench.numbers()) > 5)
            venue.told(leave="maintenance")
            await until(lambda: len(venue.open) == 2)
            venue.muted.add(venue.open[1])
            await until(lambda: feed.health()[0].state is State.REPLACING)
            await asyncio.sleep(3 * QUICK.overlap_s)
            assert feed.health()[0].state is State.REPLACING
            venue.muted.clear()
            await until(lambda: old.gone.is_set())
            await _stopped(publishing)
            last = venue.numbers[BTC_TRADES]
            await until(lambda: max(bench.numbers()) == last)
            assert sorted(bench.numbers()) == list(range(1, last + 1))


async def test_a_new_connection_that_brings_nothing_does_not_take_over() -> None:
    async with FakeVenue() as venue:
        bench = Bench(timings=QUICK._replace(overlap_most_s=0.05), ws=venue.url)
        async with bench.feed as feed:
            feed.subscribe(BTC, TRADES)
            await until(lambda: bool(venue.carriers(BTC_TRADES)))
            publishing = asyncio.create_task(_publishing(venue, BTC_TRADES))
            await until(lambda: len(bench.numbers()) > 5)
            venue.told(leave="maintenance")
            await until(lambda: len(venue.open) == 2)
            venue.muted.add(venue.open[1])
            await until(lambda: len(venue.peers) == 3)
            assert "brought nothing" in feed.health()[0].error
            await until(lambda: feed.health()[0].rotations == 1)
            await _stopped(publishing)
            assert bench.line.losses == []


async def test_an_old_connection_that_breaks_during_the_overlap_costs_nothing() -> None:
    async with FakeVenue() as venue:
        bench = Bench(timings=QUICK._replace(overlap_s=60.0, overlap_most_s=60.0), ws=venue.url)
        async with bench.feed as feed:
            feed.subscribe(BTC, TRADES)
            await until(lambda: bool(venue.carriers(BTC_TRADES)))
            publishing = asyncio.create_task(_publishing(venue, BTC_TRADES))
            venue.told(leave="maintenance")
            await until(lambda: len(venue.carriers(BTC_TRADES)) == 2)
            seen = venue.numbers[BTC_TRADES]
            await until(lambda: feed.health()[0].state is State.REPLACING and bench.numbers()[-1] > seen + 20)
            venue.peers[0].drop()
            await until(lambda: feed.health()[0].reconnects == 1)
            await _stopped(publishing)
            last = venue.numbers[BTC_TRADES]
            await until(lambda: max(bench.numbers()) == last)
            assert sorted(bench.numbers()) == list(range(1, last + 1))
            assert bench.line.losses == []
            assert feed.health()[0].connection == 2


async def test_a_new_connection_that_meets_a_silent_old_one_begins_anew() -> None:
    """Nobody knows what the old one did not bring before the new one came."""
    async with FakeVenue() as venue:
        bench = Bench(ws=venue.url)
        async with bench.feed as feed:
            feed.subscribe(BTC, DEPTH)
            await until(lambda: bool(venue.carriers(BTC_DEPTH)))
            publishing = asyncio.create_task(_publishing(venue, BTC_DEPTH))
            await until(lambda: len(bench.numbers()) > 5)
            venue.muted.add(venue.peers[0])
            venue.told(leave="maintenance")
            await until(lambda: feed.health()[0].rotations == 1)
            assert bench.line.losses == [(BTC_DEPTH,)]
            await until(lambda: venue.requests[-1].get("sub") == [BTC_DEPTH] and len(venue.requests) == 4)
            await _stopped(publishing)


async def test_a_book_that_falls_silent_while_others_go_on_is_subscribed_anew() -> None:
    async with FakeVenue() as venue:
        bench = Bench(ws=venue.url)
        async with bench.feed as feed:
            feed.subscribe(BTC, DEPTH)
            feed.subscribe(ETH, DEPTH)
            await until(lambda: bool(venue.carriers(ETH_DEPTH)))
            both = asyncio.create_task(_publishing(venue, BTC_DEPTH, ETH_DEPTH))
            await until(lambda: len(bench.numbers(1)) > 60)
            await _stopped(both)
            one = asyncio.create_task(_publishing(venue, ETH_DEPTH))
            await until(lambda: bool(bench.line.losses))
            await until(lambda: len(venue.requests) >= 3 and "sub" in venue.requests[-1])
            assert [asked.get("unsub") or asked["sub"] for asked in venue.requests[-2:]] == [[BTC_DEPTH]] * 2
            assert bench.line.losses == [(BTC_DEPTH,)]
            assert feed.health()[0].resubscribed == 1
            assert len(venue.peers) == 1
            await _stopped(one)


async def test_a_line_may_ask_for_a_topic_anew() -> None:
    async with FakeVenue() as venue:
        bench = Bench(ws=venue.url)
        async with bench.feed as feed:
            feed.subscribe(BTC, DEPTH)
            await until(lambda: feed.health()[0].acked == 1)
            venue.told(anew=BTC_DEPTH)
            await until(lambda: len(venue.requests) == 3)
            assert [set(asked) - {"id"} for asked in venue.requests] == [{"sub"}, {"unsub"}, {"sub"}]
            await until(lambda: feed.health()[0].acked == 1)
            assert bench.line.losses == []


async def test_a_venue_that_is_not_there_is_told_in_health() -> None:
    bench = Bench(ws="ws://127.0.0.1:1")
    async with bench.feed as feed:
        feed.subscribe(BTC, TRADES)
        await until(lambda: bool(feed.health()[0].error))
        assert feed.health()[0].error == "127.0.0.1:1 refused the connection"
        assert feed.health()[0].connection == 0


async def test_a_host_that_asks_us_to_wait_is_left_alone_by_all_connections() -> None:
    rules = RULES._replace(topics_a_connection=1)
    async with FakeVenue() as venue:
        venue.refuse = 429
        async with Bench(rules, ws=venue.url).feed as feed:
            feed.subscribe(BTC, TRADES)
            await until(lambda: "HTTP 429" in feed.health()[0].error)
            venue.refuse = 0
            feed.subscribe(ETH, TRADES)
            await asyncio.sleep(0.1)
            assert venue.knocks == 1


async def test_connections_are_opened_no_faster_than_the_host_allows() -> None:
    rules = RULES._replace(topics_a_connection=1, connects_a_minute=3)
    async with FakeVenue() as venue, Bench(rules, ws=venue.url).feed as feed:
        for i in range(5):
            feed.subscribe(market(i), TRADES)
        await until(lambda: len(venue.peers) == 3)
        await asyncio.sleep(0.05)
        assert venue.knocks == 3
        assert sum(health.state is State.CONNECTING for health in feed.health()) == 2


async def test_a_feed_closes_while_it_is_connecting() -> None:
    async with FakeVenue() as venue:
        bench = Bench(ws=venue.url)
        async with bench.feed as feed:
            feed.subscribe(BTC, TRADES)
            await asyncio.sleep(0)
        await until(lambda: not venue.open)
        assert bench.blocks == []


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_happens_nothing_is_doubled_and_no_hole_is_unsaid(seed: int) -> None:
    """Drops, closes, requests to leave and half-open sockets at random; then calm."""
    random = Random(seed)
    rules = RULES._replace(silence_s=0.08, lifetime_s=0.4)
    async with FakeVenue() as venue:
        bench = Bench(rules, QUICK._replace(overlap_most_s=0.2), ws=venue.url)
        async with bench.feed as feed:
            feed.subscribe(BTC, TRADES)
            feed.subscribe(ETH, DEPTH)
            await until(lambda: bool(venue.carriers(ETH_DEPTH)))
            publishing = asyncio.create_task(_publishing(venue, BTC_TRADES, ETH_DEPTH))
            for _ in range(15):
                await asyncio.sleep(random.uniform(0.0, 0.06))
                if venue.open:
                    peer = random.choice(venue.open)
                    what = random.randrange(4)
                    if what == 0:
                        peer.drop()
                    elif what == 1:
                        peer.close(1001)
                    elif what == 2:
                        venue.told(leave="please")
                    else:
                        venue.muted.add(peer)
            before = venue.numbers[ETH_DEPTH]
            await until(lambda: all(bench.numbers(i) and bench.numbers(i)[-1] > before for i in (0, 1)))
            await until(lambda: feed.health()[0].state is State.LIVE)
            await _stopped(publishing)
        for inst in (0, 1):
            numbers = bench.numbers(inst)
            assert len(numbers) == len(set(numbers))
        assert bench.holes(0, soon=400) == []
        assert feed.health() == ()
