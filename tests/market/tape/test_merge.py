"""Merging loses nothing, sorts by time and keeps every feed's own order."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.market.tape.making import instrument, meta, trades
from titan.market.tape.file import TapeMeta
from titan.market.tape.merge import MergedTapes, merge_blocks, merge_meta
from titan.market.tape.read import TapeReader
from titan.market.tape.rows import Rows, concat, length, take
from titan.market.tape.write import TapeWriter
from titan.model.errors import TapeError


def tape(path: Path, rows: Rows, of: TapeMeta) -> TapeReader:
    with TapeWriter(path, of) as writer:
        writer.append(rows)
    return TapeReader(path)


feeds = st.lists(
    st.tuples(st.lists(st.integers(0, 30), max_size=40).map(sorted), st.integers(1, 12)),
    min_size=1,
    max_size=4,
)


@given(feeds=feeds, block=st.integers(1, 50))
@settings(max_examples=200, deadline=None)
def test_merge_is_a_stable_sort_of_all_feeds(feeds: list[tuple[list[int], int]], block: int) -> None:
    whole = []
    for index, (times, _) in enumerate(feeds):
        rows = trades(len(times))
        rows.ts[:] = times
        rows.inst[:] = index
        rows.qty[:] = np.arange(len(times))
        whole.append(rows)
    streams = [
        iter([take(rows, slice(at, at + size)) for at in range(0, length(rows), size)])
        for rows, (_, size) in zip(whole, feeds, strict=True)
    ]
    blocks = list(merge_blocks(streams, None, block))
    merged = concat(blocks)
    joined = concat(whole)
    expected = take(joined, np.argsort(joined.ts, kind="stable"))
    assert all(np.array_equal(a, b) for a, b in zip(merged, expected, strict=True))
    assert all(length(b) == block for b in blocks[:-1])


def test_tapes_merge_and_their_instruments_are_renumbered(tmp_path: Path) -> None:
    first, second = trades(50, seed=1), trades(50, seed=2)
    a = tape(tmp_path / "a", first, meta("BTCUSDT", "ETHUSDT"))
    b = tape(tmp_path / "b", second, meta("ETHUSDT", "SOLUSDT"))
    merged = MergedTapes([a, b])
    assert [i.symbol for i in merged.instruments] == ["BTCUSDT", "ETHUSDT", "SOLUSDT"]
    rows = concat(list(merged.blocks()))
    assert length(rows) == merged.rows == 100
    assert np.all(np.diff(rows.ts) >= 0)
    eth = int((first.inst == 1).sum() + (second.inst == 0).sum())
    assert int((rows.inst == 1).sum()) == eth
    part = concat(list(merged.blocks(start=20, end=90)))
    assert np.array_equal(part.ts, rows.ts[(rows.ts >= 20) & (rows.ts < 90)])


def test_meta_adds_up() -> None:
    a = replace(
        meta("BTCUSDT"), quality={"x": {"gaps": 1}}, notes=("n",), bar_intervals={"binance.spot.BTCUSDT": 60}
    )
    b = replace(
        meta("BTCUSDT"),
        quality={"x": {"gaps": 2, "bad": 1}},
        notes=("n", "m"),
        simulated=True,
        scenario="calm",
    )
    both = merge_meta([a, b], ["a", "b"])
    assert both.quality == {"x": {"gaps": 3, "bad": 1}}
    assert both.notes == ("n", "m")
    assert both.simulated
    assert both.scenario == "calm"
    assert len(both.instruments) == 1


def test_disagreement_about_an_instrument_is_an_error() -> None:
    other = TapeMeta((replace(instrument(), tick=Decimal("0.5")),))
    with pytest.raises(TapeError, match=r"a and b have different rules for binance\.spot\.BTCUSDT"):
        merge_meta([meta("BTCUSDT"), other], ["a", "b"])
    bars = [replace(meta("BTCUSDT"), bar_intervals={"binance.spot.BTCUSDT": n}) for n in (60, 300)]
    with pytest.raises(TapeError, match="60 ns in another"):
        merge_meta(bars, ["a", "b"])
