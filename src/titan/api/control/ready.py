"""A panic that stands ready: a process with everything imported, the journal read, the venues' rules known
and the connections open, which waits for one line and then acts at once. Started by the gateway as

    python -m titan.api.control.ready CONFIG MODE

with settings above the files as JSON in TITAN_STANDBY: the URL of a store may have a password, and everybody
on the machine can read the words of a command.

It says what it does as JSON, a line each (`Said`), acts once, and ends with its parent.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Final

import msgspec

from titan.model.errors import TitanError
from titan.model.recovery import PanicEnded
from titan.ports import Clock
from titan.runtime.clock import WallClock
from titan.runtime.modes import mode_named
from titan.runtime.trading.knowing import Known
from titan.runtime.trading.panicking import Prepared, opened, panic
from titan.runtime.trading.plan import Plan, read_plan
from titan.venues.gateway.gateway import Gateway

OVERRIDES: Final = "TITAN_STANDBY"
LOOK_S: Final = 1.0
"""How often it looks whether its parts are still there, and reads on in the journal."""


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
    """What is prepared; parts that cannot be had now are tried again at each `look`."""

    def __init__(self, plan: Plan, clock: Clock) -> None:
        self.plan, self._clock = plan, clock
        self._known = Known(plan.store)
        self._gateways: dict[str, Gateway] = {}
        self._keys = mode_named(plan.mode).keys

    async def look(self) -> str:
        """Empty where everything stands ready, else what is missing."""
        with suppress(TitanError):
            self._known.read()
        if not self._keys:
            return ""
        try:
            for venue in self.plan.venues:
                if venue.venue not in self._gateways:
                    async with AsyncExitStack() as closing:
                        gateway = opened(self.plan, venue, self._clock, os.environ)
                        closing.push_async_callback(gateway.close)
                        await gateway.instruments()
                        await gateway.balances.fetch_balances()  # its connection is open then
                        closing.pop_all()
                    self._gateways[venue.venue] = gateway
        except TitanError as e:
            return e.message
        return ""

    @property
    def prepared(self) -> Prepared:
        return Prepared(self._known, self._gateways)

    async def close(self) -> None:
        self._known.close()
        for gateway in self._gateways.values():
            with suppress(TitanError):
                await gateway.close()


async def stand(
    plan: Plan, clock: Clock, orders: asyncio.StreamReader, say: Callable[[Said], None]
) -> None:  # fmt: skip
    """Until the order comes and is carried out, or nobody is there any more to give one."""
    async with AsyncExitStack() as closing:
        standing = Standing(plan, clock)
        closing.push_async_callback(standing.close)
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
        ended = await panic(
            plan, clock, reason=order.reason, by=order.by, env=os.environ,
            tell=lambda text: say(Said(text=text)), prepared=standing.prepared,
        )  # fmt: skip
        say(Said(ended=ended))


def say(said: Said) -> None:
    sys.stdout.write(msgspec.json.encode(said).decode() + "\n")
    sys.stdout.flush()


async def _main(place: Path, mode: str, overrides: dict[str, object]) -> int:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    try:
        await stand(read_plan(place, mode, os.environ, overrides), WallClock(), reader, say)
    except TitanError as e:
        say(Said(error=str(e)))
        return e.exit_code
    return 0


def main(argv: list[str]) -> int:
    place, mode = argv
    overrides = os.environ.pop(OVERRIDES, "{}")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C of the terminal is its parent's
    return asyncio.run(_main(Path(place), mode, msgspec.json.decode(overrides, type=dict[str, object])))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
