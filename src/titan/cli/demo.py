"""`titan demo`: a finished example from nothing, on a simulated market or on a tape of your own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

START_NS: Final = 1_785_542_400_000_000_000
"""2026-08-01 00:00 UTC: the simulated market's first moment, shortly after the series it was measured on."""
HOUR_NS: Final = 3_600_000_000_000
UNHURRIED: Final = {"sentinel.sample_seconds": 60, "sentinel.window": 288}
"""Simulated dislocations last for hours: the basis is judged by that day's mean, not by the last minutes'."""


def demo(
    tape: Annotated[
        Path | None, typer.Option(help="Run on this tape (recorded data) instead of a simulated market.")
    ] = None,
    scenario: Annotated[
        str, typer.Option(help="The simulated market: demo, typical, calm, trend, squeeze, cascade, outage.")
    ] = "demo",
    hours: Annotated[float, typer.Option(help="Length of the simulated market in hours.", min=0.1)] = 36.0,
    seed: Annotated[int, typer.Option(help="Seed of the market and of the run.", min=0)] = 7,
    out: Annotated[Path, typer.Option(help="Where the run goes. A run that is there is replaced.")] = Path(
        "runs/demo"
    ),
    as_json: Annotated[
        bool, typer.Option("--json", help="Print report.json on stdout and nothing else.")
    ] = False,
) -> None:
    """Make a market, trade it with Sentinel, and write a report: nothing to start, nothing to download.

    The market is simulated, and the report says so on every page. On real data:
    titan demo --tape tapes/basis-5m
    """
    from titan.cli.progress import watch
    from titan.cli.running import print_result
    from titan.report.page import build_report
    from titan.runtime.backtest import run_backtest
    from titan.runtime.run_folder import check_target

    check_target(out)
    overrides: dict[str, object] = {"run.seed": seed}
    with watch(quiet=as_json) as progress:
        if tape is None:
            tape = _market(out, scenario, hours, seed, progress)
            overrides |= UNHURRIED
        result = run_backtest("sentinel", tape, out, config=None, overrides=overrides, progress=progress)
        progress("writing the report", 1, 1)
        build_report(result)
    print_result(result, as_json=as_json)


def _market(out: Path, scenario: str, hours: float, seed: int, progress: object) -> Path:
    """The simulated market as a tape beside the run, made anew: the same arguments give the same rows."""
    from titan.cli.progress import Progress
    from titan.simulation.market.instruments import simulated_pairs
    from titan.simulation.market.scenario import scenario_named
    from titan.simulation.market.write import write_market

    chosen = scenario_named(scenario)
    show: Progress = progress  # type: ignore[assignment]
    show("making the market", 0, 0)
    path = out.parent / f"{out.name}-market"
    write_market(
        path,
        chosen,
        instruments=simulated_pairs(),
        start_ns=START_NS,
        duration_ns=round(hours * HOUR_NS),
        seed=seed,
        replace=True,
    )
    return path
