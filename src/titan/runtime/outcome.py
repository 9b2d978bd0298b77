"""The last moment of a finished session as its status: what a run on live data says of itself every second.

So whoever shows runs needs one way of reading them only. Like the journal it depends on the tape and the
settings alone.
"""

from __future__ import annotations

from titan.portfolio.nav import nav
from titan.runtime.session import Session
from titan.runtime.trading import showing, status
from titan.views.status import BACKTEST, JournalLine, Status


def status_of(session: Session) -> Status:
    """Stopped, at the end of what was played."""
    present, ledger, config = session.present, session.ledger, session.config
    books = showing.Books(ledger, present, session.params)
    end, now = nav(ledger, present.marks()), session.span.end_ns
    refused: dict[str, int] = {}
    for gate, reason in session.journal.refusals:
        refused[f"{gate}: {reason}"] = refused.get(f"{gate}: {reason}", 0) + 1
    return Status(
        run_id=session.run_id, mode=BACKTEST, state="stopped", at_ns=now,
        seconds=(now - session.span.start_ns) / 1e9, simulated=True, resumed=False, traded=True,
        quote=config.run.quote, nav=end, start_nav=ledger.deposits, pnl=status.money(ledger, present),
        rows=session.cursor.rows, signals=len(session.observer.signals), orders=len(session.desk.tickets),
        fills=len(session.observer.fills), refusals=refused, prices=status.prices(present, session.by_id),
        positions=status.positions(ledger, present, session.by_id),
        in_flight=status.in_flight(session.desk, session.by_id, now), executions=0, venues=(), closed={},
        journal=JournalLine("journal.jsonl", len(session.journal.lines), 0, ""), latency={},
        strategy=session.strategy.name, delta=showing.lean(books), warn=config.limits.delta_warn,
        act=config.limits.delta_hedge, ladder=showing.ladder(config.limits),
        deployed=showing.deployed(books), deployable=showing.deployable(books.params, end),
        pairs=showing.pairs(session.strategy, present, session.view.quotes, {}),
        holdings=showing.holdings(session.strategy, books), margins=showing.margins(books),
        balances=showing.balances(books),
    )  # fmt: skip
