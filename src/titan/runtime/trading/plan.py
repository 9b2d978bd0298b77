"""What is to be run, read from a config folder and checked before anything is opened."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec
from msgspec.structs import replace

from titan.model.credentials import Credentials
from titan.model.errors import ConfigError
from titan.runtime.config import Config, VenueConfig, load_config
from titan.venues.addresses import Addresses, Key, addresses_of

TRADER: Final = "trader"
"""The key of a double that a run takes: it may trade and transfer, and not withdraw."""


class VenuePlan(msgspec.Struct, frozen=True):
    """One venue. `double` is the market of a double that the run starts itself, empty for none; `addresses`
    are then those of the double, known only when it listens."""

    venue: str
    instruments: tuple[str, ...]
    addresses: Addresses | None
    real: bool
    double: str
    speed: float
    key: str
    payer: str = ""
    """The key that may withdraw; empty for none."""


class Plan(msgspec.Struct, frozen=True):
    """`place` is the config folder, `folder` where the run keeps what is its own."""

    mode: str
    place: Path
    folder: Path
    store: str
    venues: tuple[VenuePlan, ...]
    config: Config

    @property
    def real(self) -> tuple[str, ...]:
        """Venues at which this is real money, where orders leave."""
        return tuple(v.venue for v in self.venues if v.real)

    @property
    def shown_store(self) -> str:
        """Its URL without a password."""
        head, at, host = self.store.rpartition("@")
        return f"{head.rpartition(':')[0]}:***@{host}" if at and head.count(":") > 1 else self.store


def read_plan(place: Path, mode: str, env: Mapping[str, str], overrides: Mapping[str, object]) -> Plan:
    """Raises ConfigError for a folder that cannot be run."""
    if not place.exists():
        raise ConfigError(
            f"there is no config at {place}",
            remedy="name a folder with a titan.toml: config/demo is one, in the folder that Titan came in",
        )
    config = load_config(place, env, overrides)
    home = place if place.is_dir() else place.parent
    venues = tuple(_venue(name, one, home) for name, one in config.venues.used().items())
    if not venues:
        raise ConfigError(
            f"{place} names no venue",
            remedy='add to titan.toml: [venues.binance] and instruments = ["spot.BTCUSDT", "perp.BTCUSDT"]',
        )
    folder = Path(
        config.live.folder
        or Path("runs") / (place.resolve().stem if place.is_file() else home.resolve().name)
    )
    store = config.live.store or f"sqlite:///{folder / 'titan.db'}"
    return Plan(mode, place, folder, store, venues, config)


def _venue(name: str, one: VenueConfig, home: Path) -> VenuePlan:
    if one.double and one.url_file:
        raise ConfigError(
            f"venues.{name}: both a double and a url_file",
            remedy="a double has its own addresses: leave one out",
        )
    addresses = None
    if not one.double:
        addresses = addresses_of(name, home / one.url_file if one.url_file else None)
    double = one.double
    if double and (home / double).exists():
        double = str(home / double)
    named = tuple(dict.fromkeys(i.removeprefix(f"{name}.") for i in one.instruments))
    real = not double and not one.url_file
    return VenuePlan(name, named, addresses, real, double, float(one.speed), one.key, one.withdraw.key)


def credentials_of(plan: VenuePlan, addresses: Addresses, env: Mapping[str, str]) -> Credentials:
    """From the key store, or one that a double made up. Raises ConfigError for none."""
    if plan.key or not addresses.keys:
        from titan.runtime.secrets import Vault, default_vault, password_of

        place = default_vault()
        if not place.exists():
            raise ConfigError(
                f"no key of {plan.venue}: there is no key store at {place}",
                remedy=f"add one with `titan keys add {plan.venue}`",
            )
        return Vault(place, password_of(env)).credentials(plan.venue, plan.key)
    return _made_up(plan.venue, addresses.keys)


def payer_of(plan: VenuePlan, addresses: Addresses, env: Mapping[str, str]) -> Credentials | None:
    """The key that withdraws; None where there is none. Raises ConfigError for one that is not there."""
    if not plan.payer:
        return None
    if not addresses.keys:
        return credentials_of(replace(plan, key=plan.payer), addresses, env)
    if plan.payer not in {key.name for key in addresses.keys}:
        raise ConfigError(
            f"venues.{plan.venue}.withdraw: the double has no key {plan.payer}",
            remedy=f"one of {', '.join(key.name for key in addresses.keys)}",
        )
    return _made_up(plan.venue, addresses.keys, plan.payer)


def _made_up(venue: str, keys: tuple[Key, ...], name: str = TRADER) -> Credentials:
    key = next((k for k in keys if k.name == name), keys[0])
    return Credentials(venue, key.name, key.key, key.secret, key.passphrase)


def environment() -> Mapping[str, str]:
    return os.environ
