"""A tape in memory gives what the tape on disk gives, as windows of one load."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from titan.market.tape.loaded import LoadedTape
from titan.market.tape.read import TapeReader
from titan.market.tape.rows import columns, concat
from titan.simulation.market.instruments import simulated_pairs
from titan.simulation.market.scenario import scenario_named
from titan.simulation.market.write import write_market

START_NS = 1_785_542_400_000_000_000
MINUTE = 60_000_000_000


@pytest.fixture(scope="module")
def tape(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("market") / "tape"
    write_market(
        path, scenario_named("calm"), instruments=simulated_pairs(["BTC"]), start_ns=START_NS,
        duration_ns=20 * MINUTE, seed=1,
    )  # fmt: skip
    return path


@pytest.mark.parametrize(("start", "end"), [(None, None), (5, None), (None, 9), (5, 9), (30, None)])
def test_its_blocks_are_those_of_the_file(tape: Path, start: int | None, end: int | None) -> None:
    window = [None if at is None else START_NS + at * MINUTE for at in (start, end)]
    loaded, read = LoadedTape(tape), TapeReader(tape)
    found, wanted = list(loaded.blocks(*window, block_rows=1000)), list(read.blocks(*window, block_rows=1000))
    assert [len(block.ts) for block in found] == [len(block.ts) for block in wanted]
    if wanted:
        for a, b in zip(columns(concat(found)), columns(concat(wanted)), strict=True):
            assert np.array_equal(a, b, equal_nan=True)


def test_it_names_itself_as_the_file_does(tape: Path) -> None:
    loaded, read = LoadedTape(tape), TapeReader(tape)
    assert (loaded.fingerprint, loaded.rows, loaded.start) == (read.fingerprint, read.rows, read.start)
    only = next(iter(loaded.blocks(instruments=[0])))
    assert set(only.inst.tolist()) == {0}


def test_blocks_share_the_memory_of_the_load(tape: Path) -> None:
    loaded = LoadedTape(tape)
    first, again = next(iter(loaded.blocks())), next(iter(loaded.blocks()))
    assert np.shares_memory(first.ts, again.ts)
