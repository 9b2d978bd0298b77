"""Captures of Binance's combined streams, a receive time before each frame, as hftbacktest records them.

How a book begins with a snapshot and without one, how it breaks, what is left out and where.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from titan.market.tape.rows import END, ESTIMATED, SETTLED, SNAPSHOT, Kind
from titan.model.errors import DataError
from titan.model.instrument import InstrumentKind
from titan.venues.recorded.assemble import import_recordings
from titan.venues.recorded.raw import RawFigures, read_raw
from titan.venues.recorded.series import Hints, Series

T0 = 1_700_000_000_000


def line(ms: int, stream: str, data: dict[str, object]) -> str:
    frame = json.dumps({"stream": f"btcusdt@{stream}", "data": data}, separators=(",", ":"))
    return f"{(T0 + ms) * 1000} {frame}"


def trade(ms: int, px: str = "100.1", qty: str = "0.002", sold: bool = True, fill: str = "MARKET") -> str:
    data = {
        "e": "trade",
        "E": T0 + ms,
        "T": T0 + ms - 1,
        "s": "BTCUSDT",
        "t": ms,
        "p": px,
        "q": qty,
        "X": fill,
        "m": sold,
    }
    return line(ms + 5, "trade", data)


def depth(ms: int, first: int, last: int, previous: int, levels: list[list[str]] | None = None) -> str:
    data = {
        "e": "depthUpdate", "E": T0 + ms, "T": T0 + ms, "s": "BTCUSDT", "U": first, "u": last, "pu": previous,
        "b": levels if levels is not None else [["100.0", "1.5"]], "a": [["100.2", "0"]],
    }  # fmt: skip
    return line(ms + 5, "depth@0ms", data)


def snapshot(ms: int, last: int) -> str:
    book = {
        "lastUpdateId": last,
        "E": T0 + ms,
        "T": T0 + ms,
        "bids": [["99.9", "3"]],
        "asks": [["100.3", "4"]],
    }
    return f"{(T0 + ms + 50) * 1000} {json.dumps(book)}"


def written(tmp_path: Path, *lines: str, name: str = "usdm/a.dat.gz") -> Path:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(gzip.compress("\n".join(lines).encode() + b"\n"))
    return path


def figures(tmp_path: Path, *lines: str, market: str = "") -> tuple[Series, RawFigures]:
    (series,), found = read_raw([written(tmp_path, *lines)], Hints(market=market))
    return series, found


def read(tmp_path: Path, *lines: str, market: str = "") -> Series:
    return figures(tmp_path, *lines, market=market)[0]


def kinds(series: Series) -> list[Kind]:
    return [Kind(k) for k in series.rows.kind]


def test_a_trade_has_the_takers_side_and_the_venues_time(tmp_path: Path) -> None:
    rows = read(tmp_path, trade(10), trade(20, sold=False)).rows
    assert rows.side.tolist() == [-1, 1]
    assert rows.ts.tolist() == [(T0 + 9) * 1_000_000, (T0 + 19) * 1_000_000]
    assert rows.recv.tolist() == [(T0 + 15) * 1_000_000, (T0 + 25) * 1_000_000]
    assert rows.px.tolist() == [100.1, 100.1]
    assert rows.flags.tolist() == [END, END]


def test_a_trade_that_is_no_market_trade_is_counted_and_skipped(tmp_path: Path) -> None:
    series, found = figures(tmp_path, trade(10), trade(11, fill="INSURANCE_FUND"), trade(12, fill="NA"))
    assert len(series.rows.ts) == 1
    assert found.passed == {"trades not on the market": 2}
    assert series.bad.total == 0


def test_mark_index_and_forecast_are_one_message(tmp_path: Path) -> None:
    data = {
        "e": "markPriceUpdate", "E": T0, "s": "BTCUSDT", "p": "100.5", "P": "1", "i": "100.4", "r": "-0.0001",
        "T": T0 + 3_600_000,
    }  # fmt: skip
    rows = read(tmp_path, line(3, "markPrice@1s", data)).rows
    assert rows.kind.tolist() == [Kind.MARK, Kind.INDEX, Kind.FUNDING]
    assert rows.px.tolist() == [100.5, 100.4, -0.0001]
    assert rows.qty[2] == T0 + 3_600_000
    assert rows.flags.tolist() == [0, 0, END]
    assert not rows.flags[2] & SETTLED


def test_the_bridging_update_waits_for_the_snapshot_that_follows_it(tmp_path: Path) -> None:
    series = read(
        tmp_path,
        depth(0, 80, 90, 79),
        depth(10, 91, 105, 90),  # holds 100, and arrives before the snapshot's answer
        snapshot(8, 100),
        depth(60, 106, 110, 105),
    )
    assert kinds(series) == [Kind.CLEAR, Kind.LEVEL, Kind.LEVEL, *[Kind.LEVEL] * 4]
    assert series.rows.flags.tolist() == [SNAPSHOT, SNAPSHOT, SNAPSHOT | END, 0, END, 0, END]
    assert "depth_without_snapshot" not in series.counters
    # The bridging update could not be used before the snapshot was here.
    assert series.rows.recv[3] == series.rows.recv[0] == (T0 + 58) * 1_000_000


def test_a_break_empties_a_book_that_began_without_a_snapshot(tmp_path: Path) -> None:
    series = read(tmp_path, depth(0, 1, 2, 0), depth(10, 3, 4, 2), depth(20, 9, 10, 8), depth(30, 11, 12, 10))
    assert kinds(series) == [*[Kind.LEVEL] * 4, Kind.GAP, Kind.CLEAR, *[Kind.LEVEL] * 4]
    lost = ESTIMATED, END | ESTIMATED
    assert series.rows.flags.tolist() == [0, END, 0, END, *lost, 0, END, 0, END]
    assert series.counters["depth_without_snapshot"] == 2
    assert series.notes[0].endswith("depth starts without a snapshot; levels appear as they change")


def test_after_a_break_the_next_snapshot_is_awaited(tmp_path: Path) -> None:
    series = read(
        tmp_path,
        snapshot(0, 4),
        depth(60, 3, 5, 2),
        depth(70, 9, 10, 8),
        depth(80, 11, 12, 10),
        snapshot(75, 10),
    )
    assert kinds(series).count(Kind.GAP) == 1
    assert kinds(series)[5:] == [Kind.GAP, Kind.CLEAR, Kind.CLEAR, *[Kind.LEVEL] * 4]


def test_a_snapshot_that_comes_after_all_takes_the_place_of_a_book_begun_without(tmp_path: Path) -> None:
    """It stands in the next file, and is older than the last update."""
    early = written(tmp_path, depth(0, 1, 2, 0), depth(10, 3, 4, 2), depth(20, 5, 6, 4))
    late = written(tmp_path, snapshot(25, 4), depth(90, 7, 8, 6), name="usdm/b.dat.gz")
    (series,), found = read_raw([late, early], Hints())
    assert kinds(series) == [*[Kind.LEVEL] * 6, Kind.CLEAR, *[Kind.LEVEL] * 6]
    assert series.rows.flags[6:9].tolist() == [SNAPSHOT, SNAPSHOT, SNAPSHOT | END]
    assert series.counters["depth_without_snapshot"] == 1
    assert (found.gaps, found.malformed) == (0, 0)


def test_later_snapshots_are_compared_with_the_book_that_was_followed(tmp_path: Path) -> None:
    """They arrive after updates that they do not hold."""
    right = snapshot(70, 106).replace('["99.9", "3"]', '["99.9", "3"], ["100.0", "1.5"]')
    wrong = snapshot(200, 112)
    _, found = figures(
        tmp_path,
        snapshot(0, 100),
        depth(60, 101, 106, 100),
        depth(110, 107, 110, 106),
        right,
        depth(190, 111, 112, 110),
        wrong,
    )
    assert (found.snapshots_matched, found.snapshots_differ, found.gaps) == (1, 1, 0)


def test_snapshots_without_a_name_are_those_of_the_book_of_their_file(tmp_path: Path) -> None:
    """Spot and perpetual of one pair: each file has its own."""
    at: dict[str, object] = {"E": T0, "s": "BTCUSDT"}
    spot_depth = at | {"e": "depthUpdate", "U": 5, "u": 6, "b": [["98", "7"]], "a": []}
    spot_trade = at | {"e": "trade", "t": 1, "p": "1", "q": "1", "T": T0, "m": True, "M": True}
    said = '{"lastUpdateId":5,"bids":[["97","1"]],"asks":[["101","2"]]}'
    lines = line(0, "trade", spot_trade), line(1, "depth@100ms", spot_depth), f"{(T0 + 60) * 1000} {said}"
    spot = written(tmp_path, *lines, name="spot/a.dat.gz")
    perp = written(tmp_path, depth(0, 91, 105, 90), snapshot(8, 100), depth(60, 106, 110, 105))
    series, found = read_raw([spot, perp], Hints())
    books = {s.listing.kind: s.rows.px[s.rows.flags & SNAPSHOT > 0].tolist() for s in series}
    assert books == {InstrumentKind.SPOT: [0.0, 97.0, 101.0], InstrumentKind.PERP: [0.0, 99.9, 100.3]}
    assert {s.files for s in series} == {(spot,), (perp,)}
    assert (found.unknown, found.malformed, found.gaps) == (0, 0, 0)


def test_a_lost_depth_message_is_a_break(tmp_path: Path) -> None:
    bad = depth(10, 3, 4, 2, [["100.0", "-1"]])
    series = read(tmp_path, depth(0, 1, 2, 0), bad, depth(20, 5, 6, 4))
    assert [(b.row, b.reason.partition(":")[0]) for b in series.bad.first] == [(2, "malformed depth@0ms")]
    assert kinds(series).count(Kind.GAP) == 1


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda text: text[20:], "trailing characters"),
        (lambda text: text[:-10], "truncated"),
        (lambda text: text.replace('"100.1"', '"abc"'), "Expected `float`, got `str`"),
        (lambda text: text.replace('"100.1"', '"NaN"'), "Expected `float` >= 0"),
        (lambda text: text.replace('"100.1"', '"-5"'), "Expected `float` >= 0"),
        (lambda text: text.replace('"0.002"', '"0"'), "not above zero"),
        (lambda text: text.replace('"p":"100.1",', ""), "missing required field `p`"),
    ],
)
def test_bad_lines_are_counted_with_their_number(
    tmp_path: Path, spoil: Callable[[str], str], reason: str
) -> None:
    series = read(tmp_path, trade(10), spoil(trade(11)), trade(12))
    assert len(series.rows.ts) == 2
    assert series.bad.total == 1
    assert series.bad.first[0].row == 2
    assert reason in series.bad.first[0].reason


@pytest.mark.parametrize(("event", "at"), [(T0 + 900_000, T0 + 899_999), (T0 + 15, T0 + 900_000)])
def test_a_venue_time_far_ahead_of_the_others_is_estimated(tmp_path: Path, event: int, at: int) -> None:
    """It would hold up the clock of the book until the others reach it."""
    bad = trade(15).replace(f'"E":{T0 + 15},"T":{T0 + 14}', f'"E":{event},"T":{at}')
    series = read(tmp_path, *(trade(i) for i in range(10)), bad, *(trade(i) for i in range(20, 30)))
    assert len(series.rows.ts) == 21
    assert (int(series.rows.ts.min()), int(series.rows.ts.max())) == ((T0 - 1) * 10**6, (T0 + 28) * 10**6)
    assert series.counters["venue_times_not_believed"] == 1
    assert series.rows.flags[10] & ESTIMATED


@pytest.mark.parametrize("ms", [900_000, -900_000])
def test_a_receive_time_out_of_order_is_that_of_its_neighbour(tmp_path: Path, ms: int) -> None:
    bad = trade(15).replace(str(T0 + 20), str(T0 + ms), 1)
    lines = [*(trade(i) for i in range(10)), bad, *(trade(i) for i in range(20, 30))]
    series, found = figures(tmp_path, *lines)
    assert len(series.rows.ts) == 21
    assert series.rows.recv[10] == series.rows.recv[9]
    assert found.noticed == {"receive times that cannot be": 1}
    first = read(tmp_path, bad, *lines[:5])
    assert int(first.rows.recv.max() - first.rows.recv.min()) < 10**9 or ms < 0


def test_a_clock_that_was_set_back_is_followed(tmp_path: Path) -> None:
    series = read(tmp_path, *(trade(i) for i in range(5000, 5010)), *(trade(i) for i in range(5010, 5200)))
    moved = [trade(i).replace(str(T0 + i + 5), str(T0 + i - 3000), 1) for i in range(5010, 5200)]
    back = read(tmp_path, *(trade(i) for i in range(5000, 5010)), *moved)
    assert len(back.rows.ts) == len(series.rows.ts) == 200
    assert (back.rows.recv[-80:] == series.rows.recv[-80:] - 3005 * 1_000_000).all()


def test_a_crossed_quote_is_left_out(tmp_path: Path) -> None:
    def ticker(ms: int, bid: str, ask: str) -> str:
        data = {
            "e": "bookTicker",
            "u": ms,
            "s": "BTCUSDT",
            "b": bid,
            "B": "1",
            "a": ask,
            "A": "2",
            "T": T0 + ms,
        }
        return line(ms, "bookTicker", {**data, "E": T0 + ms})

    series = read(tmp_path, ticker(1, "100", "100.1"), ticker(2, "100.2", "100.1"))
    assert series.rows.side.tolist() == [1, -1]
    assert series.rows.qty.tolist() == [1.0, 2.0]
    assert [b.reason for b in series.bad.first] == ["malformed bookTicker: the bid is above the ask"]


@pytest.mark.parametrize(("digits", "unit"), [(13, 1_000_000), (16, 1_000), (19, 1)])
def test_the_receive_time_may_be_in_ms_us_or_ns(tmp_path: Path, digits: int, unit: int) -> None:
    _, _, frame = trade(0).partition(" ")
    stamp = str(T0 * 1_000_000 + 123_456_789)[:digits]
    assert read(tmp_path, f"{stamp} {frame}").rows.recv.tolist() == [int(stamp) * unit]


def test_spot_is_told_from_perp_by_content_then_path(tmp_path: Path) -> None:
    frame = {"e": "trade", "E": T0, "s": "BTCUSDT", "p": "1", "q": "1", "T": T0, "m": True}
    spot_trade = line(1, "trade", {**frame, "M": True})
    assert read(tmp_path, spot_trade).listing.kind is InstrumentKind.SPOT
    assert read(tmp_path, trade(1)).listing.kind is InstrumentKind.PERP
    plain = line(1, "trade", frame)
    assert read(tmp_path, plain).listing.kind is InstrumentKind.PERP  # it lies in usdm/
    assert read(tmp_path, plain, market="spot").listing.kind is InstrumentKind.SPOT


def test_a_capture_that_does_not_say_its_market_asks_for_it(tmp_path: Path) -> None:
    frame = {"e": "trade", "E": T0, "s": "BTCUSDT", "p": "1", "q": "1", "T": T0, "m": True}
    path = written(tmp_path, line(1, "trade", frame), name="captures/a.gz")
    with pytest.raises(DataError, match="of spot or of perpetuals") as raised:
        import_recordings([path], tmp_path / "tape")
    assert "--market" in raised.value.remedy


def test_a_file_cut_short_and_a_file_of_nonsense_are_errors(tmp_path: Path) -> None:
    path = tmp_path / "cut.dat.gz"
    path.write_bytes(gzip.compress(("\n".join([trade(i) for i in range(500)])).encode())[:-30])
    with pytest.raises(DataError, match=r"cut\.dat\.gz cannot be unpacked"):
        import_recordings([path], tmp_path / "tape")
    whole = written(tmp_path, *(trade(i) for i in range(5)))
    path.rename(whole.parent / path.name)
    report = import_recordings([whole.parent], tmp_path / "tape")
    assert (report.rows, [name for name, _ in report.skipped]) == (5, ["usdm/cut.dat.gz"])
    with pytest.raises(DataError, match="none of its 2 lines is a message of binance"):
        read_raw([written(tmp_path, "1700000000000 {", "1700000000001 {")], Hints("binance", market="perp"))


@pytest.mark.data
def test_a_real_book_goes_on_from_one_file_to_the_next(data: Path) -> None:
    folder = data / "l2" / "hftbacktest" / "usdm"
    paths = [folder / "btcusdt_20230405.dat.gz", folder / "btcusdt_20230404.dat.gz"]
    (series,), _ = read_raw(paths, Hints())
    assert kinds(series).count(Kind.GAP) == 0
    assert kinds(series).count(Kind.CLEAR) == 1
    assert "depth_without_snapshot" not in series.counters
    assert series.bad.total == 0


@pytest.mark.data
def test_real_levels_and_trades_are_those_of_a_plain_reading(data: Path) -> None:
    path = data / "l2" / "hftbacktest" / "usdm" / "btcusdt_20230405.dat.gz"
    levels: list[tuple[int, float, float]] = []
    traded = []
    for text in gzip.decompress(path.read_bytes()).splitlines():
        frame = json.loads(text.partition(b" ")[2])["data"]
        if frame["e"] == "depthUpdate":
            levels += [(frame["T"], float(p), float(q)) for p, q in frame["b"] + frame["a"]]
        elif frame["e"] == "trade" and frame["X"] == "MARKET":
            traded.append((frame["T"], float(frame["p"]), float(frame["q"]), -1 if frame["m"] else 1))
    (series,), _ = read_raw([path], Hints())
    rows = series.rows
    of = rows.kind == Kind.LEVEL
    at = (rows.ts[of] // 1_000_000).tolist()
    mine = list(zip(at, rows.px[of].tolist(), rows.qty[of].tolist(), strict=True))
    assert mine == sorted(levels, key=lambda x: x[0])
    of = rows.kind == Kind.TRADE
    at = (rows.ts[of] // 1_000_000).tolist()
    got = zip(at, rows.px[of].tolist(), rows.qty[of].tolist(), rows.side[of].tolist(), strict=True)
    assert list(got) == sorted(traded, key=lambda x: x[0])
    assert np.all(np.diff(rows.ts) >= 0)
