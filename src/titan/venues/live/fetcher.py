"""GETs that lines ask for: tried again while that may help, within a budget, and some again and again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from random import Random
from typing import Final
from urllib.parse import urlsplit

import aiohttp

from titan.model.errors import VenueBusy, VenueError, VenueRefused, VenueUnknown
from titan.venues.live.health import FetchHealth
from titan.venues.live.timings import Timings
from titan.venues.socket.backoff import Backoff
from titan.venues.socket.failure import retry_after_s
from titan.venues.socket.pace import Doors
from titan.venues.stream import Fetch

_LIMITED: Final = frozenset({418, 429})
_TOO_FAST_S: Final = 1.0
"""Least wait after a 429 that names none."""
_REST_S: Final = 60.0
_AT_ONCE: Final = 4

Answer = Callable[[Fetch, bytes], None]


class Fetcher:
    """`answer` is called with the body, or with b"" when it failed for good. The same GET is never under way
    twice, and a poll runs until `forget`."""

    def __init__(self, timings: Timings, random: Random) -> None:
        self._timings = timings
        self._random = random
        self._loop = asyncio.get_running_loop()
        self._session: aiohttp.ClientSession | None = None
        self._budgets = Doors(window_s=60.0)
        self._gates: dict[str, asyncio.Semaphore] = {}
        self._tasks: dict[tuple[str, Fetch], asyncio.Task[None]] = {}
        self._tired: dict[tuple[str, Fetch], Backoff] = {}
        """GETs that failed for good: whoever asks again waits, so that no refusal becomes a storm."""
        self._asked = self._answered = self._retried = self._failed = 0
        self._error = ""

    def ask(self, base: str, fetch: Fetch, answer: Answer, weight_a_minute: float = 1200.0) -> None:
        """Of several budgets that were named for a host, the lowest counts."""
        key = (base, fetch)
        if key not in self._tasks:
            task = self._loop.create_task(self._run(base, fetch, answer, weight_a_minute))
            self._tasks[key] = task
            task.add_done_callback(lambda task: self._tasks.get(key) is task and self._tasks.pop(key))

    def forget(self, base: str, fetch: Fetch) -> None:
        """Ends a poll, or a GET that nobody waits for any more."""
        task = self._tasks.pop((base, fetch), None)
        if task is not None:
            task.cancel()

    def health(self) -> FetchHealth:
        return FetchHealth(self._asked, self._answered, self._retried, self._failed, self._error)

    async def close(self) -> None:
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        if self._session is not None:
            await self._session.close()

    async def _run(self, base: str, fetch: Fetch, answer: Answer, weight_a_minute: float) -> None:
        while True:
            tired = self._tired.get((base, fetch))
            if tired is not None:
                await asyncio.sleep(tired.next())
            started = self._loop.time()
            body = await self._get(base, fetch, weight_a_minute)
            if body:
                self._tired.pop((base, fetch), None)
            else:
                self._tired.setdefault((base, fetch), Backoff(self._random, _TOO_FAST_S, _REST_S))
            if fetch.every_s <= 0:
                # Whoever is answered may ask for the same again at once.
                self._tasks.pop((base, fetch), None)
            answer(fetch, body)
            if fetch.every_s <= 0:
                return
            await asyncio.sleep(max(0.0, started + fetch.every_s - self._loop.time()))

    async def _get(self, base: str, fetch: Fetch, weight_a_minute: float) -> bytes:
        timings = self._timings
        backoff = Backoff(self._random, timings.first_retry_s, timings.most_retry_s)
        url, host = base.rstrip("/") + fetch.path, urlsplit(base).netloc
        pace = self._budgets.of(base, weight_a_minute)
        gate = self._gates.setdefault(host, asyncio.Semaphore(_AT_ONCE))
        self._asked += 1
        for left in range(timings.fetch_tries - 1, -1, -1):
            async with gate:
                while (wait := pace.take(self._loop.time(), fetch.weight)) > 0:
                    await asyncio.sleep(wait)
                try:
                    body = await self._once(url, host)
                except VenueError as e:
                    failed = e
                else:
                    self._answered += 1
                    return body
            self._error = f"{fetch.what}: {failed.message}"
            if isinstance(failed, VenueRefused) or left == 0:
                break
            after_s = failed.retry_after_ns / 1e9 if isinstance(failed, VenueBusy) else 0.0
            if after_s:
                pace.close(self._loop.time() + after_s)
            self._retried += 1
            await asyncio.sleep(backoff.next(after_s))
        self._failed += 1
        return b""

    async def _once(self, url: str, host: str) -> bytes:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=self._timings.fetch_s))
        try:
            async with self._session.get(url) as response:
                body = await response.read()
                status, headers = response.status, response.headers
        except TimeoutError as e:
            raise VenueUnknown(f"{host} did not answer in time") from e
        except (aiohttp.ClientError, OSError) as e:
            raise VenueUnknown(f"{host} cannot be reached: {e}") from e
        if status == 200:
            return body
        raise _refusal(host, status, headers, body)


def _refusal(host: str, status: int, headers: Mapping[str, str], body: bytes) -> VenueError:
    said = f"{host} answered HTTP {status}: {body[:200].decode('utf-8', 'replace')}"
    after_s = retry_after_s(headers.get("Retry-After", ""))
    if status in _LIMITED:
        return VenueBusy(said, retry_after_ns=int(max(after_s, _TOO_FAST_S) * 1e9))
    if status >= 500:
        return VenueBusy(said, retry_after_ns=int(after_s * 1e9))
    return VenueRefused(said)
