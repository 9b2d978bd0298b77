"""`titan api`: a gateway beside a run, for the console and for programs."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from titan.runtime.clock import WallClock

if TYPE_CHECKING:
    from titan.api.auth.authority import Authority
    from titan.api.settings import Settings


def api(
    run: Annotated[str, typer.Option(help="A run's folder. Default: the newest here.")] = "",
    host: Annotated[str, typer.Option(help="Where it listens.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes any that is free.")] = 8787,
    tls_cert: Annotated[Path | None, typer.Option(help="A certificate chain, PEM.")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="Its key, PEM.")] = None,
    insecure_bind: Annotated[
        bool, typer.Option("--insecure-bind", help="Listen beyond loopback without TLS all the same.")
    ] = False,
    name: Annotated[
        list[str] | None, typer.Option(help="A name by which it may be called, as titan.example.org.")
    ] = None,
    state: Annotated[
        Path | None, typer.Option(help="The folder of users, keys and audit log; else that of TITAN_STATE.")
    ] = None,
) -> None:
    """Show a run over HTTP and WebSocket: REST under /v1, streams at /v1/stream, the console at /.

    It reads the run's files in a process of its own, and asks the run for what an operator commands: start
    it, kill it and start it anew at any time while the run goes on. It listens at loopback unless told
    otherwise.

    Examples:

    titan api

    titan api --run runs/demo-live --port 9000
    """
    import uvloop

    from titan.api.auth.authority import Authority
    from titan.api.auth.state import default_state
    from titan.api.settings import Settings
    from titan.cli.looking import url_of

    url = url_of(run)
    place = Path(url.removeprefix("sqlite:///")).parent if url.startswith("sqlite:///") else Path(run)
    settings = Settings(
        place, url, host, port, tls_cert, tls_key, insecure_bind=insecure_bind, hosts=tuple(name or ())
    )
    uvloop.run(_serve(settings, Authority(state or default_state(), WallClock().now)))


async def _serve(settings: Settings, authority: Authority) -> None:
    from titan.api.control.target import OfJournal
    from titan.api.serve import serve
    from titan.api.whole import whole_of

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    parts = whole_of(authority, OfJournal(settings, os.environ))
    await serve(settings, ready=lambda s: _tell(s, authority), parts=parts, stop=stop)


def _tell(settings: Settings, authority: Authority) -> None:
    sys.stdout.write(f"{settings.folder} at {settings.address}\n")
    if word := authority.first_word:
        sys.stdout.write(f"no users yet: make the first one at {settings.address}/#/setup?token={word}\n")
    sys.stdout.flush()
