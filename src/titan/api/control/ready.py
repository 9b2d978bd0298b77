"""A panic that stands ready: a process with everything imported, the journal read, the venues' rules known
and the connections open, which waits for one line and then acts at once. Started by the gateway as

    python -m titan.api.control.ready CONFIG MODE

with settings above the files as JSON in TITAN_STANDBY: the URL of a store may have a password, and everybody
on the machine can read the words of a command.

It says what it does as JSON, a line each (`Said`), acts once, and ends with its parent: at once while it
waits; one that acts goes on to its end, a while at most.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from titan.model.errors import StorageError, TitanError
from titan.model.recovery import PanicEnded
from titan.ports import Clock
from titan.runtime.clock import WallClock
from titan.runtime.modes import mode_named
from titan.runtime.trading.knowing import Known
from titan.runtime.trading.panicking import RUNNING, Prepared, opened, panic
from titan.runtime.trading.plan import Plan, VenuePlan, read_plan
from titan.venues.gateway.gateway import Gateway

OVERRIDES: Final = "TITAN_STANDBY"
LOOK_S: Final = 1.0
"""How often it looks whether its parts are still there, and reads on in the journal."""
REAL_S: Final = 600.0
"""How long a panic goes on when its parent is gone: nobody sees it any more."""
DOUBLE_S: Final = 20.0
"""The same over doubles, which go with the parent."""


class Order(msgspec.Struct, frozen=True):
    """The line that it waits for."""

    reason: str
    by: str


class Said(msgspec.Struct, frozen=True, omit_defaults=True):
    """A line of its own: that it stands ready, or why it does not; what the panic tells; its end."""

    ready: bool | None = None
    text: str = ""
    ended: PanicEnded | None = None
    error: str = ""


class Standing:
    """What is prepared; parts that cannot be had now are tried again at each `look`. `reading` reads the plan
    anew: when files of it change, doubles that began again are elsewhere.
    """

    def __init__(self, reading: Callable[[], Plan], clock: Clock) -> None:
        """Raises ConfigError for a config that cannot be run."""
        self._reading, self._clock = reading, clock
        self.plan = reading()
        self._stamp = _stamp(self.plan)
        self._known = Known(self.plan.store)
        self._gateways: dict[str, Gateway] = {}

    async def look(self) -> str:
        """Empty where everything stands ready, else what is missing."""
        try:
            await self._renew()
            with suppress(StorageError):
                self._known.read()
            if not mode_named(self.plan.mode).keys:
                return ""
            for venue in self.plan.venues:
                if venue.venue not in self._gateways:
                    self._gateways[venue.venue] = await self._open(venue)
        except TitanError as e:
            return e.message
        return ""

    async def _renew(self) -> None:
        """Raises ConfigError; then the last plan that could be read stands."""
        stamp = _stamp(self.plan)
        if stamp != self._stamp:
            plan = self._reading()
            await self._close_gateways()
            self.plan, self._stamp = plan, stamp

    async def _open(self, venue: VenuePlan) -> Gateway:
        """With its rules known and its connection open. Raises TitanError."""
        gateway = opened(self.plan, venue, self._clock, os.environ)
        done = False
        try:
            await gateway.instruments()
            await gateway.balances.fetch_balances()
            done = True
        finally:
            if not done:
                await gateway.close()
        return gateway

    @property
    def prepared(self) -> Prepared:
        return Prepared(self._known, self._gateways)

    async def close(self) -> None:
        self._known.close()
        await self._close_gateways()

    async def _close_gateways(self) -> None:
        while self._gateways:
            _, gateway = self._gateways.popitem()
            with suppress(TitanError):
                await gateway.close()


def _stamp(plan: Plan) -> tuple[tuple[str, int, int], ...]:
    """When the files that a plan was read from last changed: its config, and where its doubles listen."""
    home = plan.place if plan.place.is_dir() else plan.place.parent
    files = sorted(plan.place.rglob("*.toml")) if plan.place.is_dir() else [plan.place]
    named = [home / one.url_file for one in plan.config.venues.used().values() if one.url_file]
    found = []
    for file in (*files, *named, plan.folder / RUNNING):
        with suppress(OSError):
            seen = file.stat()
            found.append((str(file), seen.st_mtime_ns, seen.st_ino))
    return tuple(found)


async def stand(
    standing: Standing, clock: Clock, orders: asyncio.StreamReader, say: Callable[[Said], None]
) -> None:  # fmt: skip
    """Until the order comes and is carried out, or nobody is there any more to give one."""
    told: str | None = None
    line = asyncio.ensure_future(orders.readline())
    while not line.done():
        look = asyncio.ensure_future(standing.look())
        await asyncio.wait([line, look], return_when=asyncio.FIRST_COMPLETED)
        if look.done():
            missing = look.result()
            if missing != told:
                told = missing
                say(Said(ready=not missing, text=missing))
            await asyncio.wait([line], timeout=LOOK_S)
        else:
            look.cancel()
            await asyncio.gather(look, return_exceptions=True)
    if not line.result():
        return
    order = msgspec.json.decode(line.result(), type=Order)
    work = panic(
        standing.plan, clock, reason=order.reason, by=order.by, env=os.environ,
        tell=lambda text: say(Said(text=text)), prepared=standing.prepared,
    )  # fmt: skip
    ended = await _bounded(work, orders, REAL_S if standing.plan.real else DOUBLE_S)
    say(Said(ended=ended))


async def _bounded(
    work: Coroutine[None, None, PanicEnded], orders: asyncio.StreamReader, alone_s: float
) -> PanicEnded:
    """Its result; it goes on for so long where nobody listens any more. Raises TitanError after that: the
    journal has what is not done, and whoever begins a panic next goes on with it.
    """
    acting = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(orders.read())
    await asyncio.wait([acting, gone], return_when=asyncio.FIRST_COMPLETED)
    gone.cancel()
    if not acting.done():
        await asyncio.wait([acting], timeout=alone_s)
    if not acting.done():
        acting.cancel()
        await asyncio.gather(acting, return_exceptions=True)
        raise TitanError("nobody is there any more, and it has not ended")
    return acting.result()


def say(said: Said) -> None:
    """To whoever listens, if anybody still does."""
    with suppress(OSError):
        os.write(1, msgspec.json.encode(said) + b"\n")


async def _main(reading: Callable[[], Plan]) -> int:
    loop = asyncio.get_running_loop()
    reader, clock = asyncio.StreamReader(), WallClock()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    try:
        standing = Standing(reading, clock)
        try:
            await stand(standing, clock, reader, say)
        finally:
            await standing.close()
    except TitanError as e:
        say(Said(error=str(e)))
        return e.exit_code
    return 0


def main(argv: list[str]) -> int:
    place, mode = argv
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)  # it ends with its parent, and by nothing else
    given = msgspec.json.decode(os.environ.pop(OVERRIDES, "{}"), type=dict[str, object])
    return asyncio.run(_main(lambda: read_plan(Path(place), mode, os.environ, given)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
