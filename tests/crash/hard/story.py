"""One story: a venue, and a run on it that is killed as its seed says, begun again each time, and judged."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.crash.hard.forks import Forks, Worker
from tests.crash.hard.laws import NAKED_S, Up, Verdict, judge
from tests.crash.hard.venue import Venue, running
from tests.crash.hard.worker import Life, When

END_S = 400.0
"""How long a run may take to end what it found under way."""
START_S = 120.0
"""How long a process may take to be wired on a busy machine."""
DIES_S = 6.0
"""A process whose entry has not come by then is killed at that moment."""
WHENS: tuple[When, ...] = ("handed", "committing", "committed")
Tell = Callable[[str], object]


@dataclass
class Result:
    seed: int
    verdict: Verdict
    moments: int = 0
    starts: int = 0
    """Kills before the process was wired."""
    steps: Counter[str] = field(default_factory=Counter)
    """Kills by the process' own hand, by the entry at which."""
    seconds: float = 0.0
    place: Path = Path()

    @property
    def kills(self) -> int:
        return self.moments + self.starts + sum(self.steps.values())


class Story:
    """`up` and `venue` are there for whoever judges once more, after `run`."""

    def __init__(
        self, forks: Forks, place: Path, seed: int, kills: int, tell: Tell, naked_s: float = NAKED_S
    ) -> None:  # fmt: skip
        self._forks, self._place, self._seed, self._kills, self._tell = forks, place, seed, kills, tell
        self._naked_s = naked_s
        self._rng = Random(f"hard:{seed}")
        self.up: Up = []
        self.venue: Venue
        self._result = Result(seed, Verdict(), place=place)

    async def run(self, venue: str = "binance") -> Result:
        began, result = time.monotonic(), self._result
        async with running(self._place, self._seed, venue) as here:
            self.venue = here
            for n in range(self._kills):
                if not await self._life(n):
                    break
            else:
                if await self._end():
                    result.verdict = judge(here, self.up, self._naked_s)
            if result.verdict.broken:
                here.keep()
        result.seconds = time.monotonic() - began
        return result

    async def _life(self, n: int) -> bool:
        """Until it is killed; False where something else ended it."""
        rng = self._rng
        life = Life(str(self._place), f"{self._seed}:{n}", serial=1000 * n, wishes=rng.randint(2, 8))
        how = rng.choice(("start", "moment", "moment", "trading", "step", "step", "step"))
        if how == "step":
            life.dies, life.when = rng.randint(1, rng.choice((12, 60))), rng.choice(WHENS)
        worker = await self._forks.start(life)
        if how == "start":
            await self._or_dead(worker, rng.random() * 0.35)
        else:
            await self._wired(worker)
            if how == "trading":
                await asyncio.wait({asyncio.ensure_future(worker.said("ready").wait())}, timeout=DIES_S)
            wait = DIES_S if how == "step" else rng.random() ** 2 * 1.2
            await self._or_dead(worker, wait)
        return await self._killed(worker, how)

    async def _killed(self, worker: Worker, how: str) -> bool:
        result = self._result
        worker.kill()
        code, now = await worker.dead, time.time_ns()
        if self.up and not self.up[-1][1]:
            self.up[-1] = self.up[-1][0], now
        dies = next((word for word in worker.words if word.startswith("dies ")), "")
        if dies:
            result.steps[dies[5:]] += 1
        elif how == "start" and "wired" not in worker.words:
            result.starts += 1
        else:
            result.moments += 1
        self._tell(f"{self._seed}: {how} {dies or 'killed'}")
        if code != -9:
            result.verdict.break_("broke", f"it ended by itself ({code}): {worker.words}")
        return code == -9

    async def _end(self) -> bool:
        """The last life, which nobody kills; False where it does not end well."""
        worker = await self._forks.start(Life(str(self._place), f"{self._seed}:end", serial=900_000))
        await self._wired(worker)
        await self._or_dead(worker, END_S)
        if not worker.dead.done():
            self._result.verdict.break_("not ended", f"still at work after {END_S:g} s: {worker.words}")
        worker.kill()
        code = await worker.dead
        self.up[-1] = self.up[-1][0], time.time_ns()
        if code not in (0, -9):
            self._result.verdict.break_("broke", f"the last life ended with {code}: {worker.words}")
        return code == 0

    async def _wired(self, worker: Worker) -> None:
        await asyncio.wait_for(worker.said("wired").wait(), START_S)
        self.up.append((time.time_ns(), 0))

    async def _or_dead(self, worker: Worker, seconds: float) -> None:
        await asyncio.wait({worker.dead}, timeout=seconds)
