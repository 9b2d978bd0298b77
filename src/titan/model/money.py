"""Exact money: the arithmetic in which no digit is ever lost without a word.

Decimal operators use the context of the thread, and Python's default context rounds silently at 28 digits.
Every room that adds money up does so inside `exact()`, where a rounded result raises `decimal.Inexact`.
"""

from __future__ import annotations

from decimal import (
    ROUND_HALF_EVEN,
    Context,
    Decimal,
    DivisionByZero,
    Inexact,
    InvalidOperation,
    Overflow,
    getcontext,
    setcontext,
)
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_DIGITS: Final = 120
ZERO: Final = Decimal(0)
ONE: Final = Decimal(1)
STABLECOINS: Final = frozenset({"DAI", "FDUSD", "PYUSD", "RLUSD", "TUSD", "USD", "USDC", "USDE", "USDT"})
"""What is held to pay with, not for its price: dollars, and the tokens that stand for them."""
QUANTUM: Final = Decimal("1e-8")
"""The finest step of money that a division may leave behind, in any asset."""

_EXACT: Final = Context(
    prec=_DIGITS, rounding=ROUND_HALF_EVEN, traps=[Inexact, InvalidOperation, DivisionByZero, Overflow]
)
_WIDE: Final = Context(
    prec=_DIGITS, rounding=ROUND_HALF_EVEN, traps=[InvalidOperation, DivisionByZero, Overflow]
)


class exact:  # noqa: N801 - read as a word: `with exact():`
    """A `with` block in which Decimal sums and products are exact or raise (an ArithmeticError).

    Entering costs as much as ten sums, unless it is within another: who adds up much opens one around it.
    """

    __slots__ = ("_before",)

    def __enter__(self) -> None:
        self._before = getcontext()
        if self._before is not _EXACT:
            setcontext(_EXACT)

    def __exit__(self, *_: object) -> None:
        if self._before is not _EXACT:
            setcontext(self._before)


def portion(amount: Decimal, part: int | Decimal, whole: int | Decimal) -> Decimal:
    """`amount * part / whole`, rounded once, half to even, to 1e-8.

    The only division of money in Titan. Whoever takes a portion leaves `amount - portion` behind, so that
    nothing is created or lost by the rounding.
    """
    return _WIDE.quantize(_WIDE.divide(_WIDE.multiply(amount, part), whole), QUANTUM)


def shares(amount: Decimal, parts: Sequence[int | Decimal]) -> list[Decimal]:
    """`amount` in proportion to `parts`: a `portion` each, and to the last what those leave. Empty where the
    parts sum to nothing.
    """
    with exact():
        whole = sum(parts, ZERO)
        if not whole:
            return []
        found = [portion(amount, part, whole) for part in parts[:-1]]
        return [*found, amount - sum(found, ZERO)]
