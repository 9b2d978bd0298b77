"""`titan doctor`: is everything well between this machine and a venue?"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer

from titan.cli.terminal import paint, write_json
from titan.model.credentials import Credentials
from titan.model.errors import ConfigError
from titan.runtime.doctor import Finding, Status, examine
from titan.runtime.secrets import Vault, default_vault, password_of, remember, scrub
from titan.venues.addresses import REAL, Addresses, addresses_of

_COLOURS: Final = {Status.OK: "cyan", Status.WARN: "bold", Status.FAIL: "red"}


def doctor(
    venue: Annotated[str, typer.Option(help="binance, bybit, okx, kraken, mexc or ccxt:ID.")],
    url_file: Annotated[
        Path | None, typer.Option(help="Addresses as `titan sim --json` prints them; else the real venue.")
    ] = None,
    key: Annotated[str, typer.Option(help="Which key; else the only one of this venue.")] = "",
    book_s: Annotated[float, typer.Option(help="Seconds to wait for the first order book.")] = 10.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> int:
    """Check addresses, clock, latency, sockets, key, permissions, fees and rate limits of a venue.

    Exit code 1 when a check failed. Nothing is traded.

    Example: titan doctor --venue bybit
    """
    generic = venue.startswith("ccxt:")
    addresses = None if generic and url_file is None else addresses_of(venue, url_file)
    credentials = _credentials(venue, key, addresses)
    findings = asyncio.run(_run(venue, addresses, credentials, book_s, quiet=as_json))
    failed = sum(f.status is Status.FAIL for f in findings)
    if as_json:
        checks = [msgspec.to_builtins(f) for f in findings]
        write_json({"venue": venue, "well": failed == 0, "checks": checks})
    else:
        warned = sum(f.status is Status.WARN for f in findings)
        typer.echo(f"{len(findings)} checks: {failed} failed, {warned} to look at")
    return 1 if failed else 0


async def _run(
    venue: str, addresses: Addresses | None, credentials: Credentials | None, book_s: float, *, quiet: bool
) -> list[Finding]:
    findings = []
    async for finding in examine(venue, addresses, credentials, book_s=book_s):
        findings.append(_scrubbed(finding))
        if not quiet:
            _say(findings[-1])
    return findings


def _say(finding: Finding) -> None:
    mark = paint(f"{finding.status.value:<4}", _COLOURS[finding.status])
    typer.echo(f"{mark}  {finding.check:<20} {finding.said}")
    if finding.remedy:
        typer.echo(paint(f"{'':<26} {finding.remedy}", "dim"))
    sys.stdout.flush()


def _scrubbed(finding: Finding) -> Finding:
    return msgspec.structs.replace(finding, said=scrub(finding.said), remedy=scrub(finding.remedy))


def _credentials(venue: str, name: str, addresses: Addresses | None) -> Credentials | None:
    """From the file of addresses where it has keys, else from the vault; None where there is none."""
    if addresses is not None and addresses is not REAL.get(venue):
        named = [k for k in addresses.keys if name in ("", k.name)]
        if name and not named:
            raise ConfigError(f"the addresses of {venue} have no key {name}")
        if not named:
            return None
        found = named[0]
        remember(found.secret, found.passphrase)
        return Credentials(venue, found.name, found.key, found.secret, found.passphrase)
    place = default_vault()
    if not place.exists():
        if name:
            raise ConfigError(f"there is no key {name}", remedy=f"add it with `titan keys add {venue}`")
        return None
    vault = Vault(place, password_of(os.environ))
    if not name and not any(e.credentials.venue == venue for e in vault.entries.values()):
        return None
    return vault.credentials(venue, name)
