"""`titan tape import|info|head|merge`: recorded market data, and the tapes made of it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from titan.cli.terminal import write_json
from titan.model.errors import ConfigError

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Import, inspect and merge market data.")

Progress = Callable[[str, int, int], None]
_EVERY_S: Final = 0.1


class Market(StrEnum):
    SPOT = "spot"
    PERP = "perp"


Out = Annotated[Path, typer.Option("--out", help="The new tape, a folder.")]
Force = Annotated[bool, typer.Option("--force", help="Replace the tape that stands there.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
TapePath = Annotated[Path, typer.Argument(metavar="TAPE", help="A tape: its folder, or one of its parts.")]


@app.command("import")
def import_(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Recordings, or folders of them.")],
    out: Out,
    venue: Annotated[str, typer.Option(help="The venue, for files that do not name it.")] = "",
    symbol: Annotated[str, typer.Option(help="The pair, as BTC/USDT, for files that do not name it.")] = "",
    market: Annotated[Market | None, typer.Option(help="Spot or perp, where files do not say.")] = None,
    start: Annotated[
        str, typer.Option(help="From this time on (UTC), as 2025-01-31 or 2025-01-31T08:00.")
    ] = "",
    end: Annotated[str, typer.Option(help="Up to this time (UTC), not with it.")] = "",
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Make a tape of recordings: series of bars, mark prices, funding, trades, and raw stream captures.

    Rows that cannot be used are counted and shown with their file and line; the rest is imported.

    Example: titan tape import ../shared/data/klines/binance-5m --out tapes/basis-5m
    """
    from titan.venues.recorded.assemble import import_recordings
    from titan.venues.recorded.series import Hints

    hints = Hints(venue, symbol, market or "", _moment("--start", start), _moment("--end", end))
    began = time.perf_counter()
    with _progress(quiet=as_json) as progress:
        report = import_recordings(paths, out, hints, replace_existing=force, progress=progress)
    if as_json:
        import msgspec

        write_json(msgspec.to_builtins(report))
        return
    from titan.cli.tape_view import print_import

    print_import(report, time.perf_counter() - began)


@app.command()
def info(
    tape: TapePath,
    check: Annotated[bool, typer.Option("--check", help="Read every row, verify and check it.")] = False,
    as_json: Json = False,
) -> None:
    """Show what stands on a tape: instruments and their rules, rows, time, sources, data quality.

    Example: titan tape info tapes/basis-5m --check
    """
    from titan.cli.tape_view import describe, print_info
    from titan.market.tape.read import TapeReader
    from titan.market.tape.validate import Validator

    reader = TapeReader(tape)
    quality = None
    if check:
        reader.verify()
        validator = Validator(reader.instruments, reader.meta.bar_intervals)
        with _progress(quiet=as_json) as progress:
            done = 0
            for block in reader.blocks():
                validator.feed(block)
                done += len(block.ts)
                progress("checking", done, reader.rows)
        quality = validator.result()
    if as_json:
        write_json(describe(reader, quality))
    else:
        print_info(reader, quality)


@app.command()
def head(
    tape: TapePath,
    n: Annotated[int, typer.Option("-n", min=1, help="How many rows.")] = 20,
    instrument: Annotated[str, typer.Option(help="Only this one: its id, or a part that no other has.")] = "",
    kind: Annotated[str, typer.Option(help="Only this kind, as trade, level, bbo, bar_close, funding.")] = "",
    as_json: Json = False,
) -> None:
    """Show the first rows.

    Example: titan tape head tapes/l2-20230405 -n 5 --kind trade
    """
    from titan.cli.tape_view import first_rows, print_rows
    from titan.market.tape.read import TapeReader

    reader = TapeReader(tape)
    rows = first_rows(reader, n, instrument, kind)
    if as_json:
        write_json({"tape": str(tape), "rows": rows})
    else:
        print_rows(rows)


@app.command()
def merge(
    tapes: Annotated[list[Path], typer.Argument(metavar="TAPE...", help="The tapes to join, two or more.")],
    out: Out,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Join tapes into one, by venue time. At equal times the tape named first comes first.

    Example: titan tape merge tapes/spot tapes/perp --out tapes/both
    """
    from titan.cli.tape_view import describe, print_info
    from titan.market.tape.merge import MergedTapes
    from titan.market.tape.read import TapeReader
    from titan.market.tape.write import TapeWriter

    merged = MergedTapes([TapeReader(tape) for tape in tapes])
    with (
        _progress(quiet=as_json) as progress,
        TapeWriter(out, merged.meta, replace=force) as writer,
    ):
        for block in merged.blocks():
            writer.append(block)
            progress("merging", writer.rows, merged.rows)
    reader = TapeReader(out)
    if as_json:
        write_json(describe(reader, None))
    else:
        print_info(reader, None)


def _moment(option: str, text: str) -> int | None:
    """A date or time as ns UTC; None when it is not given."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as e:
        raise ConfigError(
            f"{option} {text} is no time", remedy="write it as 2025-01-31 or 2025-01-31T08:00"
        ) from e
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return int(moment.timestamp()) * 1_000_000_000 + moment.microsecond * 1_000


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Progress]:
    """A line on stderr with the rate and the time left, where somebody looks."""
    if quiet or not sys.stderr.isatty():
        yield lambda _stage, _done, _total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("[bold]{task.description}"),
        BarColumn(complete_style="green_yellow", finished_style="green_yellow"),
        TextColumn("{task.percentage:>3.0f} %"),
        TextColumn("[dim]{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("starting", total=None, rate="")
        began = last = time.monotonic()
        phase = ""

        def progress(stage: str, done: int, total: int) -> None:
            nonlocal began, last, phase
            now = time.monotonic()
            word = stage.partition(" ")[0]
            if word != phase:
                phase, began = word, now
                bar.reset(task, description=stage, total=total or None, rate="")
            elif done < total and now - last < _EVERY_S:
                return
            last = now
            unit = {"reading": "MB/s", "decoding": "M lines/s"}.get(word, "M rows/s")
            rate = f"{done / max(now - began, 1e-3) / 1e6:.2f} {unit}"
            bar.update(task, description=stage, completed=done, total=total or None, rate=rate)

        yield progress
