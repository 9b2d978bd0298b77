"""The crash matrix and the seeded simulation, as a table; exit code 1 when a law is broken.

    python -m tests.crash [--seeds N] [--from S] [--saga NAME] [--workers N]
    python -m tests.crash --saga NAME --seed S --replay         tells the story of one seed
    python -m tests.crash --matrix [--seeds N]                  kills each story at every journalled step
    python -m tests.crash --all [--seeds N] [--kills N]         both, then real processes (tests.crash.hard)

A story is one wish under a seeded venue, wire and fate. `moments` are kills at random times, `steps` kills
at the instruction that wrote a journal entry; `operator` counts outcomes that name a residual, `longest`
the seconds that a leg was naked, or a position uncovered, while process and venue were awake.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

from tests.crash.hard.__main__ import hard, progress
from tests.crash.scenario import SAGAS, scenario
from tests.crash.world import World

CHUNK = 200


@dataclass
class Tally:
    seeds: int = 0
    moments: int = 0
    steps: int = 0
    orders: int = 0
    operator: int = 0
    broken: Counter[str] = field(default_factory=Counter)
    failing: list[tuple[str, int, str]] = field(default_factory=list)
    longest_s: float = 0.0

    def add(self, other: Tally) -> None:
        self.seeds += other.seeds
        self.moments += other.moments
        self.steps += other.steps
        self.orders += other.orders
        self.operator += other.operator
        self.broken += other.broken
        self.failing += other.failing
        self.longest_s = max(self.longest_s, other.longest_s)


def play(saga: str, seed: int, kill_at: int = 0) -> tuple[World, Tally]:
    """One seed; with `kill_at` the process dies at that journal entry and at no other moment."""
    story = scenario(saga, seed, kills=not kill_at)
    if kill_at:
        story.at_entries = [kill_at]
    world = World(story)
    tally = Tally(seeds=1)
    try:
        laws = world.run()
    except Exception as e:  # noqa: BLE001 - a story that breaks the harness is a finding like others
        tally.broken["error"] += 1
        tally.failing.append((saga, seed, f"error: {e!r}"))
        return world, tally
    tally.orders, tally.operator, tally.broken = laws.orders, laws.operator, Counter(laws.broken)
    tally.moments = sum(kill == "moment" for kill in world.kills)
    tally.steps = len(world.kills) - tally.moments
    tally.longest_s = laws.longest_s
    if laws.broken:
        at = f" (killed at entry {kill_at})" if kill_at else ""
        tally.failing.append((saga, seed, laws.notes[0] + at))
    return world, tally


def chunk(saga: str, first: int, count: int) -> Tally:
    tally = Tally()
    for seed in range(first, first + count):
        tally.add(play(saga, seed)[1])
    return tally


def every_step(saga: str, seed: int) -> Tally:
    """The same story, killed at its first entry, at its second, and so on, until it ends before that."""
    tally = Tally()
    for kill_at in range(1, 2000):
        world, one = play(saga, seed, kill_at)
        if not world.kills:
            break
        tally.add(one)
    return tally


def replay(saga: str, seed: int, kill_at: int) -> int:
    story = scenario(saga, seed, kills=not kill_at)
    if kill_at:
        story.at_entries = [kill_at]
    print(f"{saga} {seed}: {story.wish}\n{story.manners} {story.faults}\nkills at {story.at_entries},"
          f" {story.at_seconds}; down {story.downs}; blind {story.blind}; halt {story.halts_s}")  # fmt: skip
    world = World(story, tell=print)
    laws = world.run()
    print("\n".join(laws.notes) or "every law was kept")
    return 1 if laws.broken else 0


HEAD = (
    "saga", "stories", "moments", "steps", "orders", "duplicates", "lost", "naked", "other", "operator",
    "longest s",
)  # fmt: skip


def row(name: str, tally: Tally) -> str:
    broken = tally.broken
    other = sum(broken.values()) - broken["duplicate"] - broken["lost"] - broken["naked"]
    cells = (name, tally.seeds, tally.moments, tally.steps, tally.orders, broken["duplicate"], broken["lost"],
             broken["naked"], other, tally.operator, f"{tally.longest_s:.0f}")  # fmt: skip
    return line(cells)


def line(cells: tuple[object, ...]) -> str:
    return f"{cells[0]:<10}" + "".join(f"{cell!s:>11}" for cell in cells[1:])


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000, help="seeds of each saga")
    parser.add_argument("--from", type=int, default=0, dest="first")
    parser.add_argument("--saga", choices=SAGAS)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--kill-at", type=int, default=0)
    parser.add_argument("--replay", action="store_true")
    parser.add_argument("--matrix", action="store_true", help="kill each story at every journalled step")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--all", action="store_true", help="the matrix, the simulation and real processes")
    parser.add_argument("--matrix-seeds", type=int, default=20, help="seeds of each saga in the matrix")
    parser.add_argument("--kills", type=int, default=200, help="real processes to kill")
    asked = parser.parse_args()
    if asked.seed is not None:
        return replay(asked.saga or "pair", asked.seed, asked.kill_at)
    sagas = (asked.saga,) if asked.saga else SAGAS
    many = range(asked.first, asked.first + asked.seeds)
    broken = 0
    if asked.all:
        few = range(asked.first, asked.first + min(asked.matrix_seeds, asked.seeds))
        print(f"Simulated, killed at every journalled step: {len(few)} seeds of each saga")
        broken += simulated(sagas, few, matrix=True, workers=asked.workers)
        print(f"\nSimulated, killed at random steps and moments: {len(many)} seeds of each saga")
    broken += simulated(sagas, many, matrix=asked.matrix, workers=asked.workers)
    if asked.all and asked.kills and not asked.saga:
        print(f"\nReal processes over a double of Binance, {asked.kills} times killed by SIGKILL")
        broken += hard(kills=asked.kills, first=asked.first, tell=progress)
    return 1 if broken else 0


def simulated(sagas: Sequence[str], seeds: range, *, matrix: bool, workers: int) -> int:
    """Play and print; how many laws were broken."""
    print(line(HEAD))
    began, total = time.monotonic(), Tally()
    with ProcessPoolExecutor(workers) as pool:
        for saga in sagas:
            if matrix:
                jobs = [pool.submit(every_step, saga, seed) for seed in seeds]
            else:
                parts = [seeds[at : at + CHUNK] for at in range(0, len(seeds), CHUNK)]
                jobs = [pool.submit(chunk, saga, part.start, len(part)) for part in parts]
            tally = Tally()
            for job in jobs:
                tally.add(job.result())
                if sys.stderr.isatty():
                    print(f"\r{saga}: {tally.seeds} seeds", end="\r", file=sys.stderr, flush=True)
            print(row(saga, tally), flush=True)
            total.add(tally)
    print(row("all", total))
    spent = time.monotonic() - began
    print(f"{total.seeds} stories in {spent:.1f} s ({total.seeds / spent * 60:.0f} a minute)")
    for saga, seed, why in total.failing[:20]:
        at = why.rpartition("entry ")[2].rstrip(")") if "(killed at entry" in why else ""
        print(f"  {why}\n    python -m tests.crash --saga {saga} --seed {seed} --replay"
              + (f" --kill-at {at}" if at else ""))  # fmt: skip
    return sum(total.broken.values())


if __name__ == "__main__":
    sys.exit(main())
