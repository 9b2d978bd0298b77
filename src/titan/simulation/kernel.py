"""The decorator of kernels that only other kernels call.

As `titan.market.compiled.compiled`, without the wrapper that would let Python call them: unpacking the
exchange's state makes that wrapper larger than most kernels, and each would be compiled for nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

import numba

_UNCALLED: Final = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
_njit: Any = numba.njit  # its published types do not know these two options
F = TypeVar("F", bound=Callable[..., object])


def kernel(fn: F) -> F:
    """Compile `fn` for use by other kernels, cached on disk; plain Python under `NUMBA_DISABLE_JIT=1`."""
    jitted: F = _njit(cache=True, nogil=True, error_model="numpy", **_UNCALLED)(fn)
    return jitted
