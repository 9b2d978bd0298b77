"""`make fuzz`: every line against its oracle, for as many damaged messages as asked for.

python -m tests.properties.fuzz [--messages N] [--seed S] [--venue V] [--folder F] [--data D] [--anew]
python -m tests.properties.fuzz --seed S --place binance.spot --episode 12     # one episode again

It takes one episode of each kind of socket in turn, writes down how far it came (`progress-S.json` in the
folder), and goes on from there when it is started again. A failure is played again, cut down to the messages
that it needs and written beside that; the exit code is 1 when there is any.
"""

from __future__ import annotations

import argparse
import json
import os
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
    parser.add_argument(
        "--data",
        type=Path,
        default=Path(os.environ.get("TITAN_DATA", "../shared/data")),
        help="recorded data, whose frames come among the generated ones where there are any",
    )
    parser.add_argument("--anew", action="store_true", help="forget how far this seed came")
    parser.add_argument("--place", choices=PLACES)
    parser.add_argument("--episode", type=int)
    return parser.parse_args(argv)


def captured(data: Path, place: str) -> list[bytes]:
    """Recorded frames of a place's venue."""
    venue, made = place.partition(".")[0], []
    for file in sorted((data / "wire" / "tardis").glob(f"messages_{venue}*.jsonl")):
        said = [json.loads(line)["message"] for line in file.read_text().splitlines()]
        made += [json.dumps(one, separators=(",", ":")).encode() for one in said]
    file = data / "wire" / "crypto-msg-parser" / f"{venue}.jsonl"
    if file.exists():
        made += [json.loads(line)["raw"].encode() for line in file.read_text().splitlines()]
    return made


def fuzz(asked: argparse.Namespace, places: list[str]) -> Progress:
    """Episodes of all places in turn until there are enough damaged messages."""
    progress = Progress(asked.folder, asked.seed, anew=asked.anew)
    frames = {place: captured(asked.data, place) for place in places}
    began = said = time.monotonic()
    done = start = sum(progress.counts[place]["damaged"] for place in places)
    try:
        while done < asked.messages:
            for place in places:
                counts = progress.counts[place]
                number = counts["episodes"]
                episode = Episode(place, asked.seed, number, captured=frames[place])
                try:
                    counts.update(episode.run())
                except Wrong as wrong:
                    counts.update(damaged=episode.damaged, heard=episode.heard, episodes=1)
                    file = ""
                    if len(progress.failures) < _MOST:
                        written = report(place, asked.seed, number, asked.folder, captured=frames[place])
                        file = f", see {written}"
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
        frames = captured(asked.data, asked.place)
        try:
            counts = Episode(asked.place, asked.seed, asked.episode, captured=frames).run()
        except Wrong as wrong:
            where = report(asked.place, asked.seed, asked.episode, asked.folder, captured=frames)
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
