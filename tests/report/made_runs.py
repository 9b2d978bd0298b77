"""Run folders for the report's tests: random but seeded, in the layout that `runtime/` writes.

The market is a mean-reverting basis with bursts; a position opens at z >= 2 and closes at z <= 0, as
Sentinel's would. Nothing here is a claim about a strategy: the figures only have to be consistent with one
another, so that a page which adds them up wrongly is found out.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

DAY_NS = 86_400_000_000_000
START_NS = 1_704_067_200_000_000_000  # 2024-01-01 UTC
SOURCES = ("funding", "basis", "fees", "slippage", "transfers")


@dataclass(frozen=True)
class Spec:
    """What the made-up run looks like: its length, its pairs, and whether anything paid its costs."""

    seconds: int
    pairs: tuple[str, ...] = ("BTCUSDT",)
    trades: bool = True
    simulated: bool = False
    seed: int = 7
    rows: int = 20_000
    capital: float = 100_000.0
    config: dict[str, Any] = field(
        default_factory=lambda: {
            "sentinel": {"entry_z": 2.0, "exit_z": 0.0, "window": 2016, "min_edge_bps": 1.5, "clip_usd": 500},
            "fees": {"spot_taker_bps": 7.5, "perp_taker_bps": 4.5},
            "simulation": {"latency": {"order_ms": 25, "feed_ms": 8}, "queue": "pro-rata"},
        }
    )


SEVEN_MINUTES = Spec(seconds=420, rows=4_200)
NO_TRADES = Spec(seconds=30 * 86_400, rows=8_640, trades=False)
EIGHT_MONTHS = Spec(seconds=243 * 86_400, pairs=("BTCUSDT", "ETHUSDT", "SOLUSDT"))
SIMULATED = Spec(seconds=45 * 86_400, pairs=("BTCUSDT", "ETHUSDT"), rows=6_000, simulated=True)

PRICES = {"BTCUSDT": 42_000.0, "ETHUSDT": 2_300.0, "SOLUSDT": 98.0}


def write_run(folder: Path, spec: Spec) -> Path:
    """Write a whole run folder for `spec` and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(spec.seed)
    markets = {pair: market(spec, pair, rng) for pair in spec.pairs}
    trades: list[dict[str, Any]] = []
    signals: list[dict[str, Any]] = []
    for pair, rows in markets.items():
        trade_pair(spec, pair, rows, trades, signals, rng)
    signals.sort(key=lambda row: row["ts"])
    trades.sort(key=lambda row: row["opened_ns"])
    for number, trade in enumerate(trades, start=1):
        trade["id"] = f"S-{number:05d}"
    equity = equity_curve(spec, trades, rng)
    _tables(folder, spec, markets, trades, signals, equity)
    _documents(folder, spec, markets, trades, signals, equity)
    return folder


def market(spec: Spec, pair: str, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """A geometric walk of the spot and a mean-reverting basis with bursts, in bps."""
    count = spec.rows
    ts = START_NS + np.linspace(0, spec.seconds * 1e9, count).astype(np.int64)
    spot = PRICES.get(pair, 50.0) * np.exp(np.cumsum(rng.normal(0, 0.0024, count)))
    noise = rng.normal(0, 0.55, count) + (rng.random(count) < 0.0025) * rng.uniform(4, 16, count)
    basis = np.empty(count)
    level = 3.0
    for i in range(count):
        level += 0.03 * (3.0 - level) + noise[i]
        basis[i] = level
    window = max(20, min(2016, count // 10))
    sums = np.concatenate([[0.0], np.cumsum(basis)])
    squares = np.concatenate([[0.0], np.cumsum(basis * basis)])
    mean = np.full(count, np.nan)
    std = np.full(count, np.nan)
    mean[window:] = (sums[window + 1 :] - sums[1:-window]) / window
    variance = (squares[window + 1 :] - squares[1:-window]) / window - mean[window:] ** 2
    std[window:] = np.sqrt(np.maximum(variance, 1e-9))
    return {
        "ts": ts,
        "spot": spot,
        "perp": spot * (1 + basis / 1e4),
        "basis_bps": basis,
        "mean_bps": mean,
        "std_bps": std,
        "z": (basis - mean) / std,
    }


def trade_pair(
    spec: Spec,
    pair: str,
    rows: dict[str, np.ndarray],
    trades: list[dict[str, Any]],
    signals: list[dict[str, Any]],
    rng: np.random.Generator,
) -> None:
    """Open at z >= 2 where the edge pays, close at z <= 0; refuse what does not pay, and say why."""
    held: dict[str, Any] | None = None
    for i in range(len(rows["ts"])):
        z, basis = float(rows["z"][i]), float(rows["basis_bps"][i])
        if not np.isfinite(z):
            continue
        edge = basis - 24.0 + float(rng.normal(0, 2))
        row = {"ts": int(rows["ts"][i]), "pair": pair, "z": z, "basis_bps": basis, "edge_bps": edge}
        if held is None and z >= 2:
            if spec.trades and (edge > -10 or spec.seconds < 3600):
                held = open_trade(pair, row, rng)
                signals.append(row | {"name": "EXPAND", "action": "opened"})
            elif rng.random() < 0.4:
                signals.append(
                    row | {"name": "EXPAND", "action": "refused: the edge does not pay the round trip"}
                )
        elif held is not None and z <= 0:
            trades.append(close_trade(held, row, spec, rng))
            signals.append(row | {"name": "CONTRACT", "action": "closed"})
            held = None
    if held is not None:
        trades.append(
            close_trade(held, row, spec, rng) | {"closed_ns": 0, "exit_basis_bps": None, "reason": ""}
        )


def open_trade(pair: str, row: dict[str, Any], rng: np.random.Generator) -> dict[str, Any]:
    kind = "core" if rng.random() < 0.2 else "satellite"
    notional = float(rng.integers(4, 40)) * 500.0
    return {
        "pair": pair, "type": kind, "opened_ns": row["ts"], "notional": notional,
        "entry_basis_bps": row["basis_bps"],
    }  # fmt: skip


def close_trade(
    held: dict[str, Any], row: dict[str, Any], spec: Spec, rng: np.random.Generator
) -> dict[str, Any]:
    notional = held["notional"]
    hours = (row["ts"] - held["opened_ns"]) / 3.6e12
    gained = {
        "funding": notional * 1.1e-4 * hours / 8 * float(rng.normal(1, 0.4)),
        "basis": notional
        * (held["entry_basis_bps"] - row["basis_bps"] + float(rng.normal(0, 9)))
        / 1e4
        * 1.4,
        "fees": -notional * 11e-4 * float(rng.uniform(0.6, 1)),
        "slippage": -notional * 0.9e-4 * float(rng.random()),
        "transfers": -1.25 if rng.random() < 0.03 else 0.0,
    }
    aborted = int(rng.random() < 0.04)
    return held | gained | {
        "closed_ns": row["ts"], "exit_basis_bps": row["basis_bps"], "total": sum(gained.values()),
        "clips": int(notional // 500), "aborted": aborted,
        "reason": "leg timed out, neutralised" if aborted else "z at or below 0",
    }  # fmt: skip


def equity_curve(spec: Spec, trades: list[dict[str, Any]], rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Cumulative sources on a regular grid; the NAV is the capital plus their sum, exactly, on every row."""
    count = min(spec.rows, 11_664)
    ts = START_NS + np.linspace(0, spec.seconds * 1e9, count).astype(np.int64)
    grid = (ts - START_NS) / 1e9
    columns = {name: np.zeros(count) for name in SOURCES}
    deployed = np.zeros(count)
    for trade in trades:
        opened = (trade["opened_ns"] - START_NS) / 1e9
        closed = (trade["closed_ns"] - START_NS) / 1e9 if trade["closed_ns"] else float(spec.seconds)
        share = np.clip((grid - opened) / max(closed - opened, 1e-9), 0, 1)
        columns["funding"] += trade["funding"] * np.floor(share * 8) / 8
        columns["basis"] += trade["basis"] * share
        columns["fees"] += trade["fees"] * (0.5 * (grid >= opened) + 0.5 * (grid >= closed))
        columns["slippage"] += trade["slippage"] * (0.5 * (grid >= opened) + 0.5 * (grid >= closed))
        columns["transfers"] += trade["transfers"] * (grid >= closed)
        deployed += trade["notional"] * ((grid >= opened) & (grid < closed))
    wiggle = rng.normal(0, 3, count) * (deployed > 0)
    wiggle[-1] = 0.0
    columns["basis"] += wiggle
    nav = spec.capital + sum(columns.values())
    peak = np.maximum.accumulate(nav)
    return {
        "ts": ts, "nav": nav, "drawdown": nav / peak - 1, "delta_usd": wiggle * 3, "deployed": deployed,
        "margin_utilisation": deployed / spec.capital * 0.4, **columns,
    }  # fmt: skip


def daily(spec: Spec, equity: dict[str, np.ndarray]) -> tuple[list[str], list[float]]:
    days = equity["ts"] // DAY_NS
    names, values, before = [], [], spec.capital
    for day in np.unique(days):
        last = float(equity["nav"][days == day][-1])
        names.append(str(np.datetime64(int(day), "D")))
        values.append(last - before)
        before = last
    return names, values


def _save(folder: Path, name: str, columns: dict[str, Any], schema: pa.Schema | None = None) -> None:
    pq.write_table(pa.table(columns, schema=schema), folder / f"{name}.parquet", compression="zstd")


TYPES = {"i": pa.int64(), "f": pa.float64(), "t": pa.string()}


def schema(text: str) -> pa.Schema:
    """`"ts:i pair:t z:f"` as an arrow schema."""
    return pa.schema([(name, TYPES[kind]) for name, kind in (part.split(":") for part in text.split())])


TRADE_SCHEMA = schema(
    "id:t pair:t type:t opened_ns:i closed_ns:i notional:f entry_basis_bps:f exit_basis_bps:f funding:f"
    " basis:f fees:f slippage:f transfers:f total:f clips:i aborted:i reason:t"
)
SIGNAL_SCHEMA = schema("ts:i pair:t name:t z:f basis_bps:f edge_bps:f action:t")
ORDER_SCHEMA = schema(
    "client_id:t ts:i pair:t instrument:t side:t type:t price:f size:f filled:f average:f"
    " state:t reason:t trade_id:t"
)
FILL_SCHEMA = schema("ts:i client_id:t instrument:t side:t price:f size:f fee:f liquidity:t trade_id:t")
FUNDING_SCHEMA = schema("ts:i instrument:t rate:f amount:f trade_id:t")


def _rows(rows: list[dict[str, Any]], schema: pa.Schema) -> dict[str, list[Any]]:
    return {name: [row[name] for row in rows] for name in schema.names}


def _tables(
    folder: Path,
    spec: Spec,
    markets: dict[str, dict[str, np.ndarray]],
    trades: list[dict[str, Any]],
    signals: list[dict[str, Any]],
    equity: dict[str, np.ndarray],
) -> None:
    _save(folder, "equity", equity)
    stacked = {
        name: np.concatenate([rows[name] for rows in markets.values()]) for name in markets[spec.pairs[0]]
    }
    _save(folder, "basis", {"pair": np.repeat(list(markets), spec.rows)} | stacked)
    _save(folder, "signals", _rows(signals, SIGNAL_SCHEMA), SIGNAL_SCHEMA)
    _save(folder, "trades", _rows(trades, TRADE_SCHEMA), TRADE_SCHEMA)
    orders, fills = orders_and_fills(trades)
    _save(folder, "orders", _rows(orders, ORDER_SCHEMA), ORDER_SCHEMA)
    _save(folder, "fills", _rows(fills, FILL_SCHEMA), FILL_SCHEMA)
    paid = [
        {"ts": t["opened_ns"] + 3_600_000_000_000, "instrument": f"binance-usdm:{t['pair']}", "rate": 1e-4,
         "amount": t["funding"], "trade_id": t["id"]} for t in trades
    ]  # fmt: skip
    _save(folder, "funding", _rows(paid, FUNDING_SCHEMA), FUNDING_SCHEMA)
    names, values = daily(spec, equity)
    _save(folder, "daily", {"day": names, "pnl": values})
    ends = {"Hold cash": ("cash", 0.0), "Plain funding harvesting": ("harvest", 0.0101),
            "Buy and hold BTC": ("coin", 0.1432)}  # fmt: skip
    every = equity["ts"][::20]
    share = (every - every[0]) / max(every[-1] - every[0], 1)
    compared = {
        "ts": np.tile(every, len(ends)),
        "name": np.repeat(list(ends), len(every)),
        "kind": np.repeat([kind for kind, _ in ends.values()], len(every)),
        "nav": np.concatenate([spec.capital * (1 + growth * share) for _, growth in ends.values()]),
    }
    _save(folder, "comparisons", compared)


def orders_and_fills(trades: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    orders, fills = [], []
    for trade in trades:
        price = PRICES.get(trade["pair"], 50.0)
        for leg, (venue, side) in enumerate((("binance-spot", "buy"), ("binance-usdm", "sell"))):
            client = f"{trade['id']}-{leg}"
            size = trade["notional"] / price
            orders.append(
                {"client_id": client, "ts": trade["opened_ns"], "pair": trade["pair"],
                 "instrument": f"{venue}:{trade['pair']}", "side": side, "type": "limit ioc", "price": price,
                 "size": size, "filled": size, "average": price, "state": "filled", "reason": "",
                 "trade_id": trade["id"]}
            )  # fmt: skip
            fills.append(
                {"ts": trade["opened_ns"] + 25_000_000, "client_id": client, "side": side, "price": price,
                 "instrument": f"{venue}:{trade['pair']}", "size": size, "fee": -trade["fees"] / 4,
                 "liquidity": "taker", "trade_id": trade["id"]}
            )  # fmt: skip
    return orders, fills


def _documents(
    folder: Path,
    spec: Spec,
    markets: dict[str, dict[str, np.ndarray]],
    trades: list[dict[str, Any]],
    signals: list[dict[str, Any]],
    equity: dict[str, np.ndarray],
) -> None:
    run_hash = hashlib.sha256(repr(spec).encode()).hexdigest()
    expand = [s for s in signals if s["name"] == "EXPAND"]
    refused = [s for s in expand if s["action"].startswith("refused")]
    nearest = sorted(refused, key=lambda s: -s["edge_bps"])[:12]
    instruments = [
        {"id": f"{venue}:{pair}", "rows": spec.rows * 4, "first_ns": START_NS,
         "last_ns": START_NS + spec.seconds * 10**9, "kinds": {"BAR_CLOSE": spec.rows, "FUNDING": 729}}
        for pair in spec.pairs for venue in ("binance-spot", "binance-usdm")
    ]  # fmt: skip
    quality = [
        {"instrument": "binance-usdm:BTCUSDT", "check": "gaps", "count": 2, "level": "warn",
         "detail": "2 gaps, the longest 35 min on 2024-02-11 03:10; no signal was taken inside them"},
        {"instrument": "binance-spot:BTCUSDT", "check": "crossed books", "count": 0, "level": "ok"},
    ]  # fmt: skip
    assumptions = [
        {"topic": "Fills", "text": "The data are bars: a taker order fills at the open of the next bar plus"
         " half a spread of 1.0 bps. Displayed size is unknown: no order exceeds 1 % of a bar's volume."},
        {"topic": "Latency", "text": "Orders take 25 ms to the venue, market data 8 ms to the strategy."},
        {"topic": "Funding", "text": "Paid at each instrument's own interval, on the mark price."},
    ]  # fmt: skip
    run = {
        "schema": 1, "run_hash": run_hash, "run_id": f"sentinel-{run_hash[:8]}", "strategy": "sentinel",
        "mode": "backtest", "simulated": spec.simulated, "scenario": "squeeze" if spec.simulated else None,
        "capital": f"{spec.capital:.0f}", "seed": spec.seed, "started": "2026-11-21T00:41:07Z",
        "titan": "0.1.0", "config": spec.config,
        "tape": {"path": "tapes/basis-5m", "fingerprint": hashlib.sha256(b"tape").hexdigest(),
                 "rows": spec.rows * 4 * len(instruments), "start_ns": START_NS,
                 "end_ns": START_NS + spec.seconds * 10**9, "simulated": spec.simulated,
                 "instruments": instruments},
        "assumptions": assumptions, "data_quality": quality,
        "funnel": [
            {"stage": "Samples of the basis", "count": spec.rows * len(spec.pairs), "note": "warmed up"},
            {"stage": "z at or above 2", "count": len(expand), "note": "EXPAND signals"},
            {"stage": "Edge pays the round trip", "count": len(expand) - len(refused), "note": "fees"},
            {"stage": "Allowed by the gates", "count": len(trades), "note": ""},
            {"stage": "Opened", "count": len(trades), "note": ""},
        ],
        "refusals": [
            {"gate": "edge", "reason": "the executable basis does not pay the round trip",
             "count": len(refused)}
        ] if refused else [],
        "near_misses": [
            {"ts_ns": s["ts"], "pair": s["pair"], "z": s["z"], "basis_bps": s["basis_bps"],
             "executable_bps": s["basis_bps"] - 0.8, "cost_bps": 24.0, "edge_bps": s["edge_bps"]}
            for s in nearest
        ],
    }  # fmt: skip
    (folder / "run.json").write_text(json.dumps(run, indent=1))
    (folder / "report.json").write_text(json.dumps(_report(spec, run, trades, equity), indent=1))


def _report(
    spec: Spec, run: dict[str, Any], trades: list[dict[str, Any]], equity: dict[str, np.ndarray]
) -> dict[str, Any]:
    days = spec.seconds / 86_400
    long_enough = days >= 30 and bool(trades)
    nav_end = float(equity["nav"][-1])
    wins = [t["total"] for t in trades if t["total"] > 0]
    losses = [t["total"] for t in trades if t["total"] <= 0]
    _, pnl = daily(spec, equity)
    returns = np.array(pnl) / spec.capital
    spread = float(returns.std()) or 1.0
    down = float(np.sqrt((np.minimum(returns, 0) ** 2).mean())) or 1.0
    growth = nav_end / spec.capital
    return {
        "run_hash": run["run_hash"], "events": run["tape"]["rows"], "events_per_second": 31_400_000,
        "orders": len(trades) * 2, "fills": len(trades) * 2, "nav_start": spec.capital, "nav_end": nav_end,
        "pnl": {name: float(equity[name][-1]) for name in SOURCES},
        "max_drawdown": float(equity["drawdown"].min()), "days": days, "trades": len(trades),
        "sharpe": float(returns.mean() / spread * 365**0.5) if long_enough else None,
        "sortino": float(returns.mean() / down * 365**0.5) if long_enough else None,
        "win_rate": len(wins) / len(trades) if trades else None,
        "profit_factor": sum(wins) / -sum(losses) if losses and sum(losses) < 0 else None,
        "exposure": float((equity["deployed"] > 0).mean()),
        "annual_return": growth ** (365 / days) - 1 if long_enough else None,
        "annual_volatility": spread * 365**0.5 if long_enough else None,
        "assumptions": run["assumptions"], "data_quality": run["data_quality"], "ledger_matches_venue": True,
        "benchmarks": [
            {"name": "Hold cash", "kind": "cash", "return": 0.0, "annual_return": 0.0, "max_drawdown": 0.0},
            {"name": "Plain funding harvesting", "kind": "harvest", "return": 0.0101, "sharpe": 4.7,
             "annual_return": 0.0152, "max_drawdown": -0.0015, "note": "held to the end"},
            {"name": "Buy and hold BTC", "kind": "coin", "return": 0.1432 if days > 1 else -0.0004,
             "annual_return": 0.22, "sharpe": 0.66, "max_drawdown": -0.31},
        ],
    }  # fmt: skip
