"""What margin utilisation asks for at one venue (SEN-7). Pure and exact.

    utilisation = perp notional / (leverage limit x equity of the perp wallet)

    above margin_ceiling   REDUCE   sell coins and close the shorts they cover, then move the proceeds over
    above margin_top_up    TOP_UP   move idle quote from the spot to the perp wallet
    below margin_floor     SWEEP    move profit from the perp to the spot wallet, and grow the pair by it
    nothing is held        SPLIT    the wallets go back to their shares

The first that applies wins, so a reduction comes before a top-up. TOP_UP and SWEEP aim at the middle between
floor and top-up, REDUCE at the top-up, so that none of them undoes another or acts twice on one move.
"""

from __future__ import annotations

from decimal import ROUND_DOWN, Decimal
from typing import Final

import msgspec

from titan.model.guard import Tier
from titan.model.money import ZERO, exact
from titan.strategies.sentinel.capital import TRANSFER_STEP, utilisation
from titan.strategies.sentinel.params import SentinelParams

CENT: Final = Decimal("0.01")
ORDER: Final = (Tier.REDUCE, Tier.TOP_UP, Tier.SWEEP, Tier.SPLIT)
"""From the one that wins to the one that comes last."""


class Figures(msgspec.Struct, frozen=True):
    """Of one venue, in quote units. `cash` is the perp wallet without unrealised P&L: no venue lets more than
    that out. `idle` is spot quote that nothing under way will spend; `room` is by how much pairs there may
    grow. `held` says whether anything is held there or being traded, `busy` whether something is traded.
    """

    nav: Decimal
    notional: Decimal
    equity: Decimal
    cash: Decimal
    idle: Decimal
    room: Decimal = ZERO
    held: bool = True
    busy: bool = False


class Step(msgspec.Struct, frozen=True):
    """`to_perp` is quote to move into the perp wallet, negative for out of it; `close` is the notional to
    close of both legs before that, `grow` the notional to open with what was moved.
    """

    tier: Tier
    utilisation: Decimal
    to_perp: Decimal = ZERO
    close: Decimal = ZERO
    grow: Decimal = ZERO


def tier_of(params: SentinelParams, used: Decimal, *, held: bool) -> Tier | None:
    """The tier that a utilisation belongs to, whether or not anything can be done about it."""
    if used > params.margin_ceiling:
        return Tier.REDUCE
    if used > params.margin_top_up:
        return Tier.TOP_UP
    if not held:
        return Tier.SPLIT
    return Tier.SWEEP if ZERO < used < params.margin_floor else None


def step_of(params: SentinelParams, f: Figures) -> Step | None:
    """What to do now; None where nothing is to be done, or too little to be worth it."""
    used = utilisation(params, f.notional, f.equity)
    tier = tier_of(params, used, held=f.held)
    least = f.nav * TRANSFER_STEP
    match tier:
        case Tier.REDUCE:
            close = min(to_close(params, f.notional, f.equity), f.notional)
            return Step(tier, used, close=close)
        case Tier.TOP_UP:
            move = _cents(min(needed(f.notional, f.equity, params, target(params)), f.idle))
            return Step(tier, used, move) if move >= max(least, CENT) else None
        case Tier.SWEEP:
            out = _cents(min(_sweep(params, f), f.room))
            return Step(tier, used, -out, grow=out) if out >= max(least, CENT) and not f.busy else None
        case Tier.SPLIT:
            move = params.futures_share * (f.equity + f.idle) - f.equity
            move = _cents(min(move, f.idle) if move > 0 else -min(-move, withdrawable(params, f)))
            return Step(tier, used, move) if abs(move) >= max(least, CENT) else None
    return None


def target(params: SentinelParams) -> Decimal:
    """The utilisation that TOP_UP and SWEEP aim at."""
    return (params.margin_floor + params.margin_top_up) / 2


def needed(notional: Decimal, equity: Decimal, params: SentinelParams, aim: Decimal) -> Decimal:
    """Quote that the perp wallet lacks for a utilisation of `aim`; at least 0."""
    return max(notional / (params.leverage_limit * aim) - equity, ZERO)


def to_close(params: SentinelParams, notional: Decimal, equity: Decimal) -> Decimal:
    """What to close of both legs so that, when the coins' proceeds have followed to the perp wallet, the
    utilisation is `margin_top_up`: notional - x = aim * (equity + x).
    """
    with exact():
        aim = params.margin_top_up * params.leverage_limit
        lacking = notional - aim * equity
    return max(lacking / (1 + aim), ZERO)


def growable(params: SentinelParams, notional: Decimal, equity: Decimal) -> Decimal:
    """How far both legs may grow, paid with quote of the perp wallet: notional + x = aim * (equity - x)."""
    with exact():
        aim = target(params) * params.leverage_limit
        spare = aim * equity - notional
    return max(spare / (1 + aim), ZERO)


def carried(params: SentinelParams, notional: Decimal, equity: Decimal, idle: Decimal) -> Decimal:
    """How much more notional the perp wallet can carry below `margin_top_up`, once idle quote that the coins
    do not cost has followed: notional + x = aim * (equity + idle - x).
    """
    with exact():
        aim = params.margin_top_up * params.leverage_limit
        spare = aim * (equity + idle) - notional
    return max(spare / (1 + aim), ZERO)


def withdrawable(params: SentinelParams, f: Figures) -> Decimal:
    """What a venue lets out of the perp wallet: no unrealised profit, and nothing that margin needs."""
    return max(min(f.cash, f.equity - f.notional / params.leverage_limit), ZERO)


def _sweep(params: SentinelParams, f: Figures) -> Decimal:
    """Profit in futures: what the wallet has beyond its share of all that is at the venue."""
    profit = f.equity - params.futures_share * (f.equity + f.notional + f.idle)
    return min(profit, growable(params, f.notional, f.equity), withdrawable(params, f))


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, rounding=ROUND_DOWN)
