"""The way into the compiled pump: one array of addresses instead of sixteen arrays.

Handing an array from Python to compiled code costs about 0.4 us, and passing it on inside costs a reference
count each time. The pump is entered for every order, so the exchange hands over the addresses of its arrays
once, and this entry makes views of them that nobody counts. The exchange keeps the arrays alive and renews
the addresses whenever it replaces one. Without the compiler (`NUMBA_DISABLE_JIT=1`) the pump is called as it
is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core.typing.templates import signature
from numba.extending import intrinsic
from numba.np.numpy_support import carray
from numpy.typing import NDArray

from titan.market.book import BOOK
from titan.market.compiled import compiled
from titan.market.quotes import QUOTE
from titan.market.tape.rows import Rows
from titan.simulation.pump import pump
from titan.simulation.records import CORE, INST, ORDER, REPORT, WALLET, State

Addresses = NDArray[np.int64]

_TS, _INST, _U1, _I1, _F8 = np.dtype("i8"), np.dtype("u2"), np.dtype("u1"), np.dtype("i1"), np.dtype("f8")


_signature: Any = signature


def _point(_typing: object, address: Any) -> tuple[object, Callable[..., object]]:
    def make(_context: Any, builder: Any, _signature: object, arguments: Any) -> object:
        return builder.inttoptr(arguments[0], ir.IntType(8).as_pointer())

    return _signature(types.voidptr, address), make


_pointer: Any = intrinsic(_point)
"""An integer as an address, inside compiled code."""
_config: Any = numba.config


def addresses(state: State, rows: Rows) -> Addresses:
    """Address and length of every array, for `enter`. Valid while these very arrays live."""
    arrays = (*state, *rows)
    return np.array([(a.ctypes.data, len(a)) for a in arrays], np.int64).ravel()


@compiled
def _enter(at: Addresses, until: int) -> int:
    state = State(
        carray(_pointer(at[0]), (at[1],), CORE),
        carray(_pointer(at[2]), (at[3],), INST),
        carray(_pointer(at[4]), (at[5],), WALLET),
        carray(_pointer(at[6]), (at[7],), ORDER),
        carray(_pointer(at[8]), (at[9],), ORDER),
        carray(_pointer(at[10]), (at[11],), REPORT),
        carray(_pointer(at[12]), (at[13],), QUOTE),
        carray(_pointer(at[14]), (at[15],), BOOK),
    )
    rows = Rows(
        carray(_pointer(at[16]), (at[17],), _TS),
        carray(_pointer(at[18]), (at[19],), _TS),
        carray(_pointer(at[20]), (at[21],), _INST),
        carray(_pointer(at[22]), (at[23],), _U1),
        carray(_pointer(at[24]), (at[25],), _I1),
        carray(_pointer(at[26]), (at[27],), _U1),
        carray(_pointer(at[28]), (at[29],), _F8),
        carray(_pointer(at[30]), (at[31],), _F8),
    )
    return pump(state, rows, until)


def enter(state: State, rows: Rows, at: Addresses, until: int) -> int:
    """Pump to `until`; `at` is `addresses(state, rows)`. Returns a code of `titan.simulation.pump`."""
    if _config.DISABLE_JIT:
        return pump(state, rows, until)
    return _enter(at, until)
