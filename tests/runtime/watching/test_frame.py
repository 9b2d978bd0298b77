"""The file `frame`: what its reader is given is one whole moment of a run that goes on, or nothing."""

from __future__ import annotations

import errno
import os
import sys
import threading
import time
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.views.scripts import NOW, PERP, SPOT, STATUS
from titan.runtime.trading import framing
from titan.runtime.trading.framing import AGAIN, ROOM, FrameFile
from titan.runtime.watching.frame import FrameReader
from titan.views.frame import BODY, HEAD, LADDER, MAGIC, NAME, QUOTE, Frame, LadderLine, QuoteLine

LEVELS = ((100.0, 1.0), (99.5, 2.0))


def frame(sequence: int = 1, at_ns: int = NOW, **other: object) -> Frame:
    numbers = (1.0, 2.0, 3.0, 4.0, 2.0, 2.5, 2.6, 2.7, 0.0001, 8.0, NOW + 5, NOW - 5)
    flat = [x for level in LEVELS for x in level]
    bids, asks = flat + [0.0] * (20 - len(flat)), [0.0] * 20
    whole = Frame(
        at_ns, "r", sequence, 0.05, (SPOT.id, PERP.id), QUOTE.pack(*numbers, 0) + QUOTE.pack(*numbers, 5),
        LADDER.pack(2, 0, *bids, *asks) + LADDER.pack(0, 1, *asks, *bids), STATUS,
    )  # fmt: skip
    return msgspec.structs.replace(whole, **other)


def write(file: FrameFile, one: Frame) -> None:
    file.write(msgspec.msgpack.encode(one))


def reader(place: Path, at_ns: int = NOW) -> FrameReader:
    return FrameReader(place, lambda: at_ns)


def test_what_was_written_is_read(tmp_path: Path) -> None:
    file, looks = FrameFile(tmp_path / NAME), reader(tmp_path)
    assert looks.read() is None
    write(file, frame())
    found = looks.read()
    assert found == frame()
    assert found is looks.read()
    assert found.quotes[1] == QuoteLine(
        PERP.id, 1.0, 2.0, 3.0, 4.0, 2.0, 2.5, 2.6, 2.7, 0.0001, 8.0, NOW + 5, NOW - 5, "stale"
    )
    assert found.ladders == (LadderLine(SPOT.id, LEVELS, ()), LadderLine(PERP.id, (), LEVELS[:1]))
    write(file, frame(2))
    assert looks.read() == frame(2)


def test_a_frame_that_is_old_is_none_and_comes_back_with_a_new_one(tmp_path: Path) -> None:
    file = FrameFile(tmp_path / NAME)
    write(file, frame())
    looks = FrameReader(tmp_path, lambda: NOW + 3 * 10**9)
    assert looks.read() is None
    write(file, frame(2, NOW + 2 * 10**9))
    assert looks.read() is not None


def test_the_end_of_a_run_is_the_end_of_its_frames(tmp_path: Path) -> None:
    file, looks = FrameFile(tmp_path / NAME), reader(tmp_path)
    write(file, frame())
    assert looks.read() is not None
    file.close()
    file.close()
    assert looks.read() is None
    write(FrameFile(tmp_path / NAME), frame(7))
    assert looks.read() == frame(7)


def test_another_file_is_opened_though_its_numbers_are_the_same(tmp_path: Path) -> None:
    looks = reader(tmp_path)
    write(FrameFile(tmp_path / NAME), frame(1))
    assert looks.read() == frame(1)
    write(FrameFile(tmp_path / NAME), frame(1, run_id="another"))
    found = looks.read()
    assert found is not None
    assert found.run_id == "another"
    (tmp_path / NAME).unlink()
    assert looks.read() is None
    looks.close()


@pytest.mark.parametrize(
    "head",
    [
        HEAD.pack(MAGIC, 3, 100, 0, 0), HEAD.pack(b"titanf00", 2, 100, 0, 0),
        HEAD.pack(MAGIC, 2, 0, 0, 0), HEAD.pack(MAGIC, 2, 1 << 30, 0, 0), HEAD.pack(MAGIC, 2, 100, 7, 0), b"",
    ],
    ids=["being written", "another version", "empty", "too long", "torn", "cut short"],
)  # fmt: skip
def test_what_is_no_whole_frame_is_none(tmp_path: Path, head: bytes) -> None:
    (tmp_path / NAME).write_bytes(head and head.ljust(4096, b"\1"))
    assert reader(tmp_path).read() is None


def test_a_whole_body_of_something_else_is_none(tmp_path: Path) -> None:
    FrameFile(tmp_path / NAME).write(msgspec.msgpack.encode({"not": "a frame"}))
    assert reader(tmp_path).read() is None


def test_a_writer_that_died_in_the_middle_left_nothing(tmp_path: Path) -> None:
    """Any byte of the body is another: as after a kill between two writes, or a header that came first."""
    file = FrameFile(tmp_path / NAME)
    write(file, frame())
    write(file, frame(2))
    whole = (tmp_path / NAME).read_bytes()
    _, _, length, _, _ = HEAD.unpack_from(whole, 0)
    for at in (BODY, BODY + length // 2, BODY + length - 1):
        torn = bytearray(whole)
        torn[at] ^= 1
        (tmp_path / NAME).write_bytes(torn)
        assert reader(tmp_path).read() is None
    (tmp_path / NAME).write_bytes(whole)
    assert reader(tmp_path).read() == frame(2)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300))
def test_garbage_is_none(tmp_path: Path, garbage: bytes) -> None:
    (tmp_path / NAME).write_bytes(garbage)
    assert reader(tmp_path).read() is None


floats = st.floats(allow_nan=False)
levels = st.lists(st.tuples(floats, floats), max_size=10)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(
    st.lists(st.tuples(st.lists(floats, min_size=10, max_size=10), levels, levels), max_size=4),
    st.lists(st.text(), max_size=40), st.integers(1, 2**40),
)  # fmt: skip
def test_every_frame_comes_back_as_it_was(
    tmp_path: Path,
    markets: list[tuple[list[float], list[tuple[float, float]], list[tuple[float, float]]]],
    notes: list[str],
    sequence: int,
) -> None:
    def ladder(bids: list[tuple[float, float]], asks: list[tuple[float, float]]) -> bytes:
        sides = [[x for level in side for x in level] for side in (bids, asks)]
        return LADDER.pack(len(bids), len(asks), *(x for one in sides for x in one + [0.0] * (20 - len(one))))

    one = frame(
        sequence, names=tuple(f"i{n}" for n in range(len(markets))),
        packed=b"".join(QUOTE.pack(*numbers, n, n, n) for n, (numbers, _, _) in enumerate(markets)),
        books=b"".join(ladder(bids, asks) for _, bids, asks in markets),
        pulse=msgspec.structs.replace(STATUS, notes=tuple(notes)),
    )  # fmt: skip
    write(FrameFile(tmp_path / NAME), one)
    found = reader(tmp_path).read()
    assert found == one
    assert [list(msgspec.structs.astuple(line)[1:11]) for line in found.quotes] == [
        numbers for numbers, _, _ in markets
    ]
    assert [(list(line.bids), list(line.asks)) for line in found.ladders] == [(b, a) for _, b, a in markets]


def test_a_frame_that_grows_gets_a_larger_file(tmp_path: Path) -> None:
    file, looks = FrameFile(tmp_path / NAME), reader(tmp_path)
    write(file, frame())
    assert looks.read() is not None
    large = frame(2, pulse=msgspec.structs.replace(STATUS, notes=("x" * ROOM,)))
    write(file, large)
    assert looks.read() == large
    write(file, frame(3))
    assert looks.read() == frame(3)


def test_a_full_disk_costs_the_frames_only_and_they_come_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    file, looks = FrameFile(tmp_path / NAME), reader(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(framing.os, "write", full)
        write(file, frame())
    assert list(tmp_path.iterdir()) == []
    for _ in range(AGAIN):
        write(file, frame())
        assert looks.read() is None
    write(file, frame())
    assert looks.read() == frame()


def test_who_reads_while_it_is_written_never_sees_a_mixture(tmp_path: Path) -> None:
    """Every frame says the same number in all its parts."""
    file, looks, over = FrameFile(tmp_path / NAME), reader(tmp_path), threading.Event()
    bodies = [
        msgspec.msgpack.encode(
            frame(n, run_id=str(n), pulse=msgspec.structs.replace(STATUS, notes=(str(n) * (1 + 97 * n),)))
        )
        for n in range(1, 10)
    ]

    def writes() -> None:
        while not over.is_set():
            for body in bodies:
                file.write(body)
                time.sleep(0)  # or a reader might never find a moment between two frames

    thread, switch = threading.Thread(target=writes), sys.getswitchinterval()
    sys.setswitchinterval(1e-5)  # a turn ends in the middle of a frame, more often than not
    thread.start()
    try:
        seen: set[int] = set()
        read = 0
        while len(seen) < len(bodies) or read < 20_000:
            found, read = looks.read(), read + 1
            if found is not None:
                n = found.sequence
                assert (found.run_id, found.pulse.notes) == (str(n), (str(n) * (1 + 97 * n),))
                seen.add(n)
    finally:
        over.set()
        thread.join()
        sys.setswitchinterval(switch)
