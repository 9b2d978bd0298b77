"""SEN-P20: every trade record is complete."""

from __future__ import annotations

from decimal import Decimal as D
from fractions import Fraction

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.properties.ledger_worlds import INSTRUMENTS, Event, booked, marks, sequences
from titan.model.fill import Fill, Liquidity
from titan.model.money import exact
from titan.model.order import Side
from titan.model.signal import Purpose
from titan.portfolio.nav import PnL, nav, pnl
from titan.portfolio.trades import Story, TradeRecord, trade_records

PAIRS = ["BTC:core:1", "BTC:satellite:2", "ETH:vacuum:3"]


def legs(owner: str) -> tuple[str, str]:
    base = owner.partition(":")[0]
    return f"binance.spot.{base}USDT", f"binance.perp.{base}USDT"


@st.composite
def pair_fills(draw: st.DrawFn) -> list[tuple[str, Fill, int]]:
    """Fills of pairs' legs, in any sizes and sides, each with its owner and reference."""
    rows: list[tuple[str, Fill, int]] = []
    for n in range(draw(st.integers(1, 20))):
        owner = draw(st.sampled_from(PAIRS))
        instrument = draw(st.sampled_from(legs(owner)))
        ticks, reference = (draw(st.integers(1, 10_000_000)) for _ in range(2))
        rules = INSTRUMENTS[instrument]
        fill = Fill(
            str(n), "c", instrument, draw(st.sampled_from(list(Side))), ticks, draw(st.integers(1, 1000)),
            draw(st.decimals("-1", "1", places=9, allow_nan=False)),
            draw(st.sampled_from([rules.quote, rules.base])), Liquidity.MAKER, n,
            draw(st.integers(0, 10**12)),
        )  # fmt: skip
        rows.append((owner, fill, reference))
    return rows


@settings(max_examples=100, deadline=None)
@given(sequences(10), pair_fills(), marks, st.integers(0, 5), st.text(max_size=5))
def test_sen_p20_every_trade_record_is_complete(
    others: list[Event], rows: list[tuple[str, Fill, int]], at: dict[str, D], clips: int, reason: str
) -> None:
    ledger = booked([event for event in others if not (event[0] == "fill" and event[1][-1] in PAIRS)])
    for owner, fill, reference in rows:
        ledger.book_fill(
            msgspec.structs.replace(fill, id="p" + fill.id), reference_ticks=reference, owner=owner
        )
    traded = {owner for owner, _, _ in rows}
    trades = trade_records(ledger, at, dict.fromkeys(PAIRS, Story(clips, clips // 2, reason)))
    assert {trade.id for trade in trades} == traded
    for trade in trades:
        mine = [fill for owner, fill, _ in rows if owner == trade.id]
        assert all(getattr(trade, name) is not None for name in REQUIRED)
        assert f"{trade.pair}:{trade.type}:" == trade.id[:-1]
        assert trade.opened_ns == min(fill.local_ns for fill in mine)
        open_lots = any(
            abs(size) >= INSTRUMENTS[key].lot for key, size in ledger.sources(trade.id).sizes.items()
        )
        assert (trade.closed_ns is None) is open_lots
        for size, instrument in zip((trade.spot_size, trade.perp_size), legs(trade.id)):
            assert bool(size) is any(fill.instrument == instrument for fill in mine)
        with exact():
            assert trade.total == sum((getattr(trade, source) for source in PnL.__struct_fields__), D(0))
        spot, _ = legs(trade.id)
        built = {(fill.instrument == spot, fill.side) for fill in mine}
        way = mine[0].side if mine[0].instrument == spot else mine[0].side.other
        for bps, side in ((trade.entry_basis_bps, way), (trade.exit_basis_bps, way.other)):
            assert (bps is not None) is (built >= {(True, side), (False, side.other)})
    with exact():
        rest = sum(
            (pnl(ledger, at, owner=owner).total for owner in ledger.owners() if owner not in traded), D(0)
        )
        assert sum((trade.total for trade in trades), rest) == nav(ledger, at) - ledger.deposits


REQUIRED = [
    name
    for name in TradeRecord.__struct_fields__
    if name not in ("closed_ns", "entry_basis_bps", "exit_basis_bps")
]


parts = st.lists(st.tuples(st.integers(1, 400), st.integers(1, 10_000_000)), min_size=1, max_size=6)
"""Of one leg, one way: (lots, ticks) of each fill."""


def brought_down(lots: int, like: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Fills of so many lots in all, at prices as drawn."""
    found, left = [], lots
    for n, (some, ticks) in enumerate(like):
        part = left if n == len(like) - 1 else min(some, left)
        if part:
            found.append((part, ticks))
        left -= part
    return found


@settings(max_examples=150, deadline=None)
@given(parts, parts, parts, parts, st.booleans(), st.booleans())
def test_sen_p20_the_figures_of_a_round_trip_are_those_of_its_fills(
    spot_in: list[tuple[int, int]], perp_in: list[tuple[int, int]], spot_out: list[tuple[int, int]],
    perp_out: list[tuple[int, int]], reverse: bool, whole: bool,
) -> None:  # fmt: skip
    """Counted with fractions; `whole`: it is closed, else one lot of the spot is left. The basis is of the
    lots that both legs have, the oldest of them.
    """
    owner = PAIRS[0]
    ledger, told, n = booked([]), {}, 0
    for instrument, first, entry, exit_ in zip(
        legs(owner), (Side.SELL, Side.BUY) if reverse else (Side.BUY, Side.SELL), (spot_in, perp_in),
        (spot_out, perp_out), strict=True,
    ):  # fmt: skip
        rules = INSTRUMENTS[instrument]
        lots = sum(part for part, _ in entry)
        open_lots = 0 if whole or rules.kind == "perp" else 1
        out = brought_down(lots - open_lots, exit_)
        ways = ((Purpose.ENTRY, first, entry), (Purpose.EXIT, first.other, out))
        for purpose, side, fills in ways:
            for part, ticks in fills:
                n += 1
                fill = Fill(
                    str(n), "c", instrument, side, ticks, part, D(0), rules.quote, Liquidity.TAKER, n, n
                )
                ledger.book_fill(
                    fill, reference_ticks=ticks, owner=owner, purpose=purpose, saga=purpose.value
                )
        tick = Fraction(rules.tick)
        told[rules.kind] = (
            lots * rules.lot,
            sum(part * ticks for part, ticks in entry) * tick * Fraction(rules.lot),
            [entry, out],
            tick,
        )
    marks_ = dict.fromkeys(INSTRUMENTS, D(30_000))
    (trade,) = trade_records(ledger, marks_, {owner: Story(1, 0, "why")})
    spot, perp = told[INSTRUMENTS[legs(owner)[0]].kind], told[INSTRUMENTS[legs(owner)[1]].kind]
    assert (trade.opened_ns, trade.closed_ns) == (1, n if whole else None)
    assert (trade.spot_size, trade.perp_size) == (spot[0], perp[0])
    assert Fraction(trade.notional) == spot[1]
    for said, bought, sold in zip(
        (trade.entry_basis_bps, trade.exit_basis_bps), spot[2], perp[2], strict=True
    ):
        both = min(sum(part for part, _ in fills) for fills in (bought, sold))
        if not both:
            assert said is None
        else:
            spot_px, perp_px = _oldest(bought, both) * spot[3], _oldest(sold, both) * perp[3]
            assert said is not None
            assert abs(Fraction(said) - (perp_px / spot_px - 1) * 10_000) <= Fraction(1, 20_000)


def _oldest(fills: list[tuple[int, int]], lots: int) -> Fraction:
    """The average price of the first so many lots, in ticks."""
    each = [ticks for part, ticks in fills for _ in range(part)]
    return Fraction(sum(each[:lots]), lots)
