"""An event loop of virtual time on which processes can be killed: nothing that belongs to one runs any more.

Whoever a callback belongs to stands in its context, which tasks and timers inherit. A kill is that of a
SIGKILL: no `finally`, no last word, no answer to what had been asked.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Iterable
from contextvars import Context, ContextVar, copy_context
from typing import Any
from weakref import WeakSet

from titan.engine.loop import VirtualLoop

OWNER: ContextVar[Life | None] = ContextVar("owner", default=None)


class Life:
    """One process, from its start to its end."""

    def __init__(self, name: str) -> None:
        self.name, self.dead = name, False
        self.tasks: WeakSet[asyncio.Task[Any]] = WeakSet()
        self.remains: list[asyncio.Task[Any]] = []
        """Kept when it is dead: a coroutine that is collected would run its `finally`."""

    def __repr__(self) -> str:
        return f"<{self.name}{' (dead)' if self.dead else ''}>"


class KillableLoop(VirtualLoop):
    """`connect` makes connections of this loop: see `tests.week.net`."""

    def __init__(self, start_ns: int) -> None:
        super().__init__(start_ns)
        self.connect: Callable[..., Coroutine[Any, Any, tuple[Any, Any]]] | None = None
        self.set_task_factory(self._task)

    def context_of(self, life: Life | None) -> Context:
        """One in which everything belongs to this process."""
        made = copy_context()
        made.run(OWNER.set, life)
        return made

    def kill(self, life: Life) -> None:
        """It ends at this instruction."""
        life.dead = True
        life.remains = [task for task in life.tasks if not task.done()]

    def over(self, lives: Iterable[Life]) -> None:
        """The end of everything: what is left of the lives goes, and what belongs to none is cancelled."""
        self._market = None
        dead: set[asyncio.Task[Any]] = set()
        for life in lives:
            if not life.dead:
                self.kill(life)
            dead |= set(life.remains)
            self._bury(life)
        left = [task for task in asyncio.all_tasks(self) if task not in dead]
        for task in left:
            task.cancel()
        if left:
            self.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        self.close()

    @staticmethod
    def _bury(life: Life) -> None:
        """Its coroutines are closed, whatever they then want to do."""
        for task in life.remains:
            task._log_destroy_pending = False  # type: ignore[attr-defined]
            coroutine: Any = task.get_coro()
            with contextlib.suppress(BaseException):  # the dead have no say
                coroutine.close()
        life.remains.clear()

    def _task(self, loop: Any, work: Any, context: Context | None = None) -> asyncio.Task[Any]:
        task: asyncio.Task[Any] = asyncio.Task(work, loop=loop, context=context)
        life = OWNER.get() if context is None else context.get(OWNER)
        if life is not None:
            life.tasks.add(task)
        return task

    def call_soon(self, callback: Any, *args: Any, context: Context | None = None) -> Any:  # type: ignore[override]
        context = context if context is not None else copy_context()
        life = context.get(OWNER)
        if life is None:
            return super().call_soon(callback, *args, context=context)
        return super().call_soon(_alive, life, callback, args, context=context)

    def call_at(self, when: float, callback: Any, *args: Any, context: Context | None = None) -> Any:  # type: ignore[override]
        context = context if context is not None else copy_context()
        life = context.get(OWNER)
        if life is None:
            return super().call_at(when, callback, *args, context=context)
        return super().call_at(when, _alive, life, callback, args, context=context)

    async def create_connection(self, factory: Any, host: Any = None, port: Any = None, **_: Any) -> Any:  # type: ignore[override]
        assert self.connect is not None
        return await self.connect(factory, int(port))


def _alive(life: Life, callback: Callable[..., object], args: tuple[Any, ...]) -> None:
    if not life.dead:
        callback(*args)
