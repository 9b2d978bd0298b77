"""Whole imports: golden figures of the real recordings, and what is refused, left out or told."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from titan.market.tape.read import TapeReader
from titan.market.tape.rows import SETTLED, Kind
from titan.market.tape.validate import validate
from titan.model.errors import DataError, TapeError
from titan.venues.recorded.assemble import ImportReport, import_recordings
from titan.venues.recorded.series import Hints

BARS = {"bar_open", "bar_high", "bar_low", "bar_close"}


def run(paths: list[Path], out: Path, **hints: object) -> tuple[ImportReport, TapeReader]:
    report = import_recordings(paths, out, Hints(**hints))  # type: ignore[arg-type]
    return report, TapeReader(out)


def csv(path: Path, rows: int = 5, *, start: int = 1_700_000_000, step: int = 60, px: float = 100.0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    body = "".join(f"{start + i * step},{px},{px + 2},{px - 1},{px + 1},8\n" for i in range(rows))
    path.write_text("date,open,high,low,close,volume\n" + body)
    return path


@pytest.mark.data
def test_five_minute_basis_of_binance(data: Path, tmp_path: Path) -> None:
    report, tape = run([data / "klines" / "binance-5m"], tmp_path / "a")
    assert [i.id for i in report.instruments] == [
        f"binance.{kind}.{base}USDT" for base in ("BTC", "ETH", "SOL") for kind in ("spot", "perp")
    ]
    for i in report.instruments:
        perp = {"mark": 5856, "funding": 732} if "perp" in i.id else {}
        assert i.kinds == {**perp, **dict.fromkeys(BARS, 70272)}
        assert i.bar_interval_ns == 300 * 10**9
    assert (report.rows, report.bad_row_count, report.skipped, report.findings) == (1_706_292, 0, (), ())
    assert report.fingerprint == tape.fingerprint == "594586484a4b82cec15ae5f612e4f4f1"
    assert len(report.sources) == 12
    assert report.sources[0].name == "binance-5m/BTC_USDT-5m.feather"
    assert validate(tape.blocks(), tape.meta).clean
    first = next(tape.blocks(instruments=["binance.perp.BTCUSDT"]))
    # At the hour: what is marked, then what is paid, then the bar that opens.
    assert [Kind(k) for k in first.kind[:3]] == [Kind.MARK, Kind.FUNDING, Kind.BAR_OPEN]
    assert first.flags[1] & SETTLED
    assert (first.px[1], first.qty[1]) == (0.0001, 1735603200000.0)


@pytest.mark.data
def test_spot_and_perp_capture_together(data: Path, tmp_path: Path) -> None:
    folder = data / "l2" / "hftbacktest"
    paths = [folder / kind / "btcusdt_20230405.dat.gz" for kind in ("spot", "usdm")]
    report, tape = run(paths, tmp_path / "a")
    assert {i.id: i.kinds for i in report.instruments} == {
        "binance.spot.BTCUSDT": {"trade": 3144, "level": 32024, "bbo": 2 * 8015},
        "binance.perp.BTCUSDT": {
            "trade": 10737, "level": 256404, "bbo": 2 * 37440, "mark": 415, "index": 415, "funding": 415,
        },
    }  # fmt: skip
    assert report.bad_row_count == 0
    measured = tape.meta.measured["binance.perp.BTCUSDT"]
    assert (measured["messages"], measured["clock_skew"]) == (60380, 10224)
    assert tape.meta.quality["binance.perp.BTCUSDT"]["out_of_order"] == 1478
    assert report.passed == {"trades not on the market": 1}
    assert sum("without a snapshot" in note for note in report.notes) == 2
    assert {f.check for f in report.findings} == {"clock_skew"}
    # The grids of 2023 are those of the tables.
    assert [str(i.tick) for i in tape.instruments] == ["0.01", "0.1"]


@pytest.mark.data
@pytest.mark.parametrize(
    ("folder", "hints", "rows", "gaps"),
    [
        ("klines/bybit-5m", {}, 439_468, 0),
        ("klines/okx", {}, 88_596, 0),
        ("klines/binance-1h", {}, 268_339, 27),
        ("klines/freqtrade", {"venue": "binance"}, 147_384, 676),
        ("l2/top-of-book-polls", {"venue": "binance", "symbol": "BTC/USDT"}, 16_754, 0),
    ],
)
def test_other_recordings(
    data: Path, tmp_path: Path, folder: str, hints: dict[str, object], rows: int, gaps: int
) -> None:
    report, tape = run([data / folder], tmp_path / "a", **hints)
    assert (report.rows, sum(i.gaps for i in report.instruments)) == (rows, gaps)
    assert report.bad_row_count == 0
    assert validate(tape.blocks(), tape.meta).count("off_grid") == 0


@pytest.mark.data
def test_minute_spot_and_perp_of_two_folders(data: Path, tmp_path: Path) -> None:
    day = 86_400 * 10**9
    start = 1_748_736_000 * 10**9  # 2025-06-01
    paths = [data / "klines" / "binance-spot-1m", data / "klines" / "binance-perp-1m"]
    report, _ = run(paths, tmp_path / "a", start=start, end=start + day)
    bars = {i.id: i.kinds["bar_open"] for i in report.instruments}
    assert bars == dict.fromkeys(bars, 1440)
    assert "binance.spot.ETHUSDT" in bars
    assert "binance.perp.XRPUSDT" in bars
    funding = {i.id: i.kinds.get("funding", 0) for i in report.instruments if "perp" in i.id}
    assert set(funding.values()) == {3}


def test_the_same_import_twice_is_the_same_tape(tmp_path: Path) -> None:
    files = [csv(tmp_path / "binance" / f"{p}_USDT-1m.csv") for p in ("BTC", "ETH")]
    first, _ = run(files, tmp_path / "a")
    again, _ = run(files[::-1], tmp_path / "b")
    assert first.fingerprint == again.fingerprint


def test_bad_rows_are_listed_with_file_and_line(tmp_path: Path) -> None:
    path = csv(tmp_path / "binance" / "BTC_USDT-1m.csv", 10)
    lines = path.read_text().splitlines()
    lines[3] = lines[3].replace("100.0", "nan")
    lines[5] = "1700000240,100"
    lines[7] = lines[6]
    path.write_text("\n".join(lines))
    report, tape = run([path], tmp_path / "a")
    assert report.bad_row_count == 3
    assert [(b.row, b.reason.split(":")[0]) for b in sorted(report.bad_rows, key=lambda b: b.row)] == [
        (4, "not a number"), (6, "another number of fields than the first line"), (8, "time appears twice"),
    ]  # fmt: skip
    assert all(b.file == str(path) for b in report.bad_rows)
    assert tape.meta.quality["binance.spot.BTCUSDT"]["bad_rows"] == 3
    assert tape.counts["binance.spot.BTCUSDT"][Kind.GAP] == 3


def test_the_finer_bars_win_and_the_others_are_told(tmp_path: Path) -> None:
    csv(tmp_path / "okx" / "BTC_USDT-1m.csv")
    csv(tmp_path / "okx" / "BTC_USDT-5m.csv", step=300, start=1_600_000_000)
    report, tape = run([tmp_path / "okx"], tmp_path / "a")
    assert tape.counts["okx.spot.BTCUSDT"][Kind.BAR_OPEN] == 5
    assert report.skipped == (("BTC_USDT-5m.csv", "okx.spot.BTCUSDT has finer bars, of 60 s"),)
    assert any("left out: BTC_USDT-5m.csv" in note for note in tape.meta.notes)


def test_nothing_is_said_twice(tmp_path: Path) -> None:
    csv(tmp_path / "binance-a" / "BTC_USDT-1m.csv", 5)
    csv(tmp_path / "binance-b" / "BTC_USDT-1m.csv", 8)
    csv(tmp_path / "binance-c" / "BTC_USDT-1m.csv", 5, start=1_700_100_000)
    paths = [tmp_path / f"binance-{x}" for x in "abc"]
    report, tape = run(paths, tmp_path / "tape")
    assert tape.counts["binance.spot.BTCUSDT"][Kind.BAR_OPEN] == 13
    assert len(report.skipped) == 1
    assert "of the same time from another file" in report.skipped[0][1]


def test_funding_of_another_interval_is_used_and_told(tmp_path: Path) -> None:
    csv(tmp_path / "binance" / "futures" / "BTC_USDT_USDT-1h-mark.csv", 20, step=3600)
    path = csv(tmp_path / "binance" / "futures" / "BTC_USDT_USDT-8h-funding_rate.csv", 5, step=14400, px=1e-4)
    report, tape = run([tmp_path / "binance"], tmp_path / "a")
    assert tape.instruments[0].funding_interval_ns == 4 * 3600 * 10**9
    assert any("funding settles every 4 h" in note for note in report.notes)
    assert path.name in {Path(s.name).name for s in report.sources}


def test_what_cannot_be_imported_is_refused_with_a_remedy(tmp_path: Path) -> None:
    notes = tmp_path / "binance" / "notes.txt"
    csv(tmp_path / "binance" / "BTC_USDT-1m.csv")
    notes.write_text("hello")
    with pytest.raises(DataError, match=r"notes\.txt is nothing that can be imported") as raised:
        run([notes], tmp_path / "a")
    assert "freqtrade" in raised.value.remedy
    report, tape = run([tmp_path / "binance"], tmp_path / "a")
    assert report.skipped == (("binance/notes.txt", "not a recording"),)
    with pytest.raises(DataError, match="is a tape already"):
        run([tmp_path / "a"], tmp_path / "b")
    with pytest.raises(TapeError, match="exists already"):
        run([tmp_path / "binance"], tmp_path / "a")
    with pytest.raises(DataError, match="no file or folder"):
        run([tmp_path / "nowhere"], tmp_path / "b")
    with pytest.raises(DataError, match="no rows in the time asked for"):
        run([tmp_path / "binance"], tmp_path / "b", start=2_000_000_000 * 10**9)
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="no recordings in"):
        run([tmp_path / "empty"], tmp_path / "b")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a", "binance", "empty"]
    assert tape.rows == 20


def test_venue_and_pair_must_be_known(tmp_path: Path) -> None:
    lost = csv(tmp_path / "BTC_USDT-1m.csv")
    with pytest.raises(DataError, match="nor its folders name a venue") as raised:
        run([lost], tmp_path / "a")
    assert "--venue" in raised.value.remedy
    plain = csv(tmp_path / "binance" / "prices.csv")
    with pytest.raises(DataError, match="which pair") as raised:
        run([plain], tmp_path / "a")
    assert "--symbol" in raised.value.remedy
    report, _ = run([plain], tmp_path / "a", symbol="ETH/USDT", venue="okx", market="perp")
    assert [i.id for i in report.instruments] == ["okx.perp.ETHUSDT"]


def test_a_file_that_names_another_pair_is_not_taken_for_the_one_asked_for(tmp_path: Path) -> None:
    folder = tmp_path / "binance"
    for name in ("BTC_USDT-1m.csv", "ETH_USDT-1m.csv", "SOLUSDT-1m-2025-01.csv"):
        csv(folder / name)
    with pytest.raises(DataError, match="is of BTC/USDT, not of ETH/USDT"):
        run([folder / "BTC_USDT-1m.csv"], tmp_path / "a", symbol="ETH/USDT")
    report, _ = run([folder], tmp_path / "a", symbol="ETH/USDT")
    assert [i.id for i in report.instruments] == ["binance.spot.ETHUSDT"]
    assert len(report.skipped) == 2


def test_a_damaged_file_among_good_ones_is_left_out_with_its_reason(tmp_path: Path) -> None:
    csv(tmp_path / "binance" / "BTC_USDT-1m.csv")
    broken = tmp_path / "binance" / "ETH_USDT-1m.feather"
    broken.write_bytes(b"ARROW1 and then nothing")
    report, _ = run([tmp_path / "binance"], tmp_path / "a")
    assert report.skipped[0][0] == "binance/ETH_USDT-1m.feather"
    assert "damaged" in report.skipped[0][1]
    with pytest.raises(DataError, match=r"ETH_USDT-1m\.feather cannot be read"):
        run([broken], tmp_path / "b")


def test_trades_and_polls(tmp_path: Path) -> None:
    trades = tmp_path / "binance" / "XRP_ETH-trades.json.gz"
    trades.parent.mkdir()
    items: list[object] = [
        [1_570_752_011_620, "1", None, "sell", 0.0014, 23.0, 0.03],
        [1_570_752_011_620, "2", None, "buy", 0.0015, 1.0, 0.03],
        [1_570_752_011_621, "3", None, "hold", 0.0015, 1.0, 0.03],
        ["soon", "4", None, "buy", 0.0015, 1.0, 0.03],
        [1_570_752_011_000, "5", None, "buy", 0.0015, 1.0, 0.03],
    ]
    trades.write_bytes(gzip.compress(json.dumps(items).encode()))
    polls = tmp_path / "binance" / "polls.csv"
    polls.write_text(
        "best_bid,best_ask,bid_volume,ask_volume,timestamp\n"
        "10,11,1,2,2023-01-01 00:00:00\n12,11,1,2,2023-01-01 00:00:07\n"
    )
    report, tape = run([trades], tmp_path / "a")
    rows = tape.load()
    assert rows.side.tolist() == [-1, 1]
    assert [b.row for b in report.bad_rows] == [4, 3, 5]
    report, tape = run([polls], tmp_path / "b", symbol="BTCUSDT")
    assert tape.load().px.tolist() == [10.0, 11.0]
    assert report.bad_rows[0].reason == "the bid is above the ask"
    trades.write_bytes(trades.read_bytes()[:-9])
    with pytest.raises(DataError, match="is no list of trades"):
        run([trades], tmp_path / "c")


KILLED = """
    import os, signal, sys
    from pathlib import Path
    from titan.venues.recorded.assemble import import_recordings
    def progress(stage, done, total):
        if stage == sys.argv[3]:
            os.kill(os.getpid(), signal.SIGKILL)
    import_recordings([Path(sys.argv[1])], Path(sys.argv[2]), progress=progress)
"""


@pytest.mark.parametrize("stage", ["reading BTC_USDT-1m.csv", "writing"])
def test_an_import_killed_at_any_stage_leaves_no_broken_tape(tmp_path: Path, stage: str) -> None:
    csv(tmp_path / "binance" / "BTC_USDT-1m.csv")
    out = tmp_path / "tape"
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(KILLED), tmp_path / "binance", out, stage],
        env={"PYTHONPATH": f"{root}/src"}, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == -9, done.stderr
    with pytest.raises(TapeError, match="there is no tape"):
        TapeReader(out)
    report, tape = run([tmp_path / "binance"], out)
    assert tape.rows == report.rows == 20
    assert sorted(p.name for p in tmp_path.iterdir()) == ["binance", "tape"]


def test_an_import_that_is_interrupted_leaves_nothing(tmp_path: Path) -> None:
    csv(tmp_path / "binance" / "BTC_USDT-1m.csv")

    def stop(stage: str, done: int, _total: int) -> None:
        if stage == "writing" and done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_recordings([tmp_path / "binance"], tmp_path / "a", progress=stop)
    assert [p.name for p in tmp_path.iterdir()] == ["binance"]


def test_progress_rises_to_the_end(tmp_path: Path) -> None:
    csv(tmp_path / "binance" / "BTC_USDT-1m.csv")
    told: list[tuple[str, int, int]] = []
    import_recordings(
        [tmp_path / "binance"], tmp_path / "a", progress=lambda *told_now: told.append(told_now)
    )
    assert told[0][0].startswith("reading")
    assert told[-1] == ("writing", 20, 20)
    assert np.all(np.diff([done for stage, done, _ in told if stage == "writing"]) >= 0)
