"""What the strategy and the books add to a run's status: the basis of every pair, what each holding earned,
margin and delta. It reads and changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from titan.engine.situation import Present
from titan.market.freshness import NoPrice
from titan.model.errors import LedgerError
from titan.model.instrument import InstrumentKind
from titan.model.money import ONE, ZERO
from titan.portfolio.entries import COUNTER_ACCOUNTS
from titan.portfolio.ledger import Ledger
from titan.portfolio.nav import coin_worth, delta, pnl
from titan.runtime.config.limits import LimitsConfig
from titan.strategies.sentinel.capital import utilisation
from titan.strategies.sentinel.holdings import Holding
from titan.strategies.sentinel.params import Pair, SentinelParams
from titan.strategies.sentinel.strategy import Sentinel
from titan.views.status import BalanceLine, HoldingLine, MarginLine, PairLine

TRAIL: Final = 60
"""Samples of the basis that are shown of a pair."""
_YEAR_HOURS: Final = 8760.0
_WORTHLESS: Final = -1e8
"""The kernel's edge of what the books cannot carry is far below this."""


class Books(NamedTuple):
    """What is valued, and how."""

    ledger: Ledger
    present: Present
    params: SentinelParams


Trails = dict[str, tuple[int, tuple[float, ...]]]
"""By pair: its last samples, and at which number of samples they were read."""


def pairs(
    strategy: Sentinel, present: Present, quotes: NDArray[np.void], trails: Trails
) -> tuple[PairLine, ...]:  # fmt: skip
    """As the kernel sampled them last; `quotes` are the view's, in the order of the instruments, `trails` are
    kept for the next time.
    """
    found = []
    for pair, state in zip(strategy.pairs, strategy.states, strict=True):
        samples = int(state["samples"])
        if pair.name not in trails or trails[pair.name][0] != samples:
            trails[pair.name] = samples, trail(state)
        mids = _mid(present, pair.spot.id), _mid(present, pair.perp.id)
        params = strategy.settings(pair.name)
        line = pair_line(pair, params, state, quotes[pair.perp_index], mids, trails[pair.name][1])
        found.append(
            msgspec.structs.replace(
                line,
                stands=tuple(sorted(kind.value for name, kind in strategy.book.wanted if name == pair.name)),
                blocked=pair.name in strategy.book.blocked,
            )
        )
    return tuple(found)


def pair_line(
    pair: Pair, params: SentinelParams, state: np.void, quote: np.void, mids: tuple[float, float],
    samples: tuple[float, ...],
) -> PairLine:  # fmt: skip
    """What the kernel's `state` of a pair says; `quote` is its perp's, `mids` are of spot and perp, and
    `samples` its trail.
    """
    rated = bool(state["rated"]) or quote["funding_ms"] > 0
    rate = float(state["forecast"] if state["rated"] else quote["funding_rate"])
    hours = float(state["interval_ms"]) / 3_600_000
    stretched = int(state["stretched"]) > 0 and float(state["edge"]) > _WORTHLESS
    return PairLine(
        pair.name, pair.spot.id, pair.perp.id, *mids,
        float(state["basis"]), float(state["mean"]), float(state["std"]), float(state["z"]),
        sampled_ns=int(state["sample_ts"]), samples=int(state["samples"]), warmup=params.warmup,
        entry_z=params.entry_z, exit_z=params.exit_z,
        edge=float(state["edge"]) if stretched else None,
        cost=float(state["cost"]) if stretched else None,
        forecast_apr=rate * _YEAR_HOURS / hours if rated else None,
        interval_hours=hours, settles_ns=round(float(quote["funding_ms"]) * 1e6), trail=samples,
    )  # fmt: skip


def trail(state: np.void) -> tuple[float, ...]:
    """The last samples of a pair's basis, oldest first."""
    rows = state["log"]["basis"][: int(state["log_n"])][-TRAIL:]
    return tuple(np.round(rows, 3).tolist())


def _mid(present: Present, instrument: str) -> float:
    price = present.price(instrument)
    return 0.0 if isinstance(price, NoPrice) else price.mid


def holdings(strategy: Sentinel, books: Books) -> tuple[HoldingLine, ...]:
    """In the order in which they were opened. What a panic has closed the books do not have any more, though
    the strategy was not asked."""
    return tuple(_holding(one, books) for one in strategy.book if one.flight or _is_held(one, books.ledger))


def _is_held(one: Holding, ledger: Ledger) -> bool:
    return any(ledger.sources(one.id).sizes.values())


def _holding(one: Holding, books: Books) -> HoldingLine:
    marks = books.present.marks()
    held, goal = one.units, one.units
    if one.flight:
        goal = max(one.planned, held) if one.purpose == "entry" else max(held - one.planned, 0)
    size, mark = held * one.unit, marks.get(one.pair.spot.id)
    try:
        told = pnl(books.ledger, marks, owner=one.id)
    except LedgerError:
        told = None
    return HoldingLine(
        one.id, one.pair.name, one.type.value, one.pair.spot.id, one.pair.perp.id, size, goal * one.unit,
        value=size * mark if mark is not None else None,
        pnl=None if told is None else {name: getattr(told, name) for name in told.__struct_fields__},
        flight=one.flight, purpose=one.purpose.value if one.flight else "", wanted=one.wanted,
    )  # fmt: skip


def margins(books: Books) -> tuple[MarginLine, ...]:
    """A line for every wallet of perps, and for each asset that settles there."""
    present, p = books.present, books.params
    perps = [i for i in books.ledger.instruments.values() if i.kind is InstrumentKind.PERP]
    purses = sorted({(f"{i.venue}.perp", i.settle) for i in perps})
    several = {wallet for wallet, _ in purses if sum(one == wallet for one, _ in purses) > 1}
    shares = float(p.margin_floor), float(p.margin_top_up), float(p.margin_ceiling)
    found = []
    for wallet, asset in purses:
        equity, used = None, None
        notional = present.perp_notional(wallet, asset)
        if notional is not None:
            equity = present.perp_equity(wallet, asset)
            used = float(utilisation(p, notional, equity))
        name = f"{wallet} {asset}" if wallet in several else wallet
        found.append(MarginLine(name, equity, notional, used, *shares))
    return tuple(found)


def balances(books: Books) -> tuple[BalanceLine, ...]:
    """By wallet and asset; what is nothing is left out."""
    ledger, marks, found = books.ledger, books.present.marks(), []
    for (wallet, asset), amount in sorted(ledger.balances().items()):
        if amount and wallet not in COUNTER_ACCOUNTS:
            found.append(BalanceLine(wallet, asset, amount, _worth(ledger, wallet, asset, marks)))
    return tuple(found)


def _worth(ledger: Ledger, wallet: str, asset: str, marks: Mapping[str, Decimal]) -> Decimal | None:
    if asset == ledger.currency:
        return ONE
    try:
        key = ledger.priced_by(wallet, asset)
        return ledger.worth(key, marks) if key else ONE
    except LedgerError:
        return None


def lean(books: Books) -> Decimal | None:
    """Delta in the quote asset, as SEN-8 measures it: what each base leans by, at one price of that base, so
    that a basis is none; whatever the signs of the bases, with the sign of them all. None while something
    that is held has no price.
    """
    try:
        found = delta(books.ledger, books.present.marks()).base
    except LedgerError:
        return None
    worth = {
        base: size * (_coin(books, base) or ZERO) for base, size in found.items() if base in _bases(books)
    }
    total = sum((abs(value) for value in worth.values()), ZERO)
    return -total if sum(worth.values(), ZERO) < 0 else total


def _bases(books: Books) -> set[str]:
    return {i.base for i in books.ledger.instruments.values() if i.kind is InstrumentKind.PERP}


def _coin(books: Books, base: str) -> Decimal | None:
    return coin_worth(books.ledger, base, books.present.marks())


def deployed(books: Books) -> Decimal | None:
    """The value of all coins that pairs hold."""
    ledger, bases, total = books.ledger, _bases(books), ZERO
    sizes: dict[str, Decimal] = {}
    for venue, base in sorted({(i.venue, i.base) for i in ledger.instruments.values() if i.base in bases}):
        sizes[base] = sizes.get(base, ZERO) + ledger.balance(f"{venue}.spot", base)
    for base, size in sizes.items():
        price = _coin(books, base)
        if size and price is None:
            return None
        total += size * (price or ZERO)
    return total


def deployable(p: SentinelParams, nav: Decimal | None) -> Decimal | None:
    """The most coins that the settings let be held at this NAV: the rest is the perps' collateral."""
    shares = min(p.core_share + p.satellite_share, Decimal(1))
    return None if nav is None else nav * p.deploy_share * shares * (1 - p.futures_share)


def ladder(limits: LimitsConfig) -> tuple[float, float, float]:
    """Losses of a day at which the guard answers."""
    return limits.drawdown_halve, limits.drawdown_no_entries, limits.drawdown_flatten
