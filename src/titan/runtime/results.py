"""What a finished session amounts to: run.json, report.json and the tables, from the exact figures of the
ledger.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from titan import __version__
from titan.market.tape.seals import seals
from titan.market.tape.validate import CHECKS, Quality
from titan.model.instrument import InstrumentKind
from titan.model.money import exact
from titan.portfolio.export import FillLine, Records, write_csv, write_json, write_parquet
from titan.portfolio.nav import PnL, nav, pnl
from titan.portfolio.performance import daily_pnl, performance
from titan.portfolio.trades import Story, TradeRecord, trade_records
from titan.risk.capital import type_of
from titan.runtime import tables
from titan.runtime.comparisons import Curve, documents
from titan.runtime.interventions import interventions
from titan.runtime.session import Session
from titan.simulation.assumptions import assumed

SCHEMA: Final = 1
Json = dict[str, object]


def run_document(session: Session, run_hash: str, quality: Quality) -> Json:
    """run.json: everything needed to run it again and to judge whether it can be trusted."""
    tape, config = session.tape, session.config
    instruments = [
        {"id": i.id, "rows": sum(counts.values()), "kinds": {k.name: n for k, n in counts.items()}}
        for i in session.instruments
        for counts in [tape.counts[i.id]]
    ]
    return {
        "schema": SCHEMA,
        "run_hash": run_hash,
        "run_id": session.run_id,
        "strategy": session.strategy.name,
        "mode": "backtest",
        "simulated": tape.meta.simulated,
        "scenario": tape.meta.scenario or None,
        "capital": str(config.run.capital),
        "seed": config.run.seed,
        "titan": __version__,
        "config": config.canonical(),
        "tape": {
            "path": str(tape.path.resolve()),
            "fingerprint": tape.fingerprint,
            "files": seals(tape.files),
            "rows": tape.rows,
            "start_ns": session.span.start_ns,
            "end_ns": session.span.end_ns,
            "simulated": tape.meta.simulated,
            "instruments": instruments,
        },
        "assumptions": assumptions(session),
        "data_quality": data_quality(session, quality),
        "funnel": funnel(session),
        "refusals": refusals(session),
        "interventions": interventions(session.observer.interventions),
        "near_misses": near_misses(session),
    }


def report_document(
    session: Session,
    trades: list[TradeRecord],
    run_hash: str,
    seconds: float,
    quality: Quality,
    curves: Sequence[Curve] = (),
) -> Json:
    """report.json: the figures. Money is rounded to 1e-8 for reading; the journal and the ledger hold it
    exactly.
    """
    ledger, observer = session.ledger, session.observer
    marks = session.present.marks()
    profit = pnl(ledger, marks)
    start, end = ledger.deposits, nav(ledger, marks)
    measured = figures(session, trades)
    return {
        "run_hash": run_hash,
        "strategy": session.strategy.name,
        "simulated": session.tape.meta.simulated,
        "events": session.cursor.rows,
        "events_per_second": round(session.cursor.rows / seconds) if seconds > 0 else None,
        "seconds": round(seconds, 3),
        "signals": len(observer.signals),
        "orders": len(session.desk.tickets),
        "fills": len(observer.fills),
        "nav_start": _money(start),
        "nav_end": _money(end),
        "return": float((end - start) / start),
        "pnl": {name: _money(getattr(profit, name)) for name in PnL.__struct_fields__},
        "pnl_sums_to_nav_change": _sums(profit, start, end),
        "ledger_matches_venue": ledger_matches(session),
        **measured,
        "exit_cost": _money(exit_cost(session)),
        "benchmarks": documents(session, curves),
        "assumptions": assumptions(session),
        "data_quality": data_quality(session, quality),
    }


def figures(session: Session, trades: list[TradeRecord]) -> Json:
    """Performance of the equity curve and the trades; None where there is too little to say."""
    points, report = session.observer.equity, session.config.report
    found = performance(
        np.array([p.ts for p in points], np.int64),
        np.array([float(p.nav) for p in points]),
        trades,
        risk_free_apr=report.risk_free_apr,
        days_per_year=report.days_per_year,
    )
    document: Json = {name: getattr(found, name) for name in found.__struct_fields__}
    fall = found.max_drawdown
    document["max_drawdown"] = fall.depth if fall else 0.0
    document["drawdown"] = msgspec.to_builtins(fall) if fall else None
    return document


def trades_of(session: Session) -> list[TradeRecord]:
    """Every holding's record, from the ledger; what is still open is valued now."""
    stories = {
        h.id: Story(h.clips, min(h.aborted, h.clips), h.reason) for h in session.observer.holdings.values()
    }
    for ticket in session.desk.tickets:
        owner = ticket.intent.owner
        if type_of(owner) and owner not in stories and session.ledger.fills(owner):
            stories[owner] = Story(0, 0, "in flight at the end of the tape")
    return trade_records(session.ledger, session.present.marks(), stories)


def ledger_matches(session: Session) -> bool:
    """Whether every wallet in our books is, to the last unit, what the venue says it is."""
    theirs = session.venue.balances()
    return all(session.ledger.balance(wallet, asset) == amount for (wallet, asset), amount in theirs.items())


def assumptions(session: Session) -> list[Json]:
    return [{"topic": topic, "text": text} for topic, text in assumed(session.models)]


def data_quality(session: Session, quality: Quality) -> list[Json]:
    """What the tape's checks found, what its importer counted, and what its notes say."""
    found: list[Json] = []
    for finding in quality.findings:
        level = "note" if finding.check in ("clock_skew", "gaps", "bars_missing") else "warn"
        detail = CHECKS[finding.check] + (f"; first at row {finding.rows[0]}" if finding.rows else "")
        found.append(_quality(finding.instrument, finding.check, finding.count, detail, level))
    for name, counters in session.tape.meta.quality.items():
        for check, count in counters.items():
            if count:
                found.append(_quality(name, check, count, "counted by the importer", "note"))
    unplayed = session.tape.rows - session.cursor.rows
    if unplayed:
        detail = "rows outside the time in which both legs of a pair are known were not played"
        found.append(_quality("tape", "not played", unplayed, detail, "note"))
    for pair, closing in session.span.closing_ns.items():
        if closing is not None:
            detail = "its data end before the run does, so it was closed before they ended"
            found.append(_quality(pair, "data end early", 1, detail, "note"))
    for note in session.tape.meta.notes:
        found.append(_quality("tape", "note", 1, note, "note"))
    if not found:
        found.append(_quality("tape", "all checks", 0, f"{quality.rows:,} rows, nothing found", "ok"))
    return found


def _quality(instrument: str, check: str, count: int, detail: str, level: str) -> Json:
    return {"instrument": instrument, "check": check, "count": count, "detail": detail, "level": level}


def funnel(session: Session) -> list[Json]:
    """From samples to trades: where opportunities ended."""
    states = session.strategy.states

    def total(field: str) -> int:
        return int(sum(int(s[field]) for s in states))

    names = Counter(s.name for s in session.observer.signals)
    kinds = Counter(str(h.type) for h in session.observer.holdings.values())
    p = session.params
    basis = [
        _stage("basis samples", total("samples"), "both legs quoted within the allowed skew"),
        _stage("stretched", total("stretched"), f"z-score of at least {p.entry_z:g}"),
        _stage("book deep enough", total("stretched") - total("thin"), f"both carry a clip of {p.clip}"),
        _stage("paid for", total("paid"), f"at least {p.min_edge_bps:g} bps left after fees and impact"),
        _stage("EXPAND signals", names["EXPAND"], "times the basis became worth trading"),
        _stage("satellites opened", kinds["satellite"], "pairs held for the basis"),
    ]
    carry = [
        _stage("funding settlements", total("settlements"), "rates paid on the tape"),
        _stage("CORE signals", names["CORE_OPEN"], f"forecast above {p.funding_hurdle_apr:.1%} a year"),
        _stage("cores opened", kinds["core"], "pairs held for funding"),
    ]
    forced = [
        _stage("liquidations", total("forced"), "on the tape, of the bases that are traded"),
        _stage("VACUUM signals", names["VACUUM_OPEN"], "enough of them at once, with the perp below spot"),
        _stage("vacuums opened", kinds["vacuum"], "out of the reserve, with coins that pairs hold"),
    ]
    forced = forced if total("forced") else []
    named = {"basis": basis, "funding": carry, "vacuum": forced, "routing": _routing(session)}
    return [one | {"path": path} for path, stages in named.items() for one in stages]


def _routing(session: Session) -> list[Json]:
    """Where pairs could be opened in more than one way: how it was decided (SEN-5)."""
    routes = session.observer.routes
    if not routes:
        return []
    taken = [r.chosen for r in routes if r.chosen is not None]
    cross = sum(one.cross for one in taken)
    hurdle = f"better than one venue by {session.params.cross_hurdle_bps:g} bps after all costs"
    return [
        _stage("routing decisions", len(routes), "entries that several venues could take"),
        _stage("route found", len(taken), "books deep enough and wallets full enough"),
        _stage("over two venues", cross, hurdle),
    ]


def _stage(stage: str, count: int, note: str) -> Json:
    return {"stage": stage, "count": count, "note": note}


def refusals(session: Session) -> list[Json]:
    """What gates refused and pairs that ended early, counted by reason."""
    counts: Counter[tuple[str, str]] = Counter(session.observer.outcomes)
    for gate, reason in session.journal.refusals:
        counts[gate, reason] += 1
    return [{"gate": g, "reason": r, "count": n} for (g, r), n in counts.most_common(40)]


def near_misses(session: Session) -> list[Json]:
    """The best moments that did not pay, best first."""
    found: list[Json] = []
    for pair, state in zip(session.strategy.pairs, session.strategy.states, strict=True):
        kept = list(state["misses"][: int(state["miss_n"])])
        if int(state["miss_open"]):
            kept.append(state["miss"])
        for miss in kept:
            if -1e8 < float(miss["edge"]) < session.params.min_edge_bps:
                found.append(
                    {
                        "ts_ns": int(miss["ts"]),
                        "pair": pair.name,
                        "z": float(miss["z"]),
                        "basis_bps": float(miss["basis"]),
                        "executable_bps": float(miss["executable"]),
                        "cost_bps": float(miss["cost"]),
                        "edge_bps": float(miss["edge"]),
                    }
                )
    found.sort(key=lambda m: -float(str(m["edge_bps"])))
    return found[:20]


def exit_cost(session: Session) -> Decimal:
    """What closing all that is still held would take: two taker fees and two half spreads of its value now.

    The NAV marks holdings at the mid, so a run that ends with open pairs has not paid this yet.
    """
    marks, cost = session.present.marks(), Decimal(0)
    half = Decimal(repr(float(session.models.half_spread)))
    for instrument in session.instruments:
        if instrument.kind is InstrumentKind.SPOT:
            size = session.ledger.balance(f"{instrument.venue}.spot", instrument.base)
        else:
            size = abs(session.ledger.position(instrument.id).lots) * instrument.lot
        if size:
            cost += size * marks[instrument.id] * (instrument.fees.taker + half)
    return cost


def write_tables(
    folder: Path, session: Session, trades: list[TradeRecord], curves: Sequence[Curve] = ()
) -> None:
    observer = session.observer
    tables.equity_table(folder, observer.equity)
    tables.comparison_table(folder, curves)
    tables.basis_table(folder, session.strategy)
    tables.signal_table(folder, observer.signals)
    tables.order_table(folder, session.desk.tickets, session.by_id)
    tables.fill_table(folder, observer.fills, session.by_id)
    tables.funding_table(folder, observer.funding_payments)
    tables.trade_table(folder, trades)
    daily = daily_pnl([p.ts for p in observer.equity], [p.nav for p in observer.equity])
    tables.daily_table(folder, daily)
    session.journal.save(folder / "journal.jsonl")
    exact = folder / "export"
    exact.mkdir()
    fills = [FillLine.of(b, session.by_id[b.fill.instrument]) for b in session.ledger.fills()]
    records = Records(trades, fills, list(session.ledger.entries), daily)
    write_json(records, exact / "records.json")
    write_csv(records, exact)
    write_parquet(records, exact)


def _sums(profit: PnL, start: Decimal, end: Decimal) -> bool:
    with exact():
        return profit.total == end - start


def _money(value: Decimal) -> float:
    return float(round(value, 8))


def encode(document: Mapping[str, object]) -> bytes:
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"
