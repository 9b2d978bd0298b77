"""A run in the terminal: what it is doing while it starts, a table that is drawn anew, messages above it, and
what stands at the end.
"""

from __future__ import annotations

import sys
import threading
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final

import typer

from titan.cli.run_table import ALL, drawn, duration, figures, worth
from titan.cli.terminal import paint

if TYPE_CHECKING:
    from titan.views.status import PositionLine, Status

QUIET_S: Final = 10.0
"""Where nobody looks, how long a step or a table may be silent."""


class View:
    """Draws where somebody looks; elsewhere it says a line every ten seconds, or nothing when `quiet`. Until
    the first status a thread shows that the step told last still goes on: compiling holds up all else.
    """

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._live: Any = None
        self._said = 0.0
        self._step = "starting"
        self._changed = threading.Event()
        self._started = threading.Event()
        self._waits = threading.Thread(target=self._wait, daemon=True)

    def __enter__(self) -> View:
        if self._quiet:
            return self
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.live import Live

            console = Console(stderr=True, emoji=False)
            self._live = Live(console=console, transient=True, auto_refresh=True, refresh_per_second=8)
            self._live.start()
        else:
            self._waits.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._started.set()
        self._changed.set()
        if self._live is not None:
            self._live.stop()

    def tell(self, text: str) -> None:
        if self._quiet:
            return
        self._step = text
        self._changed.set()
        if self._live is None:
            sys.stderr.write(f"{text}\n")
            return
        self._live.console.print(text, highlight=False, markup=False)
        if not self._started.is_set():
            from rich.spinner import Spinner
            from rich.table import Table

            turning = Table.grid(padding=(0, 1))
            turning.add_row(Spinner("dots"), "working", _Elapsed(self._live.console.get_time))
            self._live.update(turning)

    def show(self, status: Status) -> None:
        self._started.set()
        if self._live is not None:
            self._live.auto_refresh = False
            self._live.update(drawn(status, self._live.console.width), refresh=True)
        elif not self._quiet and status.traded and status.seconds - self._said >= QUIET_S:
            self._said = status.seconds
            sys.stderr.write(f"{line(status)}\n")

    def end(self, status: Status) -> None:
        """What stands when the run has stopped."""
        if status.traded:
            typer.echo(line(status))
        else:
            typer.echo(f"{status.mode}: stopped before it had looked around. Nothing was decided or sent.")
        left = "  (as the journal left it)" if status.resumed and not status.traded else ""
        if not status.positions and not status.in_flight:
            typer.echo(f"nothing stands: no position, no order{left}")
        for p in status.positions:
            typer.echo(f"  holds  {p.instrument:<24}{p.size:>14f}  {_at(p)}{left}")
        for o in status.in_flight:
            text = (
                f"  order  {o.instrument:<24}{o.side} {o.size - o.filled:f} at {o.price:f}: {o.state}{left}"
            )
            typer.echo(paint(text, "red"))
        if status.latency:
            heads = ("", "p50", "p99", "p99.9", "most", "count")
            for stage, *took in (heads, *((name, *figures(took)) for name, took in status.latency.items())):
                typer.echo(f"  {stage:<22}" + "".join(f"{one:>11}" for one in took))
        typer.echo(f"  the journal: {status.journal.store}")

    def _wait(self) -> None:
        """Where lines are read: the step that goes on, every ten seconds."""
        waited = 0.0
        while not self._started.is_set():
            if self._changed.wait(QUIET_S):
                self._changed.clear()
                waited = 0.0
            elif not self._started.is_set():
                waited += QUIET_S
                sys.stderr.write(f"  still {self._step.partition(' (')[0]}: {waited:.0f} s\n")


class _Elapsed:
    """How long a step has taken, whenever it is drawn."""

    def __init__(self, clock: Any) -> None:
        self._clock, self._began = clock, clock()

    def __rich__(self) -> str:
        took = self._clock() - self._began
        return f"[dim]{duration(took)}[/]" if took >= 1 else ""


def line(status: Status) -> str:
    """A run in one line."""
    simulated = " (simulated)" if status.simulated else ""
    counts = f"{status.signals} signals, {status.orders} orders, {status.fills} fills, {status.rows:,} rows"
    closed = f"; entries closed by {', '.join(status.closed)}" if status.closed else ""
    if ALL in status.closed:
        closed = f"; nothing may leave: {status.closed[ALL]}"
    closed = "" if status.state in ("stopping", "stopped") else closed
    return (
        f"{status.mode}{simulated} {status.state} {duration(status.seconds)}: NAV {worth(status)}, "
        f"{counts}{closed}"
    )


def _at(one: PositionLine) -> str:
    if one.value is None or one.unrealised is None:
        return f"entry {one.entry:,.2f}  no mark"
    return f"entry {one.entry:,.2f}  worth {one.value:,.2f}  unrealised {one.unrealised:+,.2f}"
