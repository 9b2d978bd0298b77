"""A simulated market's statistics beside a recorded one's, as one plain document: measured in one room, drawn
in another.
"""

from __future__ import annotations

import msgspec


class Row(msgspec.Struct, frozen=True):
    """One statistic of both sides, in `unit`."""

    name: str
    unit: str
    measured: float
    simulated: float


class Table(msgspec.Struct, frozen=True):
    title: str
    measured: str
    """Where the measured side is from."""
    simulated: str
    rows: list[Row]


class Series(msgspec.Struct, frozen=True):
    """`role` is `measured` or `simulated`."""

    role: str
    x: list[float]
    y: list[float]


class Band(msgspec.Struct, frozen=True):
    name: str
    first: float
    last: float


class Chart(msgspec.Struct, frozen=True):
    """Lines over a common x. `log_x` and `log_y` ask for logarithmic axes; bands shade spans of x."""

    group: str
    title: str
    x_label: str
    y_label: str
    series: list[Series]
    log_x: bool = False
    log_y: bool = False
    wide: bool = False
    bands: list[Band] = []


class Comparison(msgspec.Struct, frozen=True):
    """What the page is made of; `simulated` must be true, or the page would claim something else."""

    title: str
    simulated: bool
    made: str
    tables: list[Table]
    charts: list[Chart]
