"""`titan report`: build a finished run's page again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from titan.cli.terminal import write_json


def report(
    run: Annotated[
        Path, typer.Argument(help="The folder of a finished run, as `titan backtest --out` wrote it.")
    ],
    out: Annotated[
        Path | None, typer.Option(help="Where the page goes. Default: report.html in the folder.")
    ] = None,
    open_: Annotated[bool, typer.Option("--open", help="Show it in the browser.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Build the page of a finished run from its folder: one HTML file that carries everything it needs.

    Example: titan report runs/a --open
    """
    from titan.report.page import build_report

    page = build_report(run, out)
    if as_json:
        from titan.report.load import load_documents

        documents = load_documents(run)
        size = page.stat().st_size
        write_json({"run_hash": documents[0].run_hash, "report": str(page.resolve()), "bytes": size})
    else:
        from titan.report.summary import print_summary

        print_summary(run, page=page)
    if open_:
        import webbrowser

        webbrowser.open(page.resolve().as_uri())
