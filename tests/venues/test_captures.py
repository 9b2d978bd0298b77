"""Raw captures: what each message becomes, how a book begins and breaks, what is left out and where."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from titan.market.tape.rows import END, SETTLED, SNAPSHOT, Kind
from titan.model.errors import DataError
from titan.model.instrument import InstrumentKind
from titan.venues.recorded.captures import open_capture, read_captures
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


def read(tmp_path: Path, *lines: str, market: str = "") -> Series:
    path = tmp_path / "usdm" / "a.dat.gz"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(gzip.compress("\n".join(lines).encode() + b"\n"))
    hints = Hints(market=market)
    (series,) = read_captures([open_capture(path, hints)], hints)
    return series


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
    series = read(tmp_path, trade(10), trade(11, fill="INSURANCE_FUND"), trade(12, fill="NA"))
    assert len(series.rows.ts) == 1
    assert series.counters["trades_not_market"] == 2
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
    assert series.counters["depth_before_snapshot"] == 1
    assert "depth_without_snapshot" not in series.counters
    # The bridging update could not be used before the snapshot was here.
    assert series.rows.recv[3] == series.rows.recv[0] == (T0 + 58) * 1_000_000


def test_a_break_empties_the_book(tmp_path: Path) -> None:
    series = read(tmp_path, depth(0, 1, 2, 0), depth(10, 3, 4, 2), depth(20, 9, 10, 8), depth(30, 11, 12, 10))
    assert kinds(series) == [*[Kind.LEVEL] * 4, Kind.GAP, Kind.CLEAR, *[Kind.LEVEL] * 4]
    assert series.rows.flags.tolist() == [0, END, 0, END, 0, END, 0, END, 0, END]
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
    assert kinds(series)[5:] == [Kind.GAP, Kind.CLEAR, Kind.CLEAR, *[Kind.LEVEL] * 6]


def test_a_lost_depth_message_is_a_break(tmp_path: Path) -> None:
    bad = depth(10, 3, 4, 2, [["100.0", "-1"]])
    series = read(tmp_path, depth(0, 1, 2, 0), bad, depth(20, 5, 6, 4))
    assert [(b.row, b.reason) for b in series.bad.first] == [(2, "a negative size")]
    assert kinds(series).count(Kind.GAP) == 1


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda text: text[20:], "no receive time"),
        (lambda text: text[:-10], "not a message"),
        (lambda text: text.replace('"100.1"', '"abc"'), "not a message"),
        (lambda text: text.replace('"100.1"', '"NaN"'), "not above zero"),
        (lambda text: text.replace('"100.1"', '"-5"'), "not above zero"),
        (lambda text: text.replace('"0.002"', '"0"'), "not above zero"),
        (lambda text: text.replace('"p":"100.1",', ""), "not a message"),
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


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (trade(15).replace("btcusdt@", "btcusat@"), "different symbols"),
        (trade(15).replace(f'"E":{T0 + 15}', f'"E":{T0 + 900_000}'), "ahead of its neighbours"),
        (trade(15).replace(f'"T":{T0 + 14}', f'"T":{T0 + 900_000}'), "ahead of its neighbours"),
        (trade(15).replace(f'"T":{T0 + 14}', f'"T":{T0 - 9_000_000}'), "long before its arrival"),
        (trade(15).replace(str(T0 + 20), str(T0 + 900_000), 1), "after that of the row below"),
        (trade(15).replace(str(T0 + 20), str(T0 - 900_000), 1), "before that of the row above"),
    ],
)
def test_a_message_of_another_time_or_symbol_is_left_out(tmp_path: Path, bad: str, reason: str) -> None:
    series = read(tmp_path, *(trade(i) for i in range(10)), bad, *(trade(i) for i in range(20, 30)))
    assert len(series.rows.ts) == 20
    assert [b.row for b in series.bad.first] == [11]
    assert reason in series.bad.first[0].reason


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
    assert series.bad.counts == {"the bid is above the ask": 1}


def test_streams_that_are_not_read_are_told(tmp_path: Path) -> None:
    series = read(tmp_path, trade(1), line(7, "aggTrade", {"e": "aggTrade"}))
    assert any("1 messages of stream aggTrade were not read" in note for note in series.notes)


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
    lost = tmp_path / "a.gz"
    lost.write_bytes(gzip.compress(plain.encode()))
    with pytest.raises(DataError, match="spot or perp"):
        open_capture(lost, Hints())


def test_a_file_cut_short_and_a_file_of_nonsense_are_errors(tmp_path: Path) -> None:
    path = tmp_path / "cut.dat.gz"
    path.write_bytes(gzip.compress(("\n".join([trade(i) for i in range(500)])).encode())[:-30])
    with pytest.raises(DataError, match=r"cut\.dat\.gz cannot be unpacked"):
        open_capture(path, Hints())
    with pytest.raises(DataError, match="none of its 2 rows can be used"):
        read(tmp_path, "1700000000000 {", "1700000000001 {", market="perp")


@pytest.mark.data
def test_a_real_book_goes_on_from_one_file_to_the_next(data: Path) -> None:
    folder = data / "l2" / "hftbacktest" / "usdm"
    paths = [folder / "btcusdt_20230405.dat.gz", folder / "btcusdt_20230404.dat.gz"]
    (series,) = read_captures([open_capture(p, Hints()) for p in paths], Hints())
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
    (series,) = read_captures([open_capture(path, Hints())], Hints())
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
