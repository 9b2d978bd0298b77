"""A run in the terminal: one table that is drawn anew, messages above it, and what stands at the end."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any

import typer

from titan.cli.terminal import paint

if TYPE_CHECKING:
    from titan.runtime.trading.histogram import Percentiles
    from titan.runtime.trading.status import PositionLine, Status


class View:
    """Draws where somebody looks; elsewhere it says a line every ten seconds, or nothing when `quiet`."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._live: Any = None
        self._said = 0.0

    def __enter__(self) -> View:
        if sys.stderr.isatty() and not self._quiet:
            from rich.console import Console
            from rich.live import Live

            self._live = Live(console=Console(stderr=True, emoji=False), transient=True, auto_refresh=False)
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def tell(self, text: str) -> None:
        if self._quiet:
            return
        if self._live is not None:
            self._live.console.print(text, highlight=False, markup=False)
        else:
            sys.stderr.write(f"{text}\n")

    def show(self, status: Status) -> None:
        if self._live is not None:
            self._live.update(drawn(status), refresh=True)
        elif not self._quiet and status.seconds - self._said >= 10.0:
            self._said = status.seconds
            sys.stderr.write(f"{line(status)}\n")

    def end(self, status: Status) -> None:
        """What stands when the run has stopped."""
        typer.echo(line(status))
        if not status.positions and not status.in_flight:
            typer.echo("nothing stands: no position, no order")
        for p in status.positions:
            typer.echo(f"  holds  {p.instrument:<24}{p.size:>16f}  {_worth(p)}")
        for o in status.in_flight:
            text = f"  order  {o.instrument:<24}{o.side} {o.size - o.filled:f} at {o.price:f}: {o.state}"
            typer.echo(paint(text, "red"))
        for stage, took in status.latency.items():
            typer.echo(f"  {stage:<22}{_took(took)}")
        typer.echo(f"  the journal: {status.journal.store}")


def line(status: Status) -> str:
    """A run in one line."""
    simulated = " (simulated)" if status.simulated else ""
    counts = f"{status.signals} signals, {status.orders} orders, {status.fills} fills, {status.rows:,} rows"
    worth = f"NAV {_nav(status)}"
    return f"{status.mode}{simulated} {status.state} {status.seconds:,.0f} s: {worth}, {counts}"


def _nav(status: Status) -> str:
    if status.nav is None:
        return "not known: what is held has no price"
    gained = f" ({status.nav - status.start_nav:+,.2f})" if status.start_nav is not None else ""
    return f"{status.nav:,.2f} {status.quote}{gained}"


def _worth(one: PositionLine) -> str:
    if one.value is None or one.unrealised is None:
        return f"entry {one.entry:,.2f}, no mark"
    return f"entry {one.entry:,.2f}  worth {one.value:,.2f}  {one.unrealised:+,.2f}"


def drawn(status: Status) -> Any:
    """The table of a status."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    head = Text(line(status), style="bold")
    grid = Table.grid(padding=(0, 2))
    for row in _rows(status):
        grid.add_row(*row)
    return Group(head, grid)


def _rows(status: Status) -> Iterator[tuple[str, str]]:
    from rich.markup import escape  # what others say may hold brackets

    yield "run", f"{status.run_id}{' (resumed)' if status.resumed else ''}"
    parts = [f"{name} {amount:+,.2f}" for name, amount in status.pnl.items() if amount]
    yield "profit", ", ".join(parts) or "none yet"
    for p in status.positions:
        yield "position", f"{p.instrument}  {p.size:f}  {_worth(p)}"
    for o in status.in_flight[:8]:
        yield "order", f"{o.instrument}  {o.side} {o.size:f} ({o.filled:f})  {o.state}  {o.age_ms:,.0f} ms"
    yield "executions", str(status.executions)
    for price in status.prices:
        shown = f"[red]{escape(price.why)}[/]" if price.why else f"{price.mid:,.4f}"
        yield "price", f"{price.instrument}  {shown}  {_age(price.age_ms)} old"
    for v in status.venues:
        late = f", {v.latency_ms:.1f} ms late" if v.latency_ms is not None else ""
        silent = f", silent {_age(v.silent_ms)}" if v.silent_ms is not None else ""
        error = f"  [red]{escape(v.error)}[/]" if v.error else ""
        yield "venue", f"{v.venue}  {v.live}/{v.connections} connections{late}{silent}{error}"
    for door, why in status.closed.items():
        yield "[yellow]closed[/]", f"[yellow]{door}: {escape(why)}[/]"
    trouble = f"  [red]{escape(status.journal.trouble)}[/]" if status.journal.trouble else ""
    yield "journal", f"{status.journal.entries:,} entries, {status.journal.waiting} waiting{trouble}"
    for stage, took in status.latency.items():
        yield stage, _took(took)
    for why, count in list(status.refusals.items())[:5]:
        yield "refused", f"{count} x {escape(why)}"


def _took(took: Percentiles) -> str:
    return (
        f"p50 {_us(took.p50)}, p99 {_us(took.p99)}, p99.9 {_us(took.p999)}, most {_us(took.most)}"
        f" ({took.count:,})"
    )


def _us(us: float) -> str:
    return f"{us:,.0f} us" if us < 10_000 else f"{us / 1e3:,.1f} ms"


def _age(ms: float) -> str:
    return f"{ms:,.0f} ms" if ms < 10_000 else f"{ms / 1e3:,.0f} s"
