"""What a gateway is told when it is started."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

CONSOLE: Final = Path(__file__).with_name("console")
"""Where `make console` leaves its files."""


class Settings(msgspec.Struct, frozen=True):
    """`folder` and `store` are the run's folder and its journal's URL; what was said before `since_ns` is of
    no run that is looked for. `hosts` are names by which it may be called besides loopback's and `host`
    itself. `supervised`: it stands beside a parent that can start the run again.
    """

    folder: Path
    store: str
    host: str = "127.0.0.1"
    port: int = 8787
    tls_cert: Path | None = None
    tls_key: Path | None = None
    insecure_bind: bool = False
    hosts: tuple[str, ...] = ()
    since_ns: int = 0
    supervised: bool = False
    console: Path = CONSOLE
    pace_s: float = 0.05
    """How often the run's files are looked at."""
    clients: int = 500
    """Streams at once."""
    requests_s: float = 100.0
    """Requests a second of one session, or of one network without one; ten times that at once. 0: any."""

    @property
    def address(self) -> str:
        """As a person types it."""
        scheme = "https" if self.tls_cert is not None else "http"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{scheme}://{host}:{self.port}"
