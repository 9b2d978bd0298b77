"""Quantiles of receive latency over any number of rows, in bounded memory."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

_MOST: Final = 1 << 20


class LatencySketch:
    """Keeps every k-th value; k doubles whenever 2^20 are held. The minimum and the count are exact."""

    def __init__(self) -> None:
        self.count = 0
        self.minimum = 0
        self._stride = 1
        self._skip = 0
        self._kept: list[NDArray[np.int64]] = []
        self._held = 0

    def add(self, values: NDArray[np.int64]) -> None:
        """More values in ns, in any order."""
        if len(values) == 0:
            return
        low = int(values.min())
        self.minimum = low if self.count == 0 else min(self.minimum, low)
        self.count += len(values)
        kept = values[self._skip :: self._stride].copy()
        self._skip = (self._skip - len(values)) % self._stride
        self._kept.append(kept)
        self._held += len(kept)
        while self._held > _MOST:
            self._kept = [np.concatenate(self._kept)[::2].copy()]
            self._held = len(self._kept[0])
            self._stride *= 2

    def quantile(self, q: float) -> int:
        """The q-quantile of the values kept, ns; 0 without values."""
        return int(np.quantile(np.concatenate(self._kept), q)) if self._held else 0
