"""JSON as the gateway writes it: money as exact text; frames of a stream put together from encoded rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import msgspec

from titan.api.tables import Part

_ENCODER: Final = msgspec.json.Encoder(decimal_format="string")
MS: Final = 1_000_000

encoded: Final[Callable[[Any], bytes]] = _ENCODER.encode


def ms(ns: int) -> float:
    """Milliseconds UTC of ns UTC, to the microsecond; 0 stays 0."""
    return round(ns / MS, 3)


def bodies(rows: Iterable[tuple[str, msgspec.Struct]]) -> dict[str, bytes]:
    """Rows by key, encoded."""
    return {key: _ENCODER.encode(row) for key, row in rows}


def frame(part: Part, at_ns: int) -> bytes:
    """A snapshot or a delta, as clients get it."""
    whole = part.since is None
    head: dict[str, Any] = {
        "op": "snapshot" if whole else "delta",
        "channel": part.channel,
        "epoch": part.epoch,
        "version": part.version,
    }
    if not whole:
        head["from"] = part.since
    head |= {"at_ms": ms(at_ns), "source_ms": ms(part.source_ns)}
    parts = [_ENCODER.encode(head)[:-1], b',"tables":' if whole else b',"set":', _tables(part.rows)]
    if not whole:
        parts += [b',"del":', _ENCODER.encode(part.gone)]
    return b"".join([*parts, b"}"])


def _tables(rows: Mapping[str, Mapping[str, bytes]]) -> bytes:
    return _object((name, _object(table.items())) for name, table in rows.items())


def _object(fields: Iterable[tuple[str, bytes]]) -> bytes:
    return b"{%b}" % b",".join([b"%b:%b" % (_ENCODER.encode(key), body) for key, body in fields])
