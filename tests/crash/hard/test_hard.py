"""A live run that the operating system kills again and again keeps every law; and the judge is no yes-man."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.crash.hard.__main__ import warm
from tests.crash.hard.laws import judge
from tests.crash.hard.story import Story

KILLS, STORIES = 5, 4
PATIENT_S = 600.0
"""How long a leg may stand alone on a machine that is busy with other things."""


@pytest.mark.timeout(1200)
async def test_twenty_real_kills_keep_every_law(tmp_path: Path) -> None:
    said: list[str] = []
    async with warm(tmp_path) as template:
        stories = [
            Story(template, tmp_path / f"{n}", n, KILLS, said.append, PATIENT_S) for n in range(STORIES)
        ]
        results = await asyncio.gather(*(story.run() for story in stories))
    for result in results:
        assert not result.verdict.broken, (result.verdict.notes, said)
        assert result.kills == KILLS
    assert sum(result.verdict.fills for result in results) > STORIES
    traded = next(story for story in stories if story.venue.world.desk.fills)
    order = next(o for o in traded.venue.world.desk.orders.values() if o.fills)
    traded.venue.arrivals[order.client_id] += 1
    order.fills.clear()
    traded.venue.world.account.deposit("spot", "USDT", order.fee)
    found = judge(traded.venue, traded.up, PATIENT_S).broken
    assert found.keys() >= {"duplicate", "lost", "ledger"}
