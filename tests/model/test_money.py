"""Exact sums: nothing is rounded without a word, within one another as well, and only there."""

from __future__ import annotations

from decimal import Decimal, Inexact, getcontext

import pytest

from titan.model.money import exact

LONG = Decimal("1." + "1" * 40)


def test_what_is_rounded_elsewhere_is_exact_within_and_rounded_again_after() -> None:
    before = getcontext()
    rounded = LONG * LONG
    with exact():
        whole = LONG * LONG
        with exact():
            inner = LONG * LONG
        outer = LONG * LONG
    assert inner == outer == whole != rounded
    assert rounded == LONG * LONG
    assert getcontext() is before


def test_a_rounded_result_raises_after_an_inner_block_too_and_the_context_is_given_back() -> None:
    before = getcontext()
    with pytest.raises(Inexact), exact():
        _third_after_a_block()
    assert getcontext() is before


def _third_after_a_block() -> Decimal:
    with exact():
        pass
    return Decimal(1) / 3
