"""`titan sweep`: many sets of parameters over one tape, and which did best there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from rich.table import Table

    from titan.runtime.sweep import Played

SHOWN: Final = 10
COLUMNS: Final = ("return", "sharpe", "fall", "trades", "funding", "basis", "costs")
WIDE, NARROW = 110, 4
"""A terminal of fewer columns shows only the first of them."""
MOST: Final = 1000
BY: Final = ("total_return", "sharpe", "sortino", "max_drawdown")


def sweep(
    strategy: Annotated[str, typer.Argument(help="Which strategy: sentinel.")],
    tape: Annotated[Path, typer.Option(help="A tape (folder or file), made by `titan tape import`.")],
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", help="A key and its values, as entry_z=1.5,2,2.5. May be repeated."),
    ] = None,
    out: Annotated[Path, typer.Option(help="The table of all sets: .parquet or .csv.")] = Path(
        "sweep.parquet"
    ),
    config: Annotated[
        Path | None, typer.Option(help="A config folder or file. Default: ./config where there is one.")
    ] = None,
    workers: Annotated[int, typer.Option(help="Processes; 0 takes one a core.", min=0)] = 0,
    by: Annotated[str, typer.Option(help="What the shown sets are ranked by: " + ", ".join(BY) + ".")] = BY[
        0
    ],
    capital: Annotated[float | None, typer.Option(help="Capital at the start, in quote units.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print every set as one JSON document.")] = False,
) -> None:
    """Backtest every combination of the values, all costs on, and show the best. Ctrl-C writes nothing.

    A key without a dot is one of the strategy's. Rows that the sets are chosen on flatter them: play the best
    again on other months before you believe it.

    Example: titan sweep sentinel --tape tapes/basis-5m --set entry_z=1.5,2,2.5 --set min_edge_bps=0,1
    """
    import os

    from titan.cli.progress import watch
    from titan.cli.terminal import write_json
    from titan.model.errors import ConfigError
    from titan.runtime.backtest import STRATEGIES
    from titan.runtime.config import default_path
    from titan.runtime.sweep import grid
    from titan.runtime.sweep import sweep as play
    from titan.runtime.sweep_table import check_out, write_sweep

    if strategy not in STRATEGIES:
        raise ConfigError(
            f"there is no strategy '{strategy}'", remedy=f"choose one of: {', '.join(STRATEGIES)}"
        )
    if by not in BY:
        raise ConfigError(f"sets cannot be ranked by {by}", remedy=f"by one of: {', '.join(BY)}")
    if not set_:
        raise ConfigError("nothing is varied", remedy="say what, as --set entry_z=1.5,2,2.5")
    check_out(out)
    sets = grid(axes(set_ or [], strategy))
    with watch(quiet=as_json) as progress:
        played = play(
            tape, sets, config=config or default_path(), base={"run.capital": capital},
            workers=workers or len(os.sched_getaffinity(0)), progress=progress,
        )  # fmt: skip
    write_sweep(played, out)
    if as_json:
        import msgspec

        write_json({"out": str(out), "sets": msgspec.to_builtins(played)})
        return
    show(played, by, out)


def axes(pairs: list[str], strategy: str) -> dict[str, list[object]]:
    """`key=1,2,3` texts as values by dotted key, read as `--set` of a backtest reads one."""
    from titan.cli.running import settings

    found: dict[str, list[object]] = {}
    for pair in pairs:
        key, equals, text = pair.partition("=")
        name = key.strip() if "." in key else f"{strategy}.{key.strip()}"
        values = [settings([f"{name}={value.strip()}"])[name] for value in text.split(",") if value.strip()]
        found[name] = [*found.get(name, []), *values] if equals else [*settings([pair]).values()]
    return found


def show(played: list[Played], by: str, out: Path) -> None:
    """The best sets, and those that could not be played."""
    from msgspec.structs import replace
    from rich.console import Console

    from titan.runtime.sweep import spoken

    console = Console(highlight=False, emoji=False)
    good = sorted(
        (one for one in played if one.figures is not None and getattr(one.figures, by) is not None),
        key=lambda one: (-float(getattr(one.figures, by)), one.number),
    )
    varied = [key for key in played[0].values if len({repr(one.values[key]) for one in played}) > 1]
    table = _table(good[:SHOWN], varied, COLUMNS if console.width >= WIDE else COLUMNS[:NARROW])
    needed = Console(width=MOST).measure(table).maximum
    Console(highlight=False, width=max(console.width, needed)).print(
        table
    )  # broken where it is too wide, not cut
    failed = [one for one in played if one.error]
    for one in failed[:SHOWN]:
        console.print(f"set {one.number} was not played ({spoken(one.values)}): {one.error}", style="#f4b552")
    if len(failed) > SHOWN:
        console.print(f"... and {len(failed) - SHOWN} more", style="#f4b552")
    count = len(played) - len(failed)
    sets = "1 set" if count == 1 else f"{count:,} sets, the best {min(SHOWN, len(good))} by {by}"
    console.print(f"{sets}; all of them: {out}", style="dim")
    if count > 1 and len({replace(one.figures, run_hash="") for one in played if one.figures}) == 1:
        console.print("All of them traded alike: nothing that is varied decided anything here.", style="dim")
    console.print(
        "They were chosen on the rows that they were judged by: try the best on others.", style="dim"
    )


def _table(shown: list[Played], varied: list[str], columns: Sequence[str]) -> Table:
    """Headings that are long are broken after their underscores."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for heading in ("set", *(key.partition(".")[2].replace("_", "_\n") for key in varied), *columns):
        table.add_column(heading, justify="right", no_wrap=True)
    for one in shown:
        table.add_row(
            str(one.number), *(str(one.values[key]) for key in varied), *_cells(one)[: len(columns)]
        )
    return table


def _cells(one: Played) -> list[str]:
    """The figures under COLUMNS."""
    from titan.report import words

    f = one.figures
    assert f is not None
    return [
        words.percent(f.total_return, sign=True),
        words.number(f.sharpe),
        words.percent(f.max_drawdown),
        words.number(f.trades, 0),
        words.number(f.funding, sign=True),
        words.number(f.basis, sign=True),
        words.number(f.fees + f.slippage, sign=True),
    ]
