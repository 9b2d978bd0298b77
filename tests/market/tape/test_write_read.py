"""A tape gives back what was written, refuses what is no tape, and never exists half."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import textwrap
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.market.tape.making import instrument, meta, trades
from titan.market.tape import file, write
from titan.market.tape.read import TapeReader
from titan.market.tape.rows import Kind, Rows, concat, length, take
from titan.market.tape.write import TapeWriter
from titan.model.errors import InstrumentError, RowError, StorageError, TapeError


def same(a: Rows, b: Rows) -> bool:
    return all(x.dtype == y.dtype and np.array_equal(x, y) for x, y in zip(a, b, strict=True))


def write_tape(path: Path, rows: Rows, cuts: list[int] | None = None) -> TapeReader:
    edges = [0, *sorted(cuts or []), length(rows)]
    with TapeWriter(path, meta()) as tape:
        for low, high in pairwise(edges):
            tape.append(take(rows, slice(low, high)))
    return TapeReader(path)


@given(
    n=st.integers(0, 300),
    cuts=st.lists(st.integers(0, 300), max_size=6),
    block=st.integers(1, 400),
    seed=st.integers(0, 1000),
)
@settings(max_examples=60, deadline=None)
def test_round_trip_whatever_the_blocks(n: int, cuts: list[int], block: int, seed: int) -> None:
    rows = trades(n, seed=seed)
    # Small row groups and parts, so that the edges between them are met.
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(write, "GROUP_ROWS", 64)
        patch.setattr(write, "GROUPS_A_PART", 2)
        tape = write_tape(Path(folder) / "a", rows, [min(c, n) for c in cuts])
        whole = write_tape(Path(folder) / "b", rows)
        assert tape.fingerprint == whole.fingerprint
        blocks = list(tape.blocks(block_rows=block))
        assert same(concat(blocks), rows)
        assert all(length(b) == block for b in blocks[:-1])
        assert all(c.flags.c_contiguous and c.flags.writeable for b in blocks for c in b)
        tape.verify()
        assert tape.rows == n
        if n:
            assert (tape.start, tape.end) == (rows.ts[0], rows.ts[-1])
            assert len(list((Path(folder) / "a").iterdir())) == max(1, -(-n // 128))
        assert sum(c for of in tape.counts.values() for c in of.values()) == n


@given(
    low=st.integers(-5, 500),
    span=st.integers(0, 500),
    which=st.sampled_from([None, [0], ["binance.spot.ETHUSDT"], []]),
)
@settings(max_examples=40, deadline=None)
def test_a_window_of_time_and_instruments(low: int, span: int, which: list[str | int] | None) -> None:
    rows = trades(100)
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(write, "GROUP_ROWS", 16)
        tape = write_tape(Path(folder) / "a", rows)
        keep = (rows.ts >= low) & (rows.ts < low + span)
        if which is not None:
            keep &= np.isin(rows.inst, [1 if isinstance(w, str) else w for w in which])
        assert same(tape.load(low, low + span, which), take(rows, keep))


def test_a_single_part_is_a_tape(tmp_path: Path) -> None:
    rows = trades(100)
    tape = write_tape(tmp_path / "a", rows)
    alone = TapeReader(tmp_path / "a" / "part-00000.parquet")
    assert alone.fingerprint == tape.fingerprint
    assert same(alone.load(), rows)
    assert alone.counts["binance.spot.BTCUSDT"] == {Kind.TRADE: int((rows.inst == 0).sum())}


def test_fingerprint_sees_every_column_and_the_instruments(tmp_path: Path) -> None:
    rows = trades(20)
    prints = {write_tape(tmp_path / "a", rows).fingerprint}
    for name in rows._fields:
        other = Rows(*(c.copy() for c in rows))
        column = getattr(other, name)
        column[-1] = column[-1] + 1 if name != "inst" else 1 - column[-1]
        prints.add(write_tape(tmp_path / name, other).fingerprint)
    with TapeWriter(tmp_path / "x", meta("BTCUSDT", "SOLUSDT")) as tape:
        tape.append(rows)
    prints.add(tape.fingerprint)
    assert len(prints) == 2 + len(rows)


def test_meta_may_be_completed_until_close(tmp_path: Path) -> None:
    from msgspec.structs import replace

    with TapeWriter(tmp_path / "a", meta()) as tape:
        tape.append(trades(5))
        source = file.Source("x.gz", "00", 3, "capture", 5)
        tape.meta = replace(tape.meta, sources=(source,), quality={"x": {"bad_rows": 2}}, notes=("n",))
    assert TapeReader(tmp_path / "a").meta == tape.meta
    assert tape.meta.created_by.startswith("titan ")


@pytest.mark.parametrize(
    ("spoil", "row", "word"),
    [
        (lambda r: r.ts.__setitem__(7, -1), 7, "comes after"),
        (lambda r: r.inst.__setitem__(3, 2), 3, "instrument 2 is unknown"),
        (lambda r: r.kind.__setitem__(2, 77), 2, "kind 77 is unknown"),
        (lambda r: r.px.__setitem__(4, np.nan), 4, "px is nan"),
        (lambda r: r.qty.__setitem__(5, np.inf), 5, "qty is inf"),
    ],
)
def test_bad_rows_are_refused_with_their_number(tmp_path: Path, spoil, row: int, word: str) -> None:
    good, bad = trades(10), trades(10, start=1000)
    spoil(bad)
    with pytest.raises(RowError, match=word) as raised:
        write_tape(tmp_path / "a", concat([good, bad]), [10])
    assert raised.value.row == 10 + row
    assert list(tmp_path.iterdir()) == []


def test_order_is_checked_across_blocks(tmp_path: Path) -> None:
    with pytest.raises(RowError, match="row 10"):
        write_tape(tmp_path / "a", concat([trades(10, start=100), trades(10)]), [10])


def test_wrong_dtype_is_refused(tmp_path: Path) -> None:
    rows = trades(3)
    with pytest.raises(RowError, match="column px is float32"), TapeWriter(tmp_path / "a", meta()) as tape:
        tape.append(rows._replace(px=rows.px.astype(np.float32)))


def test_an_existing_path_is_kept(tmp_path: Path) -> None:
    old = write_tape(tmp_path / "a", trades(5)).fingerprint
    with pytest.raises(TapeError, match="exists already"):
        TapeWriter(tmp_path / "a", meta())
    with TapeWriter(tmp_path / "a", meta(), replace=True) as tape:
        tape.append(trades(6))
        assert TapeReader(tmp_path / "a").fingerprint == old
    assert TapeReader(tmp_path / "a").rows == 6
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(TapeError, match="not a tape"):
        TapeWriter(tmp_path / "mine", meta(), replace=True)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a", "mine"]


def test_what_is_no_tape_is_refused_by_name(tmp_path: Path) -> None:
    whole = tmp_path / "a"
    write_tape(whole, trades(1000))
    part = (whole / "part-00000.parquet").read_bytes()
    cases = {
        "cut.parquet": (part[: len(part) // 2], "truncated or damaged"),
        "empty.parquet": (b"", "truncated or damaged"),
        "text.parquet": (b"ts,px\n1,2\n" * 10, "truncated or damaged"),
    }
    for name, (content, word) in cases.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(TapeError, match=word) as raised:
            TapeReader(tmp_path / name)
        assert name in str(raised.value)
        assert raised.value.remedy
    pq.write_table(pa.table({"a": [1]}), tmp_path / "foreign.parquet")
    with pytest.raises(TapeError, match=r"foreign\.parquet is a Parquet file but not a tape"):
        TapeReader(tmp_path / "foreign.parquet")
    with pytest.raises(TapeError, match="there is no tape"):
        TapeReader(tmp_path / "nowhere")
    (tmp_path / "folder").mkdir()
    with pytest.raises(TapeError, match="holds no tape"):
        TapeReader(tmp_path / "folder")
    with pytest.raises(InstrumentError, match="XRP"):
        next(TapeReader(whole).blocks(instruments=["XRP"]))


def test_a_flipped_byte_is_noticed(tmp_path: Path) -> None:
    write_tape(tmp_path / "a", trades(5000))
    part = tmp_path / "a" / "part-00000.parquet"
    content = bytearray(part.read_bytes())
    content[5000] ^= 0x40
    part.write_bytes(content)
    with pytest.raises(TapeError, match="row group 0 cannot be read"):
        TapeReader(tmp_path / "a").load()


@pytest.mark.parametrize(
    ("column", "value", "word"),
    [
        ("ts", 0, "comes after"),
        ("px", np.nan, "px is nan"),
        ("inst", 9, "instrument 9"),
        ("kind", 0, "kind 0"),
    ],
)
def test_a_tape_written_anew_with_bad_rows_is_refused(
    tmp_path: Path, column: str, value: float, word: str
) -> None:
    rows = trades(100, start=50)
    write_tape(tmp_path / "a", rows)
    part = tmp_path / "a" / "part-00000.parquet"
    table = pq.read_table(part)
    values = table.column(column).to_numpy().copy()
    values[60] = value
    at = table.column_names.index(column)
    pq.write_table(table.set_column(at, table.schema.field(at), pa.array(values)), part)
    with pytest.raises(RowError, match=rf"part-00000\.parquet, row 60: .*{word}"):
        TapeReader(tmp_path / "a").load()
    with pytest.raises(TapeError, match="differ from those written"):
        TapeReader(tmp_path / "a").verify()
    pq.write_table(table.slice(0, 50), part)
    with pytest.raises(TapeError, match="row groups differ"):
        TapeReader(tmp_path / "a")


def test_a_missing_part_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write, "GROUP_ROWS", 16)
    monkeypatch.setattr(write, "GROUPS_A_PART", 1)
    write_tape(tmp_path / "a", trades(60))
    (tmp_path / "a" / "part-00001.parquet").unlink()
    with pytest.raises(TapeError, match="is part 2 where part 1 should stand"):
        TapeReader(tmp_path / "a")


def test_a_newer_format_asks_for_an_update(tmp_path: Path) -> None:
    import msgspec

    with TapeWriter(tmp_path / "a", msgspec.structs.replace(meta(), format=99)) as tape:
        tape.append(trades(3))
    with pytest.raises(TapeError, match="format 99"):
        TapeReader(tmp_path / "a")


DISK_FULL = """
    import resource, sys
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
    from tests.market.tape.making import meta, trades
    from titan.market.tape.write import TapeWriter
    from titan.model.errors import StorageError
    try:
        with TapeWriter(sys.argv[1], meta()) as tape:
            tape.append(trades(200_000))
    except StorageError as e:
        print(e)
        sys.exit(e.exit_code)
"""

KILLED = """
    import os, signal, sys
    from tests.market.tape.making import meta, trades
    from titan.market.tape.write import TapeWriter
    tape = TapeWriter(sys.argv[1], meta(), replace=True)
    tape.append(trades(1 << 20))
    os.kill(os.getpid(), signal.SIGKILL)
"""


def run(code: str, *args: object) -> subprocess.CompletedProcess[str]:
    root = Path(__file__).parents[3]
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *map(str, args)],
        cwd=root, env={"PYTHONPATH": f"{root}/src:{root}", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip


def test_a_full_disk_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    # A limit on the file size fails in the same call as a full disk, and needs no file system of our own.
    done = run(DISK_FULL, tmp_path / "a")
    assert done.returncode == StorageError.exit_code, done.stderr
    assert "no space left" in done.stdout
    assert "200,000 rows so far need at least 0." in done.stdout  # MB: what was written, at the least
    assert list(tmp_path.iterdir()) == []


def test_a_killed_writer_leaves_the_old_tape_and_is_swept_up(tmp_path: Path) -> None:
    old = write_tape(tmp_path / "a", trades(5)).fingerprint
    assert run(KILLED, tmp_path / "a").returncode == -9
    assert len(list(tmp_path.glob("a.tmp-*"))) == 1
    assert TapeReader(tmp_path / "a").fingerprint == old
    with TapeWriter(tmp_path / "a", meta(), replace=True) as tape:
        tape.append(trades(7))
    assert [p.name for p in tmp_path.iterdir()] == ["a"]
    assert TapeReader(tmp_path / "a").rows == 7


def test_two_writers_do_not_sweep_each_other(tmp_path: Path) -> None:
    first = TapeWriter(tmp_path / "a", meta())
    second = TapeWriter(tmp_path / "a", meta())
    first.append(trades(4))
    first.close()
    second.append(trades(3))
    with pytest.raises(TapeError, match="exists already"):
        second.close()
    assert TapeReader(tmp_path / "a").rows == 4
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


def test_instruments_keep_their_exact_rules(tmp_path: Path) -> None:
    write_tape(tmp_path / "a", trades(3))
    assert TapeReader(tmp_path / "a").instruments[0] == instrument()


STREAMED = """
    import resource, sys
    from tests.market.tape.making import meta, trades
    from titan.market.tape.read import TapeReader
    from titan.market.tape.write import TapeWriter
    rows, n = trades(1 << 20), int(sys.argv[2])
    with TapeWriter(sys.argv[1], meta()) as tape:
        for i in range(n):
            tape.append(rows._replace(ts=rows.ts + i * 10_000_000))
    assert sum(len(block.ts) for block in TapeReader(sys.argv[1]).blocks(block_rows=300_000)) == n << 20
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_memory_does_not_grow_with_the_tape(tmp_path: Path) -> None:
    few, many = (run(STREAMED, tmp_path / str(n), n) for n in (2, 7))
    assert few.returncode == many.returncode == 0, many.stderr
    # Held whole, the five million rows more would be 190 MB.
    assert int(many.stdout) - int(few.stdout) < 80_000
