"""`titan record`: live market data into tapes, by venue, instrument and day."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from titan.cli.terminal import paint, write_json
from titan.model.errors import ConfigError

if TYPE_CHECKING:
    from titan.runtime.record.live import Outcome
    from titan.runtime.record.recorder import Recorded
    from titan.venues.feed import Health


def record(
    venue: Annotated[str, typer.Option(help="The venue: binance, bybit, kraken, mexc or okx.")],
    instrument: Annotated[
        list[str], typer.Option(help="As spot.BTCUSDT or perp.BTCUSDT; may be given several times.")
    ],
    out: Annotated[Path, typer.Option(help="The folder of the recording.")],
    channel: Annotated[
        list[str] | None,
        typer.Option(
            help="trades, depth, bbo, mark, index, funding, open_interest, liquidations or klines; may be "
            "given several times. Else all that the venue has, but klines."
        ),
    ] = None,
    url_file: Annotated[
        Path | None, typer.Option(help="Addresses as `titan sim --json` prints them; else the real venue's.")
    ] = None,
    seconds: Annotated[float, typer.Option(min=0, help="Stop after so long; 0 runs until stopped.")] = 0.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document at the end.")] = False,
) -> None:
    """Record live market data. Stop it with Ctrl-C; run it again to go on.

    Each instrument has a tape for each day (UTC) in OUT/venue/instrument/day, readable at any moment, also
    while it grows and after a crash, which costs at most a second of data. Lost data is a gap in the tape.

    Example: titan record --venue binance --instrument spot.BTCUSDT --instrument perp.BTCUSDT --out tapes/rec
    """
    import random

    import uvloop

    from titan.runtime.clock import WallClock
    from titan.runtime.record.live import Wanted
    from titan.runtime.record.live import record as run
    from titan.venues.addresses import addresses_of
    from titan.venues.stream import Channel

    unknown = [name for name in channel or () if name not in list(Channel)]
    if unknown:
        raise ConfigError(f"there is no channel {unknown[0]}", remedy=f"one of {', '.join(Channel)}")
    channels = tuple(dict.fromkeys(Channel(name) for name in channel or ()))
    wanted = Wanted(
        venue, tuple(dict.fromkeys(instrument)), channels, out, addresses_of(venue, url_file), seconds
    )
    show = _Display(quiet=as_json)
    outcome = uvloop.run(
        run(
            wanted,
            now=WallClock().now,
            random=random.Random(),  # noqa: S311  spreads reconnects, hides nothing
            tell=show.say,
            progress=show.progress,
        )
    )
    show.end()
    if as_json:
        import msgspec

        write_json(msgspec.to_builtins(outcome))
    else:
        _print(outcome)


class _Display:
    """A line that is written anew each second where somebody looks; messages above it."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._live = sys.stderr.isatty() and not quiet
        self._gaps: dict[str, int] = {}

    def say(self, text: str) -> None:
        if not self._quiet:
            sys.stderr.write(("\r\x1b[K" if self._live else "") + text + "\n")

    def progress(self, recorded: Sequence[Recorded], health: Sequence[Health]) -> None:
        for one in recorded:
            if one.gaps > self._gaps.get(one.instrument, 0):
                self.say(f"{one.instrument}: {one.gaps} gaps so far; each is a row of the tape")
                self._gaps[one.instrument] = one.gaps
        if self._live:
            rows = sum(one.rows for one in recorded)
            states = ", ".join(f"{h.line} {h.state}{f' ({h.error})' if h.error else ''}" for h in health)
            sys.stderr.write(f"\r\x1b[K{rows:,} rows · {states}"[:160])
            sys.stderr.flush()

    def end(self) -> None:
        if self._live:
            sys.stderr.write("\r\x1b[K")


def _print(outcome: Outcome) -> None:
    typer.echo(f"{outcome.venue}: {outcome.seconds:.1f} s recorded, {outcome.reconnects} reconnects")
    for one in outcome.instruments:
        notes = [f"{one.rows:,} rows", f"{one.gaps} gaps"]
        notes += [f"{one.late:,} with an estimated time"] if one.late else []
        notes += [paint(f"{one.lost:,} LOST", "red")] if one.lost else []
        typer.echo(f"  {one.instrument:<24} {', '.join(notes)}")
    for text in outcome.left_out:
        typer.echo(f"  {text}")
    if outcome.unknown or outcome.malformed:
        typer.echo(f"  {outcome.unknown} unknown and {outcome.malformed} malformed messages were left out")
    typer.echo(f"  look at it: titan tape info {outcome.out}")
