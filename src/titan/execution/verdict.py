"""What an operator's word on a transfer makes of the books."""

from __future__ import annotations

from decimal import Decimal

from titan.model.events import CAME_BACK, LEFT, Transfer
from titan.model.money import ZERO
from titan.model.pair import TransferIntent
from titan.model.settled import Fate, Settled
from titan.portfolio.entries import TRANSIT


def bookings(
    wish: TransferIntent, said: Settled, *, left: bool, price: Decimal | None, now_ns: int
) -> list[Transfer] | None:
    """What is to be booked, in order; each has a name that is booked once. `left`: in the books it has left
    its source. `price` is that of its asset; None where it is needed and nobody knows it.
    """
    amount = Decimal(wish.amount)
    came = min(Decimal(said.amount), amount) if said.fate is Fate.ARRIVED else ZERO

    def booking(name: str, source: str, target: str, size: Decimal, cost: Decimal = ZERO) -> Transfer:
        return Transfer(name, wish.asset, source, target, size, cost, now_ns, price if cost else None)

    if not wish.crosses:
        return [booking(wish.id, wish.source, wish.target, amount)] if came else []
    out = [] if left else [booking(wish.id + LEFT, wish.source, TRANSIT, amount)]
    if said.fate is Fate.BACK:
        return [booking(wish.id + CAME_BACK, TRANSIT, wish.source, amount)] if left else []
    if price is None and came != amount:
        return None
    return [*out, booking(wish.id, TRANSIT, wish.target, came, amount - came)]
