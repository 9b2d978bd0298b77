"""`titan parity`: a run, its replay, and the backtest of what it heard, on one page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from titan.cli.terminal import write_json


def parity(
    run: Annotated[Path, typer.Argument(help="A run's folder, of `titan run` on paper or live.")],
    out: Annotated[
        Path | None, typer.Option(help="Where the page goes. Default: parity.html in the folder.")
    ] = None,
    store: Annotated[str, typer.Option(help="The journal's store, when it is not in the run's folder.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole document as JSON.")] = False,
) -> None:
    """Replay a run, backtest the tape that it heard, and say on one page what differs and why.

    The backtest has the run's own settings, its money, and the latencies that were measured in it. Signals,
    decisions and fills stand side by side; every difference has a cause, or is counted as not explained.

    Exit code 5 where the replay differs; a backtest that differs is what the page is for.

    Example: titan parity runs/demo-live --out parity.html
    """
    from titan.cli.progress import watch
    from titan.report.parity import build_parity, headline, sentences
    from titan.runtime.parity.compare import parity as compare

    with watch(quiet=as_json) as progress:
        document = compare(run, store=store, progress=progress)
    page = build_parity(document, out if out is not None else run / "parity.html")
    if as_json:
        write_json(document)
    else:
        for line in (headline(document), *sentences(document), f"page: {page.resolve()}"):
            typer.echo(line)
    if not document["replay"]["equal"]:
        raise typer.Exit(5)
