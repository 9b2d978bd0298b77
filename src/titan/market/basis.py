"""The basis of a perp over its spot, at the mids and as it can be executed for a size.

A basis is `(perp - spot) / spot * 1e4`, in bps. Directions: EXPAND sells the perp into its bids and buys spot
from its asks, so a higher basis is better; CONTRACT does the reverse, so a lower one is. Walking deeper can
only make it worse.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from titan.market.compiled import compiled
from titan.market.grid import NO_PRICE
from titan.market.walk import impact_bps, mid, walk

EXPAND: Final = 1
CONTRACT: Final = -1

OK: Final = 0
NO_MID: Final = 1
"""A bid or an ask is missing on a leg: there is no mid, so neither a basis nor a size."""
SPOT_THIN: Final = 2
PERP_THIN: Final = 4
"""The leg's book holds less than the size. Codes add up: 6 says that both are too thin."""


class ExecutableBasis(NamedTuple):
    """What both legs of `qty` base units would get. Impacts are costs against each leg's mid, in bps of that
    mid.

    When `code` says thin, prices and basis are those of what the book holds, for a report, not for a trade; a
    leg that holds nothing has NO_PRICE, and the basis is then 0.
    """

    code: int
    bps: float
    qty: float
    spot_px: float
    perp_px: float
    spot_impact: float
    perp_impact: float


@compiled
def basis_bps(spot_px: float, perp_px: float) -> float:
    """`(perp - spot) / spot * 1e4`; 0 when either is no price."""
    if not (spot_px > NO_PRICE and perp_px > NO_PRICE):
        return 0.0
    return (perp_px - spot_px) / spot_px * 1e4


@compiled
def mid_basis(spot: np.void, perp: np.void) -> tuple[int, float]:
    """`(code, bps)` at the mids of two quotes: OK, or NO_MID with 0."""
    spot_mid = mid(spot)
    perp_mid = mid(perp)
    if spot_mid > NO_PRICE and perp_mid > NO_PRICE:
        return OK, basis_bps(spot_mid, perp_mid)
    return NO_MID, 0.0


@compiled
def executable_qty_basis(
    spot: np.void, spot_book: np.void, perp: np.void, perp_book: np.void, direction: int, qty: float
) -> ExecutableBasis:
    """The basis at the volume-weighted prices of walking both books for `qty` base units in a direction."""
    spot_mid = mid(spot)
    perp_mid = mid(perp)
    if not (spot_mid > NO_PRICE and perp_mid > NO_PRICE):
        return ExecutableBasis(NO_MID, 0.0, 0.0, NO_PRICE, NO_PRICE, 0.0, 0.0)
    perp_filled, perp_px, _ = walk(perp, perp_book, direction, qty)
    spot_filled, spot_px, _ = walk(spot, spot_book, -direction, qty)
    code = OK
    if spot_filled < qty:
        code += SPOT_THIN
    if perp_filled < qty:
        code += PERP_THIN
    return ExecutableBasis(
        code,
        basis_bps(spot_px, perp_px),
        float(qty),
        spot_px,
        perp_px,
        impact_bps(spot_px, spot_mid, -direction),
        impact_bps(perp_px, perp_mid, direction),
    )


@compiled
def executable_basis(
    spot: np.void, spot_book: np.void, perp: np.void, perp_book: np.void, direction: int, notional: float
) -> ExecutableBasis:
    """As `executable_qty_basis`, for a notional in the quote asset: its size is `notional` over the spot's
    mid.
    """
    spot_mid = mid(spot)
    qty = notional / spot_mid if spot_mid > NO_PRICE else 0.0
    return executable_qty_basis(spot, spot_book, perp, perp_book, direction, qty)
