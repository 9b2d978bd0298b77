"""The desk of a run, as the gateway commands it: each control goes the way that the command line takes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, Protocol

from titan.api.control.standby import Standby, Target, known
from titan.api.errors import Conflict, NotFound
from titan.api.shapes.control import ControlShape, Imposition, PanicShape
from titan.model.errors import ConfigError
from titan.model.restraint import Lifted, pause_of
from titan.risk.overrides import REDUCE_ONLY, Scope
from titan.risk.restraints import imposed
from titan.runtime.trading.asking import (
    Asked,
    ask_and_wait,
    check_covered,
    check_lift,
    override_of,
    standing_in,
)
from titan.runtime.trading.plan import Plan

HEARD_S: Final = 1.0
"""How long the run is waited for until it has written down what it was asked."""


class Supervisor(Protocol):
    async def rearm(self, by: str) -> bool:
        """Stop the run, take the latch back, start it again; False where none stands. Raises TitanError."""
        ...


class Desk:
    """`target` says which run is meant, None while nobody knows; `supervisor` is None where nobody can start
    it again. `now` is ns UTC. Raises ConfigError for what cannot be imposed, StorageError for a journal that
    cannot be written, Conflict and NotFound.
    """

    def __init__(
        self,
        target: Callable[[], Target | None],
        now: Callable[[], int],
        supervisor: Supervisor | None = None,
    ) -> None:
        self._target, self._now, self._supervisor = target, now, supervisor
        self.standby = Standby(target, lambda: now() / 1e6)
        self._turn = asyncio.Lock()

    @property
    def plan(self) -> Plan:
        return known(self._target()).plan

    async def pause(self, strategy: str, reason: str, by: str) -> ControlShape:
        """Entries stop, exits go on. Pausing what is paused changes nothing."""
        name = pause_of(strategy)
        async with self._turn:
            if await self._stands(name):
                return self._done("pause", "it is paused already")
            event = imposed(
                name, Scope(strategy=strategy), REDUCE_ONLY, reason=reason or "paused", by=by,
                local_ns=self._now(),
            )  # fmt: skip
            return await self._ask("pause", event, f"{strategy or 'all entries'} paused")

    async def resume(self, strategy: str, reason: str, by: str) -> ControlShape:
        name = pause_of(strategy)
        async with self._turn:
            if not await self._stands(name):
                return self._done("resume", "it is not paused")
            event = Lifted(name, by, self._now(), reason)
            return await self._ask("resume", event, f"{strategy or 'all entries'} resumed")

    async def impose(self, wish: Imposition, by: str) -> ControlShape:
        if not wish.name.strip():
            raise ConfigError("a halt needs a name", remedy="say in a word or two what it is for")
        scope = Scope(wish.strategy, wish.venue, wish.base, wish.instrument, wish.owner)
        override = override_of(wish.mode)
        check_covered(self.plan, wish.venue, wish.instrument)
        async with self._turn:
            event = imposed(
                wish.name, scope, override, reason=wish.reason or "by hand", by=by, local_ns=self._now()
            )
            return await self._ask("impose", event, f"'{wish.name}': {override} for {scope}")

    async def lift(self, name: str, reason: str, by: str) -> ControlShape:
        async with self._turn:
            standing = await asyncio.to_thread(standing_in, self.plan)
            if not standing.stands(name) and name not in standing.latches():
                raise NotFound(
                    f"no halt named '{name}' stands", remedy="/v1/streams/status has those that do"
                )
            check_lift(standing, name)
            return await self._ask("lift", Lifted(name, by, self._now(), reason), f"lifted '{name}'")

    async def panic(self, reason: str, by: str) -> PanicShape:
        return await self.standby.panic(reason or "by hand", by)

    async def rearm(self, by: str) -> ControlShape:
        """At rest only: the run is stopped for it and started again."""
        if self._supervisor is None:
            raise Conflict(
                "a latch is taken back at rest, and nobody here can stop and start this run",
                remedy=f"stop it, `titan panic --config {self.plan.place} --rearm`, and start it anew",
            )
        if self.standby.running:
            raise Conflict("a panic is under way", remedy="wait for its end")
        if await self._supervisor.rearm(by):
            return self._done("rearm", "re-armed: the run is started again")
        return self._done("rearm", "no latch of a panic stands")

    async def _stands(self, name: str) -> bool:
        return (await asyncio.to_thread(standing_in, self.plan)).stands(name)

    async def _ask(self, control: str, event: Asked, text: str) -> ControlShape:
        plan = self.plan
        if await ask_and_wait(plan, event, HEARD_S):
            return self._done(control, text)
        return ControlShape(control, "asked", f"{text}: the run was asked", self._now() / 1e6)

    def _done(self, control: str, text: str) -> ControlShape:
        return ControlShape(control, "done", text, self._now() / 1e6)
