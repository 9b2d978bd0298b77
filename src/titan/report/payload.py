"""What the page's script gets: series of the charts and rows of the tables, within the page's budget."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from titan.report.documents import SOURCES, exact
from titan.report.load import RunFolder, Table
from titan.report.pack import packed, packed_time, rounded, significant
from titan.report.thin import extremes

Payload = dict[str, object]

EQUITY_ROWS = 5_000
BASIS_ROWS = 45_000  # all pairs together
COMPARED_ROWS = 1_200
TRADE_ROWS = 3_000
ORDER_ROWS = 1_500
REFUSED_ROWS = 600  # markers a pair

MONEY = ("nav", *SOURCES)


def payload(folder: RunFolder) -> Payload:
    """The document the script reads. Times are seconds since 1970 in UTC."""
    tables = folder.tables
    return {
        "currency": folder.run.currency,
        "start": float(exact(folder.report.nav_start)),
        "run": folder.run.run_id,
        "span": [folder.run.tape.start_ns / 1e9, folder.run.tape.end_ns / 1e9],
        "equity": equity(tables["equity"]),
        "comparisons": comparisons(tables["equity"], tables["comparisons"]),
        "pairs": [basis(tables, pair, cap) for pair, cap in _caps(tables["basis"])],
        "trades": trades(tables["trades"]),
        "orders": orders(tables["orders"]),
        "fills": fills(tables["fills"]),
    }


def equity(table: Table) -> Payload:
    rows = extremes([_floats(table["nav"]), _floats(table["drawdown"])], EQUITY_ROWS)
    found: Payload = {"time": packed_time(table["ts"].astype(np.int64)[rows]), "rows": len(rows)}
    for name in table:
        if name != "ts":
            found[name] = packed(_floats(table[name])[rows], exact=name in MONEY)
    return found


def comparisons(equity: Table, table: Table) -> Payload:
    """The run and what it is compared with, as NAVs at the same times, the run's own."""
    ts, own = equity["ts"].astype(np.int64), _floats(equity["nav"])
    names = list(dict.fromkeys(table["name"].astype(np.str_).tolist()))
    curves = [own]
    kinds = []
    for name in names:
        mine = table["name"] == name
        at = np.searchsorted(table["ts"][mine].astype(np.int64), ts, side="right") - 1
        curves.append(_floats(table["nav"][mine])[np.maximum(at, 0)])
        kinds.append(str(table["kind"][mine][0]))
    rows = extremes(curves[:1], COMPARED_ROWS)
    return {
        "time": packed_time(ts[rows]),
        "own": packed(own[rows], exact=True),
        "curves": [
            {"name": name, "kind": kind, "nav": packed(curve[rows], exact=True)}
            for name, kind, curve in zip(names, kinds, curves[1:], strict=True)
        ],
    }


def _caps(table: Table) -> list[tuple[str, int]]:
    pairs = sorted({str(pair) for pair in table["pair"]})
    return [(pair, BASIS_ROWS // len(pairs)) for pair in pairs]


def basis(tables: dict[str, Table], pair: str, most: int) -> Payload:
    """One pair's chart. The script works the perp and the z-score out from what is here."""
    mask = tables["basis"]["pair"] == pair
    table = {
        name: _floats(column[mask]) for name, column in tables["basis"].items() if name not in ("pair", "ts")
    }
    ts = tables["basis"]["ts"][mask].astype(np.int64)
    order = np.argsort(ts, kind="stable")
    order = order[extremes([table["basis_bps"][order]], min(most, 16_000))]
    deviates = np.nanmax(np.abs(table["std_bps"]), initial=0.0) > 0
    return {
        "pair": pair,
        "measured": int(mask.sum()),
        "rows": len(order),
        "time": packed_time(ts[order]),
        "spot": packed(table["spot"][order]),
        "basis": packed(table["basis_bps"][order], 0.01),
        "mean": packed(table["mean_bps"][order], 0.01),
        "std": packed(table["std_bps"][order], 0.001 if deviates else None),
        "z": packed(table["z"][order], 0.001),
        "signals": signals(tables["signals"], pair),
    }


def signals(table: Table, pair: str) -> Payload:
    """The markers: every opening and closing, and the refusals up to a number, evenly over the run."""
    mine, action = table["pair"] == pair, table["action"].astype(np.str_)
    acted = np.isin(action, ("opened", "closed"))
    refused = np.flatnonzero(mine & (np.char.startswith(action, "refused") | (action == "not opened")))
    shown = refused[:: max(1, -(-len(refused) // REFUSED_ROWS))]
    rows = np.sort(np.concatenate([np.flatnonzero(mine & acted), shown]))
    return {
        "time": rounded(table["ts"][rows].astype(np.int64) / 1e9, 3),
        "name": _coded(table["name"][rows]),
        "action": _coded(table["action"][rows]),
        "basis": rounded(table["basis_bps"][rows], 2),
        "z": rounded(table["z"][rows], 3),
        "edge": rounded(table["edge_bps"][rows], 2),
        "refused": len(refused),
    }


def trades(table: Table) -> Payload:
    rows = np.argsort(table["opened_ns"], kind="stable")[:TRADE_ROWS]
    columns: Payload = {name: _coded(table[name][rows]) for name in ("id", "pair", "type", "reason")}
    columns["opened"] = rounded(table["opened_ns"][rows].astype(np.int64) / 1e9, 3)
    columns["closed"] = rounded(table["closed_ns"][rows].astype(np.int64) / 1e9, 3)
    for name in ("clips", "aborted"):
        columns[name] = rounded(table[name][rows], 0)
    for name in ("notional", *SOURCES, "total"):
        columns[name] = rounded(table[name][rows], 4)
    for name in ("entry_basis_bps", "exit_basis_bps"):
        columns[name] = rounded(table[name][rows], 2)
    return {"all": len(table["id"]), "columns": columns}


def orders(table: Table) -> Payload:
    words = ("client_id", "pair", "instrument", "side", "type", "state", "reason", "trade_id")
    return _records(table, words, ("price", "size", "filled", "average"))


def fills(table: Table) -> Payload:
    words = ("client_id", "instrument", "side", "liquidity", "trade_id")
    return _records(table, words, ("price", "size", "fee"))


def _records(table: Table, words: tuple[str, ...], numbers: tuple[str, ...]) -> Payload:
    rows = np.argsort(table["ts"], kind="stable")[:ORDER_ROWS]
    columns: Payload = {"ts": rounded(table["ts"][rows].astype(np.int64) / 1e9, 3)}
    columns |= {name: _coded(table[name][rows]) for name in words}
    columns |= {name: significant(table[name][rows]) for name in numbers}
    return {"all": len(table["ts"]), "columns": columns}


def _coded(values: NDArray[np.generic]) -> object:
    """Text that repeats as a list of its words and a place in it for each row."""
    words, places = np.unique(values.astype(np.str_), return_inverse=True)
    if len(words) * 3 > len(values):
        return values.tolist()
    return {"words": words.tolist(), "at": places.tolist()}


def _floats(values: NDArray[np.generic]) -> NDArray[np.float64]:
    return values.astype(np.float64)
