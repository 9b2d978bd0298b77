"""From samples to trades: how many came through each stage, as bars that a reader can compare."""

from __future__ import annotations

import math
from dataclasses import dataclass

from titan.report.documents import RunDocument, Stage
from titan.report.words import percent


@dataclass(frozen=True)
class Bar:
    """`width` is in percent, on a scale of logarithms: the stages differ by orders of magnitude."""

    stage: Stage
    width: float
    kept: str


def bars(run: RunDocument) -> list[Bar]:
    top = math.log10(1 + max((stage.count for stage in run.funnel), default=0)) or 1.0
    found, before = [], None
    for stage in run.funnel:
        width = math.log10(1 + max(stage.count, 0)) / top * 100
        found.append(Bar(stage, round(width, 2), percent(stage.count / before, 1) if before else ""))
        before = stage.count
    return found
