"""Raw captures as tapes, on MEXC's formats: which line, answers, rules, checks, and what cannot be used."""

from __future__ import annotations

import gzip
import io
import json
import random
import tarfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from titan.market.tape.read import TapeReader
from titan.market.tape.rows import Kind, concat
from titan.model.errors import ConfigError, DataError
from titan.venues.recorded.assemble import ImportReport, import_recordings
from titan.venues.recorded.series import Hints

MS = 1_700_000_000_000
S = MS / 1000
DEPTH = "https://api.mexc.com/api/v3/depth?symbol=BTCUSDT&limit=5000"
URL = "wss://wbs-api.mexc.com/ws"


def spot(body: dict[str, Any], after: int = 0) -> dict[str, Any]:
    kind = "depth" if "publicAggreDepths" in body else "deals"
    channel = f"spot@public.aggre.{kind}.v3.api.pb@100ms@BTCUSDT"
    return {"channel": channel, "symbol": "BTCUSDT", "sendTime": str(MS + after), **body}


def depth(version: int, px: str, qty: str, side: str = "bids") -> dict[str, Any]:
    levels = [{"price": px, "quantity": qty}]
    said = {"fromVersion": str(version), "toVersion": str(version), side: levels}
    return spot({"publicAggreDepths": said}, version)


def deal(px: str, after: int = 0) -> dict[str, Any]:
    made = {"price": px, "quantity": "2", "tradeType": 1, "time": str(MS + after), "tradeId": f"{px}{after}"}
    return spot({"publicAggreDeals": {"deals": [made]}}, after)


def contract(px: float) -> dict[str, Any]:
    data = [{"p": px, "v": 7, "T": 1, "t": MS, "i": "1"}]
    return {"channel": "push.deal", "symbol": "BTC_USDT", "ts": MS, "data": data}


def snapshot(version: int, bids: list[list[str]], asks: list[list[str]]) -> dict[str, Any]:
    return {"lastUpdateId": version, "bids": bids, "asks": asks}


def write(path: Path, *lines: Any) -> Path:
    path.write_text("".join((x if isinstance(x, str) else json.dumps(x)) + "\n" for x in lines))
    return path


def at(seconds: float, said: Any) -> str:
    return f"{S + seconds:.6f}: {json.dumps(said)}"


def done(tmp_path: Path, *files: Path, venue: str = "mexc", **more: Any) -> ImportReport:
    return import_recordings(files, tmp_path / "tape", Hints(venue, **more))


def kinds(report: ImportReport, instrument: str) -> dict[str, int]:
    return {i.id: i.kinds for i in report.instruments}[instrument]


def test_frames_without_stamps_take_the_venues_time(tmp_path: Path) -> None:
    report = done(tmp_path, write(tmp_path / "a.jsonl", deal("100.5"), deal("100.6", 5)))
    assert (report.messages, report.rows, report.unknown, report.malformed) == (2, 2, 0, 0)
    rows = concat(list(TapeReader(tmp_path / "tape").blocks()))
    assert rows.ts.tolist() == rows.recv.tolist() == [MS * 10**6, (MS + 5) * 10**6]


def test_a_session_of_several_files_is_one_recording(tmp_path: Path) -> None:
    """The snapshot stands in another file, between two updates; later ones check the book."""
    frames = write(
        tmp_path / "MEXC.ws.1.0", f"{URL} <-> {S}", f'{URL} <- {S}: {{"method":"SUBSCRIPTION"}}',
        at(0.1, depth(11, "10", "1")), at(0.3, depth(12, "9", "4")), at(0.5, depth(13, "12", "5", "asks")),
    )  # fmt: skip
    answers = write(
        tmp_path / "MEXC.http.0",
        f"{DEPTH} -> {S + 0.2}: " + json.dumps(snapshot(10, [["9", "3"]], [["11", "1"]])),
        f"{DEPTH} -> {S + 0.4}: " + json.dumps(snapshot(12, [["10", "1"], ["9", "4"]], [["11", "1"]])),
        f"{DEPTH} -> {S + 0.6}: " + json.dumps(snapshot(13, [["10", "1"], ["9", "8"]], [["11", "1"]])),
    )
    report = done(tmp_path, frames, answers)
    assert (report.messages, report.gaps) == (3, 0)
    assert (report.snapshots_matched, report.snapshots_differ) == (1, 1)
    assert kinds(report, "mexc.spot.BTCUSDT") == {"clear": 1, "level": 5}


def test_a_hole_is_a_gap_and_an_answer_that_came_before_it_was_asked_is_kept(tmp_path: Path) -> None:
    said = json.dumps(snapshot(12, [["9", "3"]], [["11", "1"]]))
    file = write(
        tmp_path / "m.raw", f"{DEPTH} -> {S}: " + json.dumps(snapshot(10, [["9", "3"]], [])),
        at(0.1, depth(11, "10", "1")), at(0.2, depth(13, "10", "2")), f"{DEPTH} -> {S + 0.3}: {said}",
    )  # fmt: skip
    report = done(tmp_path, file)
    assert (report.gaps, report.resyncs) == (1, 1)
    assert kinds(report, "mexc.spot.BTCUSDT") == {"clear": 3, "level": 5, "gap": 1}


def test_rules_in_the_capture_win_over_guesses(tmp_path: Path) -> None:
    detail = {
        "data": [
            {"symbol": "BTC_USDT", "contractSize": 0.01, "priceUnit": 0.5, "volUnit": 1, "minVol": 1}
        ]
    }  # fmt: skip
    url = "https://contract.mexc.com/api/v1/contract/detail"
    file = write(tmp_path / "m.raw", f"{url} -> {S}: {json.dumps(detail)}", at(1, contract(100.5)))
    done(tmp_path, file)
    tape = TapeReader(tmp_path / "tape")
    (instrument,) = tape.instruments
    assert (instrument.tick, instrument.lot) == (Decimal("0.5"), Decimal("0.01"))
    assert concat(list(tape.blocks())).qty.tolist() == [pytest.approx(0.07)]
    assert not any("inferred" in note for note in tape.meta.notes)


def test_both_markets_in_one_file_are_told_apart(tmp_path: Path) -> None:
    report = done(tmp_path, write(tmp_path / "a.jsonl", deal("100.5"), contract(100.7), deal("100.6", 1)))
    assert (report.unknown, report.malformed, report.passed) == (0, 0, {})
    assert kinds(report, "mexc.spot.BTCUSDT") == {"trade": 2}
    assert kinds(report, "mexc.perp.BTCUSDT") == {"trade": 1}


def test_the_users_word_on_the_market_is_final(tmp_path: Path) -> None:
    file = write(tmp_path / "a.jsonl", deal("100.5"), contract(100.7))
    report = done(tmp_path, file, market="perp")
    assert {i.id for i in report.instruments} == {"mexc.perp.BTCUSDT"}
    assert report.unknown + report.malformed == 1
    assert report.bad_rows[0].row == 1


def test_half_a_line_and_junk_are_counted_and_the_rest_is_taken(tmp_path: Path) -> None:
    good = json.dumps(deal("100.5"))
    file = tmp_path / "a.jsonl"
    lines = (good[:40].encode(), b"\xff\x00\xfe junk", good.encode(), good[:-5].encode())
    file.write_bytes(b"\n".join(lines))
    report = done(tmp_path, file)
    assert (report.messages, report.rows, report.malformed + report.unknown) == (4, 1, 3)
    assert [b.row for b in report.bad_rows] == [1, 2, 4]
    assert report.samples


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"\n\n", "no message"),
        (b"{\n{\n", "is a message of mexc"),
        (b"\x00\xff\x89junk", "nothing that can be imported"),
        (b"https://x -> 1700000000.1: {}\n", "no message"),
        (gzip.compress(b"[]\n" * 9000, mtime=0)[:40], "damaged or cut short|nothing that can be imported"),
    ],
)
def test_a_file_without_any_message_is_refused_and_leaves_nothing(
    tmp_path: Path, content: bytes, said: str
) -> None:
    (tmp_path / "a.raw").write_bytes(content)
    with pytest.raises(DataError, match=said):
        done(tmp_path, tmp_path / "a.raw")
    assert [p.name for p in tmp_path.iterdir()] == ["a.raw"]


def test_a_wrong_venue_is_refused(tmp_path: Path) -> None:
    file = write(tmp_path / "a.jsonl", deal("1"))
    with pytest.raises(ConfigError, match="no venue mexx"):
        done(tmp_path, file, venue="mexx")
    with pytest.raises(DataError, match="names a venue"):
        done(tmp_path, file, venue="")
    assert not (tmp_path / "tape").exists()


def test_messages_that_make_no_row_are_reported_without_a_tape(tmp_path: Path) -> None:
    file = write(tmp_path / "a.jsonl", {"channel": "push.deal", "symbol": "BTC_USD", "ts": MS, "data": []})
    report = done(tmp_path, file)
    assert (report.messages, report.rows, report.tape) == (1, 0, "")
    assert report.passed == {"inverse contract": 1}
    assert not (tmp_path / "tape").exists()


def test_samples_in_a_tarball_are_scripts_and_documents(tmp_path: Path) -> None:
    script = '> {"method":"sub.deal"}\n< {"channel":"rs.sub.deal","id":|1|}\n= \n' + json.dumps(
        contract(100.5), indent=2
    )
    members = {
        "Subscriptions/FuturesApi/Trades.txt": script,
        "Endpoints/FuturesApi/GetSymbol.txt": "GET\n{}",
        "ws_deals.json": json.dumps([deal("1.5"), deal("1.6")], indent=1),
    }
    with tarfile.open(tmp_path / "s.tar.gz", "w:gz") as tar:
        for name, text in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text.encode()))
    report = done(tmp_path, tmp_path / "s.tar.gz")
    assert (report.messages, report.unknown, report.malformed) == (4, 0, 0)
    assert report.passed == {"acknowledged": 1}
    assert sum(i.rows for i in report.instruments) == 3


def test_a_window_of_time(tmp_path: Path) -> None:
    file = write(tmp_path / "a.jsonl", *(deal("1", n) for n in range(10)))
    report = done(tmp_path, file, start=(MS + 3) * 10**6, end=(MS + 6) * 10**6)
    assert report.rows == 3


def test_rows_of_a_session_are_sorted_with_messages_whole(tmp_path: Path) -> None:
    """Two connections, the later one with older news."""
    one = write(tmp_path / "a.1", *(at(n / 10, deal("1", 100 * n)) for n in range(1, 5)))
    two = write(tmp_path / "a.2", *(at(n / 10, deal("2", 100 * n - 50)) for n in range(1, 5)))
    done(tmp_path, one, two)
    rows = concat(list(TapeReader(tmp_path / "tape").blocks()))
    assert (np.diff(rows.ts) > 0).all()
    assert rows.px.tolist() == [2.0, 1.0] * 4
    assert set(rows.kind.tolist()) == {Kind.TRADE}


def test_a_folder_gives_the_files_of_the_venue_that_was_asked_for(tmp_path: Path) -> None:
    folder = tmp_path / "wire"
    folder.mkdir()
    write(folder / "MEXC.1.jsonl", deal("1"))
    write(folder / "OKX.1.jsonl", {"arg": {"channel": "trades"}})
    report = done(tmp_path, folder)
    assert (report.messages, report.rows, report.unknown) == (1, 1, 0)
    assert [name for name, reason in report.skipped if "is of okx" in reason] == ["wire/OKX.1.jsonl"]


def test_the_venue_may_stand_in_the_name(tmp_path: Path) -> None:
    report = done(tmp_path, write(tmp_path / "MEXC.ws.1.jsonl", deal("1")), venue="")
    assert [i.id for i in report.instruments] == ["mexc.spot.BTCUSDT"]


@pytest.mark.parametrize("seed", range(15))
def test_a_mutated_capture_is_counted_or_refused(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    lines = [f"{URL} <-> {S}", at(0.1, depth(11, "10", "1")), at(0.2, deal("1.5")), at(0.3, contract(2.5))]
    lines += [f"{DEPTH} -> {S + 0.4}: " + json.dumps(snapshot(10, [["9", "3"]], [["11", "1"]]))]
    content = bytearray("\n".join(lines * 5).encode())
    for _ in range(chance.randint(1, 60)):
        where = chance.randrange(len(content))
        content[where : where + chance.randint(0, 6)] = chance.randbytes(chance.randint(0, 6))
    (tmp_path / "a.raw").write_bytes(content)
    try:
        report = done(tmp_path, tmp_path / "a.raw")
    except DataError:
        assert not (tmp_path / "tape").exists()
    else:
        assert report.messages >= report.unknown + report.malformed
