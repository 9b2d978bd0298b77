"""Books at several venues, wallets, and a router over them: the real view, ledger and kernels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal as D

import numpy as np

from titan.engine.situation import Present
from titan.engine.view import MarketView
from titan.market.tape.local import LocalBlock
from titan.market.tape.rows import END, Kind, empty
from titan.model.instrument import FeeSchedule, Instrument, InstrumentKind
from titan.model.pair import PairType
from titan.portfolio.ledger import Ledger
from titan.strategies.sentinel.holdings import Holdings
from titan.strategies.sentinel.params import Pair, SentinelParams, find_pairs
from titan.strategies.sentinel.router import Router, Wanted
from titan.strategies.sentinel.state import new_pairs

NOW = 1_000_000_000
Levels = Sequence[tuple[int, int]]
"""(price in ticks of 1, size in hundredths)"""


class Quoted:
    """A book side by side: bids and asks, best first."""

    def __init__(self, bids: Levels, asks: Levels) -> None:
        self.bids, self.asks = bids, asks


def rules(
    venue: str, kind: InstrumentKind, quote: str = "USDT", taker: str = "0.0005", lot: str = "0.01"
) -> Instrument:
    fees = FeeSchedule(maker=D(0), taker=D(taker))
    return Instrument(venue, kind, f"BTC{quote}", "BTC", quote, D(1), D(lot), fees)


class World:
    """`books` by instrument; every wallet has `money` of its quote unless `wallets` says another amount."""

    def __init__(
        self,
        books: Mapping[Instrument, Quoted],
        *,
        money: D = D(1_000_000),
        wallets: Mapping[tuple[str, str], D] | None = None,
        params: SentinelParams | None = None,
        hourly: Mapping[str, float] | None = None,
        closing_ns: Mapping[str, int | None] | None = None,
    ) -> None:
        instruments = list(books)
        self.params = params or SentinelParams()
        self.ledger = Ledger({i.id: i for i in instruments}, currency="USDT")
        for one in instruments:
            wallet = (f"{one.venue}.{one.kind}", one.quote)
            amount = (wallets or {}).get(wallet, money)
            if amount and not self.ledger.balance(*wallet):
                price = None if one.quote == "USDT" else D(1)
                self.ledger.deposit(*wallet, amount, 0, price=price)
        view = MarketView(
            instruments, iter([_block(list(books.values()))]), assumed=(0.0001, 0.1), max_age_ns=NOW
        )
        self.present = Present(lambda: NOW, self.ledger.instruments, view, self.ledger)
        self.pairs: list[Pair] = find_pairs(instruments)
        self.holdings = Holdings()
        closing = closing_ns or dict.fromkeys((p.name for p in self.pairs), None)
        self.router = Router(self.params, self.pairs, closing, self.holdings)
        states = new_pairs(self.pairs, dict.fromkeys((p.name for p in self.pairs), self.params))
        for pair, state in zip(self.pairs, states, strict=True):
            if hourly is not None and pair.perp.id in hourly:
                state["rated"], state["interval_ms"] = 1, 3_600_000.0
                state["forecast"] = hourly[pair.perp.id]
        self.router.learn(states)

    def wanted(
        self, notional: D = D(10_000), clip: D = D("0.1"), kind: PairType = PairType.SATELLITE
    ) -> Wanted:
        """What the first pair's signal asks for."""
        pair = self.pairs[0]
        ask = self.present.price(pair.spot.id).ask  # type: ignore[union-attr]
        return Wanted(pair, kind, notional, clip, ask)


def _block(books: Sequence[Quoted]) -> LocalBlock:
    lines = [
        (n, side, float(px), size / 100)
        for n, book in enumerate(books)
        for side, levels in ((1, book.bids), (-1, book.asks))
        for px, size in levels
    ]
    rows = empty(len(lines))
    rows.ts[:] = rows.recv[:] = NOW
    rows.kind[:] = Kind.LEVEL
    rows.flags[:] = END
    for k, (inst, side, px, qty) in enumerate(lines):
        rows.inst[k], rows.side[k], rows.px[k], rows.qty[k] = inst, side, px, qty
    return LocalBlock(rows, rows.recv, np.arange(len(lines)))
