"""`titan backtest`: run a strategy over a tape and write its report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def backtest(
    strategy: Annotated[str, typer.Argument(help="Which strategy: sentinel.")],
    tape: Annotated[Path, typer.Option(help="A tape (folder or file), made by `titan tape import`.")],
    out: Annotated[
        Path | None,
        typer.Option(help="Where the run goes. Default: runs/STRATEGY-TAPE. A run there is replaced."),
    ] = None,
    capital: Annotated[float | None, typer.Option(help="Capital at the start, in quote units.")] = None,
    config: Annotated[
        Path | None, typer.Option(help="A config folder or file. Default: ./config where there is one.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of every random draw.")] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", help="Change one setting, as sentinel.entry_z=2.5. May be repeated."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print report.json on stdout and nothing else.")
    ] = False,
) -> None:
    """Run a strategy over a tape: fees, funding, latency, queue and margin on; a report at the end.

    Example: titan backtest sentinel --tape tapes/basis-5m --capital 100000 --out runs/a
    """
    from titan.cli.progress import watch
    from titan.cli.running import print_result, settings
    from titan.report.page import build_report
    from titan.runtime.backtest import run_backtest
    from titan.runtime.config import default_path

    overrides = settings(set_) | {"run.capital": capital, "run.seed": seed}
    target = out or Path("runs") / f"{strategy}-{tape.resolve().stem}"
    with watch(quiet=as_json) as progress:
        result = run_backtest(
            strategy, tape, target, config=config or default_path(), overrides=overrides, progress=progress
        )
        progress("writing the report", 1, 1)
        build_report(result)
    print_result(result, as_json=as_json)
