"""SEN-P20: every trade record is complete. SEN-P22: exports parse back to the same records."""

from __future__ import annotations

import tempfile
from decimal import Decimal as D
from pathlib import Path

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.properties.ledger_worlds import INSTRUMENTS, Event, booked, marks, sequences
from titan.model.fill import Fill, Liquidity
from titan.model.instrument import InstrumentKind
from titan.model.order import Side
from titan.model.pair import PairType
from titan.portfolio import export
from titan.portfolio.entries import Entry
from titan.portfolio.ledger import Ledger
from titan.portfolio.nav import nav, pnl
from titan.portfolio.performance import DailyPnL
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
        assert trade.total == trade.funding + trade.basis + trade.fees + trade.slippage + trade.transfers
        both = {fill.instrument for fill in mine} == set(legs(trade.id))
        assert (trade.entry_basis_bps is not None) is both
    rest = sum((pnl(ledger, at, owner=owner).total for owner in ledger.owners() if owner not in traded), D(0))
    assert sum((trade.total for trade in trades), rest) == nav(ledger, at) - ledger.deposits


REQUIRED = [
    name
    for name in TradeRecord.__struct_fields__
    if name not in ("closed_ns", "entry_basis_bps", "exit_basis_bps")
]
numbers = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=12)
texts = st.text(max_size=8) | st.sampled_from(["", ",", '"', "\r\n", "\n", "=1+1", "\ufeff", "null", "\x00"])
times = st.integers(0, 2**62)


@st.composite
def trades(draw: st.DrawFn) -> TradeRecord:
    five = [draw(numbers) for _ in range(5)]
    opened = draw(times)
    clips = draw(st.integers(0, 9))
    measure = st.none() | st.decimals("-9999", "9999", places=4, allow_nan=False)
    return TradeRecord(
        "x" + draw(texts), "x" + draw(texts), draw(st.sampled_from(list(PairType))), opened,
        draw(st.none() | st.integers(opened, 2**62 + 1)), abs(draw(numbers)), abs(draw(numbers)),
        abs(draw(numbers)) + 1, draw(measure), draw(measure), five[0], five[1], five[2], five[3], five[4],
        sum(five, D(0)), clips, draw(st.integers(0, clips)), draw(texts),
    )  # fmt: skip


records = st.builds(
    export.Records,
    st.lists(trades(), max_size=4),
    st.lists(
        st.builds(
            export.FillLine,
            id=texts,
            client_id=texts,
            owner=texts,
            instrument=texts,
            side=st.sampled_from(["BUY", "SELL"]),
            price=numbers,
            size=numbers,
            reference_price=numbers,
            fee=numbers,
            fee_asset=texts,
            liquidity=st.sampled_from(list(Liquidity)),
            venue_ns=times,
            local_ns=times,
        ),
        max_size=4,
    ),
    st.lists(st.builds(Entry, times, times, texts, texts, texts, numbers, texts), max_size=4),
    st.lists(st.builds(DailyPnL, st.dates().map(str), numbers, numbers), max_size=4),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(records)
def test_sen_p22_exports_parse_back_to_the_same_records(told: export.Records) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        export.write_json(told, folder / "records.json")
        export.write_csv(told, folder)
        export.write_parquet(told, folder)
        assert export.read_json(folder / "records.json") == told
        assert export.read_csv(folder) == told
        assert export.read_parquet(folder) == told
        text = export.read_csv(folder).entries
        assert [str(entry.amount) for entry in text] == [str(entry.amount) for entry in told.entries]


@settings(max_examples=20, deadline=None)
@given(sequences(12), marks)
def test_sen_p22_holds_for_a_ledgers_own_records(events: list[Event], at: dict[str, D]) -> None:
    ledger: Ledger = booked(events)
    lines = [export.FillLine.of(row, ledger.instruments[row.fill.instrument]) for row in ledger.fills()]
    told = export.Records([], lines, list(ledger.entries), [DailyPnL("2025-01-01", nav(ledger, at), D(0))])
    with tempfile.TemporaryDirectory() as name:
        export.write_csv(told, Path(name))
        export.write_parquet(told, Path(name))
        assert export.read_csv(Path(name)) == told == export.read_parquet(Path(name))
    spot = [line for line in lines if ".spot." in line.instrument]
    spent = sum((line.price * line.size * Side[line.side] for line in spot), D(0))
    assert ledger.balance("trading", "USDT") == spent - sum(
        (
            ledger.position(key).realised
            for key, rules in INSTRUMENTS.items()
            if rules.kind is InstrumentKind.PERP
        ),
        D(0),
    )
