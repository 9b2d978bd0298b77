"""What a run leaves in the terminal: the verdict, the four figures, the sources, and where the page is."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from rich.console import Console, Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from titan.report import verdict, waterfall, words
from titan.report.documents import ReportDocument, RunDocument
from titan.report.figures import compact, leading, speed
from titan.report.load import load_documents

LIME: Final = "#b7ee3b"
STYLES: Final = {"gain": LIME, "loss": "#ff8577", "figure": "bold", "": ""}
BAR: Final = 34
WIDEST: Final = 96


def print_summary(folder: Path, *, page: Path | None = None, console: Console | None = None) -> None:
    """Print the summary of the run in `folder`; `page` is its report (default: report.html in the folder).

    Raises:
        DataError: the folder is no run, or run.json or report.json is broken.
    """
    run, report = load_documents(folder)
    out = console if console is not None else Console(highlight=False, emoji=False)
    out.print(Padding(summary(run, report, min(out.width, WIDEST) - 4), (1, 2, 0, 2), expand=False))
    out.print("  Report  ", style="dim", end="")
    # never wrapped: a terminal makes a link of it only when it is whole
    out.print((page if page is not None else folder / "report.html").resolve().as_uri(), soft_wrap=True)
    out.print()


def summary(run: RunDocument, report: ReportDocument, width: int) -> Group:
    """Everything but the address, for a terminal of `width` columns."""
    lines: list[Text | Table] = []
    if run.made_up:
        scenario = f" \u201c{run.scenario}\u201d:" if run.scenario else ""
        stamp = Text(" SIMULATED MARKET ", style="bold black on #f4b552")
        lines += [Text.assemble(stamp, f"{scenario} nobody ever traded at these prices"), Text()]
    lines.append(_sentence(verdict.headline(run, report), base="bold"))
    told = [
        verdict.sources(report),
        verdict.why_not(run, report),
        verdict.beside(report),
        verdict.risk(report),
    ]
    lines += [_sentence(sentence) for sentence in told if sentence]
    lines += [_sentence(sentence, base="#f4b552") for sentence in verdict.cautions(run, report)]
    lines += [Text(), _figures(run, report, width), Text()]
    if any(step.value for step in waterfall.steps(report)):
        lines += [_waterfall(report, width), Text()]
    lines.append(_last_line(run, report))
    return Group(*lines)


def _sentence(sentence: verdict.Sentence, base: str = "") -> Text:
    text = Text(style=base)
    for phrase in sentence:
        text.append(phrase.text, style=STYLES[phrase.tone] or None)
    return text


def _figures(run: RunDocument, report: ReportDocument, width: int) -> Table:
    found = leading(run, report)
    per_row = 4 if width >= 84 else 2
    grid = Table.grid(padding=(0, 4, 0, 0), expand=False)
    for start in range(0, len(found), per_row):
        row = found[start : start + per_row]
        grid.add_row(*(Text(figure.label, style="dim") for figure in row))
        grid.add_row(*(Text(figure.value, style=f"bold {STYLES[figure.tone]}".strip()) for figure in row))
    return grid


def _waterfall(report: ReportDocument, width: int) -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="dim")
    grid.add_column(justify="right")
    cells = max(8, min(BAR, width - 32))
    for step in waterfall.steps(report):
        tone = "gain" if step.value > 0 else "loss" if step.value < 0 else ""
        style = "bold" if step.key == "total" else ""
        bar = Text(_bar(step.left, step.width, cells) if step.value else "", style=STYLES[tone])
        grid.add_row(
            Text(step.label, style=style), Text(words.number(step.value, sign=True), style=style), bar
        )
    return grid


def _bar(left: float, width: float, cells: int) -> str:
    """A bar from `left` over `width` percent of `cells` columns; at least a sliver."""
    start, end = left / 100 * cells, (left + width) / 100 * cells
    first = min(int(start), cells - 1)
    count = max(round(end) - first, 0)
    return " " * first + ("\u2588" * count if count else "\u258f")


def _last_line(run: RunDocument, report: ReportDocument) -> Text:
    rate = speed(report.events_per_second)
    parts = [
        _count(report.trades, "trade"),
        _count(report.orders, "order"),
        _count(report.fills, "fill"),
        f"{compact(report.events)} events" + (f" at {rate}" if rate else ""),
        f"run hash {run.run_hash[:12]}",
    ]
    return Text("  \u00b7  ".join(parts), style="dim")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
