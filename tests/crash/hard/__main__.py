"""Real processes, killed by the operating system, as a table; exit code 1 when a law is broken.

    python -m tests.crash.hard [--kills N] [--a-story K] [--from S] [--lanes L] [--venue NAME]
    python -m tests.crash.hard --seed S [--times T]             one story, so many times, with what it says

A story is one account at a double and one run on it, with wishes of every saga at once; its seed decides the
wishes, the venue's faults and the kills. `moments` are kills by the parent at random times, `starts` those
before the process was wired, `steps` those at a journal entry: handed to the store, within the transaction,
or committed. What the machine does in between is real, so a seed tells nearly the same story each time, and a
story that broke a law is kept: its journal, what its processes said, and what the venue knew.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count, repeat
from pathlib import Path

from tests.crash.hard.forks import Forks, forks
from tests.crash.hard.story import Result, Story, Tell
from tests.crash.hard.venue import running
from tests.crash.hard.worker import Life

HEAD = (
    "kills", "moments", "starts", "steps", "stories", "wishes", "orders", "fills", "duplicates", "lost",
    "naked", "ledger", "other", "operator", "longest s",
)  # fmt: skip
KNOWN = ("duplicate", "lost", "naked", "ledger")


@dataclass
class Total:
    results: list[Result] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    broken: Counter[str] = field(default_factory=Counter)

    def add(self, one: Result) -> None:
        self.results.append(one)
        self.kinds += one.steps
        self.broken += one.verdict.broken

    @property
    def kills(self) -> int:
        return sum(r.kills for r in self.results)

    def row(self) -> tuple[object, ...]:
        rs, broken = self.results, self.broken
        verdicts = [r.verdict for r in rs]
        known = [broken[law] for law in KNOWN]
        return (
            self.kills, sum(r.moments for r in rs), sum(r.starts for r in rs), sum(self.kinds.values()),
            len(rs), sum(v.wishes for v in verdicts), sum(v.orders for v in verdicts),
            sum(v.fills for v in verdicts), *known, sum(broken.values()) - sum(known),
            sum(v.operator for v in verdicts), f"{max((v.longest_s for v in verdicts), default=0.0):.1f}",
        )  # fmt: skip


async def play(
    place: Path, seeds: Iterator[int], *, kills: int, a_story: int, lanes: int, venue: str, tell: Tell
) -> Total:
    """Stories until so many kills were made, `lanes` at a time; those that broke a law stay in `place`."""
    total, left = Total(), kills

    async def lane(template: Forks) -> None:
        nonlocal left
        while left > 0:
            mine, left = min(a_story, left), left - a_story
            seed = next(seeds)
            here = Path(tempfile.mkdtemp(prefix=f"{seed}-", dir=place))
            result = await Story(template, here, seed, mine, tell).run(venue)
            total.add(result)
            for note in result.verdict.notes[:5]:
                tell(f"{seed} !! {note}")
            tell(f"{total.kills} kills, {len(total.results)} stories, broken {dict(total.broken)}")
            if not result.verdict.broken:
                shutil.rmtree(here)

    async with warm(place, venue) as template:
        await asyncio.gather(*(lane(template) for _ in range(lanes)))
    return total


@asynccontextmanager
async def warm(place: Path, venue: str = "binance") -> AsyncIterator[Forks]:
    """The template, made over a venue of its own that is closed again."""
    first = running(place / "warm", -1, venue)
    await first.__aenter__()
    try:
        async with forks(Life(str(place / "warm"), "warm")) as made:
            await first.__aexit__(None, None, None)
            yield made
    finally:
        shutil.rmtree(place / "warm", ignore_errors=True)


def table(total: Total) -> str:
    lines = ["".join(f"{cell!s:>11}" for cell in row) for row in (HEAD, total.row())]
    kinds = ", ".join(f"{name} {n}" for name, n in sorted(total.kinds.items()))
    return "\n".join([*lines, f"killed at {len(total.kinds)} kinds of entries: {kinds}"])


def hard(
    *, kills: int, a_story: int = 20, first: int = 0, lanes: int = 4, venue: str = "binance",
    seed: int | None = None, tell: Tell,
) -> int:  # fmt: skip
    """Play and print; how many laws were broken. With `seed` it is the same story again and again."""
    place = Path(tempfile.mkdtemp(prefix="titan-crash-"))
    seeds: Iterator[int] = count(first) if seed is None else repeat(seed)
    lanes, began = min(lanes, max(kills // a_story, 1)), time.monotonic()
    total = asyncio.run(play(place, seeds, kills=kills, a_story=a_story, lanes=lanes, venue=venue, tell=tell))
    spent = time.monotonic() - began
    print(table(total))
    print(f"{total.kills} real kills in {spent:.0f} s ({spent / max(total.kills, 1):.2f} s each)")
    for result in total.results:
        for note in result.verdict.notes[:5]:
            print(f"  {note}   (kept in {result.place})")
            print(f"    python -m tests.crash.hard --seed {result.seed} --a-story {a_story} --times 10")
    if not total.broken:
        shutil.rmtree(place)
    return sum(total.broken.values())


def progress(text: str) -> None:
    if sys.stderr.isatty() and "kills," in text:
        print(f"\r{text}", end="\r", file=sys.stderr, flush=True)


def aloud(text: str) -> None:
    print(text, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.crash.hard", description=__doc__)
    parser.add_argument("--kills", type=int, default=200, help="how many processes are killed")
    parser.add_argument("--a-story", type=int, default=20, help="kills of one story")
    parser.add_argument("--from", type=int, default=0, dest="first")
    parser.add_argument("--lanes", type=int, default=4, help="stories at a time")
    parser.add_argument("--venue", default="binance")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--times", type=int, default=1)
    parser.add_argument("--tell", action="store_true", help="say what happens")
    asked = parser.parse_args()
    alone = asked.seed is not None
    broken = hard(
        kills=asked.a_story * asked.times if alone else asked.kills, a_story=asked.a_story, first=asked.first,
        lanes=asked.lanes, venue=asked.venue, seed=asked.seed,
        tell=aloud if asked.tell or alone else progress,
    )  # fmt: skip
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
