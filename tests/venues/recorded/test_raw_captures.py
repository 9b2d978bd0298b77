"""Every recorded session and sample through the importer: nothing unknown, checksums and sequences right.

A change of these figures is a fault, or a decision that is written here with the change that made it. What is
malformed, or fails a checksum, are samples of documentation: written by hand, with times like 123456789, or
with levels left out.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from titan.market.tape.read import TapeReader
from titan.market.tape.validate import validate
from titan.model.errors import DataError
from titan.venues.recorded.assemble import ImportReport, import_recordings
from titan.venues.recorded.raw_strangers import FOREIGN
from titan.venues.recorded.series import Hints

pytestmark = pytest.mark.data


class Held(NamedTuple):
    """What a recording holds. `checksums` are those that are right and those that are not."""

    files: str
    """Patterns below the folder of the recorded data, by spaces."""
    messages: int
    rows: int
    malformed: int = 0
    gaps: int = 0
    checksums: tuple[int, int] = (0, 0)
    foreign: int = 0


SESSIONS = {
    "binance": (
        Held("wire/cryptofeed/BINANCE.*", 265, 5_230),
        Held("wire/cryptofeed/BINANCE.ws.1.0.gz", 265, 592),
        Held("l2/hftbacktest/spot/btcusdt_20230405.dat.gz", 15_088, 51_198),
        Held("l2/hftbacktest/usdm/btcusdt_20230404.dat.gz", 13_384, 84_303),
        Held("wire/liquidations/frames_shared.jsonl", 4, 1, foreign=3),
    ),
    "bybit": (
        Held("wire/tickvault/bybit_orderbook.jsonl", 10, 117),
        Held("wire/liquidations/frames_shared.jsonl", 4, 2, foreign=2),
    ),
    "kraken": (
        Held("wire/cryptofeed/KRAKEN.*", 4_430, 11_765, checksums=(4_269, 0)),
        Held("wire/cryptofeed/KRAKEN.ws.48.0.gz", 49, 10),
        Held("wire/cryptofeed/KRAKEN.ws.49.0.gz", 60, 0),
        Held("wire/tickvault/kraken_book.jsonl", 8, 26, checksums=(4, 0)),
    ),
    "okx": (
        Held("wire/cryptofeed/OKX.*", 410, 5_088, checksums=(290, 0)),
        Held("wire/liquidations/frames_shared.jsonl", 4, 1, foreign=3),
    ),
}
SAMPLES = {
    "binance": (
        Held("wire/crypto-msg-parser/binance.jsonl", 51, 25),
        Held("wire/samples-jkorf/binance.net_samples.tar.gz", 68, 10, malformed=7),
        Held("wire/samples-nautilus/adapters_binance.tar.gz", 9, 10, malformed=3),
        Held("wire/samples-nautilus/integration_binance.tar.gz", 42, 6, malformed=1),
        Held("wire/tardis/messages_binance-spot.jsonl", 10, 20),
        Held("wire/tardis/messages_binance-usdm.jsonl", 17, 17, gaps=1),
    ),
    "bybit": (
        Held("wire/crypto-msg-parser/bybit.jsonl", 24, 0),
        Held("wire/samples-jkorf/bybit.net_samples.tar.gz", 26, 7),
        Held("wire/samples-nautilus/adapters_bybit.tar.gz", 11, 4),
        Held("wire/tardis/messages_bybit.jsonl", 65, 33),
    ),
    "kraken": (
        Held("wire/kraken-v2/ws_v2_messages.jsonl", 53, 12, gaps=1, checksums=(0, 1)),
        Held("wire/samples-jkorf/kraken.net_samples.tar.gz", 14, 5, malformed=2, gaps=1, checksums=(0, 1)),
        Held("wire/samples-nautilus/adapters_kraken.tar.gz", 32, 6, gaps=1, checksums=(0, 1)),
        Held("wire/tardis/messages_kraken-spot.jsonl", 14, 11, gaps=1, checksums=(0, 1)),
    ),
    "mexc": (
        Held("wire/crypto-msg-parser/mexc.jsonl", 24, 7),
        Held("wire/samples-jkorf/mexc.net_samples.tar.gz", 81, 4),
        Held("wire/tardis/messages_mexc.jsonl", 32, 51, gaps=3),
    ),
    "okx": (
        Held("wire/samples-jkorf/okx.net_samples.tar.gz", 52, 9, gaps=1, checksums=(0, 1)),
        Held("wire/samples-nautilus/adapters_okx.tar.gz", 20, 6, gaps=1, checksums=(0, 1)),
        Held("wire/tardis/messages_okx.jsonl", 75, 23, gaps=2, checksums=(0, 2)),
    ),
}
ALL = [(venue, held) for of in (SESSIONS, SAMPLES) for venue, several in of.items() for held in several]
NOT_OURS = ("polymarket", ".csv", "MANIFEST", "README")


def imported(data: Path, venue: str, files: str, out: Path) -> ImportReport:
    paths = [path for pattern in files.split() for path in sorted(data.glob(pattern))]
    assert paths, f"there is no {files} in {data}"
    return import_recordings(paths, out, Hints(venue))


@pytest.mark.parametrize(("venue", "held"), ALL, ids=[f"{v} {Path(h.files).name}" for v, h in ALL])
def test_a_recording_holds_what_it_held(data: Path, tmp_path: Path, venue: str, held: Held) -> None:
    report = imported(data, venue, held.files, tmp_path / "tape")
    assert report.unknown == 0, report.samples
    found = Held(
        held.files, report.messages, report.rows, report.malformed, report.gaps,
        (report.checksums_ok, report.checksums_bad), report.passed.get(FOREIGN, 0),
    )  # fmt: skip
    assert found == held
    assert report.snapshots_differ == 0
    assert report.bad_row_count == held.malformed
    if report.rows:
        tape = TapeReader(tmp_path / "tape")
        validate(tape.blocks(), tape.meta)
        assert {i.id.partition(".")[0] for i in tape.instruments} == {venue}


def test_no_capture_is_left_out_above(data: Path) -> None:
    there = {path for path in (data / "wire").rglob("*") if path.is_file()}
    known = {path for _, held in ALL for pattern in held.files.split() for path in data.glob(pattern)}
    left = {path.name for path in there - known if not any(word in path.name for word in NOT_OURS)}
    assert left == set()


@pytest.mark.parametrize(
    ("venue", "messages", "rows", "right"),
    [
        ("binance", 466, 5_287, 0),
        ("bybit", 140, 159, 0),
        ("kraken", 4_555, 11_826, 4_273),
        ("mexc", 141, 50, 0),
        ("okx", 561, 5_077, 290),
    ],
)
def test_a_folder_of_all_venues_gives_each_its_own(
    data: Path, tmp_path: Path, venue: str, messages: int, rows: int, right: int
) -> None:
    report = imported(data, venue, "wire", tmp_path / "tape")
    assert (report.messages, report.rows, report.unknown, report.checksums_ok) == (messages, rows, 0, right)


@pytest.mark.parametrize("venue", ["bybit", "mexc", "okx"])
def test_the_capture_of_one_venue_is_none_of_another(data: Path, tmp_path: Path, venue: str) -> None:
    with pytest.raises(DataError, match=f"(is a message|are no messages) of {venue}"):
        imported(data, venue, "wire/tickvault/kraken_book.jsonl", tmp_path / "tape")
