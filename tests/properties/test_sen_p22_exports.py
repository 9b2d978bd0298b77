"""SEN-P22: exports parse back to the same records."""

from __future__ import annotations

import json
import tempfile
from decimal import Decimal as D
from pathlib import Path

import polars
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.properties.ledger_worlds import INSTRUMENTS, Event, booked, marks, sequences
from titan.model.fill import Liquidity
from titan.model.order import Side
from titan.model.pair import PairType
from titan.portfolio import export
from titan.portfolio.entries import Entry
from titan.portfolio.ledger import Ledger
from titan.portfolio.nav import nav
from titan.portfolio.performance import DailyPnL
from titan.portfolio.trades import TradeRecord

numbers = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=12)
texts = st.text(max_size=8) | st.sampled_from(["", ",", '"', "\r\n", "\n", "=1+1", "\ufeff", "null", "\x00"])
times = st.integers(0, 2**62)


@st.composite
def trades(draw: st.DrawFn) -> TradeRecord:
    six = [draw(numbers) for _ in range(6)]
    opened = draw(times)
    clips = draw(st.integers(0, 9))
    measure = st.none() | st.decimals("-9999", "9999", places=4, allow_nan=False)
    return TradeRecord(
        "x" + draw(texts), "x" + draw(texts), draw(st.sampled_from(list(PairType))), opened,
        draw(st.none() | st.integers(opened, 2**62 + 1)), abs(draw(numbers)), abs(draw(numbers)),
        abs(draw(numbers)) + 1, draw(measure), draw(measure), *six,
        sum(six, D(0)), clips, draw(st.integers(0, clips)), draw(texts),
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


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(records)
def test_sen_p22_other_programs_read_the_same(told: export.Records) -> None:
    """By readers that are not ours: Python's own JSON, and Polars for CSV and Parquet."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        export.write_json(told, folder / "records.json")
        export.write_csv(told, folder)
        export.write_parquet(told, folder)
        document = json.loads((folder / "records.json").read_text())
        for table, kind in export.TABLES.items():
            columns = kind.__struct_fields__
            rows = [
                [getattr(getattr(row, c), "value", getattr(row, c)) for c in columns]
                for row in getattr(told, table)
            ]
            text = [[None if cell is None else str(cell) for cell in row] for row in rows]
            said = [[None if row[c] is None else str(row[c]) for c in columns] for row in document[table]]
            assert said == text
            parquet = polars.read_parquet(folder / f"{table}.parquet")
            assert [list(row) for row in parquet.rows()] == rows
            if rows:
                csv = polars.read_csv(folder / f"{table}.csv", infer_schema=False, empty_string_is_null=False)
                assert tuple(csv.columns) == columns
                assert [list(row) for row in csv.rows()] == [[cell or "" for cell in row] for row in text]


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
    quoted = [key for key, rules in INSTRUMENTS.items() if rules.quote == "USDT"]
    spot = [line for line in lines if ".spot." in line.instrument and line.instrument in quoted]
    spent = sum((line.price * line.size * Side[line.side] for line in spot), D(0))
    realised = (ledger.position(key).realised for key in quoted if ".perp." in key)
    assert ledger.balance("trading", "USDT") == spent - sum(realised, D(0))
