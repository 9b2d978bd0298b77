"""`titan tape import|info|head|merge`: recorded market data, and the tapes made of it."""

from __future__ import annotations

import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from titan.cli.progress import watch
from titan.cli.terminal import write_json
from titan.cli.times import time_of

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Import, inspect and merge market data.")


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

    Rows that cannot be used are counted and shown with their file and line; the rest is imported. Raw
    captures of all five venues are decoded as live frames are; several files of one session belong together.

    Example: titan tape import --venue kraken KRAKEN.0.gz KRAKEN.ws.50.0.gz --out tapes/k
    """
    from titan.venues.recorded.assemble import import_recordings
    from titan.venues.recorded.series import Hints

    hints = Hints(venue, symbol, market or "", time_of("--start", start), time_of("--end", end))
    began = time.perf_counter()
    with watch(quiet=as_json) as progress:
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

    Of a recording, or any folder of tapes, one line for each tape.

    Example: titan tape info tapes/basis-5m --check
    """
    from titan.cli.tape_view import describe, print_info, print_tapes
    from titan.market.tape.find import tapes_in
    from titan.market.tape.read import TapeReader
    from titan.market.tape.validate import Validator

    if (found := tapes_in(tape)) != [tape] and not check:
        readers = [TapeReader(one) for one in found]
        if as_json:
            write_json({"tapes": [describe(reader, None) for reader in readers]})
        else:
            print_tapes(tape, readers)
        return
    reader = TapeReader(tape)
    quality = None
    if check:
        reader.verify()
        validator = Validator(reader.instruments, reader.meta.bar_intervals)
        with watch(quiet=as_json) as progress:
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

    A recording, or any folder of tapes, stands for all tapes in it.

    Example: titan tape merge tapes/spot tapes/perp --out tapes/both
    """
    from titan.cli.tape_view import describe, print_info
    from titan.market.tape.find import all_tapes
    from titan.market.tape.merge import MergedTapes
    from titan.market.tape.read import TapeReader
    from titan.market.tape.write import TapeWriter

    merged = MergedTapes([TapeReader(tape) for tape in all_tapes(tapes)])
    with (
        watch(quiet=as_json) as progress,
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
