"""GETs that lines ask for, against a server that stumbles."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random

import pytest
from aiohttp import web

from tests.venues.live.fakes import BTC, ETH, QUICK, Bench, FakeVenue
from tests.venues.socket.server import until
from titan.market.tape.rows import Kind
from titan.venues.live.fetcher import Fetcher
from titan.venues.live.timings import Timings
from titan.venues.stream import Channel, Fetch

SNAPSHOT = Fetch(BTC, "snapshot", "/depth?symbol=BTC")


class Rest:
    """Answers with what stands next in `script` (status, headers), then with 200 and a number."""

    def __init__(self, *script: tuple[int, dict[str, str]]) -> None:
        self.script = deque(script)
        self.asked: list[str] = []
        self.open = asyncio.Event()
        self.open.set()
        self.url = ""

    async def _answer(self, request: web.Request) -> web.Response:
        self.asked.append(request.path_qs)
        await self.open.wait()
        if self.script:
            status, headers = self.script.popleft()
            return web.Response(status=status, headers=headers, text="no")
        return web.Response(text=str(len(self.asked)))

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[Rest]:
        app = web.Application()
        app.router.add_get("/{path:.*}", self._answer)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield self
        finally:
            await runner.cleanup()


class Asker:
    def __init__(self, timings: Timings = QUICK) -> None:
        self.fetcher = Fetcher(timings, Random(3))
        self.answers: list[tuple[str, bytes]] = []

    def answer(self, fetch: Fetch, body: bytes) -> None:
        self.answers.append((fetch.path, body))


async def test_the_body_comes_back() -> None:
    async with Rest().serving() as rest:
        asker = Asker()
        asker.fetcher.ask(rest.url, SNAPSHOT, asker.answer)
        await until(lambda: bool(asker.answers))
        assert asker.answers == [("/depth?symbol=BTC", b"1")]
        assert asker.fetcher.health().answered == 1
        await asker.fetcher.close()


@pytest.mark.parametrize("status", [429, 418, 500, 502, 503])
async def test_a_stumble_is_tried_again(status: int) -> None:
    header = {"Retry-After": "0.01"} if status in (429, 418) else {}
    async with Rest((status, header), (status, {})).serving() as rest:
        rest.script = deque([(status, {})] if status >= 500 else [])
        asker = Asker()
        asker.fetcher.ask(rest.url, SNAPSHOT, asker.answer)
        await until(lambda: bool(asker.answers))
        assert asker.answers[0][1] != b""
        assert asker.fetcher.health().retried == len(rest.asked) - 1
        await asker.fetcher.close()


async def test_nobody_asks_the_host_before_it_may_be_asked_again() -> None:
    async with Rest((429, {"Retry-After": "600"})).serving() as rest:
        asker = Asker()
        asker.fetcher.ask(rest.url, SNAPSHOT, asker.answer)
        await until(lambda: asker.fetcher.health().retried == 1)
        asker.fetcher.ask(rest.url, Fetch(ETH, "snapshot", "/depth?symbol=ETH"), asker.answer)
        await asyncio.sleep(0.1)
        assert rest.asked == ["/depth?symbol=BTC"]
        assert "HTTP 429" in asker.fetcher.health().error
        await asker.fetcher.close()


@pytest.mark.parametrize("status", [400, 403, 404])
async def test_a_no_is_final_and_told(status: int) -> None:
    async with Rest((status, {})).serving() as rest:
        asker = Asker()
        asker.fetcher.ask(rest.url, SNAPSHOT, asker.answer)
        await until(lambda: bool(asker.answers))
        assert asker.answers == [("/depth?symbol=BTC", b"")]
        assert asker.fetcher.health().failed == 1
        assert f"HTTP {status}" in asker.fetcher.health().error
        await asker.fetcher.close()


async def test_whoever_asks_again_after_a_no_is_slowed_down() -> None:
    async with Rest(*[(404, {})] * 50).serving() as rest:
        asker = Asker()

        def answer(fetch: Fetch, body: bytes) -> None:
            asker.fetcher.ask(rest.url, fetch, answer)

        asker.fetcher.ask(rest.url, SNAPSHOT, answer)
        await until(lambda: len(rest.asked) == 1)
        await asyncio.sleep(0.05)
        assert len(rest.asked) < 5
        await asker.fetcher.close()


async def test_a_host_that_is_not_there_is_given_up_in_the_end() -> None:
    asker = Asker(QUICK._replace(fetch_tries=3))
    asker.fetcher.ask("http://127.0.0.1:1", SNAPSHOT, asker.answer)
    await until(lambda: bool(asker.answers))
    assert asker.answers[0][1] == b""
    assert (asker.fetcher.health().retried, asker.fetcher.health().failed) == (2, 1)
    assert "cannot be reached" in asker.fetcher.health().error
    await asker.fetcher.close()


async def test_an_answer_that_does_not_come_is_not_waited_for() -> None:
    async with Rest().serving() as rest:
        rest.open.clear()
        asker = Asker(QUICK._replace(fetch_s=0.03, fetch_tries=2))
        asker.fetcher.ask(rest.url, SNAPSHOT, asker.answer)
        await until(lambda: bool(asker.answers))
        assert asker.answers[0][1] == b""
        assert "did not answer in time" in asker.fetcher.health().error
        rest.open.set()
        await asker.fetcher.close()


async def test_the_same_question_is_under_way_once_and_may_be_asked_by_who_was_answered() -> None:
    async with Rest().serving() as rest:
        asker = Asker()

        def answer(fetch: Fetch, body: bytes) -> None:
            asker.answers.append((fetch.path, body))
            if len(asker.answers) == 1:
                asker.fetcher.ask(rest.url, fetch, answer)

        rest.open.clear()
        for _ in range(3):
            asker.fetcher.ask(rest.url, SNAPSHOT, answer)
        await until(lambda: len(rest.asked) == 1)
        rest.open.set()
        await until(lambda: len(asker.answers) == 2)
        assert [body for _, body in asker.answers] == [b"1", b"2"]
        await asker.fetcher.close()


async def test_the_budget_of_a_minute_is_kept() -> None:
    async with Rest().serving() as rest:
        asker = Asker()
        for i in range(5):
            asker.fetcher.ask(rest.url, Fetch(BTC, "snapshot", f"/{i}", weight=25.0), asker.answer, 75.0)
        await until(lambda: len(asker.answers) == 3)
        await asyncio.sleep(0.03)
        assert len(rest.asked) == 3
        await asker.fetcher.close()


async def test_a_feed_fetches_what_its_line_wants_and_polls_until_nobody_does() -> None:
    async with Rest((500, {})).serving() as rest, FakeVenue() as venue:
        bench = Bench(ws=venue.url, rest=rest.url)
        async with bench.feed as feed:
            feed.subscribe(BTC, (Channel.DEPTH,))
            await until(lambda: bool(venue.open))
            venue.told(snapshot="/depth?symbol=BTC")
            await until(lambda: bool(bench.blocks))
            assert bench.line.answers == [("/depth?symbol=BTC", b"2")]
            assert bench.blocks[0].kind.tolist() == [Kind.BBO, Kind.BBO]
            feed.subscribe(ETH, (Channel.OPEN_INTEREST,))
            await until(lambda: len(rest.asked) >= 6)
            assert set(rest.asked[2:]) == {"/oi?s=ETH"}
            feed.unsubscribe(ETH, (Channel.OPEN_INTEREST,))
            await asyncio.sleep(0.02)
            asked = len(rest.asked)
            await asyncio.sleep(0.05)
            assert len(rest.asked) == asked
            assert feed.fetches().failed == 0
