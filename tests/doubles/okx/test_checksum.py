"""The checksum of OKX's books against what the venue sent."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from titan.doubles.okx.checksum import checksum


def test_the_short_side_ends_and_the_other_goes_on() -> None:
    # The text is 1:2:3:4:0.5:6, of which the CRC32 is 0x2e2fa3c6 (zlib, python, by hand).
    import zlib

    wanted = zlib.crc32(b"1:2:3:4:0.5:6")
    wanted -= (1 << 32) if wanted >> 31 else 0
    assert checksum([["1", "2", "0", "1"], ["0.5", "6", "0", "1"]], [["3", "4", "0", "1"]]) == wanted


def test_only_the_best_25_levels_count() -> None:
    levels = [[str(100 - i), "1"] for i in range(30)]
    assert checksum(levels, []) == checksum(levels[:25], [])
    assert checksum(levels, []) != checksum(levels[:24], [])


@pytest.mark.data
def test_recorded_books_have_this_checksum(data: Path) -> None:
    """A capture of 2022, when the venue still sent it."""
    books: dict[str, tuple[dict[str, str], dict[str, str]]] = {}
    right = 0
    with gzip.open(data / "wire/cryptofeed/OKX.ws.1.0.gz", "rt") as lines:
        for line in lines:
            text = line.partition(": ")[2]
            if '"books"' not in text or '"action"' not in text:
                continue
            message = json.loads(text)
            name = message["arg"]["instId"]
            if message["action"] == "snapshot":
                books[name] = ({}, {})
            for part in message["data"]:
                for side, levels in zip(books[name], (part["bids"], part["asks"]), strict=True):
                    for price, size, *_ in levels:
                        side[price] = size
                        if size == "0":
                            del side[price]
                bids, asks = books[name]
                assert part["checksum"] == checksum(
                    sorted(bids.items(), key=lambda x: -float(x[0])),
                    sorted(asks.items(), key=lambda x: float(x[0])),
                )
                right += 1
    assert right > 200
