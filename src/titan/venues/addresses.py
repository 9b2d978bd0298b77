"""Where a venue is reached: its real hosts, or those of a double as `titan sim` prints them.

A file of addresses is one JSON document, or several one to a line, each with at least `venue`, `rest` and
`ws`; what else `titan sim --json` prints may stand in it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from titan.model.errors import ConfigError


class Key(msgspec.Struct, frozen=True):
    """Credentials that a double accepts. They are made up at its start and open nothing else."""

    name: str
    key: str
    secret: str
    passphrase: str = ""
    permissions: tuple[str, ...] = ()


class Addresses(msgspec.Struct, frozen=True):
    """Base addresses without a path. `perp_rest` and `perp_ws` differ where futures have hosts of their
    own; empty means the same as `rest` and `ws`."""

    venue: str
    rest: str
    ws: str
    perp_rest: str = ""
    perp_ws: str = ""
    keys: tuple[Key, ...] = ()


REAL: Final[dict[str, Addresses]] = {
    a.venue: a
    for a in (
        Addresses(
            "binance", "https://api.binance.com", "wss://stream.binance.com:9443",
            "https://fapi.binance.com", "wss://fstream.binance.com",
        ),
        Addresses("bybit", "https://api.bybit.com", "wss://stream.bybit.com"),
        Addresses("okx", "https://www.okx.com", "wss://ws.okx.com:8443"),
        Addresses("kraken", "https://api.kraken.com", "wss://ws.kraken.com"),
        Addresses(
            "mexc", "https://api.mexc.com", "wss://wbs-api.mexc.com",
            "https://contract.mexc.com", "wss://contract.mexc.com",
        ),
    )
}  # fmt: skip
"""The venues' documented hosts."""


def read_addresses(file: Path) -> dict[str, Addresses]:
    """By venue. Raises ConfigError when the file is missing or says no addresses."""
    try:
        text = file.read_bytes()
    except OSError as e:
        raise ConfigError(
            f"{file} cannot be read: {e.strerror}", remedy="write it with `titan sim ... --json > FILE`"
        ) from e
    if not text.strip():
        raise ConfigError(f"{file} is empty", remedy="`titan sim` writes it when it listens: wait a moment")
    found = {}
    documents = [text] if text.lstrip()[:1] == b"[" else [line for line in text.splitlines() if line.strip()]
    try:
        for document in [text] if _is_one(text) else documents:
            one = msgspec.json.decode(document, type=Addresses | list[Addresses])
            for address in one if isinstance(one, list) else [one]:
                found[address.venue] = address
    except msgspec.DecodeError as e:
        raise ConfigError(
            f"{file} holds no addresses: {e}", remedy="write it with `titan sim ... --json > FILE`"
        ) from e
    return found


def _is_one(text: bytes) -> bool:
    try:
        msgspec.json.decode(text)
    except msgspec.DecodeError:
        return False
    return True


def addresses_of(venue: str, file: Path | None) -> Addresses:
    """Those of the file where it names the venue, else the real ones. Raises ConfigError for neither."""
    named = read_addresses(file) if file is not None else {}
    if venue in named:
        return named[venue]
    if file is not None:
        raise ConfigError(
            f"{file} has no addresses of {venue}", remedy=f"it names {', '.join(sorted(named)) or 'none'}"
        )
    if venue not in REAL:
        raise ConfigError(f"there is no venue {venue}", remedy=f"one of {', '.join(sorted(REAL))}")
    return REAL[venue]
