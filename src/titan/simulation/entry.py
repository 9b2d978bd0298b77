"""The way into the compiled pump: one array of addresses instead of sixteen arrays.

Handing an array from Python to compiled code costs about 0.4 us, and passing it on inside costs a reference count each
time. The pump is entered for every order, so the exchange hands over the addresses of its arrays once, and this entry
makes views of them that nobody counts. The exchange keeps the arrays alive and renews the addresses whenever it
replaces one. Without the compiler (`NUMBA_DISABLE_JIT=1`) the pump is called as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.core.types.abstract import Number
from numba.extending import intrinsic
from numpy.typing import NDArray

from titan.market.book import BOOK
from titan.market.compiled import compiled
from titan.market.quotes import QUOTE
from titan.market.tape.rows import Rows
from titan.simulation.pump import pump
from titan.simulation.records import CORE, INST, ORDER, REPORT, WALLET, State

Addresses = NDArray[np.int64]

_STATE: Final = (CORE, INST, WALLET, ORDER, ORDER, REPORT, QUOTE, BOOK)
_TS, _INST, _U1, _I1, _F8 = np.dtype("i8"), np.dtype("u2"), np.dtype("u1"), np.dtype("i1"), np.dtype("f8")


@intrinsic  # type: ignore[untyped-decorator]
def _pointer(_typing: object, address: Number) -> tuple[object, Callable[..., object]]:
    def make(_context: Any, builder: Any, _signature: object, arguments: Any) -> object:
        return builder.inttoptr(arguments[0], ir.IntType(8).as_pointer())

    return types.voidptr(address), make


def addresses(state: State, rows: Rows) -> Addresses:
    """Address and length of every array, for `enter`. Valid while these very arrays live."""
    arrays = (*state, *rows)
    return np.array([(a.ctypes.data, len(a)) for a in arrays], np.int64).ravel()


@compiled
def _enter(at: Addresses, until: int) -> int:
    state = State(
        numba.carray(_pointer(at[0]), (at[1],), CORE),
        numba.carray(_pointer(at[2]), (at[3],), INST),
        numba.carray(_pointer(at[4]), (at[5],), WALLET),
        numba.carray(_pointer(at[6]), (at[7],), ORDER),
        numba.carray(_pointer(at[8]), (at[9],), ORDER),
        numba.carray(_pointer(at[10]), (at[11],), REPORT),
        numba.carray(_pointer(at[12]), (at[13],), QUOTE),
        numba.carray(_pointer(at[14]), (at[15],), BOOK),
    )
    rows = Rows(
        numba.carray(_pointer(at[16]), (at[17],), _TS),
        numba.carray(_pointer(at[18]), (at[19],), _TS),
        numba.carray(_pointer(at[20]), (at[21],), _INST),
        numba.carray(_pointer(at[22]), (at[23],), _U1),
        numba.carray(_pointer(at[24]), (at[25],), _I1),
        numba.carray(_pointer(at[26]), (at[27],), _U1),
        numba.carray(_pointer(at[28]), (at[29],), _F8),
        numba.carray(_pointer(at[30]), (at[31],), _F8),
    )
    return pump(state, rows, until)


def enter(state: State, rows: Rows, at: Addresses, until: int) -> int:
    """Pump to `until`; `at` is `addresses(state, rows)`. Returns a code of `titan.simulation.pump`."""
    if numba.config.DISABLE_JIT:
        return pump(state, rows, until)
    return _enter(at, until)
