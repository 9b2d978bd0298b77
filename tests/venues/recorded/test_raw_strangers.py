"""Recordings of several venues: each import takes what is its venue's, and tells of the rest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from titan.model.errors import DataError
from titan.venues.recorded.assemble import ImportReport, import_recordings
from titan.venues.recorded.raw_strangers import FOREIGN, Strangers, venue_in
from titan.venues.recorded.series import Hints

MS = 1_789_670_094_412
FRAMES: dict[str, Any] = {
    "bybit": {
        "topic": "allLiquidation.ICPUSDT", "type": "snapshot", "ts": MS,
        "data": [{"T": MS, "s": "ICPUSDT", "S": "Buy", "v": "19.7", "p": "2.585"}],
    },
    "binance": {
        "e": "forceOrder", "E": MS,
        "o": {
            "s": "COTIUSDT", "S": "BUY", "o": "LIMIT", "f": "IOC", "q": "288183", "p": "0.0220482",
            "ap": "0.0219120", "X": "FILLED", "l": "288183", "z": "288183", "T": MS,
        },
    },
    "okx": {
        "arg": {"channel": "trades", "instId": "BTC-USDT"},
        "data": [
            {"instId": "BTC-USDT", "tradeId": "1", "px": "9", "sz": "1", "side": "buy", "ts": str(MS)}
        ],
    },
    "kraken": {
        "channel": "trade", "type": "update",
        "data": [
            {
                "symbol": "BTC/USD", "side": "buy", "price": 9.5, "qty": 1.0, "ord_type": "limit",
                "trade_id": 7, "timestamp": "2026-09-17T18:34:54.412000Z",
            }
        ],
    },
}  # fmt: skip


def done(tmp_path: Path, venue: str, *paths: Path) -> ImportReport:
    return import_recordings(paths, tmp_path / "tape", Hints(venue), replace_existing=True)


def mixed(path: Path, *venues: str) -> Path:
    path.write_text("".join(json.dumps(FRAMES[venue]) + "\n" for venue in venues))
    return path


@pytest.mark.parametrize("venue", sorted(FRAMES))
def test_a_file_of_several_venues_gives_each_its_own(tmp_path: Path, venue: str) -> None:
    report = done(tmp_path, venue, mixed(tmp_path / "frames.jsonl", *FRAMES))
    assert (report.messages, report.unknown, report.malformed) == (4, 0, 0)
    assert report.passed == {FOREIGN: 3}
    assert [(i.id.partition(".")[0], i.rows) for i in report.instruments] == [(venue, 1)]


def test_what_no_venue_knows_is_still_unknown(tmp_path: Path) -> None:
    path = mixed(tmp_path / "frames.jsonl", "okx", "kraken")
    path.write_text(path.read_text() + '{"hello":"world"}\n{"arg":{"channel":"no-such"},"data":[]}\n')
    report = done(tmp_path, "okx", path)
    assert (report.messages, report.unknown, report.passed) == (4, 2, {FOREIGN: 1})
    assert [b.row for b in report.bad_rows] == [3, 4]


def test_a_capture_of_another_venue_only_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="none of its 2 lines is a message of mexc, but of another venue"):
        done(tmp_path, "mexc", mixed(tmp_path / "frames.jsonl", "okx", "kraken"))


def test_a_folder_may_hold_files_and_folders_of_other_venues(tmp_path: Path) -> None:
    root = tmp_path / "okx-and-more"
    for name in ("kraken-v2", "2026"):
        (root / name).mkdir(parents=True)
    mixed(root / "kraken-v2" / "frames.jsonl", "kraken")
    mixed(root / "2026" / "polymarket_book.jsonl", "kraken")
    mixed(root / "2026" / "okex.jsonl", "okx")
    mixed(root / "2026" / "OKX.ws.1.0", "okx")
    report = done(tmp_path, "okx", root)
    assert (report.messages, report.rows, report.passed) == (2, 1, {})
    assert [name.partition("/")[2] for name, _ in report.skipped] == [
        "2026/polymarket_book.jsonl",
        "kraken-v2/frames.jsonl",
    ]


@pytest.mark.parametrize(
    ("words", "venue"),
    [("KRAKEN.ws.50.0.gz", "kraken"), ("OKEX.1", "okx"), ("frames", ""), ("messages_bybit.jsonl", "bybit")],
)
def test_names(words: str, venue: str) -> None:
    assert venue_in(words) == venue


@pytest.mark.parametrize(
    "frame", [b"", b"{", b"pong", b'{"method":"pong"}', b'{"event":"pong"}', b"\xff" * 9]
)
def test_pings_and_junk_are_nobodys(frame: bytes) -> None:
    assert not Strangers("binance").know(frame)
