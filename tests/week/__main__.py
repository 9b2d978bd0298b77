"""`make week`: seven days of simulated time over the doubles, with faults, and what they come to.

    python -m tests.week                           # seven days, BTC and ETH at Binance and Bybit
    python -m tests.week --days 1 --seed 3         # another story; the same seed tells the same one
    python -m tests.week --pairs BTC,ETH,SOL --out runs/week

The report is at OUT/report.html, the journal at OUT-live/titan.db (`titan trace ID --store ...`). Exit code 1
where a law was broken.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from decimal import Decimal
from pathlib import Path

from tests.week.story import Story, Terms
from tests.week.table import lines


def main() -> int:
    parser = argparse.ArgumentParser(prog="make week", description=__doc__.partition("\n")[0])
    parser.add_argument("--days", type=float, default=7.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pairs", default="BTC,ETH", help="bases, each traded as spot and perp")
    parser.add_argument("--venues", default="binance,bybit")
    parser.add_argument("--step", type=float, default=5.0, help="seconds between two states of the market")
    parser.add_argument(
        "--money", type=Decimal, default=Decimal(100_000), help="USDT at each venue, in the mean"
    )
    parser.add_argument("--kills", type=int, default=4)
    parser.add_argument(
        "--outage", type=float, default=3600.0, help="seconds in which one venue is unreachable"
    )
    parser.add_argument("--calm", action="store_true", help="no faults on the wire")
    parser.add_argument("--out", type=Path, default=Path("runs/week"))
    asked = parser.parse_args()
    terms = Terms(
        days=asked.days, seed=asked.seed, venues=tuple(asked.venues.split(",")),
        bases=tuple(asked.pairs.split(",")), step_s=asked.step, money=asked.money, kills=asked.kills,
        outage_s=asked.outage, faults=not asked.calm,
    )  # fmt: skip
    folder = asked.out.with_name(f"{asked.out.name}-live")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    began = time.monotonic()
    print(f"{terms.days:g} days, seed {terms.seed}: {', '.join(terms.bases)} at {', '.join(terms.venues)}")
    print("making the market, loading kernels (compiled once per version: a minute or two)", flush=True)
    story = Story(terms, folder, tell=lambda text: print(text, flush=True))
    story.progress = Progress(terms.hours)
    story.out, story.seconds = asked.out, lambda: time.monotonic() - began
    story.play()
    print(f"\n{terms.days:g} days in {time.monotonic() - began:.0f} s\n")
    print("\n".join(lines(story)))
    assert story.statement is not None
    print(f"\nReport: {asked.out / 'report.html'}")
    if story.statement.broken:
        print(f"\nTold again by: {terms.command()}")
    return 1 if story.statement.broken else 0


class Progress:
    """A line each twentieth of the story where somebody looks."""

    def __init__(self, hours: float) -> None:
        self._hours, self._said, self._began = hours, 0, time.monotonic()

    def __call__(self, hours: float) -> None:
        twentieth = int(hours / self._hours * 20)
        if twentieth > self._said:
            self._said = twentieth
            spent = time.monotonic() - self._began
            print(
                f"{hours:8.2f} h  {twentieth * 5} % of the week after {spent:.0f} s",
                file=sys.stderr,
                flush=True,
            )


if __name__ == "__main__":
    sys.exit(main())
