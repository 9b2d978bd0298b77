"""`titan up`: a desk with one command, from nothing to a console in a browser."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from titan.cli.terminal import paint

if TYPE_CHECKING:
    from titan.api.auth.authority import Authority
    from titan.api.control.standby import Target
    from titan.api.settings import Settings
    from titan.runtime.supervising.up import Up

PORT: Final = 8787
_PORTS: Final = 20
_LOOK_S: Final = 0.2


def up(
    config: Annotated[Path, typer.Option(help="The config folder: what is run, and where.")] = Path(
        "config/demo"
    ),
    mode: Annotated[
        str,
        typer.Option(
            help="paper: orders go to a simulated exchange; observe: signals only; live: to the venues."
        ),
    ] = "paper",
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help=f"Else {PORT}, or the next that is free.")
    ] = None,
    host: Annotated[str, typer.Option(help="Where the console listens.")] = "127.0.0.1",
    seconds: Annotated[
        float, typer.Option(min=0, help="Stop after the run has traded for so long; 0: until stopped.")
    ] = 0.0,
    new: Annotated[
        bool, typer.Option("--new", help="Begin a new run instead of going on with the last one.")
    ] = False,
    real_money: Annotated[
        bool, typer.Option("--real-money", help="Needed where --mode live means a venue's own addresses.")
    ] = False,
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
    """Bring up a whole desk: the run, doubles of its venues where the config names any, and the console.

    The run is a process of its own that is started again when it dies; the console is served at the printed
    address. Ctrl-C stops all of it in order, a second one at once.

    Examples:

    titan up

    titan up --config config/doubles --mode live --port 9000
    """
    import uvloop

    from titan.api.auth.authority import Authority
    from titan.api.auth.state import default_state
    from titan.api.serve import check_bind
    from titan.api.settings import Settings
    from titan.model.errors import ConfigError, TitanError
    from titan.runtime.clock import WallClock
    from titan.runtime.modes import mode_named
    from titan.runtime.supervising.up import Up

    parts, clock = mode_named(mode), WallClock()
    desk = Up(config, mode, os.environ, clock, _say, new=new, real_money=real_money)
    if parts.keys and desk.written.real and not real_money:
        raise ConfigError(
            f"this would trade real money at {', '.join(desk.written.real)}",
            remedy="say so with --real-money; or try `--mode paper`, or a double (venues.<name>.double)",
        )
    settings = Settings(
        desk.written.folder, desk.written.store, host, _free(host) if port is None else port, tls_cert,
        tls_key, insecure_bind=insecure_bind, hosts=tuple(name or ()), since_ns=clock.now(), supervised=True,
    )  # fmt: skip
    check_bind(settings)
    authority = Authority(state or default_state(), clock.now)
    session = _Session(desk, settings, authority, seconds)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(session.run())
    if session.why:
        raise TitanError(session.why, remedy=f"{desk.run.log} says more")


class _Session:
    """From the first line printed to the last."""

    def __init__(self, desk: Up, settings: Settings, authority: Authority, seconds: float) -> None:
        self._desk, self._settings, self._authority, self._seconds = desk, settings, authority, seconds
        self._stop, self._asked = asyncio.Event(), 0
        self._told: dict[object, int] = {}
        self._traded = self._stopping = False
        self.why = ""
        """What it ended for, where nobody asked for that."""

    async def run(self) -> None:
        """Raises what the gateway, or the start of the run, raises."""
        from titan.api.serve import serve
        from titan.api.whole import whole_of

        listening, closing = asyncio.Event(), asyncio.Event()

        def ready(settings: Settings) -> None:
            self._settings = settings
            listening.set()

        with self._signals():
            parts = whole_of(self._authority, self._target, self._desk)
            serving = asyncio.create_task(serve(self._settings, ready=ready, parts=parts, stop=closing))
            try:
                await _first(serving, listening.wait())
                if not serving.done():
                    self._block()
                    await self._work(serving)
            finally:
                if not serving.done():
                    _say("stopping: the run first, then the console")
                self._stopping = True
                await self._desk.stop()
                closing.set()
                await serving
        _say("stopped")

    def _target(self) -> Target | None:
        """Known once what it trades with listens, and until it is stopped."""
        from titan.api.control.standby import Target

        desk = self._desk
        if self._stopping or desk.plan is desk.written:
            return None
        return Target(desk.place, desk.mode, desk.overrides, desk.plan)

    async def _work(self, serving: asyncio.Task[None]) -> None:
        """Until it is to stop."""
        starting = asyncio.create_task(self._desk.start())
        following = asyncio.create_task(self._follow())
        stopping = asyncio.create_task(self._stop.wait())
        try:
            await _first(starting, serving, stopping)
            if starting.done():
                starting.result()
                await _first(serving, stopping, following)
        finally:
            for one in (starting, following, stopping):
                one.cancel()
            await asyncio.gather(starting, following, stopping, return_exceptions=True)

    async def _follow(self) -> None:
        """Say what the children say until the run trades. Returns when its time is over, or where it ended
        for good before it ever traded: there is nothing to look at then."""
        loop, desk = asyncio.get_running_loop(), self._desk
        ends = 0.0
        while not ends or loop.time() < ends:
            if not self._traded:
                self._progress()
                if self._trades():
                    self._traded = True
                    _say(f"it trades ({desk.mode}); {desk.run.log} goes on from here")
                elif why := desk.failed:
                    self.why = why
                    return
            if self._traded and self._seconds and not ends:
                ends = loop.time() + self._seconds
            await asyncio.sleep(_LOOK_S)

    def _progress(self) -> None:
        for one in (self._desk.doubles, self._desk.run):
            child = one.child
            lines = child.lines() if child is not None else []
            for text in lines[self._told.get(child, 0) :]:
                if not text.startswith("error: "):
                    _say(paint(f"  {text}", "dim"))
            self._told[child] = len(lines)

    def _trades(self) -> bool:
        """Whether the run says so, since it was started."""
        from msgspec import DecodeError

        from titan.views.status import decoded

        try:
            found = decoded((self._settings.folder / "status.json").read_bytes())
        except (OSError, DecodeError):
            return False
        return found.at_ns >= self._settings.since_ns and found.traded

    def _block(self) -> None:
        """What a person needs to know, once."""
        at, plan = self._settings.address, self._desk.written
        simulated = " on a simulated market: nothing there is real money" if not plan.real else ""
        _say("")
        _say(paint(f"Titan: {plan.mode}{simulated}", "bold"))
        _say(f"  console   {paint(at + '/', 'bold')}")
        if word := self._authority.first_word:
            _say(f"  first use {at}/#/setup?token={word}   (makes the first user; once)")
        _say(f"  config    {self._desk.place}    run {plan.folder}")
        if not (self._settings.console / "index.html").is_file():
            _say(
                "  the console is not built: `make console` builds it (Node 20); the API is there without it"
            )
        _say("  Ctrl-C stops it.")
        _say("")

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """Ctrl-C and SIGTERM ask for an orderly end, a second one for a quick one."""
        loop = asyncio.get_running_loop()

        def asked() -> None:
            self._asked += 1
            self._stop.set()
            if self._asked > 1:
                self._desk.kill()

        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, asked)
        try:
            yield
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)


async def _first(*works: Awaitable[object]) -> None:
    """Until one of them is done; those that were made for this alone are given up."""
    waits = [asyncio.ensure_future(one) for one in works]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for made, given in zip(waits, works, strict=True):
        if made is not given:
            made.cancel()


def _free(host: str) -> int:
    """The usual port, or the next one that nobody has."""
    for port in range(PORT, PORT + _PORTS):
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind((host, port))
            except OSError:
                continue
            return port
    return PORT  # and the gateway says why not


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
