"""Which pages may make a browser call this gateway: its own, and those that were named.

`Host` is looked at first, so that a name of a stranger's that leads here (DNS rebinding) is no page of ours:
a bare address cannot be rebound, `localhost` is ours, any other name must have been given. Then `Origin`, on
whatever changes something and on every WebSocket.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import urlsplit

from titan.api.errors import Forbidden
from titan.model.errors import ConfigError

SAFE: Final = {"GET", "HEAD", "OPTIONS"}
DEFAULT_PORT: Final = {"http": 80, "https": 443}


class Origins:
    """`named` are names by which the gateway goes: as desk.example, or https://desk.example where only that
    origin is meant. Raises ConfigError for what is neither.
    """

    def __init__(self, named: Iterable[str] = ()) -> None:
        named = tuple(named)
        self._named = frozenset(_origin(name) for name in named if "://" in name)
        self._strict = frozenset(host for _, host, _ in self._named)
        bare = {_origin(f"http://{_bracketed(name)}")[1] for name in named if "://" not in name}
        self._hosts = self._strict | bare | {"localhost"}

    def check(self, headers: Mapping[str, str], *, changes: bool) -> None:
        """`changes`: a method that changes something, or a WebSocket. Raises Forbidden for a strange page."""
        host, port = _netloc(headers.get("host", ""))
        if host not in self._hosts and not _bare(host):
            raise Forbidden(
                "this gateway does not go by that name",
                remedy="use its address, or name it with --name",
                code="host",
            )
        origin = headers.get("origin")
        if not changes:
            return
        foreign = (
            headers.get("sec-fetch-site") in {"cross-site", "same-site"}
            if origin is None
            else not (self._ours(origin, host, port))
        )
        if foreign:
            raise Forbidden(
                "a page of another origin may not do this",
                remedy="open the console at the gateway's own address, or name its origin with --origin",
                code="origin",
            )

    def _ours(self, origin: str, host: str, port: int | None) -> bool:
        try:
            scheme, name, at = _origin(origin)
        except ConfigError:
            return False
        if (scheme, name, at) in self._named:
            return True
        same = name == host and at == (port or DEFAULT_PORT[scheme])
        return same and name not in self._strict


def _origin(text: str) -> tuple[str, str, int]:
    """Scheme, host and port. Raises ConfigError for what is no origin."""
    parts = urlsplit(text)
    try:
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        host, port = "", None
    bare = not (parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc)
    if parts.scheme not in DEFAULT_PORT or not host or not bare:
        raise ConfigError(f"{text} is no origin", remedy="as https://desk.example, without a path")
    return parts.scheme, host, port or DEFAULT_PORT[parts.scheme]


def _netloc(text: str) -> tuple[str, int | None]:
    """Host and port of a `Host` header; an empty host for what is none."""
    try:
        parts = urlsplit(f"//{text}")
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return "", None
    if parts.path or parts.query or parts.fragment or "@" in parts.netloc:
        return "", None
    return host, port


def _bare(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _bracketed(name: str) -> str:
    return f"[{name}]" if name.count(":") > 1 and not name.startswith("[") else name
