"""What a run says of itself (`views.status`), made in parts: one after the other does not keep the next tick
waiting as all of them at once would.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from titan.runtime.trading import showing, status
from titan.views.status import JournalLine

if TYPE_CHECKING:
    from titan.runtime.trading.run import Run

Said = dict[str, Any]
"""Fields of `Status`."""
Part = Callable[["Run", int], Said]


def course(run: Run, now: int) -> Said:
    """Who it is and how far it has come."""
    parts, limits = run.parts, run.config.limits
    return {
        "run_id": run.run_id,
        "mode": run.mode.name,
        "state": "halted" if run.halted and run.state == "trading" else run.state,
        "at_ns": now,
        "seconds": (now - run.began_ns) / 1e9,
        "simulated": not (run.mode.keys and run.plan.real),
        "resumed": run.resumed,
        "traded": run.traded,
        "quote": run.config.run.quote,
        "start_nav": run.start_nav,
        "rows": run.arrivals.rows,
        "signals": len(parts.observer.signals),
        "refusals": dict(run.refusals),
        "closed": run.doors.closed() | status.imposed(parts.halts.restraints),
        "journal": JournalLine(
            run.plan.shown_store, run.journal.entries, run.journal.unsafe, run.journal.trouble
        ),
        "latency": run.stages.percentiles(),
        "notes": tuple(run.notes),
        "strategy": parts.strategy.name,
        "every_s": run.config.live.status_seconds,
        "warn": limits.delta_warn,
        "act": limits.delta_hedge,
        "ladder": showing.ladder(limits),
    }


def money(run: Run, now: int) -> Said:
    del now
    parts, value = run.parts, run.nav()
    return {
        "nav": value,
        "pnl": status.money(parts.ledger, parts.present) if value is not None else {},
        "deployable": showing.deployable(parts.params, value),
    }


def lean(run: Run, now: int) -> Said:
    del now
    books = _books(run)
    return {
        "delta": showing.lean(books),
        "deployed": showing.deployed(books),
        "margins": showing.margins(books),
        "balances": showing.balances(books),
    }


def held(run: Run, now: int) -> Said:
    """Of one moment: what is counted here is what is told here."""
    parts = run.parts
    return {
        "orders": len(parts.desk.tickets),
        "fills": len(parts.ledger.fills()),
        "executions": parts.engine.executions,
        "positions": status.positions(parts.ledger, parts.present, run.by_id),
        "holdings": showing.holdings(parts.strategy, _books(run)),
        "in_flight": status.in_flight(parts.desk, run.by_id, now),
    }


def markets(run: Run, now: int) -> Said:
    del now
    parts = run.parts
    return {
        "prices": status.prices(parts.present, run.by_id),
        "pairs": showing.pairs(parts.strategy, parts.present, parts.view.quotes, run.trails),
    }


def venues(run: Run, now: int) -> Said:
    return {"venues": status.venues(run.markets.feeds, now)}


def _books(run: Run) -> showing.Books:
    return showing.Books(run.parts.ledger, run.parts.present, run.parts.params)


PARTS: Final[tuple[Part, ...]] = (course, money, lean, held, markets, venues)
