"""A backtest replayed: rows reach it as they reached the run, and it ends as it ended."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

import numpy as np
import pytest

from tests.views.scripts import PERP, SPOT
from titan.api.replay.recording import Recording
from titan.api.replay.reel import PlayedReel
from titan.api.wire import encoded
from titan.market.tape.file import TapeMeta
from titan.market.tape.read import TapeReader
from titan.market.tape.rows import END, Kind, columns, concat, empty
from titan.market.tape.write import TapeWriter
from titan.runtime.backtest import run_backtest
from titan.simulation.feed import LocalBlocks
from titan.simulation.market.instruments import simulated_pairs
from titan.simulation.market.scenario import scenario_named
from titan.simulation.market.write import write_market
from titan.simulation.models import Latency
from titan.views.status import decoded

START_NS = 1_785_542_400_000_000_000
HOUR_NS = 3_600_000_000_000
MODELS = (
    Latency(feed_ns=5_000_000),
    Latency(kind="lognormal", feed_ns=40_000_000, feed_sigma=1.2),
    Latency(kind="recorded", feed_ns=0, shift_ns=3_000_000),
)


@pytest.fixture(scope="module")
def tape(tmp_path_factory: pytest.TempPathFactory) -> TapeReader:
    """Quotes of two instruments whose receive stamps overtake each other."""
    chance, count = np.random.default_rng(4), 900
    made = empty(count)
    made.ts[:] = START_NS + np.sort(chance.integers(0, 10**10, count))
    made.recv[:] = made.ts + chance.integers(-2_000_000, 90_000_000, count)
    made.inst[:] = chance.integers(0, 2, count)
    made.kind[:], made.flags[:], made.qty[:] = Kind.BBO, END, 1.0
    made.side[:], made.px[:] = np.where(np.arange(count) % 2, 1, -1), 60_000.0
    place = tmp_path_factory.mktemp("tape") / "t"
    with TapeWriter(place, TapeMeta((SPOT, PERP))) as writer:
        writer.append(made)
    return TapeReader(place)


@pytest.mark.parametrize("model", MODELS, ids=[one.kind for one in MODELS])
def test_rows_come_in_the_order_of_the_run(tape: TapeReader, model: Latency) -> None:
    blocks = list(LocalBlocks(tape.blocks(tape.start, tape.end + 1), model, 2, 7))
    rows, local = concat([b.rows for b in blocks]), np.concatenate([b.local for b in blocks])
    reel = PlayedReel(tape, model, 7, tape.start, tape.end)
    place = 0
    while (block := reel.read(place)) is not None:
        n = len(block.local)
        assert np.array_equal(block.local, local[place : place + n])
        for ours, theirs in zip(columns(block.rows), columns(rows), strict=True):
            assert np.array_equal(ours, theirs[place : place + n])
        place += n
    assert place == len(local) == reel.rows


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("runs")
    write_market(
        root / "tape", scenario_named("demo"), instruments=simulated_pairs(), start_ns=START_NS,
        duration_ns=HOUR_NS, seed=7,
    )  # fmt: skip
    overrides = {"run.seed": 7, "sentinel.sample_seconds": 10, "sentinel.window": 60, "sentinel.entry_z": 1.5}
    return run_backtest(
        "sentinel", root / "tape", root / "b", config=None, overrides=overrides, progress=lambda *_: None
    )


def opened(place: Path) -> Recording:
    return Recording(place, time.monotonic, patience_s=1e9)


def test_it_ends_as_the_run_ended(run: Path) -> None:
    said = decoded((run / "status.json").read_bytes())
    recording = opened(run)
    found = json.loads(encoded(recording.moment()))
    tables = found["tables"]
    assert found["market"] == ""
    row = tables["status/run"]["run"]
    assert (row["state"], row["freshness"], row["mode"]) == ("stopped", "finished", "backtest")
    assert (row["signals"], row["orders"], row["fills"]) == (said.signals, said.orders, said.fills)
    assert abs(float(row["nav"]) - float(said.nav or 0)) < 1e-6
    for line in said.prices:
        quote = tables["markets/quotes"][line.instrument]
        assert (quote["mid"], quote["why"]) == (line.mid, line.why)
    for pair in said.pairs:
        shown = tables["markets/pairs"][pair.pair]
        assert [shown[k] for k in ("basis", "mean", "std", "z", "samples")] == [
            pair.basis, pair.mean, pair.std, pair.z, pair.samples,
        ]  # fmt: skip
        assert tuple(shown["trail"]) == pair.trail
    assert set(tables["status/holdings"]) == {one.id for one in said.holdings}
    recording.close()


def test_seeking_changes_nothing_and_stays_small(run: Path) -> None:
    recording = opened(run)
    timeline = recording.timeline()
    span = timeline.ended_ms - timeline.began_ms
    wanted = [timeline.began_ms + span * share for share in (0.9, 0.1, 0.5, 0.50001, 0.9, 0.1)]
    told = [encoded(recording.moment(at)) for at in wanted]
    assert told[0] == told[4]
    assert told[1] == told[5]
    assert max(map(len, told)) < 300_000
    fresh = opened(run)
    assert encoded(fresh.moment(wanted[2])) == told[2]
    assert timeline.nav[0].at_ms >= timeline.began_ms
    recording.close()
    fresh.close()


def test_a_tape_that_is_gone_or_another_is_said(run: Path, tmp_path: Path) -> None:
    shutil.copytree(run, tmp_path / "b")
    document = json.loads((tmp_path / "b" / "run.json").read_text())
    for change, why in (
        ({"path": str(tmp_path / "gone")}, "is not at"),
        ({"fingerprint": "x"}, "is not the one"),
    ):
        changed = document | {"tape": document["tape"] | change}
        (tmp_path / "b" / "run.json").write_text(json.dumps(changed))
        recording = opened(tmp_path / "b")
        found = json.loads(encoded(recording.moment()))
        assert why in found["market"]
        assert found["tables"]["markets/books"] == {}
        assert found["tables"]["status/run"]["run"]["nav"]
        recording.close()
