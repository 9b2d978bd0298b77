"""A whole gateway on a real port, in a thread of its own, for those who ask it anything: authority, controls
and settings act on folders that are made for it.
"""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from litestar.types import ControllerRouterHandler
from msgspec.structs import replace

from tests.api.auth.gateways import CHEAP
from tests.api.stage import TOKEN, served, settings_of
from titan.api.app import make_app
from titan.api.auth.authority import Authority
from titan.api.auth.scopes import Scope, Who
from titan.api.control.standby import Target
from titan.api.errors import Unauthorised
from titan.api.gateway import Parts
from titan.api.settings import Settings
from titan.api.whole import whole_of
from titan.runtime.clock import WallClock
from titan.runtime.trading.plan import read_plan

DEMO = Path(__file__).parents[2] / "config" / "demo"
EVERY = frozenset({Scope.READ, Scope.TRADE, Scope.ADMIN})


class Steady:
    """The real gate, and one more token that is good for ever: whoever changes his password or signs out
    by it has another session with the next request.
    """

    def __init__(self, authority: Authority) -> None:
        self._authority, self._session = authority, ""

    def check(self, token: str) -> Who:
        if token != TOKEN:
            return self._authority.gate.check(token)
        authority = self._authority
        user = authority.users.get("fuzz")
        if user is None:
            user = authority.users.add("fuzz", "none", EVERY, authority.now())
        family = authority.sessions.alive(self._session)
        if family is None or family.generation != user.generation:
            family, _ = authority.sessions.begin(user, totp=True)
            self._session = family.id
        return Who("fuzz", EVERY, 4e12, family.id)


class Supervised:
    async def rearm(self, by: str) -> bool:
        if not by:
            raise Unauthorised("nobody asks")
        return True


def parts_in(folder: Path, *more: ControllerRouterHandler) -> tuple[Settings, Parts]:
    """With these routes as well. No panic stands ready: each that is asked for would start a process."""
    shutil.copytree(DEMO, folder / "config")
    over: dict[str, object] = {"live.folder": str(folder / "run")}
    plan = read_plan(folder / "config", "paper", {}, over)
    target = Target(folder / "config", "paper", over, plan)
    authority = Authority(folder / "state", WallClock().now, cost=CHEAP)
    parts = whole_of(authority, lambda: target, Supervised())
    routes = [*parts.routes, *more]
    parts = replace(parts, gatekeeper=Steady(authority), routes=routes, beside=())
    return settings_of(folder / "run", requests_s=0.0), parts


def document_in(folder: Path, *more: ControllerRouterHandler) -> Any:
    """What that gateway says of itself, without serving it."""
    settings, parts = parts_in(folder, *more)
    return msgspec.json.decode(make_app(settings, parts).state.describing()[1])


@contextmanager
def serving(folder: Path, *more: ControllerRouterHandler) -> Iterator[Settings]:
    made, parts = parts_in(folder, *more)
    ready, stop = threading.Event(), threading.Event()
    found: list[Settings] = []

    async def until_stopped() -> None:
        async with served(made, parts) as listening:
            found.append(listening)
            ready.set()
            await asyncio.to_thread(stop.wait)

    thread = threading.Thread(target=asyncio.run, args=(until_stopped(),))
    thread.start()
    try:
        while thread.is_alive() and not ready.wait(0.1):
            pass
        assert found, "the gateway did not start"
        yield found[0]
    finally:
        stop.set()
        thread.join()
