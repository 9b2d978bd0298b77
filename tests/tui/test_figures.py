"""Figures as they are written on the screen."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from tests.views.scripts import STATUS, replica
from titan.tui.chart import chart_text, dots
from titan.tui.figures import (
    NONE,
    ago,
    band,
    counted,
    gauge,
    moment,
    money,
    price,
    share,
    short,
    size,
    span,
    sparkline,
    within,
)
from titan.tui.palette import ORANGE, z_text
from titan.views.board import board


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (money(None), NONE), (money(D("1234.567")), "1,234.57"), (money(-5, sign=True), "−5.00"),
        (money(0.001, sign=True), "0.00"), (money(-0.004), "0.00"), (money(7, 0, sign=True), "+7"),
        (short(D("12345.6")), "12,346"), (short(D("-9.5")), "−9.50"), (price(68_544.85), "68,544.85"),
        (price(1.08), "1.080000"), (price(0.0000123), "0.00001230"), (price(0), NONE),
        (price(1.234e-6), "1.234e-06"), (within(-226_801.9, 8), "−226,802"),
        (within(D("98765432.11"), 9), "98,765.4k"),
        (within(D("1e13"), 6), "10.00T"), (within(None, 3), NONE), (size(D("123456789.123"), 8), "123,457k"),
        (moment(10**9, 2 * 10**9), "00:00:01"), (moment(10**9, 10**14), "01-01 00:00"),
        (moment(10**9, 10**17), "1970-01-01"), (counted(1, "clip"), "1 clip"),
        (counted(2_000, "clip"), "2,000 clips"),
        (size(D("-0.09100000")), "−0.091"), (size(D("1500")), "1,500"), (share(0.0512, 1), "+5.1 %"),
        (share(None), NONE), (span(59.4), "59 s"), (span(3599), "59 m 59 s"), (span(90_000), "1 d 1 h"),
        (span(-3), "0 s"), (ago(0, 7_300 * 10**9), "2 h"), (ago(10**9, 0), "0 s"),
    ],
)  # fmt: skip
def test_figures(said: str, expected: str) -> None:
    assert said == expected


def test_a_sparkline_shows_the_last_between_least_and_greatest() -> None:
    assert sparkline((9.0, 0.0, 1.0), 2) == "▁█"
    assert sparkline((5.0, 5.0), 4) == "▄▄"
    assert sparkline((), 4) == sparkline((1.0,), 0) == ""


@pytest.mark.parametrize(
    ("lean", "place"), [(None, None), (0.0, 6), (0.05, 12), (-0.5, 0), (0.025, 9), (-0.02, 4)]
)
def test_the_band_of_delta(lean: float | None, place: int | None) -> None:
    drawn = band(lean, 0.02, 0.05, 6)
    assert len(drawn) == 13
    assert (drawn.find("◆") if place is not None else None) == place


def test_a_gauge_is_never_empty_where_something_is_used() -> None:
    assert gauge(0.001, 10) == "█░░░░░░░░░"
    assert gauge(0.0, 4, (0.5,)) == "░░┃░"
    assert gauge(7.0, 4) == "████"


@pytest.mark.parametrize(
    ("z", "glyph"), [(2.0, "▲▲"), (1.99, "▲ "), (0.0, "· "), (-1.01, "▼ "), (-2.01, "▼▼"), (-9.0, "▼▼")]
)
def test_z_has_a_glyph_beside_its_colour(z: float, glyph: str) -> None:
    assert z_text(z).plain.startswith(glyph)
    assert (ORANGE in str(z_text(z).spans[0].style)) is (z >= 2)
    assert z_text(z, known=False).plain == NONE


def test_a_curve_touches_its_least_and_its_greatest() -> None:
    cells = dots((0.0, 1.0), 4, 2, 0.0, 1.0)
    assert cells[1][0] != "⠀"
    assert cells[0][-1] != "⠀"
    assert cells[0][0] == cells[1][-1] == "⠀"


def test_the_chart_keeps_its_size() -> None:
    drawn = chart_text(board(STATUS, replica(), STATUS.at_ns), "ETH", 50, 12).plain.splitlines()
    assert len(drawn) == 12
    assert max(map(len, drawn)) <= 50
    assert any("mean" in line for line in drawn[2:])
    assert "no samples" in chart_text(board(STATUS, replica(), STATUS.at_ns), "NONE", 50, 12).plain
