"""The week as a run's folder and its report, by the pipeline of every other run.

What the process knew is gone with each of its lives, so the tables are made of the journal and the books.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from tests.week.table import came, survived
from titan.engine.journal import Journal
from titan.market.tape.file import TapeMeta
from titan.market.tape.rows import Kind
from titan.market.tape.validate import Quality
from titan.model.fill import FundingPayment
from titan.model.pair import PairIntent, PairOutcome, TransferIntent
from titan.model.routing import Routed
from titan.model.signal import Intent, Signal
from titan.report.page import build_report
from titan.runtime import comparisons, results
from titan.runtime.observe import Observer
from titan.runtime.run_folder import writing
from titan.simulation.models import Models

if TYPE_CHECKING:
    from tests.week.story import Story


def write(story: Story, entries: Sequence[msgspec.Struct], out: Path, seconds: float) -> Path:
    """The folder `out` with its report.html. Run within the story, while its process stands."""
    session: Any = _reading(story, entries)
    quality = Quality(rows=session.tape.rows, findings=())
    trades = results.trades_of(session)
    curves = comparisons.comparisons(session, None)
    with writing(out) as folder:
        results.write_tables(folder, session, trades, curves)
        digest = session.journal.digest
        document = results.run_document(session, digest, quality) | _tried(story)
        (folder / "run.json").write_bytes(results.encode(document))
        report = results.report_document(session, trades, digest, seconds, quality, curves)
        assert story.statement is not None
        report["ledger_matches_venue"] = all(
            kept for name, kept, _ in story.statement.laws if name.startswith("ledger ")
        )
        (folder / "report.json").write_bytes(results.encode(report))
        build_report(folder)
    return out / "report.html"


def _tried(story: Story) -> dict[str, object]:
    assert story.statement is not None
    return {
        "mode": "live", "command": story.terms.command(),
        "incidents": [{"ts_ns": at, "text": text} for at, text in story.incidents],
        "faults": _counts(survived(story)), "played": _counts(came(story)),
        "laws": [{"name": n, "kept": kept, "figures": text} for n, kept, text in story.statement.laws],
        "assumptions": [{"topic": topic, "text": text} for topic, text in ASSUMED],
    }  # fmt: skip


def _counts(named: Mapping[str, int]) -> list[dict[str, object]]:
    return [{"name": name, "count": count} for name, count in named.items()]


ASSUMED = (
    ("Market", "Generated, seeded; one path for all venues, each a little off it. The touch of each step "
               "stands for the first levels of a book."),
    ("Venues", "The doubles' own servers, accounts and matching, spoken to by the gateways over HTTP and "
               "WebSockets on a network in memory and on virtual time."),
    ("Market data", "Rows come straight from the doubles' markets, 30 ms after each step; the feeds' sockets "
                    "are tested elsewhere."),
    ("Faults", "Requests and frames are lost, late, doubled and out of order; a process is killed between "
               "two instructions, and begins again with what its journal had committed."),
)  # fmt: skip


def _reading(story: Story, entries: Sequence[msgspec.Struct]) -> SimpleNamespace:
    """What `runtime.results` reads of a session."""
    process = story.process
    assert process is not None
    run = process.run
    parts = run.parts
    journal = Journal()
    for entry in entries:
        journal(entry)
    strategy: Any = parts.strategy
    return SimpleNamespace(
        tape=_tape(story), config=story.config, instruments=run.instruments, by_id=run.by_id,
        run_id=run.run_id, strategy=strategy, params=parts.params, models=Models(),
        ledger=parts.ledger, present=parts.present, desk=parts.desk, journal=journal,
        observer=_observed(story, parts, run.by_id, entries),
        cursor=SimpleNamespace(rows=_rows(story)), venue=SimpleNamespace(balances=dict),
        span=SimpleNamespace(
            start_ns=story.start_ns, end_ns=story.end_ns,
            closing_ns=dict.fromkeys(p.name for p in strategy.pairs),
        ),
    )  # fmt: skip


def _rows(story: Story) -> int:
    return sum(len(v.rows.tape.rows.ts) for v in story.venues.values())


def _tape(story: Story) -> SimpleNamespace:
    counts: dict[str, dict[Kind, int]] = {}
    for venue in story.venues.values():
        rows = venue.rows.tape.rows
        for n, instrument in enumerate(venue.instruments):
            kinds, numbers = np.unique(rows.kind[rows.inst == n], return_counts=True)
            counts[instrument.id] = {Kind(int(k)): int(c) for k, c in zip(kinds, numbers, strict=True)}
    note = "after each restart the statistics of the basis begin anew: its chart shows the last process alone"
    meta = TapeMeta(
        (), simulated=True, scenario=f"week, seed {story.terms.seed}",
        notes=("simulated market and venues, nothing here was traded", note),
    )  # fmt: skip
    return SimpleNamespace(
        meta=meta, counts=counts, rows=_rows(story), path=story.folder, files=(),
        fingerprint=f"week-{story.terms.seed}",
    )  # fmt: skip


def _observed(story: Story, parts: Any, by_id: Any, entries: Sequence[msgspec.Struct]) -> Observer:
    """All of the week, as one process that never died would have seen it."""
    seen = Observer(by_id, parts.ledger, parts.present)
    seen.equity = list(story.equity)
    waiting: Signal | None = None
    wishes = 0
    for entry in entries:
        if waiting is not None and not isinstance(entry, PairIntent | TransferIntent | Intent | Routed):
            seen.signal(waiting, wishes)
            waiting = None
        if isinstance(entry, Signal):
            waiting, wishes = entry, 0
        elif isinstance(entry, PairIntent):
            wishes += 1
        elif isinstance(entry, PairOutcome):
            seen.outcome(entry)
        elif isinstance(entry, FundingPayment):
            seen.funding(entry)
    for booked in parts.ledger.fills():
        seen.fill(booked.fill, booked.owner)
    return seen
