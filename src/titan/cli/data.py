"""`titan data download`: published market data, fetched and checked."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from titan.cli.progress import watch
from titan.cli.terminal import write_json
from titan.model.errors import ConfigError
from titan.model.instrument import InstrumentKind

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Fetch published market data.")


@app.callback()
def data() -> None:
    """Fetch published market data."""


@app.command()
def download(
    instrument: Annotated[
        list[str], typer.Option(help="As spot.BTCUSDT or perp.BTCUSDT; may be given several times.")
    ],
    start: Annotated[str, typer.Option(help="The first day (UTC), as 2025-01-01 or 2025-01.")],
    end: Annotated[str, typer.Option(help="Up to this day, not with it; else up to yesterday.")] = "",
    kind: Annotated[list[str] | None, typer.Option(help="What to fetch; see below. Else klines.")] = None,
    interval: Annotated[str, typer.Option(help="The length of bars, as 1m, 5m, 1h.")] = "1m",
    out: Annotated[Path, typer.Option(help="The folder to fill.")] = Path("data/binance"),
    base_url: Annotated[str, typer.Option(help="Another host that holds the same files.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Fetch files of Binance's public archive. Run it again to go on: what is there and right stays.

    Kinds: klines, aggTrades, trades (spot and perp); fundingRate, markPriceKlines, indexPriceKlines,
    premiumIndexKlines, metrics (open interest), bookTicker, bookDepth, liquidationSnapshot (perp only).
    Each file is checked against its published SHA-256. Of spot and perp together, each gets what it has.

    Example: titan data download --instrument spot.BTCUSDT --instrument perp.BTCUSDT --kind klines
    --kind fundingRate --interval 5m --start 2025-01 --end 2025-09
    """
    from titan.runtime.clock import WallClock
    from titan.runtime.download import Downloader
    from titan.venues.binance.archive import HOST, files

    today = datetime.fromtimestamp(WallClock().now() / 1e9, UTC).date()
    first, last = _day("--start", start), _day("--end", end) if end else today
    markets = [_market(name) for name in instrument]
    wanted = [
        file.path
        for market, symbol in markets
        for which in _published(kind or ["klines"], market, {one for one, _ in markets})
        for file in files(which, market, symbol, interval, first, last, today)
    ]
    with watch(quiet=as_json) as progress:
        results = asyncio.run(Downloader(base_url or HOST, out, progress).run(wanted))
    failed = [r for r in results if r.outcome == "failed"]
    missing = [r for r in results if r.outcome == "not published"]
    if as_json:
        import msgspec

        write_json({"out": str(out), "files": msgspec.to_builtins(results)})
    else:
        fresh = [r for r in results if r.outcome == "new"]
        there = sum(r.outcome == "there" for r in results)
        megabytes = sum(r.bytes for r in fresh) / 1e6
        typer.echo(f"{len(fresh)} files fetched ({megabytes:.1f} MB), {there} were there, all checked: {out}")
        for what, rows in (("not published", missing), ("failed", failed)):
            for row in rows[:10]:
                typer.echo(f"  {what}: {row.path}{f' ({row.reason})' if row.reason else ''}")
            if len(rows) > 10:
                typer.echo(f"  ... and {len(rows) - 10} more {what}")
        if fresh or there:
            typer.echo(f"  make a tape of them: titan tape import {out} --venue binance --out tapes/NAME")
    if failed:
        raise typer.Exit(3)


def _published(kinds: list[str], market: InstrumentKind, asked: set[InstrumentKind]) -> list[str]:
    """Without what only perps have, where a perp was named beside this spot; alone, the archive says no."""
    from titan.venues.binance.archive import KINDS

    beside = market is InstrumentKind.SPOT and InstrumentKind.PERP in asked
    return [kind for kind in kinds if not beside or kind not in KINDS or KINDS[kind].spot]


def _market(name: str) -> tuple[InstrumentKind, str]:
    kind, dot, symbol = name.removeprefix("binance.").partition(".")
    if not dot or kind not in list(InstrumentKind) or not symbol:
        raise ConfigError(f"{name} is no instrument", remedy="write it as spot.BTCUSDT or perp.BTCUSDT")
    return InstrumentKind(kind), symbol.upper()


def _day(option: str, text: str) -> date:
    try:
        return date.fromisoformat(text if len(text) > 7 else f"{text}-01")
    except ValueError as e:
        raise ConfigError(f"{option} {text} is no day", remedy="write it as 2025-01-31, or 2025-01") from e
