"""From samples to trades: how many came through each stage, as bars that a reader can compare."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import groupby, pairwise

from titan.report.documents import RunDocument, Stage
from titan.report.words import number, percent


@dataclass(frozen=True)
class Bar:
    """`width` is in percent, on a scale of logarithms: the stages differ by orders of magnitude.

    `first` marks the beginning of a path; `kept` is the share of the stage above, empty there.
    """

    stage: Stage
    width: float
    kept: str
    first: bool


#: Stages that begin a path of their own in runs that do not name their paths: pairs held for funding.
BEGINNINGS = ("funding settlements",)


def paths(run: RunDocument) -> list[list[Stage]]:
    """The stages, split where another path to a trade begins.

    A stage may name its path. Where none does, one that counts more than the one above begins another.
    """
    if any(stage.path for stage in run.funnel):
        return [list(stages) for _, stages in groupby(run.funnel, key=lambda stage: stage.path)]
    found: list[list[Stage]] = []
    for stage in run.funnel:
        if not found or stage.count > found[-1][-1].count or stage.stage in BEGINNINGS:
            found.append([])
        found[-1].append(stage)
    return found


def bars(run: RunDocument) -> list[Bar]:
    """Every stage as a bar, path after path."""
    top = math.log10(1 + max((stage.count for stage in run.funnel), default=0)) or 1.0
    found = []
    for path in paths(run):
        before = None
        for stage in path:
            width = round(math.log10(1 + max(stage.count, 0)) / top * 100, 2)
            kept = percent(stage.count / before, 1) if before else ""
            found.append(Bar(stage, width, kept, before is None and stage is path[0]))
            before = stage.count
    return found


def ended(path: list[Stage]) -> str:
    """Where a path dried up, in a sentence; where it did not, that it did not."""
    first = path[0]
    if first.count == 0:
        return f"There were no {first.stage}."
    start = f"Of {number(first.count, 0)} {first.stage}"
    for before, stage in pairwise(path):
        if stage.count == 0:
            note = f" ({stage.note})" if stage.note else ""
            if before is first:
                return f"{start}, none came to \u201c{stage.stage}\u201d{note}."
            reached = f"{number(before.count, 0)} came as far as \u201c{before.stage}\u201d"
            return f"{start}, {reached} and none to \u201c{stage.stage}\u201d{note}."
    last = path[-1]
    return f"{start}, {number(last.count, 0)} came to \u201c{last.stage}\u201d, and still nothing was traded."
