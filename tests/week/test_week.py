"""A few hours of the week, with a kill, an outage and faults on the wire: every law of the end is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.week.story import Story, Terms
from titan.runtime.entries import TYPES
from titan.storage.recall import recall
from titan.storage.store import look_into
from titan.venues.gateway import reports


def played(folder: Path, **terms: Any) -> Story:
    story = Story(Terms(**{"days": 2.5 / 24, "kills": 1, "outage_s": 600.0, **terms}), folder)
    story.out = folder / "out"
    story.play()
    return story


def told(story: Story) -> list[str]:
    store = look_into(story.process.plan.store)  # type: ignore[union-attr]
    try:
        return [str(entry).replace(str(story.folder), "") for entry in recall(store, TYPES)]
    finally:
        store.close()


def test_the_same_seed_tells_the_same_story_and_keeps_every_law(tmp_path: Path) -> None:
    stories = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        stories.append(played(tmp_path / name, seed=4))
    story = stories[0]
    assert story.statement is not None
    assert story.statement.broken == []
    assert story.counts["kill"] == 1
    assert story.counts["outage"] == 1
    assert story.counts["Fill"] > 20
    assert sum(story.hits.values()) > 10
    assert story.played["pairs entered"] > 0
    page = (tmp_path / "one" / "out" / "report.html").read_text()
    assert all(name.replace("'", "&#39;") in page for name, _, _ in story.statement.laws)
    assert told(stories[0]) == told(stories[1])


def test_a_fee_that_is_not_booked_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fee = reports._fee

    def half(trade: Any, listed: Any) -> Any:
        cost, asset = fee(trade, listed)
        return cost / 2 if listed.instrument.venue == "bybit" else cost, asset

    monkeypatch.setattr(reports, "_fee", half)
    story = played(tmp_path, kills=0, outage_s=0.0, days=1 / 24)
    assert story.statement is not None
    assert "ledger bybit.unified USDT" in {law[0] for law in story.statement.broken}
