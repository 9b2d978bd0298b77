"""`titan keys add|list|rotate|remove`: API keys of venues, encrypted in one file."""

from __future__ import annotations

import getpass
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from titan.cli.terminal import write_json
from titan.model.credentials import Credentials, mask
from titan.model.errors import ConfigError
from titan.runtime.clock import WallClock
from titan.runtime.secrets import Vault, default_vault, password_of, remember

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="""Keep the API keys of venues, encrypted (AES-256-GCM under Argon2id) in one file of mode 0600.

    The password is asked for, or taken from TITAN_PASSWORD or the file that TITAN_PASSWORD_FILE names. Give a
    key only the permissions that it needs; Titan never needs withdrawals to trade.""",
)

File = Annotated[Path | None, typer.Option("--vault", help="The file; else that of TITAN_VAULT.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


@app.command()
def add(
    venue: Annotated[str, typer.Argument(help="binance, bybit, okx, kraken, mexc or ccxt:<id>.")],
    name: Annotated[str, typer.Option(help="Your own name for this key; else the venue's.")] = "",
    vault: File = None,
    as_json: Json = False,
) -> None:
    """Add a key. It is asked for; without a terminal, stdin gives key, secret and passphrase on a line each.

    Example: titan keys add binance
    """
    place = vault or default_vault()
    opened = Vault(place, password_of(os.environ, new=not place.exists()))
    credentials = _read(_venue(venue), name or venue)
    opened.put(credentials, WallClock().now())
    _done("added", credentials, place, as_json)


@app.command("list")
def list_(vault: File = None, as_json: Json = False) -> None:
    """Show the keys' names and venues; key ids are masked, secrets are never shown.

    Example: titan keys list --json
    """
    place = vault or default_vault()
    entries = list(Vault(place, password_of(os.environ)).entries.values()) if place.exists() else []
    rows = [
        {
            "name": e.credentials.name,
            "venue": e.credentials.venue,
            "key": mask(e.credentials.key),
            "passphrase": bool(e.credentials.passphrase),
            "added": _day(e.added_ns),
            "changed": _day(e.changed_ns),
        }
        for e in entries
    ]
    if as_json:
        write_json({"vault": str(place), "keys": rows})
        return
    if not rows:
        typer.echo(f"no keys yet in {place}\n  add one with `titan keys add binance`")
        return
    typer.echo(f"{'name':<20}{'venue':<12}{'key':<14}{'added':<13}changed")
    for row in rows:
        typer.echo(f"{row['name']:<20}{row['venue']:<12}{row['key']:<14}{row['added']:<13}{row['changed']}")


@app.command()
def rotate(
    name: Annotated[str, typer.Argument(help="The key to replace by a new one of the same venue.")] = "",
    password: Annotated[
        bool, typer.Option("--password", help="Change the vault's password instead of a key.")
    ] = False,
    vault: File = None,
    as_json: Json = False,
) -> None:
    """Replace a key by a new one, or change the vault's password (TITAN_NEW_PASSWORD, or asked for).

    Example: titan keys rotate binance
    """
    if bool(name) == password:
        raise ConfigError("name the key to rotate, or give --password", remedy="titan keys list")
    place = vault or default_vault()
    opened = Vault(place, password_of(os.environ))
    if password:
        fresh = os.environ.get("TITAN_NEW_PASSWORD", "")
        opened.change_password(password_of({"TITAN_PASSWORD": fresh} if fresh else {}, new=True))
        if as_json:
            write_json({"done": "password changed", "vault": str(place)})
        else:
            typer.echo(f"the password of {place} is changed")
        return
    before = opened.entries.get(name)
    if before is None:
        raise ConfigError(f"{place} has no key {name}", remedy="titan keys list")
    credentials = _read(before.credentials.venue, name)
    opened.put(credentials, WallClock().now(), replace=True)
    _done("rotated", credentials, place, as_json)


@app.command()
def remove(
    name: Annotated[str, typer.Argument(help="The key to forget.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    vault: File = None,
    as_json: Json = False,
) -> None:
    """Forget a key. At the venue it stays valid until you delete it there.

    Example: titan keys remove binance --yes
    """
    place = vault or default_vault()
    opened = Vault(place, password_of(os.environ))
    if not yes and sys.stdin.isatty():
        typer.confirm(f"forget the key {name} in {place}?", abort=True)
    opened.remove(name)
    if as_json:
        write_json({"done": "removed", "name": name, "vault": str(place)})
    else:
        typer.echo(f"removed {name}; delete it at the venue too, where it is still valid")


def _venue(venue: str) -> str:
    if venue.startswith("ccxt:") or not venue:
        from ccxt import exchanges

        if venue.removeprefix("ccxt:") not in exchanges:
            raise ConfigError(f"ccxt lists no exchange {venue.removeprefix('ccxt:')}")
        return venue
    from titan.venues.addresses import REAL

    if venue not in REAL:
        raise ConfigError(
            f"there is no venue {venue}", remedy=f"one of {', '.join(sorted(REAL))}, or ccxt:<id>"
        )
    return venue


def _read(venue: str, name: str) -> Credentials:
    """Key, secret and passphrase from the terminal, hidden, or from the lines of stdin."""
    if sys.stdin.isatty():
        key = input(f"API key of {venue}: ").strip()
        secret = getpass.getpass("secret: ").strip()
        wants = venue == "okx"
        passphrase = getpass.getpass("passphrase: ").strip() if wants else ""
    else:
        lines = [line.strip() for line in sys.stdin.read().splitlines()]
        key, secret, passphrase = ([*lines, "", "", ""])[:3]
    remember(secret, passphrase)
    if not key or not secret:
        raise ConfigError(
            "a key needs both its id and its secret", remedy="the venue shows the secret only once"
        )
    if venue == "okx" and not passphrase:
        raise ConfigError("a key of okx has a passphrase too", remedy="give it as the third line")
    return Credentials(venue, name, key, secret, passphrase)


def _done(what: str, credentials: Credentials, place: Path, as_json: bool) -> None:
    if as_json:
        write_json(
            {
                "done": what,
                "name": credentials.name,
                "venue": credentials.venue,
                "key": mask(credentials.key),
                "vault": str(place),
            }
        )
        return
    typer.echo(f"{what} {credentials.name} ({mask(credentials.key)}) in {place}")
    typer.echo(f"  try it with `titan doctor --venue {credentials.venue}`")


def _day(ns: int) -> str:
    return datetime.fromtimestamp(ns / 1e9, UTC).strftime("%Y-%m-%d")
