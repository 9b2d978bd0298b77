"""`titan sim`: a double of a venue that any client can trade on."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from titan.cli.terminal import paint

if TYPE_CHECKING:
    from titan.runtime.sim import Started


def sim(
    venue: Annotated[str, typer.Option(help="binance, bybit, kraken, mexc or okx.")],
    tape: Annotated[Path, typer.Option(help="The market data to serve; it begins again at its end.")],
    speed: Annotated[float, typer.Option(min=0.01, max=1000, help="How much faster than recorded.")] = 1.0,
    faults: Annotated[
        Path | None, typer.Option(help="A script of faults (TOML or JSON), see docs/doubles.md.")
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="The market stands still at the tape's end.")] = False,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="The first port; 0 takes any free one.")] = 0,
    seed: Annotated[int, typer.Option(help="Of the keys and of chance in faults.")] = 0,
    seconds: Annotated[float, typer.Option(min=0, help="Stop after so long; 0 runs until stopped.")] = 0.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the addresses as one line of JSON.")] = False,
) -> None:
    """Serve a venue's REST and WebSocket protocols over a simulated exchange, with market data of a tape.

    The markets of the tape become the venue's own, its times those of now. Orders, balances, fills, funding,
    transfers, rate limits and errors are as at the venue; nothing here is real money. Point any client at the
    addresses that are printed, with one of the keys. Ctrl-C stops it.

    Example: titan sim --venue binance --tape tapes/l2-20230405
    """
    import asyncio

    from titan.runtime.clock import WallClock
    from titan.runtime.sim import Order, simulate

    order = Order(venue, tape, speed, faults, once, host, port, seed, seconds)
    asyncio.run(simulate(order, now=WallClock().now, started=_print_json if as_json else _print))


def _print_json(started: Started) -> None:
    import msgspec

    document = msgspec.to_builtins(started.addresses)
    document |= {
        "instruments": list(started.instruments),
        "tape_rows": started.rows,
        "faults": started.faults,
    }
    sys.stdout.write(msgspec.json.encode(document).decode() + "\n")
    sys.stdout.flush()


def _print(started: Started) -> None:
    at = started.addresses
    typer.echo(paint(f"a double of {at.venue}, simulated: nothing here is real money", "bold"))
    typer.echo(f"  REST        {at.rest}")
    typer.echo(f"  WebSocket   {at.ws}")
    if at.perp_rest:
        typer.echo(f"  futures     {at.perp_rest}  {at.perp_ws}")
    typer.echo(f"  markets     {', '.join(started.instruments)} ({started.rows:,} rows of tape)")
    if started.faults:
        typer.echo(f"  faults      {started.faults} in the script")
    for key in at.keys:
        phrase = f"  passphrase {key.passphrase}" if key.passphrase else ""
        typer.echo(f"  key         {key.name} ({', '.join(key.permissions)})")
        typer.echo(f"              {key.key}\n              {key.secret}{phrase}")
    typer.echo(paint("Ctrl-C stops it. `--json` prints one line that --url-file reads.", "dim"))
    sys.stdout.flush()
