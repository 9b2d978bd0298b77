"""Virtual time: timers fire at their nanosecond in their order, however late in the year."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from tests.execution.scripted import Still
from titan.engine.loop import VirtualLoop

YEAR_NS = 365 * 86_400 * 1_000_000_000
START = 1_700_000_000_000_000_000


def loop_at(offset_ns: int) -> VirtualLoop:
    loop = VirtualLoop(START)
    loop.attach(Still())
    loop.advance_to(START + offset_ns)
    return loop


@given(st.integers(0, YEAR_NS), st.lists(st.integers(0, 10**12), min_size=1, max_size=20))
def test_sleeps_end_in_order_and_on_time(offset: int, delays: list[int]) -> None:
    loop = loop_at(offset)
    woken: list[tuple[int, int]] = []

    async def sleeper(delay: int) -> None:
        began = loop.now()
        await asyncio.sleep(delay / 1e9)
        woken.append((delay, loop.now() - began))

    async def everyone() -> None:
        await asyncio.gather(*(sleeper(d) for d in delays))

    loop.run_until_complete(everyone())
    loop.drop()
    assert [d for d, _ in woken] == sorted(d for d, _ in woken) or all(
        abs(a - b) < 1000 for a, b in zip([d for d, _ in woken], sorted(delays), strict=True)
    )
    for delay, slept in woken:
        assert abs(slept - delay) <= 1000


def test_time_stands_still_while_work_is_done_and_never_goes_back() -> None:
    loop = loop_at(0)

    async def work() -> int:
        for _ in range(100):
            await asyncio.sleep(0)
        return loop.now()

    assert loop.run_until_complete(work()) == START
    loop.advance_to(START - 5)
    assert loop.now() == START
    loop.drop()


def test_dropping_the_loop_cancels_what_waits() -> None:
    loop = loop_at(0)
    ended: list[str] = []

    async def forever() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise

    async def main() -> None:
        loop.keep = asyncio.create_task(forever())  # type: ignore[attr-defined]
        await asyncio.sleep(1)

    loop.run_until_complete(main())
    loop.drop()
    assert ended == ["cancelled"]
    assert loop.is_closed()
