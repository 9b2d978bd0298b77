"""Writes what was measured as a Markdown page that stands on its own."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any, Final

from benchmarks import notes, tables
from benchmarks.rounds import Outcome

TITLES: Final = {
    "loop": "loop: one million quotes, an EMA strategy",
    "book": "book: apply every depth message, read the best prices after each",
    "backtest": "backtest: a two-leg basis strategy over spot and perp books, from file to figures",
    "socket": "socket: messages received over loopback",
    "decode": "decode: what a venue sent, as normalised numbers",
    "journal": "journal: an order written down before it leaves",
    "desk": "desk: from a quote on one socket to the order that answers it on another",
    "orders": "orders: how many go through a desk in a second",
    "terminal": "terminal: the same way from quote to order, while somebody looks on",
    "gateway": "gateway: the same way, while consoles look on, and how old is what they see",
    "memory": "memory: a feed that runs for long",
    "sweep": "sweep: 200 sets of parameters over a month of a pair, on two cores",
    "start": "start: the same backtest as one process, interpreter included",
}


def write(
    outcomes: Sequence[Outcome],
    rounds: int,
    described: dict[str, str],
    inputs: dict[str, Any],
    missing: dict[str, str],
    versions: dict[str, str],
    date: str,
) -> str:
    """The whole page. `missing` are peers that could not run here, and why."""
    parts = [_head(outcomes, rounds, described, inputs, versions, date)]
    suites = dict.fromkeys(o.case.suite for o in outcomes)
    if missing:
        parts.append(
            "\n".join(f"**{name} is missing from every table: {why}.**" for name, why in missing.items())
        )
    parts.append(_targets(outcomes))
    for suite in suites:
        found = tables.rows(outcomes, suite)
        section = [f"## {TITLES[suite]}", notes.OF[suite].strip(), markdown(tables.table(found, suite))]
        different = tables.disagreements(found, suite, notes.EXEMPT)
        agreed = ", ".join(tables.CHECKED[suite])
        if different:
            section.append("Disagreements:\n\n" + "\n".join(f"- {line}" for line in different))
        elif agreed:
            section.append(f"All peers agree on {agreed}{notes.BUT.get(suite, '')}.")
        parts.append("\n\n".join(section))
    return "\n\n".join(parts) + "\n"


def _head(
    outcomes: Sequence[Outcome],
    rounds: int,
    described: dict[str, str],
    inputs: dict[str, Any],
    versions: dict[str, str],
    date: str,
) -> str:
    loads = [o.load for o in outcomes]
    peers = ", ".join(f"{n} {versions[n]}" for n in notes.PEERS if n in versions)
    source = (
        "Recorded market data."
        if inputs["source"] == "recorded"
        else "**Simulated market data: the recorded series were not found, so Titan's seeded generator made "
        "the inputs.**"
    )
    lines = [
        "# Benchmarks",
        "Written by `make bench`. Every case is a fresh process, one at a time, and peers alternate; a "
        f"figure is the median of {rounds} round{'s' if rounds > 1 else ''}, with the least and the greatest "
        "beside it. Ratios compare medians.",
        f"- Measured on {date}; load average before a case: median {statistics.median(loads):.2f}, most "
        f"{max(loads):.2f} (one running case is 1).",
        f"- {described['cpu']}, {described['cores']} cores, {described['memory']}, {described['system']}.",
        f"- {described['python']}, numba {described['numba']}, numpy {described['numpy']}, "
        f"pyarrow {described['pyarrow']}. Peers in an environment of their own: {peers}.",
        f"- {source}",
        "- Frames: {mix:,} of quotes, trades and marks ({mix_bytes} bytes each) and {depth:,} of depth "
        "({depth_bytes} bytes each), {of}.".format(**inputs["frames"]),
        f"- Quotes: {inputs['quotes']['rows']:,} from {inputs['quotes']['of']}.",
        *(
            f"- Book `{name}`: {book['messages']:,} messages, {book['levels']:,} levels, "
            f"{book['levels_per_message']} a message, {book['deletes']:.0%} of them deletions."
            for name, book in inputs["books"].items()
        ),
        f"- A month: {inputs['month']['bars']:,} bars of two legs, {inputs['month']['of']}.",
        f"- Two legs: {inputs['legs']['rows']:,} rows in {inputs['legs']['messages']:,} messages over "
        f"{inputs['legs']['seconds']} s, {inputs['legs']['of']}.",
    ]
    return "\n\n".join(lines[:2]) + "\n\n" + "\n".join(lines[2:])


def _targets(outcomes: Sequence[Outcome]) -> str:
    cells = [["target", "asked", "measured", ""]]
    for verdict in tables.judge(outcomes):
        target = verdict.target
        sign = "at least" if target.sign > 0 else "at most"
        shown = "-" if verdict.measured is None else f"{verdict.measured:,.3g}"
        if verdict.measured is not None and verdict.measured >= 1000:
            shown = f"{verdict.measured:,.0f}"
        cells.append([f"{target.suite}: {target.what}", f"{sign} {target.bound:,g}", shown, verdict.word])
    return "## Targets\n\n" + markdown(cells)


def markdown(cells: Sequence[Sequence[str]]) -> str:
    """A table; the first row is its heading. A subject is named once, where it begins."""
    out = ["| " + " | ".join(cells[0]) + " |", "|" + "---|" * len(cells[0])]
    before = ""
    for row in cells[1:]:
        first = row[0] if row[0] != before else ""
        before = row[0]
        out.append("| " + " | ".join([first, *row[1:]]) + " |")
    return "\n".join(out)
