"""What a simulated run starts with: its capital over the wallets that its pairs settle in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import ROUND_DOWN, Decimal
from typing import Final, NamedTuple

from titan.market.tape.read import TapeReader
from titan.market.tape.rows import Kind
from titan.model.errors import DataError
from titan.model.instrument import Instrument
from titan.strategies.sentinel.params import Pair

CENT: Final = Decimal("0.01")


class Part(NamedTuple):
    """`amount` of `asset` into `wallet`; `price` is what a unit of it is taken into the books at, None for
    the ledger's currency.
    """

    wallet: str
    asset: str
    amount: Decimal
    price: Decimal | None


def starting(
    capital: Decimal,
    pairs: Sequence[Pair],
    futures_share: Decimal,
    currency: str,
    rate: Callable[[str], Decimal],
) -> list[Part]:
    """Equal parts for each venue, of which the perp wallet has its share; within a wallet equal parts for
    each stablecoin that is paid with there, bought at `rate`.
    """
    found: list[Part] = []
    venues = sorted({p.spot.venue for p in pairs})
    for venue, whole in zip(venues, _even(capital, len(venues)), strict=True):
        here = [p for p in pairs if p.spot.venue == venue]
        perp = (whole * futures_share).quantize(CENT)
        for wallet, part, assets in (
            (f"{venue}.spot", whole - perp, sorted({p.spot.quote for p in here})),
            (f"{venue}.perp", perp, sorted({p.perp.settle for p in here})),
        ):
            for asset, amount in zip(assets, _even(part, len(assets)), strict=True):
                found.append(_bought(wallet, asset, amount, currency, rate))
    return [one for one in found if one.amount > 0]


def _even(whole: Decimal, count: int) -> list[Decimal]:
    each = (whole / count).quantize(CENT)
    return [each] * (count - 1) + [whole - each * (count - 1)]


def _bought(wallet: str, asset: str, amount: Decimal, currency: str, rate: Callable[[str], Decimal]) -> Part:
    if asset == currency:
        return Part(wallet, asset, amount, None)
    price = rate(asset)
    return Part(wallet, asset, (amount / price).quantize(CENT, ROUND_DOWN), price)


def par(asset: str) -> Decimal:
    """Where nothing is quoted yet: one for one. What the first quote then says differs is told as what the
    stablecoin did.
    """
    del asset
    return Decimal(1)


def opening_price(tape: TapeReader, rules: Instrument, start_ns: int, end_ns: int) -> Decimal:
    """The first price of an instrument from `start_ns` on: a trade, an open, or between its first bid and
    ask. Raises DataError where there is none.
    """
    index = [i.id for i in tape.instruments].index(rules.id)
    sides: dict[int, float] = {}
    for block in tape.blocks(start_ns, end_ns):
        mine = block.inst == index
        for kind, side, px, qty in zip(
            block.kind[mine], block.side[mine], block.px[mine], block.qty[mine], strict=True
        ):
            if kind in (Kind.TRADE, Kind.BAR_OPEN, Kind.MARK):
                return rules.price(rules.nearest_ticks(float(px)))
            if kind in (Kind.BBO, Kind.LEVEL) and qty > 0:
                sides.setdefault(int(side), float(px))
            if len(sides) > 1:
                return rules.price(rules.nearest_ticks(sum(sides.values()) / 2))
    raise DataError(
        f"{rules.id} says what {rules.base} is worth, and has no price on this tape",
        remedy="import its series for the same time into the tape",
    )
