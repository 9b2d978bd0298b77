"""A run on paper, watched while it trades and replayed when it is over: a moment of the replay has the books,
pairs, positions, holdings and orders that the run itself said it had at that moment.
"""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.doubles.tapes import lively, write
from tests.e2e.test_run import SETTINGS, plan_of
from titan.api.replay.recording import Recording
from titan.api.wire import encoded, ms
from titan.runtime.clock import WallClock
from titan.runtime.trading import life
from titan.runtime.watching.frame import FrameReader
from titan.views.frame import Frame
from titan.views.status import Status, decoded

FRAMES = 30
FILLS = 12
QUOTED = ("bid", "bid_qty", "ask", "ask_qty", "mark", "index", "last", "funding")


class Watched(msgspec.Struct):
    """What the run said at moments of its own, ns UTC, and its folder."""

    folder: Path
    frames: dict[int, Frame]
    said: dict[int, Status]


async def watched(place: Path) -> Watched:
    """Until it has said enough, at most for 200 s."""
    write(place / "tape", lively())
    (place / "titan.toml").write_text(SETTINGS)
    found = Watched(place / "run", {}, {})
    look = FrameReader(found.folder, WallClock().now)

    def show(_now: Status) -> None:
        frame, file = look.read(), found.folder / "status.json"
        if frame is not None:
            found.frames[frame.at_ns] = frame
        if file.exists():
            said = decoded(file.read_bytes())
            found.said[said.at_ns] = said
        if len(found.frames) >= FRAMES and max(one.fills for one in found.said.values()) >= FILLS:
            signal.raise_signal(signal.SIGTERM)

    await life.trade(
        plan_of(place, "paper"), WallClock(), seconds=200, env={}, tell=lambda _text: None, show=show,
        made=lambda _run: None,
    )  # fmt: skip
    return found


@pytest.fixture
def recording(run: Watched) -> Iterator[Recording]:
    made = Recording(run.folder, time.monotonic, patience_s=1e9)
    yield made
    made.close()


@pytest.fixture
async def run(tmp_path: Path) -> Watched:
    return await watched(tmp_path)


def moment(recording: Recording, **where: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(encoded(recording.moment(**where)))
    assert found["market"] == ""
    tables: dict[str, Any] = found["tables"]
    return tables


def ladders(tables: dict[str, Any]) -> dict[str, Any]:
    return {name: (row["bids"], row["asks"]) for name, row in tables["markets/books"].items()}


def said_ladders(frame: Frame) -> dict[str, Any]:
    return {
        one.instrument: ([list(level) for level in one.bids], [list(level) for level in one.asks])
        for one in frame.ladders
    }


def is_of(frame: Frame, recording: Recording) -> bool:
    """Whether it has what the replay has. A frame does not tell which row was its last: it may be made while
    a message that has come waits to be read, or with a part of those that came together.
    """
    heard_ns = max(quote.heard_ns for quote in frame.quotes)
    # a time in ms is exact to a quarter of a microsecond
    return any(
        ladders(tables) == said_ladders(frame)
        and all(
            [tables["markets/quotes"][quote.instrument][name] for name in QUOTED]
            == [getattr(quote, name) for name in QUOTED]
            for quote in frame.quotes
        )
        for tables in (moment(recording, at_ms=ms(at_ns + 200)) for at_ns in (frame.at_ns, heard_ns))
    )


def test_a_moment_is_what_the_run_said_it_was(run: Watched, recording: Recording) -> None:
    assert len(run.frames) >= FRAMES
    same = sum(is_of(frame, recording) for frame in run.frames.values())
    assert same >= 0.8 * len(run.frames)
    shown = [str(said_ladders(frame)) for frame in run.frames.values()]
    assert len(set(shown)) > FRAMES / 2, "the market stood still: nothing was compared"

    compared, trading = 0, [one for one in run.said.values() if one.state == "trading"]
    for said in trading:
        tables = moment(recording, seq=said.journal.entries)
        row = tables["status/run"]["run"]
        assert [row[name] for name in ("state", "signals", "orders", "fills")] == [
            said.state, said.signals, said.orders, said.fills,
        ]  # fmt: skip
        assert {one["instrument"]: one["size"] for one in tables["status/positions"].values()} == {
            one.instrument: str(one.size) for one in said.positions
        }
        assert {name: one["size"] for name, one in tables["status/holdings"].items()} == {
            one.id: str(one.size) for one in said.holdings
        }
        assert set(tables["orders/working"]) == {one.client_id for one in said.in_flight}
        tables = moment(recording, at_ms=ms(said.at_ns + 200))
        if tables["status/run"]["run"]["rows"] != said.rows or not all(one.samples for one in said.pairs):
            continue  # a message waits to be read
        compared += 1
        for pair in said.pairs:
            found = tables["markets/pairs"][pair.pair]
            assert [found[name] for name in ("basis", "mean", "std", "z", "samples")] == [
                pair.basis, pair.mean, pair.std, pair.z, pair.samples,
            ]  # fmt: skip
    assert compared > 3
    assert len({one.fills for one in trading}) > 3, "too little happened to compare"
