"""Series as base64 of typed arrays: what a browser turns into a chart without parsing a megabyte of text."""

from __future__ import annotations

import base64
import math

import msgspec
import numpy as np
from numpy.typing import NDArray

Packed = dict[str, str | float | int]
UNITS_NS = (1_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000, 60_000_000_000)
MISSING = -32768


def packed_time(ts: NDArray[np.int64]) -> Packed:
    """int64 ns as uint32 steps of the finest unit that spans them: `start + step * unit`, in seconds."""
    if not len(ts):
        return {"kind": "u4", "start": 0.0, "unit": 1.0, "data": ""}
    start, reach = int(ts[0]), int(ts[-1]) - int(ts[0])
    unit = next((unit for unit in UNITS_NS if reach // unit < 2**32), UNITS_NS[-1])
    steps = np.rint((ts - start) / unit).astype("<u4")
    return {"kind": "u4", "start": start / 1e9, "unit": unit / 1e9, "data": _base64(steps.tobytes())}


def packed(values: NDArray[np.float64], step: float | None = None, *, exact: bool = False) -> Packed:
    """float64 as it is (`exact`), as int16 multiples of `step` if they fit, else float32. NaN stays NaN."""
    if exact:
        return {"kind": "f8", "data": _base64(values.astype("<f8").tobytes())}
    finite = values[np.isfinite(values)]
    if step is not None and (not len(finite) or float(np.abs(finite).max()) < 32_000 * step):
        steps = np.where(np.isfinite(values), np.rint(np.nan_to_num(values) / step), MISSING).astype("<i2")
        return {"kind": "i2", "unit": step, "data": _base64(steps.tobytes())}
    return {"kind": "f4", "data": _base64(values.astype("<f4").tobytes())}


def rounded(values: NDArray[np.generic], digits: int) -> list[float | None]:
    """Numbers for a table: rounded, None where there is none."""
    return [round(value, digits) if math.isfinite(value) else None for value in values.astype(float).tolist()]


def significant(values: NDArray[np.generic], digits: int = 9) -> list[float | None]:
    """Prices and sizes for a table, of any magnitude."""
    return [
        float(f"{value:.{digits}g}") if math.isfinite(value) else None
        for value in values.astype(float).tolist()
    ]


#: Inside a script only these could end it or start a comment; U+2028/9 end a line in old engines.
ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def script_json(value: object) -> str:
    """JSON that is safe inside a `<script>` element whatever names the data carry."""
    text = msgspec.json.encode(value).decode()
    return text.translate({ord(char): escape for char, escape in ESCAPES.items()})


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")
