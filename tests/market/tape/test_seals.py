"""One bit of a heard tape that is another is always noticed, wherever it stands."""

from __future__ import annotations

import random
from pathlib import Path

import msgspec
import pytest

from tests.market.tape.making import meta, trades
from titan.market.tape.grow import GrowingTape
from titan.market.tape.heard import HeardTape
from titan.market.tape.rows import take
from titan.market.tape.seals import broken
from titan.model.errors import TapeError


def test_any_bit_of_any_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("titan.market.tape.grow.GROUP_ROWS", 100)
    tape = GrowingTape(tmp_path, msgspec.structs.replace(meta(), heard=True))
    rows = trades(230)
    for at in range(0, 230, 10):
        tape.append(take(rows, slice(at, at + 10)))
    tape.close()
    whole = HeardTape(tmp_path)
    assert (whole.damage, whole.sealed) == ("", True)
    drawn = random.Random(5)
    for file in sorted(tmp_path.iterdir()):
        good = file.read_bytes()
        places = [*range(0, 900, 7), *range(len(good) - 60, len(good))]
        for at in [*places, *(drawn.randrange(len(good)) for _ in range(60))]:
            bad = bytearray(good)
            bad[at % len(good)] ^= 1 << drawn.randrange(8)
            file.write_bytes(bad)
            try:
                damage = HeardTape(tmp_path).damage
            except TapeError as e:
                damage = e.message
            assert damage, (file.name, at)
        file.write_bytes(good)


def test_files_that_are_gone_or_new_are_others() -> None:
    assert broken({"a": "1", "b": "2"}, {"a": "1", "b": "2"}) == ""
    assert broken({"a": "1", "b": "2"}, {"a": "1"}) == "b"
    assert broken({"a": "1"}, {"a": "1", "b": "2"}) == "b"
    assert broken({"a": "1"}, {"copied": "1"}) == ""
