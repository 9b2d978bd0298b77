"""The state of an exchange as bytes: compressed to keep, canonical to hash.

Only what is in use is written: messages on their way, what rests, reports that wait. The position on the tape
is the absolute row, so neither bytes nor hash depend on how the tape is cut into blocks.
"""

from __future__ import annotations

import zlib

import numpy as np

from titan.model.errors import ReplayError
from titan.simulation.records import State


def _parts(state: State) -> list[bytes]:
    core = state.core.copy()
    one = core[0]
    messages = int(one["inflight"]) + int(one["fresh"])
    reports = state.reports[one["head"] : one["tail"]]
    one["rows"] += one["cursor"]
    one["cursor"] = 0
    one["head"], one["tail"] = 0, len(reports)
    inflight, resting = state.inflight[:messages], state.resting[: one["resting"]]
    arrays = (core, state.insts, state.wallets, inflight, resting, reports, state.quotes, state.books)
    return [array.tobytes() for array in arrays]


def content(state: State) -> bytes:
    """The bytes that a digest hashes."""
    return b"".join(_parts(state))


def pack(state: State) -> bytes:
    """Lengths of the eight parts, then the parts, compressed."""
    parts = _parts(state)
    head = np.array([len(part) for part in parts], np.int64).tobytes()
    return zlib.compress(head + b"".join(parts), 1)


def unpack(data: bytes, like: State) -> tuple[State, int]:
    """The state, with tables as large as those of `like` or as needed, and the row at which the tape
    stood.
    """
    try:
        raw = zlib.decompress(data)
    except zlib.error as error:
        raise ReplayError(f"this is not a snapshot of an exchange: {error}") from error
    lengths = np.frombuffer(raw, np.int64, 8)
    at = 64
    arrays = []
    for size, old in zip(lengths, like, strict=True):
        part = np.frombuffer(raw[at : at + int(size)], old.dtype)
        at += int(size)
        array = np.zeros(max(len(old), len(part)), old.dtype)
        array[: len(part)] = part
        arrays.append(array)
    state = State(*arrays)
    if len(state.insts) != len(like.insts) or at != len(raw):
        raise ReplayError("this snapshot is of an exchange with other instruments")
    return state, int(state.core[0]["rows"])
