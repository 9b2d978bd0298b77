"""`make conformance`: every case in every place, as a table; `--page` writes docs/conformance.md instead.

python -m tests.conformance [--page] [venue ...]
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

import tests.conformance.fills
import tests.conformance.market_data
import tests.conformance.money
import tests.conformance.recovery
import tests.conformance.stops
import tests.conformance.trading  # noqa: F401
from tests.conformance.cases import CASES, Case, Place, places

PAGE = Path(__file__).resolve().parents[2] / "docs" / "conformance.md"
INTRODUCTION = """# Conformance

Made by `python -m tests.conformance --page` from the cases themselves; a test fails when it is stale.

Each venue runs every case that its capabilities claim, against its own double, with faults.
`make conformance` runs them all and prints this table with the outcome; `make conformance ARGS=kraken` those
of one venue. A dash means that the venue does not claim it.
"""


def page() -> str:
    """The cases and where each runs."""
    where = places()
    lines = [INTRODUCTION, "| case | what holds | " + " | ".join(map(str, where)) + " |"]
    lines.append("|---|---|" + "---|" * len(where))
    for one in sorted(CASES.values()):
        marks = ["yes" if one.needs(place) else "–" for place in where]
        lines.append(f"| {one.number} | {one.title} | " + " | ".join(marks) + " |")
    return "\n".join(lines) + "\n"


def attempt(one: Case, place: Place) -> str:
    """What came of it: empty when it passed."""
    try:
        asyncio.run(one.run(place))
    except (Exception, BaseExceptionGroup) as e:  # noqa: BLE001  whatever it is, it goes into the table
        return f"{type(e).__name__}: {str(e)[:500]}"
    return ""


def main(wanted: list[str]) -> int:
    """Run, print, and say by the exit code whether all passed."""
    where = [place for place in places() if not wanted or place.venue in wanted]
    width = max(len(str(place)) for place in where)
    sys.stdout.write(" " * 6 + "  ".join(str(place).ljust(width) for place in where) + "\n")
    failed: list[str] = []
    began, ran = time.monotonic(), 0
    for one in sorted(CASES.values()):
        sys.stdout.write(f"{one.number:<6}")
        for place in where:
            if not one.needs(place):
                said = "–"
            else:
                ran += 1
                problem = attempt(one, place)
                said = "FAILED" if problem else "ok"
                if problem:
                    failed.append(f"{one.number} {place}: {one.title}\n    {problem}")
            sys.stdout.write(said.ljust(width + 2))
            sys.stdout.flush()
        sys.stdout.write(one.title + "\n")
    sys.stdout.write(f"\n{ran} cases, {ran - len(failed)} passed, {time.monotonic() - began:.0f} s\n")
    sys.stdout.write("".join(f"{one}\n" for one in failed))
    return 1 if failed else 0


if __name__ == "__main__":
    if "--page" in sys.argv:
        PAGE.write_text(page(), encoding="utf-8")
        sys.exit(0)
    sys.exit(main([word for word in sys.argv[1:] if not word.startswith("-")]))
