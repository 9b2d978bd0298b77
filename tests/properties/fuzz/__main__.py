"""`make fuzz`: every line against its oracle, for as many damaged messages as asked for.

python -m tests.properties.fuzz [--messages N] [--seed S] [--venue V] [--folder F] [--anew]
python -m tests.properties.fuzz --seed S --place binance.spot --episode 12     # one episode again

It takes one episode of each kind of socket in turn, writes down how far it came (`progress-S.json` in the
folder), and goes on from there when it is started again. A failure is played again, cut down to the messages
that it needs and written beside that; the exit code is 1 when there is any.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from pathlib import Path

from tests.properties.fuzz.episode import PLACES, Episode
from tests.properties.fuzz.player import Wrong
from tests.properties.fuzz.reproduce import report

_COLUMNS = ("damaged", "heard", "refused", "compared", "true", "gaps", "snapshots", "rows", "episodes")
_MOST = 20
"""Failures that are written down."""


class Progress:
    """What was done with one seed, by place; kept in a file."""

    def __init__(self, folder: Path, seed: int, *, anew: bool) -> None:
        self.file = folder / f"progress-{seed}.json"
        self.counts: dict[str, Counter[str]] = {place: Counter() for place in PLACES}
        self.failures: list[str] = []
        if self.file.exists() and not anew:
            said = json.loads(self.file.read_text())
            self.failures = said["failures"]
            for place, counts in said["counts"].items():
                self.counts[place].update(counts)

    def write(self) -> None:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"counts": self.counts, "failures": self.failures}, indent=1)
        new = self.file.with_suffix(".tmp")
        new.write_text(text)
        new.replace(self.file)

    def table(self, places: list[str]) -> str:
        """Counts by place and in all."""
        width = max(map(len, places))
        lines = [" " * width + "".join(name.rjust(13) for name in _COLUMNS)]
        for place in (*places, "all"):
            of = sum((self.counts[p] for p in places), Counter()) if place == "all" else self.counts[place]
            lines.append(place.ljust(width) + "".join(f"{of[name]:>13,}" for name in _COLUMNS))
        return "\n".join(lines) + "\n"


def arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.properties.fuzz")
    parser.add_argument("--messages", type=int, default=200_000, help="damaged messages over all places")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--venue", default="", help="a venue, or the beginning of a place: okx, binance.perp")
    parser.add_argument("--folder", type=Path, default=Path("runs/fuzz"), help="progress and failures")
    parser.add_argument("--anew", action="store_true", help="forget how far this seed came")
    parser.add_argument("--place", choices=PLACES)
    parser.add_argument("--episode", type=int)
    return parser.parse_args(argv)


def fuzz(asked: argparse.Namespace, places: list[str]) -> Progress:
    """Episodes of all places in turn until there are enough damaged messages."""
    progress = Progress(asked.folder, asked.seed, anew=asked.anew)
    began = said = time.monotonic()
    done = start = sum(progress.counts[place]["damaged"] for place in places)
    try:
        while done < asked.messages:
            for place in places:
                counts = progress.counts[place]
                number = counts["episodes"]
                episode = Episode(place, asked.seed, number)
                try:
                    counts.update(episode.run())
                except Wrong as wrong:
                    counts.update(damaged=episode.damaged, heard=episode.heard, episodes=1)
                    file = ""
                    if len(progress.failures) < _MOST:
                        file = f", see {report(place, asked.seed, number, asked.folder)}"
                    progress.failures.append(f"{place} episode {number}: {wrong}{file}")
                    sys.stdout.write(f"\nFAILED {progress.failures[-1]}\n")
            done = sum(progress.counts[place]["damaged"] for place in places)
            now = time.monotonic()
            if now - said > 2:
                said = now
                pace = (done - start) / (now - began)
                left = max(0, asked.messages - done) / pace / 60
                sys.stdout.write(f"\r{done:,} damaged messages, {pace:,.0f}/s, {left:.0f} min left   ")
                sys.stdout.flush()
                progress.write()
    except KeyboardInterrupt:
        sys.stdout.write("\nstopped; the same command goes on from here\n")
    progress.write()
    return progress


def main(argv: list[str]) -> int:
    asked = arguments(argv)
    if asked.place is not None and asked.episode is not None:
        try:
            counts = Episode(asked.place, asked.seed, asked.episode).run()
        except Wrong as wrong:
            where = report(asked.place, asked.seed, asked.episode, asked.folder)
            sys.stdout.write(f"{wrong}\nsee {where}\n")
            return 1
        sys.stdout.write(f"passed: {dict(counts)}\n")
        return 0
    places = [place for place in PLACES if place.startswith(asked.venue)]
    if not places:
        sys.stdout.write(f"there is no venue {asked.venue}; one of {', '.join(PLACES)}\n")
        return 2
    progress = fuzz(asked, places)
    sys.stdout.write(f"\n{progress.table(places)}{len(progress.failures)} failures\n")
    sys.stdout.write("".join(f"  {one}\n" for one in progress.failures))
    return 1 if progress.failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
