"""Sums that the accounts of several venues show: what spot orders hold, what assets are worth."""

from __future__ import annotations

from decimal import Decimal

from titan.doubles.account import ZERO
from titan.doubles.world import World
from titan.model.order import OrderType, Side

CENT = Decimal("0.00000001")


def coins(world: World) -> list[str]:
    """Every asset that this venue's markets move."""
    names = {m.instrument.quote for m in world.markets} | {m.instrument.base for m in world.markets}
    return sorted(names)


def in_spot_orders(world: World, asset: str) -> Decimal:
    """What resting spot orders hold of an asset."""
    held = ZERO
    for order in world.desk.open_orders():
        one = order.instrument
        if one.kind != "spot" or order.type is OrderType.STOP:
            continue
        if order.side is Side.BUY and one.quote == asset:
            held += one.notional(order.limit_ticks, order.left)
        elif order.side is Side.SELL and one.base == asset:
            held += one.size(order.left)
    return held


def value_of(world: World, asset: str, amount: Decimal) -> Decimal:
    """In the quote currency, which stands for dollars: the mark of any market of the asset, else 1."""
    for market in world.markets:
        if market.instrument.base == asset:
            return (amount * market.mark_price).quantize(CENT)
    return amount
