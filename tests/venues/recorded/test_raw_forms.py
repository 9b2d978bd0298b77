"""The same frames in every form in which recorders write them make the same tape."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import lzma
import zipfile
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from titan.market.tape.read import TapeReader
from titan.model.errors import DataError
from titan.venues.recorded.assemble import import_recordings
from titan.venues.recorded.series import Hints

MS = 1_700_000_000_000
Frames = list[tuple[int, str]]
"""Receive time in ms, and the frame."""


def okx(px: str, ms: int) -> str:
    trade = {"instId": "BTC-USDT", "tradeId": str(ms), "px": px, "sz": "1", "side": "buy", "ts": str(ms)}
    return json.dumps({"arg": {"channel": "trades", "instId": "BTC-USDT"}, "data": [trade]})


def kraken(px: str, ms: int) -> str:
    """An array, of the old protocol."""
    return json.dumps([119930881, [[px, "0.5", f"{ms / 1000:.6f}", "b", "l", ""]], "trade", "XBT/USD"])


FRAMES: dict[str, Frames] = {
    venue: [(MS + n * 7, make(str(100 + n), MS + n * 7 - 3)) for n in range(5)]
    for venue, make in (("okx", okx), ("kraken", kraken))
}


def iso(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds")


def lines(form: Callable[[int, str], str], end: str = "\n") -> Callable[[Frames], bytes]:
    return lambda frames: end.join([*(form(ms, frame) for ms, frame in frames), ""]).encode()


def table(*order: int, head: bool = True, by: str = ",", quoting: int = 0) -> Callable[[Frames], bytes]:
    """Columns are the time, the venue and the frame, in the order given."""

    def form(frames: Frames) -> bytes:
        out = io.StringIO()
        rows = [["received", "source", "frame"], *([ms, "x", frame] for ms, frame in frames)]
        csv.writer(out, delimiter=by, quoting=quoting).writerows(
            [row[i] for i in order] for row in rows[not head :]
        )
        return out.getvalue().encode()

    return form


def zipped(name: str) -> Callable[[bytes], bytes]:
    def form(content: bytes) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as packed:
            packed.writestr(name, content)
        return out.getvalue()

    return form


def zstd(content: bytes) -> bytes:
    out = pa.BufferOutputStream()
    with pa.CompressedOutputStream(out, "zstd") as stream:
        stream.write(content)
    return bytes(out.getvalue().to_pybytes())


wrapped = lines(lambda ms, frame: json.dumps({"ts": ms, "raw": frame}))
STAMPED: dict[str, tuple[str, Callable[[Frames], bytes]]] = {
    "ms": (".dat", lines(lambda ms, frame: f"{ms} {frame}")),
    "us": (".txt", lines(lambda ms, frame: f"{ms}000 {frame}")),
    "ns and a tab": (".txt", lines(lambda ms, frame: f"{ms}000000\t{frame}")),
    "seconds": (".0", lines(lambda ms, frame: f"{ms / 1000:.6f}: {frame}")),
    "ISO 8601": (".txt", lines(lambda ms, frame: f"{iso(ms)[:-6]}Z {frame}")),
    "a log": (".log", lines(lambda ms, frame: f"{iso(ms)[:-6].replace('T', ' ')} INFO [ws] recv: {frame}")),
    "a log in brackets": (".log", lines(lambda ms, frame: f"[{iso(ms)}] < {frame}")),
    "Python's bytes": (".log", lines(lambda ms, frame: f"{ms} {frame.encode()!r}")),
    "wrapped text": (".jsonl", wrapped),
    "wrapped object": (".jsonl", lines(lambda ms, frame: f'{{"venue":"x","recv":{ms},"raw":{frame}}}')),
    "wrapped data": (".jsonl", lines(lambda ms, frame: f'{{"ts":{ms},"data":{frame}}}')),
    "wrapped base64": (
        ".jsonl", lines(lambda ms, frame: json.dumps({"ts": ms, "raw": b64encode(frame.encode()).decode()})),
    ),
    "pairs": (".jsonl", lines(lambda ms, frame: f"[{ms},{frame}]")),
    "pairs of text": (".jsonl", lines(lambda ms, frame: json.dumps([ms / 1000, frame]))),
    "an array of wrapped": (
        ".json", lambda frames: json.dumps([{"ts": ms, "raw": frame} for ms, frame in frames]).encode(),
    ),
    "the same over lines": (
        ".json",
        lambda frames: json.dumps([{"ts": ms, "raw": frame} for ms, frame in frames], indent=2).encode(),
    ),
    "an array of pairs": (".json", lambda frames: json.dumps(frames).encode()),
    "CSV": (".csv", table(0, 2)),
    "CSV without a head": (".csv", table(0, 2, head=False)),
    "CSV with the frame first": (".csv", table(2, 1, 0)),
    "CSV of three columns": (".csv", table(0, 1, 2)),
    "CSV with all fields quoted": (".csv", table(0, 1, 2, quoting=csv.QUOTE_ALL)),
    "CSV by semicolons": (".csv", table(0, 2, by=";")),
    "CSV, packed": (".csv.gz", lambda frames: gzip.compress(table(0, 2)(frames))),
    "a BOM and CRLF": (".txt", lambda frames: b"\xef\xbb\xbf" + wrapped(frames).replace(b"\n", b"\r\n")),
    "UTF-16": (".txt", lambda frames: wrapped(frames).decode().encode("utf-16")),
    "commas and blank lines": (".txt", lambda frames: wrapped(frames).replace(b"\n", b",\n\n")),
    "gzip in two parts": (
        ".gz", lambda frames: gzip.compress(wrapped(frames[:2])) + gzip.compress(wrapped(frames[2:])),
    ),
    "bzip2": (".bz2", lambda frames: bz2.compress(wrapped(frames))),
    "xz": (".xz", lambda frames: lzma.compress(wrapped(frames))),
    "Zstandard": (".zst", lambda frames: zstd(wrapped(frames))),
    "zip": (".zip", lambda frames: zipped("a.jsonl")(wrapped(frames))),
}  # fmt: skip
BARE: dict[str, tuple[str, Callable[[Frames], bytes]]] = {
    "bare": (".txt", lines(lambda _ms, frame: frame)),
    "with its direction": (".txt", lines(lambda _ms, frame: f"< {frame}")),
    "an array": (".json", lambda frames: f"[{','.join(frame for _, frame in frames)}]".encode()),
    "an array over lines": (
        ".json", lambda frames: ("[\n" + ",\n".join(frame for _, frame in frames) + "\n]\n").encode(),
    ),
    "padded with zeros": (".raw", lambda frames: lines(lambda _ms, frame: frame)(frames) + bytes(512)),
}  # fmt: skip


def tape(tmp_path: Path, venue: str, ending: str, content: bytes) -> list[tuple[int, int, float]]:
    path = tmp_path / f"capture{ending}"
    path.write_bytes(content)
    report = import_recordings([path], tmp_path / "tape", Hints(venue))
    assert (report.messages, report.unknown, report.malformed) == (5, 0, 0)
    rows = TapeReader(tmp_path / "tape").load()
    return list(zip(rows.ts.tolist(), rows.recv.tolist(), rows.px.tolist(), strict=True))


@pytest.mark.parametrize("venue", sorted(FRAMES))
@pytest.mark.parametrize("form", sorted(STAMPED))
def test_frames_with_a_receive_time(tmp_path: Path, form: str, venue: str) -> None:
    ending, write = STAMPED[form]
    frames = FRAMES[venue]
    expected = [((ms - 3) * 10**6, ms * 10**6, 100.0 + n) for n, (ms, _) in enumerate(frames)]
    assert tape(tmp_path, venue, ending, write(frames)) == expected


@pytest.mark.parametrize("venue", sorted(FRAMES))
@pytest.mark.parametrize("form", sorted(BARE))
def test_frames_without_one(tmp_path: Path, form: str, venue: str) -> None:
    ending, write = BARE[form]
    frames = FRAMES[venue]
    expected = [((ms - 3) * 10**6, (ms - 3) * 10**6, 100.0 + n) for n, (ms, _) in enumerate(frames)]
    assert tape(tmp_path, venue, ending, write(frames)) == expected


def test_connections_of_one_file_are_of_their_own_markets(tmp_path: Path) -> None:
    """cryptofeed 3 writes all of a session into one file; the address says the market."""

    def trade(px: str, ms: int) -> str:
        made = {"T": ms, "s": "BTCUSDT", "S": "Buy", "v": "1", "p": px, "i": str(ms)}
        return json.dumps({"topic": "publicTrade.BTCUSDT", "type": "snapshot", "ts": ms, "data": [made]})

    said: list[dict[str, object]] = [{"t": "header", "format": 2, "exchange": "BYBIT"}]
    for n, market in enumerate(("spot", "linear")):
        at = {"conn": f"BYBIT.ws.{n}", "ts": MS / 1000 + n, "addr": f"wss://x/v5/public/{market}"}
        said += [{"t": "connect", **at}, {"t": "send", **at, "data": "{}"}]
    said += [
        {
            "t": "recv",
            "conn": f"BYBIT.ws.{n % 2}",
            "ts": MS / 1000 + 3 + n,
            "data": trade(str(100 + n % 2), MS + n),
        }
        for n in range(4)
    ]
    path = tmp_path / "BYBIT.jsonl.zst"
    path.write_bytes(zstd("\n".join(map(json.dumps, said)).encode()))
    report = import_recordings([path], tmp_path / "tape", Hints())
    assert (report.messages, report.unknown, report.malformed, report.passed) == (4, 0, 0, {})
    assert {i.id: i.kinds for i in report.instruments} == {
        "bybit.spot.BTCUSDT": {"trade": 2},
        "bybit.perp.BTCUSDT": {"trade": 2},
    }


@pytest.mark.parametrize(
    ("ending", "content", "said"),
    [
        (".zst", zstd(wrapped(FRAMES["okx"]))[:-20], "damaged or cut short"),
        (".bz2", bz2.compress(wrapped(FRAMES["okx"]))[:-20], "damaged or cut short"),
        (".xz", lzma.compress(wrapped(FRAMES["okx"]))[:-20], "damaged or cut short"),
        (".csv", b"date,open\n2024-01-01,1\n", "time column|which pair|venue"),
        (".jsonl", okx("1", MS).encode() * 3, "none of its 1 lines is a message of okx"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path: Path, ending: str, content: bytes, said: str) -> None:
    path = tmp_path / f"capture{ending}"
    path.write_bytes(content)
    with pytest.raises(DataError, match=said):
        import_recordings([path], tmp_path / "tape", Hints("okx"))
    assert not (tmp_path / "tape").exists()
