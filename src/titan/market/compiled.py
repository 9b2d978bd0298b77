"""The one decorator for compiled kernels, and the one place that decides where their machine code is cached.

Kernels take NumPy records and scalars and return scalars. They must give the same answer with
`NUMBA_DISABLE_JIT=1`, so: no division by zero, no integer overflow, no fastmath, and fields are read as
`record["field"]`.

Numba keys its disk cache by the file of the outermost function only, so a change in a callee would leave
stale code. The cache directory therefore carries a digest of every kernel source of the package: any change
starts a new one.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar, cast

import numba
from platformdirs import user_cache_path

F = TypeVar("F", bound=Callable[..., object])

KERNEL_ROOMS: Final = ("market", "simulation", "strategies", "engine")
KERNEL_FILES: Final = ("venues/records.py", "venues/scan.py", "venues/latency.py", "venues/binance/scan.py")


def _digest() -> str:
    root = Path(__file__).resolve().parent.parent
    h = hashlib.blake2b(numba.__version__.encode(), digest_size=8)
    sources = [source for room in KERNEL_ROOMS for source in sorted((root / room).rglob("*.py"))]
    for source in [*sources, *(root / file for file in KERNEL_FILES)]:
        h.update(str(source.relative_to(root)).encode())
        h.update(source.read_bytes())  # every one: kernels hold the constants they use
    return h.hexdigest()


def _use_cache() -> None:
    if os.environ.get("NUMBA_CACHE_DIR"):
        return
    home = user_cache_path("titan") / "kernels"
    cache = home / _digest()
    try:
        cache.mkdir(parents=True, exist_ok=True)
        os.utime(cache)
        for old in sorted(home.iterdir(), key=lambda p: p.stat().st_mtime, reverse=True)[8:]:
            shutil.rmtree(old, ignore_errors=True)
    except OSError:
        return  # a read-only home only costs the time to compile again
    numba.config.CACHE_DIR = str(cache)  # type: ignore[attr-defined]  # numba's stubs omit what it sets at run time


_use_cache()


def compiled(fn: F) -> F:
    """Compile `fn` on first call, cached on disk; plain Python under `NUMBA_DISABLE_JIT=1`."""
    return cast(F, numba.njit(cache=True, nogil=True, error_model="numpy")(fn))


def inlined(fn: F) -> F:
    """As `compiled`, for a small function that callers take in whole; saves the call and its array
    reference counts.
    """
    return cast(F, numba.njit(inline="always", nogil=True, error_model="numpy")(fn))
