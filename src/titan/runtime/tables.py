"""A run's tables as Parquet: what the report draws and what others may analyse. Figures are float64 here;
the exact ones
stand in the journal and the ledger export."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from titan.execution.tickets import Ticket
from titan.model.fill import Fill, FundingPayment
from titan.model.instrument import Instrument
from titan.portfolio.nav import PnL
from titan.portfolio.performance import DailyPnL
from titan.portfolio.trades import TradeRecord
from titan.runtime.comparisons import Curve
from titan.runtime.observe import EquityPoint, SignalRow
from titan.strategies.sentinel.strategy import Sentinel

Columns = Mapping[str, object]


def write_table(folder: Path, name: str, columns: Columns, schema: pa.Schema | None = None) -> None:
    pq.write_table(pa.table(dict(columns), schema=schema), folder / f"{name}.parquet", compression="zstd")


def _schema(**types: pa.DataType) -> pa.Schema:
    return pa.schema(list(types.items()))


I64, F64, TXT = pa.int64(), pa.float64(), pa.string()


def equity_table(folder: Path, points: Sequence[EquityPoint]) -> None:
    navs = np.array([float(p.nav) for p in points])
    peaks = np.maximum.accumulate(navs) if len(navs) else navs
    columns: dict[str, object] = {
        "ts": [p.ts for p in points],
        "nav": navs,
        "drawdown": navs / peaks - 1.0 if len(navs) else navs,
        "delta_usd": [float(p.delta_usd) for p in points],
        "deployed": [float(p.deployed) for p in points],
        "margin_utilisation": [p.margin_utilisation for p in points],
    }
    for source in PnL.__struct_fields__:
        columns[source] = [float(getattr(p.pnl, source)) for p in points]
    types = {name: I64 if name == "ts" else F64 for name in columns}
    write_table(folder, "equity", columns, _schema(**types))


def comparison_table(folder: Path, curves: Sequence[Curve]) -> None:
    """NAVs of what the run is compared with; times are each curve's own."""
    schema = _schema(ts=I64, name=TXT, kind=TXT, nav=F64)
    columns: dict[str, object] = {
        "ts": np.concatenate([c.ts for c in curves]) if curves else [],
        "name": [c.name for c in curves for _ in range(len(c.ts))],
        "kind": [c.kind for c in curves for _ in range(len(c.ts))],
        "nav": np.concatenate([c.nav for c in curves]) if curves else [],
    }
    write_table(folder, "comparisons", columns, schema)


def basis_table(folder: Path, strategy: Sentinel) -> None:
    """The kernel's own log of samples, thinned by it to a bounded number a pair."""
    parts: list[pa.Table] = []
    schema = _schema(ts=I64, pair=TXT, spot=F64, perp=F64, basis_bps=F64, mean_bps=F64, std_bps=F64, z=F64)
    for pair, state in zip(strategy.pairs, strategy.states, strict=True):
        log = state["log"][: int(state["log_n"])]
        columns = {
            "ts": log["ts"], "pair": [pair.name] * len(log), "spot": log["spot"], "perp": log["perp"],
            "basis_bps": log["basis"], "mean_bps": log["mean"], "std_bps": log["std"], "z": log["z"],
        }  # fmt: skip
        parts.append(
            pa.table(
                {k: np.ascontiguousarray(v) if k != "pair" else v for k, v in columns.items()}, schema=schema
            )
        )
    pq.write_table(pa.concat_tables(parts), folder / "basis.parquet", compression="zstd")


def signal_table(folder: Path, rows: Sequence[SignalRow]) -> None:
    schema = _schema(ts=I64, pair=TXT, name=TXT, z=F64, basis_bps=F64, edge_bps=F64, action=TXT)
    write_table(folder, "signals", {n: [getattr(r, n) for r in rows] for n in schema.names}, schema)


def order_table(folder: Path, tickets: Sequence[Ticket], instruments: Mapping[str, Instrument]) -> None:
    schema = _schema(
        client_id=TXT, ts=I64, pair=TXT, instrument=TXT, side=TXT, type=TXT, price=F64, size=F64, filled=F64,
        average=F64, state=TXT, reason=TXT, trade_id=TXT,
    )  # fmt: skip
    columns: dict[str, list[object]] = {name: [] for name in schema.names}
    for ticket in tickets:
        order, request = ticket.order, ticket.order.request
        rules = instruments[request.instrument]
        row = (
            request.client_id, order.sent_ns, rules.base, request.instrument, request.side.name.lower(),
            f"{request.type.name.lower()} {request.tif.name.lower()}",
            float(rules.price(request.limit_ticks)),
            float(rules.size(request.lots)), float(rules.size(order.filled_lots)),
            order.average_ticks * float(rules.tick), str(order.state), order.reason, ticket.intent.owner,
        )  # fmt: skip
        for column, value in zip(columns.values(), row, strict=True):
            column.append(value)
    write_table(folder, "orders", columns, schema)


def fill_table(
    folder: Path, fills: Sequence[tuple[Fill, str]], instruments: Mapping[str, Instrument]
) -> None:
    schema = _schema(
        ts=I64,
        client_id=TXT,
        instrument=TXT,
        side=TXT,
        price=F64,
        size=F64,
        fee=F64,
        liquidity=TXT,
        trade_id=TXT,
    )
    columns: dict[str, list[object]] = {name: [] for name in schema.names}
    for fill, owner in fills:
        rules = instruments[fill.instrument]
        row = (
            fill.local_ns, fill.client_id, fill.instrument, fill.side.name.lower(),
            float(rules.price(fill.ticks)),
            float(rules.size(fill.lots)), float(fill.fee), str(fill.liquidity), owner,
        )  # fmt: skip
        for column, value in zip(columns.values(), row, strict=True):
            column.append(value)
    write_table(folder, "fills", columns, schema)


def funding_table(folder: Path, payments: Sequence[FundingPayment]) -> None:
    schema = _schema(ts=I64, instrument=TXT, rate=F64, amount=F64, trade_id=TXT)
    columns = {
        "ts": [p.local_ns for p in payments],
        "instrument": [p.instrument for p in payments],
        "rate": [float(p.rate) for p in payments],
        "amount": [float(p.amount) for p in payments],
        "trade_id": [""] * len(payments),
    }
    write_table(folder, "funding", columns, schema)


def trade_table(folder: Path, trades: Sequence[TradeRecord]) -> None:
    money = (
        "notional",
        "entry_basis_bps",
        "exit_basis_bps",
        "funding",
        "basis",
        "fees",
        "slippage",
        "transfers",
        "stablecoin",
        "total",
    )
    columns: dict[str, list[object]] = {
        "id": [t.id for t in trades],
        "pair": [t.pair for t in trades],
        "type": [t.type.upper() for t in trades],
        "opened_ns": [t.opened_ns for t in trades],
        "closed_ns": [t.closed_ns or 0 for t in trades],
    }
    for name in money:
        values = [getattr(t, name) for t in trades]
        columns[name] = [None if v is None else float(v) for v in values]
    columns["clips"] = [t.clips for t in trades]
    columns["aborted"] = [t.aborted for t in trades]
    columns["reason"] = [t.reason for t in trades]
    types = {name: F64 if name in money else TXT for name in columns}
    types |= dict.fromkeys(("opened_ns", "closed_ns", "clips", "aborted"), I64)
    write_table(folder, "trades", columns, _schema(**types))


def daily_table(folder: Path, days: Sequence[DailyPnL]) -> None:
    columns = {
        "day": [d.day for d in days],
        "pnl": [float(d.pnl) for d in days],
        "nav": [float(d.nav) for d in days],
    }
    write_table(folder, "daily", columns, _schema(day=TXT, pnl=F64, nav=F64))
